"""What steps say and do, where the store is encrypted or steps get secrets."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from workflow_desk import Clock, Desk

from snapjs import workflows
from snapjs.workflows import current_step

VALUE = "sk-4242-4242"


@pytest.fixture
def desk(store: str, clock: Clock, make_desk: object) -> Desk:
    app = workflows.App(store, clock=clock, keys=bytes(range(32)), secrets={"bank": VALUE})
    return make_desk(app)  # type: ignore[operator, no-any-return]


def contents(desk: Desk) -> bytes:
    path = Path(desk.app.store)
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def test_a_heartbeat_is_sealed_and_handed_on(desk: Desk) -> None:
    @desk.app.step(initial=1)
    def work() -> object:
        if current_step().attempt == 1:
            current_step().heartbeat("canary-of-a-heartbeat")
            raise OSError("canary-of-an-attempt")
        return current_step().last_heartbeat

    run = desk.start("return await steps.work()")
    desk.settle()
    desk.advance(1)

    assert run.result(timeout=0.001) == "canary-of-a-heartbeat"
    [wanted] = run.history().turns[0].wanted
    assert str(wanted.tried[0].error) == "OSError: canary-of-an-attempt"
    assert b"canary" not in contents(desk)


def test_the_outcome_of_a_transactional_step_is_sealed(desk: Desk) -> None:
    connection = apsw.Connection(desk.app.store)
    connection.execute("CREATE TABLE notes (note)")

    @desk.app.step(transactional=True)
    def write() -> str:
        current_step().connection.execute("INSERT INTO notes VALUES (1)")
        return "canary-of-an-outcome"

    assert desk.result("return (await steps.write()).length") == 20
    assert connection.execute("SELECT note FROM notes").fetchall() == [(1,)]
    assert b"canary" not in contents(desk)


def test_a_secret_in_a_heartbeat_is_not_handed_on(desk: Desk) -> None:
    @desk.app.step(initial=1)
    def work() -> object:
        if current_step().attempt == 1:
            current_step().heartbeat({"with": VALUE})
            raise OSError
        return current_step().last_heartbeat

    run = desk.start("return await steps.work()")
    desk.settle()
    desk.advance(1)

    assert run.result(timeout=0.001) == {"with": "[bank]"}


def test_a_step_of_a_fork_may_wait_as_long_as_any(desk: Desk) -> None:
    desk.app.step(name="work", schedule_to_start=60)(lambda: 7)
    run = desk.start("return await steps.work()")
    desk.worker.take_turn()
    desk.clock.advance(59)
    fork = run.fork()
    run.terminate()
    desk.advance(59)

    assert fork.result(timeout=0.001) == 7
