"""The limits of capabilities."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hostile import failure_of

from snapjs import CapabilityError, Sandbox


def test_calls_in_an_eval(any_sandbox: Sandbox) -> None:
    any_sandbox.register("a.f", lambda: 1, max_calls=2)
    for _ in range(2):
        assert any_sandbox.eval("host.a.f() + host.a.f()") == 2
    assert any_sandbox.eval(f"host.a.f(); host.a.f(); {failure_of('host.a.f()')}") == (
        "CapabilityError: a.f was called 2 times in this eval, and max_calls allows no more. Call it less often, or register it with a higher limit."
    )


def test_a_refusal_that_nobody_catches(any_sandbox: Sandbox) -> None:
    any_sandbox.register("a.f", lambda: 1, max_calls=0)
    with pytest.raises(CapabilityError, match="max_calls allows no more") as caught:
        any_sandbox.eval("host.a.f()")
    assert caught.value.capability == "a.f"


def test_calls_of_an_async_capability_in_an_eval(any_sandbox: Sandbox) -> None:
    async def f() -> int:
        await asyncio.sleep(0)
        return 1

    any_sandbox.register("f", f, max_calls=2)
    code = "(await Promise.allSettled([host.f(), host.f(), host.f()])).map(({ status }) => status)"
    for _ in range(2):
        assert asyncio.run(any_sandbox.eval_async(code)) == ["fulfilled", "fulfilled", "rejected"]


def test_evals_that_wait_side_by_side_are_counted_apart(sandbox: Sandbox) -> None:
    async def f() -> int:
        await asyncio.sleep(0)
        return 1

    sandbox.register("f", f, max_calls=2)
    sandbox.register("g", lambda: 1, max_calls=2)

    async def both() -> list[Any]:
        code = "await host.f() + host.g() + await host.f() + host.g()"
        return await asyncio.gather(*(sandbox.eval_async(code) for _ in range(3)))

    assert asyncio.run(both()) == [4, 4, 4]


def test_async_calls_of_evals_that_do_not_wait_are_counted_anew(sandbox: Sandbox) -> None:
    async def f() -> int:
        return 1

    sandbox.register("f", f, max_calls=1)
    for _ in range(3):
        sandbox.eval("globalThis.call = host.f(); 0")
        assert asyncio.run(sandbox.eval_async("await call")) == 1


def test_calls_of_callbacks_are_counted_anew_after_an_eval(sandbox: Sandbox) -> None:
    sandbox.register("f", lambda: 1, max_calls=1)
    callback = sandbox.eval("() => host.f()")
    for _ in range(2):
        assert callback() == 1
        with pytest.raises(CapabilityError, match="max_calls allows no more"):
            callback()
        sandbox.eval("0")


def test_calls_that_are_under_way(any_sandbox: Sandbox) -> None:
    free = asyncio.Event()

    async def wait() -> int:
        await free.wait()
        return 1

    async def release() -> None:
        free.set()

    any_sandbox.register("wait", wait, max_concurrent=2)
    any_sandbox.register("release", release)
    code = """
        const calls = [host.wait(), host.wait(), host.wait()]
        const refused = await calls[2].catch(error => error.message)
        await Promise.all([host.release(), calls[0], calls[1]])
        const late = host.wait()
        return [refused, await late]
    """
    assert asyncio.run(any_sandbox.eval_async(f"await (async () => {{ {code} }})()")) == [
        "wait is being called 2 times, and max_concurrent allows no more. Wait for one to end, or register it with a higher limit.",
        1,
    ]


def test_recursion_counts_as_under_way(sandbox: Sandbox) -> None:
    sandbox.register("f", lambda callback: callback(), max_concurrent=1)
    assert "max_concurrent allows no more" in sandbox.eval(failure_of("host.f(() => host.f(() => 1))"))
    assert sandbox.eval("host.f(() => 1)") == 1


def test_rate(any_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("snapjs._sandbox.capability.monotonic", lambda: now[0])
    any_sandbox.register("f", lambda: 1, rate=2)
    assert any_sandbox.eval("host.f() + host.f()") == 2
    assert any_sandbox.eval(failure_of("host.f()")) == (
        "CapabilityError: f is called too often: rate allows 2 calls a second. Call it later, or register it with a higher limit."
    )
    now[0] += 1
    assert any_sandbox.eval("host.f()") == 1


def test_rate_below_one(any_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("snapjs._sandbox.capability.monotonic", lambda: now[0])
    any_sandbox.register("f", lambda: 1, rate=0.1)
    results = []
    for seconds in (0, 9, 1.5):
        now[0] += seconds
        results.append(any_sandbox.eval(failure_of("host.f()"))[:10])
    assert results == ["no failure", "Capability", "no failure"]


def test_size_of_a_result(any_sandbox: Sandbox) -> None:
    any_sandbox.register("f", lambda size: "x" * size, max_result=100)
    assert any_sandbox.eval("host.f(90).length") == 90
    assert any_sandbox.eval(failure_of("host.f(200)")) == (
        "CapabilityError: f has a result of 202 bytes, and max_result allows 100. Ask for less, or register it with a higher limit."
    )


class Waiting:
    """Is called as an ``async def``."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def __call__(self) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise


@pytest.mark.parametrize("wrap", [lambda waiting: waiting, lambda waiting: waiting.__call__, functools.partial])
def test_time_of_an_async_call(any_sandbox: Sandbox, wrap: Callable[[Waiting], Any]) -> None:
    waiting = Waiting()
    any_sandbox.register("f", wrap(waiting), timeout=0.01)
    code = "await host.f().catch(error => `${error.name}: ${error.message}`)"
    assert (
        asyncio.run(any_sandbox.eval_async(code))
        == "CapabilityError: f took longer than its timeout of 0.01 s. Ask for less, or register it with a higher limit."
    )
    assert waiting.ended == ["cancelled"]


def test_time_of_a_sync_call(any_sandbox: Sandbox) -> None:
    free = threading.Event()
    any_sandbox.register("f", lambda: free.wait(60), timeout=0.01)
    assert (
        any_sandbox.eval(failure_of("host.f()"))
        == "CapabilityError: f took longer than its timeout of 0.01 s. Ask for less, or register it with a higher limit."
    )
    free.set()


def test_what_is_in_time(any_sandbox: Sandbox) -> None:
    def fail() -> None:
        raise TimeoutError("my own")

    any_sandbox.register("f", lambda: 1, timeout=60)
    any_sandbox.register("fail", fail, timeout=60)
    assert any_sandbox.eval("host.f()") == 1
    with pytest.raises(TimeoutError, match="my own"):
        any_sandbox.eval("host.fail()")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"timeout": 0}, "timeout must be more than 0 seconds"),
        ({"max_calls": -1}, "max_calls is a number, 0 or more, not -1"),
        ({"max_concurrent": 1.5}, "max_concurrent is a number"),
        ({"max_result": True}, "max_result is a number"),
        ({"rate": 0}, "rate is in calls a second, more than 0"),
        ({"rate": float("nan")}, "rate is in calls a second, more than 0"),
    ],
)
def test_limit_that_is_none_is_refused(sandbox: Sandbox, limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sandbox.register("f", print, **limits)
