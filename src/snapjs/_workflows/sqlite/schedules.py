"""Schedules: kept, and the runs of their moments begun."""

from __future__ import annotations

from typing import Any, Final

import apsw

from ..crash import crash_point
from ..records import NewRun, Run, Schedule
from ..store import Fenced
from .artifacts import check
from .runs import start

_COLUMNS: Final = "name, cron, timezone, workflow, code, arguments, overlaps, next_at, is_paused, last_at, skipped_at"
_MOST: Final = 100
"""that are read at a time of those whose moment has come"""


def put(connection: apsw.Connection, schedule: Schedule) -> None:
    """Keep a schedule, in the place of one of the same name.

    :raises KeyError: its code is not there.
    """
    check(connection, schedule.code)
    connection.execute(
        f"INSERT INTO schedules ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
        "next_at = CASE WHEN is_paused OR (cron = excluded.cron AND timezone = excluded.timezone) THEN next_at "
        "ELSE excluded.next_at END, cron = excluded.cron, timezone = excluded.timezone, workflow = excluded.workflow, "
        "code = excluded.code, arguments = excluded.arguments, overlaps = excluded.overlaps",
        (
            schedule.name,
            schedule.cron,
            schedule.timezone,
            schedule.workflow,
            schedule.code,
            schedule.arguments,
            schedule.overlaps,
            schedule.next_at,
            schedule.is_paused,
            schedule.last_at,
            schedule.skipped_at,
        ),
    )


def get(connection: apsw.Connection, name: str) -> Schedule | None:
    """A schedule, if there is one of that name."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM schedules WHERE name = ?", (name,)).fetchone()
    return None if row is None else _schedule(row)


def every(connection: apsw.Connection) -> list[Schedule]:
    """All, by their names."""
    return [_schedule(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM schedules ORDER BY name")]


def due(connection: apsw.Connection, now: float) -> list[Schedule]:
    """Those whose moment has come, or the first of them."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM schedules WHERE next_at <= ? ORDER BY next_at LIMIT ?", (now, _MOST)
    )
    return [_schedule(row) for row in rows]


def fire(
    connection: apsw.Connection, due: Schedule, moment: float, new: NewRun, next_at: float | None, now: float
) -> Run | None:
    """Begin the run of a moment, unless an earlier one goes on that it may not overlap.

    :raises Fenced: the schedule is not as it was read any more.
    """
    if get(connection, due.name) != due:
        raise Fenced
    goes_on = connection.execute(
        "SELECT 1 FROM runs WHERE schedule = ? AND finished_at IS NULL LIMIT 1", (due.name,)
    ).fetchone()
    is_skipped = bool(goes_on) and not due.overlaps
    connection.execute(
        f"UPDATE schedules SET next_at = ?, {'skipped_at' if is_skipped else 'last_at'} = ? WHERE name = ?",
        (next_at, moment, due.name),
    )
    crash_point("scheduling")
    return None if is_skipped else start(connection, new, now)[0]


def move(connection: apsw.Connection, name: str, next_at: float | None, is_paused: bool) -> bool:
    """Pause a schedule, or have it go on."""
    connection.execute("UPDATE schedules SET next_at = ?, is_paused = ? WHERE name = ?", (next_at, is_paused, name))
    return bool(connection.changes())


def remove(connection: apsw.Connection, name: str) -> bool:
    """Forget a schedule."""
    connection.execute("DELETE FROM schedules WHERE name = ?", (name,))
    return bool(connection.changes())


def _schedule(row: tuple[Any, ...]) -> Schedule:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Schedule(**{**values, "overlaps": bool(values["overlaps"]), "is_paused": bool(values["is_paused"])})
