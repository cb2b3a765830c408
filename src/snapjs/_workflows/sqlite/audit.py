"""What has to hold of a store, whatever has happened to those who use it, and what is in it."""

from __future__ import annotations

from typing import Any, Final

import apsw

from ..records import Status
from ..stored import Fault, Lease, Survey
from .events import DELIVERABLE

_MOST: Final = 10
"""that are named of each kind of fault"""
_BUG: Final = "terminate the run, and report this with the file: it cannot be, unless somebody else has written to it"
_CHECKS: Final = (
    (
        "a turn is missing, or there is one too many",
        _BUG,
        "SELECT runs.id FROM runs LEFT JOIN turns ON turns.run = runs.id GROUP BY runs.id "
        "HAVING count(turns.turn) <> runs.turn - coalesce(min(turns.turn) - 1, 0) "
        "OR max(coalesce(turns.turn, 0)) <> runs.turn",
    ),
    (
        "the state of a run that goes on is lost, and so are the turns from which it could be made again",
        "begin it again",
        "SELECT id FROM (SELECT *, (SELECT min(turn) FROM turns WHERE run = id) AS first FROM runs) "
        "WHERE finished_at IS NULL AND forked_from IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM snapshots WHERE run = id AND turn + 1 >= first) AND first > 1",
    ),
    (
        "the engine of a code is not there",
        "put back a copy of the file, or begin its runs again",
        "SELECT sha256 FROM artifacts AS codes WHERE engine IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = codes.engine)",
    ),
    (
        "a step was answered more than once",
        _BUG,
        "SELECT run || '/' || target FROM inbox WHERE kind IN ('answer', 'failure') GROUP BY run, target "
        "HAVING count(*) > 1",
    ),
    (
        "a step of a run that waits for it is done without an answer",
        _BUG,
        "SELECT run || '/' || call FROM commands JOIN runs ON runs.id = run "
        "WHERE commands.kind = 'step' AND state = 'done' AND status = 'running' AND ends_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.run = commands.run AND dedup = 'step:' || call) "
        "AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.run = commands.run AND dedup = 'cancel')",
    ),
    (
        "a run sleeps although it was told something that it waits for",
        "deliver something to it, which wakes it, and report this with the file",
        "SELECT id FROM runs WHERE status = 'running' AND wake_at IS NULL AND lease_owner IS NULL "
        f"AND ({DELIVERABLE.replace('?1', 'runs.id')})",
    ),
    (
        "a run sleeps although it has a timer or a deadline",
        "deliver something to it, which wakes it, and report this with the file",
        "SELECT id FROM runs WHERE status = 'running' AND wake_at IS NULL AND lease_owner IS NULL "
        "AND (deadline IS NOT NULL OR EXISTS "
        "(SELECT 1 FROM commands WHERE run = id AND kind = 'timer' AND state = 'waiting'))",
    ),
    (
        "a run waits for a child that has ended, or that there is not",
        _BUG,
        "SELECT run || '/' || call FROM commands LEFT JOIN runs AS child "
        "ON child.parent = commands.run AND child.parent_call = call WHERE commands.kind = 'child' "
        "AND commands.state = 'waiting' AND (child.id IS NULL OR child.finished_at IS NOT NULL)",
    ),
    (
        "a run was told of a child more than once, or of one that goes on",
        _BUG,
        "SELECT inbox.run || '/' || target FROM inbox JOIN runs ON runs.id = inbox.origin "
        "GROUP BY inbox.run, origin HAVING count(*) > 1 OR runs.finished_at IS NULL",
    ),
    (
        "a child does not know that its parent has ended",
        "cancel it",
        "SELECT child.id FROM runs AS child JOIN runs ON runs.id = child.parent WHERE child.finished_at IS NULL "
        "AND runs.finished_at IS NOT NULL AND child.parent_close <> 'abandon' AND NOT EXISTS "
        "(SELECT 1 FROM inbox WHERE inbox.run = child.id AND kind = 'cancel')",
    ),
    (
        "a run that has ended wants something",
        _BUG,
        "SELECT id FROM runs WHERE finished_at IS NOT NULL AND (wake_at IS NOT NULL OR lease_owner IS NOT NULL "
        "OR EXISTS (SELECT 1 FROM commands WHERE run = id AND state <> 'done'))",
    ),
    (
        "something refers to what is not there",
        _BUG,
        "SELECT \"table\" || ' → ' || parent FROM pragma_foreign_key_check",
    ),
)
_STUCK: Final = (
    "SELECT id FROM runs WHERE status = 'running' AND turn > 0 AND wake_at IS NULL AND lease_owner IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM commands WHERE run = id AND state <> 'done')"
)


def faults(connection: apsw.Connection) -> list[Fault]:
    """What does not hold."""
    damages = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
    found = [Fault("the file is damaged", str(text), "put back a copy of it") for text in damages[:_MOST]]
    for what, remedy, query in _CHECKS:
        rows = connection.execute(f"{query} LIMIT ?", (_MOST,))
        found += [Fault(what, str(where), remedy) for (where,) in rows]
    return found


def survey(connection: apsw.Connection) -> Survey:
    """What is in the store."""
    bytes_of = connection.execute(
        "SELECT tbl_name, sum(pgsize) FROM dbstat('main', 1) AS pages JOIN sqlite_schema ON sqlite_schema.name = "
        "pages.name GROUP BY tbl_name ORDER BY 2 DESC"
    )
    statuses = connection.execute("SELECT status, count(*) FROM runs GROUP BY status ORDER BY status")
    steps = connection.execute(
        "SELECT name, count(*) FROM commands WHERE kind = 'step' AND state <> 'done' GROUP BY name ORDER BY name"
    )
    codes = connection.execute("SELECT code FROM runs WHERE finished_at IS NULL UNION SELECT code FROM schedules")
    due: Any = connection.execute(
        "SELECT min(at) FROM (SELECT min(wake_at) AS at FROM runs WHERE lease_owner IS NULL UNION ALL "
        "SELECT min(due_at) FROM commands WHERE kind = 'step' AND state = 'waiting')"
    ).get
    free: Any = connection.pragma("freelist_count")
    page: Any = connection.pragma("page_size")
    return Survey(
        sizes=_pairs(bytes_of),
        free=free * page,
        runs={Status(status): count for status, count in _pairs(statuses).items()},
        steps=_pairs(steps),
        codes=[str(code) for (code,) in codes],
        leases=_leases(connection),
        due_at=due,
        stuck=[str(id) for (id,) in connection.execute(f"{_STUCK} LIMIT ?", (_MOST,))],
    )


def _leases(connection: apsw.Connection) -> list[Lease]:
    rows: Any = connection.execute(
        "SELECT owner, sum(is_run), sum(NOT is_run), min(until) FROM ("
        "SELECT lease_owner AS owner, 1 AS is_run, lease_until AS until FROM runs WHERE lease_owner IS NOT NULL "
        "UNION ALL SELECT lease_owner, 0, due_at FROM commands WHERE state = 'running') GROUP BY owner ORDER BY owner"
    )
    return [Lease(*row) for row in rows]


def _pairs(rows: Any) -> dict[str, int]:
    return dict(rows)
