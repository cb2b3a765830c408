"""Checks values that came from JavaScript against types, and makes of them what Python is to have.

Nobody trusts the values. One that refers to itself is refused, since a type that refers to itself would be followed for
ever; and one that is there many times is converted once, since a few arrays of arrays can stand for more values than
there is time for.
"""

from __future__ import annotations

from typing import Any

from . import nodes
from .containers import ContainerConverters
from .mismatch import Converter, Memo, Mismatch, property_step
from .scalars import is_among
from .words import expected, phrase


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
        return convert

    def members(self, node: nodes.AnyType) -> list[nodes.AnyType]:
        """The types of a union, within unions and behind names; of another type, itself.

        :raises ValueError: the type is nothing but itself.
        """
        return self._members(node, ())

    def _reference(self, node: nodes.Reference) -> Converter:
        name = node.name
        if name not in self._named:
            self._named[name] = lambda value, memo: self._named[name](value, memo)
            self.members(node)
            self._named[name] = self.of(self._definitions[name])
        return self._named[name]

    def _members(self, node: nodes.AnyType, passed: tuple[str, ...]) -> list[nodes.AnyType]:
        """The types of a union within unions and behind names; of another type, itself."""
        if isinstance(node, nodes.Union):
            return [found for member in node.members for found in self._members(member, passed)]
        if not isinstance(node, nodes.Reference):
            return [node]
        if node.name in passed:
            raise ValueError(f"The type {node.name} is nothing but itself. Say what it is.")
        target = self._definitions[node.name]
        found = self._members(target, (*passed, node.name))
        return found if isinstance(target, nodes.Union | nodes.Reference) else [node]

    def _union(self, node: nodes.Union) -> Converter:
        members = [(self._tags(member), self.of(member)) for member in self.members(node)]
        refusal = self._refusal(node)

        def convert(value: Any, memo: Memo) -> Any:
            failures: list[Mismatch] = []
            for tags, member in members:
                if type(value) is dict and not all(is_among(value.get(name), values) for name, values in tags):
                    continue
                try:
                    return member(value, memo)
                except Mismatch as mismatch:
                    failures.append(mismatch)
            raise _nearest(failures) or _wrong_tag(value, [tags for tags, _ in members]) or refusal(value)

        return convert

    def _tags(self, node: nodes.AnyType) -> list[tuple[str, tuple[Any, ...]]]:
        """The properties that must be one of a few values, by which members of a union are told apart."""
        if isinstance(node, nodes.Reference):
            node = self._definitions[node.name]
        if not isinstance(node, nodes.Object | nodes.Class):
            return []
        return [
            (field.name, field.type.values)
            for field in node.fields
            if field.required and isinstance(field.type, nodes.Literal)
        ]


def _nearest(failures: list[Mismatch]) -> Mismatch | None:
    """The failure of the member of a union that the value was meant for, if that can be told."""
    most = max((mismatch.nearness for mismatch in failures), default=0)
    found = [mismatch for mismatch in failures if mismatch.nearness == most]
    return found[0] if most and len(found) == 1 else None


def _wrong_tag(value: Any, tags: list[list[tuple[str, tuple[Any, ...]]]]) -> Mismatch | None:
    """What is wrong with the property by which all object types of a union are told apart."""
    if type(value) is not dict:
        return None
    names = [{name for name, _ in member} for member in tags if member]
    for name in sorted(set.intersection(*names)) if names else ():
        values = tuple(value for member in tags for key, values in member if key == name for value in values)
        if not is_among(value.get(name), values):
            return Mismatch(f"must be {phrase(expected(nodes.Literal(values), {}))}").within(property_step(name))
    return None
