"""Time limits of the calls into one VM: deadlines that nest, and time that none of them counts."""

from __future__ import annotations

from time import monotonic

from .._checks import UNSET
from .._guest import abi, watchdog
from .._guest.instance import INTERRUPT, Instance
from .._threads import get_ident, main_thread
from ..errors import TimeLimitError
from .options import HostOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

_NOW: Final = abi.Interrupt.NOW
_ASK: Final = abi.Interrupt.ASK
_SEEN: Final = abi.Interrupt.SEEN

_main_thread = main_thread()


class Limits:
    """Those of one VM."""

    def __init__(self, options: HostOptions) -> None:
        self._options = options
        self._deadlines: list[watchdog.Token] = []
        self._uncharged = 0.0
        self.in_force: float | None = None
        """seconds of the last call that had a limit, while the outermost one runs"""
        self.stopped: bool = False
        """nothing is to run any more, until somebody sets this to False: see :meth:`stop`"""

    def begin(self, instance: Instance) -> None:
        """The outermost call is about to run code."""
        # A signal handler that raised at the wrong moment may have left some; nothing runs that they could stop.
        self._deadlines.clear()
        self._let_run(instance)

    def run_until(
        self, instance: Instance, function: Callable[..., int], arguments: tuple[int, ...], timeout: float
    ) -> int:
        """Call an export under a deadline.

        :param timeout: seconds.
        """
        self.in_force = timeout
        token = instance.arm(timeout)
        self._deadlines.append(token)
        try:
            return function(*arguments)
        finally:
            watchdog.disarm(token)
            self._deadlines.pop()

    def resume(self, instance: Instance) -> None:
        """A nested call is over: its deadline, or what stopped it, does not count any more; deadlines around it do."""
        self._let_run(instance)

    def stop(self, instance: Instance) -> None:
        """Have the code that runs, and what begins before ``stopped`` is False again, end with :class:`Interrupted`.
        From any thread, as long as the instance is not closed."""
        self.stopped = True
        instance.words[INTERRUPT] = _NOW

    def _let_run(self, instance: Instance) -> None:
        instance.words[INTERRUPT] = self._idle_interrupt()
        # Afterwards, or what the watchdog or another thread writes in between would be lost.
        if self.stopped or self._is_over():
            instance.words[INTERRUPT] = _NOW

    def check(self) -> None:
        """
        :raises TimeLimitError: a deadline of the calls that are under way has come.
        """
        if self._is_over():
            raise TimeLimitError(limit=self.in_force)

    def has_said_stop(self, instance: Instance) -> bool:
        """Whether JavaScript ends when it goes on. That a deadline has come is not enough: the watchdog says so."""
        return instance.words[INTERRUPT] in (_NOW, _SEEN)

    def _is_over(self) -> bool:
        return bool(self._deadlines) and monotonic() >= min(token.deadline for token in self._deadlines)

    def _idle_interrupt(self) -> int:
        """The interrupt word of code without a deadline. In the main thread it asks: that is when Python handles
        Ctrl-C."""
        return _ASK if self._options.interrupt is not None or get_ident() == _main_thread else 0

    def now(self) -> float:
        """``time.monotonic()``, less the time that was :meth:`uncharged`."""
        return monotonic() - self._uncharged

    def deadline(self, seconds: float | None) -> Deadline | None:
        """The moment so many seconds from now; ``None``: there is none."""
        return None if seconds is None else Deadline(self, seconds)

    def uncharged(self) -> _Uncharged:
        """A context manager for what the host does for itself while JavaScript waits: no time limit counts it."""
        return _Uncharged(self)


class Deadline:
    """A moment by which several calls have to be over.

    :param seconds: until then.
    """

    def __init__(self, limits: Limits, seconds: float) -> None:
        self._limits = limits
        self.seconds = seconds
        self._moment = limits.now() + seconds

    def remaining(self) -> float:
        """Seconds that are left.

        :raises TimeLimitError: none are.
        """
        seconds = self._moment - self._limits.now()
        if seconds <= 0:
            raise TimeLimitError(limit=self.seconds)
        return seconds


def timeout_until(deadline: Deadline | None) -> float | None:
    """The timeout of one of the calls; without a deadline, the VM's own.

    :raises TimeLimitError: no time is left.
    """
    return UNSET if deadline is None else deadline.remaining()


class _Uncharged:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def __enter__(self) -> None:
        self._moment = monotonic()
        self._before = self._limits._uncharged
        self._paused = watchdog.pause(self._limits._deadlines)

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        seconds = monotonic() - self._moment
        self._limits._uncharged = self._before + seconds  # what blocks within this one have added is part of it
        watchdog.go_on(self._paused, seconds)
