"""Pool: the end, with and without close."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from gate import AsyncGate, Gate
from pool_program import PROGRAM, WAITING

from snapjs import BusyError, ClosedError, Pool

MakePool = Callable[..., Pool]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def pool(make_pool: MakePool, gate: Gate) -> Pool:
    return make_pool(WAITING, functions={"gate": gate})


# ---- it waits for calls


def test_calls_that_run_and_wait_come_to_their_end(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(pool.call("hold", 0))]
        await gate.wait_async()
        tasks += [asyncio.create_task(pool.call("same", n, key=n % 2 or None)) for n in range(1, 4)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(pool.aclose())
        while not pool._crew._queue.is_closing:
            await asyncio.sleep(0)
        with pytest.raises(ClosedError):
            await pool.call("same", 4)
        assert not closing.done()
        gate.open()
        assert await asyncio.gather(*tasks) == [0, 1, 2, 3]
        await closing

    asyncio.run(main())


def test_it_waits_for_a_call_of_another_thread(pool: Pool, gate: Gate) -> None:
    values: list[Any] = []
    thread = threading.Thread(target=lambda: values.append(pool.call_sync("hold", 7)))
    thread.start()
    gate.wait()
    closing = threading.Thread(target=pool.close)
    closing.start()
    gate.open()
    closing.join(20)
    thread.join(20)
    assert values == [7]


def test_two_threads_close_it(pool: Pool, gate: Gate) -> None:
    async def main() -> None:
        call = asyncio.create_task(pool.call("hold", 1))
        await gate.wait_async()
        closing = [asyncio.create_task(pool.aclose()) for _ in range(3)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*closing)
        assert await call == 1

    asyncio.run(main())


# ---- it cancels calls


@pytest.mark.parametrize("function", ["spin", "sleep", "holdAsync"])
def test_calls_that_run_are_cancelled(make_pool: MakePool, function: str) -> None:
    gate = AsyncGate()
    pool = make_pool(WAITING, functions={"gate": gate})

    async def main() -> None:
        calls = [asyncio.create_task(pool.call(function)), asyncio.create_task(pool.call("same", 1))]
        while not pool.statistics().running:
            await asyncio.sleep(0)
        await pool.aclose(cancel=True)
        first, second = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(first), type(second)] == [ClosedError, ClosedError]

    asyncio.run(main())


def test_a_call_of_another_thread_is_cancelled(pool: Pool) -> None:
    errors: list[BaseException] = []

    def call() -> None:
        try:
            pool.call_sync("spin")
        except ClosedError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    while not pool.statistics().running:
        pass
    pool.close(cancel=True)
    thread.join(20)
    assert [str(error) for error in errors] == ["This pool is closed. Use it before close(), or make another."]


def test_a_close_that_waits_is_hurried_by_one_that_cancels(pool: Pool) -> None:
    async def main() -> None:
        call = asyncio.create_task(pool.call("spin"))
        closing = asyncio.create_task(pool.aclose())
        while not pool._crew._queue.is_closing:
            await asyncio.sleep(0)
        await pool.aclose(cancel=True)
        await closing
        with pytest.raises(ClosedError):
            await call

    asyncio.run(main())


def test_a_function_of_the_host_is_waited_for(make_pool: MakePool, gate: Gate) -> None:
    pool = make_pool("export const f = () => { gate(); for (;;); }", functions={"gate": gate})

    async def main() -> None:
        call = asyncio.create_task(pool.call("f"))
        await gate.wait_async()
        closing = asyncio.create_task(pool.aclose(cancel=True))
        while not pool._crew._queue.is_closing:
            await asyncio.sleep(0)
        assert not closing.done()
        gate.open()
        await closing
        with pytest.raises(ClosedError):
            await call

    asyncio.run(main())


# ---- functions of the host


def test_a_call_cannot_close_its_pool(make_pool: MakePool) -> None:
    pool = make_pool(
        "export const f = () => close(); export const g = () => 1", functions={"close": lambda: pool.close()}
    )
    with pytest.raises(BusyError, match="Close it when the call is over"):
        pool.call_sync("f")
    with pytest.raises(BusyError, match="Close it when the call is over"):
        asyncio.run(pool.call("f"))
    assert pool.call_sync("g") == 1


def test_a_call_that_awaits_cannot_close_its_pool(make_pool: MakePool) -> None:
    async def close() -> None:
        await pool.aclose()

    pool = make_pool("export const f = () => close(); export const g = () => 1", functions={"close": close})
    with pytest.raises(BusyError, match="Close it when the call is over"):
        pool.call_sync("f")
    assert pool.call_sync("g") == 1


# ---- with


def test_a_with_statement_waits_for_calls(gate: Gate) -> None:
    with Pool(PROGRAM, workers=1) as pool:
        results = pool.map("add", [1, 2], [3, 4])
        results._fill()
    assert list(results._under_way[n].outcome() for n in range(2)) == [4, 6]
    assert repr(pool) == "<Pool of 1 threads, closed>"


def test_an_exception_in_a_with_statement_cancels_calls() -> None:
    with pytest.raises(KeyError), Pool(PROGRAM, workers=1) as pool:
        results = pool.map("spin", [()] * 3)
        results._caller._export = "sleep"
        results._fill()
        raise KeyError
    assert all(call.is_over for call in results._under_way)


def test_an_async_with_statement_waits_for_calls(gate: Gate) -> None:
    async def main() -> list[Any]:
        async with Pool(PROGRAM, workers=1) as pool:
            tasks = [asyncio.create_task(pool.call("add", n, 1)) for n in range(5)]
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == [1, 2, 3, 4, 5]


def test_an_exception_in_an_async_with_statement_cancels_calls() -> None:
    async def main() -> None:
        with pytest.raises(KeyError):
            async with Pool(PROGRAM, workers=1) as pool:
                task = asyncio.create_task(pool.call("spin"))
                await asyncio.sleep(0)
                raise KeyError
        with pytest.raises(ClosedError):
            await task

    asyncio.run(main())


# ---- without close


def test_a_pool_is_collected_in_one_of_its_threads(make_pool: MakePool) -> None:
    other = Pool(PROGRAM, workers=1)
    box = [other]
    [worker] = other._crew._workers
    gone = weakref.ref(other)
    del other

    def drop() -> None:
        box.clear()
        gc.collect()

    pool = make_pool("export const f = () => drop()", functions={"drop": drop})
    asyncio.run(pool.call("f"))
    assert gone() is None
    worker.wait_until_ended()


def test_a_pool_is_collected_in_its_own_thread() -> None:
    pool = Pool("export const f = () => drop()", workers=1, functions={"drop": lambda: box.clear()})
    box = [pool]
    call = asyncio.run(_begin(pool))
    gone = weakref.ref(pool)
    del pool, call
    gc.collect()
    assert gone() is None


async def _begin(pool: Pool) -> Any:
    return await pool.call("f")
