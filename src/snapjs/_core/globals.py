"""The properties of a JavaScript object as a Python mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .._guest import abi
from ..handle import Handle
from .reference import Absent

if TYPE_CHECKING:
    from .bridge import Bridge

_AS_HANDLE = abi.Run.AS_HANDLE
_ENUMERABLE = abi.Keys.ENUMERABLE
_MISSING: Any = object()


class Globals(MutableMapping[str, Any]):
    """The global object's properties. Iterating gives the enumerable ones; the built-ins are there, but not enumerated.

    ``let`` and ``const`` at the top of a script make no properties, in JavaScript as here.
    """

    def __init__(self, bridge: Bridge, realm: int = 0) -> None:
        self._bridge = bridge
        self._realm = realm
        self._object = abi.Fixed.GLOBAL + realm

    def __getitem__(self, name: str) -> Any:
        value = self._bridge.get(self._object, _checked(name), _MISSING)
        if value is _MISSING:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self._bridge.set(self._object, _checked(name), value, self._realm)

    def __delitem__(self, name: str) -> None:
        try:
            self._bridge.call("snap_delete", (self._object,), (_checked(name),))
        except Absent:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._bridge.get(self._object, name, _MISSING) is not _MISSING

    def __iter__(self) -> Iterator[str]:
        return iter(self._bridge.ask("snap_keys", (self._object, _ENUMERABLE)))

    def __len__(self) -> int:
        return len(self._bridge.ask("snap_keys", (self._object, _ENUMERABLE)))

    def __repr__(self) -> str:
        return f"<globals: {', '.join(self)}>"


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"names of globals are str, not {type(name).__name__}")
    return name


class Namespace(Mapping[str, Any]):
    """A module's exports, read-only. Values are converted when they are looked up, so that live bindings are live."""

    def __init__(self, bridge: Bridge, handle: Any, name: str) -> None:
        self._bridge = bridge
        self._handle = handle
        self._name = name

    def __getitem__(self, name: str) -> Any:
        value = self._bridge.get(self._handle._live(), name, _MISSING)
        if value is _MISSING:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._bridge.ask("snap_keys", (self._handle._live(), _ENUMERABLE)))

    def __len__(self) -> int:
        return len(self._bridge.ask("snap_keys", (self._handle._live(), _ENUMERABLE)))

    def __repr__(self) -> str:
        return f"<module {self._name!r}: {', '.join(self)}>"


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
