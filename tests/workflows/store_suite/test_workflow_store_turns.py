"""Stores: turns are claimed, stored once, and fenced; what was claimed is held by a lease."""

from __future__ import annotations

from dataclasses import replace

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

from snapjs._workflows.records import Status
from snapjs._workflows.store import Fenced, Store

NEXT = ("worker", 30.0, ["work"])


def test_nothing_is_due_in_an_empty_store(store: Store) -> None:
    assert store.claim("worker", 30) is None
    assert store.claim_step("worker", 30, ["work"]) is None
    assert store.next_due() is None
    assert store.runs(status=None, workflow=None, limit=10) == []


def test_a_run_is_claimed_by_one_until_the_lease_ends(store: Store, clock: Clock) -> None:
    begin(store)
    first = claimed(store, "a")
    assert store.claim("b", 30) is None
    assert store.look("run") is None
    assert store.next_due() == START + 30
    clock.advance(29.5)
    assert store.claim("b", 30) is None
    clock.advance(0.5)
    second = claimed(store, "b")

    assert second.epoch > first.epoch
    assert second.events == first.events


def test_the_run_that_has_waited_for_longest_is_claimed(store: Store, clock: Clock) -> None:
    for id in "bca":
        begin(store, id)
        clock.advance(1)

    assert [claimed(store).run.id for _ in "bca"] == ["b", "c", "a"]


def test_a_run_may_have_to_have_waited_already(store: Store, clock: Clock) -> None:
    begin(store)
    clock.advance(0.5)
    assert store.claim("worker", 30, overdue=1) is None
    clock.advance(0.5)

    assert store.claim("worker", 30, overdue=1) is not None


def test_workers_that_are_not_heard_of_again_are_counted(store: Store, clock: Clock) -> None:
    begin(store)
    deaths = []
    for _ in range(3):
        deaths.append(claimed(store).deaths)
        clock.advance(30)

    assert deaths == [0, 1, 2]


@pytest.mark.parametrize("how", ["commit", "release", "postpone"])
def test_a_worker_that_is_heard_of_again_is_not_counted(store: Store, clock: Clock, how: str) -> None:
    begin(store)
    claimed(store)
    clock.advance(30)
    claim = claimed(store)
    assert claim.deaths == 1
    if how == "commit":
        store.commit(claim, turn_of(claim, hook(1)), 1)
        deliver(store)
    elif how == "release":
        store.release(claim, None)
    else:
        store.postpone(claim, 0)

    assert claimed(store).deaths == 0


def test_a_turn_is_stored(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    assert store.commit(claim, turn_of(claim, hook(7), snapshot=b"\x00state"), 1) is None

    run = store.run("run")
    assert run is not None
    assert (run.status, run.turn, run.wake_at) == (Status.RUNNING, 1, None)
    assert store.snapshot("run", 1) == b"\x00state"
    look = store.look("run")
    assert look is not None
    assert (look.last_call, look.events, look.run) == (7, [], run)


def test_a_turn_gives_the_run_back(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store)
    assert claimed(store, "other").run.turn == 1


def test_who_was_succeeded_is_fenced(store: Store, clock: Clock) -> None:
    begin(store)
    late = claimed(store, "a")
    clock.advance(30)
    claim = claimed(store, "b")

    with pytest.raises(Fenced):
        store.commit(late, turn_of(late, step(1)), 1)
    assert store.history("run", 0).turns == []
    assert store.history("run", 0).commands == []
    assert store.snapshot("run", 1) is None
    assert store.commit(claim, turn_of(claim, hook(1)), 1) is None


def test_who_comes_after_the_turn_was_taken_is_fenced(store: Store, clock: Clock) -> None:
    begin(store)
    late = claimed(store)
    clock.advance(30)
    look = store.look("run")
    assert look is not None
    store.commit(look, turn_of(look, hook(1)), 1)

    with pytest.raises(Fenced):
        store.commit(late, turn_of(late, step(1)), 1)
    assert [one.command for one in store.history("run", 0).commands] == [hook(1)]


def test_who_has_looked_is_fenced_by_a_claim(store: Store) -> None:
    begin(store)
    look = store.look("run")
    assert look is not None
    claimed(store)

    with pytest.raises(Fenced):
        store.commit(look, turn_of(look), 1)


def test_to_look_claims_nothing(store: Store) -> None:
    begin(store)

    assert store.look("run") is not None
    assert store.look("run") is not None
    assert claimed(store).deaths == 0


def test_a_lease_that_has_run_out_keeps_nobody_from_looking(store: Store, clock: Clock) -> None:
    begin(store)
    claimed(store)
    clock.advance(30)

    assert store.look("run") is not None


def test_the_same_turn_is_stored_once(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    turn = turn_of(claim, hook(1), step(2))
    first = store.commit(claim, turn, 1, next_step=NEXT)

    assert first is not None
    assert store.commit(claim, turn, 1, next_step=NEXT) == first
    run = store.run("run")
    assert run is not None
    assert run.turn == 1
    assert len(store.history("run", 0).commands) == 2


def test_the_same_last_turn_is_stored_once(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    turn = finished(claim)

    assert [store.commit(claim, turn, 1) for _ in range(2)] == [None, None]


def test_a_step_of_the_same_turn_that_somebody_else_has_by_now_is_not_claimed(store: Store, clock: Clock) -> None:
    begin(store)
    claim = claimed(store)
    turn = turn_of(claim, step(1))
    store.commit(claim, turn, 1, next_step=NEXT)
    clock.advance(30)
    step_of(store, owner="other")

    assert store.commit(claim, turn, 1, next_step=NEXT) is None


def test_another_turn_of_the_same_claim_is_fenced(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(1)), 1)

    with pytest.raises(Fenced):
        store.commit(claim, turn_of(claim, hook(2)), 1)


def test_so_many_states_are_kept(store: Store) -> None:
    waiting(store, hook(1))
    for call in range(1, 5):
        deliver(store)
        take_turn(store, hook(call + 1), hooks={"go": call}, keep=2)

    assert [store.snapshot("run", turn) for turn in range(1, 6)] == [None, None, None, b"run after 4", b"run after 5"]


def test_a_turn_without_a_state(store: Store) -> None:
    begin(store)
    take_turn(store, snapshot=None)

    assert store.snapshot("run", 1) is None


def test_the_state_of_a_run_that_has_ended_is_kept(store: Store) -> None:
    waiting(store, hook(1))
    deliver(store)
    claim = claimed(store)
    store.commit(claim, finished(claim, hooks={"go": 1}), 2)

    assert [store.snapshot("run", turn) for turn in (1, 2)] == [b"run after 1", b"run after 2"]


def test_what_a_run_does_not_want_any_more_is_done(store: Store, clock: Clock) -> None:
    waiting(store, step(1), hook(2), timer(3, START + 5))
    late = step_of(store)
    deliver(store, "go")
    take_turn(store, events=[], dropped=[1, 2, 3])

    with pytest.raises(Fenced):
        store.finish_step(outcome_of(late))
    clock.advance(60)
    assert store.claim("worker", 30) is None
    assert store.claim_step("worker", 30, ["work"]) is None


def test_the_outcome_of_a_step_is_stored_with_the_turn(store: Store) -> None:
    waiting(store, step(1))
    outcome = outcome_of(step_of(store), b"answer")
    look = store.look("run")
    assert look is not None
    store.commit(look, turn_of(look, hook(2), events=[outcome.event]), 1, outcome=outcome)
    history = store.history("run", 1)

    assert [event.payload for event in history.events.values()] == [b"answer"]
    assert [(event.kind, event.target) for event in history.turns[0].told] == [("answer", "1")]
    assert history.turns[0].told[0].id in history.events
    assert history.untold == []
    assert store.next_due() is None


def test_an_outcome_that_comes_too_late_has_nothing_stored(store: Store, clock: Clock) -> None:
    waiting(store, step(1))
    outcome = outcome_of(step_of(store))
    clock.advance(30)
    other = step_of(store, owner="other")
    look = store.look("run")
    assert look is not None

    with pytest.raises(Fenced):
        store.commit(look, turn_of(look, hook(2), events=[outcome.event]), 1, outcome=outcome)
    run = store.run("run")
    assert run is not None
    assert run.turn == 1
    assert store.snapshot("run", 2) is None
    assert [one.command.call for one in store.history("run", 0).commands] == [1]
    store.finish_step(outcome_of(other))
    assert [event.kind for event in claimed(store).events] == ["answer"]


def test_who_is_fenced_with_an_outcome_can_store_it_by_itself(store: Store) -> None:
    waiting(store, step(1), hook(2))
    outcome = outcome_of(step_of(store))
    look = store.look("run")
    assert look is not None
    deliver(store)
    claim = claimed(store)
    with pytest.raises(Fenced):
        store.commit(look, turn_of(look, events=[outcome.event]), 1, outcome=outcome)
    store.finish_step(outcome)
    store.commit(claim, turn_of(claim, hooks={"go": 2}), 1)

    assert [event.kind for event in claimed(store).events] == ["answer"]


def test_the_first_new_step_is_claimed_with_the_turn(store: Store, clock: Clock) -> None:
    begin(store)
    claim = claimed(store)
    step_claim = store.commit(claim, turn_of(claim, step(1, "others"), step(2), step(3)), 1, next_step=NEXT)

    assert step_claim is not None
    assert (step_claim.run, step_claim.call, step_claim.name, step_claim.arguments) == ("run", 2, "work", b"for work")
    assert (step_claim.attempt, step_claim.deaths) == (1, 0)
    assert step_of(store).call == 3
    assert store.claim_step("other", 30, ["work"]) is None
    clock.advance(30)
    again = step_of(store)
    assert (again.call, again.attempt, again.deaths) == (2, 2, 1)


def test_no_step_that_others_have_is_claimed_with_the_turn(store: Store) -> None:
    begin(store)
    claim = claimed(store)

    assert store.commit(claim, turn_of(claim, step(1, "others")), 1, next_step=NEXT) is None
    assert step_of(store, "others").attempt == 1


def test_no_step_is_claimed_with_the_last_turn(store: Store) -> None:
    begin(store)
    claim = claimed(store)

    assert store.commit(claim, finished(claim, commands=[step(1)]), 1, next_step=NEXT) is None
    assert store.next_due() is None


def test_a_run_in_which_there_was_nothing_to_do_is_given_back(store: Store, clock: Clock) -> None:
    waiting(store, timer(1, START + 5))
    clock.advance(5)
    claim = claimed(store)
    store.release(replace(claim, events=[]), START + 3)

    assert store.next_due() == START + 3
    assert claimed(store).run.turn == 1


def test_a_run_that_is_given_back_sleeps_until_its_timers(store: Store, clock: Clock) -> None:
    begin(store)
    take_turn(store, timer=START + 5)
    clock.advance(5)
    store.release(claimed(store), START + 9)

    assert store.next_due() == START + 9


def test_a_run_that_is_postponed_is_left_alone(store: Store, clock: Clock) -> None:
    begin(store)
    store.postpone(claimed(store), 20)
    clock.advance(19)
    assert store.claim("worker", 30) is None
    clock.advance(1)

    assert store.claim("worker", 30) is not None


@pytest.mark.parametrize("how", ["release", "postpone"])
@pytest.mark.parametrize("by", ["claim", "look"])
def test_who_was_succeeded_gives_nothing_back(store: Store, clock: Clock, how: str, by: str) -> None:
    begin(store)
    late = claimed(store, "a")
    clock.advance(30)
    claim = claimed(store, "b") if by == "claim" else store.look("run")
    assert claim is not None
    if by == "look":
        store.commit(claim, turn_of(claim, timer=START + 99), 1)
    due = store.next_due()
    getattr(store, how)(late, START + 50)

    assert store.next_due() == due
    if by == "claim":
        assert store.claim("c", 30) is None
        assert store.commit(claim, turn_of(claim), 1) is None


def test_who_was_succeeded_does_not_wake_a_run_that_has_ended(store: Store, clock: Clock) -> None:
    begin(store)
    late = claimed(store, "a")
    clock.advance(30)
    look = store.look("run")
    assert look is not None
    store.commit(look, finished(look), 1)
    store.release(late, START)
    store.postpone(late, 0)

    assert store.next_due() is None
    assert store.claim("worker", 30) is None


def test_a_lease_is_renewed(store: Store, clock: Clock) -> None:
    begin(store)
    claim = claimed(store)
    clock.advance(29)
    store.renew(30, [claim], [])
    assert store.next_due() == START + 59
    clock.advance(29)

    assert store.claim("other", 30) is None


def test_a_lease_that_somebody_else_has_is_not_renewed(store: Store, clock: Clock) -> None:
    begin(store)
    late = claimed(store, "a")
    clock.advance(30)
    claimed(store, "b", lease=10)
    store.renew(100, [late], [])

    assert store.next_due() == START + 40


def test_a_run_that_was_given_back_is_not_held_again(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(1)), 1)
    store.renew(30, [claim], [])
    deliver(store)

    assert claimed(store, "other").deaths == 0


def test_runs_do_not_touch_each_other(store: Store) -> None:
    waiting(store, hook(1), step(2), timer(3, START + 5), id="a")
    waiting(store, hook(1), step(2), timer(3, START + 6), id="b")
    before = store.history("b", 0), store.run("b"), store.snapshot("b", 1)
    deliver(store, run="a")
    take_turn(store, dropped=[2, 3], hooks={"go": 1})
    store.end("a", Status.CANCELLED, b"")

    assert (store.history("b", 0), store.run("b"), store.snapshot("b", 1)) == before
