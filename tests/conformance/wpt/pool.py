"""Runs many tests on several processes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .execute import Executor, Limits
from .peers import Peer
from .results import Result
from .suite import Suite, Test

SNAPJS = "snapjs"

_LONGEST_MESSAGE = 300


@dataclass(frozen=True)
class Settings:
    """How tests are run."""

    folder: Path
    limits: Limits = field(default_factory=Limits)
    peers: Sequence[Peer] = ()
    """engines that run each test beside snapjs"""


class Task(NamedTuple):
    """One test in one engine."""

    area: str
    test: Test
    engine: str


class Worker:
    """Runs tests of the suite that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._suite = Suite(settings.folder)
        self._executor = Executor(self._suite, settings.limits)
        self._peers = {peer.name: peer for peer in settings.peers}

    def result(self, task: Task) -> Result:
        """What comes of a task."""
        start = time.perf_counter()
        if task.engine == SNAPJS:
            subtests = self._executor.subtests(task.test)
        else:
            subtests = self._peers[task.engine].subtests(self._suite, task.test)
        short = tuple(subtest._replace(message=subtest.message[:_LONGEST_MESSAGE]) for subtest in subtests)
        return Result(task.area, task.test.name, task.engine, short, time.perf_counter() - start)


def run_tests(settings: Settings, tests: Sequence[tuple[str, Test]], jobs: int) -> Iterator[Result]:
    """Run tests, each with the name of its area, and give the results as they come.

    :param jobs: number of processes; with 1, all happens in this one.
    """
    engines = (SNAPJS, *(peer.name for peer in settings.peers))
    tasks = [Task(area, test, engine) for area, test in tests for engine in engines]
    if jobs == 1:
        yield from map(Worker(settings).result, tasks)
        return
    # not fork: snapjs has threads
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_process, initargs=(settings,)) as pool:
        for future in as_completed([pool.submit(_result, task) for task in tasks]):
            yield future.result()


_worker: Worker


def _start_process(settings: Settings) -> None:
    global _worker
    _worker = Worker(settings)


def _result(task: Task) -> Result:
    return _worker.result(task)
