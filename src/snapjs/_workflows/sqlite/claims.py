"""Which step is next: due, known to the worker, and within the limits of its queue."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeAlias

import apsw

from ..placement import Queue
from ..records import StepClaim, Task
from .attempts import CLAIM, STEP, keep_attempt
from .keys import IS_OURS
from .pauses import is_held

_MOST_PARKED: Final = 100
"""steps that one transaction puts aside before it gives up, or others would wait for it"""
_SOONEST: Final = 1.0
_LATEST: Final = 60.0
"""Seconds after which a step is looked at again whose key was at a limit: as long as it has waited, within these. There
are sooner reasons to look; without them, a step waits that much too long, and not for ever."""

_OURS: Final = f"EXISTS (SELECT 1 FROM runs WHERE runs.id = run AND {IS_OURS.format(3)})"
# Each is one search of an index of those steps that have such a timeout.
_OVERRUN: Final = (
    f"SELECT {STEP}, NULL, end_by, max_attempts, 'schedule_to_start', start_by - at "
    "FROM commands INDEXED BY steps_start_by WHERE state = 'waiting' AND attempt = 0 AND start_by <= ?1 "
    f"AND {_OURS} UNION ALL "
    f"SELECT {STEP}, NULL, end_by, max_attempts, 'schedule_to_close', end_by - at "
    "FROM commands INDEXED BY steps_end_by WHERE state IN ('waiting', 'running') AND end_by <= ?1 "
    f"AND {_OURS} UNION ALL "
    f"SELECT {STEP}, NULL, end_by, max_attempts, 'heartbeat_timeout', heartbeat_timeout "
    "FROM commands INDEXED BY steps_beat_by WHERE state = 'running' AND beat_by <= ?1 AND "
    f"{_OURS} LIMIT 1"
)
_UNPLACED: Final = (
    f"SELECT {STEP} FROM json_each(?2) AS wanted CROSS JOIN commands INDEXED BY steps_unplaced "
    "ON kind = 'step' AND state IN ('waiting', 'running') AND is_placed = 0 AND name = wanted.value "
    f"AND {_OURS} LIMIT 1"
)
# One search a name, or steps that only others have would all be looked at.
_FIRST: Final = (
    "SELECT run, call, queue, commands.key, at FROM json_each(?2) AS wanted CROSS JOIN commands ON (run, call) = ("
    "SELECT run, call FROM commands INDEXED BY steps_due WHERE kind = 'step' AND state IN ('waiting', 'running') "
    "AND is_placed = 1 AND name = wanted.value AND due_at <= ?1 "
    f"AND {_OURS} ORDER BY due_at LIMIT 1) ORDER BY due_at"
)

_Values: TypeAlias = tuple[float, str, str | None]
"""of the parameters of all of these: now, the names of the steps and the ids of the keys that one has, in JSON"""


class _Found(NamedTuple):
    run: str
    call: int
    parked_until: float | None
    """it cannot be claimed before then, for its key is at a limit"""


def is_any_due(
    connection: apsw.Connection, names: Collection[str], queues: Mapping[str, Queue], now: float, ours: str | None
) -> bool:
    """Whether there is a step that something can be done with."""
    values = (now, json.dumps(list(names)), ours)
    return _without_lease(connection, values) is not None or _first(connection, values, queues) is not None


def claim(
    connection: apsw.Connection,
    owner: str,
    lease: float,
    names: Collection[str],
    queues: Mapping[str, Queue],
    now: float,
    ours: str | None,
) -> StepClaim | None:
    """The step that has waited for longest of those that may start, claimed for so many seconds; before that, one that
    has waited for too long, or that is not placed yet, which is not claimed.

    :param ours: ids of keys, in JSON: it is of a run whose data key one of them wraps.
    """
    values = (now, json.dumps(list(names)), ours)
    step = _without_lease(connection, values)
    if step is not None:
        return step
    for _ in range(_MOST_PARKED):
        found = _first(connection, values, queues)
        if found is None:
            return None
        if is_held(connection, found.run, found.call):
            continue
        if found.parked_until is None:
            return _claimed(connection, found.run, found.call, owner, lease, now)
        _park(connection, found.run, found.call, found.parked_until)
    return None


def _without_lease(connection: apsw.Connection, values: _Values) -> StepClaim | None:
    for row in connection.execute(_OVERRUN, values):
        late = StepClaim(*row)
        return replace(late, task=Task(late.task))
    for row in connection.execute(_UNPLACED, values):
        return replace(StepClaim(*row), task=Task.PLACE)
    return None


def _first(connection: apsw.Connection, values: _Values, queues: Mapping[str, Queue]) -> _Found | None:
    """The step that has waited for longest, of the queues that are not at a limit.

    Where an app has put a step into another queue, those in the old one may keep those in the new one waiting: only the
    first of a name is looked at.
    """
    now, full = values[0], dict[str, bool]()
    first: list[Any] = connection.execute(_FIRST, values).fetchall()
    for run, call, queue, key, at in first:
        limits = queues.get(queue)
        if limits is None:
            return _Found(run, call, None)
        if queue not in full:
            full[queue] = free_at(connection, queue, limits, now) > now
        if not full[queue]:
            return _Found(run, call, _parked_until(connection, queue, key, limits, at, now))
    return None


def free_at(connection: apsw.Connection, queue: str, limits: Queue, now: float) -> float:
    """When a step may start in a queue, as far as is known; not after now: at once."""
    return max(
        _room_at(connection, "queue = ?3", (queue,), limits.concurrency, now),
        _rate_at(connection, "queue = ?3", (queue,), limits.rate, now),
    )


def _room_at(
    connection: apsw.Connection, where: str, values: tuple[str, ...], concurrency: int | None, now: float
) -> float:
    """When so many do not run any more, if they are not heard of again."""
    if concurrency is None:
        return now
    # One whose worker was not heard of again does not count, or it would do so for ever where nobody has the step.
    return connection.execute(  # type: ignore[no-any-return]
        "SELECT coalesce((SELECT due_at FROM commands INDEXED BY steps_running "
        f"WHERE state = 'running' AND {where} AND due_at > ?1 ORDER BY due_at DESC LIMIT 1 OFFSET ?2), ?1)",
        (now, concurrency - 1, *values),
    ).get


def _rate_at(connection: apsw.Connection, where: str, values: tuple[str, ...], rate: float | None, now: float) -> float:
    """When the next attempt may start."""
    if rate is None:
        return now
    count, window = window_of(rate)
    last: float = connection.execute(
        f"SELECT coalesce((SELECT started_at FROM (SELECT started_at FROM commands WHERE {where} "
        f"AND started_at > ?1 UNION ALL SELECT started_at FROM attempts WHERE {where} AND started_at > ?1) "
        "ORDER BY started_at DESC LIMIT 1 OFFSET ?2), ?1)",
        (now - window, count - 1, *values),
    ).get
    return last + window


def window_of(rate: float) -> tuple[int, float]:
    """A rate as so many starts in so many seconds: whole ones."""
    count = max(1, int(rate))
    return count, count / rate


def _parked_until(
    connection: apsw.Connection, queue: str, key: str | None, limits: Queue, at: float, now: float
) -> float | None:
    if key is None:
        return None
    where, values = "queue = ?3 AND key = ?4", (queue, key)
    again = now + min(max(now - at, _SOONEST), _LATEST)
    if _room_at(connection, where, values, limits.key_concurrency, now) > now:
        return again
    free = _rate_at(connection, where, values, limits.key_rate, now)
    if free <= now:
        return None
    others = connection.execute(
        "SELECT 1 FROM commands INDEXED BY steps_parked WHERE is_parked = 1 AND state = 'waiting' "
        "AND queue = ? AND key = ? AND due_at > ? AND due_at <= ? LIMIT 1",
        (queue, key, now, free),
    )
    # Of those that wait for one moment, one is enough to come then.
    return free if others.fetchone() is None else max(free, again)


def _park(connection: apsw.Connection, run: str, call: int, until: float) -> None:
    """Put a step aside. One whose worker was not heard of again waits from now on, or it would seem to be leased."""
    keep_attempt(connection, run, call)
    connection.execute(
        "UPDATE commands SET is_parked = 1, due_at = ?, deaths = deaths + (state = 'running'), state = 'waiting', "
        "started_at = NULL WHERE run = ? AND call = ?",
        (until, run, call),
    )


def _claimed(connection: apsw.Connection, run: str, call: int, owner: str, lease: float, now: float) -> StepClaim:
    keep_attempt(connection, run, call)
    connection.execute(
        "UPDATE commands SET deaths = deaths + (state = 'running'), state = 'running', attempt = attempt + 1, "
        "lease_owner = ?1, due_at = ?2 + ?3, started_at = ?2, ended_at = NULL, beat_by = ?2 + heartbeat_timeout, "
        "is_parked = 0 WHERE run = ?4 AND call = ?5",
        (owner, now, lease, run, call),
    )
    [row] = connection.execute(f"SELECT {CLAIM} FROM commands WHERE run = ? AND call = ?", (run, call))
    return StepClaim(*row)
