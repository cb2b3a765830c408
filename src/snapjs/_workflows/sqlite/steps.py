"""Steps: placed, ended, and tried again."""

from __future__ import annotations

from typing import Any, Final

import apsw

from ..crash import crash_point
from ..placement import Placement
from ..records import Outcome, StepClaim, Task
from ..store import Fenced
from .attempts import is_in_state, keep_attempt
from .events import tell, wake

PLACED: Final = "queue, key, head_start, start_by, end_by, heartbeat_timeout, max_attempts"


def placed(placement: Placement, priority: float, at: float) -> tuple[Any, ...]:
    """The values of :data:`PLACED`.

    :param priority: of the run.
    :param at: when it came to want the step.
    """
    return (
        placement.queue,
        placement.key,
        placement.head_start + priority,
        None if placement.schedule_to_start is None else at + placement.schedule_to_start,
        None if placement.schedule_to_close is None else at + placement.schedule_to_close,
        placement.heartbeat_timeout,
        placement.max_attempts,
    )


def place(connection: apsw.Connection, step: StepClaim, placement: Placement) -> None:
    """Say of a step what the app says of it, unless somebody has."""
    at: Any
    priority: Any
    for at, priority in connection.execute(
        "SELECT commands.at, priority FROM commands JOIN runs ON runs.id = run "
        "WHERE run = ? AND call = ? AND is_placed = 0",
        (step.run, step.call),
    ).fetchall():
        connection.execute(
            f"UPDATE commands SET is_placed = 1, due_at = ?, ({PLACED}) = (?, ?, ?, ?, ?, ?, ?) "
            "WHERE run = ? AND call = ?",
            (at - placement.head_start - priority, *placed(placement, priority, at), step.run, step.call),
        )


def waiting(connection: apsw.Connection, before: float) -> dict[str, int]:
    """How many steps of each name are due since then, at the latest."""
    rows: Any = connection.execute(
        "SELECT name, count(*) FROM commands INDEXED BY steps_next "
        "WHERE kind = 'step' AND state IN ('waiting', 'running') AND due_at <= ? GROUP BY name",
        (before,),
    )
    return dict(rows)


def finish(connection: apsw.Connection, outcome: Outcome, now: float) -> None:
    """Tell the run of the outcome.

    :raises Fenced: it is not this attempt any more that counts.
    """
    step = outcome.step
    if is_answered(connection, step):
        return
    end_step(connection, step, outcome.event.at)
    tell(connection, step.run, outcome.event, answered_key(step))
    crash_point("step_storing")
    wake(connection, step.run, now)


def retry(connection: apsw.Connection, step: StepClaim, due_at: float, error: bytes, now: float) -> None:
    """Have the step tried again.

    :raises Fenced: it is not this attempt any more that counts.
    """
    if is_in_state(connection, step, "running"):
        keep_attempt(connection, step.run, step.call, now, error)
    connection.execute(
        "UPDATE commands SET state = "
        "CASE (SELECT status FROM runs WHERE id = run) WHEN 'paused' THEN 'held' ELSE 'waiting' END, "
        "due_at = ?, error = ?, deaths = 0, started_at = NULL "
        "WHERE run = ? AND call = ? AND state = 'running' AND attempt = ?",
        (due_at, error, step.run, step.call, step.attempt),
    )
    if not connection.changes() and not any(is_in_state(connection, step, state) for state in ("waiting", "held")):
        raise Fenced


def end_step(connection: apsw.Connection, step: StepClaim, at: float) -> None:
    """Take note that a step has ended: one that runs, or that has waited for too long.

    :raises Fenced: it is not this attempt any more that counts.
    """
    connection.execute(
        "UPDATE commands SET state = 'done', ended_at = CASE state WHEN 'running' THEN ? ELSE ended_at END "
        "WHERE run = ? AND call = ? AND attempt = ? AND state IN ('running', ?)",
        (at, step.run, step.call, step.attempt, "running" if step.task is Task.RUN else "waiting"),
    )
    if not connection.changes():
        raise Fenced


def is_answered(connection: apsw.Connection, step: StepClaim) -> bool:
    """Whether the run was told of the outcome of this very attempt."""
    told = "SELECT 1 FROM inbox WHERE run = ? AND dedup = ?"
    return (
        is_in_state(connection, step, "done")
        and connection.execute(told, (step.run, answered_key(step))).fetchone() is not None
    )


def answered_key(step: StepClaim) -> str:
    """Under which the outcome of a step is told once."""
    return f"step:{step.call}"
