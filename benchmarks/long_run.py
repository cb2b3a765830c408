"""``python -m benchmarks.long_run``: one run of a workflow with a hundred thousand events.

It says what it costs to go on with the run, by how many events are in its past: in the worker that has it in memory,
and in a new process; and what the file holds of each event.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from snapjs.workflows import App, Run

from .__main__ import show_progress
from .durable import file_size

_SOURCE = """
import { next } from "app:steps";
import { hook } from "snapjs:workflow";

export default async function (pauses, events) {
  let sum = 0;
  for (let pause = 0; pause <= pauses; pause++) {
    while (await hook("go") !== "on");
    if (pause < pauses) for (let n = 0; n < events; n++) sum += (await next(n)).number;
  }
  return sum;
}
"""
_COLD, _WARM = 7, 50
"""how often it is measured what it costs to go on"""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Pause:
    """What the run costs at one point of its life. Times are seconds."""

    events: int
    """in its past"""
    warm: float
    cold: float | None
    """not measured where processes are not to be started"""
    size: int
    """bytes of the file that are in use"""


def make_app(path: str) -> App:
    """The app of the run, whose step returns about a hundred bytes."""
    app = App(f"sqlite:///{path}")
    app.step(lambda number: {"number": number, "text": "what a step returns " * 4}, name="next")
    return app


def live(path: str, events: int, pauses: int, *, cold: bool, progress: Progress = lambda text: None) -> Iterator[Pause]:
    """Have a run live through so many events, and look at it before the first and after each part of them.

    :param path: of the file.
    :param pauses: how many parts there are.
    :param cold: whether to start processes that go on with it.
    """
    app = make_app(path)
    run = app.start(_SOURCE, pauses, events // pauses)
    with closing(app.worker()) as worker:

        def tell(value: str) -> float:
            """Seconds of the turn in which the run is told something."""
            run.deliver("go", value)
            start = perf_counter()
            worker.take_turn()
            return perf_counter() - start

        worker.take_turn()
        for part in range(pauses + 1):
            done = part * (events // pauses)
            progress(f"{done:,} of {events:,} events")
            warm = median(tell("look") for _ in range(_WARM))
            yield Pause(done, warm, _cold(path, run) if cold else None, file_size(path))
            tell("on")
            while worker.work():
                pass
    if run.result(timeout=0.001) != pauses * sum(range(events // pauses)):
        raise AssertionError("the run has lost something")


def _cold(path: str, run: Run) -> float:
    """Seconds that a new process takes for a turn."""
    found = []
    for _ in range(_COLD):
        run.deliver("go", "look")
        command = [sys.executable, "-m", "benchmarks.long_run", "--go-on", path]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found.append(float(done.stdout))
    return median(found)


def _go_on(path: str) -> float:
    """Seconds from the start of a worker to the end of its first turn."""
    start = perf_counter()
    with closing(make_app(path).worker()) as worker:
        if not worker.take_turn():
            raise AssertionError("the run has nothing to do")
        return perf_counter() - start


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.long_run", description="Have one run live long.")
    parser.add_argument("--events", type=int, default=100_000, metavar="N", help="a hundred thousand by default")
    parser.add_argument("--pauses", type=int, default=10, metavar="N", help="how often it is measured: ten by default")
    parser.add_argument("--go-on", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.go_on:
        print(_go_on(options.go_on))
        return
    with tempfile.TemporaryDirectory() as folder:
        before = None
        for pause in live(
            str(Path(folder, "runs.db")), options.events, options.pauses, cold=True, progress=show_progress
        ):
            show_progress("")
            print(_line(pause, before), flush=True)
            before = pause


def _line(pause: Pause, before: Pause | None) -> str:
    parts = [f"{pause.events:9,} events in its past", f"warm {pause.warm * 1e3:5.2f} ms"]
    if pause.cold is not None:
        parts.append(f"cold {pause.cold * 1e3:5.1f} ms")
    parts.append(f"{pause.size / 1e6:7.2f} MB")
    if before is not None:
        parts.append(f"{(pause.size - before.size) / (pause.events - before.events):4.0f} B an event")
    return ", ".join(parts)


if __name__ == "__main__":
    main()
