"""Arguments that are made to do harm: what they cost, and what a refusal tells."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from capabilities import takes_anything

from snapjs._sandbox.signatures import signature_of
from snapjs._sandbox.types.signature import Refused

TREE = "interface Tree { left?: Tree; right?: Tree }\n(tree: Tree) => void"
JSON = "type Json = string | Json[] | { [key: string]: Json }\n(value: Json) => void"


def convert(types: str, *arguments: Any) -> tuple[Any, ...]:
    return signature_of(takes_anything, types, "test").convert(arguments)[0]


def refusal(types: str, *arguments: Any) -> str:
    with pytest.raises(Refused) as info:
        convert(types, *arguments)
    return str(info.value)


def test_object_that_holds_itself() -> None:
    tree: dict[str, Any] = {}
    tree["left"] = {"right": tree}
    assert refusal(TREE, tree) == "tree.left.right must not contain itself"


def test_array_that_holds_itself_where_there_is_a_union() -> None:
    value: list[Any] = []
    value.append(value)
    assert refusal(JSON, value) == "value[0] must not contain itself"


def test_few_objects_that_stand_for_more_than_there_is_time_for() -> None:
    tree: dict[str, Any] = {}
    for _ in range(100):
        tree = {"left": tree, "right": tree}
    (converted,) = convert(TREE, tree)
    assert converted["left"] is converted["right"]


def test_few_objects_with_a_fault_that_stand_for_more_than_there_is_time_for() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value, {"a": value}]
    assert refusal(JSON, value).startswith("value[0][0][0][0]")


def test_few_objects_that_many_types_are_tried_for() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value, value]
    types = "type T = T[] | [T, T] | string\n(value: T) => void"
    assert refusal(types, value) == "value must be of the type T[] | [T, T] | string"


def test_object_that_nests_too_deep() -> None:
    tree: dict[str, Any] = {}
    for _ in range(10_000):
        tree = {"left": tree}
    assert refusal(TREE, tree) == "tree nests too deep"


def test_any_depth_is_fine_where_the_type_does_not_look() -> None:
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]
    assert convert("(value: any[]) => void", value)[0][0] is value[0]


def test_name_of_a_property_is_told_in_part() -> None:
    message = refusal("(value: Record<string, number>) => void", {"x" * 1_000_000: "y"})
    assert message == f'value["{"x" * 60}…"] must be a number, not a string'


def test_path_is_told_in_part() -> None:
    value: Any = 1
    for _ in range(50):
        value = {"a name": value}
    assert len(refusal(JSON, value)) < 400


def test_name_of_a_property_is_no_line_of_its_own() -> None:
    assert refusal("(value: Record<string, number>) => void", {"a\nError: b\u2028": "y"}) == (
        'value["a\\nError: b\\u2028"] must be a number, not a string'
    )


@pytest.mark.parametrize("types", ["(key: number) => void", "(key: 'a' | 'b') => void", "(key: { a: string }) => void"])
def test_refusal_does_not_tell_the_value(types: str) -> None:
    assert "secret" not in refusal(types, "secret")


@dataclasses.dataclass
class Named:
    name: str

    def __post_init__(self) -> None:
        raise ValueError(f"no {self.name}")


def test_what_a_class_says_of_its_values_is_told_in_part() -> None:
    def function(named: Named) -> None: ...

    with pytest.raises(Refused) as info:
        signature_of(function, None, "test").convert(({"name": "x" * 1_000_000},))
    assert str(info.value) == f"named is refused: no {'x' * 197}"


class Secretive:
    def __repr__(self) -> str:
        raise AssertionError

    __str__ = __eq__ = __hash__ = __len__ = __repr__  # type: ignore[assignment]


@pytest.mark.parametrize("text", ["string", "1 | 'a'", "{ a: 1 }", "string[]", "Set<string>", "Map<string, 1>", "Date"])
def test_object_of_the_host_is_not_asked_anything(text: str) -> None:
    assert refusal(f"(value: {text}) => void", Secretive()).endswith(", not an object of the host")


def test_object_of_the_host_in_the_place_of_a_tag_is_not_asked_anything() -> None:
    types = "(shape: { kind: 'a'; x: 1 } | { kind: 'b'; y: 1 }) => void"
    assert refusal(types, {"kind": Secretive()}) == 'shape.kind must be "a" or "b"'


def test_literals_are_told_as_long_as_they_are_few() -> None:
    text = " | ".join(f"'{number}'" for number in range(10))
    assert (
        refusal(f"(value: {text}) => void", "x") == 'value must be "0", "1", "2", "3", "4", "5", "6" or one of 3 others'
    )
