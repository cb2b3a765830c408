"""Native extensions that cannot be used: each a typed error that says which, and why."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from dylink_file import (
    assembled,
    counter,
    empty,
    function,
    library,
    module,
    needed,
    needs,
    number,
    run,
    section,
    thread_local,
)

from snapjs import VM, Extension, ExtensionError, JSError, SnapjsError
from snapjs._core.bridge import Bridge
from snapjs._guest.dylink import LARGEST_EXTENSION

INIT = '(func (export "snapjs_init_x") (param i32) (result i32) (i32.const 0))'
PLAIN = f"(module {INIT})"


def refusal(name: str, *arguments: Any) -> str:
    with pytest.raises(ExtensionError) as caught:
        Extension(name, *arguments)
    assert caught.value.extension == name
    return str(caught.value)


# ---- names and types


@pytest.mark.parametrize("name", ["", "1st", "a b", "a" * 65, "größe", "a/b"])
def test_a_name_that_cannot_be(name: str) -> None:
    assert "cannot be the name of an extension" in refusal(name, counter().wasm)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, b""), "the name of an extension is a str, not int"),
        (("x", 1), "an extension is made of bytes, or of the path of a file, not int"),
        (("x", b"", 1), "init is the name of a function, not int"),
    ],
)
def test_arguments_of_another_type(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Extension(*arguments)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        Extension("x", "nowhere.wasm")


@pytest.mark.parametrize("extensions", [counter(), "counter", [counter().wasm]])
def test_extensions_are_a_list_of_them(extensions: Any) -> None:
    with pytest.raises(TypeError, match="extensions takes a list of Extension"):
        VM(extensions=extensions)


def test_two_of_one_name() -> None:
    with pytest.raises(ExtensionError, match="Two extensions have the name 'counter'") as caught:
        VM(extensions=[counter(), counter(start=9)])
    assert caught.value.extension == "counter"


def test_the_error_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(ExtensionError("why", extension="x")))

    assert (str(error), error.extension, isinstance(error, SnapjsError)) == ("why", "x", True)


# ---- bytes


def test_bytes_that_are_no_module() -> None:
    assert refusal("x", b"\x7fELF") == "The extension 'x' is not a WebAssembly module."


def test_a_file_that_is_too_large() -> None:
    size = LARGEST_EXTENSION + 1

    assert f"is too large: {size} bytes, and the limit is" in refusal("x", bytes(size))


def test_a_module_that_is_no_shared_library() -> None:
    assert "is not a shared library of WebAssembly" in refusal("x", assembled(PLAIN))


def test_an_empty_module() -> None:
    assert "is not a shared library of WebAssembly" in refusal("x", assembled("(module)"))


def test_the_section_must_be_the_first() -> None:
    assert "is not a shared library" in refusal("x", assembled(PLAIN) + section(b"dylink.0", needs()))


@pytest.mark.parametrize("end", range(9, 370, 17))
def test_a_file_that_ends_too_early(end: int) -> None:
    assert "is damaged" in refusal("counter", counter().wasm[:end])


@pytest.mark.parametrize(
    "part",
    [b"\1", b"\1\5\0", b"\2\1\5", b"\4\1\1", run(b"x"), b"\1" + run(b"\xff\xff\xff\xff\xff\xff")],
)
def test_a_section_that_is_damaged(part: bytes) -> None:
    assert "is damaged" in refusal("x", library(PLAIN, part))


def test_a_section_with_too_many_parts() -> None:
    assert "has more parts than a module can sensibly have" in refusal("x", library(PLAIN, b"\2" + run(number(99999))))


def standing(kind: int, content: bytes) -> bytes:
    """A module with one section, besides the one that all have."""
    return assembled("(module)") + section(b"dylink.0", needs()) + bytes([kind]) + run(content)


@pytest.mark.parametrize("end", [b"\x0b", b""])
def test_a_constant_of_too_many_instructions(end: bytes) -> None:
    expression = b"\x41\0" + b"\x41\0\x6a" * 16 + end

    assert "has more parts than a module can sensibly have" in refusal("x", standing(6, b"\1\x7f\0" + expression))


def test_a_section_that_is_there_twice() -> None:
    assert "is damaged: it has a section twice" in refusal("x", standing(1, b"\0") + b"\1" + run(b"\0"))


@pytest.mark.parametrize(("parameters", "results"), [(65, 0), (65, 1), (0, 2), (1000, 1000)])
def test_functions_of_which_a_few_bytes_take_minutes_to_compile(parameters: int, results: int) -> None:
    type = b"\x60" + run(b"\x7e" * parameters) + run(b"\x7e" * results)

    assert "has functions with more than 64 parameters, or more than one result" in refusal(
        "x", standing(1, b"\1" + type)
    )


def test_functions_with_too_many_variables() -> None:
    function = run(b"\1" + number(50_000) + b"\x7e\x0b")

    assert "its functions have more than 200000 variables" in refusal("x", standing(10, b"\5" + function * 5))


@pytest.mark.parametrize("parts", [needs(alignment=17), needs(table_alignment=40)])
def test_an_alignment_beyond_the_limit(parts: bytes) -> None:
    assert "wants an alignment of 2^" in refusal("x", library(PLAIN, parts))


def test_more_memory_than_any_vm_has() -> None:
    assert "wants 1073741825 bytes of memory" in refusal("x", library(PLAIN, needs(memory=(1 << 30) + 1)))


def test_a_thread_local_variable() -> None:
    assert "has the thread-local variable v" in refusal("x", library(PLAIN, needs(), thread_local("v")))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("(memory 1)", "has a table or memory of its own"),
        ("(table 1 funcref)", "has a table or memory of its own"),
        ("(start $start) (func $start)", "has a start function"),
        ("(global (mut i32) (i32.const 1))", "has a variable of WebAssembly of its own"),
        ('(import "env" "memory" (memory 0)) (data "passive")', "has data that are not put into memory at once"),
        ('(import "env" "memory" (memory 0)) (data (i32.const 8) "x")', "at addresses of its own choice"),
        ('(import "env" "t" (table 0 funcref)) (elem (i32.const 1) $f) (func $f)', "at addresses of its own choice"),
        ('(import "env" "t" (table 0 funcref)) (elem func $f) (func $f)', "elements for a table that are not put there"),
        ('(import "env" "other" (global $g i32)) (import "env" "memory" (memory 0)) (data (global.get $g) "x")',
         "at addresses of its own choice"),
        ('(import "env" "__cpp_exception" (tag (param i32)))', "throws or catches exceptions of WebAssembly"),
    ],
)  # fmt: skip
def test_what_no_snapshot_would_bring_back(part: str, message: str) -> None:
    imports_first = f"(module {part} {INIT})"

    assert message in refusal("x", library(imports_first, needs(memory=64, table=4)))


def test_data_outside_of_its_part_of_memory() -> None:
    assert "has data outside of its part" in refusal("x", library(module(INIT, data="12345"), needs(memory=4)))


def test_functions_outside_of_its_part_of_the_table() -> None:
    text = module(f"{INIT} (elem (global.get $table) $f $f) (func $f)")

    assert "has elements outside of its part" in refusal("x", library(text, needs(table=1)))


def test_data_behind_the_beginning_of_its_memory() -> None:
    text = module(f'{INIT} (data (i32.add (global.get $memory) (i32.const 8)) "1234")')

    assert Extension("x", library(text, needs(memory=12))).name == "x"
    assert "has data outside" in refusal("x", library(text, needs(memory=11)))


# ---- the function that initialises it


def test_no_function_for_initialisation() -> None:
    assert refusal("y", library(PLAIN, needs())) == (
        "The extension 'y' has no function snapjs_init_y: it exports snapjs_init_x. Define it as SNAPJS_EXPORT, or name "
        "another with init=."
    )


def test_a_function_for_initialisation_that_is_a_variable() -> None:
    text = '(module (global (export "snapjs_init_x") i32 (i32.const 0)))'

    assert "has no function snapjs_init_x" in refusal("x", library(text, needs()))


def test_a_function_for_initialisation_of_another_type() -> None:
    text = '(module (func (export "snapjs_init_x")))'

    assert "has another type than int (JSContext *)" in refusal("x", library(text, needs()))


_THROWS = """(func (export "snapjs_init_x") (param $ctx i32) (result i32)
  (drop (call $JS_ThrowTypeError (local.get $ctx) (global.get $memory) (i32.const 0)))
  (i32.const -1))"""


def test_an_initialisation_that_throws() -> None:
    text = module(_THROWS, uses="JS_ThrowTypeError", data=r"no luck\00")
    with pytest.raises(ExtensionError, match="'x' could not be initialised: TypeError: no luck") as caught:
        VM(extensions=[Extension("x", library(text, needs(memory=16)))])
    assert isinstance(caught.value.__cause__, JSError)


def test_an_initialisation_that_fails_without_a_reason() -> None:
    text = module('(func (export "snapjs_init_x") (param i32) (result i32) (i32.const -3))')

    with pytest.raises(ExtensionError, match="InternalError: its function for initialisation returned -3"):
        VM(extensions=[Extension("x", library(text, needs()))])


@pytest.mark.parametrize("function", ["snapjs_init_x", "__wasm_call_ctors", "__wasm_apply_data_relocs"])
def test_an_extension_that_traps(function: str) -> None:
    trap = "(param i32) (result i32) unreachable" if function == "snapjs_init_x" else "unreachable"
    init = "" if function == "snapjs_init_x" else INIT
    text = module(f'{init} (func (export "{function}") {trap})')

    with pytest.raises(ExtensionError, match="'x' failed while it was initialised: wasm trap: wasm `unreachable`"):
        VM(extensions=[Extension("x", library(text, needs()))])


# ---- linking


def load(extension: Extension, *before: Extension) -> str:
    with pytest.raises(ExtensionError) as caught:
        VM(extensions=[*before, extension])
    assert caught.value.extension == extension.name
    return str(caught.value)


def test_symbols_that_do_not_exist() -> None:
    extension = empty(
        "x",
        imports="""(import "env" "JS_NoSuchFunction" (func))
          (import "GOT.func" "no_function" (global (mut i32)))
          (import "GOT.mem" "no_variable" (global (mut i32)))
          (import "other" "thing" (func))""",
    )

    assert load(extension) == (
        "The extension 'x' needs what neither the engine nor an extension before it has: JS_NoSuchFunction, no_function, "
        "no_variable, other.thing."
    )


def test_of_many_symbols_some_are_named() -> None:
    imports = "".join(f'(import "env" "f{number}" (func))' for number in range(12))

    assert load(empty("x", imports=imports)).endswith("has: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, and 2 more.")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\\nb", "'a\\nb'"), ("\\u{1b}[2J", "'\\x1b[2J'"), ("\\u{202e}x", "'\\u202ex'"), ("ä" * 300, "ä" * 200 + "…")],
)
def test_a_symbol_is_named_in_one_line(name: str, shown: str) -> None:
    assert load(empty("x", imports=f'(import "env" "{name}" (func))')).endswith(f"has: {shown}.")


@pytest.mark.parametrize("name", ["snap_eval", "_initialize"])
def test_what_is_between_engine_and_host_is_for_nobody_else(name: str) -> None:
    assert name in load(empty("x", imports=f'(import "env" "{name}" (func (param i32 i32) (result i32)))'))


@pytest.mark.parametrize(
    "imported",
    [
        '(import "env" "another" (table 0 funcref))',
        '(import "env" "memory2" (memory 0))',
        '(import "env" "strlen" (global i32))',
        '(import "GOT.mem" "errno" (global (mut i64)))',
        '(import "env" "errno" (func))',
    ],
)
def test_an_import_of_another_kind(imported: str) -> None:
    text = f"(module {imported} {INIT})"
    message = load(Extension("x", library(text, needs())))

    assert "does not fit" in message or "needs what neither" in message


def test_a_function_of_another_type() -> None:
    assert "does not fit: incompatible import type for `env::strlen`" in load(
        empty("x", imports='(import "env" "strlen" (func (param f64)))')
    )


def test_a_module_that_is_not_valid() -> None:
    wasm = counter().wasm
    place = wasm.rindex(b"\xad")  # i64.extend_i32_u, without which the function returns another type

    assert "is not valid WebAssembly" in load(Extension("counter", wasm[:place] + b"\x01" + wasm[place + 1 :]))


def test_an_extension_that_needs_one_before_it() -> None:
    user, base = empty("user", "", needs(), needed("base.so")), empty("base")

    assert load(user) == "The extension 'user' needs base before it in extensions=."
    with pytest.raises(ExtensionError, match="needs base before it"):
        VM(extensions=[user, base])


def test_a_symbol_of_an_extension_that_comes_later() -> None:
    user = empty("user", imports='(import "env" "later" (func))')
    later = empty("later", '(func (export "later"))')

    with pytest.raises(
        ExtensionError, match="'user' needs what neither the engine nor an extension before it has: later"
    ):
        VM(extensions=[user, later])


def test_more_functions_than_the_table_has_room_for() -> None:
    assert "is too large: an engine's table has room for 4096 functions" in load(empty("x", "", needs(table=4096)))


def test_as_many_functions_as_the_table_has_room_for() -> None:
    with VM(extensions=[empty("x", "", needs(table=4095))]) as vm:
        assert vm.eval("1") == 1


def test_more_memory_than_the_vm_may_have() -> None:
    large = empty("x", "", needs(memory=64 << 20))

    with pytest.raises(ExtensionError, match="'x' is too large: it needs 67108864 bytes, more than the VM's limit"):
        VM(extensions=[large], memory_limit=1 << 20)
    with VM(extensions=[large]) as vm:
        assert vm.eval("1") == 1


def test_a_vm_that_could_not_be_made_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    close = Bridge._close_now
    monkeypatch.setattr(Bridge, "_close_now", lambda bridge: closed.append(close(bridge)))
    load(function("f", "(i64.const 0)", imports='(import "env" "absent" (func))'))

    assert closed == [None]
