"""What command lines say, as values."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

import click

_UNITS = {"": 1, "b": 1} | {
    f"{prefix}{unit}": base**power
    for power, prefix in enumerate("kmg", start=1)
    for unit, base in (("", 1024), ("b", 1000), ("ib", 1024))
}
_SMALLEST, _LARGEST = 1 << 20, (1 << 32) - 1


@dataclass(frozen=True)
class Answer:
    """What a pending call is told."""

    id: int
    value: Any


def size(text: str) -> int:
    """Bytes, from ``67108864``, ``64MB`` or ``64MiB``.

    :raises click.BadParameter: it is none, or no memory limit can be that.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip(), re.ASCII | re.IGNORECASE)
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        units = "KB, MB, GB, KiB, MiB or GiB"
        raise click.BadParameter(f"{text!r} is not a size: write bytes, or a number with {units}, as 64MB")
    number = float(match[1]) * unit
    if not _SMALLEST <= number <= _LARGEST:
        raise click.BadParameter(f"{text!r} is out of range: from 1MiB to just below 4GiB")
    return int(number)


def seconds(text: str) -> float:
    """A duration.

    :raises click.BadParameter: it is none, or not more than 0.
    """
    try:
        duration = float(text)
    except ValueError:
        duration = math.nan
    if not 0 < duration < math.inf:
        raise click.BadParameter(f"{text!r} is not a duration: write seconds, more than 0, as 2.5")
    return duration


def answer(text: str) -> Answer:
    """``ID=JSON``.

    :raises click.BadParameter: it is something else.
    """
    id, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"\d{1,10}", id, re.ASCII):
        raise click.BadParameter(f"{text!r} is not an answer: write the number of the call, = and JSON, as 1=true")
    return Answer(int(id), _parsed(value, f"the answer to call {id}", f"'{id}=\"yes\"'"))


def json_value(text: str) -> Any:
    """What JSON says.

    :raises click.BadParameter: it is none.
    """
    return _parsed(text, repr(text), "'\"yes\"'")


def given_json_value(text: str) -> Any:
    """What JSON says: the text, or standard input where that is ``-``.

    :raises click.BadParameter: it is none.
    """
    if text != "-":
        return json_value(text)
    with click.open_file("-", encoding="utf-8") as stream:
        return _parsed(stream.read(), "standard input", "'\"yes\"'")


def named_json_value(text: str) -> tuple[str, Any]:
    """A name and what JSON says of it: ``customer=7``.

    :raises click.BadParameter: it is none.
    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.BadParameter(f"{text!r} is no name with a value: write 'customer=7', or 'customer=\"ann\"'")
    return name, json_value(value)


def _parsed(text: str, what: str, example: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        why = "it nests too deep"
    except ValueError as error:
        why = str(error)
    raise click.BadParameter(f"{what} is not JSON ({why}): a text has double quotes, {example}")


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"JSON has no {text}")
