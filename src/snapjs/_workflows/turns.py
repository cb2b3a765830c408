"""The turns that a worker takes, in sessions that it keeps for the next ones."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Final

from ..errors import GuestTrapped, JSError, LimitError, RunDamaged, SnapjsError, WorkflowError
from .payload import pack_error
from .records import GRACE, Claim, Event, Turn
from .recovery import Recovery
from .sessions import Sessions
from .store import Fenced, Store
from .telemetry import turn_span
from .turn import Session

if TYPE_CHECKING:
    from .codes import Codes

_TRIES: Final = 3
"""of a turn that needs more time or memory than it may have"""
_MOST_DEATHS: Final = 10
"""Workers in a row that may die in a turn, before it is held to be what kills them."""

_log: Final = logging.getLogger("snapjs.workflows")


class Turns:
    """Takes turns, and stores none of them. Any thread may use it.

    :param store: where the runs are.
    :param codes: of the runs.
    :param timeout: seconds for each event in a turn; ``memory_limit``, bytes of a run's heap.
    """

    def __init__(self, store: Store, codes: Codes, *, timeout: float | None, memory_limit: int | None) -> None:
        self._store = store
        self._codes = codes
        self._timeout = timeout
        self._memory_limit = memory_limit
        self._sessions = Sessions()
        self._recovery = Recovery(store, codes, timeout=timeout, memory_limit=memory_limit)

    def close(self) -> None:
        """Free the memory of the runs that are kept."""
        self._sessions.close()

    def keep(self, claim: Claim, turn: Turn, session: Session | None) -> None:
        """Keep the session for the next turn, after this one was stored."""
        if session is not None and not turn.is_last:
            self._sessions.put(claim.run.id, claim.run.turn + 1, session)
        elif session is not None:
            session.close()

    def take(self, claim: Claim, events: list[Event]) -> tuple[Turn, Session | None]:
        """What comes of a turn, with the session in which it was taken; if it cannot be taken, the run's failure.

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
                session, entropy = self._session(claim), secrets.token_bytes(16)
            except RunDamaged as error:
                return Turn.failure(claim.last_call, now, None, pack_error(error)), None
            try:
                with turn_span(run):
                    turn = session.take_turn(events, last_call=claim.last_call, now=now, entropy=entropy)
                return turn, session
            except (LimitError, GuestTrapped, WorkflowError) as error:
                session.close()
                failure = error
            except BaseException:
                session.close()
                raise
        state = self._store.snapshot(run.id, run.turn)
        return Turn.failure(claim.last_call, now, state, pack_error(failure)), None

    def _session(self, claim: Claim) -> Session:
        run = claim.run
        session = self._sessions.take(run.id, run.turn)
        if session is not None:
            return session
        state = self._recovery.kept(run, run.turn)
        is_stored = state is not None
        if state is None:
            stored = self._store.run(run.id)
            if stored is None or stored.turn != run.turn:
                raise Fenced  # somebody has taken turns since, and the state is not kept any more
            state = self._recovery.state(run, run.turn)
            if self._recovery.was_stored(run, run.turn):
                _log.warning("The state of the run %s after turn %s was lost, and is made again.", run.id, run.turn)
        code = self._codes.get(run.code)
        return Session(
            code,
            run,
            state.snapshot,
            timeout=self._timeout,
            memory_limit=self._memory_limit,
            is_stored=is_stored,
        )
