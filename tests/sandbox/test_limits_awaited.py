"""Calls that go on after the function has returned, and calls that a signal cuts off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pytest
from hostile import failure_of

from snapjs import CapabilityCall, Sandbox, StillPending

MakeSandbox = Callable[..., Sandbox]

RESULT = "await host.f().then(value => value, error => `${error.name}: ${error.message}`)"


# ---- functions that return an awaitable, and are no `async def`


def test_time_of_what_a_function_returns_to_be_awaited(any_sandbox: Sandbox) -> None:
    any_sandbox.register("f", lambda: asyncio.sleep(60), timeout=0.01)
    assert (
        asyncio.run(any_sandbox.eval_async(RESULT))
        == "CapabilityError: f took longer than its timeout of 0.01 s. Ask for less, or register it with a higher limit."
    )


def test_size_of_what_a_function_returns_to_be_awaited(any_sandbox: Sandbox) -> None:
    any_sandbox.register("f", lambda: asyncio.sleep(0, "x" * 1000), max_result=100)
    assert asyncio.run(any_sandbox.eval_async(RESULT)) == (
        "CapabilityError: f has a result of 1003 bytes, and max_result allows 100. Ask for less, or register it with a higher limit."
    )


def test_what_a_function_returns_to_be_awaited_is_under_way(any_sandbox: Sandbox) -> None:
    any_sandbox.register("f", lambda: asyncio.sleep(0, 1), max_concurrent=1)
    code = f"const first = host.f(); let second; {failure_of('host.f()').replace('error.name', 'second = error.name')}"
    assert asyncio.run(any_sandbox.eval_async(f"{{ {code}; [await first, second, await host.f()] }}")) == [
        1,
        "CapabilityError",
        1,
    ]


@pytest.mark.abandons("the promise is never settled")
def test_what_nobody_awaits_ends_with_its_world(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    sandbox.register("f", lambda: asyncio.sleep(0, 1), max_concurrent=1)
    for _ in range(2):
        with pytest.raises(StillPending):
            sandbox.eval("host.f()")


def test_audit_sees_how_it_ends(make_sandbox: MakeSandbox) -> None:
    calls: list[CapabilityCall] = []

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    sandbox = make_sandbox(audit=calls.append, isolated=True)
    sandbox.register("f", lambda: fail())
    assert asyncio.run(sandbox.eval_async(RESULT)) == "ValueError: no"
    assert [(call.outcome, str(call.error)) for call in calls] == [("raised", "no")]


def test_promise_of_the_program_is_itself_again(any_sandbox: Sandbox) -> None:
    any_sandbox.register("f", lambda value: value, timeout=60, max_result=100)
    code = "{ const promise = Promise.resolve(1); host.f(promise) === promise }"
    assert asyncio.run(any_sandbox.eval_async(code)) is True


# ---- signals and threads


def test_call_that_a_signal_cuts_off_is_not_under_way(
    make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(isolated=True)
    sandbox.register("f", lambda: 1, max_concurrent=1)

    moments = iter([0.0])  # until the call is under way

    def interrupt() -> float:
        for moment in moments:
            return moment
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("snapjs._sandbox.audit.perf_counter", interrupt)
        sandbox.eval("host.f()")
    assert sandbox.eval("host.f()") == 1


def test_thread_that_a_signal_cuts_off_counts_until_it_ends(
    make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(isolated=True)
    free = threading.Event()
    threads: list[threading.Thread] = []
    sandbox.register("f", lambda: free.wait(60), max_concurrent=1, timeout=60)

    class Interrupted(threading.Thread):
        def start(self) -> None:
            super().start()
            threads.append(self)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("snapjs._sandbox.guard.Thread", Interrupted)
        sandbox.eval("host.f()")
    assert sandbox.eval(failure_of("host.f()")).startswith("CapabilityError: f is being called 1 time")
    free.set()
    threads.pop().join()
    assert sandbox.eval("host.f()") is True


def test_call_that_ends_just_after_its_time_is_late(make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            super().result()
            raise TimeoutError

    monkeypatch.setattr("snapjs._sandbox.guard.Future", Late)
    sandbox = make_sandbox()
    sandbox.register("f", lambda: 1, timeout=1)
    assert (
        sandbox.eval(failure_of("host.f()"))
        == "CapabilityError: f took longer than its timeout of 1 s. Ask for less, or register it with a higher limit."
    )


def test_call_with_a_time_limit_has_the_context_of_its_eval(sandbox: Sandbox) -> None:
    user = ContextVar("user", default="nobody")
    sandbox.register("user", user.get, types="() => string", timeout=60)
    token = user.set("anna")
    try:
        assert sandbox.eval("host.user()") == "anna"
    finally:
        user.reset(token)


# ---- rate, audit


def test_rate_that_is_no_integer(make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("snapjs._sandbox.capability.monotonic", lambda: now[0])
    sandbox = make_sandbox()
    sandbox.register("f", lambda: 1, rate=1.5)
    results = []
    for seconds in (0, 0, 0, 1, 0.5, 0, 0):
        now[0] += seconds
        results.append(sandbox.eval(failure_of("host.f()"))[:10])
    assert results == [
        "no failure",
        "no failure",
        "Capability",
        "Capability",
        "no failure",
        "no failure",
        "Capability",
    ]


def test_audit_sees_what_a_class_of_an_argument_raises(make_sandbox: MakeSandbox) -> None:
    @dataclass
    class Point:
        x: int

        def __post_init__(self) -> None:
            raise LookupError("no such point")

    def f(point: Point) -> None: ...

    f.__annotations__["point"] = Point
    calls: list[CapabilityCall] = []
    sandbox = make_sandbox(audit=calls.append, isolated=True)
    sandbox.register("f", f, max_concurrent=1)
    for _ in range(2):
        with pytest.raises(LookupError):
            sandbox.eval("host.f({ x: 1 })")
    assert [(call.arguments, call.outcome, repr(call.error)) for call in calls] == [
        (({"x": 1},), "raised", "LookupError('no such point')")
    ] * 2
