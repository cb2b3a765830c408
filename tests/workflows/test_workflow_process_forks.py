"""Processes that are forked while they have a store open."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import apsw
import pytest

from snapjs._workflows.sqlite import database as sqlite_database
from snapjs._workflows.sqlite.database import Database
from snapjs._workflows.sqlite.gate import Gate

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(str(tmp_path / "file.db"), "CREATE TABLE numbers (n INTEGER) STRICT", 1)


def store(database: Database, number: int) -> None:
    def insert(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))

    database.write(insert)


def stored(database: Database) -> list[int]:
    return [n for (n,) in database.read(lambda connection: connection.execute("SELECT n FROM numbers").fetchall())]


def forked(work: Callable[[], None]) -> int:
    """The id of a process that does this, and is ended if it takes too long."""
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(20)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def ended(child: int) -> int:
    return os.waitpid(child, 0)[1]


def test_what_a_child_stores_is_there_when_its_parent_has_closed_the_file(database: Database) -> None:
    store(database, 1)
    (told, tell), (heard, say) = os.pipe(), os.pipe()

    def work() -> None:
        store(database, 2)
        os.write(tell, b".")
        os.read(heard, 1)
        store(database, 3)

    child = forked(work)
    os.read(told, 1)
    database.close_connections()
    os.write(say, b".")

    assert ended(child) == 0
    assert stored(database) == [1, 2, 3]
    for descriptor in (told, tell, heard, say):
        os.close(descriptor)


def test_a_parent_goes_on_when_it_was_forked(database: Database) -> None:
    store(database, 1)
    child = forked(lambda: None)
    store(database, 2)

    assert ended(child) == 0
    assert stored(database) == [1, 2]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_process_is_forked_while_its_threads_store_something(database: Database) -> None:
    is_over = threading.Event()

    def go_on() -> None:
        while not is_over.is_set():
            store(database, 0)

    threads = [threading.Thread(target=go_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    ends = [ended(forked(lambda: store(database, 1))) for _ in range(5)]
    is_over.set()
    for thread in threads:
        thread.join()

    assert ends == [0] * 5
    assert sum(stored(database)) == 5


def test_connections_that_a_fork_is_closing_are_not_looked_at(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_stored, are_closed, has_come = threading.Event(), threading.Event(), threading.Event()
    failures: list[Exception] = []

    class Watched(Gate):
        def inside(self) -> AbstractContextManager[None]:
            if are_closed.is_set():
                has_come.set()
            return super().inside()

    def store_twice() -> None:
        try:
            store(database, 1)
            has_stored.set()
            are_closed.wait()
            store(database, 2)
        except Exception as failure:
            failures.append(failure)
            has_come.set()

    gate = Watched()
    monkeypatch.setattr(sqlite_database, "_gate", gate)
    thread = threading.Thread(target=store_twice)
    thread.start()
    has_stored.wait()
    assert gate.shut()
    for connection in database.open_connections():
        connection.close()
    are_closed.set()
    has_come.wait()
    database.close_connections()
    gate.open()
    thread.join()

    assert failures == []
    assert stored(database) == [1, 2]


def test_who_wants_to_be_alone_waits_for_those_inside() -> None:
    gate, entered, leave = Gate(), threading.Event(), threading.Event()

    def stay() -> None:
        with gate.inside():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=stay)
    thread.start()
    entered.wait()
    threading.Timer(0.05, leave.set).start()

    assert gate.shut()
    assert leave.is_set()
    gate.open()
    thread.join()


def test_who_is_inside_cannot_be_alone() -> None:
    gate = Gate()
    with gate.inside():
        assert not gate.shut()
        with gate.inside():
            pass
    gate.open()
