"""Values, sizes and durations for people and for ``--json``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..values import BigInt, undefined

_LONGEST = 160
_DEEPEST = 16
_LARGEST_SAFE = (1 << 53) - 1


def size(count: int) -> str:
    """Bytes in decimal units: ``28.7 KB``."""
    if count < 1000:
        return f"{count} bytes"
    value = float(count)
    for unit in ("KB", "MB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} GB"


def duration(seconds: float) -> str:
    """Seconds with a unit that fits."""
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.1f} ms"
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def call(name: str, arguments: Iterable[Any]) -> str:
    """A call as JavaScript writes it, on one line that is not too long."""
    text = ", ".join(json.dumps(plain(argument), ensure_ascii=False) for argument in arguments)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return printable(f"{name}({text})")


def printable(text: str) -> str:
    """The text without what would move a terminal's cursor or colour it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with columns as wide as what is in them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def plain(value: Any, _above: tuple[int, ...] = ()) -> Any:
    """A converted value as JSON has it; what JSON has no word for, as a text."""
    if value is undefined:
        return "<undefined>"
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return f"<{len(value)} bytes>" if isinstance(value, bytes) else f"<{len(value)} numbers>"
    if id(value) in _above:
        return "<circular>"
    if len(_above) == _DEEPEST:
        return "<…>"
    above = (*_above, id(value))
    if isinstance(value, Mapping):
        items = ((key if isinstance(key, str) else str(plain(key, above)), item) for key, item in value.items())
        return {key: plain(item, above) for key, item in items}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, above) for item in value]
    return f"<{value}>" if isinstance(value, BaseException) else repr(value)


def _number(value: float) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else f"<{value}>"
    return f"<{int(value)}n>" if isinstance(value, BigInt) or abs(value) > _LARGEST_SAFE else value
