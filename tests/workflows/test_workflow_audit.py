"""What a store says of itself: what should not be, and what is there."""

from __future__ import annotations

from contextlib import closing

import apsw
import pytest
from workflow_desk import START, Desk

from snapjs._workflows.stored import Fault, Lease
from snapjs.workflows import Run, Status


@pytest.fixture
def run(desk: Desk) -> Run:
    """One that waits for a hook and a timer, and has called a step."""
    desk.app.step(lambda: 1, name="one")
    run = desk.start("await steps.one(); sleep('30 days'); await hook('go')", key="a")
    desk.settle()
    return run


def change(desk: Desk, statement: str, *values: str) -> None:
    """Write to the store what nobody writes."""
    with closing(apsw.Connection(desk.app.store)) as connection:
        connection.execute(statement, values)


def found(desk: Desk) -> list[tuple[str, str]]:
    return [(fault.what, fault.where) for fault in desk.app._store.faults()]


def test_a_store_in_which_all_is_well(desk: Desk, run: Run) -> None:
    desk.start("await hook('go')")
    desk.start("return 1").terminate()
    desk.start("await steps.one(); await hook('go')").pause()
    desk.app.schedule("hourly", "0 * * * *", "export default () => 1")
    assert found(desk) == []


def test_a_run_that_was_cancelled_and_goes_on_is_well(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="never")
    run = desk.start("try { await steps.never() } catch { await hook('go') }")
    desk.worker.take_turn()
    run.cancel()
    desk.worker.take_turn()
    assert (run.status, found(desk)) == (Status.RUNNING, [])


def test_a_run_past_its_deadline_is_well(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="never")
    run = desk.start("try { await steps.never() } catch { await hook('go') }", deadline=60)
    desk.worker.take_turn()
    desk.clock.advance(60)
    desk.worker.take_turn()
    assert (run.status, found(desk)) == (Status.RUNNING, [])


BROKEN = {
    "DELETE FROM turns WHERE turn = 2": "a turn is missing, or there is one too many",
    "UPDATE runs SET turn = 3": "a turn is missing, or there is one too many",
    "DELETE FROM turns WHERE turn = 1; DELETE FROM snapshots": (
        "the state of a run that goes on is lost, and so are the turns from which it could be made again"
    ),
    "UPDATE runs SET wake_at = NULL": "a run sleeps although it has a timer or a deadline",
    "UPDATE runs SET finished_at = 1, status = 'failed'": "a run that has ended wants something",
}


@pytest.mark.parametrize(("statement", "fault"), BROKEN.items())
def test_a_run_that_is_not_as_it_should_be(desk: Desk, run: Run, statement: str, fault: str) -> None:
    change(desk, statement)
    assert (fault, run.id) in found(desk)


def test_a_run_that_was_not_woken(desk: Desk) -> None:
    run = desk.start("await hook('go')")
    desk.settle()
    run.deliver("go")
    change(desk, "UPDATE runs SET wake_at = NULL")
    assert found(desk) == [("a run sleeps although it was told something that it waits for", run.id)]


def test_a_run_that_was_told_what_it_does_not_wait_for_sleeps_well(desk: Desk) -> None:
    run = desk.start("await hook('go')")
    desk.settle()
    run.deliver("stop")
    assert found(desk) == []


def test_a_step_without_an_answer(desk: Desk, run: Run) -> None:
    change(desk, "DELETE FROM inbox WHERE kind = 'answer'")
    [(what, where)] = found(desk)
    assert (what, where.partition("/")[0]) == ("a step of a run that waits for it is done without an answer", run.id)


def test_a_step_with_two_answers(desk: Desk, run: Run) -> None:
    change(
        desk,
        "INSERT INTO inbox (run, kind, target, payload, at, turn) "
        "SELECT run, kind, target, payload, at, turn FROM inbox WHERE kind = 'answer'",
    )
    assert [what for what, _ in found(desk)] == ["a step was answered more than once"]


def test_an_engine_that_is_not_there(desk: Desk, run: Run) -> None:
    change(desk, "DELETE FROM artifacts WHERE engine IS NULL")
    code = desk.app._store.survey().codes[0]
    assert found(desk) == [("the engine of a code is not there", code)]


def test_rows_of_a_run_that_is_not_there(desk: Desk, run: Run) -> None:
    change(desk, "PRAGMA foreign_keys = off; DELETE FROM runs")
    assert ("something refers to what is not there", "turns → runs") in found(desk)


def test_of_many_faults_some_are_named(desk: Desk) -> None:
    for _ in range(20):
        desk.start("await hook('go')")
    change(desk, "UPDATE runs SET turn = 1")
    assert len([what for what, _ in found(desk) if what.startswith("a turn is missing")]) == 10


def test_a_fault_says_what_to_do(desk: Desk, run: Run) -> None:
    change(desk, "DELETE FROM artifacts WHERE engine IS NULL")
    code = desk.app._store.survey().codes[0]
    assert desk.app._store.faults() == [
        Fault("the engine of a code is not there", code, "put back a copy of the file, or begin its runs again")
    ]


def test_a_state_that_can_be_made_again_is_no_fault(desk: Desk, run: Run) -> None:
    change(desk, "DELETE FROM snapshots")
    assert found(desk) == []


def test_a_survey(desk: Desk, run: Run) -> None:
    desk.start("await hook('go')").terminate()
    desk.start("/* a */ await steps.one(); await hook('go')")
    desk.worker.take_turn()
    survey = desk.app._store.survey()
    assert survey.runs == {Status.CANCELLED: 1, Status.RUNNING: 2}
    assert (survey.steps, len(survey.codes), survey.leases, survey.stuck) == ({"one": 1}, 2, [], [])
    assert survey.due_at == START
    assert set(survey.sizes) >= {"artifacts", "runs", "inbox", "turns", "snapshots", "commands", "schedules"}
    assert next(iter(survey.sizes)) == "artifacts"


def test_an_empty_store(desk: Desk) -> None:
    survey = desk.app._store.survey()
    assert (survey.runs, survey.steps, survey.codes, survey.leases, survey.due_at) == ({}, {}, [], [], None)


def test_leases_by_worker(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="one")
    desk.start("await steps.one()")
    desk.worker.take_turn()
    desk.start("return 1")
    desk.app._store.claim_step("ann", 30, ["one"])
    desk.clock.advance(5)
    desk.app._store.claim("ann", 30)
    assert desk.app._store.survey().leases == [Lease("ann", 1, 1, START + 30)]


def test_a_run_that_waits_for_nothing(desk: Desk) -> None:
    run = desk.start("await new Promise(() => {})")
    desk.settle()
    assert (desk.app._store.survey().stuck, found(desk)) == ([run.id], [])


def test_a_run_that_has_a_timer_of_its_own_waits_for_that(desk: Desk) -> None:
    desk.start("await new Promise(resolve => setTimeout(resolve, 1000))")
    desk.settle()
    assert desk.app._store.survey().stuck == []
