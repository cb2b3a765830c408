"""Arguments that a conversion could make into something that they are not."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest

from snapjs import BigInt, JSError, JSMap
from snapjs._sandbox.signatures import signature_of
from snapjs._sandbox.types.signature import Refused


def convert(hint: Any, value: Any) -> Any:
    def function(value: Any) -> None: ...

    function.__annotations__["value"] = hint
    ((converted,), _) = signature_of(function, None, "function").convert((value,))
    return converted


def refusal(hint: Any, value: Any) -> str:
    with pytest.raises(Refused) as caught:
        convert(hint, value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (UUID, ["6fa459ea-ee8a-3ca4-894e-db77e160355e", "6FA459EA-EE8A-3CA4-894E-DB77E160355E"]),
        (Decimal, ["1", "1.0"]),
    ],
)
def test_names_that_become_one_key_are_refused(key: Any, names: list[str]) -> None:
    message = refusal(dict[key, int], dict.fromkeys(names, 1))
    assert message == "value has two properties whose names become the same key"


def test_keys_of_a_map_that_become_one_are_refused() -> None:
    noon, night = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 23, tzinfo=UTC)
    assert refusal(JSMap[date, int], JSMap([(noon, 1), (night, 2)])) == "value has two keys that become the same"


@pytest.mark.parametrize("name", ["1.0", "-0", "01", "9007199254740993", "1e3", "+1", " 1", "0x1"])
@pytest.mark.parametrize("key", [int, float])
def test_name_that_no_number_has_is_none(key: Any, name: str) -> None:
    assert "must be" in refusal(dict[key, int], {name: 1})


@pytest.mark.parametrize(
    ("name", "expected"),
    [("0", 0.0), ("-5", -5.0), ("0.1", 0.1), ("0.000001", 1e-6), ("123456789.125", 123456789.125)],
)
def test_name_of_a_number(name: str, expected: float) -> None:
    assert convert(dict[float, int], {name: 1}) == {expected: 1}


def test_literal_is_the_one_that_the_type_says() -> None:
    assert str(convert(Literal[0], -0.0)) == "0"


def test_error_of_the_program_is_no_object_of_the_host() -> None:
    assert "must be an object of the class Hashable, from the host" in refusal(Hashable, JSError("Error", "x"))


def test_keys_that_cannot_be_hashed_are_pairs() -> None:
    assert convert(JSMap[bytearray, int], JSMap([(b"x", 1)])) == [(bytearray(b"x"), 1)]


def test_bigint_is_exact() -> None:
    assert convert(int, BigInt(2**64 + 1)) == 2**64 + 1
