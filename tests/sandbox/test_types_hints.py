"""Python's hints: what they become in TypeScript, and which cannot be used."""

from __future__ import annotations

import dataclasses
import enum
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, NotRequired, Optional, TypedDict, TypeVar

import msgspec
import pytest

from snapjs import Function, JSError, Promise
from snapjs._sandbox.signatures import signature_of
from snapjs._sandbox.types.signature import Signature
from snapjs.values import BigInt, JSMap, RegExp, Symbol

if typing.TYPE_CHECKING:
    from nowhere import Missing  # type: ignore[import-not-found]

T = TypeVar("T")
UserId = NewType("UserId", int)


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class User(msgspec.Struct):
    id: UserId
    name: Annotated[str, msgspec.Meta(description="In */ full.")] = "anonymous"
    friends: list[User] = []


class Cat(msgspec.Struct, tag="cat", rename="camel"):
    lives_left: int


@dataclasses.dataclass
class Box(Generic[T]):
    content: T
    label: str = ""


class Options(TypedDict):
    limit: int
    tags: NotRequired[list[str]]


class Point(NamedTuple):
    x: float
    new: float = 0.0


class Account:
    pass


class string(TypedDict):
    a: int


@typing.runtime_checkable
class Closes(typing.Protocol):
    def close(self) -> None: ...


class Opens(typing.Protocol):
    def open(self) -> None: ...


@dataclasses.dataclass
class Seeded:
    a: int
    seed: dataclasses.InitVar[int]


class Unreadable(msgspec.Struct):
    missing: Missing


def returning(hint: Any) -> Callable[[], Any]:
    def function():  # type: ignore[no-untyped-def]
        pass

    function.__annotations__["return"] = hint
    return function


def signature_returning(hint: Any) -> Signature:
    return signature_of(returning(hint), None, "test")


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (Any, "any"),
        (object, "any"),
        (None, "void"),
        (bool, "boolean"),
        (int, "number"),
        (float, "number"),
        (UserId, "number"),
        (str, "string"),
        (bytes, "Uint8Array"),
        (memoryview, "Uint8Array"),
        (BigInt, "bigint"),
        (datetime, "Date"),
        (date, "Date"),
        (timedelta, "string"),
        (Decimal, "string"),
        (RegExp, "RegExp"),
        (Symbol, "symbol"),
        (Function, "(...values: any[]) => any"),
        (Promise, "Promise<any>"),
        (JSError, "Error"),
        (Optional[int], "number | null"),  # noqa: UP045
        (int | str | None, "number | string | null"),
        (int | float, "number"),
        (Literal["a", 1, True, None], '"a" | 1 | true | null'),
        (Literal[1] | Literal[True], "1 | true"),
        (Literal[Color.RED, "x"], '"x" | "red"'),
        (Literal['a "quote"\u2028'], '"a \\"quote\\"\\u2028"'),
        (list, "any[]"),
        (list[int], "number[]"),
        (list[int | None], "(number | null)[]"),
        (Sequence[str], "string[]"),
        (Iterable[str], "string[]"),
        (tuple[int, ...], "number[]"),
        (tuple[int, str], "[number, string]"),
        (tuple[()], "[]"),
        (set[str], "Set<string>"),
        (frozenset[str], "Set<string>"),
        (dict, "Record<string, any>"),
        (dict[str, int], "Record<string, number>"),
        (Mapping[int, str], "Record<number, string>"),
        (dict[Literal["a", "b"], int], 'Partial<Record<"a" | "b", number>>'),
        (JSMap, "Map<any, any>"),
        (Callable, "(...values: any[]) => any"),
        (Callable[[int], str], "(value1: number) => string"),
        (list[Callable[..., None]], "((...values: any[]) => void)[]"),
        (list[Awaitable[int]], "Promise<number>[]"),
        (T, "any"),
        (Annotated[int, msgspec.Meta(ge=1), "note"], "number"),
        (int | msgspec.UnsetType, "number"),
    ],
)
def test_hint(hint: Any, text: str) -> None:
    assert signature_returning(hint).text == f"() => {text}"


@pytest.mark.parametrize(
    ("hint", "declarations"),
    [
        (Color, {"Color": 'type Color = "red" | "blue"'}),
        (
            User,
            {
                "User": "interface User {\n    id: number\n    /** In *\\/ full. */\n    name?: string\n"
                "    friends?: User[]\n}"
            },
        ),
        (Cat, {"Cat": 'interface Cat {\n    type: "cat"\n    livesLeft: number\n}'}),
        (Options, {"Options": "interface Options {\n    limit: number\n    tags?: string[]\n}"}),
        (Point, {"Point": "type Point = [x: number, new_?: number]"}),
        (Account, {"Account": "type Account = any"}),
        (Closes, {"Closes": "type Closes = any"}),
        (Box[int], {"Box_int": "interface Box_int {\n    content: number\n    label?: string\n}"}),
        (string, {"string_": "interface string_ {\n    a: number\n}"}),
    ],
)
def test_class(hint: Any, declarations: dict[str, str]) -> None:
    signature = signature_returning(hint)
    assert signature.text == f"() => {next(iter(declarations))}"
    assert signature.declarations == declarations


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no type statement")
def test_type_statement() -> None:
    namespace: dict[str, Any] = {}
    exec("type Json = str | list[Json]\ntype Pair[T] = tuple[T, T]", namespace)
    json, pair = namespace["Json"], namespace["Pair"]
    signature = signature_returning(types.GenericAlias(tuple, (json, pair[int])))
    assert signature.text == "() => [Json, Pair_int]"
    assert signature.declarations == {
        "Json": "type Json = string | Json[]",
        "Pair_int": "type Pair_int = [number, number]",
    }


def test_classes_of_one_name_are_numbered() -> None:
    other = msgspec.defstruct("User", [("age", int)])
    assert signature_returning(tuple[User, other]).text == "() => [User, User2]"


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        (
            "Missing",
            "The hints of the function cannot be resolved: name 'Missing' is not defined. Import what they name",
        ),
        (
            Unreadable,
            "The hints of Unreadable cannot be resolved: name 'Missing' is not defined. Import what they name",
        ),
        (Literal[b"a"], "A Literal of bytes has no type in JavaScript. Use str, int or bool."),
        (Annotated[int, msgspec.Meta(max_length=1)], r"Meta\(max_length=…\) says nothing about"),
        (enum.Enum("Odd", {"A": 1.5}), "Odd.A is no string and no integer. Make it one."),
        (
            msgspec.defstruct("Row", ["a"], array_like=True),
            "Row is array_like. Use a NamedTuple, or a Struct that is not.",
        ),
        ("5", "The hint 5 has no type in JavaScript. Change it, or give types=."),
        (Seeded, "No Seeded can be made of its fields: missing a required argument: 'seed'. Use another class."),
        (Opens, "Whether an object is a Opens cannot be found out. Decorate the protocol with @runtime_checkable"),
        (typing.LiteralString, "The hint .* has no type in JavaScript. Change it, or give types=."),
    ],
)
def test_hint_that_cannot_be_used(hint: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^test: {message}"):
        signature_returning(hint)


def test_hints_are_not_needed_where_there_is_typescript() -> None:
    assert signature_of(returning("Missing"), "() => number", "test").text == "() => number"
