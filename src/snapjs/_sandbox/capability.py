"""What a sandbox allows: functions of the host by name, with limits."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from types import CoroutineType
from typing import Any

from .._checks import checked_seconds, checked_text, is_async
from .._threads import RLock
from ..errors import CapabilityError
from .signatures import signature_of
from .types.signature import Signature
from .types.words import counted


@dataclass(frozen=True, slots=True)
class Limits:
    """Those of one capability; ``None`` for none."""

    timeout: float | None = None
    """seconds of each call"""
    max_calls: int | None = None
    """in each eval"""
    max_concurrent: int | None = None
    """calls that may be under way"""
    rate: float | None = None
    """calls a second"""
    max_result: int | None = None
    """bytes of a result, as it crosses into JavaScript"""

    def __post_init__(self) -> None:
        checked_seconds(self.timeout)
        for name in ("max_calls", "max_concurrent", "max_result"):
            _check_count(name, getattr(self, name))
        if self.rate is not None and not (_is_number(self.rate) and 0 < self.rate < math.inf):
            raise ValueError(f"rate is in calls a second, more than 0, not {self.rate!r}")


def _check_count(name: str, value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise ValueError(f"{name} is a number, 0 or more, not {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_name(name: str) -> None:
    """
    :raises TypeError, ValueError: it is no name for a capability.
    """
    if not all(checked_text(name, "the name of a capability").split(".")):
        raise ValueError(f"{name!r} is not a name: a dotted name has something between its dots")
    if name[0] in "#<":
        raise ValueError(f"{name!r} is no name for a capability: those that begin with # or < are of snapjs itself")


class Capability:
    """A function of the host that guest code may call.

    :param name: dotted.
    :param function: sync or async.
    :param types: a TypeScript function type; without it, the function's own hints count.
    """

    def __init__(self, name: str, function: Callable[..., Any], types: str | None, limits: Limits) -> None:
        self.name = name
        self.path = name.split(".")
        self.function = function
        self.limits = limits
        self.signature: Signature = signature_of(function, types, name)
        self.is_async = is_async(function)
        self.promises = self.signature.is_async and not self.is_async
        """it answers at once, and its types say that it does not"""
        self._usage = _Usage(limits)

    def begin(self, calls: dict[str, int]) -> OngoingCall:
        """Count a call that is about to be made.

        :param calls: of each capability in this eval.
        :raises CapabilityError: a limit refuses it.
        """
        made = calls.get(self.name, 0)
        if self.limits.max_calls is not None and made >= self.limits.max_calls:
            raise self.refusal(
                f"was called {counted(made, 'time')} in this eval, and max_calls allows no more. Call it less often"
            )
        ongoing = OngoingCall(self._usage.running)
        if reason := self._usage.begin(ongoing):
            raise self.refusal(reason)
        calls[self.name] = made + 1
        return ongoing

    def refusal(self, reason: str) -> CapabilityError:
        """What is raised where a limit of it stops a call.

        :param reason: why, and what guest code can do about it.
        """
        return CapabilityError(f"{self.name} {reason}, or register it with a higher limit.", capability=self.name)


class OngoingCall:
    """A call that is under way: until it ends, or until nobody has this object any more, as when a signal handler has
    raised.

    :param running: where the number is of each that is.
    """

    __slots__ = ("_running", "awaited")

    def __init__(self, running: set[int]) -> None:
        self._running = running
        self.awaited: object = None
        """what the function has returned, if that is to be awaited; without an end it never is"""

    def end(self) -> None:
        """It is over. Idempotent."""
        self._running.discard(id(self))
        awaited, self.awaited = self.awaited, None
        if type(awaited) is CoroutineType:
            awaited.close()

    __del__ = end


@dataclass(slots=True)
class _Usage:
    """What is under way and was begun in the last second, of all worlds and threads of a sandbox."""

    limits: Limits
    running: set[int] = field(default_factory=set)
    begun: deque[float] = field(default_factory=deque)
    lock: RLock = field(default_factory=RLock)

    def begin(self, ongoing: OngoingCall) -> str | None:
        """Count a call, or say why it may not be made."""
        with self.lock:
            running, most = len(self.running), self.limits.max_concurrent
            if most is not None and running >= most:
                times = counted(running, "time")
                return f"is being called {times}, and max_concurrent allows no more. Wait for one to end"
            if self.limits.rate is not None and not self._has_turn(self.limits.rate):
                return f"is called too often: rate allows {self.limits.rate:g} calls a second. Call it later"
            self.running.add(id(ongoing))
            return None

    def _has_turn(self, rate: float) -> bool:
        # In whole calls: of a rate that is none, the time that as many take.
        most = math.ceil(rate)
        now = monotonic()
        while self.begun and self.begun[0] <= now - most / rate:
            self.begun.popleft()
        if len(self.begun) >= most:
            return False
        self.begun.append(now)
        return True
