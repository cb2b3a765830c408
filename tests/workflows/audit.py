"""What has to hold of a store, whatever has happened to those who used it."""

from __future__ import annotations

from pathlib import Path

import apsw

_CHECKS = {
    "a turn is missing, or there is one too many": (
        "SELECT runs.id FROM runs LEFT JOIN turns ON turns.run = runs.id GROUP BY runs.id "
        "HAVING count(turns.turn) <> runs.turn - coalesce(min(turns.turn) - 1, 0) "
        "OR max(coalesce(turns.turn, 0)) <> runs.turn"
    ),
    "a step was answered more than once": (
        "SELECT run, target FROM inbox WHERE kind IN ('answer', 'failure') GROUP BY run, target HAVING count(*) > 1"
    ),
    "a step of a run that waits for it is done without an answer": (
        "SELECT commands.run, call FROM commands JOIN runs ON runs.id = commands.run LEFT JOIN inbox "
        "ON inbox.run = commands.run AND inbox.dedup = 'step:' || call "
        "WHERE commands.kind = 'step' AND commands.state = 'done' AND runs.status = 'running' AND inbox.id IS NULL"
    ),
    "a run sleeps although it was told something that it waits for": (
        "SELECT runs.id FROM runs JOIN inbox ON inbox.run = runs.id AND inbox.turn IS NULL "
        "WHERE runs.status = 'running' AND runs.wake_at IS NULL AND inbox.kind <> 'hook'"
    ),
    "a run waits for a child that has ended, or that there is not": (
        "SELECT commands.run, call FROM commands JOIN runs ON runs.id = commands.run LEFT JOIN runs AS child "
        "ON child.parent = commands.run AND child.parent_call = call WHERE commands.kind = 'child' "
        "AND commands.state = 'waiting' AND (child.id IS NULL OR child.finished_at IS NOT NULL)"
    ),
    "a run was told of a child more than once, or of one that goes on": (
        "SELECT inbox.run, target FROM inbox JOIN runs ON runs.id = inbox.origin "
        "GROUP BY inbox.run, origin HAVING count(*) > 1 OR runs.finished_at IS NULL"
    ),
    "a child does not know that its parent has ended": (
        "SELECT child.id FROM runs AS child JOIN runs ON runs.id = child.parent WHERE child.finished_at IS NULL "
        "AND runs.finished_at IS NOT NULL AND child.parent_close <> 'abandon' AND NOT EXISTS "
        "(SELECT 1 FROM inbox WHERE inbox.run = child.id AND kind = 'cancel')"
    ),
    "a run that has ended wants something": (
        "SELECT runs.id FROM runs JOIN commands ON commands.run = runs.id "
        "WHERE runs.status NOT IN ('running', 'paused') AND (commands.state <> 'done' OR runs.wake_at IS NOT NULL)"
    ),
}


def faults(store: str) -> list[str]:
    """What does not hold of the store in a file: nothing."""
    connection = apsw.Connection(str(Path(store.removeprefix("sqlite:///"))))
    try:
        found = [f"{check}: {row}" for check, query in _CHECKS.items() for row in connection.execute(query)]
        [(integrity,)] = connection.execute("PRAGMA integrity_check")
    finally:
        connection.close()
    return found if integrity == "ok" else [*found, str(integrity)]
