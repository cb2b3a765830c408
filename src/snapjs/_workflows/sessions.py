"""Runs that a worker keeps in memory, so that one that goes on soon need not be restored."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from .turn import Session

_MOST: Final = 32


class Sessions:
    """Those of one worker, by run and turn. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sessions: OrderedDict[str, tuple[int, Session]] = OrderedDict()

    def take(self, run: str, turn: int) -> Session | None:
        """The session of a run as it was after a turn, for whoever asks first."""
        with self._lock:
            found = self._sessions.pop(run, None)
        if found is None:
            return None
        number, session = found
        if number == turn:
            return session
        session.close()
        return None

    def put(self, run: str, turn: int, session: Session) -> None:
        """Keep a session, and let go of those that were not used for longest."""
        with self._lock:
            old = [self._sessions.pop(run)] if run in self._sessions else []
            self._sessions[run] = turn, session
            while len(self._sessions) > _MOST:
                old.append(self._sessions.popitem(last=False)[1])
        for _, unused in old:
            unused.close()

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
        for _, session in sessions:
            session.close()
