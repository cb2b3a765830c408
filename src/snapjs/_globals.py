"""The properties of a JavaScript object as a Python mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ._guest import abi
from .handle import Handle, as_handle
from .values import undefined

if TYPE_CHECKING:
    from ._bridge import Bridge

_AS_HANDLE = int(abi.Run.AS_HANDLE)
_MISSING: Any = object()


class Globals(MutableMapping[str, Any]):
    """The global object's properties. Iterating gives the enumerable ones; the built-ins are there, but not enumerated.

    ``let`` and ``const`` at the top of a script make no properties, in JavaScript as here.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def __getitem__(self, name: str) -> Any:
        value = self._bridge.get(0, _checked(name), _MISSING)
        if value is _MISSING:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self._bridge.set(0, _checked(name), value)

    def __delitem__(self, name: str) -> None:
        try:
            self._bridge.call("snap_delete", (0,), (_checked(name),))
        except KeyError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._bridge.get(0, name, _MISSING) is not _MISSING

    def __iter__(self) -> Iterator[str]:
        return iter(self._bridge.call("snap_keys", (0,)))

    def __len__(self) -> int:
        return len(self._bridge.call("snap_keys", (0,)))

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
        return iter(self._bridge.call("snap_keys", (self._handle._live(),)))

    def __len__(self) -> int:
        return len(self._bridge.call("snap_keys", (self._handle._live(),)))

    def __repr__(self) -> str:
        return f"<module {self._name!r}: {', '.join(self)}>"


def define_function(bridge: Bridge, path: str, register: Callable[[], int]) -> None:
    """Make a function of the host a global by a dotted path; what is missing on the way becomes an empty object.

    :param register: returns the function's index. Called when there is a place for it.
    :raises TypeError: something on the way is neither missing nor an object.
    """
    *parents, last = path.split(".")
    with bridge.entered(), ExitStack() as holders:
        owner = 0
        for depth, part in enumerate(parents, 1):
            holder = _object_at(bridge, owner, part)
            if holder is None:
                taken = ".".join(parents[:depth])
                raise TypeError(f"{path!r} cannot be exposed: {taken} is not an object. Use another name.")
            owner = holders.enter_context(holder)._live()
        bridge.set_host_function(owner, last, register())


def _object_at(bridge: Bridge, owner: int, name: str) -> Handle | None:
    """The object in a property, made if there is none; ``None`` when something else is there."""
    for _ in range(2):
        try:
            holder = as_handle(bridge.call("snap_get", (owner, _AS_HANDLE), (name,)))
        except KeyError:
            bridge.set(owner, name, {})
            continue
        if holder.class_name is not None:
            return holder
        if holder.to_python() not in (None, undefined):
            return None
        bridge.set(owner, name, {})
    return None
