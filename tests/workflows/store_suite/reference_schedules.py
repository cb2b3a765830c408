"""What a store has to do with schedules, in a dict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from snapjs._workflows.records import NewRun, Run, Schedule
from snapjs._workflows.store import Fenced


class ReferenceSchedules:
    """The part of the reference store that begins runs at moments."""

    _shared: Any
    start: Any
    now: Any

    def put_schedule(self, schedule: Schedule) -> None:
        with self._shared.lock:
            self._shared.artifacts[schedule.code]
            known = self._shared.schedules.get(schedule.name)
            if known is not None:
                same = (known.cron, known.timezone) == (schedule.cron, schedule.timezone)
                next_at = known.next_at if known.is_paused or same else schedule.next_at
                schedule = replace(
                    schedule,
                    next_at=next_at,
                    is_paused=known.is_paused,
                    last_at=known.last_at,
                    skipped_at=known.skipped_at,
                )
            self._shared.schedules[schedule.name] = schedule

    def schedule(self, name: str) -> Schedule | None:
        with self._shared.lock:
            found: Schedule | None = self._shared.schedules.get(name)
            return found

    def schedules(self) -> list[Schedule]:
        with self._shared.lock:
            return [schedule for _, schedule in sorted(self._shared.schedules.items())]

    def due_schedules(self) -> list[Schedule]:
        now = self.now()
        return [one for one in self.schedules() if one.next_at is not None and one.next_at <= now]

    def fire(self, due: Schedule, moment: float, new: NewRun, next_at: float | None) -> Run | None:
        with self._shared.lock:
            if self._shared.schedules.get(due.name) != due:
                raise Fenced
            earlier = [kept for kept in self._shared.runs.values() if kept.record.schedule == due.name]
            is_skipped = any(not kept.record.status.is_final for kept in earlier) and not due.overlaps
            changed = replace(due, next_at=next_at)
            self._shared.schedules[due.name] = replace(changed, **{"skipped_at" if is_skipped else "last_at": moment})
            run: Run | None = None if is_skipped else self.start(new)[0]
            return run

    def move_schedule(self, name: str, next_at: float | None, *, is_paused: bool) -> bool:
        with self._shared.lock:
            known = self._shared.schedules.get(name)
            if known is not None:
                self._shared.schedules[name] = replace(known, next_at=next_at, is_paused=is_paused)
            return known is not None

    def remove_schedule(self, name: str) -> bool:
        with self._shared.lock:
            return self._shared.schedules.pop(name, None) is not None
