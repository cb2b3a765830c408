"""Arguments held against types: what arrives in Python, and what a refusal says."""

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
from capabilities import takes_anything

from snapjs import JSError
from snapjs._sandbox.signatures import signature_of
from snapjs._sandbox.types.signature import Refused
from snapjs.values import BigInt, JSMap, RegExp, Symbol, undefined

WHEN = datetime.datetime(2026, 11, 22, 6, 0, tzinfo=datetime.UTC)


def convert(types: str, *arguments: Any) -> tuple[Any, ...]:
    positional, keywords = signature_of(takes_anything, types, "test").convert(arguments)
    assert keywords == {}
    return positional


def refusal(types: str, *arguments: Any) -> str:
    with pytest.raises(Refused) as info:
        convert(types, *arguments)
    return str(info.value)


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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("number", 1),
        ("number", 1.5),
        ("number", math.inf),
        ("string", "a"),
        ("string", "\ud800"),
        ("boolean", False),
        ("bigint", BigInt(5)),
        ("null", None),
        ("any", undefined),
        ("unknown", {"a": undefined}),
        ("'asc' | 'desc'", "desc"),
        ("1 | 2", 2),
        ("true", True),
        ("number[]", [1, 2.5]),
        ("number[][]", [[1], []]),
        ("[number, string]", [1, "a"]),
        ("Record<string, number>", {"a": 1, "__proto__": 2}),
        ("{ [id: number]: string }", {"1": "a", "2.5": "b"}),
        ("Map<string, number>", JSMap(a=1)),
        ("Map<{ a: number }, string>", [({"a": 1}, "x")]),
        ("Set<string>", {"a"}),
        ("Set<{ a: number }>", [{"a": 1}]),
        ("Date", WHEN),
        ("Uint8Array", b"ab"),
        ("RegExp", RegExp("a")),
        ("symbol", Symbol("a")),
        ("(a: number) => void", len),
        ("{ a: number; b?: string }", {"a": 1}),
        ("{}", {}),
        ("string | number[]", [1]),
        ("Undeclared", {"a": 1}),
    ],
)
def test_value_that_fits(text: str, value: Any) -> None:
    (converted,) = convert(f"(value: {text}) => void", value)
    expected = {1: "a", 2.5: "b"} if value == {"1": "a", "2.5": "b"} else value
    expected = (1, "a") if text == "[number, string]" else expected
    assert (converted, type(converted)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("number", "1", "value must be a number, not a string"),
        ("number", True, "value must be a number, not a boolean"),
        ("number", BigInt(1), "value must be a number, not a bigint"),
        ("number", None, "value must be a number, not null"),
        ("string", 1, "value must be a string, not a number"),
        ("string", Symbol("a"), "value must be a string, not a symbol"),
        ("boolean", 1, "value must be a boolean, not a number"),
        ("bigint", 1, "value must be a bigint, not a number"),
        ("null", 0, "value must be null, not a number"),
        ("'asc' | 'desc'", "up", 'value must be "asc" or "desc"'),
        ("'asc' | 'desc'", 1, 'value must be "asc" or "desc", not a number'),
        ("1 | 'a' | null", True, 'value must be 1, "a" or null, not a boolean'),
        ("1", True, "value must be 1, not a boolean"),
        ("number[]", {}, "value must be an array, not an object"),
        ("number[]", [1, "a"], "value[1] must be a number, not a string"),
        ("[number, string]", [1], "value must be an array of 2 items"),
        ("[number, string]", [1, 2], "value[1] must be a string, not a number"),
        ("Record<string, number>", {"a": 1, "b c": "x"}, 'value["b c"] must be a number, not a string'),
        ("Record<string, number>", JSMap(a=1), "value must be an object, not a Map"),
        ("Record<number, string>", {"a": "x"}, "value.a must be a number, not a string"),
        ("Record<number, string>", {"1_0": "x"}, 'value["1_0"] must be a number, not a string'),
        ("Record<number, string>", {" 1": "x"}, 'value[" 1"] must be a number, not a string'),
        ("Map<string, number>", {"a": 1}, "value must be a Map, not an object"),
        ("Map<string, number>", JSMap(a="x"), "value.value(0) must be a number, not a string"),
        ("Map<string, number>", JSMap({1: 1}), "value.key(0) must be a string, not a number"),
        ("Set<string>", {1}, "value[0] must be a string, not a number"),
        ("Date", "2026-11-22", "value must be a Date, not a string"),
        ("Uint8Array", "ab", "value must be a Uint8Array, not a string"),
        ("Uint8Array", memoryview(b"ab"), "value must be a Uint8Array, not a typed array"),
        ("Error", {}, "value must be an Error, not an object"),
        ("() => void", {}, "value must be a function, not an object"),
        ("Promise<void>", {}, "value must be a promise, not an object"),
        ("{ a: number }", [], "value must be an object, not an array"),
        ("{ a: number }", len, "value must be an object, not a function"),
        ("{ a: number }", {"a": undefined}, "value.a must be a number, not undefined"),
        ("{ a: number }", {}, "value.a must be a number, not undefined"),
        ("{ a?: number }", {"a": None}, "value.a must be a number, not null"),
        ("{ a: { b: string[] } }", {"a": {"b": ["x", 1]}}, "value.a.b[1] must be a string, not a number"),
        ("{ 'a b': string }", {"a b": 1}, 'value["a b"] must be a string, not a number'),
        ("string | null", 1, "value must be a string or null, not a number"),
        ("string | number[]", ["a"], "value[0] must be a number, not a string"),
        ("string[] | number[]", [1, "a"], "value must be of the type string[] | number[]"),
    ],
)
def test_value_that_does_not_fit(text: str, value: Any, message: str) -> None:
    assert refusal(f"(value: {text}) => void", value) == message


SHAPES = "type Shape = { kind: 'circle'; r: number } | { kind: 'square'; side: number }\n(shape: Shape) => void"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": "square", "side": "x"}, "shape.side must be a number, not a string"),
        ({"kind": "oval"}, 'shape.kind must be "circle" or "square"'),
        ({}, 'shape.kind must be "circle" or "square"'),
        (1, "shape must be an object, not a number"),
    ],
)
def test_refusal_by_a_union_of_object_types_names_the_member_that_was_meant(value: Any, message: str) -> None:
    assert refusal(SHAPES, value) == message


def test_union_of_object_types() -> None:
    assert convert(SHAPES, {"kind": "square", "side": 1}) == ({"kind": "square", "side": 1},)


def test_property_that_the_type_does_not_know_is_left_out() -> None:
    assert convert("(value: { a: number }) => void", {"a": 1, "b": 2}) == ({"a": 1},)


def test_optional_property_that_is_undefined_is_left_out() -> None:
    assert convert("(value: { a?: number }) => void", {"a": undefined}) == ({},)


def test_property_that_may_be_undefined_is_none() -> None:
    assert convert("(value: { a: number | undefined }) => void", {"a": undefined}) == ({"a": None},)


def test_recursive_interface() -> None:
    text = "interface Tree { name: string; children: Tree[] }\n(tree: Tree) => void"
    tree = {"name": "a", "children": [{"name": "b", "children": []}]}
    assert convert(text, tree) == (tree,)
    tree["children"][0]["children"].append({"name": 1, "children": []})  # type: ignore[index, attr-defined]
    assert refusal(text, tree) == "tree.children[0].children[0].name must be a string, not a number"


def test_type_that_is_nothing_but_itself_is_refused_at_registration() -> None:
    with pytest.raises(ValueError, match=r"^test: The type A is nothing but itself. Say what it is.$"):
        signature_of(takes_anything, "type A = B | null; type B = A\n() => A", "test")


# ---- how many arguments


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("(a?: number) => void", (), ()),
        ("(a?: number) => void", (undefined,), ()),
        ("(a: number) => void", (1, undefined, undefined), (1,)),
        ("(a?: number, b?: string) => void", (undefined, "x"), (None, "x")),
        ("(...a: number[]) => void", (), ()),
        ("(...a: number[]) => void", (1, 2), (1, 2)),
        ("(a?: string, ...b: number[]) => void", (undefined, 2), (None, 2)),
        ("(a: undefined) => void", (), (None,)),
        ("(a: string | null) => void", (undefined,), (None,)),
    ],
)
def test_arguments_that_are_left_out(text: str, arguments: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    assert convert(text, *arguments) == expected


@pytest.mark.parametrize(
    ("text", "arguments", "refused"),
    [
        ("() => void", (1,), "it takes no arguments, not 1"),
        ("(a: number) => void", (1, 2), "it takes 1 argument, not 2"),
        ("(a: number, b?: number) => void", (1, 2, None), "it takes 2 arguments, not 3"),
        ("(a: number) => void", (), "a is missing: it must be a number"),
        ("(a: string | number[]) => void", (), "a is missing: it must be a string or an array"),
        ("(a: number) => void", (undefined,), "a must be a number, not undefined"),
        ("(a: number, b: string) => void", (undefined, "x"), "a must be a number, not undefined"),
        ("(a?: number) => void", (None,), "a must be a number, not null"),
        ("(...a: number[]) => void", (1, "x"), "a[1] must be a number, not a string"),
    ],
)
def test_arguments_that_do_not_fit(text: str, arguments: tuple[Any, ...], refused: str) -> None:
    assert refusal(text, *arguments) == refused


def test_argument_that_is_left_out_before_others_is_the_default_of_the_function() -> None:
    def function(a: int = 7, b: int = 8) -> None: ...

    signature = signature_of(function, "(a?: number, b?: number) => void", "test")
    assert signature.convert((undefined, 1)) == ((7, 1), {})


# ---- Python


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
