"""Questions about values that cross the boundary."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .question import Question
from .subject import No, Partly, Subject

_OUT = {
    "BigInt beyond 64 bits": ("10n ** 20n", f"integer {10**20}"),
    "Date": ("new Date(86400000)", "date 86400"),
    "Map": ("new Map([['a', 1]])", "map of a: integer 1"),
    "Set": ("new Set([1])", "set of integer 1"),
    "Uint8Array": ("new Uint8Array([1, 2])", "bytes 1 2"),
    "Float64Array": ("new Float64Array([1.5])", "list of number 1.5"),
    "NaN": ("NaN", "number NaN"),
    "-0": ("-0", "number -0"),
    "undefined": ("undefined", "undefined"),
    "lone surrogate": ("'\\ud800'", "string d800"),
    "shared object": ("(() => { const a = {}; return [a, a] })()", "shared list of map of , map of "),
    "cycle": ("(() => { const a = {}; a.a = a; return a })()", "map of a: cycle"),
}
"""each with what :func:`~benchmarks.features.subject.described` makes of it"""


def _cycle() -> dict[str, Any]:
    made: dict[str, Any] = {}
    made["a"] = made
    return made


def _pair() -> list[Any]:
    shared: dict[str, Any] = {}
    return [shared, shared]


IN: dict[str, tuple[Any, str]] = {
    "int beyond 2⁵³": (2**70, "data === 2n ** 70n"),
    "datetime": (datetime(1970, 1, 2, tzinfo=UTC), "data instanceof Date && data.getTime() === 86400000"),
    "set": ({1}, "data instanceof Set && data.has(1)"),
    "bytes": (b"\x01\x02", "data.byteLength === 2"),
    "NaN": (float("nan"), "Number.isNaN(data)"),
    "-0": (-0.0, "Object.is(data, -0)"),
    "lone surrogate": ("\ud800", "data === '\\ud800'"),
    "NUL in text": ("a\0b", "data.length === 3"),
    "shared object": (_pair(), "data[0] === data[1]"),
    "cycle": (_cycle(), "data.a === data"),
}


def _judge(lost: list[str], count: int) -> None:
    if len(lost) == count:
        raise No("none of them")
    if lost:
        raise Partly(f"not {', '.join(lost)}")


def _out(subject: Subject, path: str) -> None:
    found = subject.kinds({name: code for name, (code, _) in _OUT.items()})
    lost = [name for name, (_, expected) in _OUT.items() if found[name] != expected]
    _judge([f"{name} (hangs)" if found[name] == "!hangs" else name for name in lost], len(_OUT))


def _in(subject: Subject, path: str) -> None:
    found = subject.taken(
        {name: value for name, (value, _) in IN.items()}, {name: test for name, (_, test) in IN.items()}
    )
    _judge([name for name in IN if not found[name]], len(IN))


QUESTIONS = (
    Question("values-out", "values", f"{len(_OUT)} kinds of values keep their kind on the way out", (_out,)),
    Question("values-in", "values", f"{len(IN)} kinds keep theirs on the way in", (_in,)),
)
