"""Processes that race for the same runs and steps, with leases that end at once, and pause wherever they may be overtaken.

`python -m tests.workflows.races --claims 1000000 --processes 4 --seed 1` says at the end what it has found: nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.workflows.audit import faults
from tests.workflows.store_suite.backends import Backend, SQLiteBackend
from tests.workflows.store_suite.making import begin, outcome_of, step, turn_of

from snapjs._workflows.records import Claim
from snapjs._workflows.store import Fenced, Store

RUNS = 5
_LEASES = (0.0, 0.0, 0.0, 0.05)
"""seconds: most can be overtaken at once"""


@dataclass
class Tally:
    """What one of those that race has done."""

    claims: int = 0
    fenced: int = 0
    turns: list[tuple[str, int]] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)


class Racer:
    """One of those that race."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store = store
        self._name = f"racer {seed}"
        self._chance = random.Random(seed)
        self.tally = Tally()

    def run(self, claims: int) -> Tally:
        """Claim so many times, and store what was claimed if nobody has come between."""
        while self.tally.claims < claims:
            try:
                self._chance.choice((self._take_turn, self._look, self._run_step))()
            except Fenced:
                self.tally.fenced += 1
        return self.tally

    def _take_turn(self) -> None:
        claim = self._store.claim(self._name, self._chance.choice(_LEASES))
        if claim is not None:
            self._commit(claim)

    def _look(self) -> None:
        claim = self._store.look(f"run {self._chance.randrange(RUNS)}")
        if claim is not None:
            self._commit(claim)

    def _commit(self, claim: Claim) -> None:
        self.tally.claims += 1
        self._pause()
        if not claim.events and self._chance.random() < 0.2:
            self._store.release(claim, self._store.now())
            return
        wanted = step(claim.last_call + 1)
        turn = turn_of(claim, wanted, timer=self._store.now(), entropy=self._chance.randbytes(16))
        self._store.commit(claim, turn, 1)
        self.tally.turns.append((claim.run.id, claim.run.turn + 1))

    def _run_step(self) -> None:
        claim = self._store.claim_step(self._name, self._chance.choice(_LEASES), ["work"])
        if claim is None:
            return
        self.tally.claims += 1
        self._pause()
        if self._chance.random() < 0.2:
            self._store.retry_step(claim, self._store.now(), b"")
        else:
            self._store.finish_step(outcome_of(claim))
            self.tally.answers.append((claim.run, claim.call))

    def _pause(self) -> None:
        if self._chance.random() < 0.5:
            time.sleep(self._chance.uniform(0, 0.003))


def race(backend: Backend, executor: Executor, racers: int, claims: int, seed: int) -> tuple[list[Tally], list[str]]:
    """What racers have done, and what is wrong with it: nothing.

    :param claims: of each.
    """
    store = backend.open(time.time)
    store.put_artifacts({"code": b""})
    for number in range(RUNS):
        begin(store, f"run {number}")
    tasks = [executor.submit(_run, backend, seed * 1000 + number, claims) for number in range(racers)]
    tallies = [task.result() for task in tasks]
    return tallies, list(_faults(store, tallies))


def _run(backend: Backend, seed: int, claims: int) -> Tally:
    return Racer(backend.open(time.time), seed).run(claims)


def _faults(store: Store, tallies: list[Tally]) -> list[str]:
    def twice(done: Callable[[Tally], list[tuple[str, int]]]) -> list[tuple[str, int]]:
        counts = Counter(one for tally in tallies for one in done(tally))
        return [one for one, count in counts.items() if count > 1]

    found = [f"turn {number} of {run} was stored twice" for run, number in twice(lambda tally: tally.turns)]
    found += [f"step {call} of {run} has ended twice" for run, call in twice(lambda tally: tally.answers)]
    turns = {one for tally in tallies for one in tally.turns}
    answers = {one for tally in tallies for one in tally.answers}
    for run in store.runs(status=None, workflow=None, limit=RUNS):
        wanted = {(run.id, number) for number in range(1, run.turn + 1)}
        if wanted != {one for one in turns if one[0] == run.id}:
            found.append(f"the turns of {run.id} are not those that were stored")
        history = store.history(run.id, 0)
        if [turn.turn for turn in history.turns] != list(range(1, run.turn + 1)):
            found.append(f"the history of {run.id} has other turns")
        told = Counter(event.target for event in [*history.events.values(), *history.untold] if event.kind == "answer")
        if told != Counter(str(call) for id, call in answers if id == run.id):
            found.append(f"{run.id} was told of other outcomes than there were")
        if history.untold and run.wake_at is None:
            found.append(f"{run.id} sleeps")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the file is made: in memory, say, where no disk holds up the race")
    options = parser.parse_args()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(dir=options.folder) as folder,
        ProcessPoolExecutor(options.processes, multiprocessing.get_context("spawn")) as executor,
    ):
        backend = SQLiteBackend(str(Path(folder) / "races.db"))
        each = options.claims // options.processes
        tallies, found = race(backend, executor, options.processes, each, options.seed)
        found += faults(backend.file)
    seconds = time.monotonic() - began
    claims, fenced = sum(tally.claims for tally in tallies), sum(tally.fenced for tally in tallies)
    turns, answers = sum(len(tally.turns) for tally in tallies), sum(len(tally.answers) for tally in tallies)
    print(f"{claims} claims, {fenced} fenced, {turns} turns, {answers} outcomes, seed {options.seed}, {seconds:.0f} s")
    for fault in found:
        print(fault)
    print(f"{len(found)} faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
