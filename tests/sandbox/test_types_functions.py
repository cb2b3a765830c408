"""Functions as types of capabilities: parameters, documentation, agreement with TypeScript."""

from __future__ import annotations

import asyncio
import enum
import functools
from collections.abc import Awaitable, Coroutine
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

import msgspec
import pytest

from snapjs._sandbox.signatures import signature_of


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Options(TypedDict):
    limit: int
    tags: NotRequired[list[str]]


class Account:
    pass


def text_of(function: Any) -> str:
    return signature_of(function, None, "test").text


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
