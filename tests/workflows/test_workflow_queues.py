"""Limits on how many steps run at once, and on how many start a second; and who goes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from workflow_desk import START, Clock, Desk

from snapjs import JSError, testing
from snapjs._workflows.payload import pack, unpack
from snapjs._workflows.placement import Queue
from snapjs._workflows.records import Event, EventKind, Outcome, StepClaim
from snapjs.workflows import App, Status

ALL = "return await Promise.all(input.map(n => steps.work(n)))"


@pytest.fixture
def claim(desk: Desk) -> Callable[..., StepClaim | None]:
    """A function that claims the next step for a worker, which does not run it."""

    def claim(owner: str = "other", lease: float = 300) -> StepClaim | None:
        return desk.app._store.claim_step(owner, lease, list(desk.app.steps), desk.app._queues)

    return claim


def begin(desk: Desk, values: list[Any], **options: Any) -> None:
    """A run that wants a step for each value."""
    desk.app.step(lambda value: value, name="work", **options)
    desk.start(ALL, values)
    desk.worker.take_turn()


def argument(claim: StepClaim | None) -> Any:
    return None if claim is None else unpack(claim.arguments)[0]


def finish(desk: Desk, step: StepClaim | None) -> None:
    assert step is not None
    desk.app._store.finish_step(Outcome(step, Event(0, EventKind.ANSWER, str(step.call), pack(1), desk.clock.now)))


def test_no_more_run_at_once_than_the_queue_lets(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", concurrency=2)
    begin(desk, [1, 2, 3], queue="bank")
    first = claim()
    assert [argument(first), argument(claim()), claim()] == [1, 2, None]
    finish(desk, first)

    assert argument(claim()) == 3


def test_what_a_worker_that_has_died_ran_does_not_count_for_ever(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", concurrency=1)
    begin(desk, [1, 2], queue="bank")
    claim(lease=30)
    desk.clock.advance(29)
    assert claim() is None
    desk.clock.advance(1)

    assert argument(claim()) is not None
    assert claim() is None


def test_a_retry_gives_back_its_place(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", concurrency=1)
    begin(desk, [1, 2], queue="bank")
    desk.app._store.retry_step(claim(), START + 100, b"\x93\xa1a\xa1b\xc0")

    assert argument(claim()) == 2


def test_a_run_that_is_ended_gives_back_its_places(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", concurrency=1)
    begin(desk, [1], queue="bank")
    ended = desk.app.list()[0]
    desk.clock.advance(1)
    desk.start(ALL, [2])
    desk.worker.take_turn()
    claim()
    assert claim() is None
    ended.terminate()

    assert argument(claim()) == 2


def test_another_queue_is_not_concerned(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", concurrency=1)
    desk.app.step(lambda: 1, name="free")
    begin(desk, [1, 2], queue="bank")
    desk.clock.advance(1)
    desk.start("await steps.free()")
    desk.worker.take_turn()
    claim()

    assert claim().name == "free"


def test_no_more_start_in_a_second_than_the_rate(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", rate=2)
    begin(desk, [1, 2, 3, 4, 5], queue="bank")
    seen = []
    for _ in range(5):
        while (step := claim()) is not None:
            finish(desk, step)
            seen.append((desk.clock.now - START, argument(step)))
        desk.clock.advance(0.5)

    assert seen == [(0.0, 1), (0.0, 2), (1.0, 3), (1.0, 4), (2.0, 5)]


def test_a_rate_below_one_a_second(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", rate=0.1)
    begin(desk, [1, 2], queue="bank")
    claim()
    desk.clock.advance(9.5)
    assert claim() is None
    desk.clock.advance(0.5)

    assert argument(claim()) == 2


def test_attempts_that_have_failed_count_for_the_rate(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", rate=2)
    begin(desk, [1], queue="bank", max_attempts=9)
    for _ in range(2):
        desk.app._store.retry_step(claim(), START, b"\x93\xa1a\xa1b\xc0")

    assert claim() is None


def test_no_more_of_a_key_run_at_once(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", key_concurrency=1)
    begin(desk, ["ann1", "ann2", "bob1", "ann3"], queue="bank", key=lambda name: name[:3])
    first = claim()
    assert [argument(first), argument(claim()), claim()] == ["ann1", "bob1", None]
    finish(desk, first)

    second = claim()
    assert argument(second) == "ann2"
    finish(desk, second)
    assert argument(claim()) == "ann3"


def test_a_key_whose_worker_has_died_is_free_when_the_lease_ends(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", key_concurrency=1)
    begin(desk, ["ann1", "ann2"], queue="bank", key=lambda name: name[:3])
    claim(lease=30)
    assert claim() is None
    desk.clock.advance(30)

    again = claim()
    assert claim() is None
    finish(desk, again)
    assert {argument(again), argument(claim())} == {"ann1", "ann2"}


def test_a_key_of_a_run_that_was_ended_is_free(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", key_concurrency=1)
    begin(desk, ["ann1"], queue="bank", key=lambda name: name[:3])
    ended = desk.app.list()[0]
    desk.clock.advance(1)
    desk.start(ALL, ["ann2"])
    desk.worker.take_turn()
    claim()
    assert claim() is None
    ended.terminate()

    assert argument(claim()) == "ann2"


def test_a_key_is_looked_at_again_whatever_happens(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", key_concurrency=1)
    begin(desk, ["ann1", "ann2"], queue="bank", key=lambda name: name[:3])
    claim()
    assert claim() is None
    desk.app.queue("bank", key_concurrency=2)
    desk.clock.advance(1)

    assert argument(claim()) == "ann2"


def test_no_more_of_a_key_start_in_a_second(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", key_rate=1)
    begin(desk, ["ann1", "ann2", "bob1", "ann3"], queue="bank", key=lambda name: name[:3])
    seen = []
    for _ in range(6):
        while (step := claim()) is not None:
            finish(desk, step)
            seen.append((desk.clock.now - START, argument(step)))
        desk.clock.advance(0.5)

    assert seen == [(0.0, "ann1"), (0.0, "bob1"), (1.0, "ann2"), (2.0, "ann3")]


def test_a_step_without_a_key_is_not_limited_by_one(desk: Desk, claim: Any) -> None:
    desk.app.queue("bank", key_concurrency=1)
    begin(desk, [1, 2], queue="bank", key=lambda number: None)

    assert [argument(claim()), argument(claim())] == [1, 2]


def test_a_key_that_cannot_be_computed_fails_the_step(desk: Desk) -> None:
    desk.app.queue("bank", key_concurrency=1)
    desk.app.step(lambda n: n, name="work", queue="bank", key=lambda n: n["customer"], max_attempts=1)

    with pytest.raises(JSError, match="TypeError"):
        desk.result("return await steps.work(1)")


def test_a_step_of_more_priority_goes_first(desk: Desk, claim: Any) -> None:
    begin(desk, [1, 5, 3], priority=lambda number: number)

    assert [argument(claim()) for _ in range(3)] == [5, 3, 1]


def test_what_has_waited_for_long_goes_before_more_priority(desk: Desk, claim: Any) -> None:
    begin(desk, [1], priority=0)
    desk.clock.advance(10)
    desk.app.step(lambda value: value, name="urgent", priority=9)
    desk.start("await steps.urgent(2)")
    desk.worker.take_turn()

    assert [argument(claim()), argument(claim())] == [1, 2]


def test_a_run_of_more_priority_goes_first(desk: Desk) -> None:
    order: list[str] = []
    desk.app.step(order.append, name="note")
    for name, priority in (("a", 0), ("b", 60), ("c", 30)):
        desk.start("await steps.note(input)", name, priority=priority)
    desk.settle()

    assert order == ["b", "c", "a"]


@pytest.mark.parametrize("priority", [-1, float("nan"), float("inf")])
def test_priorities_that_cannot_be(app: App, priority: float) -> None:
    with pytest.raises(ValueError, match="a priority is 0 or more"):
        app.step(lambda: 1, name="one", priority=priority)
    with pytest.raises(ValueError, match="a priority is 0 or more"):
        app.start("export default () => 1", priority=priority)


@pytest.mark.parametrize("option", ["concurrency", "rate", "key_concurrency", "key_rate"])
def test_limits_that_cannot_be(app: App, option: str) -> None:
    options: Any = {option: 0}
    with pytest.raises(ValueError, match=option):
        app.queue("bank", **options)


def test_a_queue_has_to_be_there(app: App) -> None:
    app.step(lambda: 1, name="work", queue="bank")

    with pytest.raises(ValueError, match="no queue 'bank'"):
        app.worker()


def test_a_key_wants_a_queue(app: App) -> None:
    with pytest.raises(ValueError, match="give queue=, too"):
        app.step(lambda: 1, name="work", key=lambda: "a")


def test_a_step_that_was_wanted_where_nobody_knew_it_has_its_queue(desk: Desk, make_desk: Any, clock: Clock) -> None:
    desk.app.queue("bank", concurrency=1)
    desk.app.step(lambda value: value, name="work", queue="bank", schedule_to_start=60)
    run = desk.start(ALL, [1, 2])
    make_desk(App(f"sqlite:///{desk.app.store}", clock=clock)).settle()
    assert run.turn == 1
    limits = {"bank": Queue(concurrency=1)}
    for _ in range(2):
        assert desk.worker.run_step()  # which says what the app says of it
    assert desk.app._store.claim_step("other", 30, ["work"], limits) is not None
    assert desk.app._store.claim_step("other", 30, ["work"], limits) is None


def test_a_virtual_clock_comes_to_when_a_queue_lets_the_next_start(desk: Desk) -> None:
    desk.app.queue("bank", rate=1, key_rate=0.5)
    desk.app.step(lambda value: value, name="work", queue="bank", key=lambda value: "all")
    with testing.workflows(desk.app) as test:
        began = test.now
        run = test.start(
            "import * as steps from 'app:steps'; export default input => Promise.all(input.map(n => steps.work(n)))",
            [1, 2, 3],
        )
        assert run.result() == [1, 2, 3]

        assert (test.now - began).total_seconds() == pytest.approx(4, abs=0.01)
        assert run.status is Status.COMPLETED
