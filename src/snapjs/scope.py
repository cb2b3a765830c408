"""Scopes: many handles disposed of together."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakSet

from .handle import Handle

if TYPE_CHECKING:
    from ._core.bridge import Bridge

_H = TypeVar("_H", bound=Handle)


class Scope:
    """Disposes, at its end, of every handle that was made in it. A context manager, made by ``VM.with_scope``.

    Arguments of host functions are not of it: the call that is under way owns them; nor are handles that other threads
    make. It is for one thread without ``await`` in between: tasks of one thread would share it.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._handles: WeakSet[Handle] = WeakSet()
        self.thread: int = get_ident()
        """the thread that has opened it"""

    def escape(self, handle: _H) -> _H:
        """Let a handle outlive this scope: it belongs to the scope around it, or to the caller. One that is not of this
        scope stays what it is.

        :return: the handle.
        :raises TypeError: it is no handle.
        """
        if not isinstance(handle, Handle):
            raise TypeError(f"a Handle escapes, not {type(handle).__name__}")
        if handle in self._handles:
            self._handles.discard(handle)
            around = [scope for scope in self._bridge.scopes if scope.thread == get_ident()]
            if self in around and (outer := around.index(self)):
                around[outer - 1].add(handle)
        return handle

    def add(self, handle: Handle) -> None:
        """Dispose of this handle too."""
        self._handles.add(handle)

    def __enter__(self) -> Scope:
        self.thread = get_ident()
        with self._bridge.entered():
            self._bridge.scopes.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        if self in self._bridge.scopes:
            self._bridge.scopes.remove(self)
        for handle in tuple(self._handles):
            handle.dispose()
