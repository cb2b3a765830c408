"""What has happened in a run."""

from __future__ import annotations

import apsw

from ..payload import unpack
from ..records import Command, Event, EventKind, Kind
from ..stored import StoredCommand, StoredHistory, StoredTurn
from .attempts import attempts_after


def history(connection: apsw.Connection, run: str, after: int) -> StoredHistory:
    """That of one run, after a turn."""
    turns = [
        StoredTurn(turn, clock, _events(events), logs)
        for turn, clock, events, logs in connection.execute(
            "SELECT turn, clock, events, logs FROM turns WHERE run = ? AND turn > ? "
            "AND (entropy <> x'' OR state = '') ORDER BY turn",  # the state that a fork begins with is no turn of it
            (run, after),
        )
    ]
    told: dict[int, Event] = {}
    untold: list[Event] = []
    names: dict[int, str] = {}
    for id, kind, *values, turn, name in connection.execute(
        "SELECT inbox.id, inbox.kind, target, payload, inbox.at, origin, inbox.turn, commands.name FROM inbox "
        "LEFT JOIN commands ON commands.run = inbox.run AND commands.call = CAST(target AS INTEGER) "
        "AND inbox.kind IN ('answer', 'failure') "
        "WHERE inbox.run = ? AND (inbox.turn IS NULL OR inbox.turn > ?) ORDER BY inbox.id",
        (run, after),
    ):
        event = Event(id, EventKind(kind), *values)
        if name is not None:
            names[int(event.target)] = name
        if turn is None:
            untold.append(event)
        else:
            told[event.id] = event
    trimmed = connection.execute(
        "SELECT max(min(turns.turn) - 1 - coalesce(forked_turn, 0), 0) FROM turns JOIN runs ON id = run WHERE run = ?",
        (run,),
    ).get
    commands, attempts = _commands(connection, run, after), attempts_after(connection, run, after)
    return StoredHistory(turns, commands, told, untold, names, trimmed or 0, attempts)


def _events(packed: bytes) -> list[Event]:
    return [Event(id, EventKind(kind), target, b"", at) for id, kind, target, at, _ in unpack(packed)]


def _commands(connection: apsw.Connection, run: str, after: int) -> list[StoredCommand]:
    return [
        StoredCommand(Command(call, Kind(kind), name, arguments, due), turn, state, attempt, error, at, queue)
        for turn, call, kind, name, arguments, state, due, attempt, error, at, queue in connection.execute(
            "SELECT turn, call, kind, name, arguments, state, due_at, attempt, error, at, queue FROM commands "
            "WHERE run = ? AND (turn > ? OR state <> 'done') ORDER BY call",
            (run, after),
        )
    ]
