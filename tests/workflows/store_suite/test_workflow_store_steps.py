"""Stores: steps are claimed, tried again, and end once."""

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
    take_turn,
    waiting,
)
from workflow_desk import START, Clock

from snapjs._workflows.records import StepClaim
from snapjs._workflows.store import Fenced, Store


def test_a_step_is_due_at_once(store: Store) -> None:
    waiting(store, step(4))

    assert store.next_due() == START
    assert step_of(store) == StepClaim("run", 4, "work", b"for work", 1, 0)


def test_a_step_is_claimed_by_who_has_it(store: Store) -> None:
    waiting(store, step(1, "a"), step(2, "b"))

    assert store.claim_step("worker", 30, []) is None
    assert store.claim_step("worker", 30, ["c"]) is None
    assert step_of(store, "c", "b").call == 2


def test_the_step_that_has_waited_for_longest_is_claimed(store: Store, clock: Clock) -> None:
    for id, name in (("b", "x"), ("c", "y"), ("a", "x")):
        waiting(store, step(1, name), id=id)
        clock.advance(1)

    assert [step_of(store, "x", "y").run for _ in "bca"] == ["b", "c", "a"]


def test_a_step_is_claimed_by_one_until_the_lease_ends(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    step_of(store)
    assert store.claim_step("other", 30, ["work"]) is None
    assert store.next_due() == START + 30
    clock.advance(29.5)
    assert store.claim_step("other", 30, ["work"]) is None
    clock.advance(0.5)

    assert step_of(store) == StepClaim("run", 1, "work", b"for work", 2, 1)


def test_workers_that_die_in_a_step_are_counted_in_a_row(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    for _ in range(2):
        step_of(store)
        clock.advance(30)
    third = step_of(store)
    assert (third.attempt, third.deaths) == (3, 2)
    store.retry_step(third, START, b"")

    fourth = step_of(store)
    assert (fourth.attempt, fourth.deaths) == (4, 0)


def test_the_lease_of_a_step_is_renewed(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    claim = step_of(store)
    clock.advance(29)
    store.renew(30, [], [claim])
    assert store.next_due() == START + 59
    clock.advance(29)

    assert store.claim_step("other", 30, ["work"]) is None


def test_the_lease_of_a_step_that_somebody_else_has_is_not_renewed(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    late = step_of(store)
    clock.advance(30)
    step_of(store, owner="other", lease=10)
    store.renew(100, [], [late])

    assert store.next_due() == START + 40


def test_a_step_that_has_ended_is_not_held_again(store: Store) -> None:
    waiting(store, step(1))
    claim = step_of(store)
    store.retry_step(claim, START + 5, b"")
    store.renew(100, [], [claim])

    assert store.next_due() == START + 5


def test_a_step_that_has_ended_wakes_its_run(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    claim = step_of(store)
    clock.advance(1)
    assert store.claim("worker", 30) is None
    store.finish_step(outcome_of(claim))

    assert store.next_due() == START + 1
    assert claimed(store).run.id == "run"
    assert store.claim_step("worker", 30, ["work"]) is None


def test_a_step_that_has_ended_during_a_turn_is_told_after_it(store: Store) -> None:
    waiting(store, step(1), hook(2))
    deliver(store)
    running = step_of(store)
    claim = claimed(store)
    store.finish_step(outcome_of(running))
    store.release(claim, None)

    assert sorted(event.kind for event in claimed(store).events) == ["answer", "hook"]


def test_a_step_is_tried_again_later(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    store.retry_step(step_of(store), START + 5, b"why")
    [command] = store.history("run", 0).commands
    assert (command.state, command.attempt, command.error) == ("waiting", 1, b"why")
    assert store.next_due() == START + 5
    clock.advance(4.5)
    assert store.claim_step("worker", 30, ["work"]) is None
    clock.advance(0.5)

    assert step_of(store) == StepClaim("run", 1, "work", b"for work", 2, 0)


def test_a_step_that_is_tried_again_does_not_wake_its_run(store: Store) -> None:
    waiting(store, step(1))
    store.retry_step(step_of(store), START, b"")

    assert store.claim("worker", 30) is None


def test_an_attempt_that_was_succeeded_is_fenced(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    late = step_of(store)
    clock.advance(30)
    claim = step_of(store, owner="other")

    with pytest.raises(Fenced):
        store.finish_step(outcome_of(late))
    with pytest.raises(Fenced):
        store.retry_step(late, START, b"")
    assert store.claim("worker", 30) is None
    store.finish_step(outcome_of(claim, b"counts"))
    with pytest.raises(Fenced):
        store.finish_step(outcome_of(late, b"does not"))
    assert [event.payload for event in claimed(store).events] == [b"counts"]


def test_the_same_outcome_is_told_once(store: Store) -> None:
    waiting(store, step(1))
    outcome = outcome_of(step_of(store))
    store.finish_step(outcome)
    store.finish_step(outcome)
    claim = take_turn(store, hook(2))
    store.finish_step(outcome)

    assert [event.kind for event in claim.events] == ["answer"]
    assert store.history("run", 0).untold == []


def test_the_same_attempt_is_tried_again_once(store: Store) -> None:
    waiting(store, step(1))
    claim = step_of(store)
    store.retry_step(claim, START, b"")
    store.retry_step(claim, START, b"")

    assert step_of(store).attempt == 2
    with pytest.raises(Fenced):
        store.retry_step(claim, START, b"")


def test_an_attempt_that_is_to_be_tried_again_cannot_end(store: Store) -> None:
    waiting(store, step(1))
    claim = step_of(store)
    store.retry_step(claim, START + 5, b"")

    with pytest.raises(Fenced):
        store.finish_step(outcome_of(claim))


def test_an_attempt_that_has_ended_is_not_tried_again(store: Store) -> None:
    waiting(store, step(1))
    claim = step_of(store)
    store.finish_step(outcome_of(claim))

    with pytest.raises(Fenced):
        store.retry_step(claim, START, b"")


def test_steps_end_in_any_order(store: Store) -> None:
    waiting(store, step(1), step(2), step(3))
    claims = {claim.call: claim for claim in [step_of(store) for _ in range(3)]}
    for call in (2, 3, 1):
        store.finish_step(outcome_of(claims[call]))

    assert [event.target for event in claimed(store).events] == ["2", "3", "1"]


def test_steps_of_many_runs_are_all_claimed(store: Store) -> None:
    for number in range(20):
        begin(store, f"run {number:02}")
    for _ in range(20):
        take_turn(store, step(1), step(2))

    claims = [step_of(store) for _ in range(40)]
    assert len({(claim.run, claim.call) for claim in claims}) == 40
    assert store.claim_step("worker", 30, ["work"]) is None
