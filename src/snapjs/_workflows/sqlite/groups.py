"""Transactions of several threads in one: what the disk is waited for is waited for once.

SQLite has one writer at a time, and the others of a process sleep between their tries: of eight threads, one had
stored a thousand times what another had. Here they stand in line, and whoever is first stores what all have brought.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from contextvars import copy_context
from copy import copy
from typing import Any, Final, TypeAlias, TypeVar

import apsw

from ..._threads import RLock

_T = TypeVar("_T")

_MOST: Final = 64
"""threads whose transactions become one"""


Transaction: TypeAlias = Callable[[bool], AbstractContextManager[apsw.Connection]]
"""begins one, by a connection of this thread, and commits it in the end; and whether it is on the disk then"""


class Groups:
    """The threads of a process that write to a file."""

    def __init__(self) -> None:
        self._line: deque[_Job] = deque()
        self._leading = RLock()
        self._leader: int | None = None

    def write(
        self, function: Callable[[apsw.Connection], _T], transaction: Transaction, *, is_durable: bool = True
    ) -> _T:
        """What a function returns that writes by a connection. If it raises, it has written nothing.

        It runs in any thread, in the context of this one, and perhaps twice: what it had written the first time is
        gone then.
        """
        if self._leader == threading.get_ident():  # it would wait for itself; SQLite says that this cannot be
            with transaction(is_durable) as connection:
                return function(connection)
        job = _Job(function, is_durable)
        self._line.append(job)
        try:
            with self._leading:
                if not job.is_over:
                    self._lead(job, transaction)
        finally:
            if not job.is_over:  # Ctrl-C has come between
                with suppress(ValueError):
                    self._line.remove(job)
        result: _T = job.result()
        return result

    def _lead(self, own: _Job, transaction: Transaction) -> None:
        self._leader = threading.get_ident()
        try:
            # The main thread is interrupted by Ctrl-C, which is nothing to those of others.
            if threading.current_thread() is threading.main_thread():
                self._line.remove(own)
                own.store(transaction)
                return
            while not own.is_over:
                _store(self._next(), transaction)
        finally:
            self._leader = None

    def _next(self) -> list[_Job]:
        jobs: list[_Job] = []
        with suppress(IndexError):  # one who is interrupted leaves the line meanwhile
            while len(jobs) < _MOST:
                jobs.append(self._line.popleft())
        return jobs


class _Job:
    """What one thread wants to write, and what has become of it."""

    def __init__(self, function: Callable[[apsw.Connection], Any], is_durable: bool) -> None:
        self._function = function
        self.is_durable = is_durable
        self._context = copy_context()
        self._value: Any = None
        self._error: BaseException | None = None
        self.is_over = False

    def run_beside_others(self, connection: apsw.Connection) -> None:
        """Run in a transaction of several. What fails leaves those of the others as they are.

        :raises apsw.Error: that has come of it which concerns all.
        """
        connection.execute("SAVEPOINT job")
        try:
            self._value = self._context.run(self._function, connection)
        except BaseException as error:
            if isinstance(error, apsw.Error):
                raise
            self._error = error
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def store(self, transaction: Transaction) -> None:
        """Run in a transaction of its own."""
        self._error = None
        try:
            with transaction(self.is_durable) as connection:
                self._value = self._context.run(self._function, connection)
        except BaseException as error:
            self._error = error
        self.is_over = True

    def fail(self, error: BaseException) -> None:
        """Take note that the transaction of all has failed."""
        self._error = copy(error)  # each thread adds to the traceback of its own
        self._error.__cause__ = error.__cause__
        self.is_over = True

    def result(self) -> Any:
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # which leads to this frame
        return self._value


def _store(jobs: list[_Job], transaction: Transaction) -> None:
    """Store what several threads want."""
    if len(jobs) > 1:
        has_begun = is_committing = False
        try:
            with transaction(any(job.is_durable for job in jobs)) as connection:
                has_begun = True
                for job in jobs:
                    job.run_beside_others(connection)
                is_committing = True
        except BaseException as error:
            if not has_begun or is_committing:
                for job in jobs:
                    job.fail(error)
                return
            # One has ended the transaction of all, and nothing of it is stored: each by itself, then.
        else:
            for job in jobs:
                job.is_over = True
            return
    for job in jobs:
        job.store(transaction)
