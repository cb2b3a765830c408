"""Data keys, as other keys wrap them: kept, wrapped anew, and deleted without a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from ..records import WrappedKey

IS_OURS: Final = (
    "(?{0} IS NULL OR (SELECT kek FROM keys WHERE keys.root = runs.root) IN (SELECT value FROM json_each(?{0})))"
)
"""whether one of the keys of parameter {0}, ids in JSON, wraps that of a run; NULL: nothing is encrypted"""


def of_store(connection: apsw.Connection) -> WrappedKey | None:
    """The store's own data key; ``None``: it is not encrypted."""
    row = connection.execute("SELECT root, kek, wrapped_key FROM keys WHERE root = ''").fetchone()
    return None if row is None else WrappedKey(*row)


def keep_for_store(connection: apsw.Connection, wrapped: WrappedKey) -> WrappedKey | None:
    """Have a data key for the store's own, or the one that it has; ``None``: it has runs that are not encrypted."""
    found = of_store(connection)
    if found is not None:
        return found
    if connection.execute("SELECT 1 FROM runs UNION ALL SELECT 1 FROM schedules LIMIT 1").fetchone() is not None:
        return None
    keep(connection, wrapped)
    return wrapped


def keep(connection: apsw.Connection, wrapped: WrappedKey) -> None:
    """Keep a new one."""
    connection.execute(
        "INSERT INTO keys (root, kek, wrapped_key) VALUES (?, ?, ?)", (wrapped.root, wrapped.kek, wrapped.data)
    )


def of_others(connection: apsw.Connection, kek: str, limit: int) -> list[WrappedKey]:
    """So many of those that another key than this one wraps."""
    rows = connection.execute(
        "SELECT root, kek, wrapped_key FROM keys WHERE kek < ?1 OR kek > ?1 LIMIT ?2", (kek, limit)
    )
    return [WrappedKey(*row) for row in rows]


def rewrap(connection: apsw.Connection, keys: Iterable[tuple[WrappedKey, WrappedKey]]) -> None:
    """Put each second one in the place of the first, if that is still there."""
    with _without_trace(connection):
        connection.executemany(
            "UPDATE keys SET kek = ?, wrapped_key = ? WHERE root = ? AND wrapped_key = ?",
            [(new.kek, new.data, old.root, old.data) for old, new in keys],
        )


def delete(connection: apsw.Connection, root: str) -> None:
    """Delete one, which is in the file no more then."""
    with _without_trace(connection):
        connection.execute("DELETE FROM keys WHERE root = ?", (root,))


def forget(connection: apsw.Connection, root: str) -> None:
    """Delete one, unless some run still has it."""
    if connection.execute("SELECT 1 FROM runs WHERE root = ? LIMIT 1", (root,)).fetchone() is None:
        delete(connection, root)


@contextmanager
def _without_trace(connection: apsw.Connection) -> Iterator[None]:
    """Have SQLite overwrite what it deletes. There is no other copy in the file: rows that are only ever appended, and
    changed to others of their length, are not moved, but by the first split of the table's only page, which "fast"
    overwrites. Those in the log beside the file go when that is emptied."""
    connection.pragma("secure_delete", True)
    try:
        yield
    finally:
        connection.pragma("secure_delete", "fast")
