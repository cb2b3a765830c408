"""Transactions of several threads become one, and each thread has what is its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.workflows.store_suite.making import turn_of
from workflow_desk import Clock

from snapjs import StoreError, WorkflowError
from snapjs._workflows.records import Command, Kind, NewRun
from snapjs._workflows.sqlite import SQLiteStore
from snapjs._workflows.sqlite.database import Database

NAME: ContextVar[str] = ContextVar("name", default="nobody")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(str(tmp_path / "groups.db"), "CREATE TABLE t (name TEXT UNIQUE)", 1)


@pytest.fixture
def together(database: Database) -> Iterator[Callable[..., list[Future[Any]]]]:
    """A function that has functions write in one transaction, each for a thread of its own."""
    with ThreadPoolExecutor(8) as executor:

        def write(*functions: Callable[[apsw.Connection], Any]) -> list[Future[Any]]:
            begun, go_on = threading.Event(), threading.Event()

            def hold(_: apsw.Connection) -> None:
                begun.set()
                assert go_on.wait(60)

            first = executor.submit(database.write, hold)
            assert begun.wait(60)
            futures = [executor.submit(database.write, function) for function in functions]
            while len(database._groups._line) < len(functions):
                assert not first.done()
                threading.Event().wait(0.001)
            go_on.set()
            first.result()
            for future in futures:
                future.exception()
            return futures

        yield write


def insert(name: str) -> Callable[[apsw.Connection], tuple[str, int]]:
    def write(connection: apsw.Connection) -> tuple[str, int]:
        connection.execute("INSERT INTO t VALUES (?)", (name,))
        return name, threading.get_ident()

    return write


def names(database: Database) -> list[str]:
    return database.read(lambda connection: [name for (name,) in connection.execute("SELECT name FROM t ORDER BY 1")])


def test_one_thread_stores_what_all_have_brought(database: Database, together: Any) -> None:
    stored = [future.result() for future in together(insert("a"), insert("b"), insert("c"))]

    assert [name for name, _ in stored] == ["a", "b", "c"]
    assert len({thread for _, thread in stored}) == 1
    assert names(database) == ["a", "b", "c"]


def test_what_one_raises_is_its_own(database: Database, together: Any) -> None:
    def fail(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO t VALUES ('gone')")
        raise LookupError("mine")

    first, failed, last = together(insert("a"), fail, insert("b"))

    assert (first.exception(), last.exception()) == (None, None)
    assert repr(failed.exception()) == "LookupError('mine')"
    assert names(database) == ["a", "b"]


def test_what_ends_the_transaction_of_all_is_one_threads_own(database: Database, together: Any) -> None:
    def fail(connection: apsw.Connection) -> None:
        connection.execute("ROLLBACK")
        raise apsw.FullError

    first, failed, last = together(insert("a"), fail, insert("b"))

    assert (first.exception(), last.exception()) == (None, None)
    assert failed.exception().reason == "full"
    assert names(database) == ["a", "b"]


def test_what_sqlite_refuses_is_one_threads_own(database: Database, together: Any) -> None:
    first, failed = together(insert("same"), insert("same"))

    assert sorted(type(one.exception()).__name__ for one in (first, failed)) == ["ConstraintError", "NoneType"]
    assert names(database) == ["same"]


def test_a_commit_that_fails_fails_for_all(database: Database, together: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[apsw.Connection] = []

    def refuse(connection: apsw.Connection) -> None:
        connections.append(connection)
        connection.set_commit_hook(lambda: True)

    failed = together(refuse, insert("a"), insert("b"))
    for connection in connections:
        connection.set_commit_hook(None)

    assert [type(future.exception()) for future in failed] == [apsw.ConstraintError] * 3
    assert names(database) == []


def test_a_file_that_somebody_holds_is_busy_for_all(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "groups.db"), "CREATE TABLE t (name TEXT)", 1, patience=0.05)
    other = apsw.Connection(database.path)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(4) as executor:
        reasons = [future.exception() for future in [executor.submit(database.write, insert(name)) for name in "abcd"]]
    other.execute("ROLLBACK")

    assert [reason.reason for reason in reasons if isinstance(reason, StoreError)] == ["busy"] * 4
    assert names(database) == []


def test_each_runs_in_the_context_of_its_thread(database: Database, together: Any) -> None:
    with ThreadPoolExecutor(2) as executor:

        def write(name: str) -> str:
            NAME.set(name)
            return database.write(lambda connection: NAME.get())

        assert list(executor.map(write, ["a", "b"])) == ["a", "b"]


def test_a_transaction_in_a_transaction_is_refused(database: Database) -> None:
    with pytest.raises(WorkflowError, match="cannot use the app, which would wait for its transaction"):
        database.write(lambda connection: database.write(insert("inner")))

    assert names(database) == []


def test_no_thread_waits_for_ever_while_others_write(database: Database) -> None:
    counts = [0] * 4
    enough = threading.Event()

    def write(number: int) -> None:
        while not enough.is_set():
            database.write(lambda connection: None)
            counts[number] += 1
            if min(counts) >= 20:
                enough.set()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert min(counts) >= 20


def test_who_is_interrupted_leaves_the_line(database: Database, together: Any) -> None:
    def interrupted(connection: apsw.Connection) -> None:
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        database.write(interrupted)

    assert len(database._groups._line) == 0
    database.write(insert("after"))
    assert names(database) == ["after"]


def synchronous(connection: apsw.Connection) -> int:
    return connection.execute("PRAGMA synchronous").get  # type: ignore[no-any-return]


def test_what_may_be_lost_with_the_machine_is_not_waited_for(database: Database) -> None:
    normal, full = 1, 2
    assert [database.write_soon(synchronous), database.read(synchronous), database.write(synchronous)] == [
        normal,
        normal,
        full,
    ]


def test_what_is_stored_together_is_on_the_disk_if_any_of_it_has_to_be(database: Database) -> None:
    begun, go_on, found = threading.Event(), threading.Event(), []

    def hold(connection: apsw.Connection) -> None:
        begun.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(3) as executor:
        executor.submit(database.write, hold)
        assert begun.wait(60)
        for write in (database.write_soon, database.write):
            executor.submit(write, lambda connection: found.append(synchronous(connection)))
        while len(database._groups._line) < 2:
            threading.Event().wait(0.001)
        go_on.set()
    assert found == [2, 2]


def test_who_goes_on_with_a_run_reads_nothing_where_nobody_has_written(
    store: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite = SQLiteStore(store.removeprefix("sqlite:///"), clock)
    sqlite.put_artifacts({"code": b""})
    sqlite.start(NewRun("run", "main.js", None, "code", b""))
    claim = sqlite.claim("worker", 30)
    assert claim is not None
    turn = turn_of(claim, Command(1, Kind.STEP, "work", b"", None))
    assert sqlite.commit(claim, turn, 100, next_step=("worker", 30.0, ["work"])) is not None
    monkeypatch.setattr(Database, "read", lambda *_: pytest.fail("it reads"))

    found = sqlite.look("run")
    assert found is not None
    assert (found.run.turn, found.events) == (1, [])
