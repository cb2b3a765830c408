"""Pool: sessions."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from gate import Gate

from snapjs import ConversionError, GuestTrapped, Pool, QueueFull, TimeLimitError

MakePool = Callable[..., Pool]

PROGRAM = """
    let n = 0, kept = null, pending = null
    export const count = () => ++n
    export const keep = value => { kept = value }
    export const kept_ = () => kept
    export const spin = () => { n++; for (;;); }
    export const hold = value => gate(value)
    export const callKept = () => kept()
    export const begin = () => { pending = new Promise(resolve => setTimeout(resolve, 1, "later")) }
    export const finish = () => pending
    export const add = item => (kept ??= []).push(item)
"""


@dataclass(frozen=True)
class Key:
    name: str


class Unlike:
    """Equal to nothing else, and not to be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("not to be pickled")


KINDS = pytest.mark.parametrize("kind", [{"workers": 2}, {"processes": 2}], ids=["threads", "processes"])


# ---- state


def test_it_lasts(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=3)
    assert [pool.call_sync("count", key="a") for _ in range(4)] == [1, 2, 3, 4]


def test_each_key_has_its_own(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=3)
    assert [pool.call_sync("count", key=key) for key in "abcabcaab"] == [1, 1, 1, 2, 2, 2, 3, 4, 3]


def test_calls_without_a_key_have_none_of_it(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    assert [pool.call_sync("count", key=key) for key in ("a", None, "a", None)] == [1, 1, 2, 2]


def test_it_begins_with_the_program_and_not_with_what_calls_made_of_it(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    pool.call_sync("count")
    assert pool.call_sync("count", key="a") == 1


def test_a_snapshot_has_sessions(make_pool: MakePool) -> None:
    from snapjs import VM

    with VM() as vm:
        vm.eval("let n = 0; function count() { return ++n }")
        pool = make_pool(vm.snapshot())
    assert [pool.call_sync("count", key=key) for key in "aab"] == [1, 2, 1]


# ---- keys


@pytest.mark.parametrize(
    "key",
    ["", 0, False, 7, 1.5, b"bytes", ("a", 1), frozenset({1}), Key("a"), Unlike(), int, len],
    ids=lambda key: type(key).__name__,
)
def test_whatever_can_be_hashed_is_a_key(make_pool: MakePool, key: Hashable) -> None:
    pool = make_pool(PROGRAM, workers=2)
    assert [pool.call_sync("count", key=key) for _ in range(3)] == [1, 2, 3]
    pool.end_session_sync(key)
    assert pool.call_sync("count", key=key) == 1


def test_equal_keys_are_one(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=2)
    assert [pool.call_sync("count", key=key) for key in (Key("a"), Key("a"), 1, 1.0, True)] == [1, 2, 1, 2, 3]


def test_what_cannot_be_hashed_is_no_key(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        pool.call_sync("count", key=[])
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        asyncio.run(pool.call("count", key=[]))
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        pool.end_session_sync([])  # type: ignore[arg-type]
    assert (pool.call_sync("count"), pool.statistics().sessions) == (1, 0)


# ---- many


def test_sessions_beyond_those_that_are_kept_go_on(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, sessions=2)
    assert [pool.call_sync("count", key=n) for n in range(6)] == [1] * 6
    assert [pool.call_sync("count", key=n) for n in range(6)] == [2] * 6
    assert [pool.call_sync("count", key=n) for n in (5, 0, 5, 1, 5, 2)] == [3, 3, 4, 3, 5, 3]
    assert len(pool._crew._workers[0]._machine._live) == 2  # type: ignore[union-attr]
    assert pool.statistics().sessions == 6


def test_a_promise_outlasts_that_its_session_is_parked(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, sessions=1)
    pool.call_sync("begin", key="a")
    pool.call_sync("count", key="b")
    assert pool.call_sync("finish", key="a") == "later"


def test_a_function_of_the_host_does_not_outlast_that_its_session_is_parked(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, sessions=1)
    pool.call_sync("keep", lambda: 7, key="a")
    assert pool.call_sync("callKept", key="a") == 7
    pool.call_sync("count", key="b")
    with pytest.raises(Exception, match="this host function is not registered"):
        pool.call_sync("callKept", key="a")
    pool.call_sync("keep", None, key="a")


def test_sessions_are_spread_over_the_workers(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, workers=3, sessions=3)
    for n in range(9):
        pool.call_sync("count", key=n)
    assert [worker.sessions for worker in pool._crew._workers] == [3, 3, 3]


# ---- the end


def test_it_is_ended(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    pool.call_sync("count", key="a")
    assert pool.statistics().sessions == 1
    pool.end_session_sync("a")
    assert (pool.statistics().sessions, pool.call_sync("count", key="a")) == (0, 1)


def test_a_parked_one_is_ended(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, sessions=1)
    for key in "ab":
        pool.call_sync("count", key=key)
    pool.end_session_sync("a")
    assert pool.call_sync("count", key="a") == 1


def test_it_is_ended_on_an_event_loop(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)

    async def main() -> list[Any]:
        values = [await pool.call("count", key="a")]
        await pool.end_session("a")
        return [*values, await pool.call("count", key="a")]

    assert asyncio.run(main()) == [1, 1]


def test_one_that_there_is_not_is_ended(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    pool.end_session_sync("a")
    asyncio.run(pool.end_session("a"))
    assert pool.statistics().calls == 0


def test_the_end_waits_for_its_turn(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate})

    async def main() -> list[Any]:
        running = asyncio.create_task(pool.call("hold", 0, key="a"))
        await gate.wait_async()
        calls = [pool.call("count", key="a"), pool.end_session("a"), pool.call("count", key="a"), pool.end_session("a")]
        tasks = [asyncio.create_task(call) for call in calls]
        await asyncio.sleep(0)
        gate.open()
        return await asyncio.gather(running, *tasks)

    assert asyncio.run(main()) == [0, 1, None, 1, None]
    assert pool.statistics().sessions == 0


# ---- calls at the same time


@KINDS
def test_calls_of_one_session_stay_in_order(make_pool: MakePool, kind: dict[str, int]) -> None:
    pool = make_pool(PROGRAM, **kind)

    async def main() -> None:
        lengths = await asyncio.gather(*(pool.call("add", n, key="a") for n in range(100)))
        assert lengths == list(range(1, 101))
        assert await pool.call("kept_", key="a") == list(range(100))

    asyncio.run(main())


def test_a_session_waits_for_its_own_worker_only(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, functions={"gate": gate}, workers=2)

    async def main() -> None:
        running = asyncio.create_task(pool.call("hold", 1, key="a"))
        await gate.wait_async()
        waits = asyncio.create_task(pool.call("count", key="a"))
        assert await pool.call("count", key="b") == 1
        assert not waits.done()
        gate.open()
        assert await asyncio.gather(running, waits) == [1, 1]

    asyncio.run(main())


# ---- what goes wrong


def test_a_session_whose_call_was_stopped_goes_on(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    assert pool.call_sync("count", key="a") == 1
    with pytest.raises(TimeLimitError):
        pool.call_sync("spin", key="a", timeout=0.02)
    assert pool.call_sync("count", key="a") == 3


def test_a_session_whose_vm_trapped_begins_anew(make_pool: MakePool) -> None:
    def trap() -> None:
        pool._crew._workers[0]._machine._live["a"]._bridge.codec.decode(b"\xc1")  # type: ignore[union-attr]

    pool = make_pool(PROGRAM, functions={"gate": lambda value: trap()})
    assert [pool.call_sync("count", key=key) for key in "abb"] == [1, 1, 2]
    with pytest.raises(GuestTrapped):
        pool.call_sync("hold", 1, key="a")
    assert [pool.call_sync("count", key=key) for key in "ab"] == [1, 3]
    assert pool.call_sync("count") == 1


def test_a_session_whose_first_call_cannot_be_made_is_ended(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, processes=1)
    with pytest.raises(ConversionError):
        pool.call_sync("keep", object(), key="k")
    pool.end_session_sync("k")
    assert pool.statistics().sessions == 0


def test_a_call_that_is_refused_begins_no_session(make_pool: MakePool) -> None:
    gate = Gate()
    pool = make_pool(PROGRAM, queue=0, functions={"gate": gate})
    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(pool.call_sync, "hold", 1)
        gate.wait()
        with pytest.raises(QueueFull):
            pool.call_sync("count", key="k", block=False)
        assert pool.statistics().sessions == 0
        gate.open()
        assert holding.result(20) == 1
