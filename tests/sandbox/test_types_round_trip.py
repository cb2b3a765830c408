"""Any type, written as TypeScript, is read as the same type; and takes any of its values."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snapjs._sandbox.types import nodes
from snapjs._sandbox.types.conversion import Converters
from snapjs._sandbox.types.json_schema import schema_of
from snapjs._sandbox.types.mismatch import Mismatch
from snapjs._sandbox.types.parsing import ParsedSignature
from snapjs._sandbox.types.typescript_text import type_text
from snapjs._tools.tools import tool
from snapjs.values import BigInt, JSMap, Symbol, undefined

pytestmark = pytest.mark.slow

SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=5)
names = texts | st.sampled_from(["__proto__", "constructor", "class", "a-b", "0", ""])
literals = texts | st.booleans() | st.integers(-(1 << 53), 1 << 53) | st.floats(-1e6, 1e6, width=32)
scalars = st.sampled_from(
    [
        nodes.Boolean(),
        nodes.Number(),
        nodes.BigInteger(),
        nodes.String(),
        nodes.Bytes(),
        nodes.Date(),
        nodes.Null(),
    ]
) | literals.map(lambda value: nodes.Literal((value,)))


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = st.builds(nodes.Field, names, inner, st.booleans())
    return st.one_of(
        inner.map(nodes.Array),
        st.lists(inner, max_size=3).map(lambda items: nodes.Tuple(tuple(items))),
        inner.map(lambda value: nodes.Record(nodes.String(), value)),
        inner.map(lambda value: nodes.Map(nodes.String(), value)),
        inner.map(nodes.Set),
        st.lists(fields, max_size=3, unique_by=lambda field: field.name).map(lambda found: nodes.Object(tuple(found))),
        st.lists(
            inner.filter(lambda node: not isinstance(node, nodes.Union)), min_size=2, max_size=3, unique_by=type_text
        ).map(lambda members: nodes.Union(tuple(members))),
    )


types = st.recursive(scalars, containers, max_leaves=8)


@SETTINGS
@given(types)
def test_type_is_read_as_it_was_written(node: nodes.AnyType) -> None:
    answer = tool("typescript").call("signature", f"(value: {type_text(node)}) => void")
    assert msgspec.convert(answer, ParsedSignature).parameters[0].type == node


def values_of(node: Any) -> st.SearchStrategy[Any]:
    """Values of a type, as they come from JavaScript."""
    match node:
        case nodes.Boolean():
            return st.booleans()
        case nodes.Number():
            return st.integers(-(1 << 53), 1 << 53) | st.floats(allow_nan=False)
        case nodes.BigInteger():
            return st.integers().map(BigInt)
        case nodes.String():
            return texts
        case nodes.Bytes():
            return st.binary(max_size=5)
        case nodes.Date():
            return st.datetimes()
        case nodes.Null():
            return st.none()
        case nodes.Literal():
            return st.sampled_from(node.values)
        case nodes.Array() | nodes.Set():
            return st.lists(values_of(node.item), max_size=3)
        case nodes.Tuple():
            return st.tuples(*map(values_of, node.items)).map(list)
        case nodes.Record():
            return st.dictionaries(names, values_of(node.value), max_size=3)
        case nodes.Map():
            return st.dictionaries(texts, values_of(node.value), max_size=3).map(JSMap)
        case nodes.Object():
            fields = {field.name: values_of(field.type) for field in node.fields if field.required}
            optional = {field.name: values_of(field.type) for field in node.fields if not field.required}
            return st.fixed_dictionaries(fields, optional=optional)
    return st.one_of(*map(values_of, node.members))


@SETTINGS
@given(st.data())
def test_type_takes_its_values(data: st.DataObject) -> None:
    node = data.draw(types)
    value = data.draw(values_of(node))
    Converters({}).of(node)(value, {})


@SETTINGS
@given(st.data())
def test_value_of_another_type_is_taken_or_refused(data: st.DataObject) -> None:
    node = data.draw(types)
    value = data.draw(types.flatmap(values_of) | st.sampled_from([undefined, math.nan, Symbol("a"), print]))
    try:
        Converters({}).of(node)(value, {})
    except Mismatch as mismatch:
        assert mismatch.message.startswith("must ")


@SETTINGS
@given(types)
def test_type_has_a_schema_that_is_json(node: nodes.AnyType) -> None:
    schema = schema_of(node)
    assert msgspec.json.decode(msgspec.json.encode(schema)) == schema
