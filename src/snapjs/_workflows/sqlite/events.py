"""What runs are told."""

from __future__ import annotations

from typing import Final

import apsw

from ..payload import pack
from ..records import Event, EventKind, Run

_MOST_EVENTS: Final = 100
"""that are told in one turn: of thousands, the others wait for the next one"""
# The history of a run may be long, and what nobody waits for may be much: neither is looked through. CROSS JOIN has
# SQLite begin with what is waited for (https://sqlite.org/optoverview.html, "Manual Control Of Query Plans").
_EXPECTED: Final = (
    "FROM inbox INDEXED BY inbox_unconsumed "
    "WHERE run = ?1 AND turn IS NULL AND kind IN ('begin', 'answer', 'failure', 'cancel', 'patch')"
)
_HOOKED: Final = (
    "FROM (SELECT DISTINCT run, name FROM commands INDEXED BY hooks_waiting "
    "WHERE run = ?1 AND kind = 'hook' AND state = 'waiting') AS wanted CROSS JOIN inbox INDEXED BY inbox_unconsumed "
    "ON inbox.run = wanted.run AND inbox.turn IS NULL AND inbox.kind = 'hook' AND inbox.target = wanted.name"
)
_EVENT: Final = "inbox.id, inbox.kind, inbox.target, inbox.payload, inbox.at, inbox.origin"
DELIVERABLE: Final = f"EXISTS (SELECT 1 {_EXPECTED}) OR EXISTS (SELECT 1 {_HOOKED})"
"""whether there is something that the run ?1 waits for"""


def events_for(connection: apsw.Connection, run: Run, now: float) -> list[Event]:
    """What a run has not been told yet and waits for, and its timers that are due; the first of each. And its deadline,
    if that has come."""
    told = connection.execute(
        f"SELECT {_EVENT} {_EXPECTED} UNION ALL SELECT {_EVENT} {_HOOKED} ORDER BY 1 LIMIT ?2",
        (run.id, _MOST_EVENTS),
    )
    events = [Event(id, EventKind(kind), *rest) for id, kind, *rest in told]
    due = connection.execute(
        "SELECT call, due_at FROM commands WHERE run = ?1 AND kind = 'timer' AND state = 'waiting' AND due_at <= ?2 "
        "ORDER BY due_at LIMIT ?3",
        (run.id, now, _MOST_EVENTS),
    )
    events += [Event(0, EventKind.TIMER, str(call), pack(None), at) for call, at in due]
    if run.deadline is not None and run.deadline <= now and run.ends_at is None:
        events.append(Event(0, EventKind.DEADLINE, "", pack(None), run.deadline))
    return events


def tell(connection: apsw.Connection, run: str, event: Event, dedup: str | None) -> int:
    """Have a run told of an event, unless it was told under this key before. The id of the event; 0: it was told
    before."""
    connection.execute(
        "INSERT INTO inbox (run, kind, target, payload, dedup, at, origin) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
        "WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE run = ?1 AND dedup = ?5) ON CONFLICT DO NOTHING",
        (run, event.kind, event.target, event.payload, dedup, event.at, event.origin),
    )
    return connection.last_insert_rowid() if connection.changes() else 0  # or it is that of another row


def wake(connection: apsw.Connection, run: str, now: float) -> None:
    """Have a run looked at now, if it has not ended."""
    connection.execute(
        "UPDATE runs SET wake_at = min(coalesce(wake_at, ?1), ?1 - priority) WHERE id = ?2 AND status = 'running'",
        (now, run),
    )
