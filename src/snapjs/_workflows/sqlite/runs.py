"""Runs: begun, found, told from outside, and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import apsw

from ...errors import KeyRefused
from ..crash import crash_point
from ..records import Event, EventKind, NewRun, Run, Status, WrappedKey
from . import attributes, children, keys
from .artifacts import check
from .events import DELIVERABLE, tell, wake

COLUMNS: Final = (
    "id, workflow, key, status, turn, code, created_at, finished_at, wake_at, result, error, "
    "function, parent, schedule, deadline, ends_at, forked_from, forked_turn, root, kek, wrapped_key"
)
RUNS: Final = "runs LEFT JOIN keys USING (root)"
"""where the columns are"""


def run_from(connection: apsw.Connection, row: tuple[Any, ...]) -> Run:
    """The run in a row of :data:`COLUMNS`."""
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    said = attributes.of(connection, values["id"])
    return Run(**{**values, "status": Status(values["status"]), "attributes": said})


def start(connection: apsw.Connection, new: NewRun, now: float) -> tuple[Run, bool]:
    """A new run, or the one that has its key already; and whether it is new.

    :raises KeyError: its code is not there.
    :raises KeyRefused: it is not encrypted, and the store is.
    """
    if new.key is not None:
        found = run_of(connection, new.workflow, new.key, new.function)
        if found is not None:
            return found, False
    check(connection, new.code)
    connection.execute(
        "INSERT INTO runs (id, workflow, key, status, code, created_at, wake_at, schedule, deadline, function, parent, "
        "parent_call, parent_close, priority, root) VALUES (?1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?11, ?, ?, ?, "
        "coalesce((SELECT root FROM runs WHERE id = ?11), ?1))",
        (
            new.id,
            new.workflow,
            new.key,
            Status.RUNNING,
            new.code,
            now,
            now - new.priority,
            new.schedule,
            new.deadline,
            new.function,
            new.parent,
            new.parent_call,
            new.parent_close,
            new.priority,
        ),
    )
    attributes.put(connection, new.id, new.attributes)
    if new.wrapped_key is not None and new.kek is not None:
        keys.keep(connection, WrappedKey(new.id, new.kek, new.wrapped_key))
    elif new.parent is None and keys.of_store(connection) is not None:
        raise KeyRefused("none")
    tell(connection, new.id, Event(0, EventKind.BEGIN, "", new.arguments, now), None)
    started = run(connection, new.id)
    assert started is not None
    return started, True


def run(connection: apsw.Connection, id: str) -> Run | None:
    """A run, if there is one of that id."""
    row = connection.execute(f"SELECT {COLUMNS} FROM {RUNS} WHERE id = ?", (id,)).fetchone()
    return None if row is None else run_from(connection, row)


def run_of(connection: apsw.Connection, workflow: str, key: str, function: str = "default") -> Run | None:
    """The run of a function of a workflow that has a key, if there is one."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM {RUNS} WHERE workflow = ? AND function = ? AND key = ?", (workflow, function, key)
    )
    row = rows.fetchone()
    return None if row is None else run_from(connection, row)


def ids(connection: apsw.Connection, prefix: str, limit: int) -> list[str]:
    """The ids of runs that begin so, in order, but for those of children."""
    # Characters are compared by their numbers, of which this is the last.
    rows = connection.execute(
        "SELECT id FROM runs WHERE id >= ? AND id < ? AND instr(id, '.') = 0 ORDER BY id LIMIT ?",
        (prefix, f"{prefix}\U0010ffff", limit),
    )
    return [id for (id,) in rows]


def newest(
    connection: apsw.Connection,
    status: Status | None,
    workflow: str | None,
    key: str | None,
    limit: int,
    said: Mapping[str, bytes | None],
    parent: str | None,
) -> list[Run]:
    """The newest runs, without their results: of many runs, they may be large."""
    columns = COLUMNS.replace("result", "NULL")
    values: list[Any] = [status, workflow, limit, parent, key]
    of_parent = "?4 IS NULL" if parent is None else "parent = ?4"  # apart, or the index would not be used
    rows = connection.execute(
        f"SELECT {columns} FROM {RUNS} WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR workflow = ?2) "
        f"AND (?5 IS NULL OR key = ?5) AND {of_parent} AND {attributes.condition(said, values)} "
        "ORDER BY created_at DESC, id LIMIT ?3",
        values,
    ).fetchall()
    return [run_from(connection, row) for row in rows]


def status_of(connection: apsw.Connection, run: str) -> Status | None:
    """The status of a run, if there is one of that id."""
    for (status,) in connection.execute("SELECT status FROM runs WHERE id = ?", (run,)):
        return Status(status)
    return None


def deliver(connection: apsw.Connection, run: str, event: Event, dedup: str | None, now: float) -> Status | None:
    """Have a run told something, if it has not ended. Its status."""
    status = status_of(connection, run)
    if status is not None and not status.is_final:
        tell(connection, run, event, dedup)
        [(is_wanted,)] = connection.execute(f"SELECT {DELIVERABLE}", (run,))
        if is_wanted:
            wake(connection, run, now)
    return status


def end(connection: apsw.Connection, run: str, status: Status, error: bytes | None, now: float) -> Status | None:
    """End a run from outside, if it has not ended, and its children with it: whoever takes a turn of them is fenced.
    Its status before."""
    before = status_of(connection, run)
    if before is not None and not before.is_final:
        finish(connection, run, status, None, error, now, is_terminated=True)
        connection.execute(
            "UPDATE runs SET epoch = epoch + 1, lease_owner = NULL, lease_until = NULL WHERE id = ?", (run,)
        )
    return before


def finish(
    connection: apsw.Connection,
    run: str,
    status: Status,
    result: bytes | None,
    error: bytes | None,
    now: float,
    *,
    is_terminated: bool = False,
) -> None:
    """End a run, and all that it wants. Who has started it is told; whom it has started ends too, or is told to, or
    goes on."""
    connection.execute(
        "UPDATE runs SET status = ?, result = ?, error = ?, finished_at = ?, wake_at = NULL WHERE id = ?",
        (status, result, error, now, run),
    )
    crash_point("ending")
    children.tell_parent(connection, run, status, result, error, now)
    drop(connection, run, now, is_terminated=is_terminated)


def drop(connection: apsw.Connection, run: str, now: float, *, is_terminated: bool) -> None:
    """Let go of what a run wants, and of its children.

    :param is_terminated: whether it was ended from outside, at once: so are they, then.
    """
    connection.execute("UPDATE commands SET state = 'done' WHERE run = ? AND state <> 'done'", (run,))
    for child in children.let_go(connection, run, now, is_terminated=is_terminated):
        end(connection, child, Status.CANCELLED, None, now)


def shred(connection: apsw.Connection, run: str, error: bytes, now: float) -> bool:
    """Delete the data key of a run, of its root and of all that descends from that, and end them. Whether there is such
    a run."""
    row = connection.execute("SELECT root FROM runs WHERE id = ?", (run,)).fetchone()
    if row is None:
        return False
    [root] = row
    keys.delete(connection, root)
    connection.execute("DELETE FROM attributes WHERE run IN (SELECT id FROM runs WHERE root = ?)", (root,))
    going_on = connection.execute("SELECT id FROM runs WHERE root = ? AND finished_at IS NULL", (root,)).fetchall()
    for (id,) in going_on:
        finish(connection, str(id), Status.CANCELLED, None, None, now)
    connection.execute(
        "UPDATE runs SET epoch = epoch + 1, lease_owner = NULL, lease_until = NULL, result = NULL, error = ? "
        "WHERE root = ?",
        (error, root),
    )
    return True
