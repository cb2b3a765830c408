"""Stores: schedules, and the runs of their moments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.workflows.store_suite.making import claimed
from workflow_desk import START, Clock

from snapjs._workflows.records import NewRun, Schedule, Status
from snapjs._workflows.store import Fenced, Store

DAILY = Schedule("daily", "0 0 * * *", "UTC", "main.js", "code", b"arguments", False, START + 5)


def run_of(schedule: Schedule, id: str = "run") -> NewRun:
    return NewRun(id, schedule.workflow, None, schedule.code, schedule.arguments, schedule.name)


def test_schedules_are_kept_by_their_names(store: Store) -> None:
    other = replace(DAILY, name="another", next_at=None)
    store.put_schedule(DAILY)
    store.put_schedule(other)

    assert store.schedule("daily") == DAILY
    assert store.schedule("none") is None
    assert store.schedules() == [other, DAILY]


def test_a_schedule_is_due_at_its_moment(store: Store, clock: Clock) -> None:
    store.put_schedule(DAILY)
    assert store.next_due() == START + 5
    clock.advance(4)
    assert store.due_schedules() == []
    clock.advance(1)

    assert store.due_schedules() == [DAILY]


def test_a_run_begins_at_a_moment(store: Store, clock: Clock) -> None:
    store.put_schedule(DAILY)
    clock.advance(5)
    run = store.fire(DAILY, START + 5, run_of(DAILY), START + 99)

    assert run is not None
    assert (run.id, run.schedule, claimed(store).run.id) == ("run", "daily", "run")
    assert store.schedule("daily") == replace(DAILY, next_at=START + 99, last_at=START + 5)
    assert store.due_schedules() == []


def test_a_moment_counts_once(store: Store) -> None:
    store.put_schedule(DAILY)
    store.fire(DAILY, START + 5, run_of(DAILY), START + 99)

    with pytest.raises(Fenced):
        store.fire(DAILY, START + 5, run_of(DAILY, "again"), START + 99)
    assert store.run("again") is None


def test_no_run_begins_while_an_earlier_one_goes_on(store: Store) -> None:
    store.put_schedule(DAILY)
    store.fire(DAILY, START + 5, run_of(DAILY, "a"), START + 6)
    due = store.schedule("daily")
    assert due is not None
    assert store.fire(due, START + 6, run_of(DAILY, "b"), START + 7) is None
    skipped = store.schedule("daily")
    assert skipped == replace(DAILY, next_at=START + 7, last_at=START + 5, skipped_at=START + 6)
    store.end("a", Status.CANCELLED, b"")

    assert skipped is not None
    assert store.fire(skipped, START + 7, run_of(DAILY, "c"), None) is not None


def test_a_run_that_is_paused_goes_on(store: Store) -> None:
    store.put_schedule(DAILY)
    store.fire(DAILY, START + 5, run_of(DAILY), START + 10)
    store.pause("run")
    [due] = store.schedules()

    assert store.fire(due, START + 10, run_of(DAILY, "again"), START + 15) is None


def test_runs_may_overlap(store: Store) -> None:
    due = replace(DAILY, overlaps=True)
    store.put_schedule(due)
    store.fire(due, START + 5, run_of(DAILY, "a"), START + 6)
    again = store.schedule("daily")
    assert again is not None

    assert store.fire(again, START + 6, run_of(DAILY, "b"), None) is not None


def test_a_schedule_that_is_put_again_keeps_its_moment(store: Store) -> None:
    store.put_schedule(DAILY)
    store.put_schedule(replace(DAILY, next_at=START + 50, arguments=b"new"))
    assert store.schedule("daily") == replace(DAILY, arguments=b"new")
    other = replace(DAILY, cron="1 1 * * *", next_at=START + 60)
    store.put_schedule(other)

    assert store.schedule("daily") == other


def test_a_schedule_that_is_paused_stays_so(store: Store) -> None:
    store.put_schedule(DAILY)
    assert store.move_schedule("daily", None, is_paused=True)
    assert store.next_due() is None
    store.put_schedule(replace(DAILY, cron="1 1 * * *"))

    assert store.schedule("daily") == replace(DAILY, cron="1 1 * * *", next_at=None, is_paused=True)
    assert store.move_schedule("daily", START + 9, is_paused=False)
    assert store.next_due() == START + 9
    assert not store.move_schedule("none", None, is_paused=True)


def test_a_schedule_is_removed(store: Store) -> None:
    store.put_schedule(DAILY)

    assert store.remove_schedule("daily")
    assert not store.remove_schedule("daily")
    assert (store.schedules(), store.next_due()) == ([], None)
    with pytest.raises(Fenced):
        store.fire(DAILY, START + 5, run_of(DAILY), None)


def test_what_has_no_code_is_not_kept(store: Store) -> None:
    with pytest.raises(KeyError):
        store.put_schedule(replace(DAILY, code="none"))
    with pytest.raises(KeyError):
        store.start(NewRun("run", "main.js", None, "none", b""))

    assert (store.schedules(), store.run("run")) == ([], None)
