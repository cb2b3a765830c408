"""Attempts of steps: kept when the next one begins or this one has failed, and heard of meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw

from ..records import StepClaim
from ..stored import StoredAttempt

MOST_ATTEMPTS: Final = 100
"""of each step that are kept: the latest"""

STEP: Final = "run, call, name, arguments, attempt, deaths"
"""columns with which a ``StepClaim`` begins"""
CLAIM: Final = f"{STEP}, heartbeat, end_by, max_attempts"
_COLUMNS: Final = "call, attempt, lease_owner, started_at, ended_at"


def keep_attempt(
    connection: apsw.Connection, run: str, call: int, ended_at: float | None = None, error: bytes | None = None
) -> None:
    """Keep the latest attempt of a step apart, if it has begun and is not kept already.

    :param ended_at: and how: not known of one whose worker was not heard of again.
    """
    connection.execute(
        "INSERT INTO attempts (run, call, attempt, worker, started_at, ended_at, error, queue, key) "
        "SELECT run, call, attempt, lease_owner, started_at, ?3, ?4, queue, key FROM commands "
        "WHERE run = ?1 AND call = ?2 AND started_at IS NOT NULL ON CONFLICT DO NOTHING",
        (run, call, ended_at, error),
    )
    connection.execute(
        "DELETE FROM attempts WHERE run = ?1 AND call = ?2 "
        "AND attempt <= (SELECT attempt FROM commands WHERE run = ?1 AND call = ?2) - ?3",
        (run, call, MOST_ATTEMPTS),
    )


def attempts_after(connection: apsw.Connection, run: str, after: int) -> list[StoredAttempt]:
    """Those of the steps that a run has come to want after a turn, or that still count."""
    rows = connection.execute(
        "WITH wanted AS (SELECT * FROM commands WHERE run = ?1 AND (turn > ?2 OR state <> 'done')) "
        "SELECT attempts.call, attempts.attempt, worker, attempts.started_at, attempts.ended_at, attempts.error "
        "FROM wanted JOIN attempts ON attempts.run = wanted.run AND attempts.call = wanted.call "
        f"UNION ALL SELECT {_COLUMNS}, NULL FROM wanted WHERE started_at IS NOT NULL ORDER BY 1, 2",
        (run, after),
    )
    return [StoredAttempt(*row) for row in rows]


def beat(connection: apsw.Connection, step: StepClaim, detail: bytes, now: float) -> bool:
    """Take note that an attempt goes on, and how far it is. Whether it still counts."""
    connection.execute(
        "UPDATE commands SET heartbeat = ?, beat_by = ? + heartbeat_timeout "
        "WHERE run = ? AND call = ? AND attempt = ? AND state = 'running'",
        (detail, now, step.run, step.call, step.attempt),
    )
    return connection.changes() > 0


def lost(connection: apsw.Connection, steps: Sequence[StepClaim]) -> list[StepClaim]:
    """Those whose attempt does not count any more."""
    return [step for step in steps if not is_in_state(connection, step, "running")]


def is_in_state(connection: apsw.Connection, step: StepClaim, state: str) -> bool:
    """Whether this is the latest attempt, and what has become of it is already there."""
    rows = connection.execute(
        "SELECT 1 FROM commands WHERE run = ? AND call = ? AND attempt = ? AND state = ?",
        (step.run, step.call, step.attempt, state),
    )
    return rows.fetchone() is not None
