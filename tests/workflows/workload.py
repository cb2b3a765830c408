"""Begins runs, tells them things and goes on with them, and says what it knows to be stored: until something kills it.

`python -m tests.workflows.workload STORE LEDGER`: one thread, so that the same system calls come in the same order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.workflows.mixed import SHAPES, begin, make_app

from snapjs import StoreError
from snapjs.workflows import Run

BEGUN = ["sequence", "any", "hooks", "fails"]
"""of the shapes of mixed.py, the ones that come to their end without waiting"""
_MOST_FAILURES = 20

_T = TypeVar("_T")


def say(*words: object) -> None:
    """Tell whoever has started this, at once."""
    print(*words, flush=True)


def insist(use: Callable[[], _T]) -> _T:
    """What a use of the store returns, as soon as it does not fail."""
    for _ in range(_MOST_FAILURES):
        try:
            return use()
        except StoreError as error:
            say("failed", error.reason)
    raise RuntimeError("the store fails for ever")


def main() -> None:
    store, ledger = sys.argv[1:]
    Path(ledger).touch()
    app = insist(lambda: make_app(store, ledger))
    runs: list[Run] = []
    for shape in BEGUN:
        run = insist(lambda shape=shape: begin(app, shape, "1"))  # type: ignore[misc]
        say("started", run.id, shape)
        insist(lambda run=run, shape=shape: SHAPES[shape].tell(run))  # type: ignore[misc]
        say("told", run.id)
        runs.append(run)
    worker = app.worker()
    while insist(worker.work):
        for run in runs:
            say("turn", run.id, insist(lambda run=run: run.turn))  # type: ignore[misc]
    worker.close()
    say("done")


if __name__ == "__main__":
    main()
