"""Host calls that wait for an answer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from ._core.bridge import Bridge


IMPORT_CALL: Final = "<import>"
"""Name of the pending calls that are imports: their arguments are specifier, importer, attributes (``None``: it has
none), and the name that the module will have."""


GRANT_CALL: Final = "<grant>"
"""Name of the pending calls that are calls of a grant's method: their arguments are the grant, the method's name, and
the method's arguments."""


class PendingMarker:
    """The type of :data:`pending`."""

    def __repr__(self) -> str:
        return "snapjs.pending"

    def __reduce__(self) -> str:
        return "pending"


pending: Final = PendingMarker()
"""Given in place of a host function: each call becomes a :class:`PendingCall` that somebody answers later, in this
process or another."""


class PendingCall:
    """A call that JavaScript awaits. It lives through snapshots."""

    __slots__ = ("_bridge", "_function", "args", "id", "name", "origin", "realm")

    def __init__(self, bridge: Bridge, id: int, name: str, args: tuple[Any, ...], origin: int, realm: int) -> None:
        self._bridge = bridge
        self.id: int = id
        """number of the call; unique in the VM and its snapshots"""
        self.name: str = name
        """name of the host function; empty for an awaitable that was passed in, ``"<import>"`` for a module, which is
        resolved with its source, ``"<grant>"`` for a method of a grant, whose first arguments are the grant and the
        method's name"""
        self.args: tuple[Any, ...] = args
        """the arguments as they were when the call was made"""
        self.origin: int = origin
        self.realm: int = realm
        """number of the realm whose function was called; 0 for the VM's own"""
        self._function: Any = None

    @property
    def _shown_name(self) -> str:
        """The name, for messages: an import says of what, and a call of a method which."""
        if self.name == GRANT_CALL and len(self.args) > 1:
            return f"{self.args[1]} of a grant"
        return f"import {self.args[0]!r}" if self.name == IMPORT_CALL and self.args else self.name

    def resolve(self, value: Any = None) -> None:
        """Fulfil the call's promise, and run what waits for it.

        :raises KeyError: the call was answered before.
        :raises ConversionError: the value has no counterpart; the call stays pending.
        """
        self._bridge.pending_calls.settle(self.id, value, False)

    def reject(self, error: Any) -> None:
        """Reject the call's promise, with an exception or any other value, and run what waits for it.

        :raises KeyError: the call was answered before.
        """
        self._bridge.pending_calls.settle(self.id, error, True)

    def __repr__(self) -> str:
        return f"PendingCall(id={self.id}, name={self.name!r}, args={self.args!r})"
