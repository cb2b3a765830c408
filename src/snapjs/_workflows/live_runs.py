"""Runs that a worker keeps in memory, so that one that goes on soon need not be restored."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from .._threads import RLock
from .turn import LiveRun

_MOST: Final = 32


class LiveRuns:
    """Those of one worker, by run and turn. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._runs: OrderedDict[str, tuple[int, LiveRun]] = OrderedDict()

    def take(self, run: str, turn: int) -> LiveRun | None:
        """A run as it was after a turn, for whoever asks first."""
        with self._lock:
            found = self._runs.pop(run, None)
        if found is None:
            return None
        number, live = found
        if number == turn:
            return live
        live.close()
        return None

    def put(self, run: str, turn: int, live: LiveRun) -> None:
        """Keep a run, and let go of those that were not used for longest."""
        with self._lock:
            old = [self._runs.pop(run)] if run in self._runs else []
            self._runs[run] = turn, live
            while len(self._runs) > _MOST:
                old.append(self._runs.popitem(last=False)[1])
        for _, unused in old:
            unused.close()

    def close(self) -> None:
        """Let go of all."""
        with self._lock:
            runs = list(self._runs.values())
            self._runs.clear()
        for _, live in runs:
            live.close()
