"""Pool.statistics."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict

import pytest
from gate import Gate

from snapjs import JSError, Latency, Pool, TimeLimitError
from snapjs._pool.tally import latency

MakePool = Callable[..., Pool]

PROGRAM = """
    export const f = () => 1
    export const fail = () => { throw new Error("no") }
    export const hold = () => gate()
    export const grow = () => { globalThis.kept = new Uint8Array(4 << 20) }
"""


def test_a_new_pool_has_done_nothing(make_pool: MakePool) -> None:
    found = asdict(make_pool(PROGRAM, workers=2).statistics())
    memory = [worker.pop("memory") for worker in found["workers"]]
    assert found.pop("memory") == sum(memory) > 1 << 20
    nothing = {"p50": 0.0, "p90": 0.0, "p99": 0.0, "maximum": 0.0}
    assert found == {
        "calls": 0, "failed": 0, "running": 0, "waiting": 0, "retried": 0, "restarts": 0, "sessions": 0,
        "latency": nothing, "queue_latency": nothing,
        "workers": (
            {"name": "snapjs-thread-1", "pid": None, "calls": 0, "restarts": 0},
            {"name": "snapjs-thread-2", "pid": None, "calls": 0, "restarts": 0},
        ),
    }  # fmt: skip


def test_calls_are_counted(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    for _ in range(3):
        pool.call_sync("f")
    with pytest.raises(JSError):
        pool.call_sync("fail")
    asyncio.run(pool.call("f"))
    found = pool.statistics()
    assert (found.calls, found.failed, found.workers[0].calls) == (5, 1, 5)


def test_the_ends_of_sessions_are_no_calls(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    pool.call_sync("f", key="a")
    pool.end_session_sync("a")
    found = pool.statistics()
    assert (found.calls, found.sessions) == (1, 0)


def test_calls_that_run_and_wait_are_counted(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate})

    async def main() -> None:
        tasks = [asyncio.create_task(pool.call("hold"))]
        await gate.wait_async()
        tasks += [asyncio.create_task(pool.call("f", key=key)) for key in (None, "a", "a")]
        await asyncio.sleep(0)
        found = pool.statistics()
        assert (found.running, found.waiting, found.calls, found.sessions) == (1, 3, 0, 1)
        gate.open()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    found = pool.statistics()
    assert (found.waiting, found.calls) == (0, 4)


def test_calls_that_found_no_worker_have_no_outcome_of_one(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate})

    async def main() -> None:
        task = asyncio.create_task(pool.call("hold"))
        await gate.wait_async()
        with pytest.raises(TimeLimitError):
            await pool.call("f", queue_timeout=0.001)
        gate.open()
        await task

    asyncio.run(main())
    assert pool.statistics().calls == 1


def test_latencies_are_those_of_calls_and_waits(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate})

    async def main() -> None:
        tasks = [asyncio.create_task(pool.call("hold"))]
        await gate.wait_async()
        tasks.append(asyncio.create_task(pool.call("f")))
        with pytest.raises(TimeLimitError):
            await pool.call("f", queue_timeout=0.02)
        gate.open()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    found = pool.statistics()
    assert found.latency.maximum >= 0.02 > found.latency.p50 > 0
    assert found.queue_latency.maximum >= 0.02 > found.queue_latency.p50 > 0


def test_memory_is_what_the_vms_have(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    before = pool.statistics().memory
    pool.call_sync("grow")
    grown = pool.statistics().memory
    assert grown >= before + (4 << 20)
    pool.call_sync("f", key="session")
    assert pool.statistics().memory >= grown + before


def test_a_pool_that_is_closed_has_its_counts(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, recycle_after=1)
    pool.call_sync("f")
    pool.close()
    found = pool.statistics()
    assert (found.calls, found.restarts, found.memory, found.running) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("durations", "expected"),
    [
        ([], Latency(0.0, 0.0, 0.0, 0.0)),
        ([3.0], Latency(3.0, 3.0, 3.0, 3.0)),
        (list(range(1, 101)), Latency(50, 90, 99, 100)),
        ([1.0, 2.0], Latency(1.0, 2.0, 2.0, 2.0)),
    ],
)
def test_percentiles(durations: list[float], expected: Latency) -> None:
    assert latency([deque(durations[::2]), deque(durations[1::2])]) == expected
