"""One worker of a pool: a machine, and a thread that does calls with it."""

from __future__ import annotations

import atexit
import os
from collections import deque
from queue import SimpleQueue
from threading import Lock, Thread, get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from ..errors import ClosedError, PoolError, WorkerDied
from .machine import Machine
from .process import ProcessEnded, ProcessMachine
from .queue import CLOSED
from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .call import Call, Request
    from .machine import Plan
    from .program import Program
    from .queue import Queue

_STARTS: Final = 10
"""how often a process is started that ends before it is ready"""


class Worker:
    """A thread that does calls, one at a time. In its place another thread may, which the queue has lent the worker to.

    :param name: of the thread, and of the process.
    :param program: that it runs.
    :param plan: when it makes a VM anew.
    :param queue: where calls come from.
    :param in_process: whether the machine is in a process of its own.
    :param retries: how often a call is made again whose process ended.
    """

    def __init__(
        self, name: str, program: Program, plan: Plan, queue: Queue, *, in_process: bool, retries: int
    ) -> None:
        self.name = name
        self.lane: deque[Call] = deque()
        """calls of its sessions that wait; the queue's"""
        self.sessions = 0
        """the queue's"""
        self.tally = Tally()
        self._program = program
        self._plan = plan
        self._queue = queue
        self._in_process = in_process
        self._retries = retries
        self._machine: Machine | ProcessMachine | None = None
        self._keys: set[Hashable] = set()
        """of the sessions that the machine has"""
        self._lost: set[Hashable] = set()
        """of those that ended with a process, as long as nobody was told"""
        self._is_cancelled = False
        self.user: int | None = None
        """the thread that does a call"""
        self.holder: object | None = None
        """who may use the machine; the queue's"""
        self.handed: Call | None = None
        """what the thread is to do; the queue's"""
        self._wakes: SimpleQueue[bool] = SimpleQueue()
        self._thread = Thread(target=self._serve, name=name, daemon=True)
        self.failure: BaseException | None = None
        """why it could not begin"""
        self._begun = Lock()
        self._begun.acquire()

    # ---- its thread

    def start(self) -> None:
        """Have it get ready, in its thread."""
        _serving.add(self)
        try:
            self._thread.start()
        except BaseException:  # there are as many threads as the system allows
            _serving.discard(self)
            raise

    def wait_until_ready(self) -> None:
        """Wait until it can do calls.

        :raises BaseException: why it cannot.
        """
        with self._begun:
            if self.failure is not None:
                raise self.failure

    def wake(self) -> None:
        """Have the thread look at what it is handed. It may be woken for nothing."""
        self._wakes.put(True)

    def end(self) -> None:
        """Have the thread end when the worker is idle."""
        self._wakes.put(False)

    def abort(self) -> None:
        """End whatever runs, begin nothing any more, and have the thread end. From any thread."""
        self._queue.close()
        self.cancel()
        self.end()

    def wait_until_ended(self) -> None:
        """Wait for the thread, which was told to end."""
        if self._thread.is_alive():
            self._thread.join()

    def _serve(self) -> None:
        try:
            if self._begin():
                self._go_on()
        finally:
            _serving.discard(self)

    def _begin(self) -> bool:
        try:
            self._machine = self._make()
        except BaseException as error:
            self.failure = error
        finally:
            self._begun.release()
        return self.failure is None

    def _go_on(self) -> None:
        try:
            while self._wakes.get():
                call = self._queue.take(self)
                while call is not None:
                    self.perform(call)
                    call = self._queue.next(self)
            self._queue.wait_until_free(self)
        finally:
            self._bury()

    # ---- calls

    @property
    def is_used_here(self) -> bool:
        """Whether it does a call in the thread that asks."""
        return self.user == get_ident()

    def perform(self, call: Call) -> None:
        """Do a call, and tell its outcome. The thread must hold the worker."""
        began = perf_counter()
        self.user = get_ident()
        try:
            value = call.context.run(self._do, call.request)
        except BaseException as error:
            self._over(call, began, failed=True)
            call.fail(ClosedError(CLOSED) if self._is_cancelled else error)
        else:
            self._over(call, began, failed=False)
            call.succeed(value)
        if self._machine is not None:
            self._machine.tidy()

    def _over(self, call: Call, began: float, *, failed: bool) -> None:
        self.user = None
        if call.request.export is not None:
            self.tally.add(began - call.since, perf_counter() - began, failed=failed)

    def _do(self, request: Request) -> Any:
        if request.export is None:
            return self._end_session(request.key)
        key = request.key
        deaths = 0
        while True:
            machine = self._alive()
            if key is not None:
                self._check_session(key)
                self._keys.add(key)
            try:
                return machine.call(request)
            except ProcessEnded as end:
                self._bury()
                self._lost.discard(key)
                deaths += 1
                if key is not None or deaths > self._retries:
                    raise WorkerDied(exit_code=end.exit_code) from None
                self.tally.retried += 1

    def _check_session(self, key: Hashable) -> None:
        if key in self._lost:
            self._lost.discard(key)
            raise WorkerDied(
                f"The process that had the session {key!r} ended, and the session with it. "
                "The next call begins a new one."
            )

    def _end_session(self, key: Hashable) -> None:
        self._lost.discard(key)
        if key in self._keys:
            self._keys.discard(key)
            try:
                self._alive().end(key)
            except ProcessEnded:
                self._bury()
        self._queue.forget(key)

    def stop(self, call: Call) -> None:
        """End a call, if it is the one that runs. From any thread."""
        machine = self._machine
        if machine is not None:
            machine.stop(call.request)

    def cancel(self) -> None:
        """End whatever runs, and begin nothing any more. From any thread."""
        self._is_cancelled = True
        machine = self._machine
        if machine is not None:
            machine.stop()

    # ---- the machine

    def _alive(self) -> Machine | ProcessMachine:
        """The machine, or another in place of one that has ended."""
        machine = self._machine
        if isinstance(machine, ProcessMachine) and machine.has_ended:
            self._bury()
            machine = None
        if machine is None:
            machine = self._machine = self._make()
        if self._is_cancelled:
            raise ClosedError(CLOSED)
        return machine

    def _make(self) -> Machine | ProcessMachine:
        if not self._in_process:
            return Machine(self._program, self._plan)
        for _ in range(_STARTS):
            if self._is_cancelled:
                raise ClosedError(CLOSED)
            machine = ProcessMachine(self._program, self._plan, self.name)
            try:
                machine.wait_until_ready()
                return machine
            except ProcessEnded as end:
                self.tally.deaths += 1
                code = end.exit_code
        raise PoolError(
            f"A worker process ended {_STARTS} times before it was ready, the last time with exit code {code}. "
            "See what it wrote to stderr, and whether the machine has memory for it."
        )

    def _bury(self) -> None:
        machine, self._machine = self._machine, None
        if machine is not None:
            self.tally.renewals += machine.renewals
            if not self._queue.is_closing:
                self.tally.deaths += 1
            self._lost |= self._keys
            self._keys.clear()
            machine.close()

    # ---- facts

    @property
    def pid(self) -> int | None:
        """Of the process, if it has one of its own."""
        machine = self._machine
        return machine.pid if isinstance(machine, ProcessMachine) else None

    @property
    def memory(self) -> int:
        """Bytes of linear memory of its VMs, as far as is known."""
        machine = self._machine
        return 0 if machine is None else machine.memory

    @property
    def restarts(self) -> int:
        """How many VMs and processes were replaced."""
        machine = self._machine
        return self.tally.deaths + self.tally.renewals + (0 if machine is None else machine.renewals)


_serving: Final[set[Worker]] = set()
"""those whose threads may be there, also when nobody has their pool any more"""


@atexit.register
def _end_all() -> None:
    # Python ends threads wherever they are, which the frames of the engine below them do not survive.
    workers = tuple(_serving)
    for worker in workers:
        worker.abort()
    for worker in workers:
        worker.wait_until_ended()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_serving.clear)  # the threads are the parent's
