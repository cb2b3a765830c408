"""Runs of workflows, for people and for ``--json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ..errors import JSError
from . import _show

if TYPE_CHECKING:
    from ..workflows import Attempt, PastTurn, Run, Told, Wanted

_HEAD: Final = ("id", "workflow", "status", "turns", "started (UTC)", "key", "attributes")


_SHOWN: Final = 12
"""characters of an id in a table: enough to name it by"""


def listing(runs: Iterable[Run]) -> Iterator[str]:
    """A table of runs."""
    return _show.table([_HEAD, *(_row(run) for run in runs)])


def _row(run: Run) -> tuple[str, ...]:
    record = run._record()
    started = f"{run.created_at:%Y-%m-%d %H:%M:%S}"
    cells = (_short(record.id), _code(run), record.status, str(record.turn), started, record.key or "", _said(run))
    return tuple(_show.printable(cell) for cell in cells)


def _code(run: Run) -> str:
    """The file of a run, and which of its exports it is, unless that is the default one."""
    return run.workflow if run.function == "default" else f"{run.workflow} {run.function}"


def _said(run: Run) -> str:
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in run.attributes.items())


def _short(id: str) -> str:
    """As much of an id as names a run: of a child's, its number too."""
    root, dot, number = id.partition(".")
    return f"{root[:_SHOWN]}{dot}{number}"


def facts(run: Run) -> dict[str, Any]:
    """What a listing says of a run. Times are those of ISO 8601."""
    ended = run.finished_at
    return {
        "id": run.id,
        "workflow": run.workflow,
        "function": run.function,
        "parent": run.parent,
        "key": run.key,
        "attributes": run.attributes,
        "status": str(run.status),
        "turn": run.turn,
        "forked_from": run.forked_from,
        "forked_turn": run.forked_turn,
        "created_at": run.created_at.isoformat(),
        "deadline": None if run.deadline is None else run.deadline.isoformat(),
        "finished_at": None if ended is None else ended.isoformat(),
    }


def listed(run: Run) -> dict[str, Any]:
    """All that has happened in a run."""
    history = run.history()
    return {
        **facts(run),
        "trimmed": history.trimmed,
        "turns": [
            {
                "turn": turn.turn,
                "at": turn.at.isoformat(),
                "told": [_told_facts(one) for one in turn.told],
                "wanted": [_wanted_facts(one) for one in turn.wanted],
                "log": turn.log,
            }
            for turn in history.turns
        ],
        "waiting": [one.call for one in history.waiting],
        "untold": [_told_facts(one) for one in history.untold],
    }


def _told_facts(one: Told) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "call": one.call,
        "name": one.name,
        "value": str(one.value) if isinstance(one.value, JSError) else _show.plain(one.value),
        "at": one.at.isoformat(),
    }


def _wanted_facts(one: Wanted) -> dict[str, Any]:
    return {
        "call": one.call,
        "kind": str(one.kind),
        "name": one.name,
        "arguments": _show.plain(one.arguments),
        "state": one.state,
        "due_at": None if one.due_at is None else one.due_at.isoformat(),
        "attempts": one.attempts,
        "tried": [_attempt_facts(attempt) for attempt in one.tried],
        "error": None if one.error is None else str(one.error),
        "at": one.at.isoformat(),
        "queue": one.queue,
    }


def _attempt_facts(one: Attempt) -> dict[str, Any]:
    return {
        "number": one.number,
        "worker": one.worker,
        "started_at": one.started_at.isoformat(),
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
        "error": None if one.error is None else str(one.error),
    }


class Timeline:
    """What has happened in a run, line by line."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._shown = 0
        self._wanted: dict[int, Wanted] = {}

    def head(self) -> Iterator[str]:
        """What the run is."""
        run = self._run
        yield f"run       {run.id}"
        yield f"workflow  {_show.printable(_code(run))}"
        if run.parent is not None:
            yield f"parent    {run.parent}"
        if run.key is not None:
            yield f"key       {_show.printable(run.key)}"
        if run.forked_from is not None:
            yield f"forked    from {run.forked_from} after turn {run.forked_turn}"
        yield f"started   {_time(run.created_at)}"
        if run.deadline is not None:
            yield f"deadline  {_time(run.deadline)}"
        if run.attributes:
            yield f"said      {_show.printable(_said(run))}"

    def turns(self) -> Iterator[str]:
        """The turns that were not shown yet."""
        history = self._run.history(self._shown)
        if history.trimmed > self._shown:
            yield f"turns {self._shown + 1} to {history.trimmed} are not kept any more"
        for one in history.waiting:
            self._wanted[one.call] = one
        for turn in history.turns:
            self._shown = turn.turn
            self._wanted |= {one.call: one for one in turn.wanted}
            yield from self._turn(turn)

    def _turn(self, turn: PastTurn) -> Iterator[str]:
        yield f"turn {turn.turn}  {_time(turn.at)}"
        for told in turn.told:
            yield f"  told   {self._told(told)}"
            if told.kind in ("answer", "failure") and told.call in self._wanted:
                yield from _attempts(self._wanted[told.call], "         ")
        for line in turn.log.splitlines():
            yield f"  log    {_show.printable(line)}"
        for wanted in turn.wanted:
            yield f"  wants  {_wanted(wanted)}"

    def _told(self, one: Told) -> str:
        if one.kind == "begin":
            return _show.call("begin", one.value)
        if one.kind == "hook":
            return _show.call("hook", [one.name, one.value])
        if one.kind in ("patch", "undone"):
            return _show.call(one.kind, [one.value])
        if one.kind == "cancel":
            return _show.call("cancel", [one.value])
        if one.kind == "deadline":
            return "deadline"
        what = f"{one.call}  {_name(one)}"
        wanted = self._wanted.get(one.call or 0)
        if wanted is None or one.kind == "timer":
            return what
        attempts = "" if wanted.attempts < 2 else f", attempt {wanted.attempts}"
        outcome = f"failed: {one.value}" if one.kind == "failure" else _show.call("→ ", [one.value])[3:-1]
        after = _show.duration((one.at - wanted.at).total_seconds())
        return f"{what} after {after}{attempts} → {_show.printable(outcome)}"

    def foot(self) -> Iterator[str]:
        """What has become of it."""
        run, history = self._run, self._run.history(self._shown)
        if run.status.is_final:
            ended = run.finished_at
            assert ended is not None
            yield f"{run.status}  {_time(ended)}, after {_show.duration((ended - run.created_at).total_seconds())}"
            yield f"  {_outcome(run)}"
        elif history.waiting:
            yield "waits for"
            for wanted in history.waiting:
                yield f"  {_wanted(wanted)}{_state(wanted)}"
                yield from _attempts(wanted, "  ")
        else:
            yield "waits for nothing but a worker"
        if history.untold:
            yield "not told yet"
            for told in history.untold:
                yield f"  {self._told(told)}"


def waits(run: Run) -> str:
    """What a run waits for, on one line, with the time that is left."""
    now = datetime.fromtimestamp(run._app._store.now(), UTC)
    return "; ".join(_wait(one, now) for one in run.history(run.turn).waiting) or "a worker"


def _wait(one: Wanted, now: datetime) -> str:
    left = None if one.due_at is None else _show.duration(max((one.due_at - now).total_seconds(), 0))
    if one.kind == "timer":
        return f"sleep, {left or '?'} left"
    if one.kind == "hook":
        return _show.call("hook", [one.name])
    name = _show.printable(one.name)
    if one.state == "running":
        return f"{name}, attempt {one.attempts} runs"
    return f"{name}, again in {left}" if one.error is not None and left is not None else f"{name}{_not_begun(one)}"


def failure_facts(error: JSError) -> dict[str, Any]:
    """What ``--json`` says of what a run threw."""
    return {"name": error.name, "message": error.message, "stack": error.stack}


def _outcome(run: Run) -> str:
    try:
        return _show.call("result", [run.result()])
    except JSError as error:
        return _show.printable(str(error))


def _wanted(one: Wanted) -> str:
    if one.kind == "timer":
        return f"{one.call}  sleep until {'?' if one.due_at is None else _time(one.due_at)}"
    if one.kind == "child":
        return f"{one.call}  run {_show.printable(one.name)}"
    if one.kind == "hook":
        return f"{one.call}  {_show.call('hook', [one.name])}"
    return f"{one.call}  {_show.call(one.name, one.arguments)}"


def _attempts(one: Wanted, indent: str) -> Iterator[str]:
    """How the attempts of a step have ended that another one followed."""
    for attempt in one.tried:
        if attempt.number < one.attempts:
            error = "not heard of again" if attempt.error is None else f"failed: {attempt.error}"
            yield f"{indent}   attempt {attempt.number} {_show.printable(error)}"


def _name(one: Told) -> str:
    return _show.printable(one.name) or "sleep"


def _state(one: Wanted) -> str:
    if one.kind != "step":
        return ""
    if one.state == "running":
        return f", attempt {one.attempts} runs"
    if one.error is None or one.due_at is None:
        return _not_begun(one)
    return f", attempt {one.attempts} failed: {_show.printable(str(one.error))}; again {_time(one.due_at)}"


def _not_begun(one: Wanted) -> str:
    stands = "" if one.queue is None else f" in the queue {_show.printable(one.queue)}"
    return f", which no worker has begun{stands}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
