"""A guest of a few functions, for tests of what is below the engine."""

from __future__ import annotations

import ctypes
import hashlib
import weakref
from collections.abc import Callable

import wasmtime

from snapjs._cache import KeptFiles
from snapjs._guest.compiled import Compiled
from snapjs._guest.raw import RawInstance, Store

WASM = bytes(
    wasmtime.wat2wasm(
        """
        (module
          (import "snapjs" "host_request" (func $request))
          (import "snapjs" "host_import" (func $import (param i32 i32 i32) (result i32)))
          (import "snapjs" "host_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "snapjs" "host_clock" (func $clock (param f64 i32) (result f64)))
          (import "snapjs" "host_timezone" (func $timezone (param i32 f64) (result i32)))
          (import "snapjs" "host_interrupt" (func $interrupt (param i32) (result i32)))
          (memory (export "memory") 2)
          (data (i32.const 100) "guest")
          (func $call (param $index i32) (result i32)
            (i32.store (i32.const 40) (local.get $index))
            (i32.store (i32.const 44) (i32.const 9))
            (call $request)
            (i32.load (i32.const 44)))
          (func (export "nothing"))
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func (export "high_half_of_sum") (param i64 i64 i64) (result i32)
            (i32.wrap_i64 (i64.shr_u (i64.add (i64.add (local.get 0) (local.get 1)) (local.get 2)) (i64.const 32))))
          (func (export "call") (param i32) (result i32)
            (call $call (local.get 0)))
          (func (export "call_then_add") (param i32 i32) (result i32)
            (i32.add (call $call (local.get 0)) (local.get 1)))
          (func (export "call_often") (param i32) (result i32)
            (loop
              (drop (call $call (i32.const 1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (i32.const 0))
          (func (export "import") (result i32) (call $import (i32.const 9) (i32.const 7) (i32.const 8)))
          (func (export "write") (result i32) (call $write (i32.const 9) (i32.const 1) (i32.const 100) (i32.const 5)))
          (func (export "clock_tenths") (result i32)
            (i32.trunc_f64_s (f64.mul (call $clock (f64.const nan) (i32.const 1)) (f64.const 10))))
          (func (export "timezone") (result i32) (call $timezone (i32.const 9) (f64.const 1.5)))
          (func (export "interrupt") (result i32) (call $interrupt (i32.const 9)))
          (func (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
          (func (export "fail") unreachable)
          (func $recurse (export "recurse") (result i32) (i32.add (i32.const 1) (call $recurse)))
          (func (export "spin") (loop (br 0)))
          (func (export "spin_until_word") (param i32)
            (loop (br_if 0 (i32.eqz (i32.load (local.get 0))))))
          (func (export "wait_and_call") (param i32) (result i32)
            (i32.store offset=4 (local.get 0) (i32.const 1))
            (loop (br_if 0 (i32.eqz (i32.load (local.get 0)))))
            (call $keep (i32.const 6)))
          (func $keep (export "call_and_keep") (param i32) (result i32)
            (i32.store (i32.const 32) (call $call (local.get 0)))
            (i32.const 0)))
        """
    )
)


INDEX, ANSWER = 40, 44
"""where the guest writes which host function it calls, and reads the answer: 9 without one"""


class Answers:
    """Imports that record what they are asked."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self.asked: list[tuple[object, ...]] = []
        self.on_call: Callable[[int], int] = lambda index: 0
        self.base = 0

    def fail(self, failure: BaseException) -> None:
        self.failure = self.failure or failure
        if self.base:
            self._answer().value = 1

    def host_request(self) -> None:
        index = ctypes.c_uint32.from_address(self.base + INDEX).value
        self.asked.append(("host_request", index))
        answer = self.on_call(index)
        self._answer().value = answer

    def _answer(self) -> ctypes.c_uint32:
        return ctypes.c_uint32.from_address(self.base + ANSWER)

    def host_import(self, pointer: int, length: int) -> int:
        self.asked.append(("host_import", pointer, length))
        return 8

    def host_write(self, stream: int, pointer: int, length: int) -> int:
        self.asked.append(("host_write", stream, pointer, length))
        return 0

    def host_clock(self, monotonic: int) -> float:
        self.asked.append(("host_clock", monotonic))
        return 12.5

    def host_timezone(self, seconds: float) -> int:
        self.asked.append(("host_timezone", seconds))
        return -120

    def host_interrupt(self) -> int:
        self.asked.append(("host_interrupt",))
        return 1


class _NoFiles(KeptFiles):
    def __init__(self) -> None:
        super().__init__("none", 0)

    def _folder(self) -> None:
        return None


def compile_module(wasm: bytes, *, checked: bool = False, files: KeptFiles | None = None) -> Compiled:
    sha256 = hashlib.sha256(wasm).hexdigest()
    return Compiled(lambda: wasm, sha256, checked=checked, files=files or _NoFiles())


_compiled: dict[bool, Compiled] = {}


def compiled(checked: bool = False) -> Compiled:
    if checked not in _compiled:
        _compiled[checked] = compile_module(WASM, checked=checked)
    return _compiled[checked]


def make(checked: bool = False, memory_maximum: int | None = None) -> tuple[RawInstance, Answers]:
    answers = Answers()
    store = Store(compiled(checked), memory_maximum)
    raw = RawInstance(store, answers)
    weakref.finalize(raw, store.close)
    answers.base = raw.base
    return raw, answers
