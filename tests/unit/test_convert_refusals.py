"""What the codec refuses, and what it makes of a type."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import struct
import sys
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from fake_bridge import Pair
from hypothesis import given
from hypothesis import strategies as st

from snapjs.errors import ConversionError, GuestTrapped, SnapjsError
from snapjs.values import BigInt, JSMap


@pytest.fixture
def pair() -> Pair:
    return Pair()


@dataclasses.dataclass
class Point:
    x: int
    y: Any


# ---- refusals ----


class Opaque:
    pass


REFUSED: list[tuple[Any, str, str]] = [
    ({"items": [1, {"when": Opaque()}]}, "$.items[1].when", "Opaque"),
    ({"a b": Opaque()}, "$['a b']", "Opaque"),
    (Decimal("1.5"), "$", r"str\(value\)"),
    ([uuid.UUID(int=0)], "$[0]", r"str\(value\)"),
    ([timedelta(1)], "$[0]", "total_seconds"),
    ((i for i in range(3)), "$", r"list\(value\)"),
    ({}.keys(), "$", r"list\(value\)"),
    ({"a": {(1, 2): 3}}, "$.a", r"key \(1, 2\)"),
    ({"a": {"x": 1, None: 3}}, "$.a", "key None"),
    ({True: 1}, "$", "key True"),
    ({1.5: 1}, "$", "key 1.5"),
    (JSMap({"k": Opaque()}), "$<value 0>", "Opaque"),
    (JSMap({Opaque(): 1}), "$<key 0>", "Opaque"),
    ({Opaque()}, "$<member 0>", "Opaque"),
    (Point(1, [Opaque()]), "$.y[0]", "Opaque"),
    (datetime.min, "$", "years 1 to 9999"),
    (np.array(["2020-01-01"], "datetime64[D]"), "$", r"value\.tolist\(\)"),
]


@pytest.mark.parametrize(("value", "path", "text"), REFUSED, ids=[path for _, path, _ in REFUSED])
def test_a_refusal_names_the_path_and_a_remedy(pair: Pair, value: Any, path: str, text: str) -> None:
    with pytest.raises(ConversionError, match=text) as caught:
        pair.encode(value)
    assert caught.value.path == path
    assert str(caught.value).endswith(".")


def test_the_path_within_arguments(pair: Pair) -> None:
    with pytest.raises(ConversionError) as caught:
        pair.codec.encode_arguments((1, {"a": Opaque()}))
    assert caught.value.path == "$[1].a"


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def nested_maps(depth: int) -> JSMap:
    value = JSMap()
    for _ in range(depth - 1):
        value = JSMap({1: value})
    return value


@pytest.mark.parametrize("make", [nested, nested_maps])
def test_the_depth_is_bounded(pair: Pair, make: Any) -> None:
    pair.encode(make(512))
    pair.codec.encode_arguments((make(512),))
    for depth in (513, 5000):
        with pytest.raises(ConversionError, match="512"):
            pair.encode(make(depth))


def test_a_deep_stack_is_no_hindrance_to_encoding(pair: Pair) -> None:
    value = nested(400)
    assert at_depth(sys.getrecursionlimit() - 200, lambda: pair.encode(value)) == b"\x91" * 399 + b"\x90"


def test_no_recursion_error_escapes(pair: Pair) -> None:
    message = b"\x91" * 400 + b"\xc0"
    with contextlib.suppress(ConversionError):  # newer Pythons count the frames of C code apart
        at_depth(sys.getrecursionlimit() - 200, lambda: pair.codec.decode(message))
    with pytest.raises(SnapjsError):
        pair.codec.decode(b"\x91" * 1_000_000 + b"\xc0")


def at_depth(depth: int, action: Any) -> Any:
    """What the action returns when called below that many frames."""
    frame, used = sys._getframe(), 0
    while frame is not None:
        frame, used = frame.f_back, used + 1  # type: ignore[assignment]

    def down(left: int) -> Any:
        return action() if left <= 0 else down(left - 1)

    return down(depth - used)


# ---- messages that our C never writes ----

MALFORMED = [
    "", "91", "0101", "a1ff", "c1", "d47f00", "d4ff00", "d50201", "d40a00", "d70400", "d40d00", "d60e00000000",
    "d5060c00", "d506ff00", "d5060300", "c70006", "c70201c328", "d40505", "d5059101", "d4070100", "d407c0", "d5079101",
    "d408c0", "d40990", "c70b099a" + "c0" * 10, "dfffffffff", "d505" + "92", "c7040592d4ff00",
    "d40400", "c7060592d40200a167",
]  # fmt: skip


@pytest.mark.parametrize("has_references", [False, True])
@pytest.mark.parametrize("message", MALFORMED)
def test_a_malformed_message(pair: Pair, message: str, has_references: bool) -> None:
    with pytest.raises(GuestTrapped, match="malformed") as caught:
        pair.decode(message, has_references)
    assert pair.bridge.reasons == [caught.value.reason]


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_a_value_or_a_typed_error(data: bytes, has_references: bool) -> None:
    pair = Pair()
    pair.bridge.functions.append(len)
    with contextlib.suppress(SnapjsError, IndexError):  # IndexError: the fake bridge has not lent such a function
        pair.codec.decode(data, has_references)


@pytest.mark.parametrize("milliseconds", [math.nan, math.inf, 8.64e15, -8.64e15])
def test_a_date_that_python_does_not_have(pair: Pair, milliseconds: float) -> None:
    with pytest.raises(ConversionError, match="getTime"):
        pair.decode(b"\xd7\x04" + struct.pack("<d", milliseconds))


# ---- types ----


class User(msgspec.Struct):
    name: str
    age: int = 0


def test_a_type_validates_and_converts(pair: Pair) -> None:
    message = pair.encode([{"name": "a", "age": 5}])
    assert pair.decode(message, type=list[User]) == [User("a", 5)]
    assert pair.decode(message, True, type=list[User]) == [User("a", 5)]
    assert pair.decode(pair.encode({"1": 2.0}), type=dict[int, float]) == {1: 2.0}
    assert pair.decode(pair.encode([1, 2]), type=tuple[int, ...]) == (1, 2)
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    assert pair.decode(pair.encode({"a": moment}), type=dict[str, datetime]) == {"a": moment}
    assert pair.decode(pair.encode({1, 2}), type=set[int]) == {1, 2}
    assert pair.decode(pair.encode(BigInt(2**70)), type=int) == 2**70
    assert pair.decode(pair.encode(JSMap({1: "a"})), type=dict[int, str]) == {1: "a"}


def test_undefined_is_none_to_a_type(pair: Pair) -> None:
    assert pair.decode("d40000", type=int | None) is None
    assert pair.decode("91d40000", True, type=list[int | None]) == [None]


def test_a_text_does_not_become_bytes(pair: Pair) -> None:
    with pytest.raises(ConversionError):
        pair.decode(pair.encode("aGk="), type=bytes)
    assert pair.decode(pair.encode(b"hi"), type=bytes) == b"hi"


@pytest.mark.parametrize("has_references", [False, True])
def test_a_value_that_does_not_fit_its_type(pair: Pair, has_references: bool) -> None:
    with pytest.raises(ConversionError, match="Expected `str`, got `int`") as caught:
        pair.decode(pair.encode([{"name": 1}]), has_references, type=list[User])
    assert caught.value.path == "$[0].name"
    with pytest.raises(ConversionError) as caught:
        pair.decode("05", has_references, type=str)
    assert caught.value.path == "$"
