"""What workers do besides turns and steps: begin the runs of schedules, and remove what is not kept."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from .crash import crash_point
from .cron import Cron
from .records import NewRun, Schedule
from .store import Fenced, Store

_CLEANED: Final = 60.0
"""seconds between two times that a worker looks for what is not kept"""
_REFERRED: Final = 3600.0
"""seconds within which something refers to what was stored, or it is removed"""

_log: Final = logging.getLogger("snapjs.workflows")


class Upkeep:
    """What has to be done now and then in a store, by whichever worker comes first.

    :param store: where it stands.
    :param keep_runs: seconds for which runs are kept that have ended; ``None``: for ever.
    """

    def __init__(self, store: Store, keep_runs: float | None) -> None:
        self._store = store
        self._keep_runs = keep_runs
        self._clean_at = monotonic()

    def begin_scheduled(self) -> bool:
        """Begin the runs of the schedules whose moment has come; False: there were none."""
        has_begun = False
        for due in self._store.due_schedules():
            try:
                has_begun = self._fire(due) or has_begun
            except ValueError:
                _log.exception("The schedule %s cannot be followed here.", due.name)
            crash_point("scheduled")
        return has_begun

    def _fire(self, due: Schedule) -> bool:
        """Begin the run of the latest moment that has come: of those that were missed, there is one run."""
        assert due.next_at is not None
        cron, now = Cron(due.cron, due.timezone), self._store.now()
        moment = cron.latest(due.next_at, now)
        new = NewRun(
            uuid.uuid4().hex, due.workflow, key_of(due.name, moment), due.code, due.arguments, schedule=due.name
        )
        try:
            run = self._store.fire(due, moment, new, cron.after(now))
        except Fenced:
            return False
        if run is None:
            _log.warning("The schedule %s was skipped, since its run before goes on.", due.name)
        return True

    def clean(self) -> bool:
        """Remove some of what is not kept, now and then; False: there is time until the next."""
        if self._keep_runs is not None and monotonic() >= self._clean_at:
            _, is_more = self._store.remove_runs(self._store.now() - self._keep_runs)
            crash_point("cleaning")
            if not is_more and not _clean_rest(self._store):
                self._clean_at = monotonic() + _CLEANED
        return False


def clean(store: Store, keep: float) -> Iterator[int]:
    """Remove all that is not kept: how many runs, batch by batch.

    :param keep: seconds for which runs are kept that have ended.
    """
    before, is_more = store.now() - keep, True
    while is_more:
        removed, is_more = store.remove_runs(before)
        yield removed
    while _clean_rest(store):
        pass


def _clean_rest(store: Store) -> bool:
    """Remove what has lost its use with the runs, and give back room. Whether there is more."""
    store.remove_artifacts(store.now() - _REFERRED)
    return store.shrink()


def key_of(schedule: str, moment: float) -> str:
    """The key of the run that a schedule begins at a moment: there is one."""
    return f"schedule:{schedule}:{datetime.fromtimestamp(moment, UTC).isoformat()}"
