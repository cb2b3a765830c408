"""Native extensions: shared libraries of WebAssembly, linked with the engine and with each other."""

from __future__ import annotations

import ctypes
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from dylink_file import counter, empty, function, needed, needs, weak

from snapjs import VM, Extension
from snapjs._guest import abi
from snapjs._guest.library import EXTERN_TABLE, library

MakeVM = Callable[..., VM]


def table_size(vm: VM) -> int:
    """How many elements the table of functions has."""
    store = vm._bridge.instance.raw.store
    table = store.export("__indirect_function_table", EXTERN_TABLE).of.table
    return int(library().wasmtime_table_size(store.context, ctypes.byref(table)))


def test_function_of_an_extension(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[counter()])

    assert [vm.eval("count()"), vm.eval("count()")] == [6, 7]


def test_each_vm_has_its_own_state(make_vm: MakeVM) -> None:
    extension = counter()
    first, second = make_vm(extensions=[extension]), make_vm(extensions=[extension])
    first.eval("count()")

    assert (first.eval("count()"), second.eval("count()")) == (7, 6)


def test_extensions_are_initialised_in_their_order(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[counter("first", 10), counter("second", 20)])

    assert vm.eval("count()") == 21


def test_an_extension_of_a_file(tmp_path: Path, make_vm: MakeVM) -> None:
    (tmp_path / "counter.wasm").write_bytes(counter().wasm)

    assert make_vm(extensions=[Extension("counter", tmp_path / "counter.wasm")]).eval("count()") == 6


def test_only_a_vm_with_extensions_has_room_for_their_functions(make_vm: MakeVM) -> None:
    without, extended = make_vm(), make_vm(extensions=[counter()])
    assert table_size(extended) - table_size(without) == abi.EXTENSION_SLOTS
    assert extended.eval("count()", timeout=10) == 6  # in the code with checks
    assert table_size(extended) - table_size(without) == abi.EXTENSION_SLOTS


def test_a_restored_vm_with_extensions_has_room_for_their_functions(make_vm: MakeVM) -> None:
    extension = counter()
    without, extended = make_vm(), make_vm(extensions=[extension])
    with VM.restore(extended.snapshot(), extensions=[extension]) as restored, VM.restore(without.snapshot()) as plain:
        assert table_size(restored) - table_size(plain) == abi.EXTENSION_SLOTS
        assert restored.eval("count()") == 6


def test_facts_of_an_extension() -> None:
    extension = counter()

    assert (extension.name, extension.init, extension.needed) == ("counter", "snapjs_init_counter", [])
    assert (extension.symbols, len(extension.sha256)) == (["snapjs_init_counter"], 64)
    assert repr(extension) == f"<Extension 'counter', {len(extension.wasm)} bytes, sha256 {extension.sha256[:12]}>"


def test_extensions_of_the_same_bytes_are_equal() -> None:
    assert counter() == counter() != counter(start=6)
    assert len({counter(), counter(), counter("other")}) == 2


def test_an_extension_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(counter())) == counter()


def test_a_name_with_a_hyphen_has_its_function_with_an_underscore(make_vm: MakeVM) -> None:
    wasm = counter("my_counter").wasm

    assert make_vm(extensions=[Extension("my-counter", wasm)]).eval("count()") == 6


def test_another_name_of_the_initialisation(make_vm: MakeVM) -> None:
    extension = Extension("other", counter().wasm, init="snapjs_init_counter")

    assert make_vm(extensions=[extension]).eval("count()") == 6


def test_a_vm_with_a_time_limit(make_vm: MakeVM) -> None:
    assert make_vm(extensions=[counter()], timeout=10).eval("count()") == 6


def test_a_vm_that_gets_a_time_limit_keeps_its_state(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[counter(), counter("second", 20)])
    vm.eval("count()")

    assert [vm.eval("count()", timeout=10), vm.eval("count()")] == [22, 23]


def test_an_instance_is_not_used_again(make_vm: MakeVM) -> None:
    with VM(extensions=[counter()]) as vm:
        vm.eval("count()")

    assert make_vm().eval("typeof count") == "undefined"


@pytest.mark.keeps("an extension has a realm's objects")
def test_another_realm_has_no_extensions(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[counter()])

    assert vm.new_realm().eval("typeof count") == "undefined"


# ---- memory and table


def test_data_are_aligned_as_they_are_to_be(make_vm: MakeVM) -> None:
    where = "(i64.extend_i32_u (i32.and (global.get $memory) (i32.const 4095)))"
    wasm = function("where", where).wasm.replace(needs(256, 4, 1), needs(256, 12, 1), 1)

    assert make_vm(extensions=[counter(), Extension("where", wasm)]).eval("where()") == 0


def test_functions_are_aligned_as_they_are_to_be(make_vm: MakeVM) -> None:
    where = "(i64.extend_i32_u (i32.and (global.get $table) (i32.const 63)))"
    wasm = function("where", where).wasm.replace(needs(256, 4, 1), needs(256, 4, 1, 6), 1)

    assert make_vm(extensions=[counter(), Extension("where", wasm)]).eval("where()") == 0


def test_memory_that_is_not_given_is_zero(make_vm: MakeVM) -> None:
    body = "(i64.extend_i32_u (i32.load offset=252 (global.get $memory)))"

    assert make_vm(extensions=[function("last", body)]).eval("last()") == 0


def test_memory_comes_of_the_engines_allocator(make_vm: MakeVM) -> None:
    body = """(local $block i32)
      (local.set $block (call $malloc (i32.const 1000)))
      (call $free (local.get $block))
      (i64.extend_i32_u (i32.eq (local.get $block) (call $malloc (i32.const 1000))))"""

    assert make_vm(extensions=[function("again", body, uses="malloc free")]).eval("again()") == 1


# ---- relocations and constructors

_ORDER = """
  (func $note (param $letter i32)
    (i32.store8 (i32.add (global.get $memory) (i32.add (i32.const 16) (i32.load8_u offset=40 (global.get $memory))))
      (local.get $letter))
    (i32.store8 offset=40 (global.get $memory) (i32.add (i32.const 1) (i32.load8_u offset=40 (global.get $memory)))))
  (func (export "__wasm_call_ctors") (call $note (i32.const 99)))
  (func (export "__wasm_apply_data_relocs") (call $note (i32.const 114)))
"""


def test_relocations_are_applied_and_then_constructors_called(make_vm: MakeVM) -> None:
    body = "(call $JS_NewStringLen (local.get $ctx) (i32.add (global.get $memory) (i32.const 16)) (i32.const 2))"

    assert make_vm(extensions=[function("order", body, uses="JS_NewStringLen", more=_ORDER)]).eval("order()") == "rc"


# ---- symbols


def test_a_variable_of_the_engine(make_vm: MakeVM) -> None:
    extension = function(
        "number",
        "(i32.store (global.get $errno) (i32.const 7)) (i64.extend_i32_u (i32.load (global.get $errno)))",
        imports='(import "GOT.mem" "errno" (global $errno (mut i32)))',
    )

    assert make_vm(extensions=[extension]).eval("number()") == 7


_LENGTH = """(i64.extend_i32_u (call_indirect (param i32) (result i32)
  (i32.add (global.get $memory) (i32.const 16)) (global.get $strlen)))"""
_STRLEN = '(import "GOT.func" "strlen" (global $strlen (mut i32)))'


def test_the_address_of_a_function_of_the_engine(make_vm: MakeVM) -> None:
    extension = function("length", _LENGTH, imports=_STRLEN, data="twelve chars")

    assert make_vm(extensions=[extension]).eval("length()") == 12


def test_a_function_has_one_address_for_all(make_vm: MakeVM) -> None:
    place = "(i64.extend_i32_u (global.get $strlen))"
    vm = make_vm(extensions=[function("a", place, imports=_STRLEN), function("b", place, imports=_STRLEN)])

    assert vm.eval("a() === b()") is True


_BASE = """
  (func (export "twice") (param i32) (result i32) (i32.mul (i32.const 2) (local.get 0)))
  (global (export "answer") i32 (i32.const 16))
"""


def base(name: str = "base") -> Extension:
    """An extension with a function and a variable for others."""
    return empty(name, _BASE, needs(memory=32, alignment=4), data=r"0123456789abcdef\15\00\00\00")


_TWICE = '(import "env" "twice" (func $twice (param i32) (result i32)))'
_ANSWER = '(import "GOT.mem" "answer" (global $answer (mut i32)))'


def test_a_function_of_an_extension_before(make_vm: MakeVM) -> None:
    extension = function("four", "(i64.extend_i32_u (call $twice (i32.const 2)))", imports=_TWICE)

    assert make_vm(extensions=[base(), extension]).eval("four()") == 4


def test_a_variable_of_an_extension_before(make_vm: MakeVM) -> None:
    extension = function("answer", "(i64.extend_i32_u (i32.load (global.get $answer)))", imports=_ANSWER)

    assert make_vm(extensions=[base(), extension]).eval("answer()") == 21


def test_an_extension_that_names_what_it_needs(make_vm: MakeVM) -> None:
    extension = empty("user", "", needs(), needed("lib/base.wasm"))

    assert extension.needed == ["base"]
    make_vm(extensions=[base(), extension])


_SHARED = '(import "env" "shared" (func $shared (param i32 i64 f32 f64) (result i32)))'
_CALL_SHARED = """(i64.extend_i32_u
  (call $shared (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4)))"""


def sharing(name: str, result: str) -> Extension:
    """An extension that defines what another may have defined before, as weak symbols of C++ are."""
    definition = f"""(func (export "shared") (param i32 i64 f32 f64) (result i32) {result})"""
    return function(name, _CALL_SHARED, imports=_SHARED, more=definition)


_SUM = """(i32.add (local.get 0) (i32.add (i32.wrap_i64 (local.get 1))
  (i32.add (i32.trunc_f32_s (local.get 2)) (i32.trunc_f64_s (local.get 3)))))"""


def test_a_symbol_that_nobody_else_defines_is_its_own(make_vm: MakeVM) -> None:
    assert make_vm(extensions=[sharing("first", _SUM)]).eval("first()") == 10


def test_a_symbol_that_several_define_is_the_first_ones(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[sharing("first", _SUM), sharing("second", "(i32.const 99)")])

    assert (vm.eval("first()"), vm.eval("second()")) == (10, 10)


def test_the_address_of_its_own_function(make_vm: MakeVM) -> None:
    extension = function(
        "five",
        "(i64.extend_i32_u (call_indirect (result i32) (global.get $five)))",
        imports='(import "GOT.func" "own_five" (global $five (mut i32)))',
        more='(func (export "own_five") (result i32) (i32.const 5))',
    )

    assert make_vm(extensions=[extension]).eval("five()") == 5


def test_the_address_of_its_own_variable(make_vm: MakeVM) -> None:
    extension = function(
        "own",
        "(i64.extend_i32_u (i32.load8_u (global.get $own)))",
        imports='(import "GOT.mem" "own_variable" (global $own (mut i32)))',
        data="*",
        more='(global (export "own_variable") i32 (i32.const 16))',
    )

    assert make_vm(extensions=[extension]).eval("own()") == ord("*")


def test_weak_symbols_that_nobody_has_are_null(make_vm: MakeVM) -> None:
    extension = function(
        "nothing",
        "(i64.extend_i32_u (i32.or (global.get $function) (global.get $variable)))",
        weak(("GOT.func", "absent"), ("GOT.mem", "missing"), ("env", "absent")),
        imports="""(import "GOT.func" "absent" (global $function (mut i32)))
          (import "GOT.mem" "missing" (global $variable (mut i32)))
          (import "env" "absent" (func $absent (param f64)))""",
    )

    assert make_vm(extensions=[extension]).eval("nothing()") == 0


# ---- WASI

_CLOCK = """
  (drop (call $clock (i32.const {clock}) (i64.const 0) (i32.add (global.get $memory) (i32.const 128))))
  (i64.div_u (i64.load offset=128 (global.get $memory)) (i64.const 1000000000))"""
_WASI_CLOCK = '(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))'


@pytest.mark.parametrize("clock", [0, 1])
def test_time_is_that_of_the_vm(make_vm: MakeVM, clock: int) -> None:
    extension = function("now", _CLOCK.format(clock=clock), imports=_WASI_CLOCK)

    assert make_vm(extensions=[extension], clock=1_234_567.0).eval("now()") == 1_234_567


_RANDOM = """
  (drop (call $random (i32.add (global.get $memory) (i32.const 128)) (i32.const 7)))
  (i64.and (i64.load offset=128 (global.get $memory)) (i64.const 0x7fffffff))"""
_WASI_RANDOM = '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))'


def test_chance_is_decided_by_the_seed(make_vm: MakeVM) -> None:
    extension = function("chance", _RANDOM, imports=_WASI_RANDOM)
    first, again, other = (make_vm(extensions=[extension], seed=seed).eval("chance()") for seed in (1, 1, 2))

    assert first == again != other


def test_the_rest_of_wasi_is_not_supported(make_vm: MakeVM) -> None:
    extension = function(
        "write",
        "(i64.extend_i32_u (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))",
        imports="""(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))""",
    )

    assert make_vm(extensions=[extension]).eval("write()") == 52


# ---- versions


def test_versions_of_an_extension(make_vm: MakeVM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", {"snapjs": "1.2", "wasmtime": "3.4"}.__getitem__)
    said = r"shapes=1.5\0asnapjs=9\0ano version\0a base = 2\00"
    text = '(func (export "snapjs_versions_my_shapes") (result i32) (global.get $memory))'
    extension = empty("my_shapes", text, needs(memory=64), data=said)

    versions = make_vm(extensions=[extension]).versions
    assert {name: versions[name] for name in versions if name != "quickjs"} == {
        "shapes": "1.5", "base": "2", "snapjs": "1.2", "wasmtime": "3.4",
    }  # fmt: skip
