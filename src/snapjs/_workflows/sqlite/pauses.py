"""Runs that are paused, and their steps."""

from __future__ import annotations

import apsw

from ..records import Status
from .runs import status_of


def pause(connection: apsw.Connection, run: str) -> Status | None:
    """Have nothing of a run begin: whoever takes a turn of it is fenced. Its status before."""
    before = status_of(connection, run)
    if before is Status.RUNNING:
        connection.execute(
            "UPDATE runs SET status = ?, epoch = epoch + 1, lease_owner = NULL, lease_until = NULL, wake_at = NULL "
            "WHERE id = ?",
            (Status.PAUSED, run),
        )
        connection.execute(
            "UPDATE commands SET state = 'held' WHERE run = ? AND kind = 'step' AND state = 'waiting'", (run,)
        )
    return before


def resume(connection: apsw.Connection, run: str, now: float) -> Status | None:
    """Have a run go on. Its status before."""
    before = status_of(connection, run)
    if before is Status.PAUSED:
        # Now, for when the program's own timers are due is not known without a look at it.
        connection.execute(
            "UPDATE runs SET status = ?, deaths = 0, wake_at = ? WHERE id = ?", (Status.RUNNING, now, run)
        )
        connection.execute("UPDATE commands SET state = 'waiting' WHERE run = ? AND state = 'held'", (run,))
    return before


def is_held(connection: apsw.Connection, run: str, call: int) -> bool:
    """Whether a step is not to be begun again, since its run was paused while a worker had it that has died."""
    if status_of(connection, run) is not Status.PAUSED:
        return False
    connection.execute(
        "UPDATE commands SET state = 'held', deaths = deaths + 1 WHERE run = ? AND call = ?",
        (run, call),
    )
    return True
