"""Stores: runs begin again, and what has become of their children where they are forked."""

from __future__ import annotations

import pytest
from tests.workflows.store_suite.making import (
    begin,
    child,
    claim_of,
    claimed,
    deliver,
    finished,
    hook,
    new_child,
    outcome_of,
    parent,
    status_of,
    step,
    step_of,
    timer,
    turn_of,
    untold,
    waiting,
)
from workflow_desk import START, Clock

from snapjs._workflows.records import Event, EventKind, Fork, ParentClose, Run, Status
from snapjs._workflows.store import Fenced, Store

AGAIN = b"again"


def cancelling() -> Event:
    return Event(0, EventKind.CANCEL, "", b"why", START)


def continue_run(store: Store, *wants: object, id: str = "run", **options: object) -> None:
    """Have a run begin again, in a turn that it takes since somebody has asked it to end."""
    store.deliver(id, cancelling(), None)
    claim = claim_of(store, id)
    store.commit(claim, turn_of(claim, *wants, continued=AGAIN), 100, **options)  # type: ignore[arg-type]


def test_a_run_that_begins_again_is_told_its_arguments(store: Store) -> None:
    waiting(store, hook(1))
    continue_run(store)
    claim = claimed(store)

    assert (claim.run.id, claim.run.turn, claim.run.status) == ("run", 2, Status.RUNNING)
    assert [(event.kind, event.payload, event.at) for event in claim.events] == [("begin", AGAIN, START)]


def test_what_it_wanted_before_is_dropped(store: Store, clock: Clock) -> None:
    waiting(store, step(1), timer(2, START + 5), hook(3))
    running = step_of(store)
    continue_run(store)
    claim = claimed(store)
    store.commit(claim, turn_of(claim), 100)
    clock.advance(60)

    with pytest.raises(Fenced):
        store.finish_step(outcome_of(running))
    assert store.claim("worker", 30) is None
    assert store.claim_step("worker", 30, ["work"]) is None
    assert store.next_due() is None
    assert {one.state for one in store.history("run", 0).commands} == {"done"}


def test_a_step_of_the_turn_in_which_it_ends_is_not_claimed(store: Store) -> None:
    waiting(store, hook(1))
    store.deliver("run", cancelling(), None)
    claim = claimed(store)
    turn = turn_of(claim, step(2), continued=AGAIN)

    assert store.commit(claim, turn, 100, next_step=("worker", 30, ["work"])) is None
    assert store.claim_step("worker", 30, ["work"]) is None


def test_what_was_delivered_stays_when_a_run_begins_again(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store, "later", b"value", dedup="k")
    continue_run(store)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(5, "later")), 100)
    deliver(store, "later", b"twice", dedup="k")

    assert [event.payload for event in claimed(store).events] == [b"value"]


def test_its_children_go_the_way_of_those_whose_parent_has_ended(store: Store) -> None:
    parent(store, ParentClose.CANCEL, ParentClose.TERMINATE, ParentClose.ABANDON)
    continue_run(store)

    assert status_of(store, "run", "run.1", "run.2", "run.3") == ["running", "running", "cancelled", "running"]
    assert untold(store, "run.1")[1:] == [("cancel", "", b"")]
    assert untold(store, "run.3")[1:] == []
    assert untold(store, "run") == [("begin", "", AGAIN)]


def test_a_turn_that_is_stored_again_has_the_run_begin_again_once(store: Store) -> None:
    waiting(store, hook(1))
    store.deliver("run", cancelling(), None)
    claim = claimed(store)
    turn = turn_of(claim, continued=AGAIN)
    store.commit(claim, turn, 100)
    store.commit(claim, turn, 100)

    assert untold(store, "run") == [("begin", "", AGAIN)]


def test_a_fork_of_a_run_that_begins_again_begins_so_too(store: Store) -> None:
    waiting(store, hook(1))
    continue_run(store)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(9)), 100)
    forked(store, turn=2)

    assert untold(store, "fork") == [("begin", "", AGAIN)]


# ---- forks of parents


def forked(store: Store, *calls: int, turn: int = 1, **values: object) -> Run:
    """A fork of the run."""
    return store.fork(Fork("fork", None, "run", turn, 9, "hash", b"state", calls, **values))[0]  # type: ignore[arg-type]


def test_the_end_of_a_child_is_told_to_the_fork_too(store: Store) -> None:
    parent(store, ParentClose.CANCEL)
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)
    forked(store, 1)

    assert untold(store, "fork") == [("answer", "1", b"result")]
    assert store.history("fork", 0).untold[0].origin == "run.1"
    assert store.run("fork.1") is None


def test_a_child_that_goes_on_begins_again_for_the_fork(store: Store, clock: Clock) -> None:
    parent(store, ParentClose.CANCEL)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(1)), 100)
    clock.advance(5)
    forked(store, 1)
    run = store.run("fork.1")

    assert run is not None
    assert (run.parent, run.function, run.turn, run.created_at, run.forked_from) == ("fork", "part", 0, START + 5, None)
    assert untold(store, "fork.1") == [("begin", "", b"for the child")]
    claim = claim_of(store, "fork.1")
    store.commit(claim, finished(claim), 100)
    assert untold(store, "fork") == [("answer", "1", b"result")]
    assert untold(store, "run") == []


def test_a_child_begins_again_though_it_has_ended(store: Store) -> None:
    parent(store, ParentClose.CANCEL)
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)
    forked(store, 1, rerun=[1])

    assert untold(store, "fork") == []
    assert status_of(store, "run.1", "fork.1") == ["completed", "running"]


def test_a_child_that_begins_again_has_no_key(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, child(1), children=[new_child(1, key="key")]), 100)
    forked(store, 1)

    assert [run.id for run in store.runs(status=None, workflow=None, limit=9, key="key")] == ["run.1"]


def test_an_answer_is_told_in_place_of_a_child(store: Store) -> None:
    parent(store, ParentClose.CANCEL)
    forked(store, 1, answers=[Event(0, EventKind.ANSWER, "1", b"yes", START)])

    assert untold(store, "fork") == [("answer", "1", b"yes")]
    assert store.run("fork.1") is None


def test_children_of_the_fork_end_with_it(store: Store) -> None:
    parent(store, ParentClose.TERMINATE)
    forked(store, 1)
    store.end("fork", Status.CANCELLED, b"error")

    assert status_of(store, "run.1", "fork.1") == ["running", "cancelled"]


def test_a_fork_whose_child_is_gone_stores_nothing(store: Store) -> None:
    parent(store, ParentClose.ABANDON)
    store.deliver("run", cancelling(), "cancel")
    claim = claim_of(store, "run")
    store.commit(claim, turn_of(claim, dropped=[1]), 100)
    store.end("run.1", Status.CANCELLED, b"error")
    while store.remove_runs(START + 1)[1]:
        pass

    with pytest.raises(KeyError):
        forked(store, 1)
    assert store.run("fork") is None
