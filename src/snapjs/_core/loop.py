"""The host's half of the event loop: turns it, waits for timers and host calls, and gives up when nothing can happen.

Everything runs on the asyncio loop of whoever awaits. Several awaits may be under way in one VM; each turns the loop
for all.
"""

from __future__ import annotations

from .._checks import UNSET
from .._guest import abi
from .._threads import get_ident
from ..errors import BusyError, SnapjsError, StillPending, TimeLimitError
from .limits import Deadline, timeout_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any, Final

    from .bridge import Bridge

_NEVER: Final = float("inf")
_TIMERS_UNAWAITED: Final = abi.Event.TIMERS_UNAWAITED
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
        self.waiters: set[asyncio.Future[None]] = set()
        """one for each coroutine that awaits something in this VM"""
        self._turning: int | None = None
        """the thread that is turning the loop"""

    # ---- one thread, no asyncio

    def run_jobs(self, timeout: float | None = UNSET) -> int:
        """Drain the microtasks; how many ran."""
        return self._count("snap_run_jobs", (), timeout)

    def answer_waiting(self, timeout: float | None = UNSET) -> int:
        """Answer what web APIs ask of the host and needs no event loop, and run the jobs; how many were answered.

        :param timeout: seconds for all together.
        :raises TimeLimitError: they have passed.
        """
        return self._answer_by(self._deadline(timeout))

    def _answer_by(self, deadline: Deadline | None) -> int:
        with self._bridge.entered():  # which a closed VM refuses: its memory is gone
            if not self._bridge.instance.control.pending:
                return 0
        return self._bridge.services.answer_waiting(deadline)

    def run_answerable(self, deadline: Deadline | None = None) -> int:
        """Drain the microtasks, and answer as :meth:`answer_waiting` does; how many ran, and were answered.

        :param deadline: for all together; without it, the VM's timeout holds for the jobs, and for the answers.
        :raises TimeLimitError: it has come.
        """
        with self._bridge.entered():
            if deadline is None:
                return self.run_jobs() + self.answer_waiting()
            return self.run_jobs(timeout_until(deadline)) + self._answer_by(deadline)

    def run_timers(self, at_most: int, timeout: float | None = UNSET) -> int:
        """Run timers that are due, earliest first, with the jobs after each; how many ran."""
        return self._count("snap_run_timers", (at_most,), timeout)

    def _count(self, export: str, arguments: tuple[int, ...], timeout: float | None) -> int:
        count = self._bridge.call(export, arguments, timeout=timeout)
        return count if isinstance(count, int) else 0  # a foreign engine may say anything

    def run_ready(self, deadline: Deadline | None = None) -> int:
        """Run jobs and due timers, and answer what needs no event loop, until there are none; how many.

        :param deadline: without it, the VM's timeout holds for all together: intervals may be due again and again.
        :raises TimeLimitError: it has come.
        """
        deadline = deadline or self._deadline(UNSET)
        with self._bridge.entered():
            ran = 0
            while happened := self.run_answerable(deadline) + self._run_due_timers(deadline):
                ran += happened
            return ran

    def _deadline(self, timeout: float | None) -> Deadline | None:
        """The moment that many seconds from now; left out, the VM's timeout counts."""
        if timeout is UNSET:
            timeout = self._bridge.options.timeout
        return self._bridge.limits.deadline(timeout)

    def _run_due_timers(self, deadline: Deadline | None) -> int:
        ran = 0
        while self.timer_delay() == 0 and (timers := self.run_timers(ALL, timeout_until(deadline))):
            ran += timers
        return ran

    def timer_delay(self) -> float | None:
        """Seconds until the first timer is due; ``None`` without timers."""
        control = self._bridge.instance.control
        if not control.timers:
            return None
        now = max(self._bridge.options.clock.milliseconds(True), float(control.latest_time))
        return max(0.0, (float(control.next_timer) - now) / 1000)

    def timer_milliseconds(self) -> int | None:
        """Those until the first timer is due, rounded up: who sleeps so long does not come too early. ``None`` without
        timers."""
        delay = self.timer_delay()
        return None if delay is None else -int(-delay * 1000 // 1)

    def idle_delay(self) -> float | None:
        """Seconds until there is something to do for a program that nobody awaits; ``None``: there never is.

        A timeout that a signal is armed with is nothing to do: it only ends what else there is.
        """
        return None if self._bridge.instance.control.events & _TIMERS_UNAWAITED else self.timer_delay()

    # ---- asyncio

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
            deadline = self._deadline(timeout)
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
            await self._turn(lambda: bridge.promise_state(number) != 0, deadline)
        except (CancelledError, TimeLimitError) as error:
            with suppress(SnapjsError):  # what JavaScript makes of it is not what ended this
                bridge.host_tasks.abandon(origin, timeout)
            if isinstance(error, CancelledError) or bridge.is_dead:
                raise
            raise TimeLimitError(limit=timeout) from None
        try:
            return bridge.promise_result(number, type, timeout_until(deadline))
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
        await self._turn(lambda: bridge.promise_state(number) != 0, self._deadline(timeout))

    async def idle(self) -> None:
        """Turn until only pending calls that nobody is working on remain, or nothing."""
        with self._bridge.entered():
            pass
        await self._turn(self._is_idle, None)

    async def unoccupied(self, deadline: Deadline | None) -> None:
        """Turn until nobody works on a pending call, and no job and no timer is due.

        :raises TimeLimitError: the deadline has come.
        """
        await self._turn(self._is_unoccupied, deadline)

    def _is_idle(self) -> bool:
        return self._is_unoccupied() and self.idle_delay() is None

    def _is_unoccupied(self) -> bool:
        tasks = self._bridge.host_tasks
        return not tasks.running and not tasks.finished

    async def _turn(self, done: Callable[[], bool], deadline: Deadline | None) -> None:
        """Turn the loop until ``done``."""
        from asyncio import get_running_loop

        loop = get_running_loop()
        self._adopt_loop(loop)
        finished = self._bridge.host_tasks.finished
        while True:
            # It stands with the others before anything is looked at: what another thread does from here on wakes it.
            waiter: asyncio.Future[None] = loop.create_future()
            self.waiters.add(waiter)
            try:
                for _ in range(_TURNS_AT_ONCE):
                    is_free = self._turn_once(loop, waiter, deadline)
                    if not is_free or not finished:
                        break
                delay = self._rest(done) if is_free else _NEVER
                if delay is None:
                    return
                await _pause(waiter, delay if deadline is None else min(delay, deadline.remaining()))
            finally:
                self.waiters.discard(waiter)

    def _turn_once(
        self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[None], deadline: Deadline | None
    ) -> bool:
        """Do what can be done now. False when another thread is in the VM.

        :raises TimeLimitError: the deadline has come.
        """
        timeout_until(deadline)
        bridge = self._bridge.itself()
        if not self._take():
            return False
        happened = True
        try:
            ran = bridge.host_tasks.settle_finished(deadline)  # with the jobs after each
            if not ran:
                ran = self.run_jobs(timeout_until(deadline))
            happened = ran + self._run_due_timers(deadline) > 0
            calls = bridge.pending_calls.all()
        finally:
            self._give_back()
            if happened:
                self.wake(but=waiter)
        bridge.host_tasks.begin(calls, loop)
        return True

    def _rest(self, done: Callable[[], bool]) -> float | None:
        """What is left to do: ``None`` when it is ``done``, else for how many seconds to wait at most."""
        if not self._take():
            return _NEVER
        try:
            return None if done() else 0.0 if self._bridge.host_tasks.finished else self._delay()
        finally:
            self._give_back()

    def _take(self) -> bool:
        """Hold the VM to turn its loop; False when another thread is in it, which wakes the waiters when it leaves."""
        try:
            self._bridge.enter()
        except BusyError:
            return False
        self._turning = get_ident()
        return True

    def _give_back(self) -> None:
        try:
            self._bridge.leave()
        finally:
            self._turning = None

    def _adopt_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Turn on this asyncio loop from now on.

        :raises BusyError: another one is at it.
        """
        if self._asyncio is loop:
            return
        tasks = self._bridge.host_tasks
        if self._asyncio is not None and self._asyncio.is_closed():
            self.waiters.clear()
            tasks.leave_closed_loop()
        elif tasks.running or self.waiters:
            raise BusyError(
                "Another event loop is awaiting this VM. Await it on that loop, or give each loop a VM of its own."
            )
        self._asyncio = loop

    def _delay(self) -> float:
        """Seconds until there is something to do, if nobody answers a call before.

        :raises StillPending: there never is.
        """
        delay = self.timer_delay()
        if delay is not None and not self._bridge.options.clock.is_frozen:
            return delay
        if not self._bridge.host_tasks.running and not self._bridge.instance.control.pending:
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
