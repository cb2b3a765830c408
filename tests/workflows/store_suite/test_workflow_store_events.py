"""Stores: what runs are told, when, and in which order."""

from __future__ import annotations

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

from snapjs._workflows.records import Event, EventKind, Status
from snapjs._workflows.store import Store


def payloads(store: Store) -> list[bytes]:
    """What the run that is due is to be told."""
    return [event.payload for event in claimed(store).events]


def test_a_run_that_awaits_a_hook_is_told_of_a_delivery(store: Store, clock: Clock) -> None:
    waiting(store, hook(1))
    clock.advance(1)

    assert store.deliver("run", Event(0, EventKind.HOOK, "go", b"\x00\xff", 7.0), None) is Status.RUNNING
    assert store.next_due() == START + 1
    [event] = claimed(store).events
    assert (event.kind, event.target, event.payload, event.at) == ("hook", "go", b"\x00\xff", 7.0)


def test_a_delivery_waits_until_somebody_awaits_it(store: Store) -> None:
    waiting(store, hook(1, "other"))
    deliver(store, "go", b"early")
    assert store.next_due() is None
    assert store.claim("worker", 30) is None
    deliver(store, "other")
    claim = claimed(store)
    assert [event.target for event in claim.events] == ["other"]
    store.commit(claim, turn_of(claim, hook(2), hooks={"other": 1}), 1)

    assert payloads(store) == [b"early"]


def test_a_delivery_before_the_run_has_begun(store: Store) -> None:
    begin(store)
    deliver(store, "go", b"early")
    claim = claimed(store)
    assert [event.kind for event in claim.events] == ["begin"]
    store.commit(claim, turn_of(claim, hook(1)), 1)

    assert payloads(store) == [b"early"]


def test_deliveries_are_told_in_their_order(store: Store) -> None:
    waiting(store, hook(1))
    for payload in (b"3", b"1", b"2"):
        deliver(store, "go", payload)

    assert payloads(store) == [b"3", b"1", b"2"]


def test_an_event_is_told_once(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store)
    take_turn(store, hook(2), hooks={"go": 1})

    assert store.next_due() is None
    assert store.history("run", 0).untold == []


def test_what_a_turn_has_not_told_is_told_later(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store, "go", b"1")
    deliver(store, "go", b"2")
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(2), events=claim.events[:1], hooks={"go": 1}), 1)

    assert payloads(store) == [b"2"]


def test_what_is_delivered_during_a_turn_is_due_after_it(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store, "go", b"1")
    claim = claimed(store)
    deliver(store, "go", b"2")
    store.commit(claim, turn_of(claim, hook(2), hooks={"go": 1}), 1)

    assert store.next_due() == START
    assert payloads(store) == [b"2"]


def test_what_is_delivered_while_nothing_is_to_do_is_due_after_it(store: Store, clock: Clock) -> None:
    waiting(store, hook(1), timer(2, START + 5))
    clock.advance(5)
    claim = claimed(store)
    deliver(store)
    store.release(claim, None)

    assert store.next_due() == START + 5
    assert [event.kind for event in claimed(store).events] == ["hook", "timer"]


def test_what_is_delivered_twice_under_a_key_counts_once(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store, "go", b"first", dedup="key")

    assert deliver(store, "go", b"second", dedup="key") is Status.RUNNING
    assert payloads(store) == [b"first"]


def test_a_key_counts_after_what_it_was_for_was_told(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store, dedup="key")
    take_turn(store, hook(2), hooks={"go": 1})
    deliver(store, dedup="key")

    assert store.next_due() is None


def test_a_key_counts_for_one_run(store: Store) -> None:
    waiting(store, hook(1), id="a")
    waiting(store, hook(1), id="b")
    deliver(store, dedup="key", run="a")
    deliver(store, dedup="key", run="b")

    assert [len(store.history(run, 0).untold) for run in "ab"] == [1, 1]


def test_what_is_delivered_without_a_key_counts_each_time(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store, "go", b"same")
    deliver(store, "go", b"same")

    assert payloads(store) == [b"same", b"same"]


def test_a_run_is_told_that_it_is_cancelled_whatever_it_waits_for(store: Store) -> None:
    waiting(store, hook(1))

    assert store.deliver("run", Event(0, EventKind.CANCEL, "", b"why", START), "cancel") is Status.RUNNING
    assert [(event.kind, event.payload) for event in claimed(store).events] == [("cancel", b"why")]


def test_a_hook_that_is_answered_in_the_turn_that_wants_it_waits_no_more(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store, "go", b"1")
    deliver(store, "go", b"2")
    claim = claimed(store)
    turn = turn_of(claim, hook(2), hook(3, "other"))
    told = [turn.told[0].__class__(event, call) for event, call in zip(claim.events, (1, 2), strict=True)]
    store.commit(claim, turn_of(claim, hook(2), hook(3, "other"), told=told), 1)
    deliver(store)

    assert store.next_due() is None
    assert [one.command.name for one in store.history("run", 2).commands] == ["other"]


def test_many_events_are_all_told_in_their_order(store: Store) -> None:
    waiting(store, hook(1))
    wanted = [b"%d" % number for number in range(250)]
    for payload in wanted:
        deliver(store, "go", payload)
    told: list[bytes] = []
    while claim := store.claim("worker", 30):
        told += [event.payload for event in claim.events]
        store.commit(claim, turn_of(claim, hooks={}), 1)

    assert told == wanted


def test_a_timer_is_told_when_it_is_due(store: Store, clock: Clock) -> None:
    waiting(store, timer(1, START + 7), timer(2, START + 5))
    assert store.next_due() == START + 5
    clock.advance(4)
    assert store.claim("worker", 30) is None
    clock.advance(1)
    claim = claimed(store)
    assert [(event.id, event.kind, event.target, event.at) for event in claim.events] == [(0, "timer", "2", START + 5)]
    store.commit(claim, turn_of(claim), 1)
    assert store.next_due() == START + 7
    clock.advance(2)

    assert [event.target for event in claimed(store).events] == ["1"]


def test_timers_are_told_in_the_order_of_their_times(store: Store, clock: Clock) -> None:
    waiting(store, timer(1, START + 3), timer(2, START + 1), timer(3, START + 2))
    clock.advance(10)

    assert [event.target for event in claimed(store).events] == ["2", "3", "1"]


def test_a_timer_is_told_once(store: Store, clock: Clock) -> None:
    waiting(store, timer(1, START + 5))
    clock.advance(5)
    take_turn(store)

    assert store.next_due() is None


def test_a_timer_that_is_due_when_it_is_wanted(store: Store) -> None:
    waiting(store, timer(1, START - 1))

    assert [event.target for event in claimed(store).events] == ["1"]


def test_the_programs_own_timers_wake_a_run(store: Store, clock: Clock) -> None:
    begin(store)
    take_turn(store, timer(1, START + 9), timer=START + 5)
    assert store.next_due() == START + 5
    clock.advance(5)

    assert claimed(store).events == []


def test_a_delivery_comes_before_the_timers(store: Store) -> None:
    begin(store)
    take_turn(store, hook(1), timer=START + 5)
    deliver(store)

    assert store.next_due() == START


def test_a_delivery_that_nobody_awaits_leaves_the_timers(store: Store) -> None:
    begin(store)
    take_turn(store, timer=START + 5)
    deliver(store)

    assert store.next_due() == START + 5


def test_the_outcome_of_a_step_is_told(store: Store) -> None:
    waiting(store, step(1))
    store.finish_step(outcome_of(step_of(store), b"\x00result"))

    [event] = claimed(store).events
    assert (event.kind, event.target, event.payload) == ("answer", "1", b"\x00result")


def test_the_history_says_what_a_run_was_told_and_wanted(store: Store, clock: Clock) -> None:
    waiting(store, hook(1), step(2), timer(3, START + 1))
    deliver(store, "go", b"told")
    store.finish_step(outcome_of(step_of(store), b"why", EventKind.FAILURE))
    clock.advance(1)
    take_turn(store, hook(4), hooks={"go": 1}, logs=b"logs", clock=7.0)
    deliver(store, "nobody", b"untold")
    history = store.history("run", 1)

    [turn] = history.turns
    assert (turn.turn, turn.clock, turn.logs) == (2, 7.0, b"logs")
    told = [("hook", "go", b""), ("failure", "2", b""), ("timer", "3", b"")]
    assert sorted((one.kind, one.target, one.payload) for one in turn.told) == sorted(told)
    assert sorted(event.payload for event in history.events.values()) == [b"told", b"why"]
    assert {event.id for event in turn.told if event.id} == set(history.events)
    assert [(event.target, event.payload) for event in history.untold] == [("nobody", b"untold")]
    assert [(one.command, one.turn, one.state, one.at) for one in history.commands] == [
        (hook(4), 2, "waiting", START + 1)
    ]
    assert history.names == {2: "work"}


def test_the_history_has_earlier_commands_as_long_as_they_count(store: Store) -> None:
    waiting(store, hook(1, "a"), hook(2, "b"), step(3))
    deliver(store, "a")
    take_turn(store, hooks={"a": 1})

    assert [one.command.call for one in store.history("run", 0).commands] == [1, 2, 3]
    assert [one.command.call for one in store.history("run", 1).commands] == [2, 3]
    assert [turn.turn for turn in store.history("run", 0).turns] == [1, 2]


def test_the_history_of_a_run_that_is_not_there_is_empty(store: Store) -> None:
    begin(store)
    history = store.history("other", 0)

    assert (history.turns, history.commands, history.events, history.untold) == ([], [], {}, [])


def test_the_history_of_a_run_that_has_ended_stays(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store)
    claim = claimed(store)
    store.commit(claim, finished(claim, hooks={"go": 1}), 1)

    assert [turn.turn for turn in store.history("run", 0).turns] == [1, 2]
    assert [one.state for one in store.history("run", 0).commands] == ["done"]
