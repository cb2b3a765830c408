"""What users give is not in the files of a store that is encrypted, wherever they give it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from workflow_desk import Clock, Desk

from snapjs import workflows
from snapjs.workflows import App

KEY = bytes(range(32))
PLACES = [
    "argument",
    "module",
    "result",
    "log",
    "error",
    "reason",
    "delivered",
    "untold",
    "step-argument",
    "step-result",
    "step-error",
    "retried",
    "variable",
    "scheduled",
    "code",
]
SOURCE = """
    import { attributes, hook, log, sleep } from "snapjs:workflow";
    import { echo, fail, flaky } from "app:steps";
    const literal = "CANARY-module";
    export default async function (given) {
        const variable = "CANARY-" + "variable";
        log("CANARY-log", literal);
        attributes({ own: "CANARY-attribute" });
        const first = await echo("CANARY-step-argument");
        const caught = await fail().catch(error => error);
        await flaky();
        const delivered = await hook("go");
        if (given === "CANARY-argument") return ["CANARY-result", first, caught.message, delivered, variable];
        throw new Error("CANARY-error");
    }
"""


def make_app(store: str, clock: Clock, keys: bytes | None) -> App:
    app = workflows.App(store, clock=clock, keys=keys, keep_turns=2)
    attempts: list[int] = []

    @app.step
    def echo(value: str) -> str:
        return "CANARY-step-result"

    @app.step(max_attempts=1)
    def fail() -> None:
        raise ValueError("CANARY-step-error")

    @app.step
    def flaky() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("CANARY-retried")

    return app


def seen(file: Path, store: str, clock: Clock, keys: bytes | None, make_desk: Callable[[App], Desk]) -> set[str]:
    """The canaries that were in the files at any of the moments between two transactions."""
    desk = make_desk(make_app(store, clock, keys))
    found: set[str] = set()

    def look() -> None:
        for path in file.parent.glob(f"{file.name}*"):
            data = path.read_bytes()
            found.update(place for place in PLACES if f"CANARY-{place}".encode() in data)

    app = desk.app
    runs = [
        app.start(SOURCE, "CANARY-argument", attributes={"given": "CANARY-given-attribute"}),
        app.start(SOURCE, 0),
        app.start(SOURCE, 0),
    ]
    app.schedule(
        "often", "* * * * *", "export default (value) => { throw new Error('CANARY-code') }", "CANARY-scheduled"
    )
    for _ in range(60):
        look()
        if not (desk.worker.begin_scheduled() or desk.worker.take_turn() or desk.worker.run_step()):
            clock.advance(20)
            if runs[0].turn == 4:
                for run in runs[:2]:
                    run.deliver("go", "CANARY-delivered")
                runs[2].deliver("other", "CANARY-untold")
                runs[2].cancel("CANARY-reason")
    look()
    assert runs[0].status == "completed"
    return found


@pytest.mark.slow
def test_nothing_that_users_give_is_in_the_files(
    tmp_path: Path, clock: Clock, make_desk: Callable[[App], Desk]
) -> None:
    file = tmp_path / "runs.db"
    assert seen(file, f"sqlite:///{file}", clock, KEY, make_desk) == set()


@pytest.mark.slow
def test_what_is_looked_for_would_be_there(tmp_path: Path, clock: Clock, make_desk: Callable[[App], Desk]) -> None:
    file = tmp_path / "runs.db"
    assert seen(file, f"sqlite:///{file}", clock, None, make_desk) == set(PLACES)
