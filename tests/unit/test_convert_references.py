"""Shared containers and cycles, both ways."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
import pytest
from fake_bridge import Pair
from hypothesis import given
from hypothesis import strategies as st

from snapjs._codec.error_fields import ErrorFields
from snapjs.errors import ConversionError, GuestTrapped, JSError
from snapjs.values import JSMap


@pytest.fixture
def pair() -> Pair:
    return Pair()


def reference(number: int) -> str:
    return "d60e" + number.to_bytes(4, "little").hex()


# ---- towards JavaScript ----


def test_a_list_in_itself(pair: Pair) -> None:
    value: list[Any] = [1]
    value.append(value)
    assert pair.encode(value).hex() == "9201" + reference(0)


def test_containers_are_numbered_before_their_members(pair: Pair) -> None:
    last: dict[str, Any] = {}
    value = [[], {"a": JSMap({"k": {1}})}, last, last]  # 0: [1, 2: {3: Map{4: Set}}, 5, 5]
    map_of_set = "c9" + "0000000b" + "07" + "92a16b" + "c900000002089101"
    assert pair.encode(value).hex() == "94" + "90" + "81a161" + map_of_set + "80" + reference(5)


def test_arguments_are_container_0_and_no_value(pair: Pair) -> None:
    inner: list[Any] = []
    values = (inner, inner)
    assert pair.codec.encode_arguments(values).hex() == "9290" + reference(1)
    inner.append(values)
    assert pair.codec.encode_arguments(values).hex() == "92" + "91" + "92" + reference(1) * 2 + reference(1)


def test_a_tuple_is_shared_but_not_the_empty_one(pair: Pair) -> None:
    value = (1, 2)
    assert pair.encode([value, value]).hex() == "92920102" + reference(1)
    assert pair.encode([(), ()]).hex() == "929090"


def test_objects_made_while_encoding_share_nothing(pair: Pair) -> None:
    class Fresh(dict[str, Any]):
        def items(self) -> Any:
            return [(str(i), [i]) for i in range(5)]

    assert pair.encode(Fresh()).hex() == "85" + "".join(f"a13{i}910{i}" for i in range(5))


def test_exceptions_are_containers(pair: Pair) -> None:
    error = ValueError("a")
    payload = "94ce00000000" + "aa" + b"ValueError".hex() + "a161" + "d41000"
    assert pair.encode([error, error]).hex() == "92" + f"c9{len(payload) // 2:08x}09{payload}" + reference(1)


def test_causes_in_a_circle(pair: Pair) -> None:
    error = ValueError("a")
    error.__cause__ = error
    assert pair.encode(error).endswith(bytes.fromhex(reference(0)))


def test_a_graph_that_doubles_at_each_level_stays_small(pair: Pair) -> None:
    value: tuple[Any, ...] = (1,)
    for _ in range(100):
        value = (value, value)
    assert len(pair.encode(value)) < 1000


# ---- towards Python ----


def test_a_cycle_through_each_container(pair: Pair) -> None:
    value = pair.decode("91" + reference(0), True)
    assert value[0] is value
    value = pair.decode("81a161" + reference(0), True)
    assert value["a"] is value
    value = pair.decode("c70807" + "9205" + reference(0), True)
    assert type(value) is JSMap
    assert value[5] is value


def test_a_map_with_itself_as_key_is_a_list_of_pairs(pair: Pair) -> None:
    value = pair.decode("c70807" + "92" + reference(0) + "05", True)
    assert type(value) is list
    assert value[0][0] is value
    assert value[0][1] == 5


def test_a_set_that_holds_itself_is_a_list(pair: Pair) -> None:
    value = pair.decode("c70708" + "91" + reference(0), True)
    assert type(value) is list
    assert value[0] is value


def test_shared_containers_are_the_same_object(pair: Pair) -> None:
    value = pair.decode("94" + "90" + "81a16190" + reference(3) + reference(2), True)
    assert value == [[], {"a": []}, [], {"a": []}]
    assert value[2] is value[1]["a"]
    assert value[3] is value[1]


def test_members_of_a_map_are_numbered_in_order(pair: Pair) -> None:
    payload = "94" + "90" + "81a16190" + "01" + reference(3)  # keys: [] is 1, so the Map is a list of pairs
    value = pair.decode(f"c7{len(payload) // 2:02x}07{payload}", True)
    assert value == [([], {"a": []}), (1, [])]
    assert value[1][1] is value[0][1]["a"]


def error_payload(*fields: Any) -> bytes:
    """Ten fields; ... is EMPTY, and a number in a list a reference."""
    return msgspec.msgpack.encode([extension(16, b"\0") if field is ... else field for field in fields])


def extension(code: int, payload: bytes) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(code, payload)


def to(number: int) -> msgspec.msgpack.Ext:
    return extension(14, number.to_bytes(4, "little"))


def test_an_error_that_holds_itself(pair: Pair) -> None:
    payload = error_payload(7, True, "Error", "x", ..., ..., to(0), [to(0)], {"self": to(0)}, ...)
    error = pair.decode(msgspec.msgpack.encode(extension(9, payload)), True)
    assert isinstance(error, JSError)
    assert error.cause is error
    assert error.__cause__ is error
    assert error.errors[0] is error
    assert error.properties["self"] is error


def test_fields_of_an_error_are_numbered(pair: Pair) -> None:
    # 0 the array, 1 the Error, 2 its errors, 3 its properties, 4 the list in them
    payload = error_payload(7, True, "Error", "x", ..., ..., ..., [], {"a": []}, ...)
    value = pair.decode(msgspec.msgpack.encode([extension(9, payload), to(2), to(3), to(4), to(1)]), True)
    error = value[0]
    assert value[1] is error.errors
    assert value[2] is error.properties
    assert value[3] is error.properties["a"]
    assert value[4] is error


def test_a_thrown_error_that_holds_itself(pair: Pair) -> None:
    payload = error_payload(7, True, "Error", "x", "stack", ..., to(0), ..., {"list": [to(0), to(2)]}, ...)
    made = []

    def make(fields: ErrorFields) -> JSError:
        made.append(fields.handle)
        return JSError(fields.name, fields.message)

    error = pair.codec.decode_exception(payload, make)
    assert made == [7]
    assert isinstance(error, JSError)
    assert error.cause is error
    members = error.properties["list"]
    assert members[0] is error
    assert members[1] is members
    fields = pair.codec.decode_error(payload)
    assert isinstance(fields.cause, JSError)
    assert fields.cause.cause is fields.cause


def test_an_exception_of_python_keeps_its_own_attributes(pair: Pair) -> None:
    error = KeyError("k")
    pair.bridge.exceptions.append(error)
    payload = error_payload(7, True, "KeyError", "k", ..., 0, "why", ..., {"a": 1}, ...)
    assert pair.decode(msgspec.msgpack.encode(extension(9, payload)), True) is error
    assert error.__cause__ is None


@pytest.mark.parametrize("message", ["91" + reference(1), reference(0), "91d50e0000", "91d40000" + reference(0)])
def test_a_reference_to_nothing_is_malformed(pair: Pair, message: str) -> None:
    with pytest.raises(GuestTrapped):
        pair.decode(message, True)


def test_a_reference_that_was_not_announced_is_malformed(pair: Pair) -> None:
    with pytest.raises(GuestTrapped):
        pair.decode("91" + reference(0), False)


def test_deep_maps(pair: Pair) -> None:
    value: Any = 1
    for _ in range(512):
        value = JSMap({1: value})
    message = pair.encode(value)
    decoded = pair.decode(message, True)
    depth = 0
    while isinstance(decoded, JSMap):
        decoded, depth = decoded[1], depth + 1
    assert (decoded, depth) == (1, 512)
    with contextlib.suppress(ConversionError):  # Python's stack may be too small for it without references
        pair.decode(message, False)


# ---- there and back ----


@st.composite
def graphs(draw: st.DrawFn) -> Any:
    """A container in which containers are shared and in circles."""
    kinds = draw(st.lists(st.sampled_from([list, dict, JSMap]), min_size=1, max_size=6))
    nodes: list[Any] = [kind() for kind in kinds]
    for node in nodes:
        for index in range(draw(st.integers(0, 3))):
            member = draw(st.integers() | st.sampled_from(nodes))
            if isinstance(node, list):
                node.append(member)
            else:
                node[str(index)] = member
    return nodes[0]


def shape(value: Any, met: dict[int, int]) -> Any:
    """The value with each container named by its number, and its members only where it is first met."""
    if not isinstance(value, list | dict):
        return value
    if id(value) in met:
        return ("again", met[id(value)])
    met[id(value)] = len(met)
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return type(value), [(key, shape(member, met)) for key, member in members]


@pytest.mark.slow
@given(graphs())
def test_a_graph_returns_with_its_shape(value: Any) -> None:
    pair = Pair()
    assert shape(pair.decode(pair.encode(value), True), {}) == shape(value, {})
