"""When there may be something to do: threads that have nothing to do wait for that."""

from __future__ import annotations

import logging
import threading
from typing import Final

from .._threads import RLock
from .store import Store

_LONGEST: Final = 1.0
"""Seconds that a thread waits before it looks for itself."""
_PATIENCE: Final = 0.05
"""Seconds, at most, until one looks what is due, and whether to stop."""

_log: Final = logging.getLogger("snapjs.workflows")


class Watch:
    """Looks after a store for the threads of one worker, so that they need not all look all the time.

    :param store: where what there is to do stands.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = RLock()
        self._waiting: list[threading.Event] = []
        """those of threads, the latest last"""
        self._wakes = 0
        self._is_over = False

    @property
    def wakes(self) -> int:
        """How often somebody was woken: to be read before one looks for something to do."""
        return self._wakes

    def wake(self) -> None:
        """Have one thread look: the one that has waited for the shortest, whose statements are prepared."""
        with self._lock:
            self._wakes += 1
            if self._waiting:
                self._waiting.pop().set()

    def wait(self, wakes: int) -> None:
        """Wait until there may be something to do.

        :param wakes: :attr:`wakes` before this thread has looked and found nothing: it does not wait if somebody was to
            be woken since.
        """
        woken = threading.Event()
        with self._lock:
            if self._wakes != wakes or self._is_over:
                return
            self._waiting.append(woken)
        if not woken.wait(_LONGEST):
            with self._lock:
                if woken in self._waiting:
                    self._waiting.remove(woken)

    def stop(self) -> None:
        """Have nobody wait any more."""
        with self._lock:
            self._is_over = True
            while self._waiting:
                self._waiting.pop().set()

    def look(self, stopping: threading.Event) -> None:
        """Wake a thread when something was stored, and when something is due; until the event is set."""
        seen: int | None = None
        due: float | None = None
        while not stopping.is_set():
            try:
                found = self._store.await_change(seen, self._patience(due))
                if found != seen or (due is not None and due <= self._store.now()):
                    self.wake()
                    due = self._store.next_due()
                seen = found
            except Exception:  # of any kind: nobody else looks
                _log.exception("A worker of workflows could not look for something to do. It tries again.")
                stopping.wait(_LONGEST)

    def _patience(self, due: float | None) -> float:
        """Seconds until something is due. What has been due already may be for other workers."""
        left = _PATIENCE if due is None else due - self._store.now()
        return left if 0 < left < _PATIENCE else _PATIENCE
