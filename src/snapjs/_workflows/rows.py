"""What a store of SQLite does inside a transaction: rows read, told, consumed, woken and ended."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import apsw

from .payload import pack
from .records import Claim, Event, Kind, Run, Status, StepClaim, Turn

RUN: Final = "id, workflow, key, status, turn, code, created_at, finished_at, wake_at, result, error"
_MOST_EVENTS: Final = 100
"""that are told in one turn: of thousands, the others wait for the next one"""
# The history of a run may be long, and what nobody waits for may be much: neither is looked through. CROSS JOIN has
# SQLite begin with what is waited for (https://sqlite.org/optoverview.html, "Manual Control Of Query Plans").
_EXPECTED: Final = (
    "FROM inbox INDEXED BY inbox_unconsumed "
    "WHERE run = ?1 AND turn IS NULL AND kind IN ('begin', 'answer', 'failure', 'cancel')"
)
_HOOKED: Final = (
    "FROM (SELECT DISTINCT run, name FROM commands INDEXED BY hooks_waiting "
    "WHERE run = ?1 AND kind = 'hook' AND state = 'waiting') AS wanted CROSS JOIN inbox INDEXED BY inbox_unconsumed "
    "ON inbox.run = wanted.run AND inbox.turn IS NULL AND inbox.kind = 'hook' AND inbox.target = wanted.name"
)
_EVENT: Final = "inbox.id, inbox.kind, inbox.target, inbox.payload, inbox.at"
DELIVERABLE: Final = f"EXISTS (SELECT 1 {_EXPECTED}) OR EXISTS (SELECT 1 {_HOOKED})"
"""whether there is something that the run ?1 waits for"""


class Fenced(Exception):
    """Somebody else has claimed what was to be stored."""


def run_from(row: tuple[Any, ...]) -> Run:
    """The run in a row of :data:`RUN`."""
    id, workflow, key, status, *rest = row
    return Run(id, workflow, key, Status(status), *rest)


def claim_from(connection: apsw.Connection, id: str, now: float) -> Claim:
    """A run with what there is to tell it."""
    rows = connection.execute(f"SELECT epoch, last_call, deaths, {RUN} FROM runs WHERE id = ?", (id,))
    [(epoch, last_call, deaths, *columns)] = rows
    return Claim(run_from(tuple(columns)), epoch, last_call, _events(connection, id, now), deaths)


def _events(connection: apsw.Connection, run: str, now: float) -> list[Event]:
    """What a run has not been told yet and waits for, and its timers that are due; the first of each."""
    told = connection.execute(
        f"SELECT {_EVENT} {_EXPECTED} UNION ALL SELECT {_EVENT} {_HOOKED} ORDER BY 1 LIMIT ?2",
        (run, _MOST_EVENTS),
    )
    events = [Event(*row) for row in told]
    due = connection.execute(
        "SELECT call, due_at FROM commands WHERE run = ?1 AND kind = 'timer' AND state = 'waiting' AND due_at <= ?2 "
        "ORDER BY due_at LIMIT ?3",
        (run, now, _MOST_EVENTS),
    )
    return events + [Event(0, "timer", str(call), pack(None), at) for call, at in due]


def status_of(connection: apsw.Connection, run: str) -> Status | None:
    """The status of a run, if there is one of that id."""
    for (status,) in connection.execute("SELECT status FROM runs WHERE id = ?", (run,)):
        return Status(status)
    return None


def answered_key(step: StepClaim) -> str:
    """Under which the outcome of a step is told once."""
    return f"step:{step.call}"


def tell(connection: apsw.Connection, run: str, event: Event, dedup: str | None) -> int:
    """Have a run told of an event, unless it was told under this key before. The id of the event."""
    connection.execute(
        "INSERT INTO inbox (run, kind, target, payload, dedup, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (run, event.kind, event.target, event.payload, dedup, event.at),
    )
    return connection.last_insert_rowid()


def wake(connection: apsw.Connection, run: str, now: float) -> None:
    """Have a run looked at now, if it has not ended."""
    connection.execute(
        "UPDATE runs SET wake_at = min(coalesce(wake_at, ?1), ?1) WHERE id = ?2 AND status = 'running'", (now, run)
    )


def end_step(connection: apsw.Connection, step: StepClaim) -> None:
    """Take note that a step has ended.

    :raises Fenced: it is not this attempt any more that counts.
    """
    connection.execute(
        "UPDATE commands SET state = 'done', lease_owner = NULL "
        "WHERE run = ? AND call = ? AND state = 'running' AND attempt = ?",
        (step.run, step.call, step.attempt),
    )
    if not connection.changes():
        raise Fenced


def consume(connection: apsw.Connection, run: str, number: int, turn: Turn, outcome: int | None) -> None:
    """Write down what the run was told.

    :param outcome: the id of an event that was stored only now.
    """
    ids = [told.event.id or (outcome if told.event.kind != Kind.TIMER else 0) for told in turn.told]
    read = [id for id in ids if id]
    connection.executemany("UPDATE inbox SET turn = ? WHERE id = ? AND turn IS NULL", [(number, id) for id in read])
    calls = [told.call for told in turn.told] + turn.dropped
    connection.executemany(
        "UPDATE commands SET state = 'done', lease_owner = NULL WHERE run = ? AND call = ?",
        [(run, call) for call in calls],
    )
    told = [
        [id, told.event.kind, told.event.target, told.event.at, told.call]
        for id, told in zip(ids, turn.told, strict=True)
    ]
    connection.execute(
        "INSERT INTO turns (run, turn, clock, entropy, events, state, logs) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (run, number, turn.clock, turn.entropy, pack(told), turn.state, pack(turn.logs)),
    )


def insert_commands(
    connection: apsw.Connection,
    run: str,
    number: int,
    turn: Turn,
    now: float,
    next_step: tuple[str, float, Collection[str]] | None,
) -> StepClaim | None:
    """Store what the run wants, and claim the first step."""
    owner, lease, names = next_step or ("", 0.0, ())
    claimed = None
    rows = []
    for command in turn.commands:
        state, due_at, attempt, lease_owner = "waiting", command.due_at, 0, None
        if command.kind is Kind.STEP:
            due_at = now
            if claimed is None and command.name in names and not turn.status.is_final:
                claimed = StepClaim(run, command.call, command.name, command.arguments, 1)
                state, due_at, attempt, lease_owner = "running", now + lease, 1, owner
        rows.append(
            (
                run,
                command.call,
                number,
                command.kind,
                command.name,
                command.arguments,
                state,
                due_at,
                attempt,
                lease_owner,
                now,
            )
        )
    connection.executemany(
        "INSERT INTO commands (run, call, turn, kind, name, arguments, state, due_at, attempt, lease_owner, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    return claimed


def set_alarm(connection: apsw.Connection, run: str, timer: float | None, now: float) -> None:
    """Say when the run has something to do next: now, if there is an event that it waits for."""
    connection.execute(
        f"UPDATE runs SET wake_at = CASE WHEN {DELIVERABLE} THEN ?2 "
        "ELSE (SELECT min(at) FROM (SELECT min(due_at) AS at FROM commands "
        "WHERE run = ?1 AND kind = 'timer' AND state = 'waiting' UNION ALL SELECT ?3)) END WHERE id = ?1",
        (run, now, timer),
    )


def finish(
    connection: apsw.Connection, run: str, status: Status, result: bytes | None, error: bytes | None, now: float
) -> None:
    """End a run, and all that it wants."""
    connection.execute(
        "UPDATE runs SET status = ?, result = ?, error = ?, finished_at = ?, wake_at = NULL WHERE id = ?",
        (status, result, error, now, run),
    )
    connection.execute(
        "UPDATE commands SET state = 'done', lease_owner = NULL WHERE run = ? AND state <> 'done'", (run,)
    )
