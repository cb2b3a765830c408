"""What a type says of a value beyond its kind: bounds and lengths."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Any, Final

from . import nodes
from .words import counted

_BOUNDS: Final[dict[str, tuple[Callable[[Any, Any], bool], str]]] = {
    "ge": (lambda value, bound: value >= bound, "at least"),
    "gt": (lambda value, bound: value > bound, "greater than"),
    "le": (lambda value, bound: value <= bound, "at most"),
    "lt": (lambda value, bound: value < bound, "less than"),
    "multiple_of": (lambda value, bound: value % bound == 0, "a multiple of"),
}


def broken_bound(node: nodes.Number) -> Callable[[Any], str | None]:
    """A function that says what a number must be that is out of bounds."""
    bounds = [
        (holds, bound, f"must be {words} {bound}")
        for name, (holds, words) in _BOUNDS.items()
        if (bound := getattr(node, name)) is not None
    ]

    def broken(value: Any) -> str | None:
        return next((message for holds, bound, message in bounds if not holds(value, bound)), None)

    return broken


def broken_length(
    node: nodes.String | nodes.Bytes | nodes.Array | nodes.Set | nodes.Record, noun: str
) -> Callable[[Sized], str | None]:
    """A function that says what must be of a value that is too short or too long."""
    least, most = node.min_length or 0, node.max_length

    def broken(value: Sized) -> str | None:
        if len(value) < least:
            return f"must have at least {counted(least, noun)}"
        if most is not None and len(value) > most:
            return f"must have at most {counted(most, noun)}"
        return None

    return broken
