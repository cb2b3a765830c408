"""Keeps threads from a file while their process is forked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..._threads import RLock

_PATIENCE: Final = 30.0
"""seconds that a fork waits for threads that use a file"""


class Gate:
    """Lets threads in, any number of them, until one wants to be alone."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._changed = threading.Condition(self._lock)
        self._inside: dict[object, int] = {}
        """threads, by what stands for one time that they are in"""
        self._is_shut = False

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Wait until the gate is open, and have nobody be alone meanwhile."""
        thread = threading.get_ident()
        visit = object()
        try:
            with self._lock:
                self._changed.wait_for(lambda: not self._is_shut or thread in self._inside.values())
                self._inside[visit] = thread
            yield
        finally:
            # Before all else, and without the lock: a signal may strike while that is taken.
            self._inside.pop(visit, None)
            with self._lock:
                self._changed.notify_all()

    def shut(self) -> bool:
        """Let nobody in any more. Whether all are out."""
        with self._lock:
            self._changed.wait_for(lambda: not self._is_shut, _PATIENCE)
            self._is_shut = True
            if threading.get_ident() in self._inside.values():
                return False
            return self._changed.wait_for(lambda: not self._inside, _PATIENCE)

    def open(self) -> None:
        """Let them in again."""
        with self._lock:
            self._is_shut = False
            self._changed.notify_all()
