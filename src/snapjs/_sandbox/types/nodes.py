"""The types of arguments and results as data: what TypeScript and Python hints become, and everything else is made of.

msgspec's own types are not enough. Its decoders refuse unions of object types, without which hardly any TypeScript is
written, have no undefined, and forget the order of properties. So a type is one of these nodes. Recursive ones refer to
another by name: a :class:`Reference`, to be looked up in the definitions of the signature.
"""

from __future__ import annotations

import enum
from typing import Any, TypeAlias

import msgspec


class Type(msgspec.Struct, frozen=True, tag_field="node", tag=str.lower):
    """A type."""


class Anything(Type, frozen=True):
    """Any value at all, which arrives as it is."""


class Null(Type, frozen=True):
    """``null``; undefined counts as it, for Python has ``None`` for both."""


class Undefined(Type, frozen=True):
    """``undefined``, which is ``None`` in Python."""


class Boolean(Type, frozen=True):
    """``true`` or ``false``."""


class Number(Type, frozen=True):
    """A number.

    :param kind: ``float``; ``integer``, for which a BigInt will do too; else as it arrives.
    """

    kind: str = "number"
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    multiple_of: float | None = None


class BigInteger(Type, frozen=True, tag="bigint"):
    """A BigInt."""


class String(Type, frozen=True):
    """A string. Lengths are in characters of Python."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None


class Literal(Type, frozen=True):
    """One of these values."""

    values: tuple[str | int | float | bool, ...]


class Bytes(Type, frozen=True):
    """Binary data: a ``Uint8Array`` or an ``ArrayBuffer``.

    :param kind: ``bytes``, ``bytearray`` or ``memoryview``.
    """

    kind: str = "bytes"
    min_length: int | None = None
    max_length: int | None = None


class Date(Type, frozen=True):
    """A ``Date``.

    :param only_day: a Python ``date``, in UTC, in place of a ``datetime``.
    """

    only_day: bool = False


class Array(Type, frozen=True):
    """An array.

    :param kind: ``list`` or ``tuple``.
    """

    item: AnyType
    kind: str = "list"
    min_length: int | None = None
    max_length: int | None = None


class Tuple(Type, frozen=True):
    """An array of a fixed length.

    :param names: of the items.
    :param required: how many there must be, if not all.
    :param cls: the named tuple that it becomes.
    """

    items: tuple[AnyType, ...]
    names: tuple[str, ...] | None = None
    required: int | None = None
    cls: Any = None


class Set(Type, frozen=True):
    """A ``Set``.

    :param kind: ``set`` or ``frozenset``.
    """

    item: AnyType
    kind: str = "set"
    min_length: int | None = None
    max_length: int | None = None


class Map(Type, frozen=True):
    """A ``Map``."""

    key: AnyType
    value: AnyType


class Record(Type, frozen=True):
    """An object with names that the type does not know."""

    key: AnyType
    value: AnyType
    min_length: int | None = None
    max_length: int | None = None


class Field(msgspec.Struct, frozen=True):
    """A property of an object type.

    :param name: in JavaScript.
    :param attribute: in Python, where it differs; empty: it has none, for it only tells one class from another.
    """

    name: str
    type: AnyType
    required: bool
    doc: str = ""
    attribute: str | None = None


class Object(Type, frozen=True):
    """An object with these properties; others are left out.

    :param strict: others are refused.
    """

    fields: tuple[Field, ...]
    strict: bool = False


class Union(Type, frozen=True):
    """A value of one of these types."""

    members: tuple[AnyType, ...]


class Reference(Type, frozen=True):
    """The type that has this name in the definitions."""

    name: str


class Function(Type, frozen=True):
    """A function.

    :param parameters: ``None``: any.
    """

    parameters: tuple[AnyType, ...] | None = None
    returns: AnyType | None = None


class Promise(Type, frozen=True):
    """A promise."""

    result: AnyType | None = None


class Error(Type, frozen=True):
    """An Error."""


class RegExp(Type, frozen=True):
    """A regular expression."""


class Symbol(Type, frozen=True):
    """A symbol."""


class Class(Type, frozen=True):
    """An object of whose properties an instance of a Python class is made.

    :param strict: other properties are refused.
    """

    cls: Any
    fields: tuple[Field, ...]
    strict: bool = False


class Enum(Type, frozen=True):
    """A value of a Python enumeration, which becomes its member.

    :param names: of the members, if not all.
    """

    cls: Any
    names: tuple[str, ...] | None = None

    def members(self) -> list[enum.Enum]:
        """Those of its members that it may be."""
        return [member for member in self.cls if self.names is None or member.name in self.names]


class Text(Type, frozen=True):
    """A string that msgspec makes a Python object of: a UUID, a Decimal, a time, a duration."""

    cls: Any


class Foreign(Type, frozen=True):
    """An instance of a Python class that JavaScript cannot make: the host has granted or lent it."""

    cls: Any


AnyType: TypeAlias = (
    Anything
    | Null
    | Undefined
    | Boolean
    | Number
    | BigInteger
    | String
    | Literal
    | Bytes
    | Date
    | Array
    | Tuple
    | Set
    | Map
    | Record
    | Object
    | Union
    | Reference
    | Function
    | Promise
    | Error
    | RegExp
    | Symbol
    | Class
    | Enum
    | Text
    | Foreign
)

Definitions: TypeAlias = dict[str, AnyType]
"""types by the names by which a signature refers to them"""
