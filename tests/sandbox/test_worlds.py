"""Shared and isolated worlds: the table of the two modes, line by line."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import (
    BusyError,
    ClosedError,
    ConversionError,
    Fetch,
    Function,
    JSError,
    MemoryLimitError,
    Sandbox,
    StillPending,
    TimeLimitError,
    WrongVMError,
)

MakeSandbox = Callable[..., Sandbox]


# ---- what persists


def test_globals_persist_in_a_shared_world(sandbox: Sandbox) -> None:
    sandbox.eval("globalThis.x = 1")
    assert sandbox.eval("x") == 1


@pytest.mark.parametrize("isolated", [True, "memory"])
def test_globals_are_gone_in_a_fresh_world(make_sandbox: MakeSandbox, isolated: bool | str) -> None:
    sandbox = make_sandbox(isolated=isolated)
    sandbox.eval("globalThis.x = 1; Array.prototype.y = 2")
    assert sandbox.eval("[typeof x, typeof [].y]") == ["undefined", "undefined"]


@pytest.mark.keeps("a const cannot be taken away")
@pytest.mark.abandons("a const cannot be taken away")
def test_const_again_is_a_syntax_error_in_a_shared_world(sandbox: Sandbox) -> None:
    sandbox.eval("const x = 1")
    with pytest.raises(JSError, match="redeclaration of 'x'") as caught:
        sandbox.eval("const x = 1")
    assert caught.value.name == "SyntaxError"


def test_const_again_is_fine_in_fresh_worlds(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    assert [sandbox.eval(f"const x = {number}; x") for number in (1, 2)] == [1, 2]


def test_callback_is_called_later_in_a_shared_world(sandbox: Sandbox) -> None:
    kept: list[Function] = []
    sandbox.register("keep", kept.append)
    sandbox.eval("{ let count = 0; host.keep(() => ++count) }")
    assert [kept[0](), kept[0]()] == [1, 2]
    kept.clear()


@pytest.mark.parametrize("isolated", [True, "memory"])
def test_callback_later_says_why_it_is_gone(make_sandbox: MakeSandbox, isolated: bool | str) -> None:
    sandbox = make_sandbox(isolated=isolated)
    kept: list[Function] = []
    sandbox.register("keep", kept.append)
    sandbox.eval("host.keep(() => 1)")
    with pytest.raises(ClosedError, match="isolated sandbox, whose world is discarded after each eval"):
        kept[0]()


def test_callback_within_an_eval(any_sandbox: Sandbox) -> None:
    any_sandbox.register("twice", lambda function: function(function(1)))
    assert any_sandbox.eval("host.twice(x => x * 10)") == 100


def test_a_function_is_the_same_again(any_sandbox: Sandbox) -> None:
    any_sandbox.register("identity", lambda value: value)
    assert any_sandbox.eval("{ const f = () => 1; host.identity(f) === f }") is True


# ---- memory


@pytest.mark.parametrize("isolated", [False, True])
def test_memory_is_shared_by_evals_within_evals(make_sandbox: MakeSandbox, isolated: bool) -> None:
    sandbox = make_sandbox(isolated=isolated, memory_limit=16 << 20)
    sandbox.register("nested", lambda: sandbox.eval("new Uint8Array(10 << 20).length"))
    assert sandbox.eval("new Uint8Array(10 << 20).length") == 10 << 20
    with pytest.raises(MemoryLimitError):
        sandbox.eval("{ const held = new Uint8Array(10 << 20); host.nested(); held.length }")


def test_memory_of_its_own(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated="memory", memory_limit=16 << 20)
    sandbox.register("nested", lambda: sandbox.eval("new Uint8Array(10 << 20).length"))
    assert sandbox.eval("{ const held = new Uint8Array(10 << 20); host.nested() + held.length }") == 20 << 20


def test_memory_limit_leaves_the_sandbox_usable(any_sandbox: Sandbox) -> None:
    with pytest.raises(MemoryLimitError):
        any_sandbox.eval("'x'.repeat(1e9)")
    assert any_sandbox.eval("1") == 1


# ---- running


def test_time_limit(any_sandbox: Sandbox) -> None:
    with pytest.raises(TimeLimitError):
        any_sandbox.eval("for (;;);", timeout=0.05)
    assert any_sandbox.eval("1") == 1


def test_typescript_by_the_suffix(any_sandbox: Sandbox) -> None:
    code = "{ enum Color { Red = 3 } const n: number = Color.Red; n }"
    assert any_sandbox.eval(code, filename="agent.ts") == 3


def test_typescript_error_has_the_line_of_the_source(any_sandbox: Sandbox) -> None:
    with pytest.raises(JSError) as caught:
        any_sandbox.eval("interface A {\n  b: string\n}\nnull!.x", filename="agent.ts")
    assert "agent.ts:4" in (caught.value.stack or "")


def test_a_settled_promise_is_its_value(any_sandbox: Sandbox) -> None:
    assert any_sandbox.eval("Promise.resolve(5)") == 5
    assert any_sandbox.eval("Promise.resolve(5)", type=float) == 5.0


def test_a_rejected_promise_raises(any_sandbox: Sandbox) -> None:
    with pytest.raises(JSError, match="TypeError: no"):
        any_sandbox.eval("Promise.reject(new TypeError('no'))")


@pytest.mark.abandons("the promise is never settled")
def test_a_promise_that_waits_is_still_pending(any_sandbox: Sandbox) -> None:
    async def fetch() -> int:
        return 1

    any_sandbox.register("fetch", fetch)
    with pytest.raises(StillPending, match="fetch"):
        any_sandbox.eval("host.fetch()")


def test_top_level_await(any_sandbox: Sandbox) -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return number * 2

    any_sandbox.register("double", double)
    assert asyncio.run(any_sandbox.eval_async("await host.double(await host.double(5))")) == 20


def test_result_as_a_type(any_sandbox: Sandbox) -> None:
    assert any_sandbox.eval("[1, 2]", type=list[float]) == [1.0, 2.0]
    with pytest.raises(ConversionError, match="Expected `str`, got `int`"):
        any_sandbox.eval("1", type=str)


def test_jobs_that_a_callback_has_left(sandbox: Sandbox) -> None:
    callback = sandbox.eval("globalThis.n = 0; () => { queueMicrotask(() => queueMicrotask(() => n++)) }")
    callback()
    sandbox.run_jobs()
    assert sandbox.eval("n") == 1


# ---- evals within evals


def test_eval_within_a_shared_eval_is_in_its_world(sandbox: Sandbox) -> None:
    sandbox.register("run", sandbox.eval)
    assert sandbox.eval("globalThis.x = 1; host.run('x += 1'); x") == 2


def test_eval_within_an_isolated_eval_has_its_own_world(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    sandbox.register("run", lambda code: sandbox.eval(code))
    assert sandbox.eval("globalThis.x = 1; host.run('typeof x')") == "undefined"


def test_another_thread_in_a_shared_world_is_busy(sandbox: Sandbox) -> None:
    found: list[BaseException] = []

    def use() -> None:
        try:
            sandbox.eval("1")
        except BusyError as error:
            found.append(error)

    def capability() -> None:
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()

    sandbox.register("elsewhere", capability)
    sandbox.eval("host.elsewhere()")
    assert len(found) == 1


def test_threads_have_fresh_worlds_side_by_side(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    barrier = threading.Barrier(3, timeout=30)
    sandbox.register("meet", lambda: barrier.wait() >= 0)
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(sandbox.eval("host.meet()"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 3


def test_function_of_another_sandbox_is_refused(make_sandbox: MakeSandbox) -> None:
    one, other = make_sandbox(), make_sandbox()
    function = one.eval("() => 1")
    take = other.eval("value => 1")
    with pytest.raises(WrongVMError):
        take(function)


def test_chance_differs_between_fresh_worlds(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    numbers = {sandbox.eval("Math.random() + ',' + crypto.randomUUID()") for _ in range(5)}
    assert len(numbers) == 5


def test_chance_repeats_with_a_seed(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True, seed=1)
    assert len({sandbox.eval("Math.random()") for _ in range(5)}) == 1


def test_coarse_clock(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(clock=lambda: 1_700_000_000.789, clock_resolution=0.5)
    assert sandbox.eval("[Date.now(), performance.timeOrigin + performance.now()]") == [1700000000500, 1700000000500]


# ---- the end


def test_closed_sandbox(any_sandbox: Sandbox) -> None:
    any_sandbox.close()
    any_sandbox.close()
    with pytest.raises(ClosedError, match="This sandbox is closed"):
        any_sandbox.eval("1")
    with pytest.raises(ClosedError, match="This sandbox is closed"):
        any_sandbox.register("f", print)


def test_function_of_a_closed_sandbox(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox()
    function = sandbox.eval("() => 1")
    sandbox.close()
    with pytest.raises(ClosedError, match="a sandbox that is closed"):
        function()


def test_unknown_kind_of_isolation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"isolated is True, False or .memory., not 'process'"):
        Sandbox(isolated="process")  # type: ignore[arg-type]


def test_clock_resolution_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="clock_resolution must be more than 0 seconds"):
        Sandbox(clock_resolution=0)


def test_isolated_sandbox_has_no_jobs_to_run(make_sandbox: MakeSandbox) -> None:
    with pytest.raises(ValueError, match="an isolated one keeps no world"):
        make_sandbox(isolated=True).run_jobs()


# ---- options


@pytest.mark.parametrize("isolated", [False, True, "memory"])
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"timeout": -1}, "timeout must be more than 0"),
        ({"memory_limit": 5}, "memory_limit must be between"),
        ({"stack_limit": 5}, "stack_limit must be between"),
        ({"timezone": "No/Where"}, "there is no time zone"),
        ({"web": {"nothing"}}, "web has no 'nothing'"),
    ],
)
def test_option_that_cannot_be_is_refused_at_once(isolated: Any, option: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox(isolated=isolated, **option)


@pytest.mark.parametrize("isolated", [False, True, "memory"])
def test_policy_for_fetch_holds(make_sandbox: MakeSandbox, isolated: Any) -> None:
    sandbox = make_sandbox(isolated=isolated, web={"fetch": Fetch(allow=["https://allowed.example"])})
    code = "await fetch('https://denied.example').catch(error => error.message)"
    assert "not allowed" in asyncio.run(sandbox.eval_async(code))


def test_policy_for_fetch_holds_after_a_restore(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(web={"fetch": Fetch(allow=["https://allowed.example"])})
    sandbox.restore(sandbox.snapshot())
    code = "await fetch('https://denied.example').catch(error => error.message)"
    assert "not allowed" in asyncio.run(sandbox.eval_async(code))
