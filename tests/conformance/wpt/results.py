"""What came of tests: sent between processes, and kept in files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

HARNESS = "(harness)"
"""the name under which it is said that a file as a whole failed"""


class Status(IntEnum):
    """Of a subtest, as testharness.js has it."""

    PASS = 0
    FAIL = 1
    TIMEOUT = 2
    NOTRUN = 3
    PRECONDITION_FAILED = 4


class Subtest(NamedTuple):
    """What came of one subtest."""

    name: str
    status: Status
    message: str


class Result(NamedTuple):
    """What came of one variant of one file in one engine."""

    area: str
    test: str
    engine: str
    subtests: tuple[Subtest, ...]
    """in the order in which they ended. Names are unique; one of :data:`HARNESS` is there if the file failed."""
    seconds: float


def collected(subtests: list[Subtest], failure: str | None) -> tuple[Subtest, ...]:
    """The subtests of a file under unique names, and why the file as a whole failed, if it did."""
    seen: dict[str, int] = {}
    unique = []
    for subtest in subtests:
        number = seen[subtest.name] = seen.get(subtest.name, 0) + 1
        unique.append(subtest if number == 1 else subtest._replace(name=f"{subtest.name} ({number})"))
    if failure is not None:
        unique.append(Subtest(HARNESS, Status.FAIL, failure))
    return tuple(unique)


def write_results(results: Iterable[Result], path: Path) -> None:
    """Keep results in a file, as JSON."""
    path.write_text(json.dumps(list(results)), encoding="utf-8")


def read_results(path: Path) -> list[Result]:
    """The results that :func:`write_results` kept."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return [
        Result(
            area, test, engine, tuple(Subtest(name, Status(status), message) for name, status, message in found), took
        )
        for area, test, engine, found, took in kept
    ]
