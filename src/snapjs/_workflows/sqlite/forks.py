"""Runs that begin where another one was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import apsw

from ..payload import pack
from ..records import Event, EventKind, Fork, Kind, ParentClose, Run, Status, child_id
from . import runs
from .events import tell

_NEW: Final[dict[str, Any]] = {
    "status": Status.RUNNING,
    "epoch": 0,
    "lease_owner": None,
    "lease_until": None,
    "deaths": 0,
    "result": None,
    "error": None,
    "finished_at": None,
    "schedule": None,
    "deadline": None,
    "ends_at": None,
    "parent": None,
    "parent_call": None,
    "parent_close": ParentClose.ABANDON,
}
"""What a fork has of its own. All else is that of the run that it comes from."""


def fork(connection: apsw.Connection, fork: Fork, now: float) -> tuple[Run, bool]:
    """A new run, or the one that has its key already; and whether it is new.

    :raises KeyError: the run, or something that it waited for, is not there any more.
    """
    source = runs.run(connection, fork.source)
    if source is None:
        raise KeyError(fork.source)
    if fork.key is not None:
        found = runs.run_of(connection, source.workflow, fork.key, source.function)
        if found is not None:
            return found, False
    own = {
        "id": fork.id,
        "key": fork.key,
        "turn": fork.turn,
        "last_call": fork.last_call,
        "wake_at": now,
        "created_at": now,
        "forked_from": fork.source,
        "forked_turn": fork.turn,
    }
    _copy(connection, "runs", {**_NEW, **own}, "id = ?", fork.source)
    _copy(connection, "attributes", {"run": fork.id}, "run = ?", fork.source)
    _begin(connection, fork, now)
    for call in fork.calls:
        _copy_command(connection, fork, call, now)
    forked = runs.run(connection, fork.id)
    assert forked is not None
    return forked, True


def _begin(connection: apsw.Connection, fork: Fork, now: float) -> None:
    """The state that it begins with, and what it is told first."""
    if fork.patch is not None:
        tell(connection, fork.id, Event(0, EventKind.PATCH, "", fork.patch, now), None)
    has_begun = _copy_begin(connection, fork.source, fork.turn, fork.id)
    if not fork.turn:
        if not has_begun:
            raise KeyError(fork.source)
        return
    connection.execute(
        "INSERT INTO turns (run, turn, clock, entropy, events, state, effects, last_call, logs) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (fork.id, fork.turn, now, b"", pack([]), fork.state, b"", fork.last_call, b""),
    )
    connection.execute("INSERT INTO snapshots (run, turn, data) VALUES (?, ?, ?)", (fork.id, fork.turn, fork.snapshot))


def _copy_begin(connection: apsw.Connection, source: str, turn: int, id: str) -> bool:
    """Tell a run what another one was told after a turn, if that was to begin, for the first time or again."""
    # In the turn that follows. If none could be taken since, nobody was told.
    begin = (
        "run = ? AND kind = 'begin' AND (turn = ? + 1 OR turn IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM turns WHERE run = ? AND turn > ? AND entropy <> x''))"
    )
    own = {"id": None, "run": id, "turn": None}
    return bool(_copy(connection, "inbox", own, begin, source, turn, source, turn))


def _copy_command(connection: apsw.Connection, fork: Fork, call: int, now: float) -> None:
    """Have it want what the run wanted; what it is to be told of that, it is told."""
    row: Any = connection.execute(
        "SELECT kind, head_start, start_by - at, end_by - at FROM commands WHERE run = ? AND call = ?",
        (fork.source, call),
    ).fetchone()
    if row is None:
        raise KeyError(call)
    kind, head_start, to_start, to_end = row
    is_answered = _answer(connection, fork, call, f"{'child' if kind == Kind.CHILD else 'step'}:{call}")
    own: dict[str, Any] = {
        "run": fork.id,
        "state": "done" if is_answered else "waiting",
        "attempt": 0,
        "lease_owner": None,
        "deaths": 0,
        "error": None,
        "started_at": None,
        "ended_at": None,
        "is_parked": 0,
        "beat_by": None,
        "heartbeat": None,
    }
    if kind == Kind.STEP:  # what is said of how long it may take counts from now on
        own |= {
            "due_at": now - head_start,
            "at": now,
            "start_by": None if to_start is None else now + to_start,
            "end_by": None if to_end is None else now + to_end,
        }
    _copy(connection, "commands", own, "run = ? AND call = ?", fork.source, call)
    if kind == Kind.CHILD and not is_answered:
        _begin_child(connection, fork, call, now)


def _answer(connection: apsw.Connection, fork: Fork, call: int, dedup: str) -> bool:
    """Tell it the answer of a call, if there is one."""
    for answer in fork.answers:
        if answer.target == str(call):
            tell(connection, fork.id, answer, dedup)
            return True
    if call in fork.rerun:
        return False
    outcome = {"id": None, "run": fork.id, "turn": None}
    return bool(_copy(connection, "inbox", outcome, "run = ? AND dedup = ?", fork.source, dedup))


def _begin_child(connection: apsw.Connection, fork: Fork, call: int, now: float) -> None:
    """Begin the child that a call has started, as a child of the fork."""
    rows = connection.execute("SELECT id FROM runs WHERE parent = ? AND parent_call = ?", (fork.source, call))
    source: str | None = rows.get
    if source is None:
        raise KeyError(call)
    id = child_id(fork.id, call)
    own = {
        **{name: value for name, value in _NEW.items() if name != "parent_close"},
        "id": id,
        "key": None,
        "turn": 0,
        "last_call": 0,
        "wake_at": now,
        "created_at": now,
        "forked_from": None,
        "forked_turn": None,
        "parent": fork.id,
        "parent_call": call,
    }
    _copy(connection, "runs", own, "id = ?", source)
    if not _copy_begin(connection, source, 0, id):
        raise KeyError(call)


def _copy(connection: apsw.Connection, table: str, changes: Mapping[str, Any], condition: str, *values: Any) -> int:
    """Copy the rows of a table that meet a condition, all columns but those that change. How many there were."""
    columns = [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    missing = changes.keys() - columns
    assert not missing, f"{table} has no {missing}"
    wanted = ", ".join("?" if name in changes else name for name in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {wanted} FROM {table} WHERE {condition}",
        (*(changes[name] for name in columns if name in changes), *values),
    )
    return connection.changes()
