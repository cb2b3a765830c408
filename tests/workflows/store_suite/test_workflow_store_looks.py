"""Stores: who goes on with a run sees what it is told meanwhile, whoever has stored that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.workflows.store_suite.backends import Backend
from tests.workflows.store_suite.making import LEASE, begin, claimed, deliver, hook, outcome_of, step, timer, turn_of
from workflow_desk import START, Clock

from snapjs._workflows.records import Command, Event, EventKind, StepClaim
from snapjs._workflows.store import Fenced, Store

NEXT = ("worker", LEASE, ["work"])


def go_on(store: Store, *wants: Command, **values: object) -> StepClaim:
    """Take a first turn, with which the step that it wants is claimed."""
    begin(store)
    claim = claimed(store)
    found = store.commit(claim, turn_of(claim, step(1), *wants, **values), 100, next_step=NEXT)
    assert found is not None
    return found


def kinds(store: Store) -> list[str]:
    """What there is to tell the run."""
    claim = store.look("run")
    assert claim is not None
    return [event.kind for event in claim.events]


def test_one_finds_what_anybody_finds(store: Store, backend: Backend, clock: Clock) -> None:
    go_on(store, hook(2))
    mine, theirs = store.look("run"), backend.open(clock).look("run")

    assert mine is not None
    assert mine == theirs
    assert (mine.run.turn, mine.last_call, mine.events) == (1, 2, [])


def test_one_goes_on_from_turn_to_turn(store: Store, backend: Backend, clock: Clock) -> None:
    running = go_on(store)
    for call in (2, 3):
        claim = store.look("run")
        assert claim is not None
        outcome = outcome_of(running)
        turn = turn_of(claim, step(call), events=[outcome.event])
        found = store.commit(claim, turn, 100, outcome=outcome, next_step=NEXT)
        assert found is not None
        running = found

    assert store.look("run") == backend.open(clock).look("run")
    assert running.call == 3


def test_what_another_has_told_is_seen(store: Store, backend: Backend, clock: Clock) -> None:
    go_on(store, hook(2))
    deliver(backend.open(clock))
    assert kinds(store) == ["hook"]


def test_what_one_has_told_oneself_is_seen(store: Store) -> None:
    go_on(store, hook(2))
    deliver(store)
    assert kinds(store) == ["hook"]


def test_what_was_told_before_and_is_wanted_now_is_seen(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    deliver(store)
    found = store.commit(claim, turn_of(claim, step(1), hook(2), events=claim.events), 100, next_step=NEXT)
    assert found is not None
    assert kinds(store) == ["hook"]


def test_a_timer_that_has_become_due_is_seen(store: Store, clock: Clock) -> None:
    go_on(store, timer(2, START + 5))
    assert kinds(store) == []
    clock.advance(5)
    assert kinds(store) == ["timer"]


def test_a_run_that_another_has_claimed_is_not_found(store: Store, backend: Backend, clock: Clock) -> None:
    go_on(store, hook(2))
    other = backend.open(clock)
    deliver(other)
    assert other.claim("other", LEASE) is not None
    assert store.look("run") is None


@pytest.mark.parametrize("end", [lambda store: store.pause("run"), lambda store: store.end("run", "cancelled", b"")])
def test_a_run_that_is_paused_or_ended_is_not_found(
    end: Callable[[Store], object], store: Store, backend: Backend, clock: Clock
) -> None:
    go_on(store)
    end(backend.open(clock))
    assert store.look("run") is None


def test_a_look_of_before_stores_nothing_after_another_turn(store: Store, backend: Backend, clock: Clock) -> None:
    running = go_on(store, hook(2))
    before = store.look("run")
    assert before is not None
    other = backend.open(clock)
    deliver(other)
    claim = claimed(other, "other")
    other.commit(claim, turn_of(claim, hooks={"go": 2}), 100)

    outcome = outcome_of(running)
    with pytest.raises(Fenced):
        store.commit(before, turn_of(before, events=[outcome.event]), 100, outcome=outcome, next_step=NEXT)
    after = store.look("run")
    assert after is not None
    assert after.run.turn == 2


def test_attributes_that_a_turn_has_set_are_seen(store: Store) -> None:
    go_on(store, attributes={"city": b"Rome"})
    claim = store.look("run")
    assert claim is not None
    assert claim.run.attributes == {"city": b"Rome"}


def test_a_cancellation_is_seen(store: Store, backend: Backend, clock: Clock) -> None:
    go_on(store)
    backend.open(clock).deliver("run", Event(0, EventKind.CANCEL, "", b"why", 0.0), "cancel")
    assert kinds(store) == ["cancel"]
