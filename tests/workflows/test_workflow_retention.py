"""What is kept of runs, and what is removed."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import apsw
import pytest
from tests.workflows.audit import faults
from workflow_desk import Clock, Desk, module

from snapjs._workflows.sqlite import retention
from snapjs.workflows import App, Run, Status

DAY = 86_400.0
TABLES = ("runs", "inbox", "turns", "snapshots", "commands", "deliveries")


def count(app: App, table: str) -> int:
    with closing(apsw.Connection(app.store)) as connection:
        [(rows,)] = connection.execute(f"SELECT count(*) FROM {table}")
    return int(str(rows))


# ---- runs that have ended


def ended(desk: Desk, name: str = "a") -> Run:
    """A run that has ended, of a code of its own."""
    desk.app.step(lambda: 1, name="one")
    run = desk.start(f"/* {name} */ await steps.one(); return await hook('go')", key=name)
    desk.settle()
    run.deliver("go", key="1")
    desk.settle()
    return run


def test_a_run_that_ended_long_ago_is_removed_with_all_that_is_known_of_it(desk: Desk) -> None:
    run = ended(desk)
    assert run.status is Status.COMPLETED
    desk.clock.advance(30 * DAY)
    assert desk.app.clean_up(timedelta(days=29)) == 1
    assert {table: count(desk.app, table) for table in TABLES} == dict.fromkeys(TABLES, 0)


def test_a_run_that_ended_lately_is_kept(desk: Desk) -> None:
    run = ended(desk)
    desk.clock.advance(30 * DAY)
    assert (desk.app.clean_up(30 * DAY), run.status) == (0, Status.COMPLETED)


def test_a_run_that_goes_on_is_kept(desk: Desk) -> None:
    run = desk.start("await hook('go')")
    desk.advance(1000 * DAY)
    assert (desk.app.clean_up(1), run.status) == (0, Status.RUNNING)


def test_a_child_is_kept_until_its_parent_was_told_of_its_end(desk: Desk) -> None:
    parent = desk.app.start(
        "import { hook, run } from 'snapjs:workflow'; export async function child() { return await hook('go') }"
        "export default async () => await run(child)"
    )
    desk.settle()
    [child] = [run for run in desk.app.list() if run.id != parent.id]
    child.deliver("go", 7)
    desk.worker.take_turn()
    desk.clock.advance(DAY)
    assert (child.status, desk.app.clean_up(1)) == (Status.COMPLETED, 0)
    desk.settle()
    assert (parent.result(timeout=0.001), desk.app.clean_up(1)) == (7, 1)


def test_a_run_that_was_removed_is_not_there(desk: Desk) -> None:
    run = ended(desk)
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    with pytest.raises(KeyError, match="there is no run"):
        desk.app.run(run.id)


def test_its_key_is_free(desk: Desk) -> None:
    before = ended(desk)
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    assert ended(desk).id != before.id


def test_many_are_removed_in_small_parts(desk: Desk) -> None:
    for _ in range(205):
        desk.start("return 1").terminate()
    desk.clock.advance(DAY)
    assert list(desk.app._cleaned(1)) == [100, 100, 5]


def test_a_long_run_is_removed_in_small_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_MOST_TURNS", 3)
    run = desk.start("for await (const value of hook('add')) if (value === 9) return value")
    for number in range(10):
        run.deliver("add", number)
        desk.settle()
    desk.clock.advance(DAY)
    assert list(desk.app._cleaned(1)) == [0, 0, 0, 1]


def test_a_worker_removes_what_it_is_not_to_keep(store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> None:
    app = App(store, clock=clock, keep_runs=timedelta(days=1))
    ended(make_desk(app))
    clock.advance(2 * DAY)
    app.run_worker(until=lambda: app.list() == [])


def test_a_worker_keeps_runs_unless_it_is_told_otherwise(app: App, desk: Desk, clock: Clock) -> None:
    ended(desk)
    clock.advance(10_000 * DAY)
    worker = app.worker()
    worker._upkeep.clean()
    assert len(app.list()) == 1


@pytest.mark.parametrize("keep", [0, -1, timedelta(0), float("nan")])
def test_what_is_no_time_to_keep_runs_for(store: str, keep: float) -> None:
    with pytest.raises(ValueError, match="keep_runs"):
        App(store, keep_runs=keep)


def test_all_that_refers_to_a_run_goes_with_it(app: App) -> None:
    with closing(apsw.Connection(app.store)) as connection:
        kept = connection.execute(
            "SELECT tables.name FROM sqlite_schema AS tables JOIN pragma_foreign_key_list(tables.name) AS keys "
            "WHERE tables.type = 'table' AND keys.\"table\" = 'runs' AND keys.on_delete <> 'CASCADE' "
            "AND tables.name <> 'runs'"
        ).fetchall()
    assert kept == []


# ---- codes and engines


def test_a_code_goes_with_the_last_run_that_has_it(desk: Desk) -> None:
    ended(desk, "a")
    desk.start("/* b */ await hook('go')")
    assert count(desk.app, "artifacts") == 3  # two codes, and an engine
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    assert count(desk.app, "artifacts") == 2


def test_an_engine_goes_with_the_last_code(desk: Desk) -> None:
    ended(desk)
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    assert count(desk.app, "artifacts") == 0


def test_a_code_of_a_schedule_is_kept(desk: Desk) -> None:
    desk.app.schedule("yearly", "0 0 1 1 *", module("return 1"))
    desk.clock.advance(30 * DAY)
    desk.app.clean_up(1)
    assert count(desk.app, "artifacts") == 2


def test_a_code_that_was_stored_right_now_is_kept(desk: Desk) -> None:
    desk.app._codes.load(module("return 1"), ())
    desk.app.clean_up(1)
    assert count(desk.app, "artifacts") == 2


def test_what_is_stored_again_counts_as_new(desk: Desk) -> None:
    source = module("return 1")
    desk.app._codes.load(source, ())
    desk.clock.advance(DAY)
    App(f"sqlite:///{desk.app.store}", clock=desk.clock)._codes.load(source, ())
    desk.app.clean_up(1)
    assert count(desk.app, "artifacts") == 2


def test_a_run_begins_whose_code_was_removed_since_it_was_loaded(desk: Desk) -> None:
    assert desk.result("return 7") == 7
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    assert count(desk.app, "artifacts") == 0
    assert desk.result("return 7") == 7


def test_a_schedule_is_kept_whose_code_was_removed_since_it_was_loaded(desk: Desk) -> None:
    desk.app._codes.load(module("return 1"), ())
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    desk.app.schedule("yearly", "0 0 1 1 *", module("return 1"))
    assert count(desk.app, "artifacts") == 2


def test_another_process_has_the_code_of_a_run(desk: Desk, make_desk: Callable[[App], Desk]) -> None:
    ended(desk, "a")
    run = desk.start("/* b */ return 7")
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    make_desk(App(f"sqlite:///{desk.app.store}", clock=desk.clock)).settle()
    assert run.result(timeout=0.001) == 7


# ---- the file


def size(app: App) -> int:
    """Bytes of the file, when all is in it."""
    with closing(apsw.Connection(app.store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return os.path.getsize(app.store)


def test_the_file_shrinks(desk: Desk) -> None:
    run = desk.start("return input.length", "x" * 4_000_000)
    desk.settle()
    assert run.result(timeout=0.001) == 4_000_000
    before = size(desk.app)
    desk.clock.advance(DAY)
    desk.app.clean_up(1)
    assert (before > 6_000_000, size(desk.app) < 300_000) == (True, True)


# ---- the history of runs that go on

LISTENS = module("for await (const value of hook('add')) { log(value); if (value === 'end') return seen }")


@pytest.fixture
def short(store: str, clock: Clock, make_desk: Callable[[App], Desk], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk that keeps six turns of each run, and trims it every other turn."""
    monkeypatch.setattr(retention, "_TURNS_APART", 2)
    return make_desk(App(store, clock=clock, keep_history=6, keep_turns=3))


def tell(desk: Desk, run: Run, count: int, **options: str) -> None:
    for number in range(count):
        run.deliver("add", number, **options)
        desk.settle()


def test_of_a_long_run_the_latest_turns_are_kept(short: Desk) -> None:
    run = short.app.start(LISTENS)
    tell(short, run, 15)
    history = run.history()
    assert (run.turn, history.trimmed, len(history.turns)) == (16, 10, 6)
    assert [one.log for one in history.turns][-2:] == ["13\n", "14\n"]
    assert {table: count(short.app, table) for table in TABLES[1:]} == {
        "inbox": 6,
        "turns": 6,
        "snapshots": 3,
        "commands": 6,
        "deliveries": 0,
    }
    assert faults(short.app.store) == []


def test_a_short_run_has_all_its_turns(short: Desk) -> None:
    run = short.app.start(LISTENS)
    tell(short, run, 5)
    assert (run.history().trimmed, len(run.history().turns)) == (0, 6)


def test_a_run_without_turns_has_none_that_are_not_kept(short: Desk) -> None:
    assert short.app.start(LISTENS).history().trimmed == 0


def test_what_it_has_waited_for_since_long_ago_is_kept(short: Desk) -> None:
    run = short.start(
        "const first = hook('first').then(x => x); for (let n = 0; n < 15; n++) await sleep(1); return first"
    )
    for _ in range(16):
        short.advance(1)
    assert [one.name for one in run.history().waiting] == ["first"]
    run.deliver("first", 7)
    short.settle()
    assert run.result(timeout=0.001) == 7


def test_what_was_delivered_with_a_key_counts_once_all_the_same(short: Desk) -> None:
    run = short.app.start(LISTENS)
    run.deliver("add", "first", key="first")
    short.settle()
    tell(short, run, 14)
    assert run.history().trimmed == 10
    run.deliver("add", "end", key="first")
    short.settle()
    assert (run.turn, run.status) == (16, Status.RUNNING)


def test_what_was_kept_before_goes_bit_by_bit(
    store: str, clock: Clock, make_desk: Callable[[App], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = make_desk(App(store, clock=clock, keep_history=None))
    run = long.app.start(LISTENS)
    tell(long, run, 20)
    monkeypatch.setattr(retention, "_TURNS_APART", 2)
    monkeypatch.setattr(retention, "_TRIMMED", 8)
    short = make_desk(App(store, clock=clock, keep_history=6))
    trimmed = []
    for _ in range(6):
        tell(short, run, 1)
        trimmed.append(run.history().trimmed)
    assert trimmed == [8, 8, 16, 16, 20, 20]


def test_a_run_goes_on_in_another_worker(short: Desk, make_desk: Callable[[App], Desk]) -> None:
    run = short.app.start(LISTENS)
    tell(short, run, 15)
    run.deliver("add", "end")
    make_desk(short.app).settle()
    assert run.result(timeout=0.001) == []


def test_keep_history_is_a_count(store: str) -> None:
    with pytest.raises(ValueError, match="keep_history"):
        App(store, keep_history=0)


@pytest.mark.slow
def test_storage_is_flat(store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> None:
    desk = make_desk(App(store, clock=clock, keep_history=100))
    desk.app.start("export default () => new Promise(() => setInterval(() => {}, 10))")
    sizes = []
    for _ in range(3):
        for _ in range(500):
            desk.advance(0.01)
        sizes.append(size(desk.app))
    assert sizes[2] <= 1.02 * sizes[0]
