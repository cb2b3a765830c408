"""A value that is not of its type: what it must be, and where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from .names import access

Memo: TypeAlias = dict[tuple[int, int], Any]
"""what has become of a container by its identity and its converter's"""
Converter: TypeAlias = Callable[[Any, Memo], Any]
"""checks and converts a value, or raises :class:`Mismatch`"""

_LONGEST_NAME: Final = 60
_LONGEST_PATH: Final = 200


class Mismatch(Exception):
    """A value is not of its type.

    :param message: what it must be.
    :param path: where it is in the argument, as JavaScript writes it.
    :param nearness: how much of the type the value has met: each step counts 2, to be of the right kind 1.
    """

    def __init__(self, message: str, path: str = "", nearness: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.nearness = nearness

    def within(self, step: str) -> Mismatch:
        """The same, told of what holds the value."""
        path = f"{step}{self.path}"
        if len(path) > _LONGEST_PATH:
            path = f"{path[:_LONGEST_PATH]}…"
        return Mismatch(self.message, path, self.nearness + 2)


def property_step(name: str) -> str:
    """The step to a property, whose name the guest may have chosen."""
    return access(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…")


def convert_member(convert: Converter, value: Any, memo: Memo, step: str) -> Any:
    """Convert a member, which this step leads to."""
    try:
        return convert(value, memo)
    except Mismatch as mismatch:
        raise mismatch.within(step) from None


def convert_items(values: Any, item: Converter, memo: Memo) -> list[Any]:
    """Convert each item."""
    made = []
    try:
        for value in values:
            made.append(item(value, memo))
    except Mismatch as mismatch:
        raise mismatch.within(f"[{len(made)}]") from None
    return made
