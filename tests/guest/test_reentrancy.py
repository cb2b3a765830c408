"""Host functions that use the VM that is calling them, or let go of something of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, ClosedError, Function, Handle, JSError, NotQuiescent

MakeVM = Callable[..., VM]


def test_host_function_calls_back(vm: VM) -> None:
    vm.expose("map", lambda items, f: [f(item) for item in items])
    assert vm.eval("map([1, 2, 3], n => n * n)") == [1, 4, 9]


def test_host_function_evaluates(vm: VM) -> None:
    vm.expose("f", lambda: vm.eval("x + 1"))
    assert vm.eval("var x = 1; f()") == 2


def test_jobs_of_a_nested_eval_wait_for_the_outermost(vm: VM) -> None:
    vm.expose("f", lambda: vm.eval("Promise.resolve().then(() => log.push('job')); log.push('inner')"))
    vm.eval("var log = []; f(); log.push('outer')")
    assert vm.eval("log") == ["inner", "outer", "job"]


def test_host_function_collects_garbage(vm: VM) -> None:
    vm.expose("f", vm.gc)
    assert vm.eval("var o = { a: [1] }; f(); o.a[0]") == 1


def test_deep_re_entrancy_is_a_recursion_error_and_the_vm_lives(vm: VM) -> None:
    vm.expose("f", lambda n: vm.eval(f"f({n + 1})"))
    with pytest.raises(RecursionError):
        vm.eval("f(0)")
    assert vm.eval("1 + 1") == 2


def test_re_entrancy_to_a_depth(vm: VM) -> None:
    vm.expose("f", lambda n: 0 if n == 0 else vm.eval(f"f({n - 1})") + 1)
    assert vm.eval("f(20)") == 20


def test_snapshot_in_a_host_function_is_not_quiescent(vm: VM) -> None:
    vm.expose("f", lambda: vm.snapshot())
    with pytest.raises(NotQuiescent, match="Take snapshots, and run jobs, after its outermost call"):
        vm.eval("f()")


def test_close_in_a_host_function_waits_for_the_outermost_call() -> None:
    vm = VM()
    states: list[bool] = []

    def f() -> int:
        vm.close()
        states.append(vm.closed)
        return 1

    vm.expose("f", f)
    assert vm.eval("f() + 1") == 2
    assert states == [False]
    assert vm.closed
    with pytest.raises(ClosedError):
        vm.eval("1")


def test_function_that_calls_a_host_function(vm: VM) -> None:
    vm.expose("host", lambda n: n * 10)
    function = vm.eval("n => host(n) + 1")
    assert type(function) is Function
    assert [function(n) for n in range(3)] == [1, 11, 21]


def test_two_vms_call_each_other(vm: VM, make_vm: MakeVM) -> None:
    other = make_vm()
    vm.expose("there", lambda n: other.eval(f"back({n})"))
    other.expose("back", lambda n: vm.eval(f"{n} + 1"))
    assert vm.eval("there(4)") == 5


def test_globals_in_a_host_function(vm: VM) -> None:
    def f() -> None:
        vm.globals["x"] = vm.globals["x"] + 1

    vm.expose("f", f)
    assert vm.eval("var x = 1; f(); x") == 2


# ---- in the middle of a result


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
