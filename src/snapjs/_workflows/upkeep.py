"""What workers do besides turns and steps: begin the runs of schedules."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime
from typing import Final

from .crash import crash_point
from .cron import Cron
from .records import NewRun, Schedule
from .store import Fenced, Store

_log: Final = logging.getLogger("snapjs.workflows")


class Upkeep:
    """What has to be done now and then in a store, by whichever worker comes first.

    :param store: where it stands.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

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


def key_of(schedule: str, moment: float) -> str:
    """The key of the run that a schedule begins at a moment: there is one."""
    return f"schedule:{schedule}:{datetime.fromtimestamp(moment, UTC).isoformat()}"
