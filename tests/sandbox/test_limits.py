"""Limits of capabilities: what each counts, and that it counts no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hostile import failure_of

from snapjs import CapabilityError, Sandbox

MakeSandbox = Callable[..., Sandbox]

LARGE = bytes(1 << 20)


# ---- max_result


def test_size_of_large_bytes_counts(any_sandbox: Sandbox) -> None:
    any_sandbox.register("f", lambda: LARGE, max_result=1000)
    any_sandbox.register("nested", lambda: {"data": [LARGE]}, max_result=1000)
    assert any_sandbox.eval(failure_of("host.f()")) == (
        "CapabilityError: f has a result of 1048584 bytes, and max_result allows 1000. Ask for less, or register it with a higher limit."
    )
    assert any_sandbox.eval(failure_of("host.nested()")) == (
        "CapabilityError: nested has a result of 1048588 bytes, and max_result allows 1000. Ask for less, or register it with a higher limit."
    )


def test_size_of_a_result_takes_no_memory_of_the_guest(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(memory_limit=16 << 20)
    sandbox.register("f", lambda: LARGE, max_result=2 << 20)
    sandbox.register("refused", lambda: LARGE, max_result=1000)
    code = "for (let i = 0; i < 100; i++) { host.f(); try { host.refused() } catch {} } host.f().length"
    assert sandbox.eval(code) == 1 << 20


def test_size_of_a_result_with_functions_lends_them_once(sandbox: Sandbox) -> None:
    sandbox.register("f", lambda: [len, print], max_result=1000)
    sandbox.register("refused", lambda: [len, "x" * 1000], max_result=1000)
    assert sandbox.eval("host.f()[0]([1, 2])") == 2
    with pytest.raises(CapabilityError):
        sandbox.eval("host.refused()")


def test_size_of_a_result_that_is_awaited_does_not_await_it(any_sandbox: Sandbox) -> None:
    async def answer() -> int:
        return 5

    any_sandbox.register("f", lambda: {"answer": answer()}, max_result=1000)
    assert asyncio.run(any_sandbox.eval_async("await host.f().answer")) == 5


# ---- max_calls


@pytest.mark.parametrize(
    "program",
    [
        "addEventListener('unhandledrejection', greedy); Promise.reject(1)",
        "new FinalizationRegistry(greedy).register({}, 1); for (let i = 0; i < 1e5; i++) ({ i })",
        "{ const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { port1.close(); greedy() };"
        " port2.postMessage(1) }",
    ],
    ids=["rejection", "finalization", "message"],
)
@pytest.mark.parametrize("is_async", [False, True], ids=["eval", "eval_async"])
def test_calls_that_no_script_makes_count_for_the_eval(make_sandbox: MakeSandbox, program: str, is_async: bool) -> None:
    sandbox = make_sandbox(isolated=True, stderr=[].append)
    called: list[None] = []
    sandbox.register("f", lambda: called.append(None), max_calls=2)
    code = f"const greedy = () => {{ for (let i = 0; i < 9; i++) try {{ host.f() }} catch {{}} }}; greedy(); {program}"
    if is_async:
        asyncio.run(sandbox.eval_async(f"{code}; await new Promise(resolve => setTimeout(resolve, 1))"))
    else:
        sandbox.eval(f"{code}; 1")
    assert len(called) == 2
