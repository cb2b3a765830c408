"""Ephemeral functions: for as long as their handle is kept."""

from __future__ import annotations

import weakref

import pytest
from moving import moved

from snapjs import VM, Handle, JSError


def add(this: Handle, a: Handle, b: Handle) -> float:
    return a.to_number() + b.to_number()


def test_ephemeral_function(vm: VM) -> None:
    with vm.new_ephemeral_function(add) as function:
        assert (function.typeof, vm.call_function(function, None, 1, 2).to_number()) == ("function", 3)
        assert vm.statistics().lent_functions == 1
    assert vm.statistics().lent_functions == 0


def test_ephemeral_function_is_gone_with_its_handle(vm: VM) -> None:
    with vm.new_ephemeral_function(lambda this: 1) as function:
        vm.global_handle.set_prop("kept", function)
        assert vm.eval("kept()") == 1
    with pytest.raises(JSError, match="TypeError: this host function is not registered"):
        vm.eval("kept()")


def test_ephemeral_function_is_gone_when_python_drops_its_handle(vm: VM) -> None:
    vm.global_handle.set_prop("kept", vm.new_ephemeral_function(lambda this: 1))
    with pytest.raises(JSError, match="is not registered"):
        vm.eval("kept()")


def test_ephemeral_function_lets_go_of_the_callable(vm: VM) -> None:
    function = lambda this: 1  # noqa: E731
    alive = weakref.ref(function)
    handle = vm.new_ephemeral_function(function)
    del function
    handle.dispose()
    assert alive() is None


def test_dup_of_an_ephemeral_function_does_not_keep_it(vm: VM) -> None:
    function = vm.new_ephemeral_function(lambda this: 1)
    with function.dup() as dup:
        function.dispose()
        with pytest.raises(JSError, match="is not registered"):
            vm.call_function(dup)


def test_dup_that_is_disposed_of_does_not_end_it(vm: VM) -> None:
    with vm.new_ephemeral_function(lambda this: 1) as function:
        function.dup().dispose()
        assert vm.call_function(function).to_number() == 1


def test_visitor(vm: VM) -> None:
    seen: list[tuple[str, float]] = []
    map = vm.eval_handle("new Map([['a', 1], ['b', 2]])")
    with vm.new_ephemeral_function(
        lambda this, value, key, map: seen.append((key.to_string(), value.to_number()))
    ) as visit:
        vm.call_function(map.get_prop("forEach"), map, visit)
    assert seen == [("a", 1), ("b", 2)]


def test_two_ephemeral_functions_of_one_callable(vm: VM) -> None:
    first, second = (vm.new_ephemeral_function(add) for _ in range(2))
    first.dispose()
    assert vm.call_function(second, None, 1, 2).to_number() == 3


def test_a_thousand_ephemeral_functions_leave_nothing(vm: VM) -> None:
    apply = vm.eval_handle("f => f(1)")
    for number in range(1000):
        with vm.new_ephemeral_function(lambda this, n, number=number: n.to_number() + number) as function:
            assert vm.call_function(apply, None, function).to_number() == number + 1
    assert vm.statistics().lent_functions == 0
    assert len(vm._bridge.lending._temporary) < 10


def test_ephemeral_function_that_javascript_keeps_does_not_meet_another(vm: VM) -> None:
    with vm.new_ephemeral_function(lambda this: "old") as function:
        vm.global_handle.set_prop("kept", function)
    others = [vm.new_ephemeral_function(lambda this: "new") for _ in range(20)]
    with pytest.raises(JSError, match="is not registered"):
        vm.eval("kept()")
    assert vm.call_function(others[0]).to_string() == "new"


def test_ephemeral_function_does_not_live_through_a_snapshot() -> None:
    vm = VM()
    function = vm.new_ephemeral_function(lambda this: 1)
    vm.global_handle.set_prop("kept", function)
    with moved(vm) as restored, pytest.raises(JSError, match="is not registered"):
        restored.eval("kept()")


def test_ephemeral_function_has_no_name_to_bind() -> None:
    vm = VM()
    function = vm.new_ephemeral_function(lambda this: 1)
    vm.global_handle.set_prop("kept", function)
    with vm, pytest.raises(ValueError, match="no host function '' to bind"):
        vm.register_host_callback("", lambda this: 2)


def test_ephemeral_function_of_a_closed_vm() -> None:
    vm = VM()
    function = vm.new_ephemeral_function(lambda this: 1)
    vm.close()
    function.dispose()
    assert function.disposed
