"""``python -m benchmarks.load``: a million calls of a library from npm, in worker processes that are killed meanwhile.

Each call has a number, which its answer must have too: one that is lost, that comes twice or that is another call's
shows. A call whose process was killed is made again, so JavaScript may run more often than there are answers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from snapjs import Pool

from .__main__ import show_progress
from .bundling import bundle, packages

_ENTRY = Path(__file__).parents[1] / "examples" / "bridge" / "dates.js"
_AT_ONCE = 64
"""calls"""
_RETRIES = 100
"""of a call: so many kills of the process that makes it have no end"""
_NOW = datetime(2026, 1, 2, 9, tzinfo=UTC)

Progress = Callable[[str], None]


class Question(NamedTuple):
    """What a call asks, by its number, and what its answer must be."""

    export: str
    arguments: Callable[[int], tuple[Any, ...]]
    answer: Callable[[int], Any]


def _found(number: int) -> Any:
    return [{"text": f"in {number} minutes", "start": _NOW + timedelta(minutes=number), "end": None}]


DATES = Question("dates", lambda number: (f"in {number} minutes", _NOW), _found)
"""of the bundle of ``examples/bridge``"""


@dataclass(frozen=True)
class Outcome:
    """What became of the calls."""

    answers: bytearray
    """how many each call had"""
    kills: int
    counted: int
    """calls, by the pool's own count"""
    retried: int
    restarts: int
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Whether each call had one answer."""
        return self.answers.count(1) == len(self.answers) == self.counted


async def load(
    pool: Pool, question: Question, calls: int, kills: int, seed: int, *, progress: Progress = lambda text: None
) -> Outcome:
    """Make calls, many at once, and kill worker processes when certain numbers of them have been answered.

    :param kills: how many.
    :param seed: decides when, and which process.
    :raises AssertionError: an answer is wrong.
    """
    answers = bytearray(calls)
    numbers = iter(range(calls))
    killer = _Killer(pool, Random(seed), calls, kills)
    start = time.perf_counter()

    async def call_on() -> None:
        for number in numbers:
            answer = await pool.call(question.export, *question.arguments(number))
            if answer != question.answer(number):
                raise AssertionError(f"call {number} was answered with {answer}")
            answers[number] += 1
            killer.answered()
            if number % 1000 == 0:
                progress(f"{number:,} of {calls:,} calls, {killer.kills} kills")

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(call_on())
    seconds = time.perf_counter() - start
    found = pool.statistics()
    return Outcome(answers, killer.kills, found.calls, found.retried, found.restarts, seconds)


class _Killer:
    """Kills a process of a pool each time that a certain number of calls has been answered."""

    def __init__(self, pool: Pool, random: Random, calls: int, kills: int) -> None:
        self.kills = 0
        self._pool = pool
        self._random = random
        self._answered = 0
        self._moments = sorted(random.sample(range(1, calls), kills), reverse=True)
        self._killed: set[int] = set()

    def answered(self) -> None:
        """One more call has been."""
        self._answered += 1
        if self._moments and self._answered >= self._moments[-1]:
            found = (worker.pid for worker in self._pool.statistics().workers)
            alive = {process for process in found if process is not None} - self._killed
            if alive:  # or the next answer will find one
                self._moments.pop()
                self._kill(self._random.choice(sorted(alive)))

    def _kill(self, process: int) -> None:
        self._killed.add(process)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            self.kills += 1


async def _run(options: argparse.Namespace) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        file = bundle(_ENTRY, Path(folder, "dates.js"), packages())
        async with Pool(file, processes=options.processes, retries=_RETRIES) as pool:
            return await load(pool, DATES, options.calls, options.kills, options.seed, progress=show_progress)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    outcome = asyncio.run(_run(options))
    show_progress("")
    answers = outcome.answers
    print(f"{len(answers):,} calls in {outcome.seconds:.0f} s: {len(answers) / outcome.seconds:,.0f} a second")
    print(f"{outcome.kills:,} kills, {outcome.restarts:,} restarts, {outcome.retried:,} calls made again")
    print(f"{answers.count(0):,} lost, {len(answers) - answers.count(0) - answers.count(1):,} answered twice")
    return 0 if outcome.is_exact else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.load", description="Make many calls in worker processes, and kill these meanwhile."
    )
    parser.add_argument("--calls", type=int, default=1_000_000, metavar="N", help="a million by default")
    parser.add_argument("--kills", type=int, default=1000, metavar="N", help="a thousand by default")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), metavar="N", help="by default one a core")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="decides when which process is killed")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
