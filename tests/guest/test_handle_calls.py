"""Calling from Python through handles, and results that may be exceptions."""

from __future__ import annotations

from typing import Any

import pytest

import snapjs
from snapjs import VM, Handle, JSError

# ---- calling JavaScript


def test_call_function_returns_a_handle(vm: VM) -> None:
    result = vm.call_function(vm.eval_handle("(a, b) => ({ sum: a + b })"), None, 1, 2)
    assert (type(result), result.get_prop("sum").to_number()) == (Handle, 3)


def test_call_function_takes_handles_and_values(vm: VM) -> None:
    function, handle = vm.eval("(...all) => all"), vm.eval_handle("Math")
    result = vm.call_function(function, None, handle, [handle], {"a": None}, function)
    assert (
        vm.eval("([a, [b], c, f]) => a === Math && b === Math && c.a === null && typeof f === 'function'")(result)
        is True
    )


@pytest.mark.parametrize(
    ("this", "shown"),
    [
        (None, "undefined"),
        (snapjs.undefined, "undefined"),
        (5, "number 5"),
        ("text", "string text"),
        ([1, 2], "object 1,2"),
    ],
)
def test_this_of_a_strict_function(vm: VM, this: Any, shown: str) -> None:
    function = vm.eval_handle(
        "(function () { 'use strict'; return this === undefined ? 'undefined' : typeof this + ' ' + this })"
    )
    assert vm.call_function(function, this).to_string() == shown


def test_this_may_be_a_handle_function_or_promise(vm: VM) -> None:
    function = vm.eval_handle("(function () { 'use strict'; return this })")
    for reference in (vm.new_object(), vm.eval("() => 1"), vm.eval("Promise.resolve()")):
        handle = reference if isinstance(reference, Handle) else reference.handle
        assert vm.call_function(function, reference).identity == handle.identity
    assert vm.call_function(function, vm.null).is_null


def test_this_of_a_sloppy_function_is_the_global_object(vm: VM) -> None:
    function = vm.eval_handle("(function () { return this === globalThis })")
    assert vm.call_function(function).to_boolean() is True


@pytest.mark.parametrize("count", [0, 1, 8, 9, 1000])
def test_number_of_arguments(vm: VM, count: int) -> None:
    assert vm.call_function(vm.eval_handle("(...all) => all.length"), None, *range(count)).to_number() == count


def test_call_that_throws(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError: far"):
        vm.call_function(vm.eval_handle("() => { throw new RangeError('far') }"))


@pytest.mark.parametrize("code", ["5", "({})", "undefined", "Promise.resolve()"])
def test_call_of_what_is_no_function(vm: VM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError: not a function"):
        vm.call_function(vm.eval_handle(code))


def test_call_runs_no_microtasks(vm: VM) -> None:
    vm.call_function(vm.eval_handle("() => { Promise.resolve().then(() => { globalThis.ran = 1 }) }"))
    assert "ran" not in vm.globals
    assert vm.execute_pending_jobs() == 1
    assert vm.globals["ran"] == 1


def test_construct(vm: VM) -> None:
    point = vm.construct(
        vm.eval_handle("(class Point { constructor(x, y) { this.x = x; this.y = y } })"), 1, vm.new_number(2)
    )
    assert (point.constructor_name, point.to_python() is not None) == ("Point", True)
    assert [point.get_prop(key).to_number() for key in "xy"] == [1, 2]
    assert vm.construct(vm.eval("Map"), [[1, 2]]).to_python() == {1: 2}


def test_construct_sets_new_target(vm: VM) -> None:
    function = vm.eval_handle("(function () { this.made = new.target !== undefined })")
    assert vm.construct(function).get_prop("made").to_boolean() is True


@pytest.mark.parametrize("code", ["() => 1", "({})", "5", "Symbol"])
def test_construct_of_what_is_no_constructor(vm: VM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.construct(vm.eval_handle(code))


def test_constructor_that_throws(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError"):
        vm.construct(vm.eval_handle("Array"), -1)


# ---- eval_code and unwrap_result, as in 1.2.0


def test_eval_code_returns_a_handle(vm: VM) -> None:
    result = vm.eval_code("40 + 2")
    assert (result.is_exception, result.to_number()) == (False, 42)
    assert vm.unwrap_result(result) is result


def test_eval_code_returns_what_was_thrown(vm: VM) -> None:
    result = vm.eval_code("throw Object.assign(new RangeError('far'), { code: 7 })", "app.js")
    assert (result.is_exception, result.is_error, result.get_prop("code").to_number()) == (True, True, 7)
    with pytest.raises(JSError, match="RangeError: far") as caught:
        vm.unwrap_result(result)
    assert "app.js:1" in (caught.value.stack or "")


@pytest.mark.parametrize(
    ("code", "typeof"), [("throw 5", "number"), ("throw undefined", "undefined"), ("throw null", "object")]
)
def test_eval_code_of_what_throws_a_primitive(vm: VM, code: str, typeof: str) -> None:
    result = vm.eval_code(code)
    assert (result.is_exception, result.typeof) == (True, typeof)
    with pytest.raises(JSError):
        vm.unwrap_result(result)


def test_eval_code_of_what_does_not_compile(vm: VM) -> None:
    result = vm.eval_code("1 +")
    assert (result.is_exception, result.constructor_name) == (True, "SyntaxError")


def test_eval_code_returns_a_python_exception(vm: VM) -> None:
    def fail(this: Handle) -> None:
        raise LookupError("mine")

    vm.global_handle.set_prop("fail", vm.new_function("fail", fail))
    with vm.eval_code("fail()") as result:
        assert (result.is_exception, result.get_prop("name").to_string()) == (True, "LookupError")
        with pytest.raises(LookupError, match="mine"):
            vm.unwrap_result(result)


def test_value_that_was_returned_is_no_exception(vm: VM) -> None:
    assert vm.eval_code("new Error('only a value')").is_exception is False


@pytest.mark.keeps("a module is never unloaded")
def test_eval_code_takes_flags(vm: VM) -> None:
    assert vm.eval_code("undeclared = 1", "a.js", snapjs.EvalFlags.STRICT).is_exception is True
    assert vm.eval_code("export const x = 1", "a.js", snapjs.EvalFlags.TYPE_MODULE).is_promise is True


def test_eval_code_raises_what_is_not_javascript_s(vm: VM) -> None:
    vm._bridge.options.timeout = 0.02
    with pytest.raises(snapjs.TimeLimitError):
        vm.eval_code("for (;;);")
