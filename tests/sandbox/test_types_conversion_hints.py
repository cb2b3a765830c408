"""Arguments held against hints: what arrives in Python, and what a refusal says."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import math
import typing
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import msgspec
import pytest

from snapjs import JSError
from snapjs._sandbox.signatures import signature_of
from snapjs._sandbox.types.signature import Refused
from snapjs.values import BigInt, JSMap, undefined

WHEN = datetime.datetime(2026, 11, 22, 6, 0, tzinfo=datetime.UTC)


def function_of(hint: Any) -> Callable[..., Any]:
    def function(value):  # type: ignore[no-untyped-def]
        pass

    function.__annotations__["value"] = hint
    return function


def convert_hint(hint: Any, value: Any) -> Any:
    (converted,), _ = signature_of(function_of(hint), None, "test").convert((value,))
    return converted


def refusal_of_hint(hint: Any, value: Any) -> str:
    with pytest.raises(Refused) as info:
        convert_hint(hint, value)
    return str(info.value)


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class User(msgspec.Struct):
    id: int
    name: Annotated[str, msgspec.Meta(min_length=2)] = "anonymous"
    friends: list[User] = []


class Renamed(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    first_name: str


class Cat(msgspec.Struct, tag=True):
    lives: int


class Dog(msgspec.Struct, tag=True):
    name: str


@dataclasses.dataclass
class Span:
    begin: float
    end: float = 1.0
    length: float = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        if self.end < self.begin:
            raise ValueError("it ends before it begins")
        self.length = self.end - self.begin


class Options(TypedDict):
    limit: int
    tags: NotRequired[list[str]]


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Account:
    pass


@pytest.mark.parametrize(
    ("hint", "value", "expected"),
    [
        (int, 5, 5),
        (int, -0.0, 0),
        (int, BigInt(1 << 70), 1 << 70),
        (float, 5, 5.0),
        (str, "a", "a"),
        (bytes, b"ab", b"ab"),
        (bytearray, b"ab", bytearray(b"ab")),
        (BigInt, BigInt(5), BigInt(5)),
        (datetime.datetime, WHEN, WHEN),
        (datetime.date, WHEN, datetime.date(2026, 11, 22)),
        (datetime.timedelta, "PT5S", datetime.timedelta(seconds=5)),
        (Decimal, "1.10", Decimal("1.10")),
        (uuid.UUID, "12345678-1234-5678-1234-567812345678", uuid.UUID("12345678-1234-5678-1234-567812345678")),
        (Color, "red", Color.RED),
        (Level, 2, Level.HIGH),
        (Literal[Color.RED], "red", Color.RED),
        (int | None, None, None),
        (int | None, undefined, None),
        (list[int], [1], [1]),
        (tuple[int, ...], [1, 2], (1, 2)),
        (tuple[int, str], [1, "a"], (1, "a")),
        (set[str], {"a"}, {"a"}),
        (frozenset[str], ["a", "a"], frozenset({"a"})),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (dict[int, str], {"1": "a"}, {1: "a"}),
        (dict[Color, int], {"red": 1}, {Color.RED: 1}),
        (JSMap, JSMap(a=1), JSMap(a=1)),
        (User, {"id": 1}, User(1)),
        (User, {"id": 1, "friends": [{"id": 2, "name": "Bo"}]}, User(1, friends=[User(2, "Bo")])),
        (Renamed, {"firstName": "Ada"}, Renamed("Ada")),
        (Cat | Dog, {"type": "Dog", "name": "Rex"}, Dog("Rex")),
        (Span, {"begin": 0}, Span(0.0)),
        (Options, {"limit": 1}, {"limit": 1}),
        (Point, [1], Point(1.0)),
        (Annotated[int, msgspec.Meta(ge=1, le=5)], 5, 5),
        (Annotated[str, msgspec.Meta(pattern="^a")], "ab", "ab"),
    ],
)
def test_value_for_a_hint(hint: Any, value: Any, expected: Any) -> None:
    converted = convert_hint(hint, value)
    assert (converted, type(converted)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (int, 1.5, "value must be an integer"),
        (int, 1e300, "value must be a bigint if it is so large"),
        (int, math.nan, "value must be an integer"),
        (int, math.inf, "value must be an integer"),
        (int, "1", "value must be an integer, not a string"),
        (int, True, "value must be an integer, not a boolean"),
        (Color, "green", 'value must be "red" or "blue"'),
        (Level, 3, "value must be 1 or 2"),
        (Level, True, "value must be 1 or 2, not a boolean"),
        (uuid.UUID, "x", "value must be a UUID as a string"),
        (uuid.UUID, 1, "value must be a UUID as a string, not a number"),
        (User, {"id": 1, "name": "A"}, "value.name must have at least 2 characters"),
        (User, {"id": 1, "friends": [{"id": "x"}]}, "value.friends[0].id must be an integer, not a string"),
        (Renamed, {"firstName": "Ada", "first_name": "x"}, "value.first_name is no property of its type"),
        (Cat | Dog, {"type": "Cow"}, 'value.type must be "Cat" or "Dog"'),
        (Cat | Dog, {"type": "Dog", "name": 1}, "value.name must be a string, not a number"),
        (Span, {"begin": 2}, "value is refused: it ends before it begins"),
        (Options, {"tags": []}, "value.limit must be an integer, not undefined"),
        (Point, [], "value must be of the type [x: number, y?: number]"),
        (Annotated[int, msgspec.Meta(ge=1)], 0, "value must be at least 1"),
        (Annotated[int, msgspec.Meta(gt=1)], 1, "value must be greater than 1"),
        (Annotated[int, msgspec.Meta(le=1)], 2, "value must be at most 1"),
        (Annotated[float, msgspec.Meta(lt=1)], 1.5, "value must be less than 1"),
        (Annotated[int, msgspec.Meta(multiple_of=5)], 6, "value must be a multiple of 5"),
        (Annotated[str, msgspec.Meta(max_length=1)], "ab", "value must have at most 1 character"),
        (Annotated[str, msgspec.Meta(pattern="^a")], "b", "value must match the pattern ^a"),
        (Annotated[list[int], msgspec.Meta(min_length=1)], [], "value must have at least 1 item"),
        (Annotated[dict[str, int], msgspec.Meta(max_length=1)], {"a": 1, "b": 2}, "value must have at most 1 property"),
        (Annotated[bytes, msgspec.Meta(max_length=1)], b"ab", "value must have at most 1 byte"),
        (Account, {}, "value must be an object of the class Account, from the host, not an object"),
        (Account, None, "value must be an object of the class Account, from the host, not null"),
        (JSError, "x", "value must be an Error, not a string"),
    ],
)
def test_refusal_for_a_hint(hint: Any, value: Any, message: str) -> None:
    assert refusal_of_hint(hint, value) == message


@typing.runtime_checkable
class HasKeys(typing.Protocol):
    def keys(self) -> Any: ...


@pytest.mark.parametrize("value", [{}, JSMap()])
def test_what_javascript_can_make_is_no_object_of_the_host(value: Any) -> None:
    assert refusal_of_hint(HasKeys, value).startswith(
        "value must be an object of the class HasKeys, from the host, not"
    )


def test_object_of_the_host_is_itself() -> None:
    account = Account()
    assert convert_hint(Account, account) is account


def test_exception_is_itself() -> None:
    error = JSError("TypeError")
    assert convert_hint(Exception, error) is error


def test_keyword_only_parameters_are_options() -> None:
    def search(query: str, *, limit: int = 10, color: Color) -> None: ...

    signature = signature_of(search, None, "test")
    assert signature.convert(("a", {"color": "red"})) == (("a",), {"color": Color.RED})
    with pytest.raises(Refused, match=r"^options.limit must be an integer, not a string$"):
        signature.convert(("a", {"color": "red", "limit": "x"}))
    with pytest.raises(Refused, match=r"^options.size is no property of its type$"):
        signature.convert(("a", {"color": "red", "size": 1}))


def test_options_that_are_all_optional_may_be_left_out() -> None:
    def search(*, limit: int = 10) -> None: ...

    assert signature_of(search, None, "test").convert(()) == ((), {})
