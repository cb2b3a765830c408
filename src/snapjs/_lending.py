"""What Python lends to JavaScript: functions and exceptions. The guest refers to each by a number, and says when it has
dropped one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._guest import abi
from .pending import PendingMarker

if TYPE_CHECKING:
    from ._bridge import Bridge

HostFunction = Callable[..., Any] | PendingMarker

_SYNC = int(abi.HostMode.SYNC)
_DEFERRED = int(abi.HostMode.DEFERRED)
_UNBOUND = int(abi.HostMode.UNBOUND)


def mode_of(function: HostFunction) -> int:
    """How calls of it are answered: at once, or as a pending call."""
    if isinstance(function, PendingMarker):
        return _DEFERRED
    if not callable(function):
        raise TypeError(f"a host function is a callable or snapjs.pending, not {type(function).__name__}")
    is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
    return _DEFERRED if is_async else _SYNC


class Lending:
    """The tables of one VM."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.functions: dict[int, HostFunction] = {}
        """by the guest's index"""
        self._indexes: dict[int, int] = {}
        """guest's index by ``id()`` of the callable; the callable is kept alive by ``functions``"""
        self._named: dict[str, int] = {}
        self._temporary: dict[int, int] = {}
        """guest's index by host reference"""
        self._exceptions: dict[int, BaseException] = {}
        self._references: dict[int, int] = {}
        """host reference by ``id()`` of the exception"""

    # ---- functions

    def named(self, name: str) -> HostFunction | None:
        """What is bound to a name."""
        index = self._named.get(name)
        return None if index is None else self.functions.get(index)

    def temporary(self, name: str) -> HostFunction | None:
        """The callable that was lent under a number, by the name that the guest gives to it."""
        index = self._temporary.get(int(name[1:])) if name[:1] == "#" and name[1:].isdecimal() else None
        return None if index is None else self.functions.get(index)

    @property
    def names(self) -> list[str]:
        """Names that the guest knows."""
        return sorted(self._named)

    def expose(self, name: str, function: HostFunction) -> int:
        """Bind a name, for the first time or anew; the guest's index."""
        mode = mode_of(function)
        index = self._named.get(name)
        if index is None:
            index = self._named[name] = self._bridge.register_function(name, name.rpartition(".")[2], 0, mode)
        else:
            self._unbind(index)
            self._bridge.invoke("snap_set_host_mode", index, mode)
        self._bind(index, function)
        return index

    def lend_function(self, function: Callable[..., Any]) -> int:
        """The guest's index of a callable that is passed as a value."""
        self.flush()
        known = self._indexes.get(id(function))
        if known is not None:
            return known
        reference = self._bridge.next_reference()
        shown = getattr(function, "__name__", type(function).__name__)
        shown = shown if isinstance(shown, str) and shown != "<lambda>" else ""
        index = self._bridge.register_function(f"#{reference}", shown, reference, mode_of(function))
        self._temporary[reference] = index
        self._bind(index, function)
        return index

    def _bind(self, index: int, function: HostFunction) -> None:
        self.functions[index] = function
        if not isinstance(function, PendingMarker):
            self._indexes.setdefault(id(function), index)

    def _unbind(self, index: int) -> None:
        function = self.functions.pop(index, None)
        if function is not None and self._indexes.get(id(function)) == index:
            del self._indexes[id(function)]

    def restore(self, table: Iterable[tuple[int, str, int, int]], functions: Mapping[str, HostFunction]) -> None:
        """Bind the functions that a restored guest knows by name. One that is missing raises when it is called."""
        for index, name, mode, reference in table:
            if not reference:
                self._named[name] = index
            function = None if reference else functions.get(name)
            wanted = _UNBOUND if function is None else mode_of(function)
            if function is not None:
                self._bind(index, function)
            if wanted != mode:
                self._bridge.invoke("snap_set_host_mode", index, wanted)

    # ---- exceptions

    def lend_exception(self, error: BaseException) -> int:
        """The number of an exception that goes into JavaScript."""
        self.flush()
        reference = self._references.get(id(error))
        if reference is None:
            reference = self._bridge.next_reference()
            self._exceptions[reference] = error
            self._references[id(error)] = reference
        return reference

    def exception(self, reference: int) -> BaseException | None:
        """The exception that JavaScript gave back; ``None`` when it was lent by another process."""
        return self._exceptions.get(reference)

    # ---- what JavaScript has dropped

    def flush(self) -> None:
        """Forget what the guest has dropped."""
        for reference in self._bridge.take_released():
            index = self._temporary.pop(reference, None)
            if index is not None:
                self._unbind(index)
            error = self._exceptions.pop(reference, None)
            if error is not None:
                del self._references[id(error)]
