"""The figures that other pages quote: README.md and docs/workflows-operations.md have them from ``results.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import geometric_mean
from typing import Any, NamedTuple

from .adapter import SUBJECT
from .table import quantity

_PACKAGES = ("mini-racer", "quickjs-ng")
_MULTIPLES = {
    "make a VM, evaluate `1+2`, close it": "create",
    "evaluate `1+2`": "eval",
    "call a function with two ints": "call",
    "call a Python function": "host-call",
    "await a Python coroutine": "awaited-host-call",
    "1 MB of nested data, into JavaScript": "data-in",
    "1 MB of nested data, out of it": "data-out",
    "a whole process: import, make, evaluate, exit": "process",
    "28 programs that compute": "cpu",
}
"""rows of the README, and what is measured: a workload, or a group's mean"""
_WITHOUT = {
    ("host-call", "mini-racer"): "(promises only)",
    ("awaited-host-call", "quickjs-ng"): "(none)",
    ("cpu", "mini-racer"): "(V8 compiles)",
}
_COSTS = {
    "a step, with the turn that it leads to": "{workflow-step}",
    "a run of one step, from its start to its result": "{workflow-start}",
    "to go on with a run in a new process": (
        "{workflow-resume-10} with 10 steps in its past, {workflow-resume-10000} with 10,000"
    ),
    "the file, for each turn of an agent that keeps what was said": "{workflow-storage}",
}


class Quote(NamedTuple):
    """What a page says of a figure."""

    page: str
    """below the root of the repository"""
    pattern: str
    """what it is found by, whatever the figure was: a regular expression"""
    text: str
    """what is to stand there"""


def quotes(results: dict[str, Any]) -> Iterator[Quote]:
    """Everything that pages quote, with the figures that ``results.json`` has."""
    workloads = {workload["name"]: workload for workload in results["workloads"]}
    for title, name in _MULTIPLES.items():
        cells = [_WITHOUT.get((name, package)) or _multiple(results, name, package) for package in _PACKAGES]
        yield _row("README.md", title, *cells)
    restoring = workloads["restore-64"]["results"]
    times = restoring["quickjs-rs"]["median"] / restoring[SUBJECT]["median"]
    yield Quote("README.md", r"took it \d+ times as long", f"took it {times:.0f} times as long")
    medians = {name: workload["results"][SUBJECT].get("median") for name, workload in workloads.items()}
    measured = {name: quantity(value, workloads[name]["unit"]) for name, value in medians.items() if value is not None}
    for title, text in _COSTS.items():
        yield _row("docs/workflows-operations.md", title, text.format_map(measured))


def _row(page: str, title: str, *cells: str) -> Quote:
    return Quote(page, rf"^\| {re.escape(title)} \|.*$", f"| {' | '.join([title, *cells])} |")


def _multiple(results: dict[str, Any], name: str, package: str) -> str:
    """What snapjs takes by what a package takes, for a workload or on average over a group: two digits, one below 1."""
    measured = [
        workload["results"] for workload in results["workloads"] if name in (workload["name"], workload["group"])
    ]
    value = geometric_mean([each[SUBJECT]["median"] / each[package]["median"] for each in measured])
    return f"{value:.1g}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def write(root: Path) -> None:
    """Write the figures of ``docs/benchmarks/results.json`` into the pages of a checkout.

    :param root: the checkout's folder.
    :raises LookupError: a page has not, or not once, what a figure is quoted in.
    """
    results = json.loads((root / "docs" / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    pages: dict[str, str] = {}
    for page, pattern, text in quotes(results):
        before = pages.get(page) or (root / page).read_text(encoding="utf-8")
        pages[page], count = re.subn(pattern, text, before, flags=re.MULTILINE)
        if count != 1:
            raise LookupError(
                f"{page} has {pattern!r} {count} times, and needs it once: benchmarks/quoted.py quotes it"
            )
    for page, text in pages.items():
        (root / page).write_text(text, encoding="utf-8")
