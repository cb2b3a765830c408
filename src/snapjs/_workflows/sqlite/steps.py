"""Steps: claimed, ended, and tried again."""

from __future__ import annotations

from collections.abc import Collection

import apsw

from ..crash import crash_point
from ..records import Outcome, StepClaim
from ..store import Fenced
from .events import tell, wake
from .keys import IS_OURS
from .pauses import is_held


def is_any_due(connection: apsw.Connection, names: Collection[str], now: float, ours: str | None) -> bool:
    """Whether there is a step that could be claimed."""
    return connection.execute(_due(names), (now, ours, *names)).fetchone() is not None


def claim(
    connection: apsw.Connection, owner: str, lease: float, names: Collection[str], now: float, ours: str | None
) -> StepClaim | None:
    """The step that has waited for longest, claimed for so many seconds.

    :param ours: ids of keys, in JSON: it is of a run whose data key one of them wraps.
    """
    while (found := connection.execute(_due(names), (now, ours, *names)).fetchone()) is not None:
        run, call = found
        if is_held(connection, run, call):
            continue
        connection.execute(
            "UPDATE commands SET state = 'running', attempt = attempt + 1, lease_owner = ?, due_at = ?, "
            "deaths = deaths + (state = 'running') WHERE run = ? AND call = ?",
            (owner, now + lease, run, call),
        )
        [row] = connection.execute(
            "SELECT run, call, name, arguments, attempt, deaths FROM commands WHERE run = ? AND call = ?",
            (run, call),
        )
        return StepClaim(*row)
    return None


def _due(names: Collection[str]) -> str:
    # One search a name, or steps that only others have would all be looked at.
    wanted = " UNION ALL ".join(
        "SELECT * FROM (SELECT due_at, run, call FROM commands "
        "WHERE kind = 'step' AND state IN ('waiting', 'running') "
        f"AND name = ?{number} AND due_at <= ?1 "
        f"AND (?2 IS NULL OR EXISTS (SELECT 1 FROM runs WHERE runs.id = run AND {IS_OURS.format(2)})) "
        "ORDER BY due_at LIMIT 1)"
        for number in range(3, len(names) + 3)
    )
    return f"SELECT run, call FROM ({wanted}) ORDER BY due_at LIMIT 1"


def finish(connection: apsw.Connection, outcome: Outcome, now: float) -> None:
    """Tell the run of the outcome.

    :raises Fenced: it is not this attempt any more that counts.
    """
    step = outcome.step
    if _is_answered(connection, step):
        return
    end_step(connection, step)
    tell(connection, step.run, outcome.event, answered_key(step))
    crash_point("step_storing")
    wake(connection, step.run, now)


def retry(connection: apsw.Connection, step: StepClaim, due_at: float, error: bytes) -> None:
    """Have the step tried again.

    :raises Fenced: it is not this attempt any more that counts.
    """
    connection.execute(
        "UPDATE commands SET state = "
        "CASE (SELECT status FROM runs WHERE id = run) WHEN 'paused' THEN 'held' ELSE 'waiting' END, "
        "due_at = ?, error = ?, lease_owner = NULL, deaths = 0 "
        "WHERE run = ? AND call = ? AND state = 'running' AND attempt = ?",
        (due_at, error, step.run, step.call, step.attempt),
    )
    if not connection.changes() and not any(_is_in_state(connection, step, state) for state in ("waiting", "held")):
        raise Fenced


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


def _is_answered(connection: apsw.Connection, step: StepClaim) -> bool:
    """Whether the run was told of the outcome of this very attempt."""
    told = "SELECT 1 FROM inbox WHERE run = ? AND dedup = ?"
    return (
        _is_in_state(connection, step, "done")
        and connection.execute(told, (step.run, answered_key(step))).fetchone() is not None
    )


def _is_in_state(connection: apsw.Connection, step: StepClaim, state: str) -> bool:
    """Whether this is the latest attempt, and what has become of it is already there."""
    rows = connection.execute(
        "SELECT 1 FROM commands WHERE run = ? AND call = ? AND attempt = ? AND state = ?",
        (step.run, step.call, step.attempt, state),
    )
    return rows.fetchone() is not None


def answered_key(step: StepClaim) -> str:
    """Under which the outcome of a step is told once."""
    return f"step:{step.call}"
