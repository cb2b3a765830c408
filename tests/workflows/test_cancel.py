"""Ending a run from outside: asked to end, with time to undo what it has done; or ended at once."""

from __future__ import annotations

from typing import Any

import pytest
from workflow_desk import Desk

from snapjs import JSError
from snapjs._workflows.store import Fenced
from snapjs.workflows import App, Run, Status


def test_a_run_that_is_cancelled_ends_so(desk: Desk) -> None:
    run = desk.start("await sleep('30 days')")
    desk.settle()
    run.cancel("Out of stock")
    desk.settle()

    assert run.status is Status.CANCELLED
    with pytest.raises(JSError, match="AbortError: Out of stock"):
        run.result(timeout=0.001)


def test_the_signal_is_aborted_with_the_reason(desk: Desk) -> None:
    run = desk.start("""
        signal.addEventListener("abort", () => seen.push(signal.aborted, signal.reason.name, signal.reason.message));
        try { await hook("go") } catch (error) { return [...seen, error === signal.reason] }""")
    desk.settle()
    run.cancel("why")
    desk.settle()

    assert run.result(timeout=0.001) == [True, "AbortError", "why", True]


def test_what_was_done_can_be_undone(desk: Desk) -> None:
    done: list[str] = []
    desk.app.step(lambda: done.append("book"), name="book")
    desk.app.step(lambda: done.append("unbook"), name="unbook")
    run = desk.start("""
        await steps.book();
        try { await sleep("30 days") } finally { await steps.unbook(); await sleep(60) }""")
    desk.settle()
    run.cancel()
    desk.settle()
    assert (done, run.status) == (["book", "unbook"], Status.RUNNING)
    desk.advance(60)

    assert run.status is Status.CANCELLED


def test_a_run_may_return_something_instead(desk: Desk) -> None:
    run = desk.start("try { await sleep(60) } catch { return 'half' }")
    desk.settle()
    run.cancel()
    desk.settle()

    assert (run.status, run.result(timeout=0.001)) == (Status.COMPLETED, "half")


def test_an_error_of_its_own_is_a_failure(desk: Desk) -> None:
    run = desk.start("try { await sleep(60) } catch { throw new Error('cannot undo') }")
    desk.settle()
    run.cancel()
    desk.settle()

    assert run.status is Status.FAILED


def test_to_cancel_twice_is_to_cancel_once(desk: Desk) -> None:
    run = desk.start("try { await sleep(60) } finally { await sleep(10) }")
    desk.settle()
    for _ in range(2):
        run.cancel()
        desk.settle()
    assert run.status is Status.RUNNING
    desk.advance(10)

    assert run.status is Status.CANCELLED


def test_to_cancel_a_run_that_has_ended_does_nothing(desk: Desk) -> None:
    run = desk.start("return 1")
    desk.settle()
    run.cancel()
    desk.settle()

    assert run.result(timeout=0.001) == 1


def test_a_run_that_is_cancelled_before_it_begins_runs_no_step(desk: Desk) -> None:
    ran: list[int] = []
    desk.app.step(lambda: ran.append(1), name="work")
    run = desk.start("await steps.work()")
    run.cancel()
    desk.settle()

    assert (run.status, ran) == (Status.CANCELLED, [])


def test_a_run_that_is_told_to_cancel_by_a_clock_that_is_behind(desk: Desk) -> None:
    run = desk.start("await hook('go')")
    desk.clock.advance(-10)
    run.cancel()
    desk.advance(10)

    assert run.status is Status.CANCELLED


def test_a_step_that_has_not_begun_is_not_run(desk: Desk) -> None:
    ran: list[int] = []
    desk.app.step(lambda: ran.append(1), name="work")
    run = desk.start("try { await steps.work() } finally { await hook('go') }")
    desk.worker.take_turn()
    run.cancel()
    desk.settle()
    run.deliver("go")
    desk.settle()

    assert (run.status, ran) == (Status.CANCELLED, [])


def test_what_comes_of_a_step_that_runs_is_not_waited_for(desk: Desk, caplog: Any) -> None:
    runs: list[Run] = []

    @desk.app.step
    def work() -> str:
        runs[0].cancel()
        desk.worker.take_turn()
        return "done"

    runs.append(desk.start("return await steps.work()"))
    desk.settle()

    assert runs[0].status is Status.CANCELLED
    assert "ends too late" in caplog.text


def test_a_delivery_after_the_cancellation_is_for_hooks_after_it(desk: Desk) -> None:
    run = desk.start("try { await hook('go') } catch { return await hook('go') }")
    desk.settle()
    run.cancel()
    desk.settle()
    run.deliver("go", "after")
    desk.settle()

    assert run.result(timeout=0.001) == "after"


def test_a_run_that_is_terminated_ends_at_once(desk: Desk) -> None:
    run = desk.start("try { await sleep(60) } finally { await sleep(60) }")
    desk.settle()
    desk.app.terminate(run.id, "enough")

    assert run.status is Status.CANCELLED
    with pytest.raises(JSError, match="AbortError: enough"):
        run.result(timeout=0.001)
    desk.advance(3600)
    assert run.turn == 1


def test_a_turn_of_a_run_that_is_terminated_is_not_stored(desk: Desk) -> None:
    run = desk.start("return 1")
    claim = desk.app._store.claim("somebody", 30)
    assert claim is not None
    turn, session = desk.worker._turns.take(claim, claim.events)
    desk.app.terminate(run.id)

    with pytest.raises(Fenced):
        desk.worker._commit(claim, turn, session, None, is_followed=False)
    assert run.status is Status.CANCELLED


def test_to_terminate_a_run_that_has_ended_does_nothing(desk: Desk) -> None:
    run = desk.start("return 1")
    desk.settle()
    desk.app.terminate(run.id)

    assert run.result(timeout=0.001) == 1


@pytest.mark.parametrize("verb", ["cancel", "terminate"])
def test_a_run_that_there_is_not(app: App, verb: str) -> None:
    with pytest.raises(KeyError, match="there is no run 'none'"):
        getattr(app, verb)("none")
