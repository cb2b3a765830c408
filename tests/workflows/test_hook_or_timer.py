"""A delivery and a timer at the same moment; `python -m tests.workflows.hook_or_timer` is the long form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.workflows.hook_or_timer import race
from workflow_desk import Clock, Desk, module

from snapjs.workflows import App

RACE = "return await Promise.race([hook('go').then(() => 'hook'), sleep(5).then(() => 'timer')])"


@pytest.mark.parametrize(("delivered_after", "winner"), [(4.999, "hook"), (5.0, "timer"), (5.001, "timer")])
@pytest.mark.parametrize("is_restarted", [True, False])
def test_what_comes_first_wins_even_if_both_are_told_at_once(
    delivered_after: float,
    winner: str,
    is_restarted: bool,
    store: str,
    clock: Clock,
    make_desk: Callable[[App], Desk],
) -> None:
    desk = make_desk(App(store, clock=clock))
    run = desk.app.start(module(RACE))
    desk.settle()
    clock.advance(delivered_after)
    run.deliver("go")
    clock.advance(1)
    (make_desk(App(store, clock=clock)) if is_restarted else desk).settle()

    assert run.result(timeout=0.001) == winner


@pytest.mark.slow
def test_one_of_both_wins_whatever_happens_to_workers(tmp_path: Path) -> None:
    won, _, found = race(tmp_path, runs=40, seed=1)

    assert found == []
    assert sum(won.values()) == 40
