"""engine/abi.h as text: what it says of each export."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HEADER = Path(__file__).parents[1] / "engine" / "abi.h"

_STATEMENT = re.compile(
    r"/\*(?:(?!\*/).)*?In: (?P<taken>[^.]+)\. Out: (?P<result>[^.]+)\."
    r" (?:Status: (?P<statuses>OK(?: [A-Z_]+)*)|Returns: (?P<returned>[^.]+))\. \*/ "
    r"(?P<type>\w+)\s+SNAP_EXPORT\((?P<name>\w+)\)\("
)


@dataclass(frozen=True)
class Statement:
    """What the comment above an export's declaration says."""

    type: str
    """of what the function returns, in C"""
    taken: str
    """from the input buffer"""
    result: str
    """the message"""
    statuses: frozenset[str] | None
    """without ``STATUS_``; None: it returns no status"""


@cache
def exports() -> frozenset[str]:
    """The names of all exports."""
    return frozenset(re.findall(r"SNAP_EXPORT\((snap_\w+)\)", HEADER.read_text()))


@cache
def statements() -> dict[str, Statement]:
    """What is said of each export of which it is said in full."""
    text = re.sub(r"\s*\n \* ?|\s*\n", " ", HEADER.read_text())
    return {
        found["name"]: Statement(
            found["type"],
            found["taken"],
            found["result"],
            frozenset(found["statuses"].split()) if found["statuses"] else None,
        )
        for found in _STATEMENT.finditer(text)
    }
