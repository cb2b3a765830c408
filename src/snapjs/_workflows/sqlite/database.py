"""A file of SQLite that several threads and processes use: connections, transactions, and what goes wrong with them.

By apsw, which brings a SQLite of its own: those of many systems have a bug that corrupts a file in write-ahead mode
that several processes write to (https://sqlite.org/wal.html, "The WAL-Reset Bug").
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from random import uniform
from time import monotonic, sleep
from typing import Concatenate, Final, ParamSpec, TypeVar
from weakref import WeakSet

import apsw

from ..._threads import RLock
from ...errors import StoreError, WorkflowError
from .gate import Gate
from .groups import Groups

_P = ParamSpec("_P")
_T = TypeVar("_T")

_APPLICATION: Final = 0x736E6A73
"""marks the file as ours: https://sqlite.org/pragma.html#pragma_application_id"""
_REASONS: Final[tuple[tuple[type[apsw.Error], str], ...]] = (
    (apsw.BusyError, "busy"),
    (apsw.LockedError, "busy"),
    (apsw.ProtocolError, "busy"),
    (apsw.FullError, "full"),
    (apsw.ReadOnlyError, "read-only"),
    (apsw.PermissionsError, "read-only"),
    (apsw.CantOpenError, "missing"),
    (apsw.NotADBError, "foreign"),
    (apsw.CorruptError, "damaged"),
    (apsw.IOError, "broken"),
)
_PAUSE: Final = 0.01
"""seconds between two tries to have write-ahead mode, at most"""
_TICK: Final = 0.008
"""seconds between two looks whether others have written something, which take one or two percent of a core"""
_MESSAGES: Final = {
    "busy": "Another process has held the file {file} for more than {seconds:g} s. "
    "Look for one that was stopped in the middle of a transaction.",
    "full": "There is no room to store anything in the file {file}. Make room on its disk, or raise the quota.",
    "read-only": "The file {file} cannot be written to. Give this user the right to write to it and to its folder.",
    "missing": "The file {file} can neither be opened nor made. Look whether its folder is there and writable.",
    "foreign": "The file {file} is something else than a store of workflows, and was left as it is. Name another one.",
    "newer": "The file {file} was made by a later version of snapjs. Install that one.",
    "damaged": "The file {file} is damaged. Put back a copy of it, with the files beside it that begin with its name.",
    "broken": "Reading or writing the file {file} failed. Look at quotas, and at the disk itself.",
}


class Database:
    """A file of SQLite, made if it is not there. Each thread has a connection of its own.

    :param path: of the file.
    :param schema: SQL that a new file begins with.
    :param version: of the schema.
    :param patience: seconds to wait for others who write.
    :raises StoreError: it cannot be used.
    """

    def __init__(self, path: str, schema: str, version: int, *, patience: float = 30.0) -> None:
        self.path = os.path.abspath(path)
        self._patience = patience
        self._local = threading.local()
        self._lock = RLock()
        self._connections: WeakSet[apsw.Connection] = WeakSet()
        self._groups = Groups()
        self._announcing = RLock()
        self._announcement = threading.Condition(self._announcing)
        self._announced = 0
        _databases.add(self)
        self.write(self._prepare, schema, version)

    def _prepare(self, connection: apsw.Connection, schema: str, version: int) -> None:
        found = connection.pragma("user_version")
        is_empty = not connection.execute("SELECT count(*) FROM sqlite_schema").get
        if found == 0 and is_empty:
            connection.execute(schema)
            connection.pragma("application_id", _APPLICATION)
            connection.pragma("user_version", version)
        elif connection.pragma("application_id") != _APPLICATION:
            raise self._error("foreign")
        elif not isinstance(found, int) or found > version:
            raise self._error("newer")

    def read(self, function: Callable[Concatenate[apsw.Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What a function returns that reads by a connection: all of it is as it was at one moment.

        :raises StoreError: the file cannot be read.
        """
        with self._transaction("BEGIN") as connection:
            return function(connection, *args, **kwargs)

    def glance(self, function: Callable[[apsw.Connection], _T]) -> _T:
        """What a function returns that reads nothing but the counters of a connection."""
        with _gate.inside(), self._named_errors():
            return function(self._connection())

    def write(
        self, function: Callable[Concatenate[apsw.Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """What a function returns that writes by a connection, as if in a transaction of its own. What it has written
        is on the disk then; if it raises, it has written nothing.

        :raises StoreError: the file cannot be written.
        """
        self._refuse_inside()
        return self._groups.write(lambda connection: function(connection, *args, **kwargs), self._writing)

    def write_soon(
        self, function: Callable[Concatenate[apsw.Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """As :meth:`write`, but should the machine lose its power, what it has written may be lost. It is on the
        disk as soon as anything is that is written later.

        :raises StoreError: the file cannot be written.
        """
        self._refuse_inside()
        return self._groups.write(
            lambda connection: function(connection, *args, **kwargs), self._writing, is_durable=False
        )

    def write_alone(
        self, function: Callable[Concatenate[apsw.Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """As :meth:`write`, once, in this thread, and in a transaction that has nothing else.

        :raises StoreError: the file cannot be written.
        """
        with self._writing(is_durable=True) as connection:
            return function(connection, *args, **kwargs)

    def _writing(self, is_durable: bool) -> AbstractContextManager[apsw.Connection]:
        return self._transaction("BEGIN IMMEDIATE", is_durable=is_durable)

    def _refuse_inside(self) -> None:
        # It opens none: that waits for who writes, and so nobody could bring what is stored together next.
        with _gate.inside():  # or a fork might close it meanwhile
            connection: apsw.Connection | None = getattr(self._local, "connection", None)
            if connection is not None:
                _refuse_transaction(connection)

    def await_change(self, seen: int | None, seconds: float) -> int:
        """Wait until another connection than this thread's has written something, at most so long.

        :param seen: what this method has returned to this thread before; ``None``: nothing yet.
        :return: a number that is another one after each change.
        :raises StoreError: the file cannot be read.
        """
        end = monotonic() + seconds
        with self._named_errors():
            while True:
                announced = self._announced
                # Of all ways to hear of other processes, it is the one that every system has; it takes microseconds.
                with _gate.inside():
                    found: int = self._connection().execute("PRAGMA data_version").get
                left = end - monotonic()
                if found != seen or left <= 0:
                    return found
                with self._announcing:
                    if self._announced == announced:
                        self._announcement.wait(min(_TICK, left))

    def announce(self) -> None:
        """Have threads of this process that wait for a change look at once: somebody may wait for this one."""
        with self._announcing:
            self._announced += 1
            self._announcement.notify_all()

    def empty_log(self) -> None:
        """Have nothing left in the write-ahead log of what was written, once no other process reads it.

        :raises StoreError: some process reads for longer than this one waits.
        """
        with _gate.inside(), self._named_errors():
            [(is_busy, _, _)] = self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if is_busy:
            raise self._error("busy")

    @contextmanager
    def _transaction(self, begin: str, *, is_durable: bool | None = None) -> Iterator[apsw.Connection]:
        with _gate.inside(), self._named_errors():
            connection = self._connection()
            _refuse_transaction(connection)
            if is_durable not in (None, self._local.is_durable):
                connection.pragma("synchronous", "full" if is_durable else "normal")
                self._local.is_durable = is_durable
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # some failures have ended it
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Raise what SQLite raises as what it means to people."""
        try:
            yield
        except apsw.Error as error:
            reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), None)
            if reason is None:
                raise
            if reason in ("damaged", "broken"):  # what the connection believes of the file may not be so
                self._local.connection = None
            raise self._error(reason) from error

    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = apsw.Connection(self.path)
            connection.set_busy_timeout(round(self._patience * 1000))
            connection.pragma("auto_vacuum", "incremental")  # of a new file, before anything is in it
            self._have_write_ahead(connection)
            connection.pragma("synchronous", "full")
            self._local.is_durable = True
            connection.pragma("foreign_keys", True)
            connection.pragma("secure_delete", "fast")  # no copies of rows where rows are not any more: see keys.py
            with self._lock:
                self._connections.add(connection)
            self._local.connection = connection
        return connection

    def _have_write_ahead(self, connection: apsw.Connection) -> None:
        """Put a new file into write-ahead mode. Of several that do so at once, SQLite lets none wait, for they might
        wait for each other."""
        end = monotonic() + self._patience
        while True:
            try:
                connection.pragma("journal_mode", "wal")
                return
            except apsw.BusyError:
                if monotonic() >= end:
                    raise
                sleep(uniform(0.001, _PAUSE))

    def _error(self, reason: str) -> StoreError:
        return StoreError(self.path, reason, _MESSAGES[reason].format(file=self.path, seconds=self._patience))

    def open_connections(self) -> list[apsw.Connection]:
        """Those of all threads."""
        with self._lock:
            return list(self._connections)

    def close_connections(self) -> None:
        """Close those of all threads, none of which uses its own. Each thread makes a new one when it needs it."""
        for connection in self.open_connections():
            with suppress(apsw.Error):
                connection.close()
        self._local = threading.local()
        self._connections = WeakSet()

    def begin_anew(self) -> None:
        """Know nothing of other threads, none of which is there any more, nor of what they had open."""
        self._local = threading.local()
        self._lock = RLock()
        self._connections = WeakSet()
        self._groups = Groups()
        self._announcing = RLock()
        self._announcement = threading.Condition(self._announcing)


def _refuse_transaction(connection: apsw.Connection) -> None:
    if connection.in_transaction:
        raise WorkflowError(
            "A step with transactional=True cannot use the app, which would wait for its transaction. Use "
            "current_step().connection, or do that in another step."
        )


_databases: Final[WeakSet[Database]] = WeakSet()
_gate = Gate()
_crossing: Final[list[apsw.Connection]] = []
"""Those that a fork is about to copy, since it could not wait until nobody used them."""
_inherited: Final[list[apsw.Connection]] = []
"""Those of processes that this one was forked from. It must neither use nor close them, for their locks are not its own
(https://sqlite.org/howtocorrupt.html, "Carrying an open database connection across a fork")."""


def _before_fork() -> None:
    # What SQLite knows of the locks of its process is copied, too, and new connections of the child would believe it:
    # when the parent ended, it removed the journal that they were writing to.
    is_idle = _gate.shut()
    for database in _databases:
        if is_idle:
            database.close_connections()
        else:
            _crossing.extend(database.open_connections())


def _after_fork_in_parent() -> None:
    _crossing.clear()
    _gate.open()


def _after_fork_in_child() -> None:
    global _gate
    _gate = Gate()
    _inherited.extend(_crossing)
    _crossing.clear()
    for database in _databases:
        database.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
