"""What has happened in a run, for people and for tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import apsw

from ..errors import JSError
from .payload import unpack, unpack_error
from .records import Kind

_FAILURE = "failure"
_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Unix seconds: a program may sleep for longer than Python has dates"""
_WANTED = "SELECT turn, call, kind, name, arguments, state, due_at, attempt, error, at FROM commands"


@dataclass(frozen=True)
class Told:
    """Something that a run was told."""

    kind: str
    """``begin``, ``answer`` or ``failure`` of a step, ``timer``, ``hook`` or ``cancel``"""
    call: int | None
    """the number of the step or timer"""
    name: str
    """of the step or hook; empty for others"""
    value: Any
    """the arguments of the run, the step's result or its error, what was delivered, why it was cancelled"""
    at: datetime
    """when it happened; it was told in the next turn"""


@dataclass(frozen=True)
class Wanted:
    """Something that a run has come to wait for."""

    call: int
    """its number: with the run, the key of a step"""
    kind: Kind
    """``step``, ``timer`` or ``hook``"""
    name: str
    """of the step or hook; empty for a timer"""
    arguments: list[Any]
    """of a step"""
    state: str
    """``waiting``, ``running`` (a step) or ``done``"""
    due_at: datetime | None
    """when a timer is due, or a step may be tried next"""
    attempts: int
    """of a step, begun so far"""
    error: JSError | None
    """of a step: of the latest attempt that has failed and was not the last"""
    at: datetime
    """since when"""


@dataclass(frozen=True)
class PastTurn:
    """A turn that a run has taken."""

    turn: int
    """its number; the first is 1"""
    at: datetime
    """what time it was for the program"""
    told: list[Told]
    wanted: list[Wanted]
    log: str
    """what the program has written"""


@dataclass(frozen=True)
class History:
    """What has happened in a run, as :meth:`snapjs.workflows.Run.history` shows it."""

    turns: list[PastTurn]
    waiting: list[Wanted]
    """what it waits for; of some the program may have lost interest, as of what has lost a ``Promise.race``"""
    untold: list[Told]
    """what it has not been told yet: there was no turn since, or it is for a hook that the program does not await"""


def read_history(connection: apsw.Connection, run: str, after: int) -> History:
    """That of one run.

    :param after: the turn after which it begins.
    """
    wanted: dict[int, list[Wanted]] = {}
    for turn, one in _wanted(connection, "WHERE run = ? AND turn > ? ORDER BY call", (run, after)):
        wanted.setdefault(turn, []).append(one)
    waiting = [one for _, one in _wanted(connection, "WHERE run = ? AND state <> 'done' ORDER BY call", (run,))]
    told, untold = _told(connection, run, after)
    turns = [
        PastTurn(turn, _time(clock), _in_order(told, unpack(events)), wanted.get(turn, []), "".join(unpack(logs)))
        for turn, clock, events, logs in connection.execute(
            "SELECT turn, clock, events, logs FROM turns WHERE run = ? AND turn > ? ORDER BY turn", (run, after)
        )
    ]
    return History(turns, waiting, untold)


def _wanted(connection: apsw.Connection, where: str, values: tuple[Any, ...]) -> Iterator[tuple[int, Wanted]]:
    for turn, call, kind, name, arguments, state, due, attempt, error, at in connection.execute(
        f"{_WANTED} {where}", values
    ):
        yield (
            turn,
            Wanted(
                call,
                Kind(kind),
                name,
                unpack(arguments),
                state,
                None if due is None else _time(due),
                attempt,
                None if error is None else unpack_error(error),
                _time(at),
            ),
        )


def _told(connection: apsw.Connection, run: str, after: int) -> tuple[dict[int, Told], list[Told]]:
    """What a run was told, by the number of the event; and what it was not told yet."""
    told: dict[int, Told] = {}
    untold: list[Told] = []
    for id, kind, target, payload, at, turn, name in connection.execute(
        "SELECT inbox.id, inbox.kind, target, payload, inbox.at, inbox.turn, commands.name FROM inbox "
        "LEFT JOIN commands ON commands.run = inbox.run AND commands.call = CAST(target AS INTEGER) "
        "AND inbox.kind IN ('answer', 'failure') "
        "WHERE inbox.run = ? AND (inbox.turn IS NULL OR inbox.turn > ?) ORDER BY inbox.id",
        (run, after),
    ):
        value = unpack_error(payload) if kind == _FAILURE else unpack(payload)
        one = Told(kind, None if name is None else int(target), name or target, value, _time(at))
        if turn is None:
            untold.append(one)
        else:
            told[id] = one
    return told, untold


def _in_order(told: dict[int, Told], events: list[list[Any]]) -> list[Told]:
    """What a turn has told, in its order. Timers are no deliveries, so they are only here."""
    return [
        told[id] if id in told else Told(kind, int(target), "", None, _time(at)) for id, kind, target, at, _ in events
    ]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC)
