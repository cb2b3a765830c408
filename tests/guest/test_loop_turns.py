"""The event loop when Python turns it: `loop_once`, `run_until_idle`, and clocks that stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from virtual_time import Time, advance

import snapjs
from snapjs import VM, NotQuiescent, StillPending

MakeVM = Callable[..., VM]


def test_loop_once_says_what_comes_next(timed: VM, time: Time) -> None:
    assert timed.loop_once() == -1
    timed.eval(
        "setTimeout(() => out.push('a')); setTimeout(() => out.push('b')); setTimeout(() => out.push('c'), 250); 0"
    )
    assert timed.loop_once() == 0
    assert timed.eval("out") == ["a"]
    assert timed.loop_once() == 250
    assert timed.eval("out") == ["a", "b"]
    time.now += 0.2499
    assert timed.loop_once() == 1
    time.now += 0.0001
    assert timed.loop_once() == -1
    assert timed.eval("out") == ["a", "b", "c"]


def test_who_sleeps_as_loop_once_says_does_not_come_too_early(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => out.push(1), 3); 0")
    time.now += 0.0016
    assert timed.loop_once() == 2
    time.now += 0.002
    assert timed.loop_once() == -1
    assert timed.eval("out") == [1]


def test_loop_once_reports_an_error_and_goes_on(make_vm: MakeVM, time: Time) -> None:
    errors: list[str] = []
    vm = make_vm(clock=time, stderr=errors.append)
    vm.eval("var x = 0; setTimeout(() => { throw new Error('bad') }); setTimeout(() => { x = 1 }); 0")
    assert vm.loop_once() == -2
    assert errors == ["Uncaught Error: bad\n"]
    assert vm.loop_once() == -1
    assert vm.eval("x") == 1


def test_loop_once_does_not_count_pending_calls(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"ask": snapjs.pending})
    vm.eval("ask(); 0")
    assert vm.loop_once() == -1
    vm.pending[0].resolve()


def test_run_until_idle_leaves_future_timers(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => { out.push(1); setTimeout(() => out.push(2), 1000) }, 0); 0")
    assert advance(timed, time, 0) == [1]
    assert timed.statistics().timers == 1
    assert advance(timed, time, 1) == [2]


def test_a_frozen_clock_fires_no_timer_that_waits(make_vm: MakeVM) -> None:
    vm = make_vm(clock=1000)
    vm.eval("var out = []; setTimeout(() => out.push(0)); var id = setTimeout(() => out.push(1), 1); 0")
    vm.run_until_idle()
    assert vm.eval("out") == [0]
    assert vm.loop_once() == 1
    vm.eval("clearTimeout(id)")


def test_waiting_for_a_timer_on_a_frozen_clock_says_so(make_vm: MakeVM) -> None:
    vm = make_vm(clock=1000)
    with pytest.raises(StillPending, match="waits on timers, and the VM's clock is frozen"):
        asyncio.run(vm.eval_async("await new Promise(resolve => { globalThis.id = setTimeout(resolve, 1) })"))
    vm.eval("clearTimeout(id)")


def test_the_loop_does_not_turn_inside_a_host_function(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"turn": lambda: vm.run_until_idle()})
    with pytest.raises(NotQuiescent, match="Take snapshots, and run jobs, after its outermost call"):
        vm.eval("turn()")
