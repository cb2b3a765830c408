"""Files that cannot be used, and what becomes of the runs in them."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from tests.workflows.audit import faults
from workflow_desk import Clock, Desk, module

from snapjs import StoreError
from snapjs._workflows.sqlite import turns
from snapjs._workflows.sqlite.database import Database
from snapjs.workflows import App, Run, Status


def reason(use: Callable[[], object]) -> str:
    """Why the file cannot be used."""
    with pytest.raises(StoreError) as caught:
        use()
    assert caught.value.file in str(caught.value)
    return caught.value.reason


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert reason(lambda: App(f"sqlite:///{tmp_path}/none/runs.db")) == "missing"


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    assert reason(lambda: App(f"sqlite:///{tmp_path}")) == "missing"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    file.write_bytes(b"something else" * 1000)

    assert reason(lambda: App(f"sqlite:///{file}")) == "foreign"
    assert file.read_bytes() == b"something else" * 1000


def test_a_database_of_something_else(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    with apsw.Connection(str(file)) as connection:
        connection.execute("CREATE TABLE users (name TEXT)")

    assert reason(lambda: App(f"sqlite:///{file}")) == "foreign"


def test_a_file_of_a_later_version(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    App(f"sqlite:///{file}")
    with apsw.Connection(str(file)) as connection:
        connection.pragma("user_version", 1000)

    assert reason(lambda: App(f"sqlite:///{file}")) == "newer"


def test_a_file_that_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    App(f"sqlite:///{file}").start("export default () => 1")
    with apsw.Connection(str(file)) as connection:
        connection.pragma("wal_checkpoint(truncate)")
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)

    assert reason(lambda: App(f"sqlite:///{file}").list()) == "damaged"


def test_a_file_that_somebody_holds(tmp_path: Path) -> None:
    file = str(tmp_path / "runs.db")
    database = Database(file, "CREATE TABLE t (n INTEGER)", 1, patience=0.01)
    other = apsw.Connection(file)
    other.execute("BEGIN IMMEDIATE")

    def write() -> None:
        database.write(lambda connection: None)

    assert reason(write) == "busy"
    other.execute("ROLLBACK")
    write()


def test_a_disk_that_is_full(desk: Desk) -> None:
    run = desk.start("seen.push(await hook('go')); await hook('go'); return seen")
    desk.settle()
    connection = desk.app._store._database._connection()
    connection.pragma("max_page_count", connection.pragma("page_count"))

    assert reason(lambda: [run.deliver("go", "x" * 100_000) for _ in range(10)]) == "full"
    connection.pragma("max_page_count", 1 << 30)
    before = len(list(connection.execute("SELECT 1 FROM inbox WHERE kind = 'hook'")))
    run.deliver("go", "later")
    run.deliver("go", "last")
    desk.settle()

    assert before == 0
    assert run.result(timeout=0.001) == ["later"]


@pytest.mark.slow
def test_a_quota_that_is_used_up_while_a_worker_runs(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'runs.db'}"
    app = App(store)
    app.step(lambda n: "x" * 50_000, name="work")
    run = app.start(module("for (let n = 0; n < 40; n++) seen.push((await steps.work(n)).length); return seen.length"))
    program = (
        "import logging, resource, signal, sys\nfrom snapjs.workflows import App\n"
        "from snapjs._workflows import worker\nworker._RETRY = 0.01\n"
        f"app = App({store!r}, lease=0.5)\napp.step(lambda n: 'x' * 50_000, name='work')\n"
        "failed = []\n"
        "logging.getLogger('snapjs.workflows').addFilter(lambda record: failed.append(record.exc_info[1].reason) or False)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))\n"
        "app.run_worker(threads=2, until=lambda: len(failed) > 3)\n"
        "print(sorted(set(failed)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout in ("['broken']\n", "['full']\n", "['broken', 'full']\n"), done.stderr
    assert run.status is Status.RUNNING
    later = App(store, clock=lambda: Clock().now + 1e9)
    later.step(lambda n: "x" * 50_000, name="work")
    later.run_worker(until=lambda: run.status.is_final)

    assert run.result(timeout=0.001) == 40
    assert faults(store) == []


@pytest.mark.slow
def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    App(f"sqlite:///{file}")
    program = (
        "import os, sys\nfrom snapjs import StoreError\nfrom snapjs.workflows import App\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        f"try: App('sqlite:///{file}')\nexcept StoreError as error: print(error.reason)\n"
    )
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    file.chmod(0o444)
    tmp_path.chmod(0o555)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)

    assert done.stdout == "read-only\n", done.stderr


def test_a_failure_in_a_transaction_stores_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = desk.start("return 1")

    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(turns, "_set_alarm", fail)
    monkeypatch.setattr(turns, "finish", fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        desk.worker.take_turn()
    monkeypatch.undo()
    desk.advance(30)

    assert (run.result(timeout=0.001), run.turn) == (1, 1)


def test_each_thread_has_a_connection_that_ends_with_it(app: App) -> None:
    counts = []

    def look() -> None:
        app.list()
        counts.append(len(app._store._database.open_connections()))

    for _ in range(3):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    assert counts == [2, 2, 2]
    assert len(app._store._database.open_connections()) == 1


def test_a_process_that_is_forked_has_connections_of_its_own(app: App) -> None:
    run = app.start("import { hook } from 'snapjs:workflow'; export default async () => await hook('go')")

    def child() -> None:
        run.deliver("go", "from the child")
        worker = app.worker()
        while worker.take_turn():
            pass
        worker.close()

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()

    assert process.exitcode == 0
    assert run.result(timeout=0.001) == "from the child"
    assert faults(app._store.path) == []


def _start_many(store: str, number: int, barrier: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    app = App(store)
    app.step(lambda n: n + 1, name="next")
    for count in range(10):
        app.start(module("return await steps.next(await steps.next(input))"), count, key=f"{number}:{count}")
    app.run_worker(threads=1, until=lambda: not app.list(status="running"))


@pytest.mark.slow
def test_eight_processes_make_and_use_a_file_at_once(store: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(8)
    processes = [context.Process(target=_start_many, args=(store, number, barrier)) for number in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    app = App(store)

    assert [process.exitcode for process in processes] == [0] * 8
    assert sorted(Run(app, run.id).result(timeout=0.001) for run in app.list()) == sorted(list(range(2, 12)) * 8)
    assert faults(store) == []
