"""What stands between guest code and a capability: limits, types, the end of its world, and the audit."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

from .._core.grants import Grants
from .._core.host_tasks import answering
from .._core.reference import OfOneVM
from ..errors import CapabilityError, ClosedError, JSError
from .audit import Audit, Audited
from .capability import Capability
from .types.signature import Refused

if TYPE_CHECKING:
    from .._core.bridge import Bridge

    Counts = dict[str, int]


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
        call = answering.get(None)
        if call is None:  # Python calls what JavaScript has given to it: whose, the latest that can have done so
            return self._stack[-1] if self._stack else next(reversed(self._by_origin.values()), self._latest)
        return self._by_origin.get(call.origin, self._latest)

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

    def _admitted(self, counts: Counts, call: Audited) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What to call the function with.

        :raises ClosedError: its world is discarded.
        :raises CapabilityError: a limit refuses the call, or a grant among the arguments has ended.
        :raises JSError: a TypeError, that names the argument which does not fit.
        """
        capability = self._capability
        refusal: Exception
        try:
            self._runs.check_world()
            capability.begin(counts)
            try:
                positional, named = capability.signature.convert(self._grants.unwrapped(call.arguments))
            except BaseException:
                capability.end()
                raise
            call.arguments = (*positional, *named.values())
            return positional, named
        except Refused as error:
            refusal = JSError("TypeError", f"{capability.name}: {error}")
        except Exception as error:
            refusal = error
        call.refuse(refusal)
        raise refusal

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


class SyncGuard(_Guard):
    """Answers calls of a function that answers at once."""

    def __call__(self, *arguments: Any) -> Any:
        call = Audited(self._audit, self._capability.name, arguments)
        positional, named = self._admitted(self._runs.of_running(), call)
        with call:
            return self._checked(self._call(positional, named))

    def _call(self, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        timeout = self._capability.limits.timeout
        if timeout is None:
            return self._call_counted(positional, named)
        # In a thread, which is left to itself when the time is over: nothing can stop a Python function.
        future: Future[Any] = Future()
        thread = Thread(target=self._call_into, args=(future, positional, named), daemon=True)
        try:
            thread.start()
        except BaseException:
            self._capability.end()
            raise
        try:
            return future.result(timeout)
        except TimeoutError as error:
            if future.done():  # it is the function's own
                raise
            raise self._late() from error

    def _call_into(self, future: Future[Any], positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        try:
            future.set_result(self._call_counted(positional, named))
        except BaseException as error:
            future.set_exception(error)

    def _call_counted(self, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        # Under way until it is over, also when nobody waits for it any more: or a capability that is always late would
        # have as many threads as guest code likes.
        try:
            return self._capability.function(*positional, **named)
        finally:
            self._capability.end()


class AsyncGuard(_Guard):
    """Answers calls of a function that is awaited."""

    async def __call__(self, *arguments: Any) -> Any:
        call = Audited(self._audit, self._capability.name, arguments)
        positional, named = self._admitted(self._runs.of_answered(), call)
        with call:
            try:
                return self._checked(await self._call(positional, named))
            finally:
                self._capability.end()

    async def _call(self, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
        limit = asyncio.timeout(self._capability.limits.timeout)
        try:
            async with limit:
                return await self._capability.function(*positional, **named)
        except TimeoutError as error:
            if not limit.expired():  # it is the function's own
                raise
            raise self._late() from error


def guard(capability: Capability, grants: Grants, runs: Runs, audit: Audit | None) -> SyncGuard | AsyncGuard:
    """What guest code calls in place of a capability's function."""
    kind = AsyncGuard if capability.is_async else SyncGuard
    return kind(capability, grants, runs, audit)
