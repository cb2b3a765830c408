"""Thousands of things at once."""

from __future__ import annotations

import pytest
from workflow_desk import Desk

pytestmark = pytest.mark.slow


def test_thousands_of_timers_that_are_due_at_once(desk: Desk) -> None:
    run = desk.start(
        "let rung = 0; await Promise.all(Array.from({ length: 2000 }, () => sleep(10).then(() => rung++))); return rung"
    )
    desk.settle()
    desk.advance(10.001)

    assert run.result(timeout=0.001) == 2000
    assert run.turn == 21  # a hundred each, so that others have their turn in between


def test_thousands_of_deliveries_to_one_hook(desk: Desk) -> None:
    run = desk.start("const all = []; for await (const n of hook('n')) { all.push(n); if (n === 1999) return all }")
    desk.settle()
    for number in range(2000):
        run.deliver("n", number)
    desk.settle()

    assert run.result(timeout=0.001) == list(range(2000))
