"""Arguments held against types: what arrives in Python, and what a refusal says."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
from capabilities import takes_anything

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
