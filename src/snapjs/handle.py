"""Python's references to values that stay in a VM."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

from ._guest import abi
from .errors import ClosedError

if TYPE_CHECKING:
    from types import TracebackType

    from ._bridge import Bridge

_RUN_JOBS: Final = int(abi.Run.JOBS)

UNSET: Final[Any] = type("Unset", (), {"__repr__": lambda self: "…"})()
"""Default of arguments for which ``None`` means something."""


class Reference:
    """One reference to one JavaScript value. It keeps the value alive until it is disposed of or collected."""

    __slots__ = ("__weakref__", "_bridge", "_number")

    def __init__(self, bridge: Bridge, number: int) -> None:
        self._bridge = bridge
        self._number = number

    def dispose(self) -> None:
        """Give the reference back. Idempotent; a reference that is not needed any more is also given back when Python
        collects it."""
        number, self._number = self._number, 0
        if number:
            self._bridge.queue_release(number)

    @property
    def disposed(self) -> bool:
        """Whether the reference cannot be used any more: disposed of, or its VM is closed."""
        return not self._number or self._bridge.closed

    def __del__(self) -> None:
        self.dispose()

    def _live(self) -> int:
        """The handle's number.

        :raises ClosedError: disposed of.
        """
        if not self._number:
            raise ClosedError("This reference was disposed of. Keep it, or take a dup() before dispose().")
        return self._number

    def _describe(self) -> tuple[str, str | None]:
        """``typeof`` and class name, without running guest code."""
        kind, name = self._bridge.call("snap_describe_handle", (self._live(),))
        return kind, name

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.disposed:
            return f"<{name}, disposed>"
        try:
            kind, class_name = self._describe()
        except Exception:  # a repr must work while the VM is busy or dead
            return f"<{name}>"
        return f"<{name} of {class_name or kind}>"

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a {type(self).__name__} lives in its VM and cannot be pickled: "
            "take a snapshot of the VM, or convert the value"
        )


class Handle(Reference):
    """A value without a counterpart in Python, by reference: a class instance, a Proxy, a local symbol, a WeakRef …

    A context manager: leaving it disposes of the handle.
    """

    __slots__ = ()

    def __enter__(self) -> Handle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.dispose()

    def dup(self) -> Handle:
        """Another reference to the same value."""
        number = self._live()
        self._bridge.duplicate(number)
        return Handle(self._bridge, number)

    @property
    def typeof(self) -> str:
        """What JavaScript's ``typeof`` says."""
        return self._describe()[0]

    @property
    def class_name(self) -> str | None:
        """The engine's own class of an object, which guest code cannot forge; ``None`` for a primitive."""
        return self._describe()[1]

    def to_python(self, type: Any = Any) -> Any:
        """The value converted; a value without a counterpart is a handle again."""
        return self._bridge.call("snap_read", (self._live(),), type=type)

    def get_prop(self, key: str | int) -> Any:
        """A property, converted; ``undefined`` when there is none. Getters run."""
        return self._bridge.get(self._live(), key)

    def set_prop(self, key: str | int, value: Any) -> None:
        """Set a property. Setters run."""
        self._bridge.set(self._live(), key, value)


class Function(Reference):
    """A JavaScript function. Call it as a Python one; arguments and result are converted."""

    __slots__ = ()

    def __call__(self, *arguments: Any, this: Any = None, timeout: float | None = UNSET) -> Any:
        """Call it.

        :param this: a Handle, Function or Promise of the same VM; ``undefined`` without one.
        :param timeout: seconds, in place of the VM's.
        :raises JSError: it threw.
        :raises LimitError: a limit stopped it.
        """
        return self._bridge.call_function(self._number or self._live(), arguments, this, timeout)

    async def call_async(self, *arguments: Any, this: Any = None, timeout: float | None = UNSET) -> Any:
        """Call it and await its result, answering host calls and timers meanwhile."""
        return await self._bridge.loop.settled(
            lambda: self._bridge.call_function(self._live(), arguments, this, timeout), timeout
        )

    @property
    def handle(self) -> Handle:
        """The function as a handle of its own."""
        number = self._live()
        self._bridge.duplicate(number)
        return Handle(self._bridge, number)

    @property
    def __name__(self) -> str:
        """Its ``name`` property."""
        name = self._bridge.get(self._live(), "name")
        return name if isinstance(name, str) else ""


class Promise(Reference):
    """A JavaScript promise. ``await`` it on a running event loop, or look at it."""

    __slots__ = ()

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
            return self._bridge.promise_result(self._live(), Any)
        finally:
            del self  # as in Loop.settled: a circle through the exception's traceback

    @property
    def handle(self) -> Handle:
        """The promise as a handle of its own."""
        number = self._live()
        self._bridge.duplicate(number)
        return Handle(self._bridge, number)

    def __await__(self) -> Generator[Any, None, Any]:
        return self._bridge.loop.settled(lambda: self, UNSET).__await__()


def as_handle(value: Handle | Function | Promise) -> Handle:
    """The reference as a Handle; a function's or promise's own is disposed of."""
    if isinstance(value, Handle):
        return value
    handle = value.handle
    value.dispose()
    return handle
