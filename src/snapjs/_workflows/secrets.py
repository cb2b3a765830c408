"""Secrets: workflows name them, steps get their values, and the store gets neither from snapjs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from .._threads import RLock
from ..errors import SecretExposed, UnknownSecret
from ..values import Symbol
from .fields import mapped
from .payload import pack, unpack

_T = TypeVar("_T")

MARK: Final = "snapjs.secret:"
"""begins the key of a symbol that stands for a secret: see workflow.js. No JSON has symbols, so no data can refer to a
secret unless the program does."""
SHORTEST: Final = 8
"""characters of a value that is looked for: shorter ones are in too much that has nothing to do with them"""
_HIDDEN_KINDS: Final = ("payload", "attribute")


class Secrets:
    """Those of an app. Any thread may use them.

    :param source: their values by their names, or what finds the value of a name; ``None`` if there is none.
    :raises TypeError: it is something else.
    """

    def __init__(self, source: Mapping[str, str] | Callable[[str], str | None] | None) -> None:
        if source is None:
            source = {}
        if not isinstance(source, Mapping) and not callable(source):
            raise TypeError(f"secrets= takes a mapping or a callable, not {type(source).__name__}")
        self._find: Callable[[str], Any] = source.get if isinstance(source, Mapping) else source
        self._lock = RLock()
        self._known: tuple[tuple[str, str], ...] = ()
        for name, value in source.items() if isinstance(source, Mapping) else ():
            self._remember(name, value)

    def _remember(self, name: str, value: Any) -> None:
        """Look for a value from now on."""
        if not isinstance(value, str) or not value:
            raise TypeError(f"the value of the secret {name!r} is to be text, not {type(value).__name__}")
        if len(value) >= SHORTEST and (name, value) not in self._known:
            with self._lock:
                # The longest first: another one may be a part of it.
                self._known = tuple(sorted({*self._known, (name, value)}, key=lambda one: -len(one[1])))

    def value(self, name: str) -> str:
        """The value of a secret.

        :raises UnknownSecret: there is none of that name.
        :raises TypeError: it is no text.
        """
        value = self._find(name)
        if value is None:
            raise UnknownSecret(name)
        self._remember(name, value)
        return str(value)

    def resolved(self, arguments: bytes) -> Any:
        """What was packed, with values in the place of what refers to secrets.

        :raises UnknownSecret: there is none of some name.
        """
        values = unpack(arguments)
        return _replaced(values, self._resolve, {}) if MARK.encode() in arguments else values

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, Symbol) and value.key.startswith(MARK):
            return self.value(value.key.removeprefix(MARK))
        return value

    # ---- what is not to be stored

    def exposed(self, data: bytes) -> str | None:
        """The name of a secret whose value is in what was packed."""
        return next((name for name, value in self._known if value.encode() in data), None)

    def check(self, data: bytes) -> bytes:
        """What was packed, if no value of a secret is in it.

        :raises SecretExposed: one is.
        """
        name = self.exposed(data)
        if name is not None:
            raise SecretExposed(name)
        return data

    def hidden(self, data: bytes) -> bytes:
        """What was packed, with names in brackets in the place of the values of secrets."""
        name = self.exposed(data)
        if name is None:
            return data
        value = unpack(data)
        cleared = pack(_replaced(value, self._hide, {}))
        if self.exposed(cleared) is None:
            return cleared
        return pack([f"[{name}]"] if isinstance(value, list) else f"[{name}]")  # it is in an array of numbers, say

    def hidden_in(self, record: _T) -> _T:
        """A record with all values like that."""
        if not self._known:
            return record
        return mapped(record, lambda kind, data: self.hidden(data) if kind in _HIDDEN_KINDS else data)

    def _hide(self, value: Any) -> Any:
        if isinstance(value, str):
            for name, secret in self._known:
                value = value.replace(secret, f"[{name}]")
        elif isinstance(value, bytes):
            for name, secret in self._known:
                value = value.replace(secret.encode(), f"[{name}]".encode())
        return value


def _replaced(value: Any, leaf: Callable[[Any], Any], seen: dict[int, Any]) -> Any:
    """The value, in which each that contains no others became another one. It may contain itself."""
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, list):
        items: list[Any] = []
        seen[id(value)] = items
        items.extend(_replaced(one, leaf, seen) for one in value)
        return items
    if isinstance(value, dict):
        seen[id(value)] = entries = type(value)()
        entries.update((_replaced(key, leaf, seen), _replaced(one, leaf, seen)) for key, one in value.items())
        return entries
    if isinstance(value, set | frozenset):
        return type(value)(_replaced(one, leaf, seen) for one in value)
    return leaf(value)
