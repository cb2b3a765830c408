"""The host's half of the event loop: answers host calls, waits for timers, and gives up when nothing can happen any
more.

Everything runs on the asyncio loop of whoever awaits. Several awaits may be under way in one VM; each turns the loop
for all.

A host call is a task. Its function runs as soon as the call is seen, up to where it first waits, and one that never
does is answered without a turn of asyncio.
"""

from __future__ import annotations

from types import CoroutineType

from .._checks import UNSET
from .._guest.threads import deque, get_ident
from ..errors import BusyError, MemoryLimitError, SnapjsError, StillPending, TimeLimitError
from ..pending import IMPORT_CALL, PendingCall, PendingMarker, cancellation

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, Final

    from .bridge import Bridge

_NEVER: Final = float("inf")
ALL: Final = 0xFFFFFFFF
_LONGEST_WAIT: Final = 86_400.0
"""Seconds; asyncio's timers are not made for months."""
_TURNS_AT_ONCE: Final = 32
"""Turns that answer host calls one after the other before other coroutines run."""


class Loop:
    """Turns the event loop of one VM."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._asyncio: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._awaitables: dict[int, Awaitable[Any]] = {}
        self._started: set[int] = set()
        self._finished: deque[tuple[int, Any, bool]] = deque()
        """answers that the guest does not have yet: id, value, whether it is what the function raised"""
        self._begin: Callable[[Coroutine[Any, Any, Any]], Any]
        """starts a host call: see ``_eager.begin``"""
        self.waiters: set[asyncio.Future[None]] = set()
        """one for each coroutine that awaits something in this VM"""
        self._turning: int | None = None
        """the thread that is turning the loop"""
        self._is_beginning = False
        """the first step of a host call is on the stack"""

    # ---- one thread, no asyncio

    def run_jobs(self, timeout: float | None = UNSET) -> int:
        """Drain the microtasks; how many ran."""
        count: int = self._bridge.call("snap_run_jobs", timeout=timeout)
        return count

    def run_timers(self, at_most: int, timeout: float | None = UNSET) -> int:
        """Run timers that are due, earliest first, with the jobs after each; how many ran."""
        count: int = self._bridge.call("snap_run_timers", (at_most,), timeout=timeout)
        return count

    def run_ready(self, deadline: float | None = None) -> int:
        """Run jobs and due timers until there are none; how many ran.

        :param deadline: moment of :meth:`Calls.now` at which to stop.
        :raises TimeLimitError: it has come.
        """
        own = self._bridge.options.timeout
        if deadline is None and own is not None:
            deadline = self._bridge.now() + own  # for all together: intervals may be due again and again
        with self._bridge.entered():
            return self.run_jobs(self._remaining(deadline)) + self._run_due_timers(deadline)

    def _remaining(self, deadline: float | None) -> float | None:
        """The timeout of a call that has to end by this moment; without one, the VM's own."""
        return UNSET if deadline is None else deadline - self._bridge.now()

    def _run_due_timers(self, deadline: float | None) -> int:
        ran = 0
        while self.timer_delay() == 0 and (timers := self.run_timers(ALL, self._remaining(deadline))):
            ran += timers
        return ran

    def timer_delay(self) -> float | None:
        """Seconds until the first timer is due; ``None`` without timers."""
        control = self._bridge.instance.control
        if not control.timers:
            return None
        now = max(self._bridge.options.clock.milliseconds(True), float(control.latest_time))
        return max(0.0, (float(control.next_timer) - now) / 1000)

    # ---- asyncio

    def is_answering(self, id: int) -> bool:
        """Whether a function is at work on this call."""
        return id in self._started

    def adopt(self, id: int, awaitable: Awaitable[Any]) -> None:
        """Await this object for a pending call, once a loop turns."""
        self._awaitables[id] = awaitable
        self.wake()

    def wake(self, but: asyncio.Future[None] | None = None) -> None:
        """Something has happened that awaiting coroutines should look at.

        :param but: this one is looking already.
        """
        for waiter in tuple(self.waiters):
            if waiter is not but and not waiter.done():
                loop = waiter.get_loop()
                if _is_running_here(loop):
                    waiter.set_result(None)
                elif not loop.is_closed():
                    loop.call_soon_threadsafe(_finish, waiter)

    def wake_after_call(self) -> None:
        """Somebody has used the VM: what a coroutine awaits may be settled, or a new call made.

        Turning the loop does not count, or two coroutines would wake each other for ever.
        """
        if self._turning != get_ident():
            self.wake()

    async def settled(self, start: Callable[[], Any], timeout: float | None, type: Any = UNSET) -> Any:
        """Start something that may return a promise, and wait until that is settled.

        :param timeout: seconds for the whole, waiting included.
        :raises StillPending: nothing is left that could settle it.
        """
        from asyncio import CancelledError  # takes 30 ms, which a program that does not await need not spend
        from contextlib import suppress

        from ..promise import Promise

        bridge = self._bridge
        if timeout is UNSET:
            timeout = bridge.options.timeout
        with bridge.entered():
            # from a counter that lives in the guest, or it would meet the origins that a snapshot brought
            origin = bridge.next_reference()
            if timeout is not None:
                bridge.prepare_deadlines()
            deadline = None if timeout is None else bridge.now() + timeout
            bridge.instance.control.origin = origin
            try:
                value = start()
                if not isinstance(value, Promise):
                    return value
                number = value._live()
                bridge.observe_promise(number)
            finally:
                if not bridge.closed:
                    bridge.instance.control.origin = 0
        try:
            await self._turn(lambda: bridge.promise_state(number) != 0, deadline, timeout)
        except (CancelledError, TimeLimitError) as error:
            with suppress(SnapjsError):  # what JavaScript makes of it is not what ended this
                self._abandon(origin, timeout)
            if isinstance(error, CancelledError) or bridge.is_dead:
                raise
            raise TimeLimitError(limit=timeout) from None
        try:
            return bridge.promise_result(number, type, self._remaining(deadline))
        finally:
            # What is raised has been lent to JavaScript, where the promise holds it. Its traceback holds this frame: if
            # that held the promise, it would be a circle through both heaps, which no collector sees whole.
            del value, start

    async def until_settled(self, number: int, timeout: float | None) -> None:
        """Wait until the promise with this handle is settled; not at all, if it is no promise.

        :param timeout: seconds.
        :raises StillPending: nothing is left that could settle it.
        """
        bridge = self._bridge
        if timeout is UNSET:
            timeout = bridge.options.timeout
        deadline = None if timeout is None else bridge.now() + timeout
        await self._turn(lambda: bridge.promise_state(number) != 0, deadline, timeout)

    async def idle(self) -> None:
        """Turn until only pending calls that nobody is working on remain, or nothing."""
        with self._bridge.entered():
            pass
        await self._turn(self._is_idle, None, None)

    def _is_idle(self) -> bool:
        return not self._tasks and not self._finished and self.timer_delay() is None

    async def _turn(self, done: Callable[[], bool], deadline: float | None, timeout: float | None) -> None:
        """Turn the loop until ``done``."""
        from asyncio import get_running_loop

        loop = get_running_loop()
        self._adopt_loop(loop)
        while True:
            # It stands with the others before anything is looked at: what another thread does from here on wakes it.
            waiter: asyncio.Future[None] = loop.create_future()
            self.waiters.add(waiter)
            try:
                for _ in range(_TURNS_AT_ONCE):
                    is_free = self._turn_once(loop, waiter, deadline, timeout)
                    if not is_free or not self._finished:
                        break
                delay = self._rest(done) if is_free else _NEVER
                if delay is None:
                    return
                await _pause(waiter, delay if deadline is None else min(delay, deadline - self._bridge.now()))
            finally:
                self.waiters.discard(waiter)

    def _turn_once(
        self,
        loop: asyncio.AbstractEventLoop,
        waiter: asyncio.Future[None],
        deadline: float | None,
        timeout: float | None,
    ) -> bool:
        """Do what can be done now. False when another thread is in the VM; it wakes the waiters when it leaves."""
        if deadline is not None and self._bridge.now() >= deadline:
            raise TimeLimitError(limit=timeout)
        bridge = self._bridge.itself()
        try:
            bridge._enter()
        except BusyError:
            return False
        happened = True
        self._turning = get_ident()
        try:
            ran = self._settle_finished(deadline)  # with the jobs after each
            if not ran:
                ran = self.run_jobs(self._remaining(deadline))
            happened = ran + self._run_due_timers(deadline) > 0
            calls = bridge.calls.all()
        finally:
            bridge._leave()
            self._turning = None
            if happened:
                self.wake(but=waiter)
        self._begin_calls(calls, loop)
        return True

    def _rest(self, done: Callable[[], bool]) -> float | None:
        """What is left to do: ``None`` when it is ``done``, else for how many seconds to wait at most."""
        try:
            self._bridge._enter()
        except BusyError:
            return _NEVER
        self._turning = get_ident()
        try:
            return None if done() else 0.0 if self._finished else self._delay()
        finally:
            self._bridge._leave()
            self._turning = None

    def _adopt_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Turn on this asyncio loop from now on.

        :raises BusyError: another one is at it.
        """
        if self._asyncio is loop:
            return
        if self._asyncio is not None and self._asyncio.is_closed():
            self._leave_closed_loop()
        elif self._tasks or self.waiters:
            raise BusyError(
                "Another event loop is awaiting this VM. Await it on that loop, or give each loop a VM of its own."
            )
        from functools import partial

        from .eager import begin

        self._asyncio = loop
        self._begin = partial(begin, loop)

    def _leave_closed_loop(self) -> None:
        """Take over what became of the host calls that ran on a loop that is gone; those it left unfinished begin
        anew."""
        self.waiters.clear()
        noted = {id for id, _, _ in self._finished}
        for id, task in tuple(self._tasks.items()):
            if not task.done():
                del self._tasks[id]
                self._started.discard(id)
            elif id not in noted:
                self._finished.append((id, *_outcome(task)))

    def _delay(self) -> float:
        """Seconds until there is something to do, if nobody answers a call before.

        :raises StillPending: there never is.
        """
        delay = self.timer_delay()
        if delay is not None and not self._bridge.options.clock.is_frozen:
            return delay
        if not self._tasks and not self._bridge.instance.control.pending:
            if self._bridge.invoke("snap_has_jobs"):  # of somebody who used the VM since the turn
                return 0.0
            raise StillPending([], self._stuck_text())
        return _NEVER

    def _stuck_text(self) -> str:
        if self._bridge.instance.control.timers:
            cause = "timers, and the VM's clock is frozen, so they are never due"
            remedy = "Give the VM a clock that moves"
        else:
            cause = "a promise that nothing in this VM can settle: no host call is pending and no timer is set"
            remedy = "Look for a promise that is never resolved"
        return f"The result waits on {cause}. {remedy}."

    # ---- host calls

    def _begin_calls(self, calls: list[PendingCall], loop: asyncio.AbstractEventLoop) -> None:
        """Begin to answer the pending calls whose function is known and asynchronous. Nobody holds the VM meanwhile:
        the functions may use it, and threads that they start."""
        bridge = self._bridge.itself()
        for call in calls:
            if call.id in self._started or not bridge.calls.is_known(call.id):
                continue
            coroutine = self._coroutine(call)
            if coroutine is None:
                continue
            self._started.add(call.id)
            self._begin_call(call.id, coroutine, loop)
            if bridge.closed:
                self.close()
                return

    def _begin_call(self, id: int, coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> None:
        # One that was made in the first step of another begins later: each would take more of Python's stack.
        is_nested, self._is_beginning = self._is_beginning, True
        try:
            begun = loop.create_task(coroutine) if is_nested else self._begin(coroutine)
        except BaseException:  # Ctrl-C, which is for whoever awaits, and not for JavaScript
            self._finished.append((id, cancellation(), True))
            raise
        finally:
            self._is_beginning = is_nested
        if type(begun) is tuple:
            self._finished.append((id, *begun))
        else:
            self._tasks[id] = begun
            from functools import partial

            begun.add_done_callback(partial(self._note_finished, id))

    def _coroutine(self, call: PendingCall) -> Coroutine[Any, Any, Any] | None:
        awaitable = self._awaitables.pop(call.id, None)
        if awaitable is not None:
            return _wait_for(awaitable)
        function = self._function(call)
        return None if function is None else _wait_for_call(function, call.args)

    def _function(self, call: PendingCall) -> Callable[..., Any] | None:
        """The function that answers the call; ``None`` when it is left to somebody else."""
        function = self._bridge.lending.called(call.name, call.realm) or call._function
        return None if isinstance(function, PendingMarker) else function

    def _note_finished(self, id: int, task: asyncio.Task[Any]) -> None:
        self._finished.append((id, *_outcome(task)))
        self.wake()

    def _settle_finished(self, deadline: float | None) -> int:
        """Give the guest the answers that have come in; how many."""
        settled = 0
        while self._finished:
            timeout = self._remaining(deadline)
            _check_time(timeout)
            id, answer, failed = self._finished.popleft()
            self._tasks.pop(id, None)
            if id in self._started:  # it was not abandoned
                self._started.remove(id)
                settled += self._answer(id, answer, failed, timeout)
        return settled

    def _answer(self, id: int, answer: Any, failed: bool, timeout: float | None) -> bool:
        """Give the guest an answer, and run the jobs; False when the call was answered before.

        :raises TimeLimitError: at once, and the call still waits; or of the jobs.
        """
        _check_time(timeout)
        bridge = self._bridge.itself()
        try:
            return bridge.settle_pending(id, answer, failed, timeout=timeout, lenient=True)
        except MemoryLimitError as error:
            # The guest had no room for the answer: that is one. If it had, the error is of the jobs that ran.
            if not bridge.settle_pending(id, error, True, timeout=timeout):
                raise
            return True
        finally:
            bridge.calls.forget(id)

    def _abandon(self, origin: int, timeout: float | None) -> None:
        """Whoever awaited is gone: cancel the host calls that it started, and reject them in JavaScript.

        :param timeout: seconds for what JavaScript makes of that.
        """
        bridge = self._bridge
        if bridge.closed or bridge.is_dead:
            return
        deadline = None if timeout is None else bridge.now() + timeout
        for call in bridge.calls.all():
            if call.origin != origin or not (call.id in self._started or self._function(call)):
                continue
            if call.name == IMPORT_CALL and self.waiters:
                continue  # somebody else may import what needs this module
            task = self._tasks.pop(call.id, None)
            self._started.discard(call.id)
            if task is not None:
                task.cancel()
            self._answer(call.id, cancellation(), True, self._remaining(deadline))

    def close(self) -> None:
        """Cancel what is running; the VM is being closed."""
        for task in self._tasks.values():
            if not task.get_loop().is_closed():
                task.get_loop().call_soon_threadsafe(task.cancel)
        for awaitable in self._awaitables.values():
            if isinstance(awaitable, CoroutineType):
                awaitable.close()
        self._tasks.clear()
        self._awaitables.clear()
        self.wake()


def _is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether this thread is running the loop, so that its futures may be touched. Going through the loop takes 10 µs
    longer."""
    from asyncio import get_running_loop

    try:
        return get_running_loop() is loop
    except RuntimeError:
        return False


async def _pause(waiter: asyncio.Future[None], seconds: float) -> None:
    """Wait until woken, or for so long; in any case until the other coroutines have run."""
    from asyncio import sleep

    if seconds <= 0 or waiter.done():
        await sleep(0)
        return
    if seconds == _NEVER:
        await waiter
        return
    alarm = waiter.get_loop().call_later(max(0.0, min(seconds, _LONGEST_WAIT)), _finish, waiter)
    try:
        await waiter
    finally:
        alarm.cancel()


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _outcome(task: asyncio.Task[Any]) -> tuple[Any, bool]:
    """What a task returned or raised, and whether it raised."""
    error = cancellation() if task.cancelled() else task.exception()
    return (task.result(), False) if error is None else (error, True)


def _check_time(timeout: float | None) -> None:
    if timeout is not None and timeout is not UNSET and timeout <= 0:
        raise TimeLimitError(limit=timeout)


async def _wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def _wait_for_call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    result = function(*arguments)
    if type(result) is not CoroutineType:
        from inspect import isawaitable  # takes 10 ms of a new process

    return await result if type(result) is CoroutineType or isawaitable(result) else result
