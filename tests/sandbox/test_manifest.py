"""What a sandbox tells of its capabilities, as data and as text."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple

import msgspec
import pytest
from capabilities import capability, takes_anything

from snapjs._sandbox.manifest import describe, manifest
from snapjs.values import JSMap


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class User(msgspec.Struct, forbid_unknown_fields=True):
    id: int
    friends: list[User] = []


@dataclasses.dataclass
class Query:
    text: Annotated[str, msgspec.Meta(min_length=1, description="What to look for.")]
    color: Color = Color.RED


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Account:
    pass


async def find(query: Query, *tags: str, limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10) -> User | None:
    """Finds a user.

    The best one.
    """


def find_by_id(id, options=None):  # type: ignore[no-untyped-def]
    pass


def test_entry_of_a_function_with_hints() -> None:
    entry = {
        "name": "db.find",
        "doc": "Finds a user.\n\nThe best one.",
        "types": "interface Query {\n    /** What to look for. */\n    text: string\n    color?: Color\n}\n"
        'type Color = "red" | "blue"\n'
        "interface User {\n    id: number\n    friends?: User[]\n}\n"
        "(query: Query, ...tags: string[]) => Promise<User | null>",
        "parameters": {
            "type": "object",
            "properties": {
                "query": {"$ref": "#/$defs/Query"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["query"],
            "additionalProperties": False,
            "$defs": {
                "Query": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "minLength": 1, "description": "What to look for."},
                        "color": {"$ref": "#/$defs/Color"},
                    },
                    "required": ["text"],
                },
                "Color": {"enum": ["red", "blue"]},
            },
        },
        "returns": {
            "anyOf": [{"$ref": "#/$defs/User"}, {"type": "null"}],
            "$defs": {
                "User": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "integer"},
                        "friends": {"type": "array", "items": {"$ref": "#/$defs/User"}},
                    },
                    "required": ["id"],
                    "additionalProperties": False,
                }
            },
        },
        "is_async": True,
        "limits": {"max_calls": 5, "rate": 2.5},
    }
    assert manifest([capability("db.find", find, max_calls=5, rate=2.5, timeout=None)]) == [entry]


def test_entry_of_a_function_with_typescript() -> None:
    types = "(id: number, options?: { limit: number; tags: string[] }) => Promise<User>"
    (entry,) = manifest([capability("db.users.find", find_by_id, types)])
    assert entry == {
        "name": "db.users.find",
        "doc": "",
        "types": "interface User {\n    id: number\n    friends?: User[]\n}\n" + types,
        "parameters": {
            "type": "object",
            "properties": {
                "id": {"type": "number"},
                "options": {
                    "type": "object",
                    "properties": {"limit": {"type": "number"}, "tags": {"type": "array", "items": {"type": "string"}}},
                    "required": ["limit", "tags"],
                },
            },
            "required": ["id"],
            "additionalProperties": False,
        },
        "returns": {"$ref": "#/$defs/User", "$defs": entry["returns"]["$defs"]},
        "is_async": True,
        "limits": {},
    }


def test_manifest_is_json() -> None:
    entries = manifest([capability("db.find", find, max_calls=5), capability("x", takes_anything)])
    assert msgspec.json.decode(msgspec.json.encode(entries)) == entries


def schema_of(hint: Any) -> dict[str, Any]:
    def function(): ...  # type: ignore[no-untyped-def]

    function.__annotations__["return"] = hint
    schema: dict[str, Any] = manifest([capability("f", function)])[0]["returns"]
    return schema


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (Any, {}),
        (bool, {"type": "boolean"}),
        (float, {"type": "number"}),
        (Annotated[float, msgspec.Meta(gt=0, lt=1)], {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        (Annotated[int, msgspec.Meta(multiple_of=5)], {"type": "integer", "multipleOf": 5}),
        (Annotated[str, msgspec.Meta(pattern="^a")], {"type": "string", "pattern": "^a"}),
        (bytes, {"type": "string", "contentEncoding": "base64"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (date, {"type": "string", "format": "date"}),
        (uuid.UUID, {"type": "string", "format": "uuid"}),
        (
            Annotated[list[int], msgspec.Meta(max_length=3)],
            {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
        ),
        (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (
            tuple[int, str],
            {"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": [{"type": "integer"}, {"type": "string"}]},
        ),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (
            dict[Color, int],
            {
                "type": "object",
                "additionalProperties": {"type": "integer"},
                "propertyNames": {"$ref": "#/$defs/Color"},
                "$defs": {"Color": {"enum": ["red", "blue"]}},
            },
        ),
        (
            JSMap[str, int],  # type: ignore[misc]
            {
                "type": "array",
                "items": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "prefixItems": [{"type": "string"}, {"type": "integer"}],
                },
                "description": "the entries of a Map",
            },
        ),
        (
            Point,
            {
                "$ref": "#/$defs/Point",
                "$defs": {
                    "Point": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 2,
                        "prefixItems": [{"type": "number"}, {"type": "number"}],
                    }
                },
            },
        ),
        (
            Account,
            {
                "$ref": "#/$defs/Account",
                "$defs": {"Account": {"description": "an object of the class Account, from the host"}},
            },
        ),
    ],
)
def test_schema(hint: Any, schema: dict[str, Any]) -> None:
    assert schema_of(hint) == schema


def test_description() -> None:
    capabilities = [
        capability("db.find", find, max_calls=1, max_concurrent=2, rate=2.5, timeout=0.5, max_result=1000),
        capability("odd-name.now", takes_anything, "() => Date"),
    ]
    assert describe(capabilities) == (
        "These functions of the host can be called. Await those that return a promise.\n"
        "\n"
        "host.db.find: (query: Query, ...tags: string[]) => Promise<User | null>\n"
        "    Finds a user.\n"
        "\n"
        "    The best one.\n"
        "    At most: 1 call an eval, 2 at a time, 2.5 a second, 0.5 s each, results of 1000 bytes.\n"
        "\n"
        'host["odd-name"].now: () => Date\n'
        "\n"
        "Types:\n"
        "\n"
        "interface Query {\n    /** What to look for. */\n    text: string\n    color?: Color\n}\n"
        "\n"
        'type Color = "red" | "blue"\n'
        "\n"
        "interface User {\n    id: number\n    friends?: User[]\n}\n"
    )


def test_description_numbers_types_of_one_name() -> None:
    capabilities = [
        capability("a", takes_anything, "type Id = number\n(id: Id) => void"),
        capability("b", takes_anything, "type Id = string\n(id: Id) => void"),
    ]
    assert describe(capabilities) == (
        "These functions of the host can be called. Await those that return a promise.\n\n"
        "host.a: (id: Id) => void\n\n"
        "host.b: (id: Id2) => void\n\n"
        "Types:\n\n"
        "type Id = number\n\n"
        "type Id2 = string\n"
    )


def test_description_of_nothing() -> None:
    assert describe([]) == "There are no capabilities.\n"
