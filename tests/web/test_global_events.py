"""The global object as an EventTarget: its events, and what it hears of errors that nobody caught.

What is set on the global object is taken away again, for the leak check.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from moving import moved

from snapjs import VM, Handle, JSError, TimeLimitError

MakeVM = Callable[..., VM]

THROWS = "var target = new EventTarget(); target.addEventListener('x', () => { throw new Error('lost') }); 0"
FIRE = "target.dispatchEvent(new Event('x'))"


def test_the_global_object_is_a_target(vm: VM) -> None:
    vm.eval(
        "var out = []; { const listen = event => out.push(event.target === self); addEventListener('x', listen, { once: true }) }"
    )
    assert vm.eval("[dispatchEvent(new Event('x')), out, globalThis instanceof EventTarget]") == [True, [True], True]


def test_an_exception_in_a_listener_does_not_stop_the_others(vm: VM) -> None:
    vm.eval(f"var out = []; {THROWS}; onerror = () => true; 0")
    vm.eval(f"target.addEventListener('x', () => out.push(2)); {FIRE}")
    assert vm.eval("onerror = null; out") == [2]


def test_an_exception_in_a_listener_comes_out_of_the_call(vm: VM) -> None:
    vm.eval(THROWS)
    with pytest.raises(JSError, match="Error: lost"):
        vm.eval(FIRE)
    assert vm.eval("1 + 1") == 2


def test_an_exception_in_a_listener_comes_out_of_an_async_call(vm: VM) -> None:
    vm.eval(THROWS)
    with pytest.raises(JSError, match="Error: lost"):
        asyncio.run(vm.eval_async(FIRE))


def test_the_error_event_says_what_and_where(vm: VM) -> None:
    vm.eval("var out; onerror = (...parts) => { out = parts; return true }; 0")
    vm.eval("reportError(new RangeError('far'))", filename="app.js")
    vm.eval("onerror = null")
    assert vm.eval("out.slice(0, 4)") == ["Uncaught RangeError: far", "app.js", 1, 17]
    assert vm.eval("out[4] instanceof RangeError")


def test_a_canceled_error_event_keeps_the_error_from_the_host(vm: VM) -> None:
    vm.eval("var out = [], listen = event => { out.push(event.error); event.preventDefault() }; 0")
    vm.eval("addEventListener('error', listen); reportError(5); 0")
    vm.eval("removeEventListener('error', listen)")
    assert vm.eval("out") == [5]


def test_an_error_event_that_nobody_cancels_reaches_the_host(vm: VM) -> None:
    vm.eval("var out = []; onerror = message => { out.push(message) }; 0")
    with pytest.raises(JSError) as caught:
        vm.eval("reportError('five')")
    assert caught.value.value == "five"
    vm.eval("onerror = null")
    assert vm.eval("out") == ["Uncaught five"]


def test_an_error_in_onerror_reaches_the_host(vm: VM) -> None:
    vm.eval("onerror = () => { throw new Error('in onerror') }; 0")
    with pytest.raises(JSError, match="in onerror"):
        vm.eval("reportError(1)")
    with pytest.raises(JSError) as caught:
        vm.run_jobs()
    assert caught.value.value == 1
    vm.eval("onerror = null")


@pytest.mark.parametrize("how", ["setTimeout", "queueMicrotask"])
def test_onerror_hears_of_exceptions_in_callbacks(timed: VM, how: str) -> None:
    timed.eval("onerror = message => { out.push(message); return true }; 0")
    timed.eval(f"{how}(() => {{ throw new Error('lost') }}); {how}(() => out.push('next')); 0")
    timed.run_until_idle()
    timed.eval("onerror = null")
    assert timed.eval("out") == ["Uncaught Error: lost", "next"]


def test_an_exception_in_a_timer_that_nobody_hears_of_comes_out(timed: VM) -> None:
    timed.eval("onerror = () => {}; setTimeout(() => { throw new Error('lost') }); 0")
    with pytest.raises(JSError, match="Error: lost"):
        timed.run_until_idle()
    timed.eval("onerror = null")


def test_after_onerror_was_stopped_it_hears_of_errors_again(make_vm: MakeVM) -> None:
    vm = make_vm()
    vm.eval("var out = 0; onerror = () => { for (;;); }; 0")
    with pytest.raises(TimeLimitError):
        vm.eval("reportError(1)", timeout=0.05)
    vm.eval("onerror = () => { out++; return true }; 0")
    vm.eval("reportError(2)")
    assert vm.eval("onerror = null; out") == 1


def test_after_an_error_was_lost_with_stopped_jobs_the_next_one_is_told(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        vm.eval("for (const _ of [1, 2]) queueMicrotask(() => { for (;;); }); reportError(1)", timeout=0.05)
    with pytest.raises(TimeLimitError):
        vm.eval("0", timeout=0.05)
    vm.eval("var heard; onerror = (message, file, line, column, error) => { heard = error; return true }; 0")
    vm.eval("queueMicrotask(() => { throw 2 }); 0")
    assert vm.eval("onerror = null; heard") == 2


def test_an_error_is_told_to_the_realm_whose_function_threw(vm: VM) -> None:
    with vm.new_realm() as realm:
        realm.eval("var out = []; onerror = message => { out.push(message); return true }; 0")
        realm.eval("setTimeout(() => { throw new Error('in the realm') }); 0")
        vm.run_until_idle()
        assert realm.eval("out") == ["Uncaught Error: in the realm"]


# ---- promises


@pytest.fixture
def reports() -> list[tuple[Any, bool]]:
    return []


@pytest.fixture
def tracked(make_vm: MakeVM, reports: list[tuple[Any, bool]]) -> VM:
    """A VM that notes what the host hears of unhandled rejections, with an array `out`."""

    def report(promise: Handle, reason: Handle, handled: bool) -> None:
        reports.append((reason.to_python(), handled))

    vm = make_vm(on_unhandled_rejection=report)
    vm.eval("var out = []; 0")
    return vm


def test_the_program_hears_of_a_rejection_before_the_host(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("onunhandledrejection = event => { out.push(event.reason, event.promise instanceof Promise) }; 0")
    tracked.eval("Promise.reject(5); 0")
    assert (tracked.eval("out"), reports) == ([5, True], [(5, False)])
    tracked.eval("onunhandledrejection = null")


def test_a_canceled_rejection_is_kept_from_the_host(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("onunhandledrejection = event => { event.preventDefault() }; 0")
    tracked.eval("var promise = Promise.reject(5); 0")
    tracked.eval("promise.catch(() => 0); onunhandledrejection = null")
    assert reports == []


def test_a_late_handler_is_an_event(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("onrejectionhandled = event => { out.push(event.reason) }; var promise = Promise.reject(5); 0")
    tracked.eval("promise.catch(() => 0); 0")
    tracked.eval("onrejectionhandled = null")
    assert (tracked.eval("out"), reports) == ([5], [(5, False), (5, True)])


def test_a_promise_that_is_handled_in_the_event_is_not_reported(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("onunhandledrejection = event => { event.promise.catch(reason => out.push(reason)) }; 0")
    tracked.eval("Promise.reject(5); 0")
    assert (tracked.eval("onunhandledrejection = null; out"), reports) == ([5], [])


def test_rejections_that_the_event_brings_are_told_too(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("onunhandledrejection = ({ reason }) => { if (reason < 3) Promise.reject(reason + 1) }; 0")
    tracked.eval("Promise.reject(1); 0")
    tracked.eval("0")
    tracked.eval("onunhandledrejection = null")
    assert reports == [(1, False), (2, False), (3, False)]


def test_onerror_lives_through_a_snapshot(vm: VM) -> None:
    vm.eval("var out = []; onerror = message => { out.push(message); return true }; 0")
    with moved(vm) as restored:
        restored.eval("reportError(1)")
        assert restored.eval("out") == ["Uncaught 1"]
