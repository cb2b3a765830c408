"""Host functions that call back into the VM, or let go of something, while the engine is in the middle of a result."""

import pytest

from snapjs import VM, Handle, JSError


def test_a_getter_that_calls_back_does_not_disturb_the_result(vm: VM) -> None:
    vm.expose("nested", lambda: vm.eval("({big: 'z'.repeat(3000), list: [1, 2, {a: 1}]})") and 7)
    value = vm.eval("({before: new Map([[1, {get now() { return nested() }}]]), after: [1, 2, 3]})")
    assert value == {"before": {1: {"now": 7}}, "after": [1, 2, 3]}


def test_a_getter_that_calls_back_does_not_disturb_an_error(vm: VM) -> None:
    vm.expose("nested", lambda: vm.eval("'z'.repeat(3000)") and 7)
    with pytest.raises(JSError, match="the message"):
        vm.eval("throw Object.assign(new Error('the message'), {data: {get now() { return nested() }}})")


def test_a_large_nested_result_does_not_disturb_the_outer_one(vm: VM) -> None:
    vm.expose("nested", lambda: len(vm.eval("'z'.repeat(2_000_000)")))
    assert vm.eval("[[{get now() { return nested() }}], 'after']") == [[{"now": 2_000_000}], "after"]


def test_an_object_may_be_let_go_of_while_its_getter_runs(vm: VM) -> None:
    held: list[Handle] = []
    vm.expose("drop", lambda: held.pop().dispose())
    held.append(vm.eval_handle("({name: 'x'.repeat(50), get p() { drop(); return this.name }})"))
    assert held[0].get_prop("p").to_python() == "x" * 50
