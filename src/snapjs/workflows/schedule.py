"""One schedule: moments at which runs of a workflow begin."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .._workflows.cron import Cron
from .._workflows.records import NewRun
from .._workflows.records import Schedule as Record
from .run import Run

if TYPE_CHECKING:
    from .app import App


class Schedule:
    """Moments at which runs of a workflow begin, as they stand in the store. Made by :meth:`App.schedule`."""

    def __init__(self, app: App, name: str) -> None:
        self._app = app
        self.name = name

    def _record(self) -> Record:
        record = self._app._store.schedule(self.name)
        if record is None:
            raise self._missing()
        return record

    def _missing(self) -> KeyError:
        return KeyError(f"there is no schedule {self.name!r}: App.schedules() has those that there are")

    @property
    def cron(self) -> str:
        """The expression that names the moments."""
        return self._record().cron

    @property
    def timezone(self) -> str:
        """In which they are."""
        return self._record().timezone

    @property
    def workflow(self) -> str:
        """The name of the file whose runs begin."""
        return self._record().workflow

    @property
    def overlap(self) -> str:
        """``skip`` or ``allow``: what becomes of a moment at which an earlier run goes on."""
        return "allow" if self._record().overlaps else "skip"

    @property
    def is_paused(self) -> bool:
        """Whether nothing begins until it is resumed."""
        return self._record().is_paused

    @property
    def next_at(self) -> datetime | None:
        """The moment that comes next; ``None``: it is paused, or none comes within fifty years."""
        return _time(self._record().next_at)

    @property
    def last_at(self) -> datetime | None:
        """The latest moment at which a run began."""
        return _time(self._record().last_at)

    @property
    def skipped_at(self) -> datetime | None:
        """The latest moment at which none did, since an earlier one went on."""
        return _time(self._record().skipped_at)

    def pause(self) -> None:
        """Have nothing begin until :meth:`resume`.

        :raises KeyError: it was removed.
        """
        self._move(None, is_paused=True)

    def resume(self) -> None:
        """Go on with the moment that comes next: those of the pause are over.

        :raises KeyError: it was removed.
        """
        record = self._record()
        if record.is_paused:
            next_at = Cron(record.cron, record.timezone).after(self._app._store.now())
            self._move(next_at, is_paused=False)

    def _move(self, next_at: float | None, *, is_paused: bool) -> None:
        if not self._app._store.move_schedule(self.name, next_at, is_paused=is_paused):
            raise self._missing()

    def remove(self) -> None:
        """Forget it. Its runs go on.

        :raises KeyError: it was removed before.
        """
        if not self._app._store.remove_schedule(self.name):
            raise self._missing()

    def trigger(self) -> Run:
        """Begin a run now, besides those of the moments, even while another one goes on.

        :raises KeyError: it was removed.
        """
        record = self._record()
        new = NewRun(uuid.uuid4().hex, record.workflow, None, record.code, record.arguments, schedule=self.name)
        started, _ = self._app._store.start(new)
        return Run(self._app, started.id)

    def __repr__(self) -> str:
        return f"<Schedule {self.name}>"


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
