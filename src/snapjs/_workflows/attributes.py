"""What is said of runs, so that they are found: names with values that can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any, Final

from .payload import is_text, pack, shown

MOST_ATTRIBUTES: Final = 64
"""that a run is started with, and that it gives itself"""
_LONGEST_NAME: Final = 64
"""characters"""
_LONGEST_TEXT: Final = 1_000
"""characters of a value"""
_LARGEST_INTEGER: Final = 2**53


def pack_attributes(values: Mapping[Any, Any]) -> dict[str, bytes | None]:
    """Attributes for the store: equal values are equal bytes. ``None``: the run is to have none of that name.

    :raises TypeError: it is something else than text, a number, a boolean or ``None``.
    :raises ValueError: it is too much.
    """
    if len(values) > MOST_ATTRIBUTES:
        raise ValueError(f"a run has at most {MOST_ATTRIBUTES} attributes, not {len(values)}")
    return {_name(name): None if value is None else pack(_comparable(name, value)) for name, value in values.items()}


def unpack_attributes(packed: Mapping[str, bytes]) -> dict[str, Any]:
    """The attributes that :func:`pack_attributes` has packed, as far as they can be read."""
    return {name: shown(value) for name, value in packed.items()}


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the name of an attribute is text, not {name!r}")
    if not 1 <= len(name) <= _LONGEST_NAME or not is_text(name):
        raise ValueError(f"the name of an attribute has 1 to {_LONGEST_NAME} characters of Unicode, not {name!r:.100}")
    return name


def _comparable(name: str, value: Any) -> str | int | float | bool:
    """The value, in the form that it has when it comes from JavaScript, where 7.0 is 7."""
    if isinstance(value, str):
        if len(value) > _LONGEST_TEXT or not is_text(value):
            raise ValueError(
                f"the text of the attribute {name} is to have at most {_LONGEST_TEXT} characters of Unicode"
            )
        return value
    if isinstance(value, bool):
        return value
    if not isinstance(value, int | float):
        raise TypeError(f"the attribute {name} is text, a number or a boolean, not {type(value).__name__}")
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise ValueError(f"the attribute {name} is a number that JavaScript has, and finite")
    return int(number) if number.is_integer() and abs(number) <= _LARGEST_INTEGER else number
