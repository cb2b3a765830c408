"""Takes turns of runs, and runs steps."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import StoreError, WorkflowError
from .apart import Apart
from .crash import crash_point
from .held import Held
from .missing import MissingSteps
from .placement import Queue
from .records import Claim, Kind, Outcome, Status, StepClaim, Task, Turn
from .secrets import Secrets
from .step_runner import Retry, StepRunner, TransactionFailed
from .steps import Step
from .store import Fenced, Store
from .turn import LiveRun
from .turns import Turns
from .upkeep import Upkeep
from .watch import Watch

if TYPE_CHECKING:
    from .recovery import Recovery

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
_GLANCE: Final = 1.0
"""Seconds between two looks at whether somebody still waits for the async steps that run."""

_log: Final = logging.getLogger("snapjs.workflows")


class Worker:
    """Threads that do what there is to do.

    :param store: where it stands.
    :param recovery: has the states of the runs.
    :param steps: those that there are, by their names; others are left to other workers.
    :param queues: that have limits, by their names.
    :param hidden: secrets that steps get, and the store does not.
    :param lease: seconds for which it holds what it does, unless it lives longer.
    :param keep: of how many turns of a run the states are kept, or what they are made from; ``keep_history``: … what it
        was told.
    :param keep_runs: seconds for which runs are kept that have ended.
    """

    def __init__(
        self,
        store: Store,
        recovery: Recovery,
        steps: Callable[[], Mapping[str, Step]],
        queues: Callable[[], Mapping[str, Queue]],
        hidden: Secrets,
        *,
        lease: float,
        keep: int,
        keep_history: int | None,
        keep_runs: float | None,
    ) -> None:
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._store = store
        self._secrets = hidden
        self._runner = StepRunner(store, steps, queues, hidden)
        self._lease = lease
        self._keep = keep
        self._keep_history = keep_history
        self._turns = Turns(store, recovery)
        self._upkeep = Upkeep(store, keep_runs)
        self._held = Held(store, lease)
        self._insists = False
        self._steps_first = True
        self._missing = MissingSteps(store)
        self._stopping = threading.Event()
        self._watch = Watch(store)
        self._apart = Apart(self._runner, self._watch.wake)

    # ---- threads

    def run(self, threads: int, until: Callable[[], bool] | None = None, *, async_steps: int = 100) -> None:
        """Do what there is to do, until :meth:`stop`. What goes wrong is logged, and tried again.

        :param threads: how many steps at a time that are not async.
        :param until: asked now and then whether to stop.
        :param async_steps: how many steps at a time that are async.
        """
        self._insists = True
        self._apart.open(async_steps)
        others = (partial(self.take_turn, _OVERDUE), self.begin_scheduled, self._upkeep.clean)
        workers = [
            *(threading.Thread(target=self._repeat, name="snapjs-worker") for _ in range(threads)),
            *(threading.Thread(target=self._look_after, args=(task,), name="snapjs-worker-upkeep") for task in others),
            threading.Thread(target=self._watch.look, args=(self._stopping,), name="snapjs-worker-watch"),
            threading.Thread(target=self._renew, name="snapjs-worker-lease"),
        ]
        try:
            for thread in workers:
                thread.daemon = True  # a step that never ends is not to keep the process
                thread.start()
            while not self._stopping.wait(_LONGEST_WAIT if until is None else _UNTIL):
                if until is not None and until():
                    break
        finally:
            self.stop()
            for thread in workers:
                if thread.ident is not None:  # there are as many threads as the system allows
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
        """Free the memory of the runs that it has kept, and end its event loop."""
        self._turns.close()
        self._runner.close()

    def _repeat(self) -> None:
        """Do what there is to do, and wait while that is nothing."""
        while not self._stopping.is_set():
            wakes = self._watch.wakes
            if not self._tried(self.work):
                self._watch.wait(wakes)
        while self._apart.steps:  # what has begun is finished
            if not self._tried(self._go_on_with_ended):
                sleep(_LONGEST_SLEEP)

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
        glance, renewed = min(self._lease / 3, _GLANCE), monotonic()
        while not self._stopping.wait(glance) or self._apart.steps:
            if self._stopping.is_set():
                sleep(_LONGEST_SLEEP)
            try:
                if monotonic() - renewed >= self._lease / 3:
                    renewed = monotonic()
                    self._held.renew(self._apart.steps)
                self._runner.cancel_lost()
                self._missing.look_sometimes(self._runner.names)
            except Exception:  # of any kind: without this thread, others would take over all that the worker does
                _log.exception("A worker of workflows could not say that it is still there. It tries again.")

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
        if self._go_on_with_ended():
            return True
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

    def take_turn(self, overdue: float = 0.0) -> bool:
        """Take one turn of one run; False: none has something to do.

        :param overdue: seconds for which it must have had that.
        """
        claim = self._store.claim(self._name, self._lease, overdue=overdue)
        if claim is None:
            return False
        self._go_on(claim, is_followed=False)
        return True

    def run_step(self) -> bool:
        """Run one step; False: none is due."""
        has_place, is_apart = self._apart.take_place(), False
        may_be_async = has_place or not self._insists
        names = self._runner.names if may_be_async else self._runner.names_without_async()
        try:
            step = self._store.claim_step(self._name, self._lease, names, self._runner.queues())
            is_apart = step is not None and self._begin_apart(step)
        finally:
            if has_place and not is_apart:
                self._apart.give_back_place()
        if step is None:
            return False
        self._watch.wake()
        if step.task is Task.PLACE:
            self._store.place_step(step, self._runner.placement(step))
        elif not is_apart:
            with self._held.holding(step):
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

    def next_due(self) -> float | None:
        """When there is something to do, as far as is known: Unix seconds."""
        return self._store.next_due(self._runner.queues())

    # ---- turns

    def _go_on(self, claim: Claim, *, is_followed: bool) -> StepClaim | None:
        """Take a turn of a run that was claimed. The step that follows, if this thread is to run it."""
        crash_point("claimed")
        with self._held.holding(claim):
            try:
                turn, live = self._turns.take(claim, claim.events)
            except Fenced:
                return None
            except Exception:
                # This process cannot restore it: an engine or a code is missing, memory is short. Another may.
                self._store.postpone(claim, self._lease)
                raise
            crash_point("computed")
            if turn.is_empty:
                if live is not None:
                    live.close()
                self._insist(lambda: self._store.release(claim, turn.timer))
                return None
            try:
                return self._commit(claim, turn, live, None, is_followed=is_followed)
            except Fenced:
                return None

    def _commit(
        self, claim: Claim, turn: Turn, live: LiveRun | None, outcome: Outcome | None, *, is_followed: bool
    ) -> StepClaim | None:
        """Store a turn, and keep the run in memory for the next one.

        :raises Fenced: somebody else has claimed the run or the step since.
        """
        turn, step = self._runner.placed(self._secrets.hidden_in(turn)), None
        name = self._runner.only_step(turn) if is_followed else None
        needs_place = name is not None and self._insists and self._runner.is_async(name)
        if needs_place and not self._apart.take_place():
            name, needs_place = None, False
        next_step = None if name is None else (self._name, self._lease, [name])
        try:
            if live is not None and _has_state_to_store(turn, live, goes_on=name is not None and not needs_place):
                turn = live.with_state(turn)
            step = self._insist(
                lambda: self._store.commit(
                    claim, turn, self._keep, outcome=outcome, next_step=next_step, keep_history=self._keep_history
                )
            )
        except BaseException:
            if live is not None:
                live.close()
            raise
        finally:
            if needs_place and step is None:
                self._apart.give_back_place()
        crash_point("committed")
        self._turns.keep(claim, turn, live)
        if step is None and _is_something_to_do(claim, turn):
            self._watch.wake()
        return step

    # ---- steps

    def _outcome(self, step: StepClaim) -> Outcome | None:
        """Run a step. How it has ended; ``None``: that is stored already, or it will be tried again."""
        if self._runner.is_transactional(step):
            return self._transact(step)
        return self._stored_retry(self._runner.run(step))

    def _stored_retry(self, ended: Outcome | Retry) -> Outcome | None:
        if isinstance(ended, Outcome):
            return ended
        try:
            self._insist(lambda: self._store.retry_step(ended.step, ended.due_at, ended.error))
        except Fenced:
            _log_fenced(ended.step)
        crash_point("step_retried", ended.step.name)
        return None

    def _transact(self, step: StepClaim) -> Outcome | None:
        """Run a step in the transaction in which its outcome is stored."""
        try:
            self._insist(
                lambda: self._store.transact_step(
                    step, lambda connection: self._runner.in_transaction(step, connection)
                )
            )
        except TransactionFailed as failed:
            return self._stored_retry(failed.ended)
        except StoreError:
            raise
        except WorkflowError as error:
            return self._stored_retry(self._runner.failed(step, error))
        except Fenced:
            _log_fenced(step)
        crash_point("step_stored", step.name)
        self._watch.wake()
        return None

    def _finish(self, outcome: Outcome) -> None:
        """Have the run told of the outcome."""
        try:
            self._insist(lambda: self._store.finish_step(outcome))
        except Fenced:
            _log_fenced(outcome.step)
        crash_point("step_stored", outcome.step.name)
        self._watch.wake()

    def _run_and_go_on(self, step: StepClaim, *, is_followed: bool) -> StepClaim | None:
        """Run a step, and take the turn that follows."""
        if self._begin_apart(step):
            return None
        with self._held.holding(step):
            outcome = self._outcome(step)
            return None if outcome is None else self._finish_and_go_on(outcome, is_followed=is_followed)

    def _finish_and_go_on(self, outcome: Outcome, *, is_followed: bool) -> StepClaim | None:
        """Take the turn that follows from an outcome: outcome, turn and next step are stored in one transaction.

        Nobody has claimed the run meanwhile. If somebody does before that transaction, it stores nothing, and the
        outcome is stored by itself.
        """
        claim = self._store.look(outcome.step.run)
        if claim is not None:
            try:
                turn, live = self._turns.take(claim, [*claim.events, outcome.event])
                crash_point("computed_with_outcome")
                return self._commit(claim, turn, live, outcome, is_followed=is_followed)
            except Fenced:
                pass
            except StoreError:
                raise
            except Exception:
                _log.debug("A turn is left to whoever claims it.", exc_info=True)
        self._finish(outcome)
        return None

    # ---- async steps, for which no thread waits

    def _begin_apart(self, step: StepClaim) -> bool:
        """Begin an async step, and let others go on with its run when it has ended; False: it is none, or is to be
        waited for, by whoever steps this worker."""
        if not self._insists or step.task is not Task.RUN or not self._runner.is_async(step.name):
            return False
        self._apart.begin(step)
        return True

    def _go_on_with_ended(self) -> bool:
        """Store what has become of an async step, and what follows from it; False: none has ended."""
        found = self._apart.next_ended()
        if found is None:
            return False
        step, ended = found
        try:
            outcome = None if ended is None else self._stored_retry(ended)
            following = None if outcome is None else self._finish_and_go_on(outcome, is_followed=True)
        finally:
            self._apart.forget(step)
        if following is not None:
            self._run_and_go_on(following, is_followed=False)
        return True


def _has_state_to_store(turn: Turn, live: LiveRun, *, goes_on: bool) -> bool:
    """Whether the state is to be stored with a turn, since nobody knows how soon it is needed; else it is made again
    from the journal, should anybody need it.

    :param goes_on: this thread runs the step that the run waits for, and takes the turn that follows.
    """
    return live.has_much_to_store or not (goes_on or turn.status is Status.COMPLETED)


def _is_something_to_do(claim: Claim, turn: Turn) -> bool:
    """Whether somebody may have something to do since a turn was stored. What else there may be, timers among it, is
    seen by :meth:`Watch.look`."""
    is_wanted = any(command.kind in (Kind.STEP, Kind.CHILD) for command in turn.commands)
    return is_wanted or bool(turn.child_ends) or (turn.is_last and (turn.continued or claim.run.parent) is not None)


def _log_fenced(step: StepClaim) -> None:
    _log.warning(
        "Attempt %s of step %s, %s/%s, ends too late: another worker has it, or the run is over.",
        step.attempt,
        step.name,
        step.run,
        step.call,
    )
