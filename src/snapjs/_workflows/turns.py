"""The turns that a worker takes, of runs that it keeps in memory for the next ones."""

from __future__ import annotations

import logging
import secrets
from typing import Final

from ..errors import GuestTrapped, JSError, LimitError, RunDamaged, SnapjsError, WorkflowError
from .live_runs import LiveRuns
from .payload import pack_error
from .records import GRACE, Claim, Event, Turn
from .recovery import Recovery
from .store import Fenced, Store
from .telemetry import turn_span
from .turn import LiveRun

_TRIES: Final = 3
"""of a turn that needs more time or memory than it may have"""
_MOST_DEATHS: Final = 10
"""Workers in a row that may die in a turn, before it is held to be what kills them."""

_log: Final = logging.getLogger("snapjs.workflows")


class Turns:
    """Takes turns, and stores none of them. Any thread may use it.

    :param store: where the runs are.
    :param recovery: has their states.
    """

    def __init__(self, store: Store, recovery: Recovery) -> None:
        self._store = store
        self._recovery = recovery
        self._kept = LiveRuns()

    def close(self) -> None:
        """Free the memory of the runs that are kept."""
        self._kept.close()

    def keep(self, claim: Claim, turn: Turn, live: LiveRun | None) -> None:
        """Keep the run in memory for the next turn, after this one was stored."""
        if live is not None and not turn.is_last:
            self._kept.put(claim.run.id, claim.run.turn + 1, live)
        elif live is not None:
            live.close()

    def take(self, claim: Claim, events: list[Event]) -> tuple[Turn, LiveRun | None]:
        """What comes of a turn, with the run in memory that has taken it; if it cannot be taken, the run's failure.

        :raises Fenced: somebody has taken turns since.
        :raises Exception: this process cannot go on with the run.
        """
        run, now = claim.run, self._store.now()
        if run.ends_at is not None and run.ends_at <= now:
            error = JSError("TimeoutError", f"The run went on for {GRACE:g} s after its deadline, so it was ended.")
            state = self._store.snapshot(run.id, run.turn)
            return Turn.failure(claim.last_call, now, state, pack_error(error)), None
        failure: SnapjsError = WorkflowError(
            f"{_MOST_DEATHS} workers in a row died while they went on with the run, so it was given up."
        )
        for _ in range(_TRIES if claim.deaths < _MOST_DEATHS else 0):
            try:
                live, entropy = self._live(claim), secrets.token_bytes(16)
            except RunDamaged as error:
                return Turn.failure(claim.last_call, now, None, pack_error(error)), None
            try:
                with turn_span(run):
                    turn = live.take_turn(events, last_call=claim.last_call, now=now, entropy=entropy)
                return turn, live
            except (LimitError, GuestTrapped, WorkflowError) as error:
                live.close()
                failure = error
            except BaseException:
                live.close()
                raise
        state = self._store.snapshot(run.id, run.turn)
        return Turn.failure(claim.last_call, now, state, pack_error(failure)), None

    def _live(self, claim: Claim) -> LiveRun:
        run = claim.run
        live = self._kept.take(run.id, run.turn)
        if live is not None:
            return live
        state = self._recovery.kept(run, run.turn)
        is_stored = state is not None
        if state is None:
            stored = self._store.run(run.id)
            if stored is None or stored.turn != run.turn:
                raise Fenced  # somebody has taken turns since, and the state is not kept any more
            state = self._recovery.state(run, run.turn)
            if self._recovery.was_stored(run, run.turn):
                _log.warning("The state of the run %s after turn %s was lost, and is made again.", run.id, run.turn)
        return self._recovery.live(run, state, is_stored=is_stored)
