"""Stores: runs begin where others were."""

from __future__ import annotations

from typing import Any

import pytest
from tests.workflows.store_suite.making import (
    begin,
    claimed,
    deliver,
    finished,
    hook,
    outcome_of,
    step,
    step_of,
    take_turn,
    timer,
    turn_of,
    waiting,
)
from workflow_desk import START, Clock

from snapjs._workflows.records import Event, EventKind, Fork, Run, Status, StepClaim
from snapjs._workflows.store import Fenced, Store
from snapjs._workflows.stored import RecordedTurn


def forked(store: Store, *calls: int, turn: int = 1, **values: Any) -> Run:
    """A fork of the run."""
    whole: dict[str, Any] = {"key": None, "source": "run", "last_call": 9, "state": "hash", "snapshot": b"state"}
    return store.fork(Fork("fork", turn=turn, calls=calls, **{**whole, **values}))[0]


def test_a_fork_is_a_run_of_the_same_code(store: Store, clock: Clock) -> None:
    waiting(store, hook(1))
    clock.advance(5)
    fork = forked(store, 1)

    assert (fork.id, fork.workflow, fork.code, fork.key) == ("fork", "main.js", "code", None)
    assert (fork.status, fork.turn, fork.created_at, fork.wake_at) == (Status.RUNNING, 1, START + 5, START + 5)
    assert (fork.forked_from, fork.forked_turn) == ("run", 1)
    assert store.run("fork") == fork


def test_a_fork_has_the_state_that_it_is_given(store: Store) -> None:
    waiting(store, hook(1))
    forked(store, 1)

    assert store.snapshot("fork", 1) == b"state"
    assert store.journal("fork", 0, 9) == [RecordedTurn(1, START, b"", [], "hash", b"", 9)]
    assert claimed(store).last_call == 9


def test_a_fork_takes_turns(store: Store) -> None:
    waiting(store, hook(1))
    forked(store, 1)
    claim = claimed(store)
    assert (claim.run.id, claim.events) == ("fork", [])
    store.commit(claim, turn_of(claim, step(10)), 100)

    assert [turn.turn for turn in store.history("fork", 0).turns] == [2]
    assert step_of(store).run == "fork"


def test_a_fork_waits_for_what_the_run_waited_for(store: Store, clock: Clock) -> None:
    waiting(store, hook(1), timer(2, START + 60), timer(3, START + 70))
    forked(store, 1, 2)
    store.release(claimed(store), None)
    clock.advance(60)
    first, second = sorted((claimed(store), claimed(store)), key=lambda claim: claim.run.id)

    assert [(event.kind, event.target) for event in first.events] == [("timer", "2")]
    assert [command.command.call for command in store.history("fork", 0).commands] == [1, 2]
    assert second.run.id == "run"


def test_a_step_without_an_outcome_is_due_for_the_fork_too(store: Store) -> None:
    waiting(store, step(4))
    running = step_of(store)
    forked(store, 4)
    assert step_of(store) == StepClaim("fork", 4, "work", b"for work", 1, 0)
    store.finish_step(outcome_of(running))

    assert store.history("fork", 0).untold == []


def test_the_outcome_of_a_step_is_told_to_the_fork_too(store: Store) -> None:
    waiting(store, step(4))
    store.finish_step(outcome_of(step_of(store), b"result"))
    forked(store, 4)

    assert [(event.kind, event.payload) for event in store.history("fork", 0).untold] == [("answer", b"result")]
    assert store.claim_step("worker", 30, ["work"]) is None


def test_an_outcome_that_was_told_is_told_to_the_fork(store: Store) -> None:
    waiting(store, step(4))
    store.finish_step(outcome_of(step_of(store), b"result"))
    take_turn(store)
    forked(store, 4)
    claim = claimed(store)

    assert [(event.kind, event.payload) for event in claim.events] == [("answer", b"result")]


def test_a_step_of_a_run_that_has_ended_is_due_for_the_fork(store: Store) -> None:
    waiting(store, step(4))
    store.end("run", Status.CANCELLED, b"error")
    forked(store, 4)

    assert step_of(store).run == "fork"


def test_a_step_is_run_again(store: Store) -> None:
    waiting(store, step(4))
    store.finish_step(outcome_of(step_of(store), b"result"))
    forked(store, 4, rerun=[4])

    assert step_of(store) == StepClaim("fork", 4, "work", b"for work", 1, 0)
    assert store.history("fork", 0).untold == []


def test_an_answer_is_told_in_place_of_the_outcome(store: Store) -> None:
    waiting(store, step(4), hook(5))
    store.finish_step(outcome_of(step_of(store), b"result"))
    forked(
        store,
        4,
        5,
        answers=[Event(0, EventKind.FAILURE, "4", b"no", 1.0), Event(0, EventKind.ANSWER, "5", b"yes", 1.0)],
    )

    told = [(event.kind, event.target, event.payload) for event in store.history("fork", 0).untold]
    assert told == [("failure", "4", b"no"), ("answer", "5", b"yes")]
    assert [one.state for one in store.history("fork", 0).commands if one.state != "done"] == []


def test_a_patch_is_told(store: Store) -> None:
    waiting(store, step(4))
    store.finish_step(outcome_of(step_of(store), b"result"))
    forked(store, 4, patch=b"code")

    assert [event.kind for event in store.history("fork", 0).untold] == ["patch", "answer"]


def test_what_was_delivered_is_not_the_forks(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store)
    forked(store, 1)
    deliver(store, payload=b"later", run="fork")

    assert [event.payload for event in store.history("run", 0).untold] == [b""]
    assert [event.payload for event in store.history("fork", 0).untold] == [b"later"]


def test_a_fork_of_a_run_before_its_first_turn(store: Store) -> None:
    begin(store)
    forked(store, turn=0, last_call=0, snapshot=None)

    assert [event.payload for event in claimed(store).events] == [b"arguments"]
    assert [event.payload for event in claimed(store).events] == [b"arguments"]


def test_a_fork_before_the_first_turn_of_a_run_that_has_taken_some(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)
    forked(store, turn=0, last_call=0, snapshot=None)

    assert [event.payload for event in claimed(store).events] == [b"arguments"]


def test_there_is_one_fork_with_a_key(store: Store) -> None:
    waiting(store, hook(1))
    first, is_new = store.fork(Fork("a", "key", "run", 1, 9, "hash", b"state", [1]))
    second, is_new_again = store.fork(Fork("b", "key", "run", 1, 9, "hash", b"state", [1]))

    assert (is_new, is_new_again) == (True, False)
    assert first == second
    assert store.run("b") is None


def test_a_fork_of_what_is_not_there_stores_nothing(store: Store) -> None:
    with pytest.raises(KeyError):
        forked(store)
    waiting(store, hook(1))
    with pytest.raises(KeyError):
        forked(store, 1, 2)

    assert store.run("fork") is None


def test_a_fork_leaves_who_has_claimed_the_run_alone(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store)
    claim = claimed(store)
    forked(store, 1)
    store.commit(claim, turn_of(claim, hooks={"go": 1}), 100)

    with pytest.raises(Fenced):
        store.commit(claim, turn_of(claim), 100)
    assert (store.run("run").turn, store.run("fork").turn) == (2, 1)  # type: ignore[union-attr]
