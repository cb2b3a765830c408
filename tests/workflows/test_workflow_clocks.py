"""Workers whose clocks are an hour off, or jump: what they do may be early or late, but nothing is lost or done twice."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.workflows.audit import faults
from tests.workflows.mixed import SHAPES, begin, expected, make_app, outcome, steps_of

from snapjs.workflows import Status

HOUR = 3600.0


def ahead() -> float:
    return time.time() + HOUR


def behind() -> float:
    return time.time() - HOUR


def jumping() -> Callable[[], float]:
    """A clock that is set every now and then, by up to an hour."""
    chance, offset = random.Random(1), 0.0

    def now() -> float:
        nonlocal offset
        if chance.random() < 0.05:
            offset = chance.uniform(-HOUR, HOUR)
        return time.time() + offset

    return now


@pytest.mark.slow
def test_workers_whose_clocks_are_wrong(tmp_path: Path) -> None:
    store, ledger = f"sqlite:///{tmp_path / 'runs.db'}", tmp_path / "ledger"
    ledger.touch()
    app = make_app(store, ledger)
    runs = [(shape, begin(app, shape, key)) for shape in SHAPES for key in "ab"]
    for shape, run in runs:
        SHAPES[shape].tell(run)
    end = time.monotonic() + 60

    def is_over() -> bool:
        for shape, run in runs:
            if shape == "cancelled" and run.turn == 2:
                run.cancel("enough")
        return all(run.status.is_final for _, run in runs) or time.monotonic() > end

    apps = [make_app(store, ledger, clock=clock) for clock in (time.time, ahead, behind, jumping())]
    threads = [threading.Thread(target=one.run_worker, kwargs={"threads": 1, "until": is_over}) for one in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # The timer of the race is due in an hour, and may be an hour early.
    late = [(shape, run) for shape, run in runs if shape != "race" or outcome(run) != (Status.COMPLETED, None)]
    assert [(shape, outcome(run)) for shape, run in late] == [(shape, expected(shape)) for shape, _ in late]
    taken = steps_of(ledger)
    assert {run.id: taken.get(run.id) for _, run in late} == {run.id: SHAPES[shape].steps for shape, run in late}
    assert faults(store) == []


def test_a_worker_that_is_an_hour_ahead_takes_over_and_fences(tmp_path: Path) -> None:
    store, ledger = f"sqlite:///{tmp_path / 'runs.db'}", tmp_path / "ledger"
    ledger.touch()
    app, hasty = make_app(store, ledger), make_app(store, ledger, clock=ahead)
    run = begin(app, "sequence", "1")
    slow, fast = app.worker(), hasty.worker()
    claim = app._store.claim("slow", 30)
    assert claim is not None
    while fast.work():
        pass
    slow._go_on(claim, is_followed=True)
    for worker in (slow, fast):
        worker.close()

    assert outcome(run) == expected("sequence")
    assert steps_of(ledger) == {run.id: 5}
    assert faults(store) == []
