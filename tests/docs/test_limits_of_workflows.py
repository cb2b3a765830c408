"""The limits and costs that docs/workflows-operations.md has are those of the code, and of docs/benchmarks.md."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from snapjs._workflows import asked, attributes, logs, payload, running
from snapjs._workflows.live_runs import _MOST as MOST_LIVE
from snapjs._workflows.sqlite.events import _MOST_EVENTS
from snapjs.workflows import App

DOCS = Path(__file__).parents[2] / "docs"


def default(function: object, name: str) -> float:
    assert callable(function)
    return inspect.signature(function).parameters[name].default


LIMITS = {
    "a value": f"{payload.LARGEST_PAYLOAD >> 20} MiB",
    "memory of JavaScript": f"{int(default(App, 'memory_limit')) >> 20} MiB, `App(memory_limit=…)`",
    "JavaScript for each": f"{default(App, 'turn_timeout'):g} s, `App(turn_timeout=…)`",
    "what a run asks for": f"{running.MOST_COMMANDS:,}, and {running.MOST_BYTES >> 20} MiB",
    "events": f"{_MOST_EVENTS}",
    "what a run logs": f"{logs._MOST:,} characters",
    "names of steps": f"{asked._LONGEST_NAME:,} characters",
    "attributes": f"{attributes.MOST_ATTRIBUTES} that it is started with, and {attributes.MOST_ATTRIBUTES} that it gives",
    "a timer": f"{asked._FURTHEST / (366 * 86_400):,.0f} years",
    "children of children": f"{asked._MOST_LEVELS} levels",
    "threads": f"{default(App.run_worker, 'threads')} and {default(App.run_worker, 'async_steps')}, ",
}
COSTS = {
    "a step, ": "a step of a run, one after the other",
    "a run of one step": "a run of one step, from its start to its result",
    "the file, for each turn": "bytes of the file for each of 200 turns of an agent",
}


def rows() -> list[list[str]]:
    text = (DOCS / "workflows-operations.md").read_text(encoding="utf-8")
    section = text.partition("## Limits and costs\n")[2].partition("\n## ")[0]
    return [re.split(r" *\| *", line.strip("| ")) for line in section.splitlines() if line.startswith("|")]


def row(beginning: str) -> list[str]:
    [found] = [cells for cells in rows() if cells[0].startswith(beginning)]
    return found


def measured(name: str) -> str:
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if line.startswith(f"| {name} | ") and "at most" not in line]
    return re.sub(r" ±.*", "", line.split("|")[2]).strip()


@pytest.mark.parametrize("beginning", LIMITS)
def test_a_limit_is_that_of_the_code(beginning: str) -> None:
    assert row(beginning)[1].startswith(LIMITS[beginning])


@pytest.mark.parametrize("beginning", COSTS)
def test_a_cost_is_that_of_the_benchmarks(beginning: str) -> None:
    assert row(beginning)[1] == measured(COSTS[beginning])


def test_the_cost_of_going_on_is_that_of_the_benchmarks() -> None:
    few, many = (measured(f"a new process goes on with a run, {count} steps in its past") for count in ("10", "10,000"))
    assert row("to go on")[1] == f"{few} with 10 steps in its past, {many} with 10,000"


def test_the_runs_that_a_worker_keeps_in_memory_are_counted() -> None:
    assert f" {MOST_LIVE} runs" in row("memory of a worker")[1]
