"""Steps whose SQL is stored with their outcome, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apsw
import pytest
from workflow_desk import Desk

from snapjs import JSError, StoreError
from snapjs.workflows import App, Status, current_step


@pytest.fixture
def rows(desk: Desk) -> Callable[[], list[Any]]:
    """A table of the user's, and a function that reads it."""
    connection = apsw.Connection(desk.app.store)
    connection.execute("CREATE TABLE notes (note)")
    return lambda: [note for (note,) in connection.execute("SELECT note FROM notes")]


def note(value: Any) -> None:
    current_step().connection.execute("INSERT INTO notes VALUES (?)", (value,))


def test_what_it_writes_is_stored_with_its_outcome(desk: Desk, rows: Callable[[], list[Any]]) -> None:
    @desk.app.step(transactional=True)
    def write(value: int) -> int:
        note(value)
        return value + 1

    assert desk.result("return await steps.write(1)") == 2
    assert rows() == [1]


def test_nothing_is_there_before(desk: Desk, rows: Callable[[], list[Any]]) -> None:
    seen: list[Any] = []

    @desk.app.step(transactional=True)
    def write() -> None:
        note(1)
        seen.append(rows())

    desk.result("await steps.write()")
    assert seen == [[]]


def test_what_one_has_written_that_fails_is_undone(desk: Desk, rows: Callable[[], list[Any]]) -> None:
    @desk.app.step(transactional=True, initial=1)
    def write() -> int:
        note(current_step().attempt)
        if current_step().attempt < 3:
            raise OSError("not yet")
        return current_step().attempt

    run = desk.start("return await steps.write()")
    for _ in range(3):
        desk.advance(10)

    assert run.result(timeout=0.001) == 3
    assert rows() == [3]


def test_the_last_failure_is_thrown(desk: Desk, rows: Callable[[], list[Any]]) -> None:
    @desk.app.step(transactional=True, max_attempts=1)
    def write() -> None:
        note(1)
        current_step().connection.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(JSError, match="SQLError: no such table: nowhere"):
        desk.result("await steps.write()")
    assert rows() == []


@pytest.mark.parametrize("sql", ["COMMIT", "ROLLBACK", "ATTACH ':memory:' AS other"])
def test_it_cannot_end_the_transaction(desk: Desk, rows: Callable[[], list[Any]], sql: str) -> None:
    @desk.app.step(transactional=True, max_attempts=1)
    def write() -> None:
        note(1)
        current_step().connection.execute(sql)

    with pytest.raises(JSError, match="AuthError"):
        desk.result("await steps.write()")
    assert rows() == []


def test_a_conflict_that_ends_the_transaction_fails_it(desk: Desk, rows: Callable[[], list[Any]]) -> None:
    apsw.Connection(desk.app.store).execute("CREATE TABLE single (n UNIQUE ON CONFLICT ROLLBACK)")

    @desk.app.step(transactional=True, max_attempts=1)
    def write() -> None:
        note(1)
        try:
            for _ in range(2):
                current_step().connection.execute("INSERT INTO single VALUES (1)")
        except apsw.ConstraintError:
            note(2)

    with pytest.raises(JSError, match="has ended the transaction"):
        desk.result("await steps.write()")
    assert rows() == [2]


def test_savepoints_are_its_own(desk: Desk, rows: Callable[[], list[Any]]) -> None:
    @desk.app.step(transactional=True)
    def write() -> None:
        note(1)
        try:
            with current_step().connection:
                note(2)
                raise KeyError
        except KeyError:
            pass

    desk.result("await steps.write()")
    assert rows() == [1]


def test_it_cannot_use_the_app(desk: Desk) -> None:
    @desk.app.step(transactional=True, max_attempts=1)
    def write() -> None:
        desk.app.deliver(current_step().run, "go")

    with pytest.raises(JSError, match=r"WorkflowError: A step with transactional=True cannot use the app"):
        desk.result("await steps.write()")


def test_the_next_transaction_is_free_again(desk: Desk) -> None:
    desk.app.step(lambda: 1, name="write", transactional=True)
    desk.result("await steps.write()")
    run = desk.start("return await hook('go')")
    run.deliver("go", 1)
    desk.settle()

    assert run.result(timeout=0.001) == 1


def test_a_run_that_was_ended_meanwhile_is_not_written_for(desk: Desk, rows: Callable[[], list[Any]]) -> None:
    desk.app.step(lambda: note(1), name="write", transactional=True)
    run = desk.start("await steps.write()")
    desk.worker.take_turn()
    store = desk.app._store
    claim_step = store.claim_step

    def claim_and_end(*arguments: Any) -> Any:
        claim = claim_step(*arguments)
        run.terminate()
        return claim

    store.claim_step = claim_and_end  # type: ignore[method-assign]
    desk.worker.run_step()

    assert run.status is Status.CANCELLED
    assert rows() == []


def test_it_is_run_again_where_its_commit_failed(
    desk: Desk, rows: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.app.step(lambda: note(1), name="write", transactional=True)
    desk.start("await steps.write()")
    desk.worker.take_turn()
    desk.worker._insists = True
    monkeypatch.setattr("snapjs._workflows.worker._RETRY", 0.001)
    store, failures = desk.app._store, [1, 2]
    transact = store.transact_step

    def fail_first(step: Any, outcome: Any) -> None:
        def fail(connection: Any) -> Any:
            outcome(connection)
            raise StoreError(store.path, "full")

        transact(step, fail if failures and failures.pop() else outcome)

    store.transact_step = fail_first  # type: ignore[method-assign]
    desk.settle()

    assert rows() == [1]


def test_others_have_no_connection(desk: Desk) -> None:
    desk.app.step(lambda: current_step().connection, name="look", max_attempts=1)

    with pytest.raises(JSError, match="only a step with transactional=True has the connection"):
        desk.result("await steps.look()")


@pytest.mark.parametrize("options", [{"timeout": 1}, {"heartbeat_timeout": 1}])
def test_it_is_not_one_that_takes_long(app: App, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="holds up all who write to the store"):
        app.step(lambda: 1, name="write", transactional=True, **options)


def test_it_is_not_async(app: App) -> None:
    async def write() -> None: ...

    with pytest.raises(ValueError, match="it is a sync function"):
        app.step(write, transactional=True)
