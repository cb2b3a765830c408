"""Values and types in the words of JavaScript, for refusals."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Iterable
from typing import Any, Final

from ...errors import JSError
from ...function import Function
from ...handle import Handle
from ...promise import Promise
from ...values import BigInt, JSMap, RegExp, Symbol, undefined
from . import nodes
from .typescript_text import literal_text

_MOST_NAMED: Final = 8
"""alternatives that a refusal lists"""

_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    type(undefined): "undefined",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    BigInt: "a bigint",
    str: "a string",
    bytes: "binary data",
    memoryview: "a typed array",
    list: "an array",
    dict: "an object",
    JSMap: "a Map",
    set: "a Set",
    datetime.datetime: "a Date",
    Symbol: "a symbol",
    RegExp: "a RegExp",
    Function: "a function",
    Promise: "a promise",
}

_EXPECTED: Final[dict[type[nodes.Type], str]] = {
    nodes.Anything: "anything",
    nodes.Null: "null",
    nodes.Undefined: "undefined",
    nodes.Boolean: "a boolean",
    nodes.Number: "a number",
    nodes.BigInteger: "a bigint",
    nodes.String: "a string",
    nodes.Bytes: "a Uint8Array",
    nodes.Date: "a Date",
    nodes.Array: "an array",
    nodes.Tuple: "an array",
    nodes.Set: "a Set",
    nodes.Map: "a Map",
    nodes.Record: "an object",
    nodes.Object: "an object",
    nodes.Class: "an object",
    nodes.Function: "a function",
    nodes.Promise: "a promise",
    nodes.Error: "an Error",
    nodes.RegExp: "a RegExp",
    nodes.Symbol: "a symbol",
}

_TEXTS: Final = {
    uuid.UUID: "a UUID",
    decimal.Decimal: "a decimal number",
    datetime.time: "a time",
    datetime.timedelta: "a duration",
}


def is_of_guest(value: Any) -> bool:
    """Whether JavaScript can make such a value."""
    return type(value) in _KINDS or isinstance(value, Handle | JSError)


def is_of_host(value: Any, cls: type) -> bool:
    """Whether a value is an instance of a class that the host has granted or lent."""
    return isinstance(value, cls) and not is_of_guest(value)


def kind_of(value: Any) -> str:
    """What a value is to JavaScript: ``a number``. Nothing of the value itself is told."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    if isinstance(value, Handle):
        return "a symbol" if value.is_symbol else "an instance of a class"
    if isinstance(value, BaseException):
        return "an Error"
    return "a function" if callable(value) else "an object of the host"


def expected(node: Any, definitions: nodes.Definitions) -> list[str]:
    """What a type takes, a phrase for each kind of value."""
    match node:
        case nodes.Reference():
            return expected(definitions[node.name], definitions)
        case nodes.Union():
            return _distinct(text for member in node.members for text in expected(member, definitions))
        case nodes.Literal():
            return list(map(literal_text, node.values))
        case nodes.Enum():
            return [literal_text(member.value) for member in node.members()]
        case nodes.Number(kind="integer"):
            return ["an integer"]
        case nodes.Tuple(required=None):
            return [f"an array of {counted(len(node.items), 'item')}"]
        case nodes.Text():
            return [f"{_TEXTS[node.cls]} as a string"]
        case nodes.Foreign():
            return [f"an object of the class {node.cls.__name__}, from the host"]
    return [_EXPECTED[type(node)]]


def phrase(texts: list[str]) -> str:
    """Alternatives in one phrase: ``a string, a number or null``."""
    if len(texts) > _MOST_NAMED:
        texts = [*texts[: _MOST_NAMED - 1], f"one of {len(texts) - _MOST_NAMED + 1} others"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def counted(number: int, noun: str) -> str:
    """``1 item``, ``2 items``."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
