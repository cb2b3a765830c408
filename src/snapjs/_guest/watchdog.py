"""Deadlines: one thread a process that stops guest code which runs too long.

At the deadline it sets the guest's interrupt word, which the engine polls between bytecodes. Code that is still
running a grace period later is in a loop that does not poll, and is made to trap at its next epoch check.

There are two that need more time, and get it. The engine says in the word that it has seen it: nothing of the program
runs any more, but to free what it had takes 0.1 s for each two million objects. And a thread that the system has not
run, on a machine that is busy or in a container that has used its share of it, has had no chance to poll.

Arming and disarming happen in every call with a time limit, so they only touch a set. The thread sleeps until a
deadline and then looks what is armed. It is woken only for a deadline earlier than that; with equal time limits there
is none but after an idle time.

When Python ends, the thread is stopped wherever it is, perhaps with the lock in its hands. Nobody fires deadlines any
more; so from then on nothing is armed, and finalizers that close VMs do not ask for the lock.
"""

from __future__ import annotations

import ctypes
import os
import time
from _thread import get_ident
from sys import is_finalizing

from .._threads import RLock, start_new_thread
from . import abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Condition
    from typing import Final, Protocol
else:
    Protocol = object

GRACE: Final = 0.1
"""seconds between setting the interrupt word and the trap"""

PATIENCE: Final = 2.0
"""the same at the most, for who needs more time"""

_LONGEST_WAIT: Final = 86_400.0
"""seconds; the system's clocks do not take every number"""

_NEVER: Final = float("inf")
_INTERRUPT_NOW: Final = abi.Interrupt.NOW
_INTERRUPT_SEEN: Final = abi.Interrupt.SEEN

_clock_of: Final[Callable[[int], int] | None] = getattr(time, "pthread_getcpuclockid", None)
"""not on macOS and Windows"""


class Trappable(Protocol):
    """Code that can be made to trap."""

    def request_trap(self) -> None:
        """Called on the watchdog's thread; must not wait."""

    def withdraw_trap(self) -> None:
        """Called when a request was made and the code has ended without meeting it."""


class Token:
    """One armed deadline, of the thread that makes this object."""

    __slots__ = (
        "address", "clock", "deadline", "expired", "moment", "patient_until", "postponed", "processor_time", "target",
        "trapping",
    )  # fmt: skip

    def __init__(self, deadline: float, address: int, target: Trappable | None) -> None:
        self.deadline: float = deadline
        self.moment: float = deadline
        """when there is something to do next"""
        self.address: int = address
        self.target: Trappable | None = target
        self.expired: bool = False
        """the interrupt word has been set"""
        self.trapping: bool = False
        """the trap has been requested"""
        self.postponed: bool = False
        """it has been, and was withdrawn"""
        self.clock: int | None = None if target is None or _clock_of is None else _clock_of(get_ident())
        """of the time that the thread runs"""
        self.processor_time: float = 0.0
        """what that was when the interrupt word was set"""
        self.patient_until: float = _NEVER


class _Watchdog:
    def __init__(self) -> None:
        # Re-entrant: a signal handler or a finalizer may arm or disarm while this very thread does.
        self.lock = RLock()
        self.changed: Condition
        self.armed: set[Token] = set()
        self.wake_at = _NEVER
        self.is_running = False

    def start(self) -> None:
        from threading import Condition

        self.changed = Condition(self.lock)
        # threading.Thread would wait until the thread runs. What that does first may collect garbage, and a VM that
        # dies then asks for the lock, which is held here.
        start_new_thread(self.run, ())
        self.is_running = True

    def expect(self, moment: float) -> None:
        """Be awake at this moment. The lock is held."""
        if moment < self.wake_at:
            if not self.is_running:
                self.start()
            self.wake_at = moment
            self.changed.notify()

    def run(self) -> None:
        with self.lock:
            while True:
                now = time.monotonic()
                for token in [token for token in self.armed if token.moment <= now]:
                    self.fire(token, now)
                self.wake_at = min((token.moment for token in self.armed), default=_NEVER)
                wait = min(max(0.0, self.wake_at - time.monotonic()), _LONGEST_WAIT)
                self.changed.wait(None if self.wake_at == _NEVER else wait)

    def fire(self, token: Token, now: float) -> None:
        word = ctypes.c_uint32.from_address(token.address)
        if not token.expired:
            token.expired = True
            word.value = _INTERRUPT_NOW
            token.moment = _NEVER if token.target is None else now + GRACE
            token.patient_until = now + PATIENCE
            token.processor_time = _processor_time(token) or 0.0
        elif now < token.patient_until and (word.value == _INTERRUPT_SEEN or not _has_run(token)):
            token.moment = now + GRACE
        elif token.target is not None:
            token.trapping = True
            token.moment = _NEVER
            token.target.request_trap()


def _processor_time(token: Token) -> float | None:
    """Seconds for which the thread has run; None where the system does not say."""
    try:
        return None if token.clock is None else time.clock_gettime(token.clock)
    except OSError:  # it has ended
        return None


def _has_run(token: Token) -> bool:
    """Whether the thread has run for half of the grace period since the interrupt word was set."""
    processor_time = _processor_time(token)
    return processor_time is None or processor_time - token.processor_time >= GRACE / 2


_watchdog = _Watchdog()


def arm(deadline: float, address: int, target: Trappable | None) -> Token:
    """Have the code that is about to run stopped.

    :param deadline: a moment of ``time.monotonic()``.
    :param address: of the guest's interrupt word; must be writable until ``disarm`` returns.
    :param target: what to make trap after the grace period; None for code without epoch checks.
    """
    token = Token(deadline, address, target)
    if is_finalizing():
        return token
    watchdog = _watchdog
    with watchdog.lock:
        watchdog.armed.add(token)
        watchdog.expect(deadline)
    return token


def disarm(token: Token) -> bool:
    """End a deadline; afterwards nothing is written to its address any more. Idempotent.

    :returns: whether it had expired. The interrupt word is then set, and the caller's to clear.
    """
    if is_finalizing():
        return token.expired
    watchdog = _watchdog
    with watchdog.lock:
        watchdog.armed.discard(token)
        if token.trapping:
            token.trapping = False
            assert token.target is not None
            token.target.withdraw_trap()
    return token.expired


def forget(address: int) -> None:
    """Disarm whatever is armed for an address that is about to go: an exception of a signal handler may have kept
    ``disarm`` from being called."""
    if is_finalizing():
        return
    watchdog = _watchdog
    with watchdog.lock:
        for token in [token for token in watchdog.armed if token.address == address]:
            disarm(token)


def postpone(target: Trappable, *, is_beginning: bool = False) -> None:
    """Code that was in a host function when it was made to trap has not had a chance to poll: it gets the grace period
    again. Once, or code that does nothing but call the host would never end.

    :param is_beginning: it is what the host function calls, and has not run yet. The host knows how often it does.
    """
    if is_finalizing():
        return
    watchdog = _watchdog
    with watchdog.lock:
        for token in list(watchdog.armed):
            if token.target is not target or not token.trapping or (token.postponed and not is_beginning):
                continue
            token.postponed = token.postponed or not is_beginning
            token.trapping = False
            target.withdraw_trap()
            token.moment = time.monotonic() + GRACE
            watchdog.changed.notify()


def pause(tokens: list[Token]) -> list[tuple[Token, float]]:
    """Let these deadlines not pass until :func:`go_on`. Returns those that had neither expired nor been paused, and
    when they were to pass."""
    if is_finalizing():
        return []
    with _watchdog.lock:
        running = [(token, token.deadline) for token in tokens if not token.expired and token.deadline != _NEVER]
        for token, _ in running:
            token.deadline = token.moment = _NEVER
    return running


def go_on(paused: list[tuple[Token, float]], seconds: float) -> None:
    """Let the deadlines that :func:`pause` has returned pass so much later."""
    if is_finalizing():
        return
    watchdog = _watchdog
    with watchdog.lock:
        for token, deadline in paused:
            token.deadline = token.moment = deadline + seconds
            if token in watchdog.armed:
                watchdog.expect(token.moment)


def _after_fork_in_child() -> None:
    # The thread is gone, another one may have held the lock, and the other threads' calls do not go on. Neither does
    # the deadline of a call that forks in a host function: its child runs to the end.
    global _watchdog
    _watchdog = _Watchdog()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
