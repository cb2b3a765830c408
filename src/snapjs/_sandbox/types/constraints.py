"""What a type says of a value beyond its kind: bounds and lengths."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Any, Final

from . import nodes
from .mismatch import Mismatch
from .words import counted

_BOUNDS: Final[dict[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "ge": (lambda value, bound: value >= bound, "at least"),
    "gt": (lambda value, bound: value > bound, "greater than"),
    "le": (lambda value, bound: value <= bound, "at most"),
    "lt": (lambda value, bound: value < bound, "less than"),
    "multiple_of": (lambda value, bound: value % bound == 0, "a multiple of"),
}


def bound_check(node: nodes.Number) -> Callable[[Any], None]:
    """A function that refuses a number that is out of bounds."""
    bounds = [
        (holds, bound, f"must be {words} {bound}")
        for name, (holds, words) in _BOUNDS.items()
        if (bound := getattr(node, name)) is not None
    ]

    def check(value: Any) -> None:
        for holds, bound, message in bounds:
            if not holds(value, bound):
                raise Mismatch(message)

    return check if bounds else _nothing


def length_check(
    node: nodes.String | nodes.Bytes | nodes.Array | nodes.Set | nodes.Record, noun: str
) -> Callable[[Sized], None]:
    """A function that refuses a value that is too short or too long."""
    least, most = node.min_length or 0, node.max_length

    def check(value: Sized) -> None:
        if len(value) < least:
            raise Mismatch(f"must have at least {counted(least, noun)}")
        if most is not None and len(value) > most:
            raise Mismatch(f"must have at most {counted(most, noun)}")

    return check if least or most is not None else _nothing


def _nothing(value: Any) -> None:
    pass
