"""Runs the workloads: each package in its own process, in rounds that take turns, so that all see the same noise."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median, quantiles
from threading import Thread
from typing import Any

from .adapter import BUNDLES, NODE_PACKAGES, SUBJECT, adapter_class
from .bundling import bundles
from .environment import InstallError, node_packages, python_with
from .workload import Workload
from .workloads import GROUPS, MEANS, RATIOS, WORKLOADS

ROOT = Path(__file__).resolve().parent.parent
_LONGEST_ANSWER, _LONGEST_SINGLE_ANSWER = 60.0, 600.0
"""seconds until a worker that says nothing is given up; the second for what is measured once"""

_FACTS = ("name", "group", "title", "unit", "target", "at_least")
"""of a workload, which are reported"""

Progress = Callable[[str], None]


class WorkerLost(Exception):
    """A worker has ended or hangs. The message says which."""


class _Process:
    """The worker of one package."""

    def __init__(self, name: str, variables: dict[str, str]) -> None:
        adapter = adapter_class(name)
        python = python_with(name, adapter.requirements) if adapter.requirements else sys.executable
        environment = {**os.environ, **variables}
        if adapter.npm_requirements:
            environment[NODE_PACKAGES] = node_packages(name, adapter.npm_requirements)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or a cold process would be one that compiles
        if adapter.requirements:
            environment.pop("PYTHONPATH", None)  # it is for this Python's packages
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", name],
            cwd=ROOT, env=environment, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._complaints: list[str] = []
        self._readers = [Thread(target=read, daemon=True) for read in (self._read_answers, self._read_complaints)]
        for reader in self._readers:
            reader.start()

    def _read_answers(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put("")

    def _read_complaints(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._complaints = [*self._complaints, line.strip()][-20:]

    def ask(self, request: dict[str, Any], longest: float) -> Any:
        """Send a request; the answer.

        :raises WorkerLost: there is none in so many seconds.
        """
        assert self._process.stdin is not None
        with suppress(OSError):  # it has ended, as its answer will say
            print(json.dumps(request), file=self._process.stdin, flush=True)
        return self.answer(longest)

    def answer(self, longest: float = _LONGEST_ANSWER) -> Any:
        """The next answer."""
        try:
            line = self._answers.get(timeout=longest)
        except Empty:
            self.close()
            raise WorkerLost(f"no answer in {longest:.0f} seconds") from None
        if not line:
            self._process.wait()
            said = next((line for line in reversed(self._complaints) if line), "no message")
            raise WorkerLost(f"process ended with {self._process.returncode}: {said}")
        return json.loads(line)

    def close(self) -> None:
        """End it. Idempotent."""
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            with suppress(OSError):  # what was not written to a process that has ended
                stream.close()


def run(
    peers: Sequence[str], workloads: Sequence[str], *, rounds: int, seconds: float, progress: Progress
) -> dict[str, Any]:
    """Measure, and return what ``--json`` writes.

    :param rounds: how many times each package has its turn in each workload.
    :param seconds: how long a turn lasts.
    :param progress: told what happens next.
    """
    report: dict[str, Any] = {
        "format": 1,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load": [load()],
        "rounds": rounds,
        "seconds": seconds,
        "packages": {},
        "workloads": [],
        "ratios": [asdict(ratio) for ratio in RATIOS if {ratio.of, ratio.by} <= set(workloads)],
        "means": [
            asdict(mean) for mean in MEANS if {each.name for each in GROUPS[mean.group].workloads} <= set(workloads)
        ],
    }
    processes: dict[str, _Process] = {}
    lost: dict[str, str] = {}
    start = partial(_start, _variables(workloads, progress), progress)
    try:
        for name in [SUBJECT, *peers]:
            try:
                processes[name], versions = start(name)
                report["packages"][name] = {"versions": versions}
            except (InstallError, WorkerLost) as error:
                lost[name] = f"not available: {error}"
                report["packages"][name] = {"unavailable": str(error)}
        for workload in (WORKLOADS[name] for name in workloads):
            results = _measure(workload, [SUBJECT, *peers], processes, lost, start, rounds, seconds, progress)
            facts = {name: getattr(workload, name) for name in _FACTS}
            report["workloads"].append({**facts, "results": results})
    finally:
        for process in processes.values():
            process.close()
    report["load"].append(load())
    return report


def _variables(workloads: Sequence[str], progress: Progress) -> dict[str, str]:
    """Environment variables of workers: where bundles are, if they will be asked for and can be made."""
    if not any(WORKLOADS[name].group == "bridge" for name in workloads):
        return {}
    progress("preparing bundles")
    try:
        return {BUNDLES: bundles()}
    except InstallError:
        return {}


def _start(variables: dict[str, str], progress: Progress, name: str) -> tuple[_Process, dict[str, str]]:
    adapter = adapter_class(name)
    progress(f"preparing {', '.join([*adapter.requirements, *adapter.npm_requirements]) or name}")
    process = _Process(name, variables)
    try:
        return process, process.answer()["versions"]
    except BaseException:
        process.close()
        raise


def _measure(
    workload: Workload, names: list[str], processes: dict[str, _Process], lost: dict[str, str],
    start: Callable[[str], tuple[_Process, dict[str, str]]], rounds: int, seconds: float, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    samples: dict[str, list[float]] = {name: [] for name in names}
    unsupported = dict(lost)
    rounds = 1 if workload.once else rounds
    longest = _LONGEST_SINGLE_ANSWER if workload.once else _LONGEST_ANSWER
    for turn in range(rounds):
        for name in names:
            if name in unsupported:
                continue
            progress(f"{workload.name}, round {turn + 1} of {rounds}, {name}")
            try:
                answer = processes[name].ask({"workload": workload.name, "seconds": seconds}, longest)
            except WorkerLost as error:
                answer = {"unsupported": str(error)}
                processes.pop(name).close()
                try:
                    processes[name], _ = start(name)  # for the next workload
                except (InstallError, WorkerLost) as final:
                    lost[name] = f"not available: {final}"
            if "samples" in answer:
                samples[name] += answer["samples"]
            else:
                unsupported[name] = answer["unsupported"]
    return {
        name: {"unsupported": unsupported[name]} if name in unsupported else summary(samples[name]) for name in names
    }


def summary(samples: list[float]) -> dict[str, Any]:
    """Samples with their median, extremes and quartiles."""
    quarters = quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else samples * 3
    return {
        "min": min(samples),
        "median": median(samples),
        "max": max(samples),
        "quartiles": [quarters[0], quarters[2]],
        "samples": samples,
    }


def machine() -> dict[str, Any]:
    """Which machine this is."""
    return {
        "system": f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def load() -> dict[str, Any]:
    """How busy the machine is: the load averages where the system has them."""
    averages = [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None
    return {"at": time.time(), "averages": averages}
