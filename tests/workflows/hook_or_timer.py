"""Runs that wait for a delivery or for a time, and get both at that time, while their workers are killed.

`python -m tests.workflows.hook_or_timer --runs 10000 --seed 1` says at the end what it has found: nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.workflows.audit import faults
from tests.workflows.mixed import make_app
from tests.workflows.soak import Workers

from snapjs.errors import RunEnded
from snapjs.workflows import App, Run

SOURCE = """
import { hook, sleep } from "snapjs:workflow";
import { add } from "app:steps";
export default async function race(seconds) {
  const winner = await Promise.race([hook("go").then(() => 1), sleep(seconds).then(() => 2)]);
  const noted = await add(winner, 0);
  await sleep(0.01);
  return [winner, noted];
}
"""
WAIT = 0.5
"""seconds until both happen"""
_BATCH = 50


def race(folder: Path, *, runs: int, seed: int) -> tuple[Counter[int], int, list[str]]:
    """How often the delivery (1) and the time (2) have won, how many workers were killed, and what is wrong: nothing."""
    chance = random.Random(seed)
    store, ledger = f"sqlite:///{folder / 'runs.db'}", folder / "ledger"
    ledger.touch()
    app = make_app(store, ledger)
    workers = Workers(3, [store, str(ledger), "0.5"])
    won: Counter[int] = Counter()
    kills, found = 0, []
    try:
        for first in range(0, runs, _BATCH):
            batch = [(time.time(), app.start(SOURCE, WAIT)) for _ in range(min(_BATCH, runs - first))]
            for begun, run in batch:
                time.sleep(max(0.0, begun + WAIT + chance.uniform(-0.05, 0.05) - time.time()))
                with suppress(RunEnded):
                    run.deliver("go")
            workers.kill(chance)
            kills += 1
            for _, run in batch:
                found += _wrong(app, run, won)
    finally:
        workers.close()
    return won, kills, found + faults(store)


def _wrong(app: App, run: Run, won: Counter[int]) -> list[str]:
    try:
        winner, noted = run.result(timeout=120)
    except TimeoutError as error:
        return [str(error)]
    won[winner] += 1
    told = [event.kind for turn in app._store.history(run.id, 0).turns for event in turn.told]
    first = {"hook": 1, "timer": 2}[next(kind for kind in told if kind in ("hook", "timer"))]
    if not winner == noted == first:
        return [f"{run.id}: {winner} has won, {noted} was noted, and {first} came first"]
    return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the file is made")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        won, kills, found = race(Path(folder), runs=options.runs, seed=options.seed)
    print(
        f"{options.runs} runs: {won[1]} deliveries and {won[2]} timers have won, {kills} kills, seed {options.seed}, "
        f"{time.monotonic() - began:.0f} s"
    )
    for one in found:
        print(one)
    print(f"{len(found)} faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
