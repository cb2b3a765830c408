"""Schedules: runs that begin at moments, exactly once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from workflow_desk import START, Clock, Desk, module

from snapjs import testing
from snapjs._workflows.records import NewRun
from snapjs._workflows.store import Fenced
from snapjs._workflows.worker import Worker
from snapjs.testing import InProcessApp
from snapjs.workflows import App, Schedule, Status

HOUR = 3600.0
QUICK = module("return [input, Date.now()]")
WAITS = module("return await hook('go')")
# START is 22:13:20 on 2023-11-14.
ELEVEN = datetime(2023, 11, 14, 23, tzinfo=UTC)


def begin(worker: Worker, barrier: Barrier) -> None:
    barrier.wait()
    worker.begin_scheduled()


def keys(app: App) -> list[str | None]:
    return [run.key for run in reversed(app.list())]


def test_a_run_begins_at_the_moment(app: App, desk: Desk) -> None:
    app.schedule("hourly", "0 * * * *", QUICK, 7)
    desk.advance(ELEVEN.timestamp() - START - 0.001)
    assert app.list() == []
    desk.advance(0.001)

    [run] = app.list()
    assert run.result(timeout=0.001) == [7, ELEVEN.timestamp() * 1000]
    assert run.key == "schedule:hourly:2023-11-14T23:00:00+00:00"


def test_what_a_schedule_says_of_itself(app: App, desk: Desk) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK, timezone="Asia/Kolkata", overlap="allow")
    assert (schedule.name, schedule.cron, schedule.timezone, schedule.workflow, schedule.overlap) == (
        "hourly",
        "0 * * * *",
        "Asia/Kolkata",
        "<source>",
        "allow",
    )
    assert (schedule.next_at, schedule.last_at, schedule.skipped_at, schedule.is_paused) == (
        datetime(2023, 11, 14, 22, 30, tzinfo=UTC),
        None,
        None,
        False,
    )


def test_each_moment_has_a_run(app: App, desk: Desk) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    for _ in range(3):
        desk.advance(HOUR)
    assert keys(app) == [
        "schedule:hourly:2023-11-14T23:00:00+00:00",
        "schedule:hourly:2023-11-15T00:00:00+00:00",
        "schedule:hourly:2023-11-15T01:00:00+00:00",
    ]
    assert schedule.last_at == ELEVEN + timedelta(hours=2)
    assert schedule.next_at == ELEVEN + timedelta(hours=3)


def test_of_the_moments_that_were_missed_the_latest_is_made_up_for(app: App, desk: Desk) -> None:
    app.schedule("hourly", "0 * * * *", QUICK)
    desk.advance(1000 * HOUR)
    assert keys(app) == ["schedule:hourly:2023-12-26T14:00:00+00:00"]


def test_what_was_missed_is_made_up_for_by_a_worker_that_is_started_later(app: App, clock: Clock, desk: Desk) -> None:
    app.schedule("hourly", "0 * * * *", QUICK)
    clock.advance(1000 * HOUR)
    app.schedule("hourly", "0 * * * *", QUICK)
    desk.settle()
    assert keys(app) == ["schedule:hourly:2023-12-26T14:00:00+00:00"]


def test_while_a_run_goes_on_moments_are_skipped(app: App, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    schedule = app.schedule("hourly", "0 * * * *", WAITS)
    for _ in range(3):
        desk.advance(HOUR)
    [run] = app.list()
    assert (schedule.last_at, schedule.skipped_at) == (ELEVEN, ELEVEN + timedelta(hours=2))
    assert caplog.messages == ["The schedule hourly was skipped, since its run before goes on."] * 2

    run.deliver("go")
    desk.settle()
    desk.advance(HOUR)
    assert schedule.last_at == ELEVEN + timedelta(hours=3)


def test_runs_may_overlap(app: App, desk: Desk) -> None:
    app.schedule("hourly", "0 * * * *", WAITS, overlap="allow")
    for _ in range(3):
        desk.advance(HOUR)
    assert [run.status for run in app.list()] == [Status.RUNNING] * 3


def test_a_run_of_another_schedule_is_no_overlap(app: App, desk: Desk) -> None:
    app.schedule("a", "0 * * * *", WAITS)
    app.schedule("b", "0 * * * *", WAITS)
    desk.advance(HOUR)
    assert len(app.list()) == 2


def test_the_same_again_changes_nothing(app: App, clock: Clock) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    clock.advance(5 * HOUR)
    app.schedule("hourly", "0 * * * *", QUICK)
    assert schedule.next_at == ELEVEN


def test_another_expression_has_another_moment(app: App, clock: Clock) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    clock.advance(5 * HOUR)
    app.schedule("hourly", "30 * * * *", QUICK)
    assert schedule.next_at == datetime(2023, 11, 15, 3, 30, tzinfo=UTC)


def test_another_workflow_begins_at_the_same_moment(app: App, desk: Desk) -> None:
    app.schedule("hourly", "0 * * * *", QUICK)
    app.schedule("hourly", "0 * * * *", module("return 'new'"))
    desk.advance(HOUR)
    assert [run.result(timeout=0.001) for run in app.list()] == ["new"]


def test_a_file_is_what_it_was(app: App, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "report.js"
    file.write_text("export default () => 'old'")
    app.schedule("hourly", "0 * * * *", file)
    file.unlink()
    desk.advance(HOUR)
    assert [(run.workflow, run.result(timeout=0.001)) for run in app.list()] == [("report.js", "old")]


def test_what_is_paused_begins_nothing(app: App, desk: Desk) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    schedule.pause()
    desk.advance(5 * HOUR)
    assert (app.list(), schedule.next_at, schedule.is_paused) == ([], None, True)


def test_what_is_paused_stays_so_when_it_is_replaced(app: App, desk: Desk) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    schedule.pause()
    app.schedule("hourly", "30 * * * *", QUICK)
    assert (schedule.cron, schedule.next_at, schedule.is_paused) == ("30 * * * *", None, True)


def test_what_is_resumed_goes_on_with_the_next_moment(app: App, desk: Desk) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    schedule.pause()
    desk.advance(5 * HOUR)
    schedule.resume()
    assert (schedule.next_at, schedule.is_paused) == (ELEVEN + timedelta(hours=5), False)
    desk.settle()
    assert app.list() == []


def test_to_resume_what_is_removed_meanwhile(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    schedule.pause()
    record = schedule._record()
    schedule.remove()
    monkeypatch.setattr(schedule, "_record", lambda: record)

    with pytest.raises(KeyError, match="there is no schedule 'hourly'"):
        schedule.resume()


def test_to_resume_what_is_not_paused_skips_nothing(app: App, clock: Clock) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    clock.advance(5 * HOUR)
    schedule.resume()
    assert schedule.next_at == ELEVEN


def test_what_was_removed_is_gone(app: App, desk: Desk) -> None:
    schedule = app.schedule("hourly", "0 * * * *", WAITS)
    desk.advance(HOUR)
    schedule.remove()
    desk.advance(HOUR)
    assert (app.schedules(), [run.status for run in app.list()]) == ([], [Status.RUNNING])


@pytest.mark.parametrize("act", [Schedule.pause, Schedule.resume, Schedule.remove, Schedule.trigger, lambda s: s.cron])
def test_what_was_removed_can_do_nothing(app: App, act: Callable[[Schedule], object]) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK)
    schedule.remove()
    with pytest.raises(KeyError, match="there is no schedule 'hourly'"):
        act(schedule)


def test_a_run_can_begin_at_once(app: App, desk: Desk) -> None:
    schedule = app.schedule("hourly", "0 * * * *", QUICK, 7)
    schedule.pause()
    run = schedule.trigger()
    desk.settle()
    assert run.result(timeout=0.001) == [7, START * 1000]


def test_schedules_are_listed_by_name(app: App) -> None:
    for name in ("b", "a"):
        app.schedule(name, "0 * * * *", QUICK)
    assert [schedule.name for schedule in app.schedules()] == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("", "0 * * * *"), {}, "a schedule has a name"),
        (("a", "soon"), {}, "'soon' is no cron expression"),
        (("a", "* * */20 * 1L"), {}, "no moment within fifty years"),
        (("a", "0 * * * *"), {"timezone": "Mars"}, "there is no time zone 'Mars' here"),
        (("a", "0 * * * *"), {"overlap": "maybe"}, "overlap is 'skip' or 'allow', not 'maybe'"),
    ],
)
def test_what_is_no_schedule(store: str, arguments: tuple[str, str], options: dict[str, str], message: str) -> None:
    app = App(store, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC).timestamp())
    with pytest.raises(ValueError, match=message):
        app.schedule(*arguments, QUICK, **options)  # type: ignore[arg-type]
    assert app.schedules() == []


def test_a_schedule_that_cannot_be_followed_here_keeps_no_other_from_beginning(
    app: App, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    app.schedule("a", "0 * * * *", QUICK)
    app.schedule("b", "0 * * * *", QUICK)
    record = app._store.schedule("a")
    assert record is not None
    app._store.put_schedule(replace(record, timezone="Mars", next_at=START))
    desk.advance(HOUR)
    assert keys(app) == ["schedule:b:2023-11-14T23:00:00+00:00"]
    assert "The schedule a cannot be followed here." in caplog.messages


def test_a_moment_has_one_run_whoever_begins_it(app: App, desk: Desk, clock: Clock) -> None:
    app.schedule("hourly", "0 * * * *", QUICK, overlap="allow")
    clock.advance(HOUR)
    [due] = app._store.due_schedules()
    new = NewRun("a", due.workflow, "key", due.code, due.arguments, schedule=due.name)
    app._store.fire(due, ELEVEN.timestamp(), new, ELEVEN.timestamp() + HOUR)
    with pytest.raises(Fenced):
        app._store.fire(due, ELEVEN.timestamp(), replace(new, id="b", key="other"), ELEVEN.timestamp() + HOUR)
    assert [run.id for run in app.list()] == ["a"]


def test_many_workers_begin_one_run_of_each_moment(app: App, clock: Clock) -> None:
    app.schedule("hourly", "0 * * * *", QUICK, overlap="allow")
    workers = [app.worker() for _ in range(4)]
    for _ in range(20):
        clock.advance(HOUR)
        barrier = Barrier(4)
        threads = [Thread(target=begin, args=(worker, barrier)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(keys(app)) == 20


def test_a_worker_of_its_own_begins_what_is_due(app: App, clock: Clock) -> None:
    app.schedule("hourly", "0 * * * *", QUICK)
    clock.advance(HOUR)
    app.run_worker(until=lambda: any(run.status.is_final for run in app.list()))
    assert keys(app) == ["schedule:hourly:2023-11-14T23:00:00+00:00"]


@pytest.fixture
def test_app(app: App) -> Iterator[InProcessApp]:
    with testing.workflows(app) as test:
        yield test


def test_time_that_is_skipped_stops_at_each_moment(test_app: InProcessApp) -> None:
    test_app.schedule("nightly", "0 3 * * *", QUICK)
    test_app.advance(timedelta(days=5))
    assert [run.created_at.hour for run in test_app.list()] == [3] * 5
