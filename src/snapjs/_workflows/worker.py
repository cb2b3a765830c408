"""Takes turns of runs, and runs steps."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import GuestTrapped, JSError, LimitError, RunDamaged, SnapjsError, StoreError, WorkerDied, WorkflowError
from .crash import crash_point
from .payload import pack, pack_error
from .records import GRACE, Claim, Event, Outcome, StepClaim, Turn
from .recovery import Recovery
from .secrets import Secrets
from .sessions import Sessions
from .steps import Step, StepContext
from .store import Fenced, Store
from .telemetry import step_span, turn_span
from .turn import Session
from .upkeep import Upkeep
from .watch import Watch

if TYPE_CHECKING:
    from .codes import Codes

    _T = TypeVar("_T")

_LONGEST_SLEEP: Final = 0.1
"""Seconds between two looks at what is seldom there."""
_UNTIL: Final = 0.05
"""Seconds between two questions whether to stop; where there is none to ask, one waits for ``_LONGEST_WAIT``."""
_LONGEST_WAIT: Final = 1.0
_OVERDUE: Final = 0.1
"""Seconds that a turn waits, at most, while all threads run steps."""
_FOLLOWED: Final = 0.25
"""Seconds for which a thread goes on with one run while others wait."""
_RETRY: Final = 1.0
"""Seconds before the store is tried again that could not be used."""
_TRIES: Final = 3
"""of a turn that needs more time or memory than it may have"""
_MOST_DEATHS: Final = 10
"""Workers in a row that may die in a turn or in a step, before it is held to be what kills them."""

_log: Final = logging.getLogger("snapjs.workflows")


class Worker:
    """Threads that do what there is to do.

    :param store: where it stands.
    :param codes: of the runs.
    :param steps: those that there are, by their names; others are left to other workers.
    :param hidden: secrets that steps get, and the store does not.
    :param lease: seconds for which it holds what it does, unless it lives longer.
    :param keep: of how many turns of a run the states are kept; ``keep_history``: … what it was told.
    :param keep_runs: seconds for which runs are kept that have ended.
    :param turn_timeout: seconds for each event in a turn; ``memory_limit``, bytes of a run's heap.
    """

    def __init__(
        self,
        store: Store,
        codes: Codes,
        steps: Callable[[], Mapping[str, Step]],
        hidden: Secrets,
        *,
        lease: float,
        keep: int,
        keep_history: int | None,
        keep_runs: float | None,
        turn_timeout: float | None,
        memory_limit: int | None,
    ) -> None:
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._store = store
        self._codes = codes
        self._steps = steps
        self._secrets = hidden
        self._lease = lease
        self._keep = keep
        self._keep_history = keep_history
        self._turn_timeout = turn_timeout
        self._memory_limit = memory_limit
        self._sessions = Sessions()
        self._recovery = Recovery(store, codes, timeout=turn_timeout, memory_limit=memory_limit)
        self._upkeep = Upkeep(store, keep_runs)
        self._held: dict[int, Claim | StepClaim] = {}
        self._insists = False
        self._steps_first = True
        self._stopping = threading.Event()
        self._watch = Watch(store)

    # ---- threads

    def run(self, threads: int, until: Callable[[], bool] | None = None) -> None:
        """Do what there is to do, until :meth:`stop`. What goes wrong is logged, and tried again.

        :param threads: how many steps at a time.
        :param until: asked now and then whether to stop.
        """
        self._insists = True
        others = (self._take_overdue_turn, self.begin_scheduled, self._upkeep.clean)
        workers = [
            *(threading.Thread(target=self._repeat, name="snapjs-worker") for _ in range(threads)),
            *(threading.Thread(target=self._look_after, args=(task,), name="snapjs-worker-upkeep") for task in others),
            threading.Thread(target=self._watch.look, args=(self._stopping,), name="snapjs-worker-watch"),
            threading.Thread(target=self._renew, name="snapjs-worker-lease"),
        ]
        for thread in workers:
            thread.daemon = True  # a step that never ends is not to keep the process
            thread.start()
        try:
            while not self._stopping.wait(_LONGEST_WAIT if until is None else _UNTIL):
                if until is not None and until():
                    break
        finally:
            self.stop()
            for thread in workers:
                thread.join()
            self.close()

    def wake(self) -> None:
        """Have it look for something to do, now. From any thread."""
        self._watch.wake()

    def stop(self) -> None:
        """Finish what has begun, and begin nothing. From any thread."""
        self._stopping.set()
        self._watch.stop()

    def close(self) -> None:
        """Free the memory of the runs that it has kept."""
        self._sessions.close()

    def _repeat(self) -> None:
        """Do what there is to do, and wait while that is nothing."""
        while not self._stopping.is_set():
            wakes = self._watch.wakes
            if not self._tried(self.work):
                self._watch.wait(wakes)

    def _look_after(self, task: Callable[[], bool]) -> None:
        """Do something whenever there is need, which is seldom."""
        while not self._stopping.is_set():
            if not self._tried(task):
                self._stopping.wait(_LONGEST_SLEEP)

    def _tried(self, task: Callable[[], bool]) -> bool:
        """Whether there was something to do, or may be."""
        try:
            return task()
        except Exception:
            _log.exception("A worker of workflows could not go on. It tries again.")
            self._stopping.wait(_RETRY)
            return True

    def _renew(self) -> None:
        while not self._stopping.wait(self._lease / 3):
            held = list(self._held.values())
            runs = [one for one in held if isinstance(one, Claim)]
            steps = [one for one in held if isinstance(one, StepClaim)]
            try:
                if held:
                    self._store.renew(self._lease, runs, steps)
            except StoreError:
                _log.exception("A worker of workflows could not say that it is still there. It tries again.")

    @contextmanager
    def _holding(self, claim: Claim | StepClaim) -> Iterator[None]:
        """Renew the lease meanwhile."""
        self._held[id(claim)] = claim
        try:
            yield
        finally:
            del self._held[id(claim)]

    def _insist(self, store: Callable[[], _T]) -> _T:
        """Store something that would be lost, as soon as that is possible.

        :raises StoreError: it is not, and nobody may wait for it.
        """
        while True:
            try:
                return store()
            except StoreError:
                if not self._insists:
                    raise
                _log.exception("A worker of workflows could not store what it has done. It tries again.")
                if self._stopping.wait(_RETRY):
                    raise

    # ---- what there is to do

    def work(self) -> bool:
        """Take a turn or run a step, and what follows from it directly; False: nothing is due."""
        # In turn, or steps would wait for ever where there are always turns to take: of intervals, say.
        self._steps_first = not self._steps_first
        if self._steps_first and self.run_step():
            return True
        until = monotonic() + _FOLLOWED
        claim = self._store.claim(self._name, self._lease)
        if claim is None:
            return not self._steps_first and self.run_step()
        self._watch.wake()  # for what else there may be
        step = self._go_on(claim, is_followed=True)
        while step is not None:
            step = self._run_and_go_on(step, is_followed=monotonic() < until)
        return True

    def take_turn(self) -> bool:
        """Take one turn of one run; False: none has something to do."""
        claim = self._store.claim(self._name, self._lease)
        if claim is None:
            return False
        self._go_on(claim, is_followed=False)
        return True

    def _take_overdue_turn(self) -> bool:
        """Take a turn that none of the threads that run steps has come to."""
        claim = self._store.claim(self._name, self._lease, overdue=_OVERDUE)
        if claim is None:
            return False
        self._go_on(claim, is_followed=False)
        return True

    def run_step(self) -> bool:
        """Run one step; False: none is due."""
        step = self._store.claim_step(self._name, self._lease, list(self._steps()))
        if step is None:
            return False
        self._watch.wake()
        with self._holding(step):
            outcome = self._outcome(step)
            if outcome is not None:
                self._finish(outcome)
        return True

    def begin_scheduled(self) -> bool:
        """Begin the runs of schedules whose moment has come; False: there were none."""
        if not self._upkeep.begin_scheduled():
            return False
        self._watch.wake()
        return True

    # ---- turns

    def _go_on(self, claim: Claim, *, is_followed: bool) -> StepClaim | None:
        """Take a turn of a run that was claimed. The step that follows, if this thread is to run it."""
        crash_point("claimed")
        with self._holding(claim):
            try:
                turn, session = self._turn(claim, claim.events)
            except Fenced:
                return None
            except Exception:
                # This process cannot restore it: an engine or a code is missing, memory is short. Another may.
                self._store.postpone(claim, self._lease)
                raise
            crash_point("computed")
            if turn.is_empty:
                if session is not None:
                    session.close()
                self._insist(lambda: self._store.release(claim, turn.timer))
                return None
            try:
                return self._commit(claim, turn, session, None, is_followed=is_followed)
            except Fenced:
                return None

    def _commit(
        self, claim: Claim, turn: Turn, session: Session | None, outcome: Outcome | None, *, is_followed: bool
    ) -> StepClaim | None:
        """Store a turn, and keep the session for the next one.

        :raises Fenced: somebody else has claimed the run or the step since.
        """
        turn = self._secrets.hidden_in(turn)
        steps = sum(1 for command in turn.commands if command.name in self._steps())
        next_step = (self._name, self._lease, list(self._steps())) if is_followed and steps == 1 else None
        try:
            step = self._insist(
                lambda: self._store.commit(
                    claim, turn, self._keep, outcome=outcome, next_step=next_step, keep_history=self._keep_history
                )
            )
        except BaseException:
            if session is not None:
                session.close()
            raise
        crash_point("committed")
        if session is not None and not turn.is_last:
            self._sessions.put(claim.run.id, claim.run.turn + 1, session)
        elif session is not None:
            session.close()
        if step is None:
            self._watch.wake()
        return step

    def _turn(self, claim: Claim, events: list[Event]) -> tuple[Turn, Session | None]:
        """What comes of a turn, with the session in which it was taken; if it cannot be taken, the run's failure.

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
        if state is None:
            stored = self._store.run(run.id)
            if stored is None or stored.turn != run.turn:
                raise Fenced  # somebody has taken turns since, and the state is not kept any more
            state = self._recovery.state(run, run.turn)
            _log.warning("The state of the run %s after turn %s was lost, and is made again.", run.id, run.turn)
        code = self._codes.get(run.code)
        return Session(code, run, state.snapshot, timeout=self._turn_timeout, memory_limit=self._memory_limit)

    # ---- steps

    def _outcome(self, step: StepClaim) -> Outcome | None:
        """Run a step. How it has ended; ``None``: it will be tried again, by whoever is free then."""
        crash_point("step_claimed", step.name)
        if step.deaths >= _MOST_DEATHS:
            return self._failed(step, None, WorkerDied(f"{_MOST_DEATHS} workers in a row died in the step."))
        definition = self._steps()[step.name]
        context = StepContext(step.run, f"{step.run}/{step.call}", step.attempt)
        try:
            arguments = self._secrets.resolved(step.arguments)
            with step_span(step):
                payload = self._secrets.hidden(pack(definition.call(context, arguments)))
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            return self._failed(step, definition, error)
        crash_point("step_done", step.name)
        return self._ended(step, "answer", payload)

    def _failed(self, step: StepClaim, definition: Step | None, error: BaseException) -> Outcome | None:
        delay = None if definition is None else definition.delay(step.attempt, error)
        packed = self._secrets.hidden(pack_error(error))
        if delay is None:
            return self._ended(step, "failure", packed)
        due_at = self._store.now() + delay
        try:
            self._insist(lambda: self._store.retry_step(step, due_at, packed))
        except Fenced:
            _log_fenced(step)
        crash_point("step_retried", step.name)
        return None

    def _ended(self, step: StepClaim, kind: str, payload: bytes) -> Outcome:
        return Outcome(step, Event(0, kind, str(step.call), payload, self._store.now()))

    def _finish(self, outcome: Outcome) -> None:
        """Have the run told of the outcome."""
        try:
            self._insist(lambda: self._store.finish_step(outcome))
        except Fenced:
            _log_fenced(outcome.step)
        crash_point("step_stored", outcome.step.name)
        self._watch.wake()

    def _run_and_go_on(self, step: StepClaim, *, is_followed: bool) -> StepClaim | None:
        """Run a step, and take the turn that follows: outcome, turn and next step are stored in one transaction.

        Nobody has claimed the run meanwhile. If somebody does before that transaction, it stores nothing, and the
        outcome is stored by itself.
        """
        with self._holding(step):
            outcome = self._outcome(step)
            if outcome is None:
                return None
            claim = self._store.look(step.run)
            if claim is not None:
                try:
                    turn, session = self._turn(claim, [*claim.events, outcome.event])
                    crash_point("computed_with_outcome")
                    return self._commit(claim, turn, session, outcome, is_followed=is_followed)
                except Fenced:
                    pass
                except StoreError:
                    raise
                except Exception:
                    _log.debug("A turn is left to whoever claims it.", exc_info=True)
            self._finish(outcome)
        return None


def _log_fenced(step: StepClaim) -> None:
    _log.warning(
        "Attempt %s of step %s, %s/%s, ends too late: another worker has it, or the run is over.",
        step.attempt,
        step.name,
        step.run,
        step.call,
    )
