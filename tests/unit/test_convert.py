"""The codec: which bytes stand for which value, and what is refused."""

from __future__ import annotations

import array
import dataclasses
import enum
import gc
import math
import struct
import sys
import uuid
import weakref
from collections import OrderedDict, namedtuple
from collections.abc import Awaitable, Generator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from fake_bridge import FakeBridge, FakeHandle, Pair
from hypothesis import given
from hypothesis import strategies as st
from snapjs._encode import Encoder
from snapjs._plain import is_tree
from snapjs.convert import Codec
from snapjs.errors import ConversionError, GuestTrapped, JSError, SnapjsError, WrongVMError
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
    (memoryview(b"abcd")[::2], "c4026163"),
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


def test_a_value_that_cannot_be_converted_lends_nothing(pair: Pair) -> None:
    with pytest.raises(ConversionError):
        pair.encode([len, Decimal(1)])
    assert pair.bridge.functions == []


def test_exceptions_towards_javascript(pair: Pair) -> None:
    error = ValueError("bad")
    error.__cause__ = KeyError("k")
    payload = "9400aa" + b"ValueError".hex() + "a3" + b"bad".hex()
    cause = "9401a8" + b"KeyError".hex() + "a3" + b"'k'".hex() + "d41000"
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
    with pytest.raises(ConversionError, match="stack"):
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
]  # fmt: skip


@pytest.mark.parametrize("has_references", [False, True])
@pytest.mark.parametrize("message", MALFORMED)
def test_a_malformed_message(pair: Pair, message: str, has_references: bool) -> None:
    with pytest.raises(GuestTrapped, match="malformed"):
        pair.decode(message, has_references)


@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_a_value_or_a_typed_error(data: bytes, has_references: bool) -> None:
    pair = Pair()
    pair.bridge.functions.append(len)
    try:
        pair.codec.decode(data, has_references)
    except (SnapjsError, IndexError):  # IndexError: of the fake bridge, for a function that it has not lent
        pass


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


# ---- the two encoders ----


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


shared: list[Any] = []
NO_TREES: list[Any] = [
    [shared, shared], [1, {2}], [undefined], {1: 2}, {"a": {None: 1}}, [Text("a")], [OrderedDict()], nested(513),
    [Level.HIGH], {Text("a"): 1}, [datetime.now(UTC)],
]  # fmt: skip


@pytest.mark.parametrize("value", NO_TREES, ids=lambda value: repr(value)[:20])
def test_what_msgspec_would_get_wrong_is_not_left_to_it(value: Any) -> None:
    assert not is_tree(value)


@pytest.mark.parametrize("value", [[], {}, ((1,), [2]), {"a": {"b": [{}]}}, nested(512), [b"", None, 1.5]])
def test_trees(value: Any) -> None:
    assert is_tree(value)


def test_a_dict_that_lost_a_key_that_is_no_str() -> None:
    value: dict[Any, Any] = {1: 1, "a": 2}
    del value[1]
    assert is_tree(value)


@pytest.mark.parametrize("count", [15, 16, 65535, 65536])
def test_both_encoders_write_the_same(pair: Pair, count: int) -> None:
    for value in ([[] for _ in range(count)], {str(i): [] for i in range(count)}):
        assert Encoder(pair.bridge).message(value) == pair.encode(value)
    assert Encoder(pair.bridge).arguments(([1], {"a": "b"})) == pair.codec.encode_arguments(([1], {"a": "b"}))


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
hashable = (
    st.integers()
    | st.integers().map(BigInt)
    | st.text(st.characters())
    | st.datetimes(timezones=st.just(UTC)).map(lambda when: when.replace(microsecond=when.microsecond // 1000 * 1000))
    | st.builds(Symbol, st.text())
    | st.builds(RegExp, st.text(), st.text())
    | st.just(undefined)
)
rich = st.recursive(
    hashable | st.none() | st.booleans() | st.floats(allow_nan=False) | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(hashable, inner).map(JSMap)
        | st.sets(hashable)
    ),
    max_leaves=20,
)


@given(plain)
def test_both_encoders_agree(value: Any) -> None:
    pair = Pair()
    message = pair.encode(value)
    assert Encoder(pair.bridge).message(value) == message
    assert repr(pair.decode(message)) == repr(value)


@given(rich)
def test_a_value_returns_as_it_was(value: Any) -> None:
    pair = Pair()
    message = pair.encode(value)
    assert pair.decode(message) == value
    assert pair.decode(message, has_references=True) == value


@given(st.text(st.characters(exclude_categories=())))
def test_a_text_keeps_its_utf_16(value: str) -> None:
    pair = Pair()
    decoded = pair.decode(pair.encode(value))
    assert decoded.encode("utf-16-le", "surrogatepass") == value.encode("utf-16-le", "surrogatepass")
