"""Steps that wait too long, take too long, or are not heard of."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from workflow_desk import Desk

from snapjs import JSError
from snapjs.workflows import App, Status, current_step

CAUGHT = "try { return await steps.work() } catch (error) { return [error.name, error.message] }"


def test_a_step_that_no_worker_begins_in_time(desk: Desk, make_desk: Any) -> None:
    desk.app.step(lambda: 1, name="work", schedule_to_start=60)
    run = desk.start(CAUGHT)
    desk.worker.take_turn()
    other = make_desk(App(f"sqlite:///{desk.app.store}", clock=desk.clock))
    other.advance(59)
    assert not run.status.is_final
    other.advance(1)

    assert run.result(timeout=0.001) == [
        "TimeoutError",
        "no worker has begun the step within 60 s (schedule_to_start)",
    ]


def test_a_step_that_was_begun_in_time_may_be_tried_again_later(desk: Desk) -> None:
    @desk.app.step(schedule_to_start=1, initial=10)
    def work() -> int:
        if current_step().attempt == 1:
            raise OSError
        return 7

    run = desk.start(CAUGHT)
    desk.settle()
    desk.advance(10)

    assert run.result(timeout=0.001) == 7


def test_a_step_is_not_tried_again_after_its_time(desk: Desk) -> None:
    @desk.app.step(schedule_to_close=60, initial=50, maximum=50, max_attempts=9)
    def work() -> None:
        raise OSError("again")

    run = desk.start(CAUGHT)
    desk.settle()
    desk.advance(50)

    assert run.result(timeout=0.001) == ["OSError", "again"]


def test_a_step_whose_worker_is_gone_ends_in_time(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work", schedule_to_close=20)
    run = desk.start(CAUGHT)
    desk.worker.take_turn()
    assert desk.app._store.claim_step("gone", 300, ["work"]) is not None
    desk.advance(20)

    assert run.result(timeout=0.001) == [
        "TimeoutError",
        "the step has not ended, with all its attempts, within 20 s (schedule_to_close)",
    ]


def test_an_attempt_has_no_more_time_than_is_left_of_all(desk: Desk) -> None:
    released = threading.Event()
    desk.app.step(released.wait, name="work", schedule_to_close=0.02, timeout=60, max_attempts=1)

    assert desk.result(CAUGHT) == [
        "TimeoutError",
        "the step has not ended, with all its attempts, within 0.02 s (schedule_to_close)",
    ]
    released.set()


def test_a_step_that_is_not_heard_of_is_tried_by_another_at_once(desk: Desk) -> None:
    seen: list[Any] = []

    @desk.app.step(heartbeat_timeout=5, initial=100)
    def work() -> str:
        seen.append((current_step().attempt, current_step().last_heartbeat))
        return "done"

    run = desk.start(CAUGHT)
    desk.worker.take_turn()
    late = desk.app._store.claim_step("slow", 300, ["work"])
    assert late is not None
    desk.advance(4)
    assert desk.app._store.beat_step(late, b"\x03")
    desk.advance(4)
    assert seen == []
    desk.advance(1)

    assert run.result(timeout=0.001) == "done"
    assert seen == [(2, 3)]
    assert not desk.app._store.beat_step(late, b"\x04")


def test_a_step_that_is_never_heard_of_fails_after_its_last_attempt(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work", heartbeat_timeout=5, max_attempts=2)
    run = desk.start(CAUGHT)
    desk.worker.take_turn()
    for _ in range(2):
        while (claim := desk.app._store.claim_step("stuck", 300, ["work"])) is None or claim.task != "run":
            desk.worker.run_step()
        desk.clock.advance(5)
    desk.settle()

    assert run.result(timeout=0.001) == ["TimeoutError", "the step was not heard of for 5 s (heartbeat_timeout)"]
    assert [one.error.message for one in run.history().turns[0].wanted[0].tried if one.error] == [
        "the step was not heard of for 5 s (heartbeat_timeout)"
    ]


def test_the_detail_of_a_heartbeat_is_there_in_the_next_attempt(desk: Desk) -> None:
    seen: list[Any] = []

    @desk.app.step(initial=1)
    def work() -> None:
        seen.append(current_step().last_heartbeat)
        if current_step().attempt == 1:
            current_step().heartbeat({"page": 7})
            raise OSError

    run = desk.start("await steps.work()")
    desk.settle()
    desk.advance(2)

    assert seen == [None, {"page": 7}]
    assert run.status is Status.COMPLETED


def test_a_timeout_of_a_step_without_a_worker_is_due(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work", schedule_to_start=60)
    desk.start(CAUGHT)
    desk.worker.take_turn()
    desk.app._store.claim_step("gone", 300, ["work"])
    began = desk.clock.now
    desk.app.step(lambda: 1, name="work", heartbeat_timeout=7)
    desk.start(CAUGHT)
    desk.worker.take_turn()
    desk.app._store.claim_step("gone", 300, ["work"])

    assert desk.app._store.next_due() == began + 7


@pytest.mark.parametrize("option", ["schedule_to_start", "schedule_to_close", "heartbeat_timeout"])
def test_durations_that_cannot_be(app: App, option: str) -> None:
    options: Any = {option: 0}
    with pytest.raises(ValueError, match=option):
        app.step(lambda: 7, name="seven", **options)


def test_a_timeout_is_not_that_of_an_attempt_that_has_ended(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work", schedule_to_start=1, schedule_to_close=2, heartbeat_timeout=3)

    assert desk.result(CAUGHT) == 1
    desk.advance(60)
    assert desk.app._store.next_due() is None


def test_a_run_that_was_ended_is_not_told_of_a_timeout(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work", schedule_to_start=1)
    run = desk.start(CAUGHT)
    desk.worker.take_turn()
    run.terminate()
    desk.advance(60)

    with pytest.raises(JSError, match="terminated"):
        run.result(timeout=0.001)


@pytest.mark.parametrize("timeout", [1e15, float("inf")])
def test_a_timeout_may_be_longer_than_a_thread_can_wait(desk: Desk, timeout: float) -> None:
    desk.app.step(lambda: 7, name="work", timeout=timeout)

    assert desk.result(CAUGHT) == 7
