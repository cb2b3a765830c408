"""The two encoders, msgspec's and ours: which has which value, and that they agree."""

from __future__ import annotations

import enum
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import pytest
from fake_bridge import Pair
from hypothesis import given
from hypothesis import strategies as st

from snapjs._codec.encode import Encoder
from snapjs._codec.plain import is_tree
from snapjs.values import BigInt, JSMap, RegExp, Symbol, undefined


@pytest.fixture
def pair() -> Pair:
    return Pair()


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    pass


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


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


@pytest.mark.parametrize(
    "count", [15, 16, pytest.param(65535, marks=pytest.mark.slow), pytest.param(65536, marks=pytest.mark.slow)]
)
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


@pytest.mark.slow
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
