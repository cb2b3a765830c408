"""What stands between guest code and a capability: limits, types, the end of its world, and the audit."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from inspect import isawaitable
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from .._core.grants import Grants
from .._core.host_tasks import answering
from .._core.reference import OfOneVM, Reference
from ..errors import CapabilityError, ClosedError, JSError, SnapjsError
from .audit import Audit, Audited
from .capability import Capability, Turn
from .types.signature import Refused

if TYPE_CHECKING:
    from .._core.bridge import Bridge

    Counts = dict[str, int]


_PLAIN: Final = frozenset({type(None), bool, int, float, str, bytes, list, dict})
"""types of most results"""


class Runs:
    """How often each capability was called in each eval of one world."""

    def __init__(self) -> None:
        self._bridge: Callable[[], Bridge | None] = lambda: None
        self._stack: list[Counts] = []
        self._by_origin: dict[int, Counts] = {}
        self._latest: Counts = {}
        """of the eval that began last while no other was under way. In it those calls count that belong to none: of a
        callback, or of a handler that is told of a rejection when the eval is over"""
        self.why_ended: str | None = None
        """what is said to who calls a capability in a world that is discarded, while something in it still runs"""

    def bind(self, bridge: Bridge) -> None:
        """Belong to the world with this VM."""
        self._bridge = weakref.ref(bridge)

    def is_of(self, bridge: Bridge) -> bool:
        """Whether the world has this VM."""
        return self._bridge() is bridge

    def check_world(self) -> None:
        """
        :raises ClosedError: it is discarded.
        """
        if self.why_ended is not None:
            raise ClosedError(self.why_ended)

    @contextmanager
    def begun(self) -> Iterator[None]:
        """While a script runs, and the scripts that it is run by wait."""
        self._stack.append(self._new())
        try:
            yield
        finally:
            self._stack.pop()

    def begin(self, origin: int) -> None:
        """A script has begun that awaits.

        :param origin: what the guest calls it.
        """
        self._by_origin[origin] = self._new()

    def _new(self) -> Counts:
        counts: Counts = {}
        if not self._stack and not self._by_origin:
            self._latest = counts
        return counts

    def end(self, origin: int) -> None:
        """It is over."""
        self._by_origin.pop(origin, None)

    def of_running(self) -> Counts:
        """Of the script that is on the stack."""
        if self._stack:
            return self._stack[-1]
        bridge = self._bridge()
        origin = 0 if bridge is None or bridge.closed else bridge.instance.control.origin
        return self._by_origin.get(origin, self._latest)

    def of_answered(self) -> Counts:
        """Of the script that made the call which is being answered."""
        bridge, origin = answering.get((None, 0))
        if bridge is None or bridge() is not self._bridge():
            # Python calls what JavaScript has given to it: whose, the latest that can have done so
            return self._stack[-1] if self._stack else next(reversed(self._by_origin.values()), self._latest)
        return self._by_origin.get(origin, self._latest)

    def size_of(self, value: Any) -> int:
        """Bytes of a value as it crosses into JavaScript."""
        bridge = self._bridge()
        return 0 if bridge is None or bridge.closed else bridge.codec.size(value)


class _Guard(OfOneVM):
    def __init__(self, capability: Capability, grants: Grants, runs: Runs, audit: Audit | None) -> None:
        self._capability = capability
        self._grants = grants
        self._runs = runs
        self._audit = audit
        self.__name__ = capability.path[-1]

    def belongs_to(self, bridge: Bridge) -> bool:
        return self._runs.is_of(bridge)

    def _admitted(self, counts: Counts, call: Audited) -> tuple[Turn, tuple[Any, ...], dict[str, Any]]:
        """The call, which is under way from now on, and what to call the function with.

        :raises ClosedError: its world is discarded.
        :raises CapabilityError: a limit refuses the call, or a grant among the arguments has ended.
        :raises JSError: a TypeError, that names the argument which does not fit.
        """
        capability = self._capability
        turn: Turn | None = None
        error: SnapjsError
        try:
            self._runs.check_world()
            turn = capability.begin(counts)
            positional, named = capability.signature.convert(self._grants.unwrapped(call.arguments))
            call.arguments = (*positional, *named.values())
            return turn, positional, named
        except Refused as refused:
            error = JSError("TypeError", f"{capability.name}: {refused}")
        except SnapjsError as refusal:
            error = refusal
        except BaseException:  # of a class of which an argument is to be an instance
            if turn is not None:
                turn.end()
            with call:
                raise
        if turn is not None:
            turn.end()
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
        if most is not None and (size := self._runs.size_of(result)) > most:
            raise self._capability.refusal(f"has a result of {size} bytes, and max_result allows {most}")
        return result

    def _late(self) -> CapabilityError:
        return self._capability.refusal(f"took longer than its timeout of {self._capability.limits.timeout:g} s")

    async def _answered(self, begin: Callable[[], Awaitable[Any]], turn: Turn, call: Audited) -> Any:
        """What the function has when it is awaited.

        :param begin: returns what to await.
        """
        with call:
            try:
                return self._checked(await self._in_time(begin))
            finally:
                turn.end()

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
        turn, positional, named = self._admitted(self._runs.of_running(), call)
        with call:
            result = self._call(turn, positional, named)
            if turn.awaited is None:
                return self._checked(result)
            call.continues = True
        return self._answered(lambda: result, turn, call)

    def _call(self, turn: Turn, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        timeout = self._capability.limits.timeout
        if timeout is None:
            return self._call_counted(turn, positional, named)
        # In a thread, which is left to itself when the time is over: nothing can stop a Python function.
        future: Future[Any] = Future()
        call = (self._call_into, future, turn, positional, named)
        Thread(target=copy_context().run, args=call, daemon=True).start()
        try:
            return future.result(timeout)
        except TimeoutError as error:
            if future.done() and future.exception() is error:  # it is the function's own
                raise
            raise self._late() from error

    def _call_into(self, future: Future[Any], turn: Turn, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        try:
            future.set_result(self._call_counted(turn, positional, named))
        except BaseException as error:
            future.set_exception(error)

    def _call_counted(self, turn: Turn, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        # Under way until it is over, also when nobody waits for it any more: or a capability that is always late would
        # have as many threads as guest code likes.
        try:
            result = self._capability.function(*positional, **named)
        except BaseException:
            turn.end()
            raise
        if _is_awaited(result):
            turn.awaited = result
        else:
            turn.end()
        return result


class AsyncGuard(_Guard):
    """Answers calls of a function that is awaited."""

    async def __call__(self, *arguments: Any) -> Any:
        call = Audited(self._audit, self._capability.name, arguments)
        turn, positional, named = self._admitted(self._runs.of_answered(), call)
        return await self._answered(partial(self._capability.function, *positional, **named), turn, call)


def _is_awaited(result: Any) -> bool:
    """Whether JavaScript is to have a promise of it. It has those that are its own already."""
    return type(result) not in _PLAIN and not isinstance(result, Reference) and isawaitable(result)


def guard(capability: Capability, grants: Grants, runs: Runs, audit: Audit | None) -> SyncGuard | AsyncGuard:
    """What guest code calls in place of a capability's function."""
    kind = AsyncGuard if capability.is_async else SyncGuard
    return kind(capability, grants, runs, audit)
