"""Stores: runs are paused, and go on."""

from __future__ import annotations

import pytest
from tests.workflows.store_suite.making import (
    begin,
    claimed,
    deliver,
    hook,
    outcome_of,
    step,
    step_of,
    timer,
    turn_of,
    waiting,
)
from workflow_desk import START, Clock

from snapjs._workflows.records import Event, EventKind, Status
from snapjs._workflows.store import Fenced, Store


def test_what_is_paused_is_not_due(store: Store, clock: Clock) -> None:
    waiting(store, step(1), timer(2, START + 5))

    assert store.pause("run") is Status.RUNNING
    assert store.next_due() is None
    clock.advance(60)
    assert store.claim("worker", 30) is None
    assert store.claim_step("worker", 30, ["work"]) is None
    assert store.look("run") is None


def test_what_is_resumed_is_due_at_once(store: Store) -> None:
    waiting(store, step(1))
    store.pause("run")

    assert store.resume("run") is Status.PAUSED
    assert claimed(store).events == []
    assert step_of(store).attempt == 1


def test_who_takes_a_turn_of_what_is_paused_is_fenced(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    store.pause("run")
    store.resume("run")

    with pytest.raises(Fenced):
        store.commit(claim, turn_of(claim), 100)


def test_the_outcome_of_a_step_is_kept_while_its_run_is_paused(store: Store) -> None:
    waiting(store, step(1))
    running = step_of(store)
    store.pause("run")
    store.finish_step(outcome_of(running))
    assert store.claim("worker", 30) is None
    store.resume("run")

    assert [event.kind for event in claimed(store).events] == ["answer"]


def test_a_step_that_failed_is_held_while_its_run_is_paused(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    running = step_of(store)
    store.pause("run")
    store.retry_step(running, START + 1, b"error")
    store.retry_step(running, START + 1, b"error")
    clock.advance(5)
    assert store.claim_step("worker", 30, ["work"]) is None
    store.resume("run")

    assert step_of(store).attempt == 2


def test_a_step_whose_worker_died_is_held_while_its_run_is_paused(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    step_of(store, lease=30)
    store.pause("run")
    clock.advance(31)
    assert store.claim_step("worker", 30, ["work"]) is None
    assert store.next_due() is None
    store.resume("run")

    assert step_of(store).attempt == 2


def test_what_is_delivered_to_a_run_that_is_paused_is_kept(store: Store) -> None:
    waiting(store, hook(1))
    store.pause("run")
    assert deliver(store) is Status.PAUSED
    assert store.next_due() is None
    store.resume("run")

    assert [event.kind for event in claimed(store).events] == ["hook"]


def test_a_run_that_is_paused_can_be_ended(store: Store) -> None:
    waiting(store, step(1))
    store.pause("run")

    assert store.end("run", Status.CANCELLED, b"error") is Status.PAUSED
    assert store.resume("run") is Status.CANCELLED
    assert store.next_due() is None
    assert store.deliver("run", Event(0, EventKind.HOOK, "go", b"", 0.0), None) is Status.CANCELLED


def test_what_is_not_there_is_not_paused(store: Store) -> None:
    assert store.pause("run") is None
    assert store.resume("run") is None
