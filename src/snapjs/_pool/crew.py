"""The workers of a pool, and what they are asked to do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import TIMEOUT_MAX, Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from .._checks import UNSET
from ..errors import BusyError, ClosedError, PoolError, TimeLimitError
from ..statistics import PoolStatistics, WorkerStatistics
from .call import Call, Request
from .queue import CLOSED, Queue, Seat
from .tally import latency
from .worker import Worker

if TYPE_CHECKING:
    from .machine import Plan
    from .program import Program

_NESTED: Final = (
    "All workers of this pool are busy, and one of them makes this call: it might wait for itself. Give the pool more "
    "workers, or use another pool."
)


class Crew:
    """Workers that are ready.

    :param program: that they run.
    :param plan: when they make a VM anew.
    :param count: of workers.
    :param in_processes: whether each has a process of its own.
    :param limit: how many calls may wait that do not want to wait longer.
    :param retries: how often a call is made again whose process ended.
    :raises Exception: why one cannot begin; none is left then.
    """

    def __init__(
        self, program: Program, plan: Plan, count: int, *, in_processes: bool, limit: int, retries: int
    ) -> None:
        self._process = os.getpid()
        self._in_processes = in_processes
        self._queue = Queue(limit)
        kind = "process" if in_processes else "thread"
        self._workers = [
            Worker(f"snapjs-{kind}-{n}", program, plan, self._queue, in_process=in_processes, retries=retries)
            for n in range(1, count + 1)
        ]
        try:
            for worker in self._workers:
                worker.start()
            for worker in self._workers:
                worker.wait_until_ready()
                self._queue.add(worker)
        except BaseException:
            self.abort()
            raise

    # ---- calls

    def call(self, request: Request, queue_timeout: float | None, *, block: bool) -> Any:
        """Do what is asked for: in this thread, if a worker is idle, which takes less than half the time.

        :param queue_timeout: seconds to wait for a worker.
        :param block: False to raise QueueFull where as many wait as may.
        """
        if asyncio._get_running_loop() is None:  # or a promise could not be awaited here
            seat = Seat(self._queue)
            try:
                self._check_process()
                self._queue.lend(seat, request.key)
                if seat.worker is not None:
                    call = Call(request, _nobody, perf_counter())
                    seat.worker.perform(call)
                    return call.outcome()
            finally:
                seat.leave()
        told = Lock()
        told.acquire()
        call = self.begin(request, told.release, block=block)
        try:
            if not told.acquire(timeout=-1 if queue_timeout is None else min(queue_timeout, TIMEOUT_MAX)):
                self.expire(call, queue_timeout)
                told.acquire()
        except BaseException:
            self.abandon(call)
            raise
        return call.outcome()

    async def call_async(self, request: Request, queue_timeout: float | None) -> Any:
        """Have a worker do what is asked for.

        :param queue_timeout: seconds to wait for one.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[None] = loop.create_future()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed, and nobody waits
                loop.call_soon_threadsafe(_settle, told)

        call = self.begin(request, tell)
        alarm = None if queue_timeout is None else loop.call_later(queue_timeout, self.expire, call, queue_timeout)
        try:
            await told
        except BaseException:
            self.abandon(call)
            raise
        finally:
            if alarm is not None:
                alarm.cancel()
        return call.outcome()

    def begin(self, request: Request, tell: Callable[[], object], *, block: bool = True) -> Call:
        """Have a worker do what is asked for.

        :param tell: called when there is an outcome, in any thread.
        :param block: False to raise QueueFull where as many calls wait as may.
        """
        self._check_process()
        call = Call(request, tell, perf_counter())
        if not self._queue.put(call, block=block, is_nested=self._is_nested()):
            raise BusyError(_NESTED)
        return call

    def end_session(self, key: Hashable) -> None:
        """Forget a session."""
        if self._queue.has_session(key):
            self.call(_end_of(key), None, block=True)

    async def end_session_async(self, key: Hashable) -> None:
        """As :meth:`end_session`, on an event loop."""
        if self._queue.has_session(key):
            await self.call_async(_end_of(key), None)

    def expire(self, call: Call, seconds: float | None) -> None:
        """End a call that still waits for a worker."""
        if self._queue.withdraw(call):
            text = (
                f"No worker was free for {seconds:g} s. Give queue_timeout= a larger value, or the pool more workers."
            )
            call.fail(TimeLimitError(text, limit=seconds))

    def abandon(self, call: Call) -> None:
        """End a call that nobody waits for any more."""
        call.request.is_abandoned = True
        if not self._queue.withdraw(call):
            for worker in self._workers:
                worker.stop(call)

    def _is_nested(self) -> bool:
        return any(worker.is_used_here for worker in self._workers)

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise PoolError(
                "This pool was made before the process was forked, and its workers are not here. Make another."
            )

    # ---- facts

    def statistics(self) -> PoolStatistics:
        """What they have done, and hold."""
        tallies = [worker.tally for worker in self._workers]
        workers = tuple(
            WorkerStatistics(worker.name, worker.pid, worker.tally.calls, worker.restarts, worker.memory)
            for worker in self._workers
        )
        return PoolStatistics(
            calls=sum(tally.calls for tally in tallies),
            failed=sum(tally.failed for tally in tallies),
            running=self._queue.busy,
            waiting=self._queue.waiting,
            retried=sum(tally.retried for tally in tallies),
            restarts=sum(worker.restarts for worker in workers),
            sessions=self._queue.sessions,
            latency=latency(tally.runs for tally in tallies),
            queue_latency=latency(tally.waits for tally in tallies),
            memory=sum(worker.memory for worker in workers),
            workers=workers,
        )

    def __repr__(self) -> str:
        kind = "processes" if self._in_processes else "threads"
        return f"{len(self._workers)} {kind}{', closed' if self._queue.is_closing else ''}"

    # ---- the end

    def close(self, *, cancel: bool) -> None:
        """Take no more calls, and wait until all are over.

        :param cancel: end those that wait or run.
        :raises BusyError: a call that would have to be over makes this.
        """
        self.check_closable()
        if os.getpid() != self._process:
            return
        self._queue.close()
        if cancel:
            self._cancel()
        self._queue.wait_until_idle()
        for worker in self._workers:
            worker.end()
        for worker in self._workers:
            worker.wait_until_ended()

    def check_closable(self) -> None:
        """
        :raises BusyError: one of the calls that would have to be over asks.
        """
        if self._is_nested():
            raise BusyError("A pool cannot be closed by one of its own calls. Close it when the call is over.")

    def abort(self) -> None:
        """End all, without waiting for it."""
        if os.getpid() != self._process:
            return
        self._queue.close()
        self._cancel()
        for worker in self._workers:
            worker.end()

    def _cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()
        for call in self._queue.clear():
            call.fail(ClosedError(CLOSED))


def _end_of(key: Hashable) -> Request:
    return Request(None, (), None, UNSET, None, key)


def _nobody() -> None:
    pass


def _settle(told: asyncio.Future[None]) -> None:
    if not told.done():
        told.set_result(None)
