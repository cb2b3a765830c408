"""Python hints as types."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import decimal
import enum
import inspect
import re
import types
import typing
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import msgspec

from ...errors import JSError
from ...function import Function
from ...promise import Promise
from ...values import BigInt, JSMap, RegExp, Symbol, Undefined
from . import nodes
from .names import free_name, interface_name

_SIMPLE: Final[dict[Any, nodes.AnyType]] = {
    Any: nodes.Anything(),
    object: nodes.Anything(),
    None: nodes.Null(),
    type(None): nodes.Null(),
    Undefined: nodes.Undefined(),
    typing.NoReturn: nodes.Undefined(),
    typing.Never: nodes.Undefined(),
    bool: nodes.Boolean(),
    int: nodes.Number("integer"),
    float: nodes.Number("float"),
    BigInt: nodes.BigInteger(),
    str: nodes.String(),
    bytes: nodes.Bytes(),
    bytearray: nodes.Bytes("bytearray"),
    memoryview: nodes.Bytes("memoryview"),
    datetime.datetime: nodes.Date(),
    datetime.date: nodes.Date(only_day=True),
    RegExp: nodes.RegExp(),
    Symbol: nodes.Symbol(),
    Function: nodes.Function(),
    Promise: nodes.Promise(),
    JSError: nodes.Error(),
    Exception: nodes.Error(),
    BaseException: nodes.Error(),
    **{kind: nodes.Text(kind) for kind in (uuid.UUID, decimal.Decimal, datetime.time, datetime.timedelta)},
}
_ARRAYS: Final = (
    list,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Collection,
    collections.abc.Iterable,
)
_SETS: Final = {
    set: "set",
    frozenset: "frozenset",
    collections.abc.Set: "set",
    collections.abc.MutableSet: "set",
}
_MAPPINGS: Final = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
UNRESOLVED: Final = (NameError, AttributeError, SyntaxError, TypeError)
"""what comes of a hint as a string that does not say a type"""
_CONSTRAINTS: Final = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern")


class HintReader:
    """Makes types of hints, and definitions of the classes in them.

    :param definitions: to which it adds those.
    """

    def __init__(self, definitions: nodes.Definitions) -> None:
        self.definitions = definitions
        self._names: dict[Any, str] = {}
        self._variables: dict[Any, nodes.AnyType] = {}

    def type(self, hint: Any) -> nodes.AnyType:
        """The type that a hint stands for.

        :raises ValueError: JavaScript has no values for it, and no object can be granted that is one.
        """
        with suppress(TypeError):  # it has no hash
            if hint in _SIMPLE:
                return _SIMPLE[hint]
        if isinstance(hint, typing.TypeVar):
            return self._variables.get(hint) or self.type(hint.__bound__ or Any)
        if hasattr(hint, "__supertype__"):
            return self.type(hint.__supertype__)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if hasattr(origin or hint, "__value__"):
            return self._alias(hint, origin or hint, arguments)
        if origin is None:
            return self._class(hint, hint, ())
        if origin is typing.Annotated:
            return self._constrained(arguments[0], hint.__metadata__)
        if origin in (typing.Required, typing.NotRequired, typing.Final, typing.ClassVar):
            return self.type(arguments[0])
        if origin in (typing.Union, types.UnionType):
            return self._union([member for member in arguments if member is not msgspec.UnsetType])
        if origin is typing.Literal:
            return self._literal(arguments)
        return self._generic(hint, origin, arguments)

    def _generic(self, hint: Any, origin: Any, arguments: tuple[Any, ...]) -> nodes.AnyType:
        if origin is tuple and arguments[-1:] != (...,):
            return nodes.Tuple(tuple(map(self.type, arguments)))
        if origin is collections.abc.Callable:
            given, returns = arguments
            parameters = tuple(map(self.type, given)) if isinstance(given, list) else None
            return nodes.Function(parameters, self.type(returns))
        if is_awaitable(hint):
            return nodes.Promise(self.type(arguments[-1]))
        if issubclass(origin, JSMap):
            return nodes.Map(*map(self.type, arguments))
        container = self._container(origin, arguments)
        return container or self._class(hint, origin, arguments)

    def _container(self, origin: Any, arguments: tuple[Any, ...]) -> nodes.AnyType | None:
        item = self.type(arguments[0]) if arguments else nodes.Anything()
        if origin is tuple:
            return nodes.Array(item, "tuple")
        if origin in _ARRAYS:
            return nodes.Array(item)
        if origin in _SETS:
            return nodes.Set(item, _SETS[origin])
        if origin in _MAPPINGS:
            value = self.type(arguments[1]) if arguments else nodes.Anything()
            return nodes.Record(item if arguments else nodes.String(), value)
        return None

    def _union(self, members: list[Any]) -> nodes.AnyType:
        # By what they are written as: 1 and True are equal.
        found = tuple({repr(node): node for node in map(self.type, members)}.values())
        return found[0] if len(found) == 1 else nodes.Union(found)

    def _literal(self, values: tuple[Any, ...]) -> nodes.AnyType:
        plain = tuple(value for value in values if type(value) in (str, int, bool))
        members: list[nodes.AnyType] = [nodes.Literal(plain)] if plain else []
        for value in values:
            if value is None:
                members.append(nodes.Null())
            elif isinstance(value, enum.Enum):
                members.append(nodes.Enum(type(value), (value.name,)))
            elif type(value) not in (str, int, bool):
                raise ValueError(
                    f"A Literal of {type(value).__name__} has no type in JavaScript. Use str, int or bool."
                )
        return members[0] if len(members) == 1 else nodes.Union(tuple(members))

    def _constrained(self, hint: Any, metadata: tuple[Any, ...]) -> nodes.AnyType:
        node = self.type(hint)
        for meta in metadata:
            if not isinstance(meta, msgspec.Meta):
                continue
            given = {name: value for name in _CONSTRAINTS if (value := getattr(meta, name)) is not None}
            unknown = set(given) - set(node.__struct_fields__)
            if unknown:
                raise ValueError(f"Meta({min(unknown)}=…) says nothing about {hint!r}. Leave it out.")
            if "pattern" in given:
                re.compile(given["pattern"])
            node = msgspec.structs.replace(node, **given)
        return node

    # ---- classes

    def _class(self, hint: Any, cls: Any, arguments: tuple[Any, ...]) -> nodes.AnyType:
        if hint in self._names:
            return nodes.Reference(self._names[hint])
        if hint is tuple or hint in _ARRAYS or hint in _SETS or hint in _MAPPINGS:
            container = self._container(hint, ())
            assert container is not None
            return container
        if hint is JSMap:
            return nodes.Map(nodes.Anything(), nodes.Anything())
        if hint is collections.abc.Callable or hint is types.FunctionType:
            return nodes.Function()
        if is_awaitable(hint):
            return nodes.Promise()
        if not isinstance(cls, type):
            raise ValueError(f"The hint {hint!r} has no type in JavaScript. Change it, or give types=.")
        return self._defined(hint, cls, arguments, lambda: self._definition(cls))

    def _alias(self, hint: Any, alias: Any, arguments: tuple[Any, ...]) -> nodes.AnyType:
        """An alias made by a ``type`` statement, which may refer to itself."""
        if hint in self._names:
            return nodes.Reference(self._names[hint])
        return self._defined(hint, alias, arguments, lambda: self.type(alias.__value__))

    def _defined(
        self, hint: Any, named: Any, arguments: tuple[Any, ...], define: Callable[[], nodes.AnyType]
    ) -> nodes.AnyType:
        """A reference to a type by its name, for which a definition is made."""
        name = self._names[hint] = self._free_name(named, arguments)
        self.definitions[name] = nodes.Anything()  # while what it is made of, which may refer to it, is being read
        outer, self._variables = self._variables, self._variables | self._arguments(named, arguments)
        try:
            self.definitions[name] = define()
        finally:
            self._variables = outer
        return nodes.Reference(name)

    def _free_name(self, cls: Any, arguments: tuple[Any, ...]) -> str:
        parts = [cls.__name__, *(getattr(argument, "__name__", "Type") for argument in arguments)]
        return free_name(interface_name("_".join(parts)), self.definitions)

    def _arguments(self, cls: Any, arguments: tuple[Any, ...]) -> dict[Any, nodes.AnyType]:
        return dict(
            zip(
                getattr(cls, "__type_params__", ()) or getattr(cls, "__parameters__", ()),
                map(self.type, arguments),
                strict=False,
            )
        )

    def _definition(self, cls: Any) -> nodes.AnyType:
        for is_one, read in _DATA_CLASSES:
            if is_one(cls):
                return read(self, cls)
        try:
            isinstance(None, cls)
        except TypeError:
            raise ValueError(
                f"Whether an object is a {cls.__name__} cannot be found out. "
                "Decorate the protocol with @runtime_checkable, or give types=."
            ) from None
        return nodes.Foreign(cls)

    def _enum(self, cls: Any) -> nodes.AnyType:
        for member in cls:
            if type(member.value) not in (str, int):
                raise ValueError(f"{cls.__name__}.{member.name} is no string and no integer. Make it one.")
        return nodes.Enum(cls)

    def _struct(self, cls: Any) -> nodes.AnyType:
        config = cls.__struct_config__
        if config.array_like:
            raise ValueError(f"{cls.__name__} is array_like. Use a NamedTuple, or a Struct that is not.")
        hints = _hints_of(cls)
        fields = [
            nodes.Field(
                field.encode_name, self.type(hints[field.name]), field.required, doc_of(hints[field.name]), field.name
            )
            for field in msgspec.structs.fields(cls)
        ]
        if config.tag is not None:
            fields.insert(0, nodes.Field(config.tag_field, nodes.Literal((config.tag,)), True, attribute=""))
        return nodes.Class(cls, tuple(fields), config.forbid_unknown_fields)

    def _dataclass(self, cls: Any) -> nodes.AnyType:
        hints = _hints_of(cls)
        fields = [
            nodes.Field(
                field.name,
                self.type(hints[field.name]),
                field.default is field.default_factory is dataclasses.MISSING,
                doc_of(hints[field.name]),
            )
            for field in dataclasses.fields(cls)
            if field.init
        ]
        try:
            inspect.signature(cls).bind(**{field.name: None for field in fields})
        except TypeError as error:
            raise ValueError(f"No {cls.__name__} can be made of its fields: {error}. Use another class.") from None
        return nodes.Class(cls, tuple(fields))

    def _typed_dict(self, cls: Any) -> nodes.AnyType:
        fields = []
        for name, hint in _hints_of(cls).items():
            # Where annotations are strings, the class has not seen what they say of being required.
            origin = typing.get_origin(hint)
            required = origin is typing.Required or (name in cls.__required_keys__ and origin is not typing.NotRequired)
            fields.append(nodes.Field(name, self.type(hint), required, doc_of(hint)))
        return nodes.Object(tuple(fields))

    def _named_tuple(self, cls: Any) -> nodes.AnyType:
        hints = _hints_of(cls)
        items = tuple(self.type(hints.get(name, Any)) for name in cls._fields)
        return nodes.Tuple(items, cls._fields, len(items) - len(cls._field_defaults), cls)


_DATA_CLASSES: Final[tuple[tuple[Callable[[Any], bool], Callable[[HintReader, Any], nodes.AnyType]], ...]] = (
    (lambda cls: issubclass(cls, enum.Enum), HintReader._enum),
    (lambda cls: issubclass(cls, msgspec.Struct), HintReader._struct),
    (dataclasses.is_dataclass, HintReader._dataclass),
    (typing.is_typeddict, HintReader._typed_dict),
    (lambda cls: issubclass(cls, tuple) and hasattr(cls, "_field_defaults"), HintReader._named_tuple),
)


def is_awaitable(hint: Any) -> bool:
    """Whether a hint is that of what Python awaits."""
    cls = typing.get_origin(hint) or hint
    return isinstance(cls, type) and issubclass(cls, collections.abc.Awaitable) and not issubclass(cls, Promise)


def _hints_of(cls: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except UNRESOLVED as error:
        raise ValueError(unresolved(error, cls.__name__)) from None


def unresolved(error: Exception, where: str) -> str:
    """What to say of hints that cannot be resolved."""
    return (
        f"The hints of {where} cannot be resolved: {error}. "
        "Import what they name where they are, not only for type checkers, or give types=."
    )


def doc_of(hint: Any) -> str:
    """What a Meta in a hint describes."""
    while typing.get_origin(hint) in (typing.Required, typing.NotRequired):
        (hint,) = typing.get_args(hint)
    for meta in getattr(hint, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.description:
            return meta.description
    return ""
