"""WebAssembly that says it is an engine, and snapshots that need it, for tests of what the host believes.

The memory is 34 pages. The control block lies at the end of the guest's stack, then the input buffer, then the
messages that the exports give. Unless told otherwise, each export gives its message and the status OK.
"""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import wasmtime
import zstandard

from snapjs import Snapshot
from snapjs._guest import abi
from snapjs._guest.exports import PROTOTYPES

SIZE = 34 * 65536
CONTROL = 2 << 20
INPUT, INPUT_CAPACITY = CONTROL + 0x1000, 0x2000
ARGUMENTS = CONTROL + 0x3000
"""where a message lies that is an empty array, and behind it two bytes that are no UTF-8"""
MESSAGES = CONTROL + 0x4000

MEMORY = '(memory (export "memory") 34)'
IMPORTS = """
    (import "snapjs" "host_request" (func $host_request))
    (import "snapjs" "host_import" (func $host_import (param i32 i32 i32) (result i32)))
    (import "snapjs" "host_write" (func $host_write (param i32 i32 i32 i32) (result i32)))
    (import "snapjs" "host_clock" (func $host_clock (param f64 i32) (result f64)))
    (import "snapjs" "host_timezone" (func $host_timezone (param i32 f64) (result i32)))
    (import "snapjs" "host_interrupt" (func $host_interrupt (param i32) (result i32)))
"""
LONG_LOOP = """
    (local $i i64)
    (loop (br_if 0 (i64.ne (local.tee $i (i64.add (local.get $i) (i64.const 1))) (i64.const 0x80000000))))
"""
"""runs for a second or two"""
HOST_CALL = f"(call $request (i32.const {ARGUMENTS}) (i32.const 1) (i32.const 0))"
"""calls the host function with the index 0; the status of the answer"""
FUNCTIONS = msgspec.msgpack.encode([(0, "f", abi.Host.SYNC, 0, 0)])
"""the message of snap_host_functions that makes the host function `f` the one with the index 0"""

_EMPTY_ARRAY, _NIL = b"\x90", b"\xc0"
_ARRAYS = ("host_functions", "realm_list", "pending_list", "timer_list", "take_rejections", "take_released")


@dataclass(frozen=True)
class Hostile:
    """An engine, and its memory when it has been initialised."""

    wasm: bytes
    memory: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.wasm).hexdigest()

    def load(self) -> Snapshot:
        """A snapshot that came with this engine."""
        return Snapshot.from_bytes(snapshot_of(self.wasm, self.memory))


def hostile(
    bodies: Mapping[str, str] | None = None,
    *,
    fields: Mapping[str, str] | None = None,
    results: Mapping[str, bytes] | None = None,
    statuses: Mapping[str, int] | None = None,
    memory: str = MEMORY,
    imports: str = IMPORTS,
    extra: str = "",
) -> Hostile:
    """An engine.

    :param bodies: what exports do, in the text format.
    :param fields: what is in the module in place of an export.
    :param results: messages that exports give.
    :param statuses: what they return.
    :param extra: what else the module has.
    """
    arrays = {f"snap_{name}": _EMPTY_ARRAY for name in _ARRAYS}
    messages = {"snap_describe": describe(), **arrays, **(results or {})}
    own = {
        "snap_control_block": f"(i32.const {CONTROL})",
        "snap_prepare_snapshot": "(call $give (i32.const 0) (i32.const 0)) (i32.const 0)",
        "snap_reserve_input": "(i32.const 1)",
        **(bodies or {}),
    }
    data, made = b"", dict(fields or {})
    for name, (_, returns) in PROTOTYPES.items():
        if name in made:
            continue
        if name not in own and returns:
            message = messages.get(name, _NIL)
            own[name] = (
                f"(call $give (i32.const {MESSAGES + len(data)}) (i32.const {len(message)}))"
                f"(i32.const {(statuses or {}).get(name, 0)})"
            )
            data += message
        made[name] = function(name, own.get(name, ""))
    parts = {CONTROL: _control(), ARGUMENTS: _EMPTY_ARRAY + b"\xff\xfe", MESSAGES: data}
    initial = bytearray(SIZE)
    for address, content in parts.items():
        initial[address : address + len(content)] = content
    segments = " ".join(f'(data (i32.const {address}) "{_escaped(content)}")' for address, content in parts.items())
    text = f"(module {imports} {memory} {_give()} {_request(imports)} {segments} {' '.join(made.values())} {extra})"
    return Hostile(bytes(wasmtime.wat2wasm(text)), bytes(initial))


def function(name: str, body: str, parameters: str | None = None, results: str | None = None) -> str:
    """An exported function, with the type that the host counts on, or another one."""
    count, returns = PROTOTYPES[name]
    taken = " i32" * count if parameters is None else parameters
    given = "i32" * returns if results is None else results
    return f'(func (export "{name}") (param {taken}) (result {given}) {body})'


def describe(**changes: Any) -> bytes:
    """What an engine says of itself."""
    description = {
        "abi_version": abi.ABI_VERSION,
        "quickjs": "0",
        "constants": abi.constants(),
        "control": [("uint32_t", name, offset) for name, offset, _ in abi.control_fields()],
    }
    return msgspec.msgpack.encode(description | changes)


def snapshot_of(wasm: bytes, memory: bytes, *, sha256: str | None = None, packed: bytes | None = None) -> bytes:
    """A snapshot of a VM that has run nothing.

    :param sha256: of the engine that it needs, when that is not the one it comes with.
    :param packed: the embedded engine as it is stored; empty for none.
    """
    metadata = msgspec.msgpack.encode(
        {
            "abi": abi.ABI_VERSION,
            "intrinsics": 0,
            "web": 0,
            "baseline": hashlib.sha256(memory).hexdigest(),
            "memory_size": len(memory),
            "created_at": 0.0,
            "functions": [],
            "pending": [],
            "timers": [],
            "extensions": [],
        }
    )
    embedded = zstandard.ZstdCompressor().compress(wasm) if packed is None else packed
    engine = bytes.fromhex(sha256 or hashlib.sha256(wasm).hexdigest())
    facts = struct.pack("<8sHHIQQ32s", b"snapjs\r\n", 1, 0, len(metadata), len(embedded), 0, engine) + bytes(64)
    body = metadata + embedded
    facts += struct.pack("<Q", len(body))
    return facts + hashlib.sha256(body + facts).digest() + body


def binary(*sections: tuple[int, bytes]) -> bytes:
    """A module in the binary format, of these ids and contents."""
    return b"\0asm\1\0\0\0" + b"".join(bytes([id]) + number(len(content)) + content for id, content in sections)


def many_functions(count: int, body: bytes, *, parameters: int = 0, results: int = 0) -> bytes:
    """A module of equal functions, of i64 only."""
    kind = b"\x60" + number(parameters) + b"\x7e" * parameters + number(results) + b"\x7e" * results
    bodies = number(count) + (number(len(body)) + body) * count
    return binary((1, b"\1" + kind), (3, number(count) + bytes(count)), (10, bodies))


def number(value: int) -> bytes:
    """Unsigned LEB128."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def outcome(code: str, *, seconds: float = 30) -> str:
    """What is printed by a process of its own, which may crash or hang.

    :param code: a program that has imported this module's names and snapjs.
    """
    preamble = "import snapjs\nfrom hostile_engine import *\nfrom snapjs import VM, EngineMismatch, SnapjsError\n"
    folders = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    process = subprocess.run(
        [sys.executable, "-c", preamble + code],
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def _give() -> str:
    result, length = CONTROL + abi.Control.result.offset, CONTROL + abi.Control.result_length.offset
    return (
        "(func $give (param i32 i32)"
        f"(i32.store (i32.const {result}) (local.get 0)) (i32.store (i32.const {length}) (local.get 1)))"
    )


def _request(imports: str) -> str:
    """A function that asks the host: where the message is, its length, and flags with the function's index."""
    if "$host_request" not in imports:
        return ""
    flags = CONTROL + abi.Control.result_flags.offset
    return (
        "(func $request (param i32 i32 i32) (result i32) (call $give (local.get 0) (local.get 1))"
        f"(i32.store (i32.const {flags}) (i32.or (local.get 2) (i32.const {abi.Result.REQUEST})))"
        f"(call $host_request) (i32.load (i32.const {flags})))"
    )


def _control() -> bytes:
    return bytes(abi.Control(input=INPUT, input_capacity=INPUT_CAPACITY))


def _escaped(content: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in content)
