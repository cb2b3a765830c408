"""Runs of mixed shapes, whose workers are killed all the time.

`python -m tests.workflows.soak --runs 10000 --kills 1000 --seed 1` says at the end what it has found: nothing.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import apsw
from tests.workflows.audit import faults
from tests.workflows.mixed import SHAPES, begin, expected, make_app, outcome, steps_of, too_many_at_once

from snapjs.workflows import App, Run

ROOT = Path(__file__).parents[2]
_LEASE = 1.0


@dataclass
class Report:
    """What has happened."""

    runs: int
    kills: int = 0
    checkpoints: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


class Workers:
    """Processes, each replaced by another when it is killed."""

    def __init__(self, count: int, arguments: list[str]) -> None:
        self._arguments = [sys.executable, "-m", "tests.workflows.mixed", *arguments]
        self._processes = [self._new() for _ in range(count)]

    def _new(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return subprocess.Popen(self._arguments, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def kill(self, chance: random.Random) -> None:
        """One of them, in the middle of whatever it does."""
        number = chance.randrange(len(self._processes))
        self._end(self._processes[number])
        self._processes[number] = self._new()

    def close(self) -> None:
        for process in self._processes:
            self._end(process)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()


def soak(
    folder: Path,
    *,
    runs: int,
    kills: int,
    seed: int,
    workers: int = 4,
    patience: float = 120.0,
    checkpoints: bool = False,
) -> Report:
    """Begin runs while workers are killed, so many times, and see what has become of all.

    :param folder: an empty one.
    :param patience: seconds that it may take after the last kill.
    :param checkpoints: whether the file's log is written back and emptied all the time, by force.
    """
    chance = random.Random(seed)
    store, ledger = f"sqlite:///{folder / 'runs.db'}", folder / "ledger"
    ledger.touch()
    report = Report(runs)
    app = make_app(store, ledger)
    began = time.monotonic()
    begun: dict[str, tuple[str, Run]] = {}
    processes = Workers(workers, [store, str(ledger), str(_LEASE)])
    telling = threading.Thread(target=_begin_and_tell, args=(app, runs, seed, begun))
    telling.start()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, 2.0))
            processes.kill(chance)
            report.kills += 1
            if checkpoints:
                report.checkpoints += _checkpoint(folder / "runs.db")
        telling.join()
        end = time.monotonic() + patience
        waiting = [run for _, run in begun.values()]
        while waiting and time.monotonic() < end:
            waiting = [run for run in waiting if not run.status.is_final]
            _cancel_waiting(app, begun)
            time.sleep(0.2)
    finally:
        telling.join()
        processes.close()
    report.seconds = time.monotonic() - began
    report.faults = [*_faults_of_runs(begun, ledger), *too_many_at_once(ledger), *faults(store)]
    return report


def _begin_and_tell(app: App, runs: int, seed: int, begun: dict[str, tuple[str, Run]]) -> None:
    chance = random.Random(seed + 1)
    for number in range(runs):
        shape = chance.choice(list(SHAPES))
        run = begin(app, shape, str(number))
        begun[run.id] = shape, run
        SHAPES[shape].tell(run)


def _checkpoint(file: Path) -> int:
    """Write back the log of a file, and empty it, while others write. How often that could be done."""
    done = 0
    connection = apsw.Connection(str(file))
    connection.set_busy_timeout(100)
    for mode in ("passive", "full", "restart", "truncate"):
        with suppress(apsw.BusyError):
            connection.pragma(f"wal_checkpoint({mode})")
            done += 1
    connection.close()
    return done


def _cancel_waiting(app: App, begun: dict[str, tuple[str, Run]]) -> None:
    """Those that wait for a month, after their first step."""
    for run in app.list(status="running", limit=1_000_000):
        if run.parent is None and begun[run.id][0] == "cancelled" and run.turn == 2:
            run.cancel("enough")


def _faults_of_runs(begun: dict[str, tuple[str, Run]], ledger: Path) -> list[str]:
    found = []
    steps = steps_of(ledger)
    for shape, run in begun.values():
        if outcome(run) != expected(shape):
            found.append(f"the run {run.id} ({shape}) is {outcome(run)}, in place of {expected(shape)}")
        if steps[run.id] != SHAPES[shape].steps:
            found.append(f"the run {run.id} ({shape}) has run {steps[run.id]} steps of {SHAPES[shape].steps}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--checkpoints", action="store_true", help="force them all the time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = soak(
            Path(folder),
            runs=options.runs,
            kills=options.kills,
            seed=options.seed,
            workers=options.workers,
            checkpoints=options.checkpoints,
            patience=600,
        )
    print(f"{report.runs} runs, {report.kills} kills, seed {options.seed}, {report.seconds:.0f} s")
    for fault in report.faults:
        print(fault)
    print(f"{len(report.faults)} faults")
    sys.exit(bool(report.faults))


if __name__ == "__main__":
    main()
