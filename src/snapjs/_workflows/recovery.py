"""The state of a run after a turn: as it is kept, if that is what the turn left; or made again from the journal."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from ..errors import KeyRefused, RunDamaged, SnapshotError
from ..snapshot import Snapshot
from .code import Code
from .records import Run, Turn
from .store import Store
from .stored import RecordedTurn
from .turn import LiveRun

if TYPE_CHECKING:
    from .codes import Codes

_AT_ONCE: Final = 100
"""turns that are read from the store together"""

_log: Final = logging.getLogger("snapjs.workflows")


@dataclass(frozen=True)
class State:
    """A run after a turn."""

    turn: int
    snapshot: Snapshot
    data: bytes | None
    """the snapshot's bytes; ``None``: it is that of the code"""
    last_call: int
    """the number of the guest's latest call"""


class Recovery:
    """The states of the runs of a store.

    :param store: where they are kept.
    :param codes: of the runs.
    :param timeout: seconds that JavaScript may run for each event; ``memory_limit``, bytes of a run's heap.
    """

    def __init__(self, store: Store, codes: Codes, *, timeout: float | None, memory_limit: int | None) -> None:
        self._store = store
        self._codes = codes
        self._timeout = timeout
        self._memory_limit = memory_limit

    def live(self, run: Run, state: State, *, is_stored: bool = True) -> LiveRun:
        """A run in memory, in a state of it.

        :param is_stored: as :class:`LiveRun` takes it.
        """
        return LiveRun(
            self._codes.get(run.code),
            run,
            state.snapshot,
            timeout=self._timeout,
            memory_limit=self._memory_limit,
            is_stored=is_stored,
        )

    def state(self, run: Run, turn: int, patience: float | None = None) -> State:
        """The state after a turn. Where it was not stored, is not kept, or is another one than the turn left, the turns
        since the latest state that is good are taken again, and each has to come to the effects that it came to, and to
        the state where that was stored.

        :param turn: one that the run has taken; 0: before the first.
        :param patience: seconds that this may take.
        :raises RunDamaged: there is nothing to make it from, or something else comes of it.
        :raises TimeoutError: it took too long.
        :raises WorkflowError: the code of the run is damaged.
        :raises LimitError, GuestTrapped: a turn needs more than it may have here.
        """
        return self._state(run, turn, None if patience is None else monotonic() + patience)

    def latest(self, run: Run, patience: float | None = None) -> State:
        """The state after the latest turn of a run, which may take further ones meanwhile: what the state after an
        earlier one is made from may be forgotten then. Otherwise as :meth:`state`."""
        end = None if patience is None else monotonic() + patience
        while True:
            try:
                return self._state(run, run.turn, end)
            except RunDamaged:
                found = self._store.run(run.id)
                if found is None or found.turn == run.turn:
                    raise
                run = found

    def _state(self, run: Run, turn: int, end: float | None) -> State:
        if turn < (run.forked_turn or 0):
            return self._parent_state(run, turn, end)
        state = self.kept(run, turn)
        if state is None:
            recorded = self._recorded(run, turn)
            if recorded is not None and recorded.has_failed:
                turn -= 1
            state = self._taken_again(run, self._latest(run, turn - 1, end), turn, end)
        return state

    def kept(self, run: Run, turn: int) -> State | None:
        """The state after a turn as it is kept; ``None``: it is not, or it is another one than the turn left."""
        code = self._codes.get(run.code)
        if turn == 0:
            return State(0, code.snapshot, None, 0)
        recorded = self._recorded(run, turn)
        if recorded is None:
            return None
        if recorded.has_failed:  # it has left what was there before, and a copy of that
            before = self._recorded(run, turn - 1)
            copied = None if before is None else self._read(code, run, before, turn)
            return copied or self.kept(run, turn - 1)
        return self._read(code, run, recorded, turn)

    def _read(self, code: Code, run: Run, recorded: RecordedTurn, turn: int) -> State | None:
        """The state that a turn has left, as it is kept with this or another one."""
        if not recorded.state:
            return None
        try:
            data = self._store.snapshot(run.id, turn)
        except KeyRefused as error:
            if error.reason != "changed":
                raise
            self._tell(run, turn, str(error))
            return None
        return None if data is None else self._checked(code, run, recorded, data)

    def was_stored(self, run: Run, turn: int) -> bool:
        """Whether the state after a turn was stored when the turn was."""
        recorded = self._recorded(run, turn)
        return recorded is not None and bool(recorded.state)

    def _recorded(self, run: Run, turn: int) -> RecordedTurn | None:
        return next(iter(self._store.journal(run.id, turn - 1, turn)), None)

    def _checked(self, code: Code, run: Run, recorded: RecordedTurn, data: bytes) -> State | None:
        try:
            snapshot = Snapshot.from_bytes(data, base=code.snapshot)
            if snapshot.id == recorded.state:
                return State(recorded.turn, snapshot, data, recorded.last_call)
            reason = f"it is the state {snapshot.id}, and the turn left {recorded.state}"
        except SnapshotError as error:
            reason = str(error)
        self._tell(run, recorded.turn, reason)
        return None

    @staticmethod
    def _tell(run: Run, turn: int, reason: str) -> None:
        _log.error("The state of the run %s after turn %s is damaged: %s", run.id, turn, reason)

    def _latest(self, run: Run, until: int, end: float | None) -> State:
        """The latest state that is good."""
        for turn in self._store.kept_states(run.id, until):
            state = self.kept(run, turn)
            if state is not None:
                return state
        if not run.forked_turn:
            return State(0, self._codes.get(run.code).snapshot, None, 0)
        return self._parent_state(run, run.forked_turn, end)

    def _parent_state(self, run: Run, turn: int, end: float | None) -> State:
        """The state of the run that this one is a fork of."""
        parent = None if run.forked_from is None else self._store.run(run.forked_from)
        if parent is None:
            raise RunDamaged(run.id, turn)
        return self._state(parent, turn, end)

    def _taken_again(self, run: Run, begin: State, until: int, end: float | None) -> State:
        code = self._codes.get(run.code)
        state = begin
        live = self.live(run, begin)
        try:
            for turn, result in take_again(live, self._turns(run, begin.turn, until, end), begin.last_call):
                if turn.effects != result.effects:
                    raise RunDamaged(run.id, turn.turn, turn.effects.hex(), result.effects.hex())
                if turn.state != result.state:
                    raise RunDamaged(run.id, turn.turn, turn.state, result.state)
                if turn.turn == until:
                    data = result.snapshot or live.with_state(result).snapshot
                    assert data is not None
                    snapshot = Snapshot.from_bytes(data, base=code.snapshot)
                    state = State(until, snapshot, data, result.last_call)
        finally:
            live.close()
        return state

    def _turns(self, run: Run, after: int, until: int, end: float | None) -> Iterator[RecordedTurn]:
        while after < until:
            found = self._store.journal(run.id, after, min(after + _AT_ONCE, until))
            if not found:
                raise RunDamaged(run.id, after + 1)
            for turn in found:
                if turn.turn != after + 1:
                    raise RunDamaged(run.id, after + 1)
                if end is not None and monotonic() > end:
                    raise TimeoutError(
                        f"The state of the run {run.id} after turn {until} is not kept, and to make it again took too "
                        f"long: it came to turn {after}. Allow more time, or ask for another turn."
                    )
                yield turn
                after = turn.turn


def take_again(live: LiveRun, turns: Iterable[RecordedTurn], last_call: int) -> Iterator[tuple[RecordedTurn, Turn]]:
    """Take turns that were taken before, with the same events, clocks and entropy. Each should come to what it came to:
    whoever calls this compares the effects, and the states where there was one.

    :param live: of the run before the first of them. It is left after the last.
    :param last_call: the number of the guest's latest call before.
    """
    for turn in turns:
        result = live.take_turn(turn.events, last_call=last_call, now=turn.clock, entropy=turn.entropy, is_ordered=True)
        yield turn, live.with_state(result) if turn.state else result
        last_call = result.last_call
