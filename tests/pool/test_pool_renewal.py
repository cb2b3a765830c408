"""Pool: when a worker gets a new VM, and what that begins with."""

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import JSError, Pool, Snapshot

MakePool = Callable[..., Pool]

PROGRAM = """
    let n = 0
    const kept = []
    export const count = () => ++n
    export const keep = () => { kept.push(new Uint8Array(8 << 20)); return ++n }
    export const fail = () => { n++; throw new Error("no") }
    export const countLater = () => new Promise(resolve => setTimeout(() => resolve(++n), 1))
    export const random = () => Math.random()
    export const uuid = () => crypto.randomUUID()
    export const leaveTimer = () => { setTimeout(() => { throw new Error("of a timer") }); return ++n }
    export const leaveInterval = () => { setInterval(() => { for (;;); }); return ++n }
    export const leaveRejection = () => { setTimeout(() => Promise.reject(new Error("of a timer"))); return ++n }
    export const cancelTimer = () => { clearTimeout(setTimeout(() => {}, 1e6)); return ++n }
"""


def counts(pool: Pool, calls: int, function: str = "count", **options: Any) -> list[Any]:
    return [pool.call_sync(function, **options) for _ in range(calls)]


def test_what_a_module_keeps_lasts(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    assert (counts(pool, 3), pool.statistics().restarts) == ([1, 2, 3], 0)


# ---- after so many calls


def test_a_vm_serves_so_many_calls(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, recycle_after=2)
    assert (counts(pool, 5), pool.statistics().restarts) == ([1, 2, 1, 2, 1], 2)


def test_calls_that_fail_count(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, recycle_after=2)
    with pytest.raises(JSError):
        pool.call_sync("fail")
    assert counts(pool, 2) == [2, 1]


def test_calls_that_wait_count(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, recycle_after=2)
    assert counts(pool, 3, "countLater") == [1, 2, 1]


def test_sessions_are_not_renewed(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, recycle_after=1, max_growth=0)
    assert counts(pool, 3, key="session") == [1, 2, 3]


# ---- when it has grown


def test_a_vm_may_grow_by_so_much(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, max_growth=12 << 20)
    assert (counts(pool, 4, "keep"), pool.statistics().restarts) == ([1, 2, 1, 2], 2)
    assert pool.statistics().memory < 12 << 20


def test_a_vm_may_grow_without_limit(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, max_growth=None)
    assert (counts(pool, 10, "keep"), pool.statistics().restarts) == (list(range(1, 11)), 0)


# ---- after each call


def test_a_vm_is_put_back_after_each_call(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, reset="call")
    assert (counts(pool, 3), pool.statistics().restarts) == ([1, 1, 1], 0)


def test_a_vm_is_put_back_after_a_call_that_fails(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, reset="call")
    with pytest.raises(JSError):
        pool.call_sync("fail")
    assert pool.call_sync("count") == 1


def test_global_objects_are_put_back(make_pool: MakePool) -> None:
    pool = make_pool(
        """
        export const spoil = () => { Array.prototype.map = () => "spoiled"; globalThis.left = 1; Object = null }
        export const look = () => [[1, 2].map(n => n + 1), globalThis.left ?? null]
        """,
        reset="call",
    )
    pool.call_sync("spoil")
    assert pool.call_sync("look") == [[2, 3], None]


def test_sessions_are_not_put_back(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, reset="call")
    assert counts(pool, 3, key="session") == [1, 2, 3]


# ---- what a call leaves behind


@pytest.mark.parametrize("function", ["leaveTimer", "leaveInterval", "leaveRejection"])
def test_a_timer_does_not_run_in_the_call_of_somebody_else(make_pool: MakePool, function: str) -> None:
    pool = make_pool(PROGRAM)
    assert pool.call_sync(function) == 1
    assert pool.call_sync("countLater", timeout=10) == 1
    assert pool.statistics().restarts == 1


def test_a_timer_that_is_cleared_does_not_cost_the_vm(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    assert counts(pool, 2, "cancelTimer") == [1, 2]


@pytest.mark.abandons("the program has an interval")
def test_timers_of_the_program_do_not_cost_the_vm(make_pool: MakePool) -> None:
    pool = make_pool("let n = 0; setInterval(() => {}, 1); export const count = () => ++n")
    assert counts(pool, 3) == [1, 2, 3]


def test_a_rejection_that_nobody_handles_fails_no_call(make_pool: MakePool, capfd: pytest.CaptureFixture[str]) -> None:
    pool = make_pool("export const f = () => { Promise.reject(new Error('lost')); return 1 }")
    assert counts(pool, 2, "f") == [1, 1]
    assert capfd.readouterr().err.count("Uncaught (in promise) Error: lost") == 2


# ---- chance


@pytest.mark.parametrize("function", ["random", "uuid"])
@pytest.mark.parametrize("key", [None, "session"])
def test_each_vm_draws_other_numbers(make_pool: MakePool, function: str, key: str | None) -> None:
    drawn = {make_pool(PROGRAM, recycle_after=1).call_sync(function, key=key) for _ in range(2)}
    pool = make_pool(PROGRAM, recycle_after=1)
    drawn |= {pool.call_sync(function, key=None if key is None else (key, n)) for n in range(3)}
    assert len(drawn) == 5


def test_a_seed_has_each_vm_draw_the_same(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, seed=7, reset="call")
    assert len(set(counts(pool, 3, "random"))) == 1
    assert make_pool(PROGRAM, seed=7).call_sync("random") == pool.call_sync("random")


def test_randomness_of_a_session_goes_on(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM, seed=7, sessions=1)
    first = [pool.call_sync("random", key="a"), pool.call_sync("random", key="b")]
    second = [pool.call_sync("random", key="a"), pool.call_sync("random", key="b")]
    assert first[0] == first[1]
    assert second[0] == second[1]
    assert first[0] != second[0]


# ---- without room for another VM


def test_no_memory_for_another_vm_is_the_error_of_a_call(make_pool: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    import snapjs._pool.clone as clone

    def fail(*arguments: object, **options: object) -> None:
        raise MemoryError("no room")

    pool = make_pool(PROGRAM, recycle_after=1)
    assert pool.call_sync("count", key="session") == 1
    with monkeypatch.context() as patch:
        patch.setattr(clone.VM, "restore", fail)
        assert pool.call_sync("count") == 1
        with pytest.raises(MemoryError, match="no room"):
            pool.call_sync("count")
        assert pool.call_sync("count", key="session") == 2
    assert pool.call_sync("count") == 1


def test_sessions_go_on_where_what_was_to_replace_a_vm_was_ended(make_pool: MakePool) -> None:
    pool = make_pool(PROGRAM)
    pool._crew._workers[0]._machine._clone.close()  # type: ignore[union-attr]
    assert pool.call_sync("count", key="session") == 1
    assert pool.call_sync("count") == 1


def test_the_program_is_loaded_once(make_pool: MakePool) -> None:
    loads: list[int] = []
    pool = make_pool(
        "loaded(); let n = 0; export const count = () => ++n",
        functions={"loaded": lambda: loads.append(1)},
        workers=2,
        reset="call",
    )
    assert counts(pool, 3) == [1, 1, 1]
    assert loads == [1]
    assert isinstance(pool._crew._workers[0]._program.snapshot, Snapshot)
