"""Running scripts: results, errors and their stacks, the globals, bytecode."""

from __future__ import annotations

import re
from typing import Any

import pytest

import snapjs
from snapjs import VM, ConversionError, Handle, JSError


def test_value_is_that_of_the_last_statement(vm: VM) -> None:
    assert vm.eval("1 + 1; 'last'") == "last"


def test_script_without_a_value_is_undefined(vm: VM) -> None:
    assert vm.eval("") is snapjs.undefined


def test_microtasks_run_before_eval_returns(vm: VM) -> None:
    vm.eval("var log = []; Promise.resolve().then(() => log.push('job')); log.push('script')")
    assert vm.eval("log") == ["script", "job"]


def test_scripts_share_their_globals(vm: VM) -> None:
    vm.eval("function f() { return x * 2 } var x = 4")
    assert vm.eval("f()") == 8


def test_two_vms_share_nothing(vm: VM, make_vm: Any) -> None:
    vm.eval("var secret = 1")
    assert make_vm().eval("typeof secret") == "undefined"


def test_eval_is_sloppy_and_strict_when_the_script_says_so(vm: VM) -> None:
    vm.eval("undeclared = 1")
    with pytest.raises(JSError, match="ReferenceError: missing is not defined"):
        vm.eval("'use strict'; missing = 1")


def test_nul_in_source_is_part_of_the_string(vm: VM) -> None:
    assert vm.eval("'a\0b'.length") == 3


def test_lone_surrogate_in_source_is_kept(vm: VM) -> None:
    assert vm.eval("'\ud800'.charCodeAt(0)") == 0xD800


def test_long_source(vm: VM) -> None:
    assert vm.eval("/*" + "x" * 3_000_000 + "*/ 7") == 7


def test_type_is_checked(vm: VM) -> None:
    assert vm.eval("({ a: [1, 2] })", type=dict[str, list[int]]) == {"a": [1, 2]}
    with pytest.raises(ConversionError) as caught:
        vm.eval("({ a: [1, 'x'] })", type=dict[str, list[int]])
    assert caught.value.path == "$[...][1]"


# ---- errors


def test_error_has_name_message_and_stack(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("function inner() {\n  throw new RangeError('too far')\n}\ninner()", filename="app.js")
    error = caught.value
    assert (error.name, error.message, str(error)) == ("RangeError", "too far", "RangeError: too far")
    assert error.stack is not None
    assert error.stack.splitlines() == ["    at inner (app.js:2:13)", "    at <eval> (app.js:4:1)"]


def test_stack_is_a_note_of_the_exception(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("null.x", filename="app.js")
    assert caught.value.__notes__ == ["JavaScript stack:\n    at <eval> (app.js:1:1)"]


def test_syntax_error_says_where(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("var a = 1\nvar b = = 2", filename="bad.js")
    assert caught.value.name == "SyntaxError"
    assert caught.value.stack is not None
    assert "bad.js:2:9" in caught.value.stack


def test_syntax_error_runs_nothing(vm: VM) -> None:
    with pytest.raises(JSError):
        vm.eval("globalThis.ran = 1; }")
    assert "ran" not in vm.globals


def test_filename_may_be_any_text(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("throw new Error('x')", filename="ordner/größe 🦀.js")
    assert "ordner/größe 🦀.js:1" in (caught.value.stack or "")


# what is thrown, name, message, value
THROWN = [
    ("'text'", "string", "text", "text"),
    ("5", "number", "5", 5),
    ("-0.5", "number", "-0.5", -0.5),
    ("10n", "bigint", "10", 10),
    ("true", "boolean", "true", True),
    ("null", "object", "null", None),
    ("undefined", "undefined", "undefined", snapjs.undefined),
    ("Symbol.for('k')", "symbol", "Symbol(k)", snapjs.Symbol("k")),
    ("[1, 2]", "Array", "[object Array]", [1, 2]),
    ("({ code: 7 })", "Object", "[object Object]", {"code": 7}),
]


@pytest.mark.parametrize(("code", "name", "message", "value"), THROWN, ids=[row[0] for row in THROWN])
def test_anything_can_be_thrown(vm: VM, code: str, name: str, message: str, value: object) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(f"throw {code}")
    assert (caught.value.name, caught.value.message, caught.value.value) == (name, message, value)


def test_class_of_an_error_is_its_name(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("throw new (class NotFound extends Error { name = 'NotFound' })('nope')")
    assert str(caught.value) == "NotFound: nope"


def test_cause_is_the_python_cause_too(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("throw new Error('outer', { cause: new TypeError('inner') })")
    cause = caught.value.__cause__
    assert isinstance(cause, JSError)
    assert str(cause) == "TypeError: inner"


def test_handle_of_an_error_is_the_thrown_value(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("var e = new Error('x'); throw e")
    handle = caught.value.handle
    assert type(handle) is Handle
    assert vm.eval("x => x === e")(handle) is True


def test_handle_of_an_error_is_none_when_the_vm_is_closed() -> None:
    with VM() as vm, pytest.raises(JSError) as caught:
        vm.eval("throw new Error('x')")
    assert caught.value.handle is None


def test_what_a_job_throws_does_not_hide_the_value(vm: VM, capsys: pytest.CaptureFixture[str]) -> None:
    assert vm.eval("Promise.reject(new Error('later')); 5") == 5
    assert capsys.readouterr().err.startswith("Uncaught (in promise) Error: later\n")


def test_what_the_script_threw_is_not_lost_in_its_jobs(vm: VM) -> None:
    with pytest.raises(JSError, match="from the script"):
        vm.eval("var ran; Promise.resolve().then(() => { ran = true }); throw new Error('from the script')")
    assert vm.eval("ran") is True


# ---- globals


def test_globals_read_and_write(vm: VM) -> None:
    vm.globals["config"] = {"depth": 3}
    assert vm.eval("config.depth") == 3
    vm.eval("config.depth = 4")
    assert vm.globals["config"] == {"depth": 4}


def test_missing_global_is_a_key_error(vm: VM) -> None:
    with pytest.raises(KeyError, match="missing"):
        vm.globals["missing"]


def test_global_that_is_undefined_exists(vm: VM) -> None:
    vm.eval("var nothing")
    assert vm.globals["nothing"] is snapjs.undefined
    assert "nothing" in vm.globals


def test_built_ins_are_there_but_not_enumerated(vm: VM) -> None:
    assert "Array" in vm.globals
    assert "Array" not in list(vm.globals)


def test_globals_iterate_and_count(vm: VM) -> None:
    before = len(vm.globals)
    vm.eval("var a1 = 1, b1 = 2")
    assert len(vm.globals) == before + 2
    assert list(vm.globals)[-2:] == ["a1", "b1"]


def test_globals_delete(vm: VM) -> None:
    vm.globals["gone"] = 1
    del vm.globals["gone"]
    assert "gone" not in vm.globals
    with pytest.raises(KeyError):
        del vm.globals["gone"]


def test_variable_cannot_be_deleted(vm: VM) -> None:
    vm.eval("var kept = 1")
    with pytest.raises(JSError, match="TypeError: could not delete property"):
        del vm.globals["kept"]


def test_names_of_globals_are_str(vm: VM) -> None:
    with pytest.raises(TypeError, match="names of globals are str, not int"):
        vm.globals[1] = 1  # type: ignore[index]


def test_getter_of_a_global_that_throws(vm: VM) -> None:
    vm.eval(
        "Object.defineProperty(globalThis, 'bad', { get() { throw new Error('getter') }, enumerable: true, configurable: true })"
    )
    with pytest.raises(JSError, match="Error: getter"):
        vm.globals["bad"]


# ---- handles


def test_eval_handle_does_not_convert(vm: VM) -> None:
    handle = vm.eval_handle("({ a: 1 })")
    assert type(handle) is Handle
    assert handle.to_python() == {"a": 1}


def test_eval_handle_does_not_run_jobs(vm: VM) -> None:
    vm.eval_handle("var ran = false; Promise.resolve().then(() => { ran = true })").dispose()
    assert vm.globals["ran"] is False
    assert vm.run_jobs() == 1
    assert vm.globals["ran"] is True


def test_eval_handle_of_a_function_and_a_promise_is_a_handle(vm: VM) -> None:
    assert type(vm.eval_handle("() => 1")) is Handle
    assert type(vm.eval_handle("Promise.resolve()")) is Handle


def test_handle_properties(vm: VM) -> None:
    with vm.eval_handle("({ a: [1] })") as handle:
        handle.set_prop("b", 2)
        assert handle.get_prop("a").to_python() == [1]
        assert handle.to_python() == {"a": [1], "b": 2}
        assert handle.get_prop("none").is_undefined
    assert handle.disposed


def test_dup_lives_on(vm: VM) -> None:
    first = vm.eval_handle("({ a: 1 })")
    second = first.dup()
    first.dispose()
    assert second.get_prop("a").to_python() == 1


def test_function_is_called_with_this(vm: VM) -> None:
    receiver = vm.eval_handle("({ n: 5 })")
    assert vm.eval("(function (a) { return this.n + a })")(2, this=receiver) == 7


def test_function_takes_many_arguments(vm: VM) -> None:
    assert vm.eval("(...all) => all.length")(*range(65535)) == 65535


def test_function_refuses_more_arguments_than_the_engine_takes(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError: 65536 arguments are too many"):
        vm.eval("(...all) => all.length")(*range(65536))


# ---- bytecode


def test_bytecode_runs(vm: VM, make_vm: Any) -> None:
    data = vm.compile("var n = 20; n + 22")
    assert make_vm().eval_bytecode(data).to_python() == 42


def test_bytecode_keeps_its_file_name(vm: VM) -> None:
    data = vm.compile("throw new Error('x')", filename="compiled.js")
    with pytest.raises(JSError) as caught:
        vm.eval_bytecode(data)
    assert "compiled.js:1" in (caught.value.stack or "")


def test_compile_runs_nothing(vm: VM) -> None:
    vm.compile("globalThis.ran = 1")
    assert "ran" not in vm.globals


def test_compile_reports_syntax_errors(vm: VM) -> None:
    with pytest.raises(JSError, match="SyntaxError"):
        vm.compile("}")


def test_bytecode_with_any_byte_changed_is_refused(vm: VM) -> None:
    data = bytearray(vm.compile("1 + 2"))
    for index in range(len(data)):
        data[index] ^= 1
        with pytest.raises(ValueError, match=r"bytecode"):
            vm.eval_bytecode(bytes(data))
        data[index] ^= 1
    assert vm.eval_bytecode(data).to_python() == 3


def test_truncated_bytecode_is_refused(vm: VM) -> None:
    data = vm.compile("1 + 2")
    for length in range(len(data)):
        with pytest.raises(ValueError, match="bytecode"):
            vm.eval_bytecode(data[:length])


def test_bytecode_of_another_engine_is_refused(vm: VM) -> None:
    data = vm.compile("1")
    with pytest.raises(ValueError, match="made by another engine: compile the source again"):
        vm.eval_bytecode(data[:8] + bytes(32) + data[40:])


def test_bytecode_is_bytes(vm: VM) -> None:
    with pytest.raises(TypeError, match="bytecode is bytes, not str"):
        vm.eval_bytecode("1 + 2")  # type: ignore[arg-type]


def test_versions(vm: VM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", {"snapjs": "1.2", "wasmtime": "3.4"}.__getitem__)
    versions = vm.versions
    assert (versions["snapjs"], versions["wasmtime"]) == ("1.2", "3.4")
    assert re.match(r"\d+\.\d+\.\d+", versions["quickjs"])
