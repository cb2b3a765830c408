"""JavaScript values that Python has no type for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

__all__ = ["BigInt", "JSMap", "RegExp", "Symbol", "Undefined", "undefined"]


@final
class Undefined:
    """The type of ``undefined``, of which there is one."""

    __slots__ = ("__weakref__",)
    _only: ClassVar[Undefined | None] = None

    def __new__(cls) -> Undefined:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"

    def __reduce__(self) -> str:
        return "undefined"


undefined: Final = Undefined()
"""JavaScript's ``undefined``: falsy, and not ``None``, which is ``null``."""


class BigInt(int):
    """A JavaScript BigInt of any size. Arithmetic on it gives plain ints."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"BigInt({int.__repr__(self)})"

    def __str__(self) -> str:
        return int.__repr__(self)


class JSMap(dict[Any, Any]):
    """A JavaScript Map, to tell it from a plain object, which is a dict."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"JSMap({dict.__repr__(self)})"


@dataclass(frozen=True, slots=True)
class Symbol:
    """JavaScript's ``Symbol.for(key)``."""

    key: str


@dataclass(frozen=True, slots=True)
class RegExp:
    """A JavaScript regular expression.

    :param source: what stands between the slashes.
    :param flags: as after the second slash.
    """

    source: str
    flags: str = ""

    def to_python(self) -> re.Pattern[str]:
        """The pattern that matches the same; without the ``u`` flag, in text of the Basic Multilingual Plane. The flags
        ``g`` and ``d``, which say how to search, are left out.

        :raises ConversionError: for what Python's ``re`` cannot say.
        """
        from ._codec.regexp import to_python

        return to_python(self.source, self.flags)

    @classmethod
    def from_python(cls, pattern: re.Pattern[Any]) -> RegExp:
        """The regular expression that matches the same as this Python pattern.

        :raises ConversionError: for what JavaScript cannot say: bytes, ``re.VERBOSE``, conditional and atomic groups,
            possessive quantifiers …
        """
        from ._codec.regexp import to_javascript

        return cls(*to_javascript(pattern))
