"""Host functions that take handles and call back into their VM, in the middle of scopes and of each other."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
from test_busy import in_thread

from snapjs import VM, ClosedError, Handle, JSError, NotQuiescent


def give(vm: VM, function: Callable[..., Any], name: str = "f") -> None:
    """Make a global of a host function that takes handles."""
    with vm.new_function(name, function) as handle:
        vm.global_handle.set_prop(name, handle)


# ---- re-entrancy


def test_outer_arguments_are_valid_in_a_nested_call(vm: VM) -> None:
    log: list[Any] = []
    outer: list[Handle] = []

    def first(this: Handle, value: Handle, callback: Handle) -> Handle:
        outer.append(value)
        result = vm.call_function(callback, value, value)
        log.append(value.get_prop("n").to_number())
        return result

    def second(this: Handle, value: Handle) -> Handle:
        log.append((outer[0].get_prop("n").to_number(), this.identity == outer[0].identity))
        return outer[0]

    give(vm, first, "first")
    give(vm, second, "second")
    assert vm.eval("{ const o = { n: 1 }; first(o, second) === o }") is True
    assert log == [(1, True), 1]


def test_inner_arguments_expire_before_the_outer_ones(vm: VM) -> None:
    kept: list[Handle] = []

    def f(this: Handle, depth: Handle, value: Handle) -> list[bool]:
        kept.append(value)
        if depth.to_number():
            vm.eval_handle(f"f({depth.to_number() - 1}, {{}})")
        return [handle.disposed for handle in kept]

    give(vm, f)
    assert vm.eval("f(3, {})") == [False, True, True, True]


def test_deep_nesting(vm: VM) -> None:
    def f(this: Handle, depth: Handle, callback: Handle) -> Any:
        left = depth.to_number()
        inner = vm.call_function(callback, None, left - 1, callback).to_number() if left else 0
        return inner + depth.to_number()

    give(vm, f)
    assert vm.eval("f(30, f)") == 465


def test_callback_calls_back_with_a_borrowed_handle(vm: VM) -> None:
    give(vm, lambda this, function, value: vm.call_function(function, value, value, {"wrapped": value}))
    assert vm.eval("f(function (a, b) { return [this === a, a === b.wrapped] }, {})") == [True, True]


def test_callback_collects_garbage(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> str:
        vm.run_gc()
        gc.collect()
        return argument.get_prop("deep").get_prop("text").to_string()

    give(vm, f)
    assert vm.eval("f({ deep: { text: 'alive' } })") == "alive"


def test_argument_whose_last_owner_lets_go(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> str:
        del vm.globals["owner"]
        vm.gc()
        return argument.to_string()

    give(vm, f)
    assert vm.eval("globalThis.owner = { toString: () => 'alive' }; f(owner)") == "alive"


def test_callback_unregisters_itself(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> Any:
        vm.unregister_host_callback("f")
        return argument.get_prop("a")

    give(vm, f)
    assert vm.eval("f({ a: 5 })") == 5
    with pytest.raises(JSError, match="host function 'f' is not registered"):
        vm.eval("f({})")


def test_ephemeral_function_disposes_of_itself(vm: VM) -> None:
    functions: list[Handle] = []

    def f(this: Handle, argument: Handle) -> Any:
        functions[0].dispose()
        return argument

    functions.append(vm.new_ephemeral_function(f))
    assert vm.call_function(functions[0], None, 5).to_number() == 5


def test_callback_closes_the_vm() -> None:
    vm = VM()
    states: list[Any] = []

    def f(this: Handle, argument: Handle) -> Handle:
        vm.close()
        states.extend([vm.closed, argument.to_python()])
        return argument

    give(vm, f)
    assert vm.eval("f(5) + 1") == 6
    assert states == [False, 5]
    assert vm.closed


def test_snapshot_in_a_callback_is_not_quiescent(vm: VM) -> None:
    give(vm, lambda this: vm.snapshot())
    with pytest.raises(NotQuiescent):
        vm.eval("f()")


# ---- scopes


def test_scope_inside_does_not_touch_the_arguments(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> Any:
        with vm.with_scope():
            made = argument.get_prop("a")
        return [made.disposed, argument.disposed, argument.get_prop("a")]

    give(vm, f)
    assert vm.eval("f({ a: 1 })") == [True, False, 1]


def test_scope_around_the_call_owns_what_the_callback_makes(vm: VM) -> None:
    made: list[Handle] = []

    def f(this: Handle, argument: Handle) -> Handle:
        made.extend([vm.new_object(), argument.dup()])
        return made[0]

    give(vm, f)
    with vm.with_scope():
        result = vm.eval_handle("f({})")
        assert [handle.disposed for handle in made] == [False, False]
    assert [handle.disposed for handle in [*made, result]] == [True, True, True]


def test_result_made_in_a_scope_must_escape(vm: VM) -> None:
    def f(this: Handle, keep: Handle) -> Handle:
        with vm.with_scope() as scope:
            handle = vm.new_string("made inside")
            return scope.escape(handle) if keep.to_boolean() else handle

    give(vm, f)
    assert vm.eval("f(true)") == "made inside"
    with pytest.raises(ClosedError):
        vm.eval("f(false)")


def test_callback_raises_inside_a_scope(vm: VM) -> None:
    def f(this: Handle, argument: Handle) -> None:
        with vm.with_scope():
            vm.new_object()
            raise KeyError("inside")

    give(vm, f)
    assert vm.eval("try { f({}) } catch (e) { e.name }") == "KeyError"
    assert not vm.new_object().disposed
    assert vm.statistics().handles == 0


# ---- threads


def test_call_in_another_thread(vm: VM) -> None:
    give(vm, lambda this, a, b: a.to_number() + b.to_number())
    assert in_thread(lambda: vm.eval("f(1, 2)")) == 3
