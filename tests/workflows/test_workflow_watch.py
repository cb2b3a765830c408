"""Workers that have nothing to do hear of what others store, and of what becomes due."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import apsw
import pytest
from workflow_desk import Desk, module

from snapjs._workflows import watch, worker
from snapjs.workflows import App


@pytest.fixture
def idle(store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """An app with a worker that has nothing to do and does not look by itself."""
    monkeypatch.setattr(watch, "_LONGEST", 600.0)
    monkeypatch.setattr(worker, "_LONGEST_SLEEP", 600.0)
    app = App(store)
    app.step(lambda: 5, name="next")
    one = app.worker()
    thread = threading.Thread(target=one.run, args=(2,))
    thread.start()
    yield app
    one.stop()
    thread.join()


SOURCE = module("return [await steps.next(), await hook('go'), await sleep(0.01)]")


def test_a_run_that_another_process_starts_is_taken_at_once(idle: App, store: str) -> None:
    other = App(store)
    other.step(lambda: 5, name="next")
    run = other.start(SOURCE)
    other.deliver(run.id, "go", 1)

    assert run.result(timeout=60) == [5, 1, None]


def test_several_runs_that_begin_at_once_are_all_taken(idle: App) -> None:
    runs = [idle.start(SOURCE) for _ in range(4)]
    for run in runs:
        run.deliver("go", 1)

    assert [run.result(timeout=60) for run in runs] == [[5, 1, None]] * 4


@pytest.fixture
def _looks_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks by himself whether something was stored."""
    monkeypatch.setattr("snapjs._workflows.sqlite.database._TICK", 600.0)
    monkeypatch.setattr("snapjs.workflows.app._LONGEST_WAIT", 600.0)


@pytest.mark.usefixtures("_looks_seldom")
def test_who_waits_in_the_process_of_the_worker_hears_at_once_that_a_run_has_ended(idle: App) -> None:
    assert idle.start(module("return [await steps.next(), await sleep(0.01)]")).result(timeout=60) == [5, None]


@pytest.mark.usefixtures("_looks_seldom")
def test_who_follows_a_stream_in_the_process_of_the_worker_hears_at_once_of_more(idle: App) -> None:
    source = "import { stream } from 'snapjs:workflow';" + module(
        "const out = stream('out'); for (let n = 0; n < 3; n++) { await out.write(n); await steps.next(); await sleep(0.01) }"
    )
    assert list(idle.start(source).stream("out")) == [0, 1, 2]


def test_a_worker_that_is_told_to_stop_does_not_wait_for_work(idle: App) -> None:
    one = idle.worker()
    thread = threading.Thread(target=one.run, args=(2,))
    thread.start()
    one.stop()
    thread.join(60)

    assert not thread.is_alive()


def test_a_thread_that_watches_goes_on_after_an_error_of_any_kind(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(store)
    one = app.worker()
    monkeypatch.setattr(watch, "_LONGEST", 0.001)
    await_change, failures = app._store.await_change, [RuntimeError("odd")]

    def fail_first(seen: int | None, seconds: float) -> int:
        if failures:
            raise failures.pop()
        one.stop()
        return await_change(seen, seconds)

    monkeypatch.setattr(app._store, "await_change", fail_first)
    one.run(1)

    assert caplog.text.count("could not look for something to do") == 1


def test_leases_are_renewed_after_an_error_of_any_kind(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = App(store).worker()
    monkeypatch.setattr(worker, "_GLANCE", 0.001)
    failures = [RuntimeError("odd")]

    def fail_first() -> None:
        if failures:
            raise failures.pop()
        one.stop()

    monkeypatch.setattr(one._runner, "cancel_lost", fail_first)
    one.run(1)

    assert caplog.text.count("could not say that it is still there") == 1


def test_a_worker_for_which_there_are_not_enough_threads_ends_those_that_it_has(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, started = threading.Thread.start, list[threading.Thread]()

    def refuse_the_fourth(thread: threading.Thread) -> None:
        if len(started) == 3:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    one = App(store).worker()
    monkeypatch.setattr(threading.Thread, "start", refuse_the_fourth)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        one.run(5)

    assert [thread.is_alive() for thread in started] == [False, False, False]


def test_when_something_is_due_is_found_without_looking_at_all_runs(desk: Desk, store: str) -> None:
    desk.start("await sleep(60)")
    desk.settle()
    with apsw.Connection(store.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 10000) "
            "INSERT INTO runs (id, workflow, status, code, created_at, wake_at, root) "
            "SELECT n, '', 'running', code, 0, wake_at + 1, n FROM runs, numbers"
        )
        seen: list[int] = []
        desk.app._store._database._connection().set_progress_handler(lambda: bool(seen.append(1)), 1000)  # type: ignore[attr-defined]

    assert desk.app._store.next_due() == desk.clock.now + 60
    assert len(seen) < 3  # thousands of instructions
