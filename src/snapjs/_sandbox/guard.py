"""What stands between guest code and a capability: limits, types, the end of its world, and the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from inspect import isawaitable
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from .._core.grants import Grants
from .._core.reference import OfOneVM, Reference
from ..errors import CapabilityError, JSError, SnapjsError
from .audit import Audit, Audited
from .capability import Capability, OngoingCall
from .types.signature import Refused

if TYPE_CHECKING:
    from .._core.bridge import Bridge
    from .evals import Counts, Evals


_PLAIN: Final = frozenset({type(None), bool, int, float, str, bytes, list, dict})
"""types of most results"""


class _Guard(OfOneVM):
    def __init__(self, capability: Capability, grants: Grants, evals: Evals, audit: Audit | None) -> None:
        self._capability = capability
        self._grants = grants
        self._evals = evals
        self._audit = audit
        self.__name__ = capability.path[-1]

    def __repr__(self) -> str:
        return f"<capability {self._capability.name}>"  # a program may have it shown, and is to learn of no address

    def belongs_to(self, bridge: Bridge) -> bool:
        return self._evals.is_of(bridge)

    def _admitted(self, counts: Counts, call: Audited) -> tuple[OngoingCall, tuple[Any, ...], dict[str, Any]]:
        """The call, which is under way from now on, and what to call the function with.

        :raises ClosedError: its world is discarded.
        :raises CapabilityError: a limit refuses the call, or a grant among the arguments has ended.
        :raises JSError: a TypeError, that names the argument which does not fit.
        """
        capability = self._capability
        ongoing: OngoingCall | None = None
        error: SnapjsError
        try:
            self._evals.check_world()
            ongoing = capability.begin(counts)
            positional, named = capability.signature.convert(self._grants.unwrapped(call.arguments))
            call.arguments = (*positional, *named.values())
            return ongoing, positional, named
        except Refused as refused:
            error = JSError("TypeError", f"{capability.name}: {refused}")
        except SnapjsError as refusal:
            error = refusal
        except BaseException:  # of a class of which an argument is to be an instance
            if ongoing is not None:
                ongoing.end()
            with call:
                raise
        if ongoing is not None:
            ongoing.end()
        try:
            call.refuse(error)
            raise error
        finally:
            del error  # its traceback holds this frame

    def _checked(self, result: Any) -> Any:
        """
        :raises CapabilityError: it is too large.
        """
        most = self._capability.limits.max_result
        if most is not None and (size := self._evals.size_of(result)) > most:
            raise self._capability.refusal(f"has a result of {size} bytes, and max_result allows {most}. Ask for less")
        return result

    def _late(self) -> CapabilityError:
        seconds = self._capability.limits.timeout
        return self._capability.refusal(f"took longer than its timeout of {seconds:g} s. Ask for less")

    async def _answered(self, begin: Callable[[], Awaitable[Any]], ongoing: OngoingCall, call: Audited) -> Any:
        """What the function has when it is awaited.

        :param begin: returns what to await.
        """
        with call:
            try:
                return self._checked(await self._in_time(begin))
            finally:
                ongoing.end()

    async def _in_time(self, begin: Callable[[], Awaitable[Any]]) -> Any:
        limit = asyncio.timeout(self._capability.limits.timeout)
        try:
            async with limit:
                return await begin()
        except TimeoutError as error:
            if not limit.expired():  # it is the function's own
                raise
            raise self._late() from error


class SyncGuard(_Guard):
    """Answers calls of a function that answers at once, or returns what it has no ``async def`` for."""

    def __call__(self, *arguments: Any) -> Any:
        call = Audited(self._audit, self._capability.name, arguments)
        ongoing, positional, named = self._admitted(self._evals.of_running(), call)
        with call:
            result = self._call(ongoing, positional, named)
            if ongoing.awaited is None:
                return self._checked(result)
            call.continues = True
        return self._answered(lambda: result, ongoing, call)

    def _call(self, ongoing: OngoingCall, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        timeout = self._capability.limits.timeout
        if timeout is None:
            return self._call_counted(ongoing, positional, named)
        # In a thread, which is left to itself when the time is over: nothing can stop a Python function.
        future: Future[Any] = Future()
        call = (self._call_into, future, ongoing, positional, named)
        Thread(target=copy_context().run, args=call, daemon=True).start()
        try:
            return future.result(timeout)
        except TimeoutError as error:
            if future.done() and future.exception() is error:  # it is the function's own
                raise
            raise self._late() from error

    def _call_into(
        self, future: Future[Any], ongoing: OngoingCall, positional: tuple[Any, ...], named: dict[str, Any]
    ) -> None:
        try:
            future.set_result(self._call_counted(ongoing, positional, named))
        except BaseException as error:
            future.set_exception(error)

    def _call_counted(self, ongoing: OngoingCall, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        # Under way until it is over, also when nobody waits for it any more: or a capability that is always late would
        # have as many threads as guest code likes.
        try:
            result = self._capability.function(*positional, **named)
        except BaseException:
            ongoing.end()
            raise
        if _is_awaited(result):
            ongoing.awaited = result
        else:
            ongoing.end()
        return result


class AsyncGuard(_Guard):
    """Answers calls of a function that is awaited."""

    async def __call__(self, *arguments: Any) -> Any:
        call = Audited(self._audit, self._capability.name, arguments)
        ongoing, positional, named = self._admitted(self._evals.of_answered(), call)
        return await self._answered(partial(self._capability.function, *positional, **named), ongoing, call)


def _is_awaited(result: Any) -> bool:
    """Whether JavaScript is to have a promise of it. It has those that are its own already."""
    return type(result) not in _PLAIN and not isinstance(result, Reference) and isawaitable(result)


def guard(capability: Capability, grants: Grants, evals: Evals, audit: Audit | None) -> SyncGuard | AsyncGuard:
    """What guest code calls in place of a capability's function."""
    kind = AsyncGuard if capability.is_async else SyncGuard
    return kind(capability, grants, evals, audit)
