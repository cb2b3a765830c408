"""Deadlines: a run is told to end, may undo what it has done, and is ended if it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from workflow_desk import START, Desk

from snapjs import JSError
from snapjs.workflows import App, Run, Status

MINUTE = 60.0
LATE = "TimeoutError: The run has not ended by its deadline, 2023-11-14T22:14:20+00:00"


def error_of(run: Run) -> str:
    with pytest.raises(JSError) as caught:
        run.result(timeout=0.001)
    return str(caught.value)


def test_a_run_fails_at_its_deadline(desk: Desk) -> None:
    run = desk.start("await sleep('30 days')", deadline=60)
    desk.settle()
    desk.advance(59.999)
    assert run.status is Status.RUNNING
    desk.advance(0.001)
    assert (run.status, error_of(run)) == (Status.FAILED, LATE)


def test_the_program_is_told_why(desk: Desk) -> None:
    run = desk.start(
        """
        try { await hook("go") }
        catch (error) { return [error === signal.reason, error.name, error instanceof DOMException, signal.aborted] }""",
        deadline=60,
    )
    desk.settle()
    desk.advance(60)
    assert (run.status, run.result(timeout=0.001)) == (Status.COMPLETED, [True, "TimeoutError", True, True])


def test_what_was_done_can_be_undone(desk: Desk) -> None:
    done: list[str] = []
    desk.app.step(lambda: done.append("undo"), name="undo")
    run = desk.start("try { await sleep('30 days') } finally { await sleep(30); await steps.undo() }", deadline=60)
    desk.settle()
    desk.advance(60)
    assert (run.status, done) == (Status.RUNNING, [])
    desk.advance(30)
    assert (run.status, error_of(run), done) == (Status.FAILED, LATE, ["undo"])


def test_what_fails_to_undo_fails_so(desk: Desk) -> None:
    run = desk.start("try { await sleep('30 days') } finally { throw new RangeError('no') }", deadline=60)
    desk.settle()
    desk.advance(60)
    assert (run.status, error_of(run)) == (Status.FAILED, "RangeError: no")


def test_who_goes_on_is_ended(desk: Desk) -> None:
    run = desk.start("for (;;) { try { await sleep(100) } catch {} }", deadline=60)
    desk.settle()
    desk.advance(60)
    desk.advance(599.999)
    assert run.status is Status.RUNNING
    desk.advance(0.001)
    assert error_of(run) == "TimeoutError: The run went on for 600 s after its deadline, so it was ended."
    assert (run.status, run.history().waiting) == (Status.FAILED, [])


def test_who_waits_for_something_else_is_ended(desk: Desk) -> None:
    run = desk.start("try { await hook('a') } catch { await hook('b') }", deadline=60)
    desk.settle()
    desk.advance(60)
    assert desk.app._store.next_due() == START + 660
    desk.advance(600)
    assert run.status is Status.FAILED


def test_the_time_to_undo_begins_when_the_run_is_told(desk: Desk) -> None:
    run = desk.start("try { await hook('a') } catch { await sleep(300) }", deadline=60)
    desk.settle()
    desk.advance(30 * 86_400)
    assert run.status is Status.RUNNING
    desk.advance(300)
    assert run.status is Status.COMPLETED


def test_a_run_that_nobody_has_begun_is_told_in_its_first_turn(desk: Desk) -> None:
    run = desk.start("seen.push(1); await sleep(1)", deadline=60)
    desk.advance(60)
    assert ([one.kind for one in run.history().turns[0].told], error_of(run)) == (["begin", "deadline"], LATE)


def test_a_run_that_was_cancelled_before_is_ended_all_the_same(desk: Desk) -> None:
    run = desk.start("try { await hook('a') } catch { await hook('b') }", deadline=60)
    desk.settle()
    run.cancel()
    desk.settle()
    desk.advance(60)
    assert run.status is Status.RUNNING
    desk.advance(600)
    assert run.status is Status.FAILED


def test_a_run_that_is_cancelled_later_has_failed(desk: Desk) -> None:
    run = desk.start("try { await hook('a') } finally { await sleep(60) }", deadline=60)
    desk.settle()
    desk.advance(60)
    run.cancel()
    desk.advance(60)
    assert (run.status, error_of(run)) == (Status.FAILED, LATE)


def test_a_run_that_has_ended_in_time_is_told_nothing(desk: Desk) -> None:
    run = desk.start("return 7", deadline=60)
    desk.settle()
    desk.advance(3600)
    assert (run.status, run.result(timeout=0.001), run.turn) == (Status.COMPLETED, 7, 1)


def test_a_step_that_runs_at_the_deadline_is_not_waited_for(desk: Desk) -> None:
    desk.app.step(lambda: desk.clock.advance(60), name="slow")
    run = desk.start("try { await steps.slow() } catch (error) { return error.name }", deadline=60)
    desk.worker.take_turn()
    desk.worker.run_step()
    desk.settle()
    assert run.status is Status.COMPLETED


def test_the_deadline_is_told_once(desk: Desk) -> None:
    run = desk.start("try { await sleep(9999) } catch {} for (let n = 0; n < 3; n++) await sleep(1)", deadline=60)
    desk.settle()
    desk.advance(60)
    for _ in range(3):
        desk.advance(1)
    told = [one.kind for turn in run.history().turns for one in turn.told]
    assert (run.status, told) == (Status.COMPLETED, ["begin", "deadline", "timer", "timer", "timer"])


def test_it_is_told_by_whichever_worker_comes_first(desk: Desk, store: str) -> None:
    run = desk.start("await sleep('30 days')", deadline=60)
    desk.settle()
    desk.clock.advance(60)
    other = App(store, clock=desk.clock).worker()
    assert other.take_turn()
    other.close()
    assert run.status is Status.FAILED


@pytest.mark.parametrize(
    ("deadline", "moment"),
    [
        (90, datetime(2023, 11, 14, 22, 14, 50, tzinfo=UTC)),
        (timedelta(days=1), datetime(2023, 11, 15, 22, 13, 20, tzinfo=UTC)),
        (datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)),
    ],
)
def test_deadlines_are_durations_and_moments(desk: Desk, deadline: object, moment: datetime) -> None:
    assert desk.start("", deadline=deadline).deadline == moment


def test_there_need_not_be_one(desk: Desk) -> None:
    assert desk.start("").deadline is None


@pytest.mark.parametrize(
    ("deadline", "kind"),
    [
        (0, ValueError),
        (-1, ValueError),
        (timedelta(0), ValueError),
        (datetime(2030, 1, 1), ValueError),
        (1e12, ValueError),
        (float("inf"), ValueError),
        ("1", TypeError),
    ],
)
def test_what_is_no_deadline(desk: Desk, deadline: object, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="deadline"):
        desk.start("", deadline=deadline)
    assert desk.app.list() == []
