"""The codec: which bytes stand for which value, and what is refused."""

from __future__ import annotations

import array
import dataclasses
import enum
import gc
import math
import weakref
from collections import OrderedDict, namedtuple
from collections.abc import Awaitable, Generator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from fake_bridge import FakeBridge, FakeHandle, Pair

from snapjs._codec.codec import Codec
from snapjs.errors import ConversionError, JSError, WrongVMError
from snapjs.grant import Grant
from snapjs.values import BigInt, JSMap, RegExp, Symbol, undefined


@pytest.fixture
def pair() -> Pair:
    return Pair()


class Color(enum.Enum):
    RED = "red"
    NESTED = (1, 2)


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    pass


class Number(int):
    def __int__(self) -> int:
        return 99


@dataclasses.dataclass
class Point:
    x: int
    y: Any


class Record(msgspec.Struct, rename="camel", tag="record"):
    first_name: str
    left_out: int | msgspec.UnsetType = msgspec.UNSET


Named = namedtuple("Named", "a b")

# value, message in hexadecimal
SYMMETRIC = [
    (None, "c0"),
    (True, "c3"),
    (5, "05"),
    (-1, "ff"),
    (2**53 - 1, "cf001fffffffffffff"),
    (1.5, "cb3ff8000000000000"),
    ("é", "a2c3a9"),
    (b"ab", "c4026162"),
    ([1, "a"], "9201a161"),
    ({"a": [None]}, "81a16191c0"),
    (undefined, "d40000"),
    ([undefined], "91d40000"),
    ("\ud800", "c70301eda080"),
    ({"\ud800": 1}, "81c70301eda08001"),
    (BigInt(5), "d40205"),
    (BigInt(-1), "d402ff"),
    (BigInt(128), "d5028000"),
    (Symbol("k"), "d4036b"),
    (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "d7040000000000408f40"),
    (RegExp("a+", "gi"), "c9000000070592a2612ba26769"),
    (RegExp("\ud800", "g"), "c9000000090592c70301eda080a167"),
    (JSMap({1: "a"}), "c900000004079201a161"),
    ({1}, "c900000002089101"),
]


@pytest.mark.parametrize(("value", "message"), SYMMETRIC, ids=repr)
def test_the_message_of_a_value(pair: Pair, value: Any, message: str) -> None:
    assert pair.encode(value).hex() == message
    decoded = pair.decode(message)
    assert decoded == value
    assert type(decoded) is type(value)
    assert pair.decode(message, has_references=True) == value


ONE_WAY = [
    ((1, 2), "920102"),
    ((), "90"),
    (range(3), "93000102"),
    (Named(1, 2), "920102"),
    (2**64 - 1, "cfffffffffffffffff"),
    (-(2**63), "d38000000000000000"),
    (2**64, "c70902000000000000000001"),
    (bytearray(b"ab"), "c4026162"),
    pytest.param(memoryview(b"abcd")[::2], "c4026163", id="memoryview(b'abcd')[::2]"),
    (frozenset({1}), "c900000002089101"),
    ("\ud83d\ude00", "a4f09f9880"),
    ({"\ud83d\ude00": 1}, "81a4f09f988001"),
    ("\ud83d\ude00\ud800", "c70701f09f9880eda080"),
    ({1: 2}, "81a13102"),
    ({-1: {}}, "81a22d3180"),
    ({Level.HIGH: 1}, "81a13301"),
    (Text("a"), "a161"),
    ({Text("a"): 1}, "81a16101"),
    (Number(5), "05"),
    (Color.RED, "a3726564"),
    (Color.NESTED, "920102"),
    (Level.HIGH, "03"),
    (OrderedDict(a=1), "81a16101"),
    (Point(1, undefined), "82a17801a179d40000"),
    (Record("x"), "82a474797065a67265636f7264a966697273744e616d65a178"),
    (date(1970, 1, 2), "d7040000000070999441"),
    (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "d7040000000000000000"),
    (datetime(1970, 1, 1, 0, 0, 0, 500, tzinfo=UTC), "d704000000000000e03f"),
]


@pytest.mark.parametrize(("value", "message"), ONE_WAY, ids=repr)
def test_the_message_of_a_value_that_returns_as_another(pair: Pair, value: Any, message: str) -> None:
    assert pair.encode(value).hex() == message


def test_a_naive_datetime_is_local_time(pair: Pair) -> None:
    naive = datetime(2024, 7, 1, 12)
    assert pair.decode(pair.encode(naive)) == naive.astimezone()


@pytest.mark.parametrize(("form", "kind"), list(zip("bhHiIqQfd", (1, 3, 4, 5, 6, 7, 8, 10, 11), strict=True)))
def test_typed_arrays(pair: Pair, form: str, kind: int) -> None:
    values = array.array(form, [1, 2, 3])
    message = pair.encode(values)
    assert message[-len(values.tobytes()) - 1] == kind
    view = pair.decode(message)
    assert (view.format, view.tolist(), view.readonly) == (form, [1, 2, 3], True)


def test_a_uint8_array_of_any_kind_is_bytes(pair: Pair) -> None:
    assert pair.encode(array.array("B", [1, 2])).hex() == "c4020102"
    assert pair.encode(memoryview(b"\1\2").cast("c")).hex() == "c4020102"


def test_other_typed_arrays_towards_python(pair: Pair) -> None:
    clamped = pair.decode("c703060001ff")
    assert (clamped.format, clamped.tolist()) == ("B", [1, 255])
    half = pair.decode("c7050609003c00be")  # 1.0 and -1.5 in 16 bits
    assert (half.format, half.tolist()) == ("f", [1.0, -1.5])


def test_a_typed_array_owns_its_bytes(pair: Pair) -> None:
    buffer = bytearray.fromhex("c70506" + "03" + "01000200")
    view = pair.codec.decode(memoryview(buffer))
    buffer[-1] = 0xFF
    assert view.tolist() == [1, 2]


def test_numpy(pair: Pair) -> None:
    numpy = pytest.importorskip("numpy")
    assert pair.encode(numpy.arange(2, dtype="<i4")).hex() == "c70906050000000001000000"
    assert pair.encode(numpy.arange(2, dtype=">i2")).hex() == "c7050603" + "00000100"
    assert pair.encode(numpy.arange(4, dtype="u1")[::2]).hex() == "c4020002"
    assert pair.encode(numpy.array([1.5], dtype="f2")).hex() == "c7030609003e"
    scalars = [numpy.int64(5), numpy.float32(1.5), numpy.float64(2.5), numpy.bool_(True), numpy.array(7)]
    assert pair.decode(pair.encode(scalars)) == [5, 1.5, 2.5, True, 7]
    for refused in (numpy.zeros((2, 2)), numpy.array([True]), numpy.array(["a"]), numpy.array([None])):
        with pytest.raises(ConversionError, match=r"tolist"):
            pair.encode({"a": refused})


@pytest.mark.parametrize("value", [-0.0, math.inf, -math.inf, math.nan])
def test_unusual_numbers(pair: Pair, value: float) -> None:
    decoded = pair.decode(pair.encode(value))
    assert repr(decoded) == repr(value)


# ---- what only the VM can make or take ----


def test_handles_towards_python(pair: Pair) -> None:
    assert pair.decode("d70a0100000002000000") == FakeHandle("function", 0x2_0000_0001)
    assert pair.decode("d70b0100000000000000") == FakeHandle("promise", 1)
    assert pair.decode("d70c0100000000000000") == FakeHandle("handle", 1)


def test_handles_towards_javascript(pair: Pair) -> None:
    assert pair.encode([FakeHandle("promise", 0x1_0000_0002)]).hex() == "91d70c0200000001000000"
    with pytest.raises(WrongVMError):
        pair.encode([FakeHandle("promise", 1, owner="another")])


def test_functions(pair: Pair) -> None:
    message = pair.encode([len, len, test_functions])
    assert message.hex() == "93d60d00000000d60d00000000d60d01000000"
    assert pair.decode(message) == [len, len, test_functions]


def test_awaitables(pair: Pair) -> None:
    class Soon:
        def __await__(self) -> Generator[Any, Any, None]:
            yield

    soon: Awaitable[None] = Soon()
    assert pair.encode([soon, soon]).hex() == "92d60f07000000d60f07000000"
    assert pair.bridge.awaitables == [soon]


def test_grants(pair: Pair) -> None:
    grant = Grant(pair.bridge.grants, object(), {})
    assert pair.encode([grant, grant]).hex() == "92c70b120000000092a466696e6401c70b120100000092a466696e6401"
    assert pair.decode("92d61201000000d61200000000") == [grant, grant]
    with pytest.raises(WrongVMError):
        pair.encode([Grant(None, object(), {})])


def test_a_value_that_cannot_be_converted_lends_no_grant(pair: Pair) -> None:
    with pytest.raises(ConversionError):
        pair.encode([Grant(pair.bridge.grants, object(), {}), Decimal(1)])
    assert pair.bridge.grants == []


def test_a_value_that_cannot_be_converted_lends_nothing(pair: Pair) -> None:
    with pytest.raises(ConversionError):
        pair.encode([len, Decimal(1)])
    assert pair.bridge.functions == []


def test_exceptions_towards_javascript(pair: Pair) -> None:
    error = ValueError("bad")
    error.__cause__ = KeyError("k")
    payload = "94ce00000000aa" + b"ValueError".hex() + "a3" + b"bad".hex()
    cause = "94ce00000001a8" + b"KeyError".hex() + "a3" + b"'k'".hex() + "d41000"
    nested = f"c9{len(cause) // 2:08x}09{cause}"
    assert pair.encode(error).hex() == f"c9{len(payload + nested) // 2:08x}09{payload}{nested}"


def error_message(*fields: Any) -> bytes:
    """An ERROR of ten fields; ... is EMPTY."""
    empty = msgspec.msgpack.Ext(16, b"\0")
    payload = msgspec.msgpack.encode([empty if field is ... else field for field in fields])
    return msgspec.msgpack.encode(msgspec.msgpack.Ext(9, payload))


def test_errors_towards_python(pair: Pair) -> None:
    stack = "    at f (a.js:1:2)\n"
    message = error_message(7, True, "RangeError", "far", stack, ..., "why", [1], {"code": 5}, ...)
    for has_references in (False, True):
        error = pair.decode(message, has_references)
        assert isinstance(error, JSError)
        assert (error.name, error.message, error.stack) == ("RangeError", "far", stack)
        assert (error.cause, error.errors, error.properties, error.value) == ("why", [1], {"code": 5}, None)
        assert pair.bridge.errors.pop().handle == 7


def test_a_python_exception_that_returns(pair: Pair) -> None:
    error = KeyError("k")
    pair.bridge.exceptions.append(error)
    assert pair.decode(error_message(7, True, "KeyError", "k", ..., 0, ..., ..., ..., ...)) is error


def test_the_payload_of_what_was_thrown(pair: Pair) -> None:
    payload = error_message(7, False, "number", "5", ..., ..., ..., ..., ..., 5)[3:]
    fields = pair.codec.decode_error(payload)
    assert (fields.handle, fields.is_error, fields.name, fields.message) == (7, False, "number", "5")
    assert (fields.stack, fields.cause, fields.errors, fields.properties, fields.value) == (None, None, None, {}, 5)


def test_an_error_whose_fields_are_missing(pair: Pair) -> None:
    error = pair.decode(error_message(7, True, ..., ..., ..., ..., ..., "x", ..., ...))
    assert (error.name, error.message, error.stack, error.errors) == ("Error", "", None, [])
    assert error.properties == {"errors": "x"}


# ---- what Python's containers cannot hold ----


@pytest.mark.parametrize("has_references", [False, True])
def test_a_map_whose_keys_python_cannot_tell_apart_is_a_list_of_pairs(pair: Pair, has_references: bool) -> None:
    assert pair.decode("c706079490a16102c0", has_references) == [([], "a"), (2, None)]
    assert pair.decode("c70507940105c3c0", has_references) == [(1, 5), (True, None)]


@pytest.mark.parametrize("has_references", [False, True])
def test_a_set_whose_members_python_cannot_tell_apart_is_a_list(pair: Pair, has_references: bool) -> None:
    assert pair.decode("c70308929001", has_references) == [[], 1]
    assert pair.decode("c703089201c3", has_references) == [1, True]
    views = pair.decode("c7070891c70306030100", has_references)
    assert [view.tolist() for view in views] == [[1]]


def test_a_codec_does_not_keep_its_vm_alive() -> None:
    bridge = FakeBridge()
    bridge.codec = Codec(bridge)  # type: ignore[attr-defined]
    gone = weakref.ref(bridge)
    gc.disable()
    try:
        del bridge
        assert gone() is None
    finally:
        gc.enable()
