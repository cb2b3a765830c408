"""Schedules and forks, in an app whose clock goes on as it is told, whose worker dies now and then."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from snapjs import testing, workflows

_REPORT = (
    "export default async function report(region) { return `${region}: ${new Date().toISOString().slice(0, 10)}` }"
)
_BASKET = """
import { hook } from "snapjs:workflow"
import { price } from "app:steps"

export default async function basket() {
  let total = 0
  for await (const fruit of hook("add")) {
    if (fruit === "done") return total
    total += await price(fruit)
  }
}
"""
_PLACES: tuple[testing.Place, ...] = ("claimed", "computed", "committed", "step_claimed", "step_done", "step_stored")


def rounds(chance: random.Random, folder: Path) -> Iterator[dict[str, int]]:
    """Some days of a schedule, and a basket that is forked where it was before its last fruit."""
    app = workflows.App(f"sqlite:///{folder / 'unused.db'}")

    @app.step
    def price(fruit: str) -> int:
        return len(fruit)

    while True:
        with testing.workflows(app) as copy:
            days = _keep_a_schedule(copy, chance)
            forks = _fork(copy, chance)
        yield {"days": days, "forks": forks}


def _keep_a_schedule(app: testing.InProcessApp, chance: random.Random) -> int:
    nightly = app.schedule("nightly", "0 3 * * *", _REPORT, "north")
    days = chance.randint(1, 5)
    for _ in range(days):
        app.advance(86_400)
    nightly.remove()
    found = sorted(str(run.result()) for run in app.list())
    if len(found) != days or len(set(found)) != days:
        raise AssertionError(f"{days} nights have left {found}")
    return days


def _fork(app: testing.InProcessApp, chance: random.Random) -> int:
    run = app.start(_BASKET)
    app.crash_at(chance.choice(_PLACES), times=1)
    fruits = [chance.choice(["apple", "pear", "fig"]) for _ in range(chance.randint(1, 6))]
    for fruit in fruits:
        run.deliver("add", fruit)
        app.run_until_idle()
    fork = run.fork(run.turn)
    run.deliver("add", "done")
    for fruit in ("melon", "done"):
        fork.deliver("add", fruit)
    app.run_until_idle()
    total = sum(map(len, fruits))
    if (run.result(), fork.result()) != (total, total + 5):
        raise AssertionError(f"{fruits} come to {run.result()}, and with a melon to {fork.result()}")
    return 1
