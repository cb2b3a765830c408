"""Functions with Python's hints: what they become in TypeScript, and which cannot be used."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import functools
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
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


def text_of(function: Any) -> str:
    return signature_of(function, None, "test").text


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


# ---- parameters


def everything(a: int, b: str = "x", /, c: float = 1, *rest: bool, d: int = 2, **more: Any) -> None: ...


def only_by_name(a: int, *, limit: int, tags: list[str] = []) -> None: ...  # noqa: B006


def named_options(options: int, *, limit: int = 1) -> None: ...


def reserved(new: int, default: int, function: int = 1) -> None: ...


def without_hints(a, b=1): ...  # type: ignore[no-untyped-def]


async def asynchronous(a: int) -> str:
    return str(a)


def awaitable() -> Awaitable[int]: ...  # type: ignore[empty-body]


def coroutine() -> Coroutine[Any, Any, None]: ...  # type: ignore[empty-body]


def future() -> asyncio.Future[int]: ...  # type: ignore[empty-body]


def bare_awaitable() -> Awaitable: ...  # type: ignore[type-arg, empty-body]


@functools.wraps(only_by_name)
def wrapper(*arguments: Any, **keywords: Any) -> None: ...


class Service:
    """A service."""

    def find(self, id: int) -> str:
        """Finds one."""
        return str(id)

    @classmethod
    def make(cls, id: int) -> None: ...

    @staticmethod
    def help() -> None: ...

    async def __call__(self, id: int) -> str:
        return str(id)


class Made:
    """What is made."""

    def __init__(self, a: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (everything, "(a: number, b?: string, c?: number, ...rest: boolean[]) => void"),
        (only_by_name, "(a: number, options: { limit: number; tags?: string[] }) => void"),
        (wrapper, "(a: number, options: { limit: number; tags?: string[] }) => void"),
        (named_options, "(options: number, options2?: { limit?: number }) => void"),
        (reserved, "(new_: number, default_: number, function_?: number) => void"),
        (without_hints, "(a: any, b?: any) => any"),
        (asynchronous, "(a: number) => Promise<string>"),
        (awaitable, "() => Promise<number>"),
        (coroutine, "() => Promise<void>"),
        (future, "() => Promise<number>"),
        (bare_awaitable, "() => Promise<any>"),
        (functools.partial(everything, 1), "(b?: string, c?: number, ...rest: boolean[]) => void"),
        (functools.partial(asynchronous), "(a: number) => Promise<string>"),
        (
            functools.partial(only_by_name, limit=3),
            "(a: number, options?: { limit?: number; tags?: string[] }) => void",
        ),
        (Service().find, "(id: number) => string"),
        (Service.make, "(id: number) => void"),
        (Service.help, "() => void"),
        (Service(), "(id: number) => Promise<string>"),
        (functools.partial(Service()), "(id: number) => Promise<string>"),
        (Made, "(a: number) => Made"),
        (functools.partial(Made, 1), "() => Made"),
        (Decimal, "(value?: any, context?: any) => string"),
        (len, "(obj: any) => any"),
        (max, "(...values: any[]) => any"),
        ({}.get, "(key: any, default_?: any) => any"),
    ],
)
def test_parameters(function: Any, text: str) -> None:
    assert text_of(function) == text


def test_function_says_whether_it_is_async() -> None:
    assert [signature_of(one, None, "test").is_async for one in (asynchronous, awaitable, Service(), len)] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("function", "doc"),
    [
        (Service().find, "Finds one."),
        (functools.partial(Service().find, 1), "Finds one."),
        (Service(), "A service."),
        (Made, "What is made."),
        (without_hints, ""),
        (functools.partial(without_hints, 1), ""),
    ],
)
def test_documentation(function: Any, doc: str) -> None:
    assert signature_of(function, None, "test").doc == doc


def test_what_is_required_by_name_has_no_place_behind_a_rest_parameter() -> None:
    def function(*rest: int, limit: int) -> None: ...

    with pytest.raises(
        ValueError, match=r"^test: limit can only be given by name, and JavaScript has no names\. Give it"
    ):
        signature_of(function, None, "test")


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^test must be a callable, not int\.$"):
        signature_of(5, None, "test")  # type: ignore[arg-type]


# ---- functions with TypeScript


@pytest.mark.parametrize(
    ("function", "types", "message"),
    [
        (
            without_hints,
            "() => void",
            "types= lets JavaScript give 0 of 0 arguments, with which the function cannot be called",
        ),
        (without_hints, "(a: 1, b: 2, c: 3) => void", "types= lets JavaScript give 3 of 3 arguments, .* too many"),
        (only_by_name, "(a: 1) => void", "types= lets JavaScript give 1 of 1 arguments, .* missing .* 'limit'"),
        (
            asynchronous,
            "(a: number) => string",
            "the function is async, and its types= returns no promise. Write Promise<…>",
        ),
    ],
)
def test_types_that_do_not_go_with_the_function(function: Any, types: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^test: {message}"):
        signature_of(function, types, "test")


def test_built_in_function_takes_what_its_types_say() -> None:
    assert signature_of(max, "(a?: number, b?: number) => number", "test").text == "(a?: number, b?: number) => number"


def test_compiler_that_fails_is_told_of() -> None:
    with pytest.raises(ValueError, match=r"^test: the TypeScript compiler failed at types=: "):
        signature_of(max, f"(a: {'[' * 100_000}) => void", "test")


def test_function_that_is_not_async_may_be_said_to_return_a_promise() -> None:
    signature = signature_of(without_hints, "(a: number) => Promise<string>", "test")
    assert (signature.is_async, signature.text) == (True, "(a: number) => Promise<string>")


def test_undeclared_name_is_any() -> None:
    signature = signature_of(without_hints, "(id: number) => Promise<Unknown>", "test")
    assert signature.declarations == {"Unknown": "type Unknown = any"}


def test_undeclared_name_is_a_class_of_the_module() -> None:
    signature = signature_of(without_hints, "(options: Options) => void", "test")
    assert signature.declarations == {"Options": "interface Options {\n    limit: number\n    tags?: string[]\n}"}


def test_undeclared_name_is_a_class_of_the_hints() -> None:
    Local = msgspec.defstruct("Local", [("a", int)])

    def function(values): ...  # type: ignore[no-untyped-def]

    function.__annotations__["values"] = list[Local]
    signature = signature_of(function, "(values: Local[]) => void", "test")
    assert signature.convert(([{"a": 1}],)) == (([Local(1)],), {})


def test_undeclared_name_is_not_any_object_of_the_module() -> None:
    assert signature_of(without_hints, "(a: pytest, b: Account) => void", "test").declarations == {
        "pytest": "type pytest = any",
        "Account": "type Account = any",
    }


def test_declared_name_comes_before_a_class() -> None:
    signature = signature_of(without_hints, "interface Options { a: Color }\n(options: Options) => void", "test")
    assert signature.declarations == {
        "Options": "interface Options { a: Color }",
        "Color": 'type Color = "red" | "blue"',
    }
