"""Checks values that came from JavaScript against types, and makes of them what Python is to have.

Nobody trusts the values. One that refers to itself is refused, since a type that refers to itself would be followed for
ever; and one that is there many times is converted once, since a few arrays of arrays can stand for more values than
there is time for.
"""

from __future__ import annotations

from typing import Any, Final

from ...values import BigInt
from . import nodes
from .containers import ContainerConverters
from .mismatch import Converter, Memo, Mismatch, property_step
from .scalars import is_among, literal_set
from .words import expected, is_of_host, phrase

_KINDS: Final[dict[type[nodes.Type], frozenset[type]]] = {
    nodes.Boolean: frozenset({bool}),
    nodes.Number: frozenset({int, float, BigInt}),
    nodes.String: frozenset({str}),
    nodes.Array: frozenset({list}),
    nodes.Tuple: frozenset({list}),
    nodes.Record: frozenset({dict}),
    nodes.Object: frozenset({dict}),
    nodes.Class: frozenset({dict}),
}
"""what Python has for values that a type may take, for types of which one need not try others"""


class Converters(ContainerConverters):
    """Makes converters for types.

    :param definitions: the types that others refer to by name.
    """

    def __init__(self, definitions: nodes.Definitions) -> None:
        super().__init__(definitions)
        self._named: dict[str, Converter] = {}

    def of(self, node: nodes.AnyType) -> Converter:
        """A function that checks and converts a value, or raises :class:`Mismatch`.

        :raises ValueError: the type is nothing but itself.
        """
        convert: Converter = self.simple(node) or getattr(self, f"_{type(node).__name__.lower()}")(node)
        cls = _made_class(node)
        return convert if cls is None else _unless_of_host(cls, convert)

    def members(self, node: nodes.AnyType, passed: tuple[str, ...] = ()) -> list[nodes.AnyType]:
        """The types of a union, within unions and behind names; of another type, itself.

        :param passed: names that have led to it.
        :raises ValueError: the type is nothing but itself.
        """
        if isinstance(node, nodes.Union):
            return [found for member in node.members for found in self.members(member, passed)]
        if not isinstance(node, nodes.Reference):
            return [node]
        if node.name in passed:
            raise ValueError(f"The type {node.name} is nothing but itself. Say what it is.")
        target = self._definitions[node.name]
        found = self.members(target, (*passed, node.name))
        return found if isinstance(target, nodes.Union | nodes.Reference) else [node]

    def _reference(self, node: nodes.Reference) -> Converter:
        name = node.name
        if name not in self._named:
            self._named[name] = lambda value, memo: self._named[name](value, memo)
            self.members(node)
            self._named[name] = self.of(self._definitions[name])
        return self._named[name]

    def _union(self, node: nodes.Union) -> Converter:
        members = [_Member(member, self.of(member), self._definitions) for member in _merged(self.members(node))]
        refusal = self._refusal(node)

        def convert(value: Any, memo: Memo) -> Any:
            failures: list[Mismatch] = []
            for member in members:
                if member.may_take(value):
                    try:
                        return member.convert(value, memo)
                    except Mismatch as mismatch:
                        failures.append(mismatch)
            raise _nearest(failures) or _wrong_tag(value, members) or refusal(value)

        return convert


class _Member:
    """A type of a union."""

    def __init__(self, node: nodes.AnyType, convert: Converter, definitions: nodes.Definitions) -> None:
        self.convert = convert
        if isinstance(node, nodes.Reference):
            node = definitions[node.name]
        self._kinds = _KINDS.get(type(node))
        self._cls = _made_class(node)
        fields = node.fields if isinstance(node, nodes.Object | nodes.Class) else ()
        self.tags = {
            field.name: field.type.values
            for field in fields
            if field.required and isinstance(field.type, nodes.Literal)
        }
        """the properties that must be one of a few values, by which object types are told apart"""
        self._tags = [(name, literal_set(values)) for name, values in self.tags.items()]

    def may_take(self, value: Any) -> bool:
        """Whether it is worth to try."""
        if self._kinds is not None and type(value) not in self._kinds:
            return self._cls is not None and is_of_host(value, self._cls)
        return all(is_among(value.get(name), literals) for name, literals in self._tags)


def _made_class(node: nodes.AnyType) -> Any:
    """The class of which an instance is made, if there is one. One that the host has granted need not be made."""
    if isinstance(node, nodes.Enum):
        return node.cls if node.names is None else None
    return node.cls if isinstance(node, nodes.Class | nodes.Tuple | nodes.Text) else None


def _unless_of_host(cls: type, convert: Converter) -> Converter:
    def converted(value: Any, memo: Memo) -> Any:
        return value if is_of_host(value, cls) else convert(value, memo)

    return converted


def _merged(members: list[nodes.AnyType]) -> list[nodes.AnyType]:
    """The members with one literal type in place of several."""
    literals = [member for member in members if isinstance(member, nodes.Literal)]
    if len(literals) < 2:
        return members
    merged = nodes.Literal(tuple(value for literal in literals for value in literal.values))
    return [merged, *(member for member in members if not isinstance(member, nodes.Literal))]


def _nearest(failures: list[Mismatch]) -> Mismatch | None:
    """The failure of the member of a union that the value was meant for, if that can be told."""
    most = max((mismatch.nearness for mismatch in failures), default=0)
    found = [mismatch for mismatch in failures if mismatch.nearness == most]
    return found[0] if most and len(found) == 1 else None


def _wrong_tag(value: Any, members: list[_Member]) -> Mismatch | None:
    """What is wrong with the property by which all object types of a union are told apart."""
    if type(value) is not dict:
        return None
    tags = [member.tags for member in members if member.tags]
    for name in sorted(set(tags[0]).intersection(*tags)) if tags else ():
        values = tuple(literal for member in tags for literal in member[name])
        if not is_among(value.get(name), literal_set(values)):
            return Mismatch(f"must be {phrase(expected(nodes.Literal(values), {}))}").within(property_step(name))
    return None
