"""The limits that docs/workflows-operations.md has are those of the code."""

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


def rows() -> list[list[str]]:
    text = (DOCS / "workflows-operations.md").read_text(encoding="utf-8")
    section = text.partition("## Limits and costs\n")[2].partition("\n## ")[0]
    return [re.split(r" *\| *", line.strip("| ")) for line in section.splitlines() if line.startswith("|")]


def row(beginning: str) -> list[str]:
    [found] = [cells for cells in rows() if cells[0].startswith(beginning)]
    return found


@pytest.mark.parametrize("beginning", LIMITS)
def test_a_limit_is_that_of_the_code(beginning: str) -> None:
    assert row(beginning)[1].startswith(LIMITS[beginning])


def test_the_runs_that_a_worker_keeps_in_memory_are_counted() -> None:
    assert f" {MOST_LIVE} runs" in row("memory of a worker")[1]
