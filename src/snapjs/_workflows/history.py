"""What has happened in a run, for people and for tools."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..errors import JSError
from .payload import SEALED, is_sealed, shown, unpack, unpack_error
from .records import PARENT_ENDED, Event, EventKind, Kind
from .stored import StoredAttempt, StoredCommand, StoredHistory

_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Unix seconds: a program may sleep for longer than Python has dates"""


@dataclass(frozen=True)
class Told:
    """Something that a run was told."""

    kind: str
    """``begin``, ``answer`` or ``failure`` of a step or child, ``timer``, ``hook``, ``cancel``, ``deadline``,
    ``patch``, or ``undone``: a patch that threw, of which nothing is left"""
    call: int | None
    """the number of the step, timer or child"""
    name: str
    """of the step, hook or child's function; empty for others"""
    value: Any
    """the arguments of the run, the step's result or its error, what was delivered, why it was cancelled, the
    patch"""
    at: datetime
    """when it happened; it was told in the next turn"""


@dataclass(frozen=True)
class Attempt:
    """An attempt of a step."""

    number: int
    """1 for the first"""
    worker: str
    """that ran it: the id of its process, and something that no other has"""
    started_at: datetime
    ended_at: datetime | None
    """``None``: it runs, or its worker was not heard of again"""
    error: JSError | None
    """of one that has failed and was not the last"""


@dataclass(frozen=True)
class Wanted:
    """Something that a run has come to wait for."""

    call: int
    """its number: with the run, the key of a step, and the id of a child"""
    kind: Kind
    """``step``, ``timer``, ``hook`` or ``child``"""
    name: str
    """of the step, hook or child's function; empty for a timer"""
    arguments: list[Any]
    """of a step"""
    state: str
    """``waiting``, ``running`` (a step), ``held`` (a step of a run that is paused) or ``done``"""
    due_at: datetime | None
    """when a timer is due, or a step may be tried next"""
    attempts: int
    """of a step, begun so far"""
    tried: list[Attempt]
    """of a step: these attempts, the latest 100 of them"""
    error: JSError | None
    """of a step: of the latest attempt that has failed and was not the last"""
    at: datetime
    """since when"""
    queue: str | None
    """in which a step stands"""


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
    trimmed: int = 0
    """how many of the first turns are not kept any more"""


def history_of(stored: StoredHistory) -> History:
    """What the store has, as values."""
    tried: dict[int, list[Attempt]] = {}
    for attempt in stored.attempts:
        tried.setdefault(attempt.call, []).append(_attempt(attempt))
    wanted: dict[int, list[Wanted]] = {}
    for one in stored.commands:
        wanted.setdefault(one.turn, []).append(_wanted(one, tried))
    turns = [
        PastTurn(
            one.turn,
            _time(one.clock),
            [_told(replace(stored.events.get(event.id, event), kind=event.kind), stored.names) for event in one.told],
            wanted.get(one.turn, []),
            shown(one.logs) if one.logs else "",
        )
        for one in stored.turns
    ]
    waiting = [_wanted(one, tried) for one in stored.commands if one.state != "done"]
    untold = [_told(event, stored.names) for event in stored.untold]
    return History(turns, waiting, untold, stored.trimmed)


def _attempt(stored: StoredAttempt) -> Attempt:
    return Attempt(
        stored.number,
        stored.worker,
        _time(stored.started_at),
        None if stored.ended_at is None else _time(stored.ended_at),
        None if stored.error is None else unpack_error(stored.error),
    )


def _wanted(stored: StoredCommand, tried: dict[int, list[Attempt]]) -> Wanted:
    command = stored.command
    return Wanted(
        command.call,
        command.kind,
        command.name,
        _arguments(command.arguments),
        stored.state,
        None if command.due_at is None else _time(command.due_at),
        stored.attempt,
        tried.get(command.call, []),
        None if stored.error is None else _error(stored.error),
        _time(stored.at),
        stored.queue,
    )


def _told(event: Event, names: dict[int, str]) -> Told:
    call = int(event.target) if event.kind in (EventKind.ANSWER, EventKind.FAILURE, EventKind.TIMER) else None
    name = event.target if call is None else names.get(call, "")
    if event.kind in (EventKind.TIMER, EventKind.DEADLINE):
        value = None
    else:
        read: dict[EventKind, Any] = {EventKind.FAILURE: _error, EventKind.BEGIN: _arguments}
        value = read.get(event.kind, _value)(event.payload)
    return Told(str(event.kind), call, name, value, _time(event.at))


def _arguments(data: bytes) -> list[Any]:
    return [SEALED] if is_sealed(data) else unpack(data)


def _value(data: bytes) -> Any:
    return shown(data) if data else PARENT_ENDED


def _error(data: bytes) -> JSError:
    return JSError(SEALED) if is_sealed(data) else unpack_error(data)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC)
