"""Runs steps that were claimed: what becomes of each, for the worker to store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from .._threads import RLock
from ..errors import WorkerDied
from .crash import crash_point
from .payload import pack, pack_error, unpack
from .placement import Placement, Queue
from .records import Command, Event, EventKind, Kind, Outcome, StepClaim, Task, Turn
from .secrets import Secrets
from .step_context import CURRENT, StepContext
from .step_loop import StepLoop
from .steps import Step, timeout_message
from .store import Store
from .telemetry import step_span

_MOST_DEATHS: Final = 10
"""Workers in a row that may die in a step, before it is held to be what kills them."""


@dataclass(frozen=True)
class Retry:
    """How an attempt has ended that is not the last one."""

    step: StepClaim
    due_at: float
    error: bytes


class StepRunner:
    """The steps of one worker. Any thread may use it.

    :param store: where they are.
    :param steps: by their names.
    :param queues: by their names.
    :param hidden: secrets that steps get, and the store does not.
    """

    def __init__(
        self,
        store: Store,
        steps: Callable[[], Mapping[str, Step]],
        queues: Callable[[], Mapping[str, Queue]],
        hidden: Secrets,
    ) -> None:
        self._store = store
        self._steps = steps
        self.queues = queues
        self._secrets = hidden
        self._loop = StepLoop()
        self._lock = RLock()
        self._apart: dict[Future[Any], StepClaim] = {}
        """async steps that no thread waits for"""

    def close(self) -> None:
        """Cancel what still runs."""
        self._loop.close()

    # ---- which there are

    @property
    def names(self) -> list[str]:
        """Under which its steps may be wanted, those of before among them."""
        return list(self._known())

    def names_without_async(self) -> list[str]:
        """Those of steps that keep a thread busy."""
        return [name for name, step in self._known().items() if not step.is_async]

    def is_async(self, name: str) -> bool:
        """Whether the step that has the name waits in the event loop."""
        return self._known()[name].is_async

    def only_step(self, turn: Turn) -> str | None:
        """The name of the step that a turn wants and that is known here; ``None``: there is none, or several are."""
        known = self._known()
        names = [command.name for command in turn.commands if command.kind is Kind.STEP and command.name in known]
        return names[0] if len(names) == 1 else None

    def _known(self) -> dict[str, Step]:
        steps = self._steps()
        return {name: step for step in steps.values() for name in step.former_names} | dict(steps)

    def placed(self, turn: Turn) -> Turn:
        """A turn whose steps have what the store has to know of them, as far as it is known here."""
        if not any(command.kind is Kind.STEP for command in turn.commands):
            return turn
        known = self._known()
        return replace(turn, commands=[self._placed(command, known) for command in turn.commands])

    def _placed(self, command: Command, known: Mapping[str, Step]) -> Command:
        if command.kind is not Kind.STEP:
            return command
        step = known.get(command.name)
        placement = None if step is None else step.placement(command.name, unpack(command.arguments))
        return replace(command, placement=placement)

    def placement(self, step: StepClaim) -> Placement:
        """What the store has to know of a step that this worker has."""
        return self._known()[step.name].placement(step.name, unpack(step.arguments))

    # ---- what becomes of them

    def run(self, step: StepClaim) -> Outcome | Retry:
        """Run a step, and wait for it."""
        return self._given_up(step) or self._attempt(step, lambda: self._called(step))

    def begin(self, step: StepClaim, end: Callable[[StepClaim, Outcome | Retry | None], None]) -> None:
        """Run a step that is async, and do not wait for it.

        :param end: told what has become of it, in some thread; ``None``: nobody waits for it any more.
        """
        ended = self._begun(step)
        if isinstance(ended, Outcome | Retry):
            end(step, ended)
            return
        with self._lock:
            self._apart[ended] = step
        ended.add_done_callback(lambda future: self._end(future, end))

    def cancel_lost(self) -> None:
        """Cancel the async steps that nobody waits for any more."""
        with self._lock:
            apart = dict(self._apart)
        lost = set(self._store.lost_steps(list(apart.values()))) if apart else set()
        for ended, step in apart.items():
            if step in lost:
                self._loop.cancel(ended)

    def is_transactional(self, step: StepClaim) -> bool:
        """Whether its outcome is stored in the transaction in which it runs."""
        definition = self._known().get(step.name)
        return definition is not None and definition.transactional and self._given_up(step) is None

    def in_transaction(self, step: StepClaim, connection: Any) -> Outcome:
        """Run a step by a connection, in whose transaction its outcome is then stored.

        :raises TransactionFailed: it has failed, and what it has done must be undone.
        """
        ended = self._attempt(step, lambda: self._called(step, connection))
        if isinstance(ended, Retry) or ended.event.kind is EventKind.FAILURE:
            raise TransactionFailed(ended)
        return ended

    def failed(self, step: StepClaim, error: BaseException) -> Outcome | Retry:
        """What follows from an exception."""
        delay = self._known()[step.name].delay(step.attempt, error)
        now, packed = self._store.now(), self._secrets.hidden(pack_error(error))
        if delay is None or (step.end_by is not None and now + delay >= step.end_by):
            return self._ended(step, EventKind.FAILURE, packed)
        return Retry(step, now + delay, packed)

    def _called(self, step: StepClaim, connection: Any = None) -> Any:
        crash_point("step_claimed", step.name)
        ended = self._bound(step, connection)
        return ended.result() if isinstance(ended, Future) else ended()

    def _bound(self, step: StepClaim, connection: Any = None) -> Future[Any] | Callable[[], Any]:
        """A step to be called, or that has been begun if it is async."""
        definition = self._known()[step.name]
        function = definition.bound(step.name, self._secrets.resolved(step.arguments))
        left = None if step.end_by is None else step.end_by - self._store.now()
        context = copy_context()
        context.run(CURRENT.set, StepContext(step, self._store, self._secrets, connection))
        if definition.is_async:
            return self._loop.submit(partial(_awaited, step, definition, function, left), context)
        return partial(context.run, _called, step, definition, function, left)

    def _begun(self, step: StepClaim) -> Future[Any] | Outcome | Retry:
        given_up = self._given_up(step)
        if given_up is not None:
            return given_up
        crash_point("step_claimed", step.name)
        try:
            begun = self._bound(step)
        except Exception as error:
            return self.failed(step, error)
        assert isinstance(begun, Future)
        return begun

    def _end(self, ended: Future[Any], end: Callable[[StepClaim, Outcome | Retry | None], None]) -> None:
        with self._lock:
            step = self._apart.pop(ended)
        try:
            outcome = self._attempt(step, ended.result)
        except BaseException as error:  # the thread is that of the loop, which others need
            outcome = self.failed(step, error)
        end(step, outcome)

    def _attempt(self, step: StepClaim, call: Callable[[], Any]) -> Outcome | Retry:
        try:
            payload = self._secrets.hidden(pack(call()))
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            return self.failed(step, error)
        crash_point("step_done", step.name)
        return self._ended(step, EventKind.ANSWER, payload)

    def _given_up(self, step: StepClaim) -> Outcome | Retry | None:
        if step.task not in (Task.RUN, Task.PLACE):
            error = pack_error(TimeoutError(timeout_message(step.task, step.timeout)))
            if step.task is Task.HEARTBEAT_TIMEOUT and step.attempt < step.max_attempts:
                return Retry(step, self._store.now(), error)
            return self._ended(step, EventKind.FAILURE, error)
        if step.deaths >= _MOST_DEATHS:
            error = pack_error(WorkerDied(f"{_MOST_DEATHS} workers in a row died in the step."))
            return self._ended(step, EventKind.FAILURE, error)
        return None

    def _ended(self, step: StepClaim, kind: EventKind, payload: bytes) -> Outcome:
        return Outcome(step, Event(0, kind, str(step.call), payload, self._store.now()))


def _called(step: StepClaim, definition: Step, function: Callable[[], Any], left: float | None) -> Any:
    with step_span(step):
        return definition.call(function, left)


async def _awaited(step: StepClaim, definition: Step, function: Callable[[], Any], left: float | None) -> Any:
    with step_span(step):
        return await definition.awaited(function, left)


class TransactionFailed(Exception):
    """A step has failed in the transaction in which it ran: ``ended`` says how."""

    def __init__(self, ended: Outcome | Retry) -> None:
        super().__init__(ended)
        self.ended = ended
