"""Pool: calls that wait for a worker, and calls that are given up."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from gate import AsyncGate, Gate
from pool_program import PROGRAM, WAITING

from snapjs import BusyError, Pool, QueueFull, TimeLimitError

MakePool = Callable[..., Pool]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def pool(make_pool: MakePool, gate: Gate) -> Pool:
    """A pool of one thread, two calls of which may wait that do not want to wait longer."""
    return make_pool(WAITING, functions={"gate": gate}, queue=2)


async def busy(pool: Pool, gate: Gate) -> asyncio.Task[Any]:
    """A call that runs until the gate is opened."""
    task = asyncio.create_task(pool.call("hold", "held"))
    await gate.wait_async()
    return task


async def waiting(pool: Pool, count: int) -> list[asyncio.Task[Any]]:
    """Calls that wait, numbered."""
    tasks = [asyncio.create_task(pool.call("same", number)) for number in range(count)]
    await asyncio.sleep(0)
    assert pool.statistics().waiting == count
    return tasks


# ---- a full queue


def test_a_call_that_will_not_block_is_refused_where_too_many_wait(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        running = await busy(pool, gate)
        tasks = await waiting(pool, 2)
        with pytest.raises(QueueFull, match="queue is full: 2 calls wait") as caught:
            pool.call_sync("add", 1, 1, block=False)
        assert caught.value.limit == 2
        gate.open()
        assert await asyncio.gather(running, *tasks) == ["held", 0, 1]

    asyncio.run(main())
    assert pool.call_sync("add", 1, 1, block=False) == 2


def test_a_call_that_awaits_waits_behind_any_number(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        running = await busy(pool, gate)
        tasks = await waiting(pool, 200)
        gate.open()
        assert await asyncio.gather(running, *tasks) == ["held", *range(200)]

    asyncio.run(main())


def test_no_call_may_wait(make_pool: MakePool, gate: Gate) -> None:
    pool = make_pool(WAITING, functions={"gate": gate}, queue=0)
    assert pool.call_sync("add", 1, 1, block=False) == 2

    async def main() -> None:
        running = await busy(pool, gate)
        with pytest.raises(QueueFull):
            pool.call_sync("add", 1, 1, block=False)
        gate.open()
        assert await running == "held"

    asyncio.run(main())


# ---- the time to wait


def test_a_call_waits_for_so_long(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        running = await busy(pool, gate)
        with pytest.raises(TimeLimitError, match=r"No worker was free for 0\.01 s") as caught:
            await pool.call("add", 1, 1, queue_timeout=0.01)
        assert caught.value.limit == 0.01
        assert pool.statistics().waiting == 0
        gate.open()
        assert await running == "held"

    asyncio.run(main())


def test_a_thread_waits_for_so_long(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        running = await busy(pool, gate)
        with pytest.raises(TimeLimitError, match=r"No worker was free for 0\.01 s"):
            await asyncio.to_thread(pool.call_sync, "add", 1, 1, queue_timeout=0.01)
        gate.open()
        assert await running == "held"

    asyncio.run(main())


def test_the_pool_says_how_long_a_call_waits(make_pool: MakePool, gate: Gate) -> None:
    pool = make_pool(WAITING, functions={"gate": gate}, queue_timeout=0.01)

    async def main() -> None:
        running = await busy(pool, gate)
        with pytest.raises(TimeLimitError):
            pool.call_sync("add", 1, 1)
        patient = asyncio.create_task(pool.call("add", 1, 1, queue_timeout=None))
        await asyncio.sleep(0)
        gate.open()
        assert await asyncio.gather(running, patient) == ["held", 2]

    asyncio.run(main())


def test_the_time_to_wait_is_not_the_time_to_run(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        task = asyncio.create_task(pool.call("hold", 7, queue_timeout=0.001))
        await gate.wait_async()
        with pytest.raises(TimeLimitError):
            await pool.call("add", 1, 1, queue_timeout=0.02)
        gate.open()
        assert await task == 7

    asyncio.run(main())


@pytest.mark.parametrize("seconds", [1e12, float("inf")])
def test_a_call_may_wait_for_ever(pool: Pool, gate: Gate, seconds: float) -> None:
    async def main() -> None:
        running = await busy(pool, gate)
        tasks = [
            asyncio.create_task(pool.call("same", 1, queue_timeout=seconds)),
            asyncio.create_task(asyncio.to_thread(pool.call_sync, "same", 2, queue_timeout=seconds)),
        ]
        await asyncio.sleep(0)
        gate.open()
        assert await asyncio.gather(running, *tasks) == ["held", 1, 2]

    asyncio.run(main())


# ---- whose turn it is


def test_the_first_that_came_goes_first(make_pool: MakePool, gate: Gate) -> None:
    order: list[int] = []
    pool = make_pool(
        WAITING + "export const note = n => noted(n)", functions={"gate": gate, "noted": lambda n: order.append(int(n))}
    )

    async def main() -> None:
        running = await busy(pool, gate)
        tasks = [asyncio.create_task(pool.call("note", n, key="session" if n % 2 else None)) for n in range(6)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(running, *tasks)

    asyncio.run(main())
    assert order == [0, 1, 2, 3, 4, 5]


def test_a_call_waits_for_any_worker(make_pool: MakePool, gate: Gate) -> None:
    pool = make_pool(WAITING, functions={"gate": gate}, workers=2)

    async def main() -> None:
        running = await busy(pool, gate)
        assert await asyncio.gather(*(pool.call("same", n) for n in range(5))) == [0, 1, 2, 3, 4]
        gate.open()
        assert await running == "held"

    asyncio.run(main())


# ---- calls that are given up


def test_a_call_that_waits_is_cancelled(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        running = await busy(pool, gate)
        first, second = await waiting(pool, 2)
        first.cancel()
        await asyncio.wait([first])
        assert (first.cancelled(), pool.statistics().waiting) == (True, 1)
        gate.open()
        assert await asyncio.gather(running, second) == ["held", 1]

    asyncio.run(main())


def test_code_that_runs_is_cancelled(make_pool: MakePool, gate: Gate) -> None:
    pool = make_pool(
        "export const spin = () => { gate(); for (;;); }; export const f = () => 1", functions={"gate": gate}
    )
    gate.open()

    async def main() -> None:
        task = asyncio.create_task(pool.call("spin"))
        await gate.wait_async()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert await pool.call("f", queue_timeout=10) == 1

    asyncio.run(main())


def test_a_call_is_cancelled_before_its_code_runs(pool: Pool) -> None:
    async def main() -> None:
        for _ in range(100):  # wherever its worker is meanwhile
            task = asyncio.create_task(pool.call("spin"))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert await pool.call("add", 1, 1, queue_timeout=10) == 2

    asyncio.run(main())


def test_a_promise_that_is_awaited_is_cancelled(pool: Pool) -> None:
    async def main() -> None:
        for turns in range(1, 100):  # wherever its worker is meanwhile
            task = asyncio.create_task(pool.call("sleep"))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert await pool.call("add", 1, 1, queue_timeout=10) == 2

    asyncio.run(main())


def test_a_function_of_the_host_that_is_awaited_is_cancelled(make_pool: MakePool) -> None:
    gate = AsyncGate()
    pool = make_pool(WAITING, functions={"gate": gate})

    async def main() -> None:
        task = asyncio.create_task(pool.call("holdAsync"))
        await gate.wait_async()
        task.cancel()
        await asyncio.wait([task])
        assert await asyncio.to_thread(gate.ended.wait, 10)
        assert await pool.call("add", 1, 1, queue_timeout=10) == 2

    asyncio.run(main())


def test_whoever_cancels_does_not_wait_for_a_function_of_the_host(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        running = await busy(pool, gate)
        running.cancel()
        await asyncio.wait([running])
        assert (running.cancelled(), pool.statistics().running) == (True, 1)
        gate.open()
        assert await pool.call("add", 1, 1, queue_timeout=10) == 2

    asyncio.run(main())


# ---- calls that calls make


def test_a_function_of_the_host_calls_an_idle_worker(make_pool: MakePool) -> None:
    pool = make_pool(
        "export const outer = () => inner() + 1; export const f = () => 1",
        functions={"inner": lambda: pool.call_sync("f")},
        workers=2,
    )
    assert pool.call_sync("outer") == 2


@pytest.mark.parametrize("key", [None, "session"])
def test_a_call_that_would_wait_for_itself_is_refused(make_pool: MakePool, key: str | None) -> None:
    pool = make_pool(
        "export const outer = () => inner(); export const f = () => 1",
        functions={"inner": lambda: pool.call_sync("f", key=key)},
    )
    with pytest.raises(BusyError, match="Give the pool more workers"):
        pool.call_sync("outer", key=key)
    assert pool.call_sync("f", key=key) == 1


def test_an_awaited_call_that_would_wait_for_itself_is_refused(make_pool: MakePool) -> None:
    async def inner() -> Any:
        return await pool.call("f")

    pool = make_pool("export const outer = () => inner(); export const f = () => 1", functions={"inner": inner})
    with pytest.raises(BusyError, match="Give the pool more workers"):
        pool.call_sync("outer")
    assert pool.call_sync("f") == 1


def test_another_pool_may_be_called(make_pool: MakePool) -> None:
    other = make_pool(PROGRAM)
    pool = make_pool("export const f = () => g()", functions={"g": lambda: other.call_sync("add", 2, 3)})
    assert pool.call_sync("f") == 5
