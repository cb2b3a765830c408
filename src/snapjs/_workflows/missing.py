"""Steps that nobody runs: said in the log of the workers that do not have them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from time import monotonic
from typing import Final

from .store import Store

_MISSING: Final = 60.0
"""Seconds that a step waits before it is held to be one that no worker has, and between two looks for such."""

_log: Final = logging.getLogger("snapjs.workflows")


class MissingSteps:
    """Those of a store that a worker does not have.

    :param store: where they wait.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: set[str] = set()
        self._looked = monotonic()

    def look_sometimes(self, names: Collection[str]) -> None:
        """Look for them, if that is long ago."""
        if monotonic() - self._looked >= _MISSING:
            self._looked = monotonic()
            self.look(names)

    def look(self, names: Collection[str]) -> None:
        """Log the names of steps that have waited for long, each once.

        :param names: of those that the worker has.
        """
        for name, count in sorted(self._store.waiting_steps(self._store.now() - _MISSING).items()):
            if name not in names and name not in self._known:
                self._known.add(name)
                _log.warning(
                    "%d step%s %r %s waited for more than %g s, and this worker has none of that name. Start a worker "
                    "that has it, or give the step that took its place formerly=%r.",
                    count,
                    "" if count == 1 else "s",
                    name,
                    "has" if count == 1 else "have",
                    _MISSING,
                    name,
                )
