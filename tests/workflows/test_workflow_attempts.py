"""The attempts of a step: who ran each, when, and how it went."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest
from workflow_desk import START, Desk

from snapjs.workflows import Attempt, current_step


def test_each_attempt_is_there(desk: Desk) -> None:
    @desk.app.step(initial=10, maximum=10)
    def work() -> str:
        if current_step().attempt < 3:
            raise OSError(f"no {current_step().attempt}")
        return "done"

    run = desk.start("return await steps.work()")
    for _ in range(3):
        desk.advance(10)
    [wanted] = run.history().turns[0].wanted

    assert [(one.number, str(one.error)) for one in wanted.tried] == [
        (1, "OSError: no 1"),
        (2, "OSError: no 2"),
        (3, "None"),
    ]
    assert [
        (one.started_at.timestamp() - START, one.ended_at and one.ended_at.timestamp() - START) for one in wanted.tried
    ] == [
        (10, 10),
        (20, 20),
        (30, 30),
    ]
    assert {one.worker for one in wanted.tried} == {desk.worker._name}


def test_an_attempt_that_runs(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work")
    run = desk.start("return await steps.work()")
    desk.worker.take_turn()
    assert run.history().waiting[0].tried == []
    desk.app._store.claim_step("other", 30, ["work"])

    assert run.history().waiting[0].tried == [Attempt(1, "other", datetime.fromtimestamp(START, UTC), None, None)]


def test_an_attempt_whose_worker_was_not_heard_of_again(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work")
    run = desk.start("return await steps.work()")
    desk.worker.take_turn()
    desk.app._store.claim_step("dies", 30, ["work"])
    desk.advance(30)
    [wanted] = run.history().turns[0].wanted

    assert [(one.number, one.worker, one.ended_at is None) for one in wanted.tried] == [
        (1, "dies", True),
        (2, desk.worker._name, False),
    ]


def test_a_step_that_is_followed_directly_has_its_attempt(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work")
    run = desk.start("return await steps.work()")
    desk.worker.work()

    assert [one.number for one in run.history().turns[0].wanted[0].tried] == [1]


def test_no_more_than_a_hundred_are_kept(desk: Desk) -> None:
    @desk.app.step(initial=0.001, factor=1, max_attempts=1000)
    def work() -> None:
        raise OSError

    run = desk.start("return await steps.work()")
    for _ in range(130):
        desk.advance(0.001)
    numbers = [one.number for one in run.history().waiting[0].tried]

    assert numbers == list(range(31, 131))


def test_a_step_that_succeeds_at_once_takes_no_row_more(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="work")
    desk.result("return await steps.work()")
    connection = apsw.Connection(str(Path(desk.app.store)))

    assert connection.execute("SELECT count(*) FROM attempts").get == 0
    connection.close()


@pytest.mark.parametrize("times", [1, 2])
def test_an_attempt_that_is_stored_twice_is_there_once(desk: Desk, times: int) -> None:
    desk.app.step(lambda: 1, name="work", max_attempts=2)
    run = desk.start("return await steps.work()")
    desk.worker.take_turn()
    claim = desk.app._store.claim_step("other", 30, ["work"])
    assert claim is not None
    for _ in range(times):
        desk.app._store.retry_step(claim, START + 100, b"\x93\xa1a\xa1b\xc0")

    assert [one.number for one in run.history().waiting[0].tried] == [1]
