"""Runs many tests on several processes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from .execute import Executor, Limits
from .results import Result, Verdict
from .skips import reason_to_skip
from .suite import Suite, open_suite
from .tests import BadFrontMatter, Test, parse_test

_TESTS_A_TASK = 40
_LONGEST_DETAIL = 300


@dataclass(frozen=True)
class Settings:
    """How tests are run."""

    folder: Path
    limits: Limits = field(default_factory=Limits)
    skipped: Mapping[str, str] = field(default_factory=dict)
    """from each feature or folder whose tests are not run to the reason"""
    only_features: Collection[str] = ()
    """if any, tests that use none of these are left out"""


class Worker:
    """Runs tests of the suite that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._suite: Suite = open_suite(settings.folder)
        self._executor = Executor(self._suite, settings.limits)

    def results(self, names: Sequence[str]) -> list[Result]:
        """The results of these tests, in their order."""
        return [result for name in names for result in self._test(name)]

    def _test(self, name: str) -> Iterator[Result]:
        try:
            test = parse_test(name, self._suite.read(name))
        except (BadFrontMatter, UnicodeDecodeError) as error:
            yield Result(name, "raw", Verdict.FAILED, str(error)[:_LONGEST_DETAIL], (), 0.0)
            return
        only = self._settings.only_features
        if only and not set(only) & set(test.features):
            return
        reason = reason_to_skip(test, self._settings.skipped)
        for mode in test.modes:
            if reason is None:
                yield self._run(test, mode)
            else:
                yield Result(name, mode, Verdict.SKIPPED, reason, test.features, 0.0)

    def _run(self, test: Test, mode: str) -> Result:
        start = time.perf_counter()
        failure = self._executor.failure(test, mode)
        seconds = time.perf_counter() - start
        verdict = Verdict.PASSED if failure is None else Verdict.FAILED
        return Result(test.name, mode, verdict, (failure or "")[:_LONGEST_DETAIL], test.features, seconds)


def run_tests(settings: Settings, names: Sequence[str], jobs: int) -> Iterator[list[Result]]:
    """Run tests, and give the results as they come, some tests at a time.

    :param jobs: number of processes; with 1, all happens in this one.
    """
    tasks = [names[start : start + _TESTS_A_TASK] for start in range(0, len(names), _TESTS_A_TASK)]
    if jobs == 1:
        yield from map(Worker(settings).results, tasks)
        return
    # not fork: snapjs has threads
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_process, initargs=(settings,)) as pool:
        futures: list[Future[list[Result]]] = [pool.submit(_results, task) for task in tasks]
        for future in as_completed(futures):
            yield future.result()


_worker: Worker


def _start_process(settings: Settings) -> None:
    global _worker
    _worker = Worker(settings)


def _results(names: Sequence[str]) -> list[Result]:
    return _worker.results(names)
