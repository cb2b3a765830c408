"""Promises that are rejected and handled late or never: who hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, ClosedError, Handle, JSError

MakeVM = Callable[..., VM]


@pytest.fixture
def reports() -> list[tuple[Any, bool]]:
    return []


@pytest.fixture
def tracked(make_vm: MakeVM, reports: list[tuple[Any, bool]]) -> VM:
    """A VM that notes its unhandled rejections."""

    def report(promise: Handle, reason: Handle, handled: bool) -> None:
        assert promise.class_name == "Promise"
        value = reason.to_python()
        reports.append((str(value) if isinstance(value, JSError) else value, handled))

    return make_vm(on_unhandled_rejection=report)


def test_a_rejection_is_reported_when_it_stays_unhandled(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("Promise.reject(new Error('lost')); Promise.reject(5); 0")
    assert reports == [("Error: lost", False), (5, False)]


def test_a_rejection_that_is_handled_in_the_same_turn_is_not_reported(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("{ const p = Promise.reject(1); queueMicrotask(() => p.catch(() => 0)) } 0")
    assert reports == []


def test_a_late_handler_is_reported_too(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("var p = Promise.reject(1); 0")
    assert reports == [(1, False)]
    tracked.eval("p.catch(() => 0); 0")
    assert reports == [(1, False), (1, True)]


def test_a_rejection_inside_an_async_function_is_reported(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("(async () => { await null; throw new TypeError('t') })(); 0")
    assert reports == [("TypeError: t", False)]


def test_a_rejection_in_a_timer_is_reported(tracked: VM, reports: list[Any]) -> None:
    tracked.eval("setTimeout(async () => { throw 7 }); 0")
    assert reports == []
    tracked.run_until_idle()
    assert reports == [(7, False)]


def test_looking_at_the_result_handles_a_rejection(tracked: VM, reports: list[Any]) -> None:
    promise = tracked.eval("Promise.reject(3)")
    assert promise.state == "rejected"
    with pytest.raises(JSError) as caught:
        _ = promise.result
    assert caught.value.value == 3
    assert reports == [(3, False), (3, True)]


def test_an_awaited_rejection_is_not_reported(tracked: VM, reports: list[Any]) -> None:
    with pytest.raises(JSError, match="awaited"):
        asyncio.run(tracked.eval_async("await Promise.reject(new Error('awaited'))"))
    assert reports == []


def test_the_report_may_use_the_vm(make_vm: MakeVM) -> None:
    seen = []
    vm = make_vm(on_unhandled_rejection=lambda promise, reason, handled: seen.append(vm.eval("1 + 1")))
    vm.eval("Promise.reject(1); 0")
    assert seen == [2]


def test_an_error_in_the_report_comes_out(make_vm: MakeVM) -> None:
    def report(promise: Handle, reason: Handle, handled: bool) -> None:
        raise LookupError("in the report")

    vm = make_vm(on_unhandled_rejection=report)
    with pytest.raises(LookupError, match="in the report"):
        vm.eval("Promise.reject(1); 0")
    assert vm.eval("1") == 1


def test_close_in_the_report_takes_effect_when_the_call_ends(make_vm: MakeVM) -> None:
    vm = make_vm(on_unhandled_rejection=lambda *_: vm.close())
    vm.eval("Promise.reject(1); 0")
    with pytest.raises(ClosedError):
        vm.eval("1")


def test_without_a_callable_the_report_goes_to_stderr(make_vm: MakeVM) -> None:
    errors: list[str] = []
    vm = make_vm(stderr=errors.append)
    vm.eval("function lose() { return Promise.reject(new RangeError('lost')) } lose(); 0", filename="app.js")
    assert errors == [
        "Uncaught (in promise) RangeError: lost\n    at lose (app.js:1:45)\n    at <eval> (app.js:1:66)\n"
    ]


@pytest.mark.parametrize(
    ("thrown", "text"),
    [
        ("5", "number: 5"),
        ("'s'", "string: s"),
        ("undefined", "undefined: undefined"),
        ("{}", "Object: [object Object]"),
    ],
)
def test_a_reason_that_is_no_error_is_described(make_vm: MakeVM, thrown: str, text: str) -> None:
    errors: list[str] = []
    vm = make_vm(stderr=errors.append)
    vm.eval(f"Promise.reject({thrown}); 0")
    assert errors == [f"Uncaught (in promise) {text}\n"]


def test_a_late_handler_is_not_written_to_stderr(make_vm: MakeVM) -> None:
    errors: list[str] = []
    vm = make_vm(stderr=errors.append)
    vm.eval("var p = Promise.reject(5); 0")
    vm.eval("p.catch(() => 0); 0")
    assert len(errors) == 1
