"""Stores: steps stand in line, within the limits of their queues. The reference store has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workflows.store_suite.backends import Backend, chosen, make
from tests.workflows.store_suite.making import begin, outcome_of, take_turn, turn_of
from tests.workflows.store_suite.mutants import MUTANTS
from workflow_desk import START, Clock

from snapjs._workflows.placement import Placement, Queue
from snapjs._workflows.records import Command, EventKind, Kind, StepClaim, Task
from snapjs._workflows.store import Store


@pytest.fixture(params=[name for name in chosen() if name != "reference" and name not in MUTANTS])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return make(request.param, tmp_path)


def wanted(store: Store, *placements: Placement | None, id: str = "run") -> None:
    """A run that wants such steps, with calls from 1 on."""
    begin(store, id)
    numbered = enumerate(placements, 1)
    take_turn(store, *(Command(call, Kind.STEP, "work", b"arguments", None, place) for call, place in numbered))


def claim(store: Store, **limits: float) -> StepClaim | None:
    """The step that is next, where the queue ``q`` has these limits."""
    return store.claim_step("worker", 30, ["work"], {"q": Queue(**limits)})  # type: ignore[arg-type]


def calls(store: Store, **limits: float) -> list[int]:
    """Those that may all run at once, in their order."""
    found = iter(lambda: claim(store, **limits), None)
    return [step.call for step in found if step is not None]


IN_QUEUE = Placement(queue="q")


def keyed(key: str) -> Placement:
    return Placement(queue="q", key=key)


# ---- limits


def test_as_many_run_at_once_as_the_queue_lets(store: Store) -> None:
    wanted(store, IN_QUEUE, IN_QUEUE, IN_QUEUE)
    first = claim(store, concurrency=2)
    assert first is not None
    assert calls(store, concurrency=2) == [2]
    store.finish_step(outcome_of(first))
    assert calls(store, concurrency=2) == [3]


def test_a_lease_that_has_ended_gives_back_its_place(store: Store, clock: Clock) -> None:
    wanted(store, IN_QUEUE, IN_QUEUE)
    assert calls(store, concurrency=1) == [1]
    assert store.next_due({"q": Queue(concurrency=1)}) == START + 30
    clock.advance(30)
    assert calls(store, concurrency=1) == [2]


def test_as_many_start_in_a_second_as_the_queue_lets(store: Store, clock: Clock) -> None:
    wanted(store, *[IN_QUEUE] * 5)
    assert calls(store, rate=2) == [1, 2]
    assert store.next_due({"q": Queue(rate=2)}) == START + 1
    clock.advance(1)
    assert calls(store, rate=2) == [3, 4]


def test_as_many_of_a_key_run_at_once_as_the_queue_lets(store: Store) -> None:
    wanted(store, keyed("a"), keyed("a"), keyed("b"), keyed("b"), IN_QUEUE, IN_QUEUE)
    assert calls(store, key_concurrency=1) == [1, 3, 5, 6]


def test_a_key_that_is_free_again_is_looked_at(store: Store) -> None:
    wanted(store, keyed("a"), keyed("a"))
    first = claim(store, key_concurrency=1)
    assert first is not None
    assert calls(store, key_concurrency=1) == []
    store.finish_step(outcome_of(first))
    assert calls(store, key_concurrency=1) == [2]


def test_as_many_of_a_key_start_in_a_second_as_the_queue_lets(store: Store, clock: Clock) -> None:
    wanted(store, keyed("a"), keyed("a"), keyed("b"))
    assert calls(store, key_rate=1) == [1, 3]
    clock.advance(1)
    assert calls(store, key_rate=1) == [2]


def test_the_limits_of_a_queue_are_those_of_no_other(store: Store) -> None:
    begin(store)
    places = (("a", IN_QUEUE), ("a", IN_QUEUE), ("b", Placement(queue="other")), ("c", Placement()))
    take_turn(store, *(Command(n, Kind.STEP, name, b"", None, place) for n, (name, place) in enumerate(places, 1)))
    found = [store.claim_step("worker", 30, ["a", "b", "c"], {"q": Queue(concurrency=1)}) for _ in places]
    assert [step and step.call for step in found] == [1, 3, 4, None]


def test_who_does_not_know_the_limits_claims_what_is_due(store: Store) -> None:
    wanted(store, IN_QUEUE, IN_QUEUE)
    assert [step and step.call for step in (store.claim_step("worker", 30, ["work"]) for _ in "123")] == [1, 2, None]


def test_a_head_start_counts_as_time_that_was_waited(store: Store, clock: Clock) -> None:
    wanted(store, Placement())
    clock.advance(5)
    wanted(store, Placement(head_start=4), Placement(head_start=6), id="later")
    found = [store.claim_step("worker", 30, ["work"]) for _ in "123"]
    assert [step and (step.run, step.call) for step in found] == [("later", 2), ("run", 1), ("later", 1)]


def test_a_step_in_a_queue_is_not_claimed_with_the_turn_that_wants_it(store: Store) -> None:
    begin(store)
    first = store.claim("worker", 30)
    assert first is not None
    turn = turn_of(first, Command(1, Kind.STEP, "work", b"", None, IN_QUEUE))
    assert store.commit(first, turn, 100, next_step=("worker", 30.0, ["work"])) is None


def test_the_queue_of_a_step_is_in_the_history(store: Store) -> None:
    wanted(store, IN_QUEUE, Placement())
    assert [one.queue for one in store.history("run", 0).commands] == ["q", None]


# ---- where a step is placed by somebody else


def test_a_step_that_was_not_placed_is_to_be_placed_by_who_has_it(store: Store) -> None:
    wanted(store, None)
    assert store.claim_step("worker", 30, ["other"]) is None
    found = claim(store, concurrency=1)
    assert found is not None
    assert (found.task, found.call, found.attempt) == (Task.PLACE, 1, 0)


def test_a_step_that_was_placed_stands_in_line_since_it_was_wanted(store: Store, clock: Clock) -> None:
    wanted(store, None)
    clock.advance(5)
    wanted(store, IN_QUEUE, id="later")
    found = claim(store, concurrency=1)
    assert found is not None
    store.place_step(found, Placement(queue="q", schedule_to_close=60, max_attempts=3))
    first = claim(store, concurrency=1)

    assert first is not None
    assert (first.run, first.task, first.attempt, first.end_by, first.max_attempts) == (
        "run",
        Task.RUN,
        1,
        START + 60,
        3,
    )
    assert claim(store, concurrency=1) is None


def test_a_step_is_placed_once(store: Store) -> None:
    wanted(store, None)
    found = claim(store)
    assert found is not None
    store.place_step(found, Placement(max_attempts=2))
    store.place_step(found, Placement(max_attempts=9))

    again = claim(store)
    assert again is not None
    assert again.max_attempts == 2


# ---- timeouts, which anybody may see


@pytest.mark.parametrize(
    ("placement", "task"),
    [
        (Placement(schedule_to_start=10), Task.SCHEDULE_TO_START),
        (Placement(schedule_to_close=10), Task.SCHEDULE_TO_CLOSE),
    ],
)
def test_a_step_that_has_waited_for_too_long_is_to_be_ended_by_anybody(
    placement: Placement, task: Task, store: Store, clock: Clock
) -> None:
    wanted(store, placement)
    assert store.claim_step("worker", 30, ["other"]) is None
    assert store.next_due() == START
    clock.advance(10)
    found = store.claim_step("worker", 30, ["other"])

    assert found is not None
    assert (found.task, found.timeout) == (task, 10)
    store.finish_step(outcome_of(found, kind=EventKind.FAILURE))
    assert store.claim_step("worker", 30, ["work"]) is None


def test_an_attempt_that_is_not_heard_of_is_to_be_ended_by_anybody(store: Store, clock: Clock) -> None:
    wanted(store, Placement(heartbeat_timeout=5))
    first = claim(store)
    assert first is not None
    clock.advance(4)
    assert store.beat_step(first, b"half")
    clock.advance(4)
    assert store.claim_step("other", 30, []) is None
    clock.advance(1)
    found = store.claim_step("other", 30, [])

    assert found is not None
    assert (found.task, found.call, found.attempt) == (Task.HEARTBEAT_TIMEOUT, 1, 1)
    store.retry_step(found, clock(), b"error")
    again = claim(store)
    assert again is not None
    assert (again.attempt, again.heartbeat) == (2, b"half")
    assert not store.beat_step(first, b"late")


# ---- who waits for workers


def test_steps_that_wait_are_counted_by_their_names(store: Store, clock: Clock) -> None:
    wanted(store, Placement(), Placement(), IN_QUEUE)
    clock.advance(5)
    wanted(store, Placement(), id="later")

    assert store.waiting_steps(START) == {"work": 3}
    assert store.waiting_steps(START - 1) == {}


def test_attempts_that_do_not_count_any_more_are_lost(store: Store, clock: Clock) -> None:
    wanted(store, Placement(), Placement())
    first, second = claim(store), claim(store)
    assert first is not None and second is not None
    assert store.lost_steps([first, second]) == []
    clock.advance(20)
    store.renew(30, [], [second])
    clock.advance(10)
    assert claim(store) is not None

    assert store.lost_steps([first, second]) == [first]


# ---- steps that share the transaction of their outcome


def test_a_step_in_the_transaction_of_its_outcome(store: Store) -> None:
    wanted(store, Placement())
    first = claim(store)
    assert first is not None
    store.transact_step(first, lambda connection: outcome_of(first, b"done"))
    store.transact_step(first, lambda connection: pytest.fail("it runs a second time"))

    told = store.claim("worker", 30)
    assert told is not None
    assert [(event.kind, event.target, event.payload) for event in told.events] == [("answer", "1", b"done")]


def test_a_step_that_fails_in_its_transaction_has_done_nothing(store: Store) -> None:
    wanted(store, Placement())
    first = claim(store)
    assert first is not None

    def fail(connection: object) -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        store.transact_step(first, fail)  # type: ignore[arg-type]
    assert store.claim("worker", 30) is None
    assert store.lost_steps([first]) == []
