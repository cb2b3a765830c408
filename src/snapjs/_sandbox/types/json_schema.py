"""Types as JSON Schema, draft 2020-12."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import msgspec

from . import nodes

Schema: TypeAlias = dict[str, Any]

_FIXED: Final[dict[type[nodes.Type], Schema]] = {
    nodes.Anything: {},
    nodes.Null: {"type": "null"},
    nodes.Undefined: {"type": "null"},
    nodes.Boolean: {"type": "boolean"},
    nodes.BigInteger: {"type": "integer"},
    nodes.Function: {"description": "a function"},
    nodes.Promise: {"description": "a promise"},
    nodes.Error: {"description": "an Error"},
    nodes.RegExp: {"description": "a regular expression"},
    nodes.Symbol: {"description": "a symbol"},
}
_BOUNDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_SIZES: Final = {
    "string": {"min_length": "minLength", "max_length": "maxLength"},
    "array": {"min_length": "minItems", "max_length": "maxItems"},
    "object": {"min_length": "minProperties", "max_length": "maxProperties"},
}


def with_definitions(schema: Schema, definitions: nodes.Definitions) -> Schema:
    """The schema with the definitions that it needs, directly or through others."""
    needed: dict[str, Schema] = {}
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in needed:
                needed[name] = schema_of(definitions[name])
                waiting.append(needed[name])
    return {**schema, "$defs": needed} if needed else schema


def schema_of(node: Any) -> Schema:
    """The schema of a type. Others are referred to as ``#/$defs/NAME``."""
    fixed = _FIXED.get(type(node))
    return dict(fixed) if fixed is not None else _WRITERS[type(node)](node)


def object_schema(fields: Iterable[tuple[str, Schema, bool]], strict: bool) -> Schema:
    """The schema of an object.

    :param fields: of each property its name, its schema, and whether it is required.
    :param strict: whether it may have no others.
    """
    listed = list(fields)
    schema: Schema = {
        "type": "object",
        "properties": {name: field for name, field, _ in listed},
        "required": [name for name, _, required in listed if required],
    }
    return {**schema, "additionalProperties": False} if strict else schema


def described(schema: Schema, doc: str) -> Schema:
    """The schema with a description, if there is one."""
    return {**schema, "description": doc} if doc else schema


def _references(schema: Any) -> Iterable[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix("#/$defs/")
        for member in schema.values():
            yield from _references(member)
    elif isinstance(schema, list):
        for member in schema:
            yield from _references(member)


def _with(schema: Schema, node: Any, keywords: dict[str, str]) -> Schema:
    given = {keyword: getattr(node, name) for name, keyword in keywords.items()}
    return {**schema, **{keyword: value for keyword, value in given.items() if value is not None}}


def _number(node: nodes.Number) -> Schema:
    return _with({"type": "integer" if node.kind == "integer" else "number"}, node, _BOUNDS)


def _string(node: nodes.String) -> Schema:
    return _with({"type": "string"}, node, {**_SIZES["string"], "pattern": "pattern"})


def _array(node: nodes.Array | nodes.Set) -> Schema:
    schema = {"type": "array", "items": schema_of(node.item)}
    return _with({**schema, "uniqueItems": True} if isinstance(node, nodes.Set) else schema, node, _SIZES["array"])


def _tuple(node: nodes.Tuple) -> Schema:
    least = len(node.items) if node.required is None else node.required
    schema: Schema = {"type": "array", "minItems": least, "maxItems": len(node.items)}
    return {**schema, "prefixItems": list(map(schema_of, node.items))} if node.items else schema


def _map(node: nodes.Map) -> Schema:
    pair = nodes.Tuple((node.key, node.value))
    return described({"type": "array", "items": schema_of(pair)}, "the entries of a Map")


def _record(node: nodes.Record) -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": schema_of(node.value)}
    if not isinstance(node.key, nodes.Anything | nodes.Number) and node.key != nodes.String():
        schema["propertyNames"] = schema_of(node.key)
    return _with(schema, node, _SIZES["object"])


def _object(node: nodes.Object | nodes.Class) -> Schema:
    fields = ((field.name, described(schema_of(field.type), field.doc), field.required) for field in node.fields)
    return object_schema(fields, node.strict)


_WRITERS: Final[dict[type[nodes.Type], Callable[[Any], Schema]]] = {
    nodes.Number: _number,
    nodes.String: _string,
    nodes.Bytes: lambda node: {"type": "string", "contentEncoding": "base64"},
    nodes.Date: lambda node: {"type": "string", "format": "date" if node.only_day else "date-time"},
    nodes.Text: lambda node: msgspec.json.schema(node.cls),
    nodes.Literal: lambda node: {"enum": list(node.values)},
    nodes.Enum: lambda node: {"enum": [member.value for member in node.members()]},
    nodes.Foreign: lambda node: {"description": f"an object of the class {node.cls.__name__}, from the host"},
    nodes.Array: _array,
    nodes.Set: _array,
    nodes.Tuple: _tuple,
    nodes.Map: _map,
    nodes.Record: _record,
    nodes.Object: _object,
    nodes.Class: _object,
    nodes.Union: lambda node: {"anyOf": list(map(schema_of, node.members))},
    nodes.Reference: lambda node: {"$ref": f"#/$defs/{node.name}"},
}
