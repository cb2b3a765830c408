"""Converters of values that hold others."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from ..._checks import UNSET
from ...values import JSMap, undefined
from . import nodes
from .constraints import length_check
from .mismatch import Converter, Memo, Mismatch, convert_items, convert_member, property_step
from .scalars import SAFE, ScalarConverters

_LONGEST_REASON: Final = 200
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{0,19}[1-9])?")
_UNDER_WAY: Final = object()
"""what a memo has for a container that is being converted"""
_MAKE: Final[dict[str, Callable[[Any], Any]]] = {kind.__name__: kind for kind in (list, tuple, set, frozenset)}
_PLAIN: Final[dict[nodes.AnyType, frozenset[type]]] = {
    nodes.String(): frozenset({str}),
    nodes.Number(): frozenset({int, float}),
    nodes.Boolean(): frozenset({bool}),
}
"""types whose values stay as they are, and what Python has for them"""


class ContainerConverters(ScalarConverters, ABC):
    """Makes converters for types whose values hold others."""

    @abstractmethod
    def of(self, node: nodes.AnyType) -> Converter:
        """A converter for any type."""

    @abstractmethod
    def members(self, node: nodes.AnyType) -> list[nodes.AnyType]:
        """The types of a union; of another type, itself."""

    def _array(self, node: nodes.Array) -> Converter:
        item = self.of(node.item)
        refusal = self._refusal(node)
        check = length_check(node, "item")
        make = _MAKE[node.kind]
        plain = _PLAIN.get(node.item, frozenset())

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is not list:
                raise refusal(value)
            check(value)
            if plain.issuperset(map(type, value)):
                return make(value)
            return make(convert_items(value, item, memo))

        return _once(convert)

    def _tuple(self, node: nodes.Tuple) -> Converter:
        items = tuple(map(self.of, node.items))
        refusal = self._refusal(node)
        required = len(items) if node.required is None else node.required
        steps = [f"[{at}]" for at in range(len(items))]

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is not list or not required <= len(value) <= len(items):
                raise refusal(value)
            made = [
                convert_member(item, given, memo, step) for item, given, step in zip(items, value, steps, strict=False)
            ]
            return tuple(made) if node.cls is None else node.cls(*made)

        return _once(convert)

    def _set(self, node: nodes.Set) -> Converter:
        item = self.of(node.item)
        refusal = self._refusal(node)
        check = length_check(node, "item")
        make = _MAKE[node.kind]

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) not in (set, list):  # a Set of objects is a list
                raise refusal(value)
            check(value)
            made = convert_items(value, item, memo)
            try:
                return make(made)
            except TypeError:
                return made

        return _once(convert)

    def _map(self, node: nodes.Map) -> Converter:
        read_key, read_value = self.of(node.key), self.of(node.value)
        refusal = self._refusal(node)

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is JSMap:
                pairs = list(value.items())
            elif type(value) is list and all(type(pair) is tuple for pair in value):  # a Map with objects as keys
                pairs = value
            else:
                raise refusal(value)
            made: list[tuple[Any, Any]] = []
            for key, member in pairs:
                at = len(made)
                converted = convert_member(read_key, key, memo, f".key({at})")
                made.append((converted, convert_member(read_value, member, memo, f".value({at})")))
            if type(value) is not JSMap:
                return made
            try:
                converted = JSMap(made)
            except TypeError:
                return made
            if len(converted) < len(made):
                raise Mismatch("has two keys that become the same")
            return converted

        return _once(convert)

    def _record(self, node: nodes.Record) -> Converter:
        read_key, read_value = self._key(node.key), self.of(node.value)
        refusal = self._refusal(node)
        check = length_check(node, "property")

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is not dict:
                raise refusal(value)
            check(value)
            made = {}
            try:
                for name, member in value.items():
                    made[read_key(name, memo)] = read_value(member, memo)
            except Mismatch as mismatch:
                raise mismatch.within(property_step(name)) from None
            if len(made) < len(value):
                raise Mismatch("has two properties whose names become the same key")
            return made

        return _once(convert)

    def _key(self, node: nodes.AnyType) -> Converter:
        """A converter for the name of a property, which is a string whatever type it is meant to have."""
        if not any(isinstance(member, nodes.Number | nodes.Enum) for member in self.members(node)):
            return self.of(node)
        convert = self.of(node)

        def read(name: Any, memo: Memo) -> Any:
            return convert(_number_of(name) if isinstance(name, str) else name, memo)

        return read

    def _object(self, node: nodes.Object) -> Converter:
        return self._properties(node, lambda values: values)

    def _class(self, node: nodes.Class) -> Converter:
        def make(values: dict[str, Any]) -> Any:
            try:
                return node.cls(**values)
            except (ValueError, TypeError) as error:  # what __post_init__ says of values that do not go together
                raise Mismatch(f"is refused: {str(error)[:_LONGEST_REASON]}") from None

        return self._properties(node, make)

    def _properties(self, node: nodes.Object | nodes.Class, make: Callable[[dict[str, Any]], Any]) -> Converter:
        fields = [(field, self.of(field.type), property_step(field.name)) for field in node.fields]
        names = frozenset(field.name for field in node.fields)
        refusal = self._refusal(node)

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is not dict:
                raise refusal(value)
            made = {}
            for field, read, step in fields:
                given = value.get(field.name, undefined)
                if given is undefined and not field.required:
                    continue
                converted = convert_member(read, given, memo, step)
                if field.attribute != "":
                    made[field.attribute or field.name] = converted
            if node.strict and not names.issuperset(value):
                unknown = next(name for name in value if name not in names)
                raise Mismatch("is no property of its type").within(property_step(unknown))
            return make(made)

        return _once(convert)


def _once(convert: Converter) -> Converter:
    """A converter of containers that remembers what became of each."""

    def converted(value: Any, memo: Memo) -> Any:
        key = (id(value), id(convert))
        known = memo.get(key, UNSET)
        if known is UNSET:
            memo[key] = _UNDER_WAY
            try:
                known = memo[key] = convert(value, memo)
            except Mismatch as mismatch:
                memo[key] = mismatch
                raise
        elif known is _UNDER_WAY:
            raise Mismatch("must not contain itself")
        elif type(known) is Mismatch:
            raise Mismatch(known.message, known.path, known.nearness)
        return known

    return converted


def _number_of(name: str) -> int | float | str:
    """The number whose name as a property this is."""
    found = _NUMBER.fullmatch(name)
    if found is None:
        return name
    number = int(name) if found[2] is None else float(name)
    is_its_name = f"{Decimal(repr(number)):f}" == name and abs(number) < SAFE
    return number if is_its_name else name
