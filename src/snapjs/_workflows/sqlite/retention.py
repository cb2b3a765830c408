"""What is not kept: runs that ended long ago, what long runs were told long ago, and codes that nothing needs."""

from __future__ import annotations

from typing import Any, Final

import apsw

from . import keys

_MOST_RUNS: Final = 100
_MOST_TURNS: Final = 1_000
"""of the runs that are removed in one transaction, so that nobody waits for long who wants to write"""
_TURNS_APART: Final = 32
"""between two times that a run is trimmed"""
_TRIMMED: Final = 4 * _TURNS_APART
"""turns at a time: where many are too old, it takes several times"""
_PAGES: Final = 1_000
"""of the file that are given back in one transaction"""
# What a parent is told of a child may be read with the help of the child's row only, as where both are encrypted.
_ENDED: Final = (
    "FROM runs WHERE finished_at < ? AND NOT EXISTS "
    "(SELECT 1 FROM inbox WHERE inbox.run = runs.parent AND inbox.turn IS NULL AND inbox.origin = runs.id)"
)


def ended(connection: apsw.Connection, before: float) -> int:
    """How many runs have ended before a moment."""
    return connection.execute(f"SELECT count(*) {_ENDED}", (before,)).get  # type: ignore[no-any-return]


def remove_runs(connection: apsw.Connection, before: float) -> tuple[int, bool]:
    """Forget some runs that have ended before a moment: how many, and whether there may be more."""
    removed, room = 0, _MOST_TURNS
    rows: list[Any] = connection.execute(
        f"SELECT id, turn, root, (SELECT min(turn) FROM turns WHERE run = id) {_ENDED} ORDER BY finished_at LIMIT ?",
        (before, _MOST_RUNS),
    ).fetchall()
    for id, turn, root, earliest in rows:
        turns = turn - (earliest or turn) + 1
        if turns > room:
            if not removed:
                trim(connection, id, earliest + room - 1)
            return removed, True
        connection.execute("DELETE FROM runs WHERE id = ?", (id,))
        keys.forget(connection, root)
        removed, room = removed + 1, room - turns
    return removed, len(rows) == _MOST_RUNS


def remove_artifacts(connection: apsw.Connection, before: float) -> int:
    """Forget codes that no run and no schedule has, and then engines that no code has, unless they were stored since a
    moment."""
    removed = 0
    for _ in ("codes", "engines"):
        connection.execute(
            "DELETE FROM artifacts WHERE stored_at < ? AND NOT EXISTS (SELECT 1 FROM runs WHERE code = sha256) "
            "AND NOT EXISTS (SELECT 1 FROM schedules WHERE code = sha256) "
            "AND NOT EXISTS (SELECT 1 FROM artifacts AS codes WHERE codes.engine = artifacts.sha256)",
            (before,),
        )
        removed += connection.changes()
    return removed


def shrink(connection: apsw.Connection) -> bool:
    """Give back some of the room that nothing takes any more to the disk. Whether there is more."""
    connection.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    return bool(connection.pragma("freelist_count"))


def forget_states(connection: apsw.Connection, run: str, turn: int) -> None:
    """Forget the states that those after a turn, and after later ones, are not made from."""
    connection.execute(
        "DELETE FROM snapshots WHERE run = ?1 "
        "AND turn < (SELECT max(turn) FROM snapshots WHERE run = ?1 AND turn <= ?2)",
        (run, turn),
    )


def trim_old(connection: apsw.Connection, run: str, turn: int, keep: int) -> None:
    """Forget what a run was told before its latest turns, now and then.

    :param turn: the latest.
    :param keep: how many to keep. Those from the latest on whose state is stored are, too.
    """
    if turn % _TURNS_APART:
        return
    earliest: Any = connection.execute("SELECT min(turn) FROM turns WHERE run = ?", (run,)).get
    stored: Any = connection.execute("SELECT coalesce(max(turn), 0) FROM snapshots WHERE run = ?", (run,)).get
    last = min(turn - keep, stored - 1)
    if earliest <= last:
        trim(connection, run, min(last, earliest + _TRIMMED - 1))


def trim(connection: apsw.Connection, run: str, last: int) -> None:
    """Forget the turns of a run, as far as one of them: what it was told, and has wanted and does not want any more."""
    connection.execute(
        "INSERT INTO deliveries (run, dedup) SELECT run, dedup FROM inbox "
        "WHERE run = ? AND turn <= ? AND kind = 'hook' AND dedup IS NOT NULL",
        (run, last),
    )
    for old in ("inbox WHERE", "commands WHERE state = 'done' AND", "turns WHERE"):
        connection.execute(f"DELETE FROM {old} run = ? AND turn <= ?", (run, last))
