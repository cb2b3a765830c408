"""What a program asks for, held against what it may."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pytimeparse2 import parse as parse_duration

from ..errors import JSError
from .attributes import pack_attributes
from .payload import is_text, pack, pack_error
from .records import NewRun, ParentClose, Run, child_id

_LONGEST_NAME: Final = 1_000
"""characters of the name of a step or hook, and of a key"""
_FURTHEST: Final = 10_000 * 366 * 86_400.0
"""seconds that a timer may be away"""
_MOST_LEVELS: Final = 100
"""of children of children: more is a program that starts itself without an end"""


class Refused(Exception):
    """What the program asks for cannot be."""


def unknown(what: object) -> Refused:
    """It asks for something that there is not."""
    return Refused(f"a workflow asks for what snapjs:workflow exports, not for {what!s:.200}")


def checked_name(name: str) -> str:
    """The name of a step or hook, or a key.

    :raises Refused: it cannot be stored.
    """
    if not is_text(name) or len(name) > _LONGEST_NAME:
        raise Refused(f"a name is text of Unicode, of at most {_LONGEST_NAME} characters, not {name!r:.100}")
    return name


def due_at(duration: Any, now: float) -> float:
    """When a time has passed: Unix seconds.

    :param duration: seconds, text such as ``30 days``, or a date.
    :raises Refused: it is something else.
    """
    if isinstance(duration, datetime):
        return duration.timestamp()
    seconds = parse_duration(duration) if isinstance(duration, str) else duration
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _FURTHEST:
        raise Refused(f"sleep takes seconds, a duration such as '30 days' or a Date, not {duration!r}")
    return now + seconds


def attributes_from(values: dict[Any, Any]) -> dict[str, bytes | None]:
    """What is said of the run.

    :raises Refused: it cannot be.
    """
    try:
        return pack_attributes(values)
    except (TypeError, ValueError) as error:
        raise Refused(str(error)) from None


def child_from(
    parent: Run, call: int, function: str, arguments: list[Any], options: dict[Any, Any], now: float
) -> NewRun:
    """A child of a run: the same for the same call.

    :param function: the name under which the module exports it.
    :param options: ``key``, ``deadline`` and ``parentClose``.
    :raises Refused: it cannot be.
    """
    if parent.id.count(".") >= _MOST_LEVELS:
        raise Refused(
            f"children of children go {_MOST_LEVELS} levels deep: this one is the last. Does it start itself?"
        )
    key, deadline, close = (options.get(name) for name in ("key", "deadline", "parentClose"))
    if close not in list(ParentClose):
        raise Refused(f"parentClose is 'cancel', 'terminate' or 'abandon', not {close!r:.100}")
    if key is not None and not isinstance(key, str):
        raise Refused(f"the key of a child is text, not {key!r:.100}")
    return NewRun(
        child_id(parent.id, call),
        parent.workflow,
        None if key is None else checked_name(key),
        parent.code,
        pack(arguments),
        deadline=None if deadline is None else due_at(deadline, now),
        function=checked_name(function),
        parent=parent.id,
        parent_call=call,
        parent_close=ParentClose(close),
    )


def packed_error(thrown: Any) -> bytes:
    """What the workflow threw, which need not be an Error."""
    return pack_error(thrown if isinstance(thrown, BaseException) else JSError("Error", f"it threw {thrown!r}"))
