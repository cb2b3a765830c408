"""Several workers on one store: who may do what, and for how long."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import apsw
import pytest
from tests.workflows.audit import faults
from workflow_desk import Clock, Desk, module

from snapjs import JSError, StoreError
from snapjs._workflows.records import Event, EventKind, Outcome
from snapjs._workflows.store import Fenced
from snapjs.workflows import App, Status, current_step

Make = Callable[[App], Desk]


def test_a_run_is_claimed_by_one(desk: Desk) -> None:
    desk.start("return 1")

    assert desk.app._store.claim("a", 30) is not None
    assert desk.app._store.claim("b", 30) is None


def test_a_turn_is_taken_over_when_the_lease_has_run_out(desk: Desk) -> None:
    run = desk.start("return 1")
    late = desk.app._store.claim("a", 30)
    assert late is not None
    turn, session = desk.worker._turns.take(late, late.events)
    desk.advance(29)
    assert run.status is Status.RUNNING
    desk.advance(1)
    assert run.result(timeout=0.001) == 1

    with pytest.raises(Fenced):
        desk.worker._commit(late, turn, session, None, is_followed=False)
    assert faults(desk.app._store.path) == []


def test_a_step_is_taken_over_when_the_lease_has_run_out(desk: Desk) -> None:
    attempts: list[int] = []
    desk.app.step(lambda: attempts.append(current_step().attempt), name="work")
    desk.start("await steps.work()")
    desk.worker.take_turn()
    late = desk.app._store.claim_step("a", 30, ["work"])
    assert late is not None
    desk.advance(29)
    assert attempts == []
    desk.advance(1)
    assert attempts == [2]

    with pytest.raises(Fenced):
        desk.app._store.finish_step(Outcome(late, Event(0, EventKind.ANSWER, str(late.call), b"\xc0", 0.0)))
    with pytest.raises(Fenced):
        desk.app._store.retry_step(late, 0.0, b"")


def test_the_lease_of_a_run_that_is_renewed_does_not_run_out(desk: Desk) -> None:
    desk.start("return 1")
    store = desk.app._store
    claim = store.claim("a", 30)
    assert claim is not None
    desk.clock.advance(29)
    store.renew(30, [claim], [])
    desk.clock.advance(29)

    assert store.claim("b", 30) is None


def test_the_lease_of_a_step_that_is_renewed_does_not_run_out(desk: Desk) -> None:
    desk.app.step(lambda: None, name="work")
    desk.start("await steps.work()")
    store = desk.app._store
    desk.worker.take_turn()
    step = store.claim_step("a", 30, ["work"])
    assert step is not None
    desk.clock.advance(29)
    store.renew(30, [], [step])
    desk.clock.advance(29)

    assert store.claim_step("b", 30, ["work"]) is None


def test_a_lease_that_was_lost_is_not_renewed(desk: Desk) -> None:
    run = desk.start("await hook('go')")
    store = desk.app._store
    late = store.claim("a", 30)
    assert late is not None
    desk.advance(30)
    store.renew(30, [late], [])
    run.deliver("go")
    desk.settle()

    assert run.status is Status.COMPLETED


def test_two_apps_share_a_file(store: str, clock: Clock, make_desk: Make) -> None:
    first, second = make_desk(App(store, clock=clock)), make_desk(App(store, clock=clock))
    for app in (first.app, second.app):
        app.step(lambda n: n + 1, name="next")
    run = first.start("let n = 0; while (n < 3) n = await steps.next(n); return n")
    while first.worker.take_turn() or second.worker.run_step() or second.worker.take_turn() or first.worker.run_step():
        pass

    assert run.result(timeout=0.001) == 3


def test_a_step_that_kills_its_worker_is_given_up(desk: Desk) -> None:
    desk.app.step(lambda: None, name="work")
    run = desk.start("await steps.work()")
    desk.worker.take_turn()
    for _ in range(10):
        assert desk.app._store.claim_step("dies", 30, ["work"]) is not None
        desk.clock.advance(30)
    assert desk.app._store.claim_step("dies", 30, ["work"]) is not None
    desk.advance(30)

    with pytest.raises(JSError, match=r"WorkerDied: 10 workers in a row died in the step"):
        run.result(timeout=0.001)


def test_a_turn_that_kills_its_worker_is_given_up(desk: Desk) -> None:
    run = desk.start("return 1")
    for _ in range(11):
        assert desk.app._store.claim("dies", 30) is not None
        desk.clock.advance(30)
    desk.settle()

    with pytest.raises(JSError, match=r"WorkflowError: 10 workers in a row died while they went on with the run"):
        run.result(timeout=0.001)


def test_runs_take_turns(desk: Desk) -> None:
    order: list[int] = []
    desk.app.step(order.append, name="note")
    for number in range(3):
        desk.start("await steps.note(input); await steps.note(input)", number)
        desk.clock.advance(1)
    while desk.worker.take_turn() or desk.worker.run_step():
        desk.clock.advance(1)

    assert order == [0, 1, 2, 0, 1, 2]


def test_a_run_that_always_has_something_to_do_does_not_keep_steps_from_running(desk: Desk) -> None:
    desk.app.step(lambda: "done", name="work")
    desk.start("setInterval(() => 1, 1); await hook('go')")
    run = desk.start("return await Promise.all([steps.work(), steps.work()])")
    for _ in range(10):
        desk.clock.advance(1)
        desk.worker.work()

    assert run.status is Status.COMPLETED


def test_a_worker_goes_on_with_a_run_without_giving_it_back(desk: Desk) -> None:
    desk.app.step(lambda n: n + 1, name="next")
    run = desk.start("let n = 0; while (n < 3) n = await steps.next(n); return n")

    assert desk.worker.work()
    assert run.result(timeout=0.001) == 3
    assert faults(desk.app._store.path) == []


def test_what_was_delivered_meanwhile_is_told_with_the_outcome(desk: Desk) -> None:
    @desk.app.step
    def work() -> str:
        desk.app.deliver(current_step().run, "note", "delivered")
        return "worked"

    run = desk.start("return await Promise.all([hook('note'), steps.work()])")
    assert desk.worker.work()

    assert run.result(timeout=0.001) == ["delivered", "worked"]
    assert run.turn == 2


def test_an_outcome_is_stored_by_itself_where_somebody_else_goes_on_with_the_run(desk: Desk) -> None:
    @desk.app.step
    def work() -> str:
        desk.app.deliver(current_step().run, "note")
        assert desk.app._store.claim("somebody", 30) is not None
        return "worked"

    run = desk.start("hook('note').then(() => 1); return await steps.work()")
    assert desk.worker.work()
    assert run.status is Status.RUNNING
    desk.advance(30)

    assert run.result(timeout=0.001) == "worked"


def test_a_run_that_cannot_be_restored_here_is_left_to_others(desk: Desk) -> None:
    run = desk.start("return await hook('go')")
    desk.settle()
    run.deliver("go", 1)
    fresh = App(f"sqlite:///{desk.app._store.path}", clock=desk.clock, memory_limit=1)
    worker = fresh.worker()
    with pytest.raises(Exception, match="memory"):
        worker.take_turn()
    assert not worker.take_turn()
    desk.advance(30)

    assert run.result(timeout=0.001) == 1


def test_a_worker_reports_what_goes_wrong_and_goes_on(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(store)
    app.step(lambda: 1, name="one")
    run = app.start(module("return await steps.one()"))
    monkeypatch.setattr("snapjs._workflows.worker._RETRY", 0.01)
    failures = 3
    commit = app._store.commit

    def fail_first(*arguments: object, **options: object) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreError(app._store.path, "full")
        return commit(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(app._store, "commit", fail_first)
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    assert run.result(timeout=0.001) == 1
    assert caplog.text.count("could not store what it has done") == 3


def test_a_thread_that_fails_is_not_lost(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(store)
    run = app.start(module("return 1"))
    monkeypatch.setattr("snapjs._workflows.worker._RETRY", 0.01)
    claim, failures = app._store.claim, [RuntimeError("odd"), StoreError("f", "busy")] * 2

    def fail_first(*arguments: object, **options: object) -> object:
        if failures:
            raise failures.pop()
        return claim(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(app._store, "claim", fail_first)
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    assert run.result(timeout=0.001) == 1
    assert caplog.text.count("could not go on") == 4


def test_turns_are_taken_while_all_threads_run_steps(store: str) -> None:
    app = App(store)
    released = threading.Event()
    app.step(lambda: released.wait(30), name="wait")
    blocking = app.start(module("return await steps.wait()"))
    other = app.start(module("await hook('go'); return 'went'"))
    app.deliver(other.id, "go")
    app.run_worker(threads=1, until=lambda: other.status.is_final and not released.set())

    assert other.result(timeout=0.001) == "went"
    assert blocking.status is Status.COMPLETED or blocking.turn == 1


def stop_outside_the_store(process: subprocess.Popen[bytes], file: Path) -> None:
    """Stop it where it holds no lock of SQLite's, for which everybody would wait."""
    while True:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        with suppress(apsw.BusyError), closing(apsw.Connection(str(file))) as connection:
            connection.set_busy_timeout(200)
            connection.execute("BEGIN IMMEDIATE")
            return
        process.send_signal(signal.SIGCONT)


@pytest.mark.slow
def test_a_worker_that_was_stopped_for_too_long_is_fenced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store, note, end = f"sqlite:///{tmp_path / 'runs.db'}", tmp_path / "note", tmp_path / "end"
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom snapjs.workflows import App, current_step\n"
        f"app = App({store!r}, lease=0.5)\n"
        "@app.step\ndef work():\n"
        f"    Path({str(note)!r}).write_text(str(current_step().attempt))\n"
        f"    while not Path({str(end)!r}).exists(): time.sleep(0.01)\n"
        "    return 'zombie'\n"
        "app.run_worker(threads=1)\n"
    )
    app = App(store, lease=0.5)
    app.step(lambda: "second", name="work")
    run = app.start(module("seen.push(await steps.work()); await hook('go'); return seen"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE) as zombie:
        try:
            deadline = time.monotonic() + 30
            while not note.exists():
                assert time.monotonic() < deadline
            stop_outside_the_store(zombie, tmp_path / "runs.db")
            app.run_worker(threads=1, until=lambda: run.query("seen.length") == 1)
            end.touch()
            zombie.send_signal(signal.SIGCONT)
            assert zombie.stderr is not None
            line = zombie.stderr.readline().decode()
        finally:
            zombie.kill()
    run.deliver("go")
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    assert "Attempt 1 of step work" in line
    assert "ends too late" in line
    assert run.result(timeout=0.001) == ["second"]
    assert faults(store) == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 8])
def test_workers_that_race_for_one_run_take_each_turn_once(store: str, count: int) -> None:
    app = App(store)
    run = app.start(module("for await (const n of hook('add')) { seen.push(n); if (n === 299) return seen }"))
    start = threading.Barrier(count + 1)

    def race() -> None:
        worker = App(store).worker()
        start.wait()
        while not run.status.is_final:
            worker.work()
        worker.close()

    threads = [threading.Thread(target=race) for _ in range(count)]
    for thread in threads:
        thread.start()
    start.wait()
    for number in range(300):
        run.deliver("add", number)
    for thread in threads:
        thread.join()

    assert run.result(timeout=0.001) == list(range(300))
    assert faults(store) == []


def test_the_log_is_silent_when_all_is_well(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.app.step(lambda: 1, name="one")
    desk.result("return await steps.one()")

    assert caplog.records == []
