"""Steps: functions of Python that workflows call, and that may fail."""

from __future__ import annotations

import asyncio
import math
import random
import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Final, TypedDict

from .._checks import checked_callback, checked_count, checked_seconds, is_async
from .._sandbox.signatures import signature_of
from .._sandbox.types.signature import Refused, Signature
from ..errors import ConversionError, JSError, PayloadTooLarge
from .placement import Placement

_DURATIONS: Final = (
    "initial", "factor", "maximum", "timeout", "schedule_to_start", "schedule_to_close", "heartbeat_timeout",
)  # fmt: skip


class Unfit(JSError):
    """The arguments of a step are not what its function takes."""


_NEVER_RETRIED: Final = (ConversionError, PayloadTooLarge, Unfit)


class StepOptions(TypedDict, total=False):
    """What :meth:`snapjs.workflows.App.step` takes besides a function and its name; it says what each means."""

    max_attempts: int
    initial: float
    factor: float
    maximum: float
    timeout: float | None
    schedule_to_start: float | None
    schedule_to_close: float | None
    heartbeat_timeout: float | None
    non_retryable: tuple[type[BaseException], ...]
    queue: str | None
    key: Callable[..., object] | None
    priority: float | Callable[..., float]
    transactional: bool
    formerly: str | Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Step:
    """A function, and when it is tried again. Times are seconds.

    :raises TypeError, ValueError: that cannot be.
    """

    name: str
    function: Callable[..., Any]
    max_attempts: int = 3
    initial: float = 1.0
    factor: float = 2.0
    maximum: float = 300.0
    timeout: float | None = None
    schedule_to_start: float | None = None
    schedule_to_close: float | None = None
    heartbeat_timeout: float | None = None
    non_retryable: tuple[type[BaseException], ...] = ()
    queue: str | None = None
    key: Callable[..., object] | None = None
    priority: float | Callable[..., float] = 0.0
    transactional: bool = False
    formerly: str | Mapping[str, Callable[..., Any]] = ""
    stands_for: Callable[..., Any] | None = None
    """the function whose hints count, where that is another"""

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"a step's name is a JavaScript identifier, not {self.name!r}. Give another with name=")
        checked_count("max_attempts", self.max_attempts)
        for name in _DURATIONS:
            checked_seconds(getattr(self, name), name)
        try:
            isinstance(None, self.non_retryable)  # or this would fail only when a step does
        except TypeError:
            raise TypeError(
                f"non_retryable takes a tuple of exception classes, such as (KeyError,), not {self.non_retryable!r}"
            ) from None
        checked_callback("key", self.key)
        if self.key is not None and self.queue is None:
            raise ValueError("key= is what the limits of a queue are for: give queue=, too")
        if not callable(self.priority):
            checked_priority(self.priority)
        if self.transactional and (self.is_async or self.timeout or self.heartbeat_timeout):
            raise ValueError(
                "a step with transactional=True holds up all who write to the store, so it is a sync function that is "
                "soon done: without timeout= and heartbeat_timeout="
            )

    @property
    def is_async(self) -> bool:
        """Whether it is run in an event loop."""
        return is_async(self.function)

    @cached_property
    def signature(self) -> Signature:
        """What it takes and returns, by its hints.

        :raises ValueError: the hints cannot be used.
        """
        return signature_of(self.stands_for or self.function, None, self.name)

    def faked(self, function: Callable[..., Any]) -> Step:
        """The same with another function, which gets what this one would."""
        return replace(self, function=function, stands_for=self.stands_for or self.function)

    # ---- arguments

    @property
    def former_names(self) -> tuple[str, ...]:
        """Under which runs in flight may want it, too."""
        return tuple(filter(None, [self.formerly] if isinstance(self.formerly, str) else self.formerly))

    def bound(self, name: str, arguments: list[Any]) -> Callable[[], Any]:
        """The function with arguments, as its hints convert them.

        :param name: under which it was wanted.
        :raises Unfit: the arguments are not what its hints want.
        """
        positional, named = self._converted(name, arguments)
        if self.key is not None or callable(self.priority):
            self._placement(positional, named)  # where that fails, so does the step
        return partial(self.function, *positional, **named)

    def placement(self, name: str, arguments: list[Any]) -> Placement:
        """What the store has to know of a call. Where the arguments do not say it, the step fails when it is run."""
        try:
            return self._placement(*self._converted(name, arguments))
        except Exception:
            return self._placed(None, 0.0)

    def _placement(self, positional: tuple[Any, ...], named: dict[str, Any]) -> Placement:
        key = None if self.key is None else self.key(*positional, **named)
        priority = self.priority(*positional, **named) if callable(self.priority) else self.priority
        return self._placed(None if key is None else str(key), checked_priority(priority))

    def _placed(self, key: str | None, priority: float) -> Placement:
        return Placement(
            self.queue,
            key,
            priority,
            self.schedule_to_start,
            self.schedule_to_close,
            self.heartbeat_timeout,
            self.max_attempts,
        )

    def _converted(self, name: str, arguments: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        renewed = None if isinstance(self.formerly, str) else self.formerly.get(name)
        try:
            if name == self.name or renewed is None:
                try:
                    return self.signature.convert(tuple(arguments))
                except Refused:
                    if renewed is None:
                        raise
            return self.signature.convert(_renewed(renewed(*arguments)))
        except Refused as refused:
            raise Unfit("TypeError", f"{self.name}: {refused}") from None

    # ---- attempts

    def call(self, function: Callable[[], Any], left: float | None) -> Any:
        """What a function that is not async returns or raises, in time.

        :param left: seconds, of those of all attempts.
        """
        limit = self._limit(left)
        return function() if limit is None else _in_time(function, *limit)

    async def awaited(self, function: Callable[[], Any], left: float | None) -> Any:
        """What an async function returns or raises, in time."""
        seconds, message = self._limit(left) or (None, "")
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await function()
        except TimeoutError:
            if limit.expired():
                raise TimeoutError(message) from None
            raise

    def _limit(self, left: float | None) -> tuple[float, str] | None:
        if left is not None and (self.timeout is None or left < self.timeout):
            return max(left, 0.0), timeout_message("schedule_to_close", self.schedule_to_close)
        return None if self.timeout is None else (self.timeout, timeout_message("timeout", self.timeout))

    def delay(self, attempt: int, error: BaseException) -> float | None:
        """How long to wait after a failed attempt; ``None``: it is not tried again."""
        if attempt >= self.max_attempts or isinstance(error, (*_NEVER_RETRIED, *self.non_retryable)):
            return None
        try:
            backoff = min(self.initial * self.factor ** (attempt - 1), self.maximum)
        except OverflowError:
            backoff = self.maximum
        return backoff * random.uniform(0.5, 1.0)  # or all that failed together would come back together


def checked_priority(priority: object) -> float:
    """A priority: 0 or more."""
    if isinstance(priority, bool) or not isinstance(priority, int | float):
        raise TypeError(f"a priority is a number of seconds, not {priority!r}")
    if not 0 <= priority < math.inf:
        raise ValueError(f"a priority is 0 or more, not {priority!r}")
    return float(priority)


def checked_rate(option: str, rate: object) -> None:
    """A number a second, or ``None``."""
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float)):
        raise TypeError(f"{option} is a number of starts a second, not {rate!r}")
    if rate is not None and not 0 < rate < math.inf:
        raise ValueError(f"{option} must be more than 0 starts a second, not {rate!r}")


_TIMEOUTS: Final = {
    "timeout": "the step took longer than",
    "schedule_to_start": "no worker has begun the step within",
    "schedule_to_close": "the step has not ended, with all its attempts, within",
    "heartbeat_timeout": "the step was not heard of for",
}


def timeout_message(option: str, seconds: float | None) -> str:
    """What the error says of a timeout that has run out."""
    return f"{_TIMEOUTS[option]}{'' if seconds is None else f' {seconds:g} s'} ({option})"


def _renewed(arguments: Any) -> tuple[Any, ...]:
    if not isinstance(arguments, list | tuple):
        raise TypeError(f"a function in formerly= returns the arguments of today as a list, not {arguments!r}")
    return tuple(arguments)


def _in_time(function: Callable[[], Any], seconds: float, message: str) -> Any:
    """What a function returns or raises in time. Later, it is left to itself."""
    outcome: list[tuple[bool, Any]] = []

    def run() -> None:
        try:
            outcome.append((True, function()))
        except BaseException as error:
            outcome.append((False, error))

    thread = threading.Thread(target=copy_context().run, args=(run,), daemon=True, name="snapjs-step")
    thread.start()
    thread.join(min(seconds, threading.TIMEOUT_MAX))
    if not outcome:
        raise TimeoutError(message)
    is_result, value = outcome[0]
    if is_result:
        return value
    raise value
