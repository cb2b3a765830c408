"""Converters of values that hold no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec

from ...handle import Handle
from ...promise import Promise
from ...values import BigInt, RegExp, Symbol, undefined
from . import nodes
from .constraints import bound_check, length_check
from .mismatch import Converter, Memo, Mismatch
from .typescript_text import renamed, type_text
from .words import expected, is_of_host, kind_of, phrase

_LONGEST_TYPE: Final = 80
SAFE: Final = 1 << 53
"""below it, JavaScript has a number for each integer"""
_NUMBERS: Final = frozenset({int, float})
_LITERALS: Final = frozenset({str, int, float, bool})
_BYTES: Final[dict[str, Callable[[bytes], Any]]] = {"bytes": bytes, "bytearray": bytearray, "memoryview": memoryview}
_KINDS: Final[dict[type[nodes.Type], Callable[[Any], bool]]] = {
    nodes.Null: lambda value: value is None or value is undefined,
    nodes.Undefined: lambda value: value is undefined,
    nodes.Boolean: lambda value: type(value) is bool,
    nodes.BigInteger: lambda value: type(value) is BigInt,
    nodes.Function: lambda value: callable(value) and not isinstance(value, type),
    nodes.Promise: lambda value: isinstance(value, Promise),
    nodes.Error: lambda value: isinstance(value, BaseException),
    nodes.RegExp: lambda value: type(value) is RegExp,
    nodes.Symbol: lambda value: type(value) is Symbol or (isinstance(value, Handle) and value.is_symbol),
}

LiteralSet: TypeAlias = frozenset[tuple[bool, Any]]


class ScalarConverters:
    """Makes converters for types whose values hold no others.

    :param definitions: the types that others refer to by name.
    """

    def __init__(self, definitions: nodes.Definitions) -> None:
        self._definitions = definitions

    def _refusal(self, node: nodes.AnyType) -> Callable[[Any], Mismatch]:
        """A function that makes the refusal of a value."""
        known: list[list[str]] = []

        def refusal(value: Any) -> Mismatch:
            if not known:
                known.append(expected(node, self._definitions))
            texts = known[0]
            kind = kind_of(value)
            if kind in texts:
                return Mismatch(f"must be of the type {self._short_text(node)}", nearness=0)
            told = "" if _is_known(value, texts) else f", not {kind}"
            return Mismatch(f"must be {phrase(texts)}{told}", nearness=0)

        return refusal

    def _short_text(self, node: nodes.AnyType) -> str:
        text = renamed(type_text(node), {})
        return text if len(text) <= _LONGEST_TYPE else f"{text[: _LONGEST_TYPE - 1]}…"

    def simple(self, node: nodes.AnyType) -> Converter | None:
        """A converter for a type whose values stay as they are."""
        is_one = _KINDS.get(type(node))
        return None if is_one is None else _checked(is_one, self._refusal(node))

    def _anything(self, node: nodes.Anything) -> Converter:
        return lambda value, memo: value

    def _number(self, node: nodes.Number) -> Converter:
        refusal = self._refusal(node)
        check = bound_check(node)

        def integer(value: Any, memo: Memo) -> int:
            kind = type(value)
            if kind is BigInt or (kind is float and value.is_integer() and abs(value) < SAFE):  # -0
                value = int(value)
            elif kind is float:
                raise Mismatch("must be a bigint if it is so large" if value.is_integer() else "must be an integer")
            elif kind is not int:
                raise refusal(value)
            check(value)
            return int(value)

        def number(value: Any, memo: Memo) -> float:
            if type(value) not in _NUMBERS:
                raise refusal(value)
            check(value)
            return float(value) if node.kind == "float" else value

        return integer if node.kind == "integer" else number

    def _string(self, node: nodes.String) -> Converter:
        refusal = self._refusal(node)
        check = length_check(node, "character")
        pattern = None if node.pattern is None else re.compile(node.pattern)

        def convert(value: Any, memo: Memo) -> str:
            if type(value) is not str:
                raise refusal(value)
            check(value)
            if pattern is not None and not pattern.search(value):
                raise Mismatch(f"must match the pattern {node.pattern}")
            return value

        return convert

    def _bytes(self, node: nodes.Bytes) -> Converter:
        refusal = self._refusal(node)
        check = length_check(node, "byte")
        make = _BYTES[node.kind]

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is not bytes:
                raise refusal(value)
            check(value)
            return make(value)

        return convert

    def _literal(self, node: nodes.Literal) -> Converter:
        refusal = self._refusal(node)
        literals = {(type(literal) is bool, literal): literal for literal in node.values}

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) not in _LITERALS or (type(value) is bool, value) not in literals:
                raise refusal(value)
            return literals[type(value) is bool, value]  # 0, where -0 was given

        return convert

    def _enum(self, node: nodes.Enum) -> Converter:
        refusal = self._refusal(node)
        members = {member.value: member for member in node.members()}

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) not in (str, int) or value not in members:
                raise refusal(value)
            return members[value]

        return convert

    def _text(self, node: nodes.Text) -> Converter:
        refusal = self._refusal(node)

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is not str:
                raise refusal(value)
            try:
                return msgspec.convert(value, node.cls)
            except msgspec.ValidationError:
                raise refusal(value) from None

        return convert

    def _date(self, node: nodes.Date) -> Converter:
        refusal = self._refusal(node)

        def convert(value: Any, memo: Memo) -> Any:
            if type(value) is not datetime:
                raise refusal(value)
            return value.date() if node.only_day else value

        return convert

    def _foreign(self, node: nodes.Foreign) -> Converter:
        cls = node.cls
        may_be_of_guest = issubclass(cls, Handle)

        def is_one(value: Any) -> bool:
            return is_of_host(value, cls) or (may_be_of_guest and isinstance(value, cls))

        return _checked(is_one, self._refusal(node))


def literal_set(values: Iterable[Any]) -> LiteralSet:
    """Literals for :func:`is_among`. JavaScript has one kind of number, as here; and does not take true for 1."""
    return frozenset((type(value) is bool, value) for value in values)


def is_among(value: Any, literals: LiteralSet) -> bool:
    """Whether a value is one of these literals."""
    return type(value) in _LITERALS and (type(value) is bool, value) in literals


def _is_known(value: Any, texts: list[str]) -> bool:
    """Whether to name the kind of the value would tell nothing: a string is no ``"asc" or "desc"``."""
    if type(value) is str:
        return any(text.startswith('"') or text.endswith(" as a string") for text in texts)
    if type(value) is list:
        return any(text.startswith("an array of ") for text in texts)
    return type(value) in _NUMBERS and any(text[0] in "-0123456789" for text in texts)


def _checked(is_one: Callable[[Any], bool], refusal: Callable[[Any], Mismatch]) -> Converter:
    def convert(value: Any, memo: Memo) -> Any:
        if not is_one(value):
            raise refusal(value)
        return None if value is undefined else value

    return convert
