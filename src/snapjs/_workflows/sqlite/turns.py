"""Turns: runs claimed, their turns stored, and when there is something to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import apsw

from ..crash import crash_point
from ..payload import pack
from ..placement import NO_PLACEMENT, Queue
from ..records import GRACE, Claim, Event, EventKind, Kind, Outcome, Status, StepClaim, Turn
from ..store import Fenced, NextStep
from . import attributes, children, streams
from .attempts import CLAIM
from .claims import free_at
from .events import DELIVERABLE, events_for, tell
from .keys import IS_OURS
from .retention import forget_states, trim_old
from .runs import COLUMNS, RUNS, deliver, drop, end, finish, run_from, start
from .steps import PLACED, answered_key, end_step, placed

_END_BY: Final = PLACED.split(", ").index("end_by")
_DUE: Final = (
    "SELECT id FROM runs WHERE wake_at <= ?2 AND (lease_until IS NULL OR lease_until <= ?1) "
    f"AND {IS_OURS.format(3)} ORDER BY wake_at, turn LIMIT 1"
)
"""Of those that wait since the same moment, one that has taken few turns: children before their parent, or that would
take a turn for each of them."""


def is_any_due(connection: apsw.Connection, now: float, overdue: float, ours: str | None) -> bool:
    """Whether there is a run that could be claimed."""
    return connection.execute(_DUE, (now, now - overdue, ours)).fetchone() is not None


def claim(
    connection: apsw.Connection, owner: str, lease: float, now: float, overdue: float, ours: str | None
) -> Claim | None:
    """The run that has waited for longest, claimed for so many seconds.

    :param ours: ids of keys, in JSON: it is a run whose data key one of them wraps.
    """
    for (id,) in connection.execute(_DUE, (now, now - overdue, ours)):
        connection.execute(
            "UPDATE runs SET epoch = epoch + 1, deaths = deaths + (lease_owner IS NOT NULL), "
            "lease_owner = ?, lease_until = ? WHERE id = ?",
            (owner, now + lease, id),
        )
        return _claim_from(connection, id, now)
    return None


def look(connection: apsw.Connection, run: str, now: float) -> Claim | None:
    """A run without claiming it, if nobody works on it."""
    rows = connection.execute(
        "SELECT 1 FROM runs WHERE id = ?2 AND status = 'running' AND (lease_until IS NULL OR lease_until <= ?1)",
        (now, run),
    )
    return _claim_from(connection, run, now) if rows.fetchone() else None


def _claim_from(connection: apsw.Connection, id: str, now: float) -> Claim:
    """A run with what there is to tell it."""
    rows = connection.execute(f"SELECT epoch, last_call, deaths, {COLUMNS} FROM {RUNS} WHERE id = ?", (id,))
    [(epoch, last_call, deaths, *columns)] = rows
    run = run_from(connection, tuple(columns))
    return Claim(run, epoch, last_call, events_for(connection, run, now), deaths)


def snapshot(connection: apsw.Connection, run: str, turn: int) -> bytes | None:
    """The state after a turn, as far as it is kept."""
    rows = connection.execute("SELECT data FROM snapshots WHERE run = ? AND turn = ?", (run, turn))
    return rows.get  # type: ignore[no-any-return]


def commit(
    connection: apsw.Connection,
    claim: Claim,
    turn: Turn,
    keep: int,
    outcome: Outcome | None,
    next_step: NextStep | None,
    keep_history: int | None,
    now: float,
) -> tuple[StepClaim | None, float | None]:
    """Store a turn. The step that was claimed with it, and when the run has something to do next.

    :raises Fenced: somebody else has claimed the run since, or the step.
    """
    run, number = claim.run.id, claim.run.turn + 1
    connection.execute(
        "UPDATE runs SET turn = ?, last_call = ?, deaths = 0, lease_owner = NULL, lease_until = NULL, "
        "wake_at = NULL WHERE id = ? AND epoch = ? AND turn = ? AND status = 'running'",
        (number, turn.last_call, run, claim.epoch, claim.run.turn),
    )
    if not connection.changes():
        return _committed_before(connection, run, number, turn, next_step), now
    stored = None
    if outcome is not None:
        end_step(connection, outcome.step, outcome.event.at)
        stored = tell(connection, run, outcome.event, answered_key(outcome.step))
    crash_point("committing")
    _consume(connection, run, number, turn, stored)
    if any(told.event.kind is EventKind.DEADLINE for told in turn.told):
        connection.execute("UPDATE runs SET ends_at = ? WHERE id = ?", (now + GRACE, run))
    claimed = _insert_commands(connection, run, number, turn, now, next_step)
    attributes.put(connection, run, turn.attributes)
    _begin_and_end_children(connection, run, turn, now)
    streams.write(connection, run, number, turn.chunks)
    if turn.snapshot is not None:
        connection.execute("INSERT INTO snapshots (run, turn, data) VALUES (?, ?, ?)", (run, number, turn.snapshot))
        forget_states(connection, run, number - keep + 1)
    if keep_history is not None and not turn.status.is_final:  # a turn that failed is mended from that before it
        trim_old(connection, run, number, keep_history)
    if turn.status.is_final:
        finish(connection, run, turn.status, turn.result, turn.error, now)
        return None, None
    if turn.continued is not None:
        drop(connection, run, now, is_terminated=False)
        tell(connection, run, Event(0, EventKind.BEGIN, "", turn.continued, now), None)
    return claimed, _set_alarm(connection, run, turn.timer, now)


def _committed_before(
    connection: apsw.Connection,
    run: str,
    number: int,
    turn: Turn,
    next_step: NextStep | None,
) -> StepClaim | None:
    """The step that was claimed with a turn, if it is this turn that was stored: a commit that has failed may have
    reached the disk all the same.

    :raises Fenced: it is another one.
    """
    same = connection.execute(
        "SELECT 1 FROM turns WHERE run = ? AND turn = ? AND entropy = ? AND effects = ?",
        (run, number, turn.entropy, turn.effects),
    )
    if not turn.entropy or same.fetchone() is None:
        raise Fenced
    for row in connection.execute(
        f"SELECT {CLAIM} FROM commands "
        "WHERE run = ? AND turn = ? AND kind = 'step' AND state = 'running' AND attempt = 1 AND lease_owner = ?",
        (run, number, next_step[0] if next_step else None),
    ):
        return StepClaim(*row)
    return None


def _begin_and_end_children(connection: apsw.Connection, run: str, turn: Turn, now: float) -> None:
    for child in turn.children:
        _, is_new = start(connection, child, now)
        if not is_new:
            children.refuse(connection, child, now)
    for one in turn.child_ends:
        if not children.is_child(connection, one.run, run):
            continue
        if one.is_terminated:
            end(connection, one.run, Status.CANCELLED, one.payload, now)
        else:
            deliver(connection, one.run, Event(0, EventKind.CANCEL, "", one.payload, now), "cancel", now)


def release(connection: apsw.Connection, claim: Claim, timer: float | None, now: float) -> None:
    """Give back a run in which there was nothing to do."""
    if _give_back(connection, claim, None):
        _set_alarm(connection, claim.run.id, timer, now)


def postpone(connection: apsw.Connection, claim: Claim, until: float) -> None:
    """Give back a run that nobody is to try to go on with until then."""
    _give_back(connection, claim, until)


def _give_back(connection: apsw.Connection, claim: Claim, wake_at: float | None) -> bool:
    """Whether nobody has claimed the run since."""
    connection.execute(
        "UPDATE runs SET deaths = 0, lease_owner = NULL, lease_until = NULL, wake_at = ? "
        "WHERE id = ? AND epoch = ? AND turn = ?",
        (wake_at, claim.run.id, claim.epoch, claim.run.turn),
    )
    return connection.changes() > 0


def renew(connection: apsw.Connection, until: float, runs: Sequence[Claim], steps: Sequence[StepClaim]) -> None:
    """Hold until then what was claimed, if it still is."""
    connection.executemany(
        "UPDATE runs SET lease_until = ? WHERE id = ? AND epoch = ? AND lease_owner IS NOT NULL",
        [(until, claim.run.id, claim.epoch) for claim in runs],
    )
    connection.executemany(
        "UPDATE commands SET due_at = ? WHERE run = ? AND call = ? AND attempt = ? AND state = 'running'",
        [(until, step.run, step.call, step.attempt) for step in steps],
    )


def next_due(connection: apsw.Connection, queues: Mapping[str, Queue], now: float) -> float | None:
    """When there is something to do, as far as is known."""
    at: Any
    queue: Any
    dues: list[Any] = [
        at
        for (at,) in connection.execute(
            "SELECT at FROM (SELECT wake_at AS at FROM runs INDEXED BY runs_due "
            "WHERE wake_at IS NOT NULL AND lease_until IS NULL ORDER BY wake_at LIMIT 1) UNION ALL "
            "SELECT min(max(wake_at, lease_until)) FROM runs INDEXED BY runs_leased "
            "WHERE lease_until IS NOT NULL AND wake_at IS NOT NULL UNION ALL "
            "SELECT min(start_by) FROM commands INDEXED BY steps_start_by "
            "WHERE state = 'waiting' AND attempt = 0 AND start_by IS NOT NULL UNION ALL "
            "SELECT min(end_by) FROM commands INDEXED BY steps_end_by "
            "WHERE state IN ('waiting', 'running') AND end_by IS NOT NULL UNION ALL "
            "SELECT min(beat_by) FROM commands INDEXED BY steps_beat_by "
            "WHERE state = 'running' AND beat_by IS NOT NULL UNION ALL "
            "SELECT min(next_at) FROM schedules WHERE next_at IS NOT NULL"
        )
    ]
    if queues:
        for queue, at in connection.execute(
            "SELECT queue, min(due_at) FROM commands WHERE kind = 'step' AND state IN ('waiting', 'running') "
            "GROUP BY queue"
        ).fetchall():
            limits = queues.get(queue)
            dues.append(at if limits is None else max(at, free_at(connection, queue, limits, now)))
    else:
        dues.append(
            connection.execute(
                "SELECT min(due_at) FROM commands WHERE kind = 'step' AND state IN ('waiting', 'running')"
            ).get
        )
    return min((at for at in dues if at is not None), default=None)


def _consume(connection: apsw.Connection, run: str, number: int, turn: Turn, outcome: int | None) -> None:
    """Write down what the run was told.

    :param outcome: the id of an event that was stored only now.
    """
    outcomes = (EventKind.ANSWER, EventKind.FAILURE)
    ids = [told.event.id or (outcome if told.event.kind in outcomes else 0) for told in turn.told]
    read = [id for id in ids if id]
    connection.executemany("UPDATE inbox SET turn = ? WHERE id = ? AND turn IS NULL", [(number, id) for id in read])
    calls = [told.call for told in turn.told] + turn.dropped
    connection.executemany(
        "UPDATE commands SET state = 'done' WHERE run = ? AND call = ?",
        [(run, call) for call in calls],
    )
    told = [
        [id, told.event.kind, told.event.target, told.event.at, told.call]
        for id, told in zip(ids, turn.told, strict=True)
    ]
    connection.execute(
        "INSERT INTO turns (run, turn, clock, entropy, events, state, effects, last_call, logs) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run, number, turn.clock, turn.entropy, pack(told), turn.state, turn.effects, turn.last_call, turn.logs),
    )


def _insert_commands(
    connection: apsw.Connection,
    run: str,
    number: int,
    turn: Turn,
    now: float,
    next_step: NextStep | None,
) -> StepClaim | None:
    """Store what the run wants, and claim the first step that is in no queue."""
    owner, lease, names = next_step or ("", 0.0, ())
    [(priority,)] = connection.execute("SELECT priority FROM runs WHERE id = ?", (run,))
    claimed = None
    rows: list[tuple[Any, ...]] = []
    answered = {told.call for told in turn.told}  # a hook may be, in the turn that came to want it
    for command in turn.commands:
        state, due_at, attempt = "done" if command.call in answered else "waiting", command.due_at, 0
        placement = command.placement or NO_PLACEMENT
        columns = placed(placement, priority, now)
        if command.kind is Kind.STEP:
            due_at = now - placement.head_start - priority
            may_run = command.placement is not None and placement.queue is None and not turn.is_last
            if claimed is None and command.name in names and may_run:
                claimed = StepClaim(
                    run,
                    command.call,
                    command.name,
                    command.arguments,
                    attempt=1,
                    end_by=columns[_END_BY],
                    max_attempts=placement.max_attempts,
                )
                state, due_at, attempt = "running", now + lease, 1
        beat = placement.heartbeat_timeout
        started = (owner, now, None if beat is None else now + beat) if attempt else (None, None, None)
        wanted = (run, command.call, number, command.kind, command.name, command.arguments, state, due_at, attempt, now)
        rows.append((*wanted, command.placement is not None, *started, *columns))
    connection.executemany(
        "INSERT INTO commands (run, call, turn, kind, name, arguments, state, due_at, attempt, at, is_placed, "
        f"lease_owner, started_at, beat_by, {PLACED}) VALUES ({', '.join('?' * 21)})",
        rows,
    )
    return claimed


def _set_alarm(connection: apsw.Connection, run: str, timer: float | None, now: float) -> float | None:
    """Say when the run has something to do next: now, if there is an event that it waits for."""
    return connection.execute(  # type: ignore[no-any-return]
        f"UPDATE runs SET wake_at = CASE WHEN {DELIVERABLE} THEN ?2 - priority "
        "ELSE (SELECT min(at) FROM (SELECT min(due_at) AS at FROM commands "
        "WHERE run = ?1 AND kind = 'timer' AND state = 'waiting' UNION ALL SELECT ?3 "
        "UNION ALL SELECT coalesce(ends_at, deadline))) END WHERE id = ?1 RETURNING wake_at",
        (run, now, timer),
    ).get
