"""A clock that moves when the test says so, and a worker that is stepped."""

from __future__ import annotations

from typing import Any

from snapjs._workflows.worker import Worker
from snapjs.workflows import App, Run

START = 1_700_000_000.0


class Clock:
    """Unix seconds, as the test says."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Desk:
    """An app with one worker, which does what is due and no more."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.worker: Worker = app.worker()

    def settle(self) -> None:
        """Take turns and run steps until nothing is due."""
        while self.worker.begin_scheduled() or self.worker.take_turn() or self.worker.run_step():
            pass

    def start(self, source: str, *arguments: Any, **options: Any) -> Run:
        """Begin a run whose module is this source after the imports that most need."""
        return self.app.start(module(source), *arguments, **options)

    def result(self, source: str, *arguments: Any) -> Any:
        """What a run returns that nothing keeps from its end."""
        run = self.start(source, *arguments)
        self.settle()
        return run.result(timeout=0.001)

    def advance(self, seconds: float) -> None:
        """Let time pass, then do what is due."""
        self.clock.advance(seconds)
        self.settle()


def module(source: str) -> str:
    """A module around the body of a workflow, which is called with `input`."""
    return (
        'import { hook, log, signal, sleep } from "snapjs:workflow";\nimport * as steps from "app:steps";\n'
        f"export const seen = [];\nexport default async function main(input) {{\n{source}\n}}"
    )
