"""JavaScript promises: awaited from Python, and made by it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._checks import UNSET
from ._core.reference import Reference
from ._guest import abi
from .handle import Handle
from .values import undefined

if TYPE_CHECKING:
    from ._core.bridge import Bridge


class Promise(Reference):
    """A JavaScript promise. ``await`` it on a running event loop, or look at it."""

    __slots__ = ()

    _shown_name = "Promise"

    @property
    def state(self) -> str:
        """``"pending"``, ``"fulfilled"`` or ``"rejected"``."""
        return ("pending", "fulfilled", "rejected")[self._bridge.promise_state(self._live())]

    @property
    def result(self) -> Any:
        """What it was fulfilled with.

        :raises JSError: what it was rejected with.
        :raises StillPending: it is not settled.
        """
        try:
            return self._bridge.promise_result(self._live(), UNSET)
        finally:
            del self  # as in Loop.settled: a circle through the exception's traceback

    @property
    def handle(self) -> Handle:
        """The promise as a handle of its own."""
        return self._bridge.duplicate(self._live())

    def __await__(self) -> Generator[Any, None, Any]:
        return self._bridge.loop.settled(lambda: self, UNSET).__await__()


@dataclass(frozen=True)
class PromiseResult:
    """What a promise was settled with: one of the two is a handle, the other is ``None``."""

    value: Handle | None
    """what it was fulfilled with"""
    error: Handle | None
    """what it was rejected with"""


class Deferred:
    """A promise that Python settles. Made by ``VM.new_promise``.

    Settling runs no microtasks: ``VM.execute_pending_jobs`` does. A promise that is settled once stays as it is. It is
    a context manager; leaving it gives back the promise and what settles it.
    """

    def __init__(self, bridge: Bridge, handle: Handle, resolve: Handle, reject: Handle) -> None:
        self._bridge = bridge
        self._resolve = resolve
        self._reject = reject
        self.handle = handle
        """the promise"""

    def resolve(self, value: Any = undefined) -> None:
        """Fulfil the promise with a handle or a value to convert, or follow it if that is a promise.

        :raises ConversionError: the value has no counterpart.
        """
        self._settle(self._resolve, value)

    def reject(self, error: Any = undefined) -> None:
        """Reject the promise with a handle, an exception or any other value to convert.

        :raises ConversionError: the value has no counterpart.
        """
        self._settle(self._reject, error)

    def _settle(self, function: Handle, value: Any) -> None:
        self._bridge.call_handle("snap_call", (function._live(), 0, abi.Run.AS_HANDLE), (value,)).dispose()

    @property
    def settled(self) -> bool:
        """Whether the promise is fulfilled or rejected."""
        return self._bridge.promise_state(self.handle._live()) > 0

    def dispose(self) -> None:
        """Give back the promise and what settles it. Idempotent."""
        for handle in (self.handle, self._resolve, self._reject):
            handle.dispose()

    def __enter__(self) -> Deferred:
        return self

    def __exit__(self, *exception: object) -> None:
        self.dispose()
