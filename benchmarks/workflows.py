"""Durable workflows: what a step costs, and what it costs to go on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from .adapter import Adapter
from .durable import Durable
from .fresh import figures
from .workload import Group, Measure, expect

WORKFLOWS = Group("workflows")

_STEPS = 100
"""of a run, in a row"""
_RUNS, _STEPS_OF_EACH = 50, 3
_TURNS = 200
"""of an agent"""
_HISTORIES = (10, 100, 1000, 10_000)
_LONG = 100
"""steps in a run's past, from which on it takes long to have it"""
_RESUMES = 5
"""with such a past"""
_MOST_STORED = 20 << 10
"""bytes a turn"""


@contextmanager
def _opened(adapter: Adapter) -> Iterator[Durable]:
    """A worker on a new file, which has been used once."""
    with tempfile.TemporaryDirectory() as folder, closing(adapter.durable(str(Path(folder, "runs.db")))) as durable:
        durable.open()
        expect(durable.run("count", 3), [3])
        yield durable


@WORKFLOWS.workload("workflow-step", "a step of a run, one after the other")
def _steps(adapter: Adapter) -> Iterator[Measure]:
    with _opened(adapter) as durable:

        def measure(count: int) -> float:
            start = perf_counter()
            for _ in range(count):
                expect(durable.run("count", _STEPS), [sum(range(_STEPS))])
            return (perf_counter() - start) / _STEPS

        yield measure


@WORKFLOWS.workload("workflow-runs", f"each of {_RUNS} runs at once, of {_STEPS_OF_EACH} steps")
def _runs(adapter: Adapter) -> Iterator[Measure]:
    with _opened(adapter) as durable:

        def measure(count: int) -> float:
            start = perf_counter()
            for _ in range(count):
                expect(durable.run("count", _STEPS_OF_EACH, _RUNS), [sum(range(_STEPS_OF_EACH))] * _RUNS)
            return (perf_counter() - start) / _RUNS

        yield measure


@WORKFLOWS.workload("workflow-start", "a run of one step, from its start to its result")
def _start(adapter: Adapter) -> Iterator[Measure]:
    with _opened(adapter) as durable:

        def measure(count: int) -> float:
            start = perf_counter()
            for _ in range(count):
                expect(durable.run("count", 1), [0])
            return perf_counter() - start

        yield measure


for _name, _described in (("step", "a step"), ("runs", "runs at once"), ("start", "a run of one step")):
    WORKFLOWS.stays_under(1.0, f"workflow-{_name}", _described, ["dbos"])


# ---- to go on with a run, whatever its past


def _resume(steps: int, adapter: Adapter) -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "runs.db")
        run = figures(adapter.name, "wait", path, steps)["run"]

        def resume() -> float:
            return float(figures(adapter.name, "resume", path, run)["seconds"])

        if steps > _LONG:  # to have such a past takes long, so there is one of it for all samples
            yield lambda _: median(resume() for _ in range(_RESUMES))
        else:
            yield lambda count: sum(resume() for _ in range(count))


for _steps_before in _HISTORIES:
    WORKFLOWS.workload(
        f"workflow-resume-{_steps_before}",
        f"a new process goes on with a run, {_steps_before:,} steps in its past",
        full_only=_steps_before > _LONG,
        once=_steps_before > _LONG,
    )(partial(_resume, _steps_before))
_SHORTEST, _LONGEST = (f"workflow-resume-{_HISTORIES[index]}" for index in (0, -1))
WORKFLOWS.stays_under(1.2, _LONGEST, "to go on after 10,000 steps, by after 10, by", ["snapjs"], _SHORTEST)


# ---- what is stored


_STORED = f"bytes of the file for each of {_TURNS} turns of an agent"


@WORKFLOWS.workload("workflow-storage", _STORED, unit="B", target=_MOST_STORED, once=True)
def _storage(adapter: Adapter) -> Iterator[Measure]:
    with _opened(adapter) as durable:
        expect(durable.run("agent", 1), [1])
        before = durable.size()
        expect(durable.run("agent", _TURNS), [_TURNS])
        stored = (durable.size() - before) / _TURNS
        yield lambda _: stored
