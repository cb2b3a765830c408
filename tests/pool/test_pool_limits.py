"""Pool: what stops a call, and that nothing else is stopped by it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from gate import AsyncGate, Gate

from snapjs import (
    GuestTrapped,
    JSError,
    LimitError,
    MemoryLimitError,
    Pool,
    StackLimitError,
    StillPending,
    TimeLimitError,
)

MakePool = Callable[..., Pool]

PROGRAM = """
    let n = 0
    export const count = () => ++n
    export const spin = () => { for (;;); }
    export const spinLater = async () => { await null; for (;;); }
    export const spinInTimer = () => new Promise(() => setTimeout(() => { for (;;); }))
    export const spinAgain = () => { const again = () => Promise.resolve().then(again); return again() }
    export const getter = () => ({ get x() { for (;;); } })
    export const proxy = () => new Proxy({}, { ownKeys() { for (;;); } })
    export const thenable = () => ({ then() { for (;;); } })
    export const thenableLater = async () => ({ then() { for (;;); } })
    export const native = () => new Array(2 ** 32 - 2).fill(0)
    export const sort = () => { const a = []; a.length = 2 ** 32 - 1; a.sort() }
    export const sleep = () => new Promise(resolve => setTimeout(resolve, 1e6))
    export const intervals = () => new Promise(() => setInterval(() => {}, 0))
    export const never = () => new Promise(() => {})
    export const fill = () => { const kept = []; for (;;) kept.push(new Uint8Array(1 << 20)) }
    export const nest = () => nest() + 1
    export default { get spinning() { for (;;); } }
"""


def check_it_goes_on(pool: Pool) -> None:
    assert pool.call_sync("count", queue_timeout=10) in (1, 2)


# ---- time


FUNCTIONS = [
    "spin", "spinLater", "spinInTimer", "spinAgain", "getter", "thenableLater", "sort", "sleep", "intervals",
    "default.spinning",
]  # fmt: skip


@pytest.mark.parametrize("type", [Any, dict], ids=["any", "dict"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_call_runs_for_so_long(make_pool: MakePool, function: str, type: Any) -> None:
    pool = make_pool(PROGRAM)
    with pytest.raises(TimeLimitError):
        pool.call_sync(function, timeout=0.02, type=type)
    check_it_goes_on(pool)


@pytest.mark.parametrize("function", ["spin", "spinLater", "sleep", "default.spinning"])
def test_the_pool_says_for_how_long(make_pool: MakePool, function: str) -> None:
    pool = make_pool(PROGRAM, timeout=0.02)
    with pytest.raises(TimeLimitError) as caught:
        pool.call_sync(function)
    assert caught.value.limit is not None
    assert caught.value.limit <= 0.02
    check_it_goes_on(pool)


def test_the_error_says_the_limit_that_was_given(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    for function in ("spin", "sleep"):
        with pytest.raises(TimeLimitError, match=r"longer than 0\.02 s") as caught:
            pool.call_sync(function, timeout=0.02)
        assert caught.value.limit == 0.02


def test_a_call_has_more_time_than_the_pool_gives(make_pool: MakePool) -> None:
    gate = Gate()
    gate.open()
    pool = make_pool("export const f = () => gate(1)", functions={"gate": gate}, timeout=1e-9)
    assert pool.call_sync("f", timeout=None) == 1


def test_a_call_that_awaits_runs_for_so_long(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)

    async def main() -> None:
        with pytest.raises(TimeLimitError):
            await pool.call("spin", timeout=0.02)
        assert await pool.call("count") == 1

    asyncio.run(main())


def test_time_in_a_function_of_the_host_counts(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool("export const f = () => { gate(); for (;;); }; export const g = () => 1", functions={"gate": gate})

    async def main() -> None:
        call = asyncio.create_task(pool.call("f", timeout=0.01))
        await gate.wait_async()
        await asyncio.wait([call], timeout=0.02)
        gate.open()
        with pytest.raises(TimeLimitError):
            await call

    asyncio.run(main())
    assert pool.call_sync("g") == 1


def test_a_function_of_the_host_that_is_awaited_is_cancelled(make_pool: MakePool) -> None:
    gate = AsyncGate()
    pool = make_pool("export const f = async () => await gate(); export const g = () => 1", functions={"gate": gate})
    with pytest.raises(TimeLimitError):
        pool.call_sync("f", timeout=0.02)
    assert gate.ended.is_set()
    assert pool.call_sync("g") == 1


def test_javascript_cannot_catch_it(make_pool: MakePool) -> None:
    pool = make_pool(
        "export const f = () => { for (;;) try { for (;;); } catch {} finally { continue } }; export const g = () => 1"
    )
    with pytest.raises(TimeLimitError):
        pool.call_sync("f", timeout=0.02)
    assert pool.call_sync("g") == 1


def test_a_native_loop_is_cut_off(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    with pytest.raises(LimitError):
        pool.call_sync("native", timeout=0.02)
    assert pool.call_sync("count") == 1


# ---- what never settles


def test_a_promise_that_never_settles_is_an_error(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    with pytest.raises(StillPending, match="nothing in this VM can settle"):
        pool.call_sync("never")
    assert pool.call_sync("count") == 1


def test_a_thenable_that_never_settles_is_an_error(make_pool: MakePool) -> None:
    pool = make_pool("export const f = async () => ({ then() {} }); export const g = () => 1")
    with pytest.raises(StillPending):
        pool.call_sync("f")
    assert pool.call_sync("g") == 1


# ---- memory and stack


def test_memory_is_limited(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, memory_limit=32 << 20)
    with pytest.raises(MemoryLimitError) as caught:
        pool.call_sync("fill")
    assert caught.value.limit == 32 << 20
    assert pool.call_sync("count") == 1
    assert pool.statistics().restarts == 1


def test_an_argument_may_be_too_long(make_pool: MakePool) -> None:
    pool = make_pool("export const f = value => value.length", memory_limit=16 << 20)
    with pytest.raises(MemoryLimitError):
        pool.call_sync("f", "a" * (32 << 20))
    assert pool.call_sync("f", "abc") == 3


def test_the_stack_is_limited(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    with pytest.raises(StackLimitError):
        pool.call_sync("nest")
    assert pool.call_sync("count") == 1


def test_an_argument_may_be_too_deep(make_pool: MakePool) -> None:
    pool = make_pool("export const f = value => 1")
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises((LimitError, RecursionError, TypeError)):
        pool.call_sync("f", deep)
    assert pool.call_sync("f", []) == 1


def test_a_result_may_be_too_deep(make_pool: MakePool) -> None:
    pool = make_pool(
        "export const f = n => { let deep = []; while (n--) deep = [deep]; return deep }; export const g = () => 1"
    )
    with pytest.raises((LimitError, RecursionError, TypeError)):
        pool.call_sync("f", 200_000)
    assert pool.call_sync("g") == 1


# ---- a VM that is stopped is replaced


def trapping(make_pool: MakePool) -> Pool:
    """A pool in which JavaScript can have its VM fail."""

    def trap() -> None:
        [clone] = [machine._running[1] for worker in pool._crew._workers if (machine := worker._machine)]
        clone._bridge.codec.decode(b"\xc1")

    pool = make_pool(
        "let n = 0; export const count = () => ++n; export const trap = () => fail()", functions={"fail": trap}
    )
    return pool


def test_a_vm_that_was_stopped_is_replaced(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    assert [pool.call_sync("count"), pool.call_sync("count")] == [1, 2]
    with pytest.raises(TimeLimitError):
        pool.call_sync("spin", timeout=0.02)
    assert (pool.call_sync("count"), pool.statistics().restarts) == (1, 1)


def test_a_vm_that_trapped_is_replaced(make_pool: MakePool) -> None:
    pool = trapping(make_pool)
    assert pool.call_sync("count") == 1
    with pytest.raises(GuestTrapped, match="malformed message"):
        pool.call_sync("trap")
    assert (pool.call_sync("count"), pool.statistics().restarts) == (1, 1)


def test_an_exception_does_not_cost_the_vm(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM + "export const fail = () => { throw 1 }")
    assert pool.call_sync("count") == 1
    with pytest.raises(JSError):
        pool.call_sync("fail")
    assert (pool.call_sync("count"), pool.statistics().restarts) == (2, 0)


def test_calls_of_others_go_on(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=2)

    async def main() -> None:
        calls = [pool.call("spin", timeout=0.05), *(pool.call("count") for _ in range(50))]
        first, *others = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(first, TimeLimitError)
        assert [type(value) for value in others] == [int] * 50

    asyncio.run(main())
