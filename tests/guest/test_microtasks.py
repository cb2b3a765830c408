"""Microtasks: their order among other things, and who runs them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from virtual_time import Time, advance

from snapjs import VM, JSError

MakeVM = Callable[..., VM]


@pytest.mark.keeps("a const at the top of a script")
def test_microtasks_run_in_the_order_of_node(timed: VM, time: Time) -> None:
    timed.eval("""
        const log = x => out.push(x)
        {
            setTimeout(() => { log("timeout 1"); Promise.resolve().then(() => log("job of timeout 1")) }, 0)
            setTimeout(() => log("timeout 2"), 0)
            queueMicrotask(() => { log("microtask 1"); queueMicrotask(() => log("microtask in microtask")) })
            const a1 = async () => { log("a1 start"); await a2(); log("a1 end") }
            const a2 = async () => { log("a2") }
            a1()
            new Promise(resolve => { log("executor"); resolve() }).then(() => log("then 1")).then(() => log("then 2"))
            Promise.reject(0).catch(() => log("caught")).finally(() => log("finally"))
            ;(async () => { log("b start"); await null; log("b 1"); await Promise.resolve(); log("b 2") })()
            ;(async () => { await { then(done) { log("thenable"); done() } }; log("after thenable") })()
            ;(async () => { await (async () => Promise.resolve())(); log("returned promise takes three turns") })()
            log("sync end")
        }
        0
    """)
    assert advance(timed, time, 0.001) == [
        "a1 start",
        "a2",
        "executor",
        "b start",
        "sync end",
        "microtask 1",
        "a1 end",
        "then 1",
        "caught",
        "b 1",
        "thenable",
        "microtask in microtask",
        "then 2",
        "finally",
        "b 2",
        "after thenable",
        "returned promise takes three turns",
        "timeout 1",
        "job of timeout 1",
        "timeout 2",
    ]


def test_eval_runs_microtasks_before_it_returns(vm: VM) -> None:
    vm.eval("var x = 0; Promise.resolve().then(() => { x = 1 }); 0")
    assert vm.globals["x"] == 1


def test_run_jobs_says_how_many_ran(vm: VM) -> None:
    vm.eval_handle("queueMicrotask(() => 0); queueMicrotask(() => queueMicrotask(() => 0))").dispose()
    assert vm.run_jobs() == 3
    assert vm.run_jobs() == 0


def test_queue_microtask_wants_a_function(vm: VM) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.eval("queueMicrotask(1)")


def test_an_error_in_a_microtask_is_raised(vm: VM) -> None:
    with pytest.raises(JSError, match="Error: in the job"):
        vm.eval("queueMicrotask(() => { throw new Error('in the job') }); 0")


def test_jobs_behind_one_that_threw_run_later(vm: VM) -> None:
    with pytest.raises(JSError):
        vm.eval("var x = 0; queueMicrotask(() => { throw 1 }); queueMicrotask(() => { x = 1 }); 0")
    vm.run_jobs()
    assert vm.eval("x") == 1
