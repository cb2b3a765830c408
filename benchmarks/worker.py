"""The process that measures one package: ``python -m benchmarks.worker NAME``.

It reads one JSON object a line from its standard input, ``{"workload": name, "seconds": how long}``, and answers each
with one on its standard output: ``{"samples": [...]}``, or ``{"unsupported": reason}``. First of all it says
``{"versions": {...}}``.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from time import perf_counter
from typing import Any, TextIO

from .adapter import Adapter, Unsupported, adapter_class
from .workload import Measure, Workload
from .workloads import WORKLOADS

_SHORTEST_BATCH = 1e-3
"""Seconds; what is shorter is repeated, so that reading the clock does not count."""


def samples(measure: Measure, seconds: float, workload: Workload) -> list[float]:
    """Figures of one operation: as many as fit into the time, and at least one; of a size, as many as it wants.

    An operation that takes less than a millisecond is done many times for each figure.
    """
    if workload.unit == "B":
        return [measure(1) for _ in range(workload.samples)]
    count = 1
    end = perf_counter() + seconds
    found = [measure(1)]
    while workload.unit == "s" and found[-1] < _SHORTEST_BATCH and perf_counter() < end:  # also warms up
        count *= 2
        found = [measure(count)]
    found = [took / count for took in found]
    while perf_counter() < end:
        found.append(measure(count) / count)
    return found


class Worker:
    """Keeps what each workload has prepared from one round to the next."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._prepared: str | None = None
        self._measure: Measure | None = None
        self._stack = ExitStack()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one line."""
        workload = WORKLOADS[request["workload"]]
        if self._adapter.groups is not None and workload.group not in self._adapter.groups:
            return {"unsupported": f"not measured in {workload.group}"}
        try:
            if self._measure is None or self._prepared != workload.name:
                self._measure = None
                self._stack.close()
                self._measure = self._stack.enter_context(workload.prepare(self._adapter))
                self._prepared = workload.name
            return {"samples": samples(self._measure, request["seconds"], workload)}
        except Unsupported as reason:
            return {"unsupported": str(reason)}
        except Exception as error:
            return {"unsupported": f"failed: {type(error).__name__}: {error}"}


def _serve(name: str, requests: TextIO, answers: TextIO) -> None:
    def say(answer: dict[str, Any]) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    adapter = adapter_class(name)()
    worker = Worker(adapter)
    say({"versions": {"python": sys.version.split()[0], **adapter.versions()}})
    for line in requests:
        say(worker.answer(json.loads(line)))


if __name__ == "__main__":
    # What a package prints must not get among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    _serve(sys.argv[1], sys.stdin, answers)
