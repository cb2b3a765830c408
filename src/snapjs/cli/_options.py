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


class Size(click.ParamType):
    """Bytes, as ``67108864``, ``64MB`` or ``64MiB``."""

    name = "size"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> int:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(value).strip(), re.ASCII | re.IGNORECASE)
        unit = _UNITS.get(match[2].lower()) if match else None
        if match is None or unit is None:
            self.fail(f"{value!r} is not a size: write bytes, or a number with KB, MB, GB, KiB, MiB or GiB, as 64MB", parameter, context)
        size = int(float(match[1]) * unit)
        if not _SMALLEST <= size <= _LARGEST:
            self.fail(f"{value!r} is out of range: from 1MiB to just below 4GiB", parameter, context)
        return size


class Seconds(click.ParamType):
    """A duration."""

    name = "seconds"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            self.fail(f"{value!r} is not a duration: write seconds, more than 0, as 2.5", parameter, context)
        return seconds


@dataclass(frozen=True)
class Answer:
    """What a pending call is told."""

    id: int
    value: Any


class AnswerType(click.ParamType):
    """``ID=JSON``."""

    name = "answer"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Answer:
        if isinstance(value, Answer):
            return value
        id, equals, text = str(value).partition("=")
        if not equals or not re.fullmatch(r"\d{1,10}", id, re.ASCII):
            self.fail(f"{value!r} is not an answer: write the number of the call, = and JSON, as 1=true", parameter, context)
        try:
            return Answer(int(id), json.loads(text, parse_constant=_refuse_constant))
        except (ValueError, RecursionError) as error:
            why = "it nests too deep" if isinstance(error, RecursionError) else str(error)
            self.fail(f"the answer to call {id} is not JSON ({why}): text needs double quotes, as '{id}=\"yes\"'", parameter, context)


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"JSON has no {text}")


class Refusal(click.ClickException):
    """Something that the user gave cannot be used. Exit code 2, one line."""

    exit_code = 2
