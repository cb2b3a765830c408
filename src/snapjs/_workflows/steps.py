"""Steps: functions of Python that workflows call, and that may fail."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Final

from .._checks import checked_count, checked_seconds, is_async
from .._sandbox.signatures import signature_of
from .._sandbox.types.signature import Refused, Signature
from ..errors import ConversionError, JSError, PayloadTooLarge


class Unfit(JSError):
    """The arguments of a step are not what its function takes."""


_NEVER_RETRIED: Final = (ConversionError, PayloadTooLarge, Unfit)


@dataclass(frozen=True)
class StepContext:
    """What a step may know of itself, by :func:`snapjs.workflows.current_step`."""

    run: str
    key: str
    """the same in each attempt, and of no other step: to have other systems do a thing once"""
    attempt: int
    """1 for the first"""


_current: Final[ContextVar[StepContext]] = ContextVar("snapjs step")


def current_step() -> StepContext:
    """What the step that runs may know of itself.

    :raises LookupError: no step runs.
    """
    return _current.get()


@dataclass(frozen=True)
class Step:
    """A function, and when it is tried again. Times are seconds.

    :raises TypeError, ValueError: that cannot be.
    """

    name: str
    function: Callable[..., Any]
    max_attempts: int
    initial: float
    factor: float
    maximum: float
    timeout: float | None
    non_retryable: tuple[type[BaseException], ...]
    stands_for: Callable[..., Any] | None = None
    """the function whose hints count, where that is another"""

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"a step's name is a JavaScript identifier, not {self.name!r}. Give another with name=")
        checked_count("max_attempts", self.max_attempts)
        for name in ("initial", "factor", "maximum", "timeout"):
            checked_seconds(getattr(self, name), name)
        isinstance(None, self.non_retryable)  # or this would fail only when a step does

    @cached_property
    def signature(self) -> Signature:
        """What it takes and returns, by its hints.

        :raises ValueError: the hints cannot be used.
        """
        return signature_of(self.stands_for or self.function, None, self.name)

    def faked(self, function: Callable[..., Any]) -> Step:
        """The same with another function, which gets what this one would."""
        return replace(self, function=function, stands_for=self.stands_for or self.function)

    def call(self, context: StepContext, arguments: list[Any]) -> Any:
        """What the function returns or raises, in time.

        :raises Unfit: the arguments are not what its hints want.
        """
        try:
            positional, named = self.signature.convert(tuple(arguments))
        except Refused as refused:
            raise Unfit("TypeError", f"{self.name}: {refused}") from None
        return copy_context().run(self._call, context, partial(self.function, *positional, **named))

    def _call(self, context: StepContext, function: Callable[[], Any]) -> Any:
        _current.set(context)
        if is_async(self.function):
            return asyncio.run(self._awaited(function))
        if self.timeout is None:
            return function()
        return _in_time(function, self.timeout)

    async def _awaited(self, function: Callable[[], Any]) -> Any:
        limit = asyncio.timeout(self.timeout)
        try:
            async with limit:
                return await function()
        except TimeoutError:
            if limit.expired() and self.timeout is not None:
                raise _too_long(self.timeout) from None
            raise

    def delay(self, attempt: int, error: BaseException) -> float | None:
        """How long to wait after a failed attempt; ``None``: it is not tried again."""
        if attempt >= self.max_attempts or isinstance(error, (*_NEVER_RETRIED, *self.non_retryable)):
            return None
        try:
            backoff = min(self.initial * self.factor ** (attempt - 1), self.maximum)
        except OverflowError:
            backoff = self.maximum
        return backoff * random.uniform(0.5, 1.0)  # or all that failed together would come back together


def _too_long(seconds: float) -> TimeoutError:
    return TimeoutError(f"the step took longer than {seconds:g} s")


def _in_time(function: Callable[[], Any], seconds: float) -> Any:
    """What a function returns or raises in time. Later, it is left to itself."""
    outcome: list[tuple[bool, Any]] = []

    def run() -> None:
        try:
            outcome.append((True, function()))
        except BaseException as error:
            outcome.append((False, error))

    thread = threading.Thread(target=copy_context().run, args=(run,), daemon=True, name="snapjs-step")
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise _too_long(seconds)
    is_result, value = outcome[0]
    if is_result:
        return value
    raise value
