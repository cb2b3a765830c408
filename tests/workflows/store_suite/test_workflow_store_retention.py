"""Stores: what is not kept, and what is all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.workflows.store_suite.making import (
    begin,
    claim_of,
    claimed,
    deliver,
    finished,
    hook,
    outcome_of,
    parent,
    status_of,
    step,
    step_of,
    take_turn,
    turn_of,
    untold,
    waiting,
)
from workflow_desk import START, Clock

from snapjs._workflows.records import Chunk, Fork, ParentClose, Schedule, Status
from snapjs._workflows.store import Fenced, Store

LATER = START + 1_000


def remove(store: Store, before: float = LATER) -> int:
    """Remove all runs that have ended before a moment. How many."""
    total, is_more = 0, True
    while is_more:
        removed, is_more = store.remove_runs(before)
        total += removed
    return total


def ended(store: Store, id: str = "run") -> None:
    """A run that has ended, and has used all that a run may."""
    begin(store, id, key=id)
    take_turn(store, hook(1), chunks=[Chunk("s", b"a")], attributes={"a": b"1"})
    deliver(store, run=id)
    claim = claim_of(store, id)
    store.commit(claim, finished(claim), 100)


def test_nothing_is_left_of_a_run_that_is_removed(store: Store) -> None:
    ended(store)
    assert (store.ended(LATER), remove(store), store.ended(LATER)) == (1, 1, 0)

    assert store.run("run") is None
    assert store.run_of("main.js", "run") is None
    assert store.runs(status=None, workflow=None, limit=9, attributes={"a": b"1"}) == []
    assert store.ids("", 9) == []
    assert store.snapshot("run", 1) is None
    assert store.stream("run", "s", 0, 1_000) == []
    assert store.journal("run", 0, 9) == []
    assert store.kept_states("run", 9) == []
    assert store.history("run", 0).turns == []
    assert deliver(store) is None


def test_the_key_of_a_run_that_is_removed_is_free(store: Store) -> None:
    ended(store)
    remove(store)

    assert begin(store, "another", key="run").id == "another"


def test_what_goes_on_is_not_removed(store: Store, clock: Clock) -> None:
    waiting(store, hook(1), id="waits")
    waiting(store, hook(1), id="paused")
    store.pause("paused")
    clock.advance(10_000)

    assert (store.ended(clock.now), remove(store, clock.now)) == (0, 0)
    assert status_of(store, "waits", "paused") == ["running", "paused"]


def test_what_has_ended_since_is_not_removed(store: Store, clock: Clock) -> None:
    ended(store, "a")
    clock.advance(10)
    ended(store, "b")

    assert (store.ended(START), remove(store, START)) == (0, 0)
    assert (store.ended(START + 10), remove(store, START + 10)) == (1, 1)
    assert status_of(store, "a", "b") == [None, "completed"]


@pytest.mark.slow
def test_many_runs_are_removed(store: Store) -> None:
    for number in range(150):
        begin(store, f"r{number}")
        store.end(f"r{number}", Status.CANCELLED, b"")

    assert remove(store) == 150
    assert store.ids("", 9) == []


@pytest.mark.slow
def test_those_that_ended_first_are_removed_first(store: Store, clock: Clock) -> None:
    for number in range(150):
        begin(store, f"r{number}")
        store.end(f"r{number}", Status.CANCELLED, b"")
        clock.advance(1)
    removed, _ = store.remove_runs(LATER)

    assert sorted(store.ids("", 999)) == sorted(f"r{number}" for number in range(removed, 150))


def test_a_child_stays_until_its_parent_has_been_told(store: Store) -> None:
    parent(store, ParentClose.CANCEL)
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)
    assert (store.ended(LATER), remove(store)) == (0, 0)
    take_turn(store)

    assert (store.ended(LATER), remove(store)) == (1, 1)
    assert status_of(store, "run", "run.1") == ["running", None]


def test_a_child_outlives_a_parent_that_is_removed(store: Store) -> None:
    parent(store, ParentClose.ABANDON)
    store.end("run", Status.CANCELLED, b"")
    assert remove(store) == 1
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)

    assert status_of(store, "run", "run.1") == [None, "completed"]
    assert store.run("run.1").parent == "run"  # type: ignore[union-attr]
    assert remove(store) == 1


def test_a_fork_outlives_the_run_that_it_comes_from(store: Store) -> None:
    waiting(store, hook(1))
    store.fork(Fork("fork", None, "run", 1, 9, "hash", b"state", [1]))
    store.end("run", Status.CANCELLED, b"")
    remove(store)

    assert status_of(store, "run", "fork") == [None, "running"]
    assert store.snapshot("fork", 1) == b"state"
    assert store.run("fork").forked_from == "run"  # type: ignore[union-attr]


def test_who_has_claimed_what_is_removed_is_fenced(store: Store) -> None:
    waiting(store, step(1))
    running = step_of(store)
    deliver(store)
    claim = store.look("run")
    assert claim is not None
    store.end("run", Status.CANCELLED, b"")
    remove(store)

    with pytest.raises(Fenced):
        store.commit(claim, turn_of(claim), 100)
    with pytest.raises(Fenced):
        store.finish_step(outcome_of(running))
    with pytest.raises(Fenced):
        store.retry_step(running, LATER, b"")
    store.release(claim, None)
    store.postpone(claim, 5)
    store.renew(30, [claim], [running])
    assert store.next_due() is None


# ---- what long runs were told


def take_many(store: Store, turns: int, keep_history: int) -> None:
    """Have the run take turns, each of which is told of a delivery with a key of its own."""
    for number in range(1, turns + 1):
        deliver(store, payload=b"%d" % number, dedup=f"k{number}")
        claim = claimed(store)
        store.commit(claim, turn_of(claim, hook(number + 10), hooks={"go": number + 9}), 1, keep_history=keep_history)


def test_what_a_run_was_told_lately_is_kept(store: Store) -> None:
    waiting(store, hook(10))
    take_many(store, 40, 5)
    history = store.history("run", 0)
    kept = [turn.turn for turn in history.turns]

    assert kept == list(range(history.trimmed + 1, 42))
    assert 5 <= len(kept) < 41
    assert len(history.events) == len(kept)
    assert [turn.turn for turn in store.journal("run", 0, 999)] == kept
    assert history.turns[-1].told[0].id in history.events


def test_what_a_run_was_told_since_its_latest_state_is_kept(store: Store) -> None:
    waiting(store, hook(10))
    for number in range(1, 41):
        deliver(store)
        claim = claimed(store)
        turn = turn_of(claim, hook(number + 10), hooks={"go": number + 9}, snapshot=None, state="")
        store.commit(claim, turn, 1, keep_history=5)

    assert [turn.turn for turn in store.journal("run", 0, 999)] == list(range(1, 42))


@pytest.mark.slow
def test_what_is_kept_of_a_run_does_not_grow(store: Store) -> None:
    waiting(store, hook(10))
    take_many(store, 300, 20)

    assert 20 <= len(store.history("run", 0).turns) <= 100


def test_without_a_number_all_is_kept(store: Store) -> None:
    waiting(store, hook(10))
    for number in range(1, 41):
        deliver(store)
        take_turn(store, hook(number + 10), hooks={"go": number + 9})

    history = store.history("run", 0)
    assert (len(history.turns), history.trimmed) == (41, 0)


def test_what_a_run_still_waits_for_is_kept(store: Store) -> None:
    waiting(store, hook(10), hook(1, "rare"), step(2))
    deliver(store, "never", b"early")
    take_many(store, 40, 5)
    waits = [(one.command.call, one.state) for one in store.history("run", 40).commands if one.state != "done"]

    assert waits == [(1, "waiting"), (2, "waiting"), (50, "waiting")]
    assert ("hook", "never", b"early") in untold(store, "run")
    deliver(store, "rare", b"late")
    assert [event.payload for event in claimed(store).events] == [b"late"]
    assert step_of(store).call == 2


def test_the_keys_of_what_was_delivered_are_kept(store: Store) -> None:
    waiting(store, hook(10))
    take_many(store, 40, 5)
    for number in (1, 20, 40):
        deliver(store, dedup=f"k{number}")

    assert untold(store, "run") == []


def test_a_run_that_keeps_little_is_removed_whole(store: Store) -> None:
    waiting(store, hook(10))
    take_many(store, 40, 5)
    store.end("run", Status.CANCELLED, b"")

    assert remove(store) == 1
    assert store.run("run") is None


# ---- codes and engines


def is_there(store: Store, sha256: str) -> bool:
    try:
        store.artifact(sha256)
    except KeyError:
        return False
    return True


def test_what_nothing_refers_to_is_removed(store: Store) -> None:
    store.put_artifacts({"alone": b"1"})

    assert store.remove_artifacts(START) == 0
    assert store.remove_artifacts(LATER) == 2
    assert [is_there(store, sha256) for sha256 in ("alone", "code")] == [False, False]


def _schedule(store: Store) -> None:
    store.put_schedule(Schedule("s", "* * * * *", "UTC", "main.js", "code", b"", False, None))


@pytest.mark.parametrize("refer", [begin, _schedule])
def test_what_something_refers_to_is_kept(store: Store, refer: Callable[[Store], object]) -> None:
    refer(store)

    assert store.remove_artifacts(LATER) == 0
    assert store.artifact("code") == b"the code"


def test_a_code_is_kept_as_long_as_a_run(store: Store) -> None:
    ended(store)
    assert store.remove_artifacts(LATER) == 0
    remove(store)

    assert store.remove_artifacts(LATER) == 1


def test_an_engine_is_kept_as_long_as_a_code_that_runs_on_it(store: Store) -> None:
    store.put_artifacts({"engine": b"wasm", "used": b"1", "unused": b"2"}, engine="engine")
    store.put_schedule(Schedule("s", "* * * * *", "UTC", "main.js", "used", b"", False, None))
    assert store.remove_artifacts(LATER) == 2
    assert [is_there(store, sha256) for sha256 in ("engine", "used", "unused")] == [True, True, False]
    store.remove_schedule("s")

    assert store.remove_artifacts(LATER) == 2


def test_what_is_stored_again_is_about_to_be_used(store: Store, clock: Clock) -> None:
    clock.advance(10)
    store.put_artifacts({"code": b"the code"})

    assert store.remove_artifacts(START + 10) == 0
    assert is_there(store, "code")


def test_a_store_shrinks(store: Store) -> None:
    ended(store)
    remove(store)
    while store.shrink():
        pass

    assert store.ids("", 9) == []
