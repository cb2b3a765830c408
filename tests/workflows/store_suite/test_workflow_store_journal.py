"""Stores: what turns were made of is kept, with their states."""

from __future__ import annotations

from tests.workflows.store_suite.making import (
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

from snapjs._workflows.payload import pack
from snapjs._workflows.records import Event, EventKind, Turn
from snapjs._workflows.store import Store
from snapjs._workflows.stored import RecordedTurn


def test_a_turn_is_kept_with_all_that_it_was_made_of(store: Store) -> None:
    waiting(store, step(4), hook(5))
    store.finish_step(outcome_of(step_of(store)))
    deliver(store, payload=b"delivered")
    claim = claimed(store)
    turn = turn_of(claim, hooks={"go": 5}, clock=7.5, state="hash", last_call=9)
    store.commit(claim, turn, 100)

    events = [
        Event(claim.events[0].id, "answer", "4", b"answer", 0.0),
        Event(claim.events[1].id, "hook", "go", b"delivered", 0.0),
    ]
    assert store.journal("run", 1, 2) == [RecordedTurn(2, 7.5, turn.entropy, events, "hash", b"effects", 9)]


def test_an_outcome_that_is_stored_with_a_turn_is_in_the_journal(store: Store) -> None:
    waiting(store, step(4))
    outcome = outcome_of(step_of(store), b"result")
    claim = store.look("run")
    assert claim is not None
    store.commit(claim, turn_of(claim, events=[outcome.event]), 100, outcome=outcome)

    assert [event.payload for event in store.journal("run", 1, 2)[0].events] == [b"result"]


def test_a_timer_is_in_the_journal(store: Store, clock: Clock) -> None:
    waiting(store, timer(3, START + 5))
    clock.advance(5)
    take_turn(store)

    assert store.journal("run", 1, 2)[0].events == [Event(0, EventKind.TIMER, "3", pack(None), START + 5)]


def test_a_turn_that_could_not_be_taken_is_in_the_journal(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store)
    claim = claimed(store)
    store.commit(claim, Turn.failure(claim.last_call, START, b"state", b"error"), 100)

    assert store.journal("run", 1, 2) == [RecordedTurn(2, START, b"", [], "", b"", 1)]


def test_some_turns_of_the_journal(store: Store) -> None:
    waiting(store, hook(1))
    for _ in range(3):
        deliver(store)
        take_turn(store, hooks={"go": 1}) if store.run("run").turn == 1 else None  # type: ignore[union-attr]

    assert [turn.turn for turn in store.journal("run", 0, 9)] == [1, 2]
    assert [turn.turn for turn in store.journal("run", 1, 1)] == []
    assert store.journal("no", 0, 9) == []


def test_the_states_that_are_kept(store: Store) -> None:
    waiting(store, hook(1), hook(2), hook(3))
    for call in (1, 2):
        deliver(store)
        take_turn(store, hooks={"go": call}, keep=2)
    deliver(store)
    claim = claimed(store)
    store.commit(claim, finished(claim), 2)

    assert store.kept_states("run", 4) == [4, 3]
    assert store.kept_states("run", 3) == [3]
    assert store.kept_states("no", 3) == []


def take_without_state(store: Store, number: int) -> None:
    deliver(store)
    take_turn(store, hook(number + 1), hooks={"go": number}, keep=3, snapshot=None, state="")


def test_a_turn_without_a_state(store: Store) -> None:
    waiting(store, hook(1))
    take_without_state(store, 1)

    assert (store.kept_states("run", 2), store.snapshot("run", 2)) == ([1], None)
    [before, turn] = store.journal("run", 0, 2)
    assert (before.state, turn.state, turn.effects) == ("state", "", b"effects")


def test_the_state_is_kept_that_later_ones_are_made_from(store: Store) -> None:
    waiting(store, hook(1))
    for number in range(1, 6):
        take_without_state(store, number)
    assert store.kept_states("run", 6) == [1]
    deliver(store)
    take_turn(store, hook(7), hooks={"go": 6}, keep=3)
    assert store.kept_states("run", 7) == [7, 1]  # after turns 5 and 6 it was as the first one and the journal say
    for number in (7, 8):
        take_without_state(store, number)
    assert store.kept_states("run", 9) == [7, 1]
    deliver(store)
    take_turn(store, hook(10), hooks={"go": 9}, keep=3)
    assert store.kept_states("run", 10) == [10, 7]
