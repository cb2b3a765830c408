"""The properties of a JavaScript object as a Python mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .._guest import abi
from ..handle import Handle
from .handle_kinds import FixedHandle
from .reference import Absent

if TYPE_CHECKING:
    from .bridge import Bridge

_AS_HANDLE = abi.Run.AS_HANDLE
_MISSING: Any = object()


class _Properties(Mapping[str, Any]):
    """Enumerable properties of an object, converted when they are looked up, so that live bindings are live.

    :param bridge: of the VM.
    :param handle: of the object.
    """

    def __init__(self, bridge: Bridge, handle: Handle) -> None:
        self._bridge = bridge
        self._handle = handle

    def __getitem__(self, name: str) -> Any:
        value = self._bridge.get(self._handle._live(), _checked(name), _MISSING)
        if value is _MISSING:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._handle.keys())

    def __len__(self) -> int:
        return len(self._handle.keys())


class Globals(_Properties, MutableMapping[str, Any]):
    """The global object's properties. Iterating gives the enumerable ones; the built-ins are there, but not enumerated.

    ``let`` and ``const`` at the top of a script make no properties, in JavaScript as here.

    :param realm: number of the realm; 0 for the VM's own.
    """

    def __init__(self, bridge: Bridge, realm: int) -> None:
        super().__init__(bridge, FixedHandle(bridge, abi.Fixed.GLOBAL + realm))
        self._realm = realm

    def __setitem__(self, name: str, value: Any) -> None:
        self._bridge.set(self._handle._live(), _checked(name), value, self._realm)

    def __delitem__(self, name: str) -> None:
        try:
            self._bridge.call("snap_delete", (self._handle._live(),), (_checked(name),))
        except Absent:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._bridge.get(self._handle._live(), name, _MISSING) is not _MISSING

    def __repr__(self) -> str:
        return f"<globals: {', '.join(self)}>"


class Namespace(_Properties):
    """A module's exports, read-only."""

    def __init__(self, bridge: Bridge, handle: Handle, name: str) -> None:
        super().__init__(bridge, handle)
        self._name = name

    def __repr__(self) -> str:
        return f"<module {self._name!r}: {', '.join(self)}>"


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"names of globals are str, not {type(name).__name__}")
    return name


def define_function(bridge: Bridge, path: str, realm: int, register: Callable[[], int]) -> None:
    """Make a function of the host a global by a dotted path; what is missing on the way becomes an empty object.

    :param realm: whose global object.
    :param register: returns the function's index. Called when there is a place for it.
    :raises TypeError: something on the way is neither missing nor an object.
    """
    *parents, last = path.split(".")
    with bridge.entered(), ExitStack() as holders:
        owner = abi.Fixed.GLOBAL + realm
        bridge.invoke_checked("snap_duplicate", owner)  # raises when the realm is closed, before anything is registered
        for depth, part in enumerate(parents, 1):
            holder = _object_at(bridge, owner, part, realm)
            if holder is None:
                taken = ".".join(parents[:depth])
                raise TypeError(f"{path!r} cannot be exposed: {taken} is not an object. Use another name.")
            owner = holders.enter_context(holder)._live()
        bridge.lending.set_property(owner, last, register(), realm)


def _object_at(bridge: Bridge, owner: int, name: str, realm: int) -> Handle | None:
    """The object in a property, made if there is none; ``None`` when something else is there."""
    for _ in range(2):
        holder = bridge.call_handle("snap_get", (owner, _AS_HANDLE), (name,))
        if holder.is_object:
            return holder
        if not (holder.is_undefined or holder.is_null):
            return None
        bridge.set(owner, name, {}, realm)
    return None
