"""Forks of runs: what they wait for, and what they are told of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .payload import pack, pack_error
from .records import Event, EventKind, Fork, Kind, Run
from .recovery import Recovery, State

_ENDS: Final = ("complete", "fail", "cancelled")


def fork_of(
    recovery: Recovery,
    run: Run,
    turn: int | None,
    *,
    answers: Mapping[int, Any],
    rerun: Collection[int],
    patch: str | None,
    key: str | None,
    now: float,
) -> Fork:
    """A fork of a run, with the state after a turn.

    :param turn: ``None``: the latest; if the run has ended in it, that before.
    :param now: Unix seconds.
    :raises ValueError: the run had ended then, or did not wait for a call that is named.
    :raises ConversionError, PayloadTooLarge: an answer cannot be stored.
    :raises RunDamaged: the state is lost.
    """
    state = recovery.latest(run) if turn is None else recovery.state(run, turn)
    if turn is None and state.turn and _has_ended(state):
        state = recovery.state(run, state.turn - 1)
    if _has_ended(state):
        raise ValueError(f"the run {run.id} ended in turn {state.turn}: fork it at an earlier one")
    waited = _waited_for(state)
    for call in (*answers, *rerun):
        if call not in waited:
            names = ", ".join(f"{number} ({what})" for number, what in waited.items()) or "nothing"
            raise ValueError(f"after turn {state.turn}, the run {run.id} did not wait for {call!r}: it did for {names}")
    for call in rerun:
        if call in answers or waited[call].kind not in (Kind.STEP, Kind.CHILD):
            raise ValueError(f"{call} ({waited[call]}) cannot be run again: it is no step or child, or has an answer")
    return Fork(
        uuid.uuid4().hex,
        key,
        run.id,
        state.turn,
        state.last_call,
        state.snapshot.id,
        state.data,
        list(waited),
        frozenset(rerun),
        [_answer(call, value, now) for call, value in answers.items()],
        None if patch is None else pack(patch),
    )


def _answer(call: int, value: Any, now: float) -> Event:
    if isinstance(value, BaseException):
        return Event(0, EventKind.FAILURE, str(call), pack_error(value), now)
    return Event(0, EventKind.ANSWER, str(call), pack(value), now)


def _has_ended(state: State) -> bool:
    return any(call.args[1] in _ENDS for call in state.snapshot.pending)


@dataclass(frozen=True)
class _Waited:
    """Something that a run waited for."""

    kind: Kind
    name: str
    """of the step, hook or child's function; empty for a timer"""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


def _waited_for(state: State) -> dict[int, _Waited]:
    """The calls that had no answer, and what each was."""
    calls = (call.args for call in state.snapshot.pending)
    return {
        number: _Waited(Kind(kind), "" if kind == Kind.TIMER else str(values[0]))
        for number, kind, *values in calls
        if kind in list(Kind)
    }
