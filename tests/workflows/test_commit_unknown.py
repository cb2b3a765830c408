"""The store fails in the middle of a commit: whether it has happened is not known, and has to be found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.workflows.audit import faults
from workflow_desk import module

from snapjs import StoreError
from snapjs.workflows import App, current_step


def fail_once(store: Any, method: str, *, is_kept: bool, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Have a method of a store fail the first time, before or after its commit; whether it has failed."""
    whole, failed = getattr(store, method), []

    def fail(*arguments: Any, **options: Any) -> Any:
        if failed:
            return whole(*arguments, **options)
        if is_kept:
            whole(*arguments, **options)
        failed.append(True)
        raise StoreError(store.path, "broken")

    monkeypatch.setattr(store, method, fail)
    return lambda: bool(failed)


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("method", ["commit", "finish_step", "retry_step"])
def test_what_was_stored_is_neither_done_again_nor_lost(
    store: str, method: str, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapjs._workflows.worker._RETRY", 0.001)
    app, attempts = App(store), []

    @app.step(initial=0.001)
    def work(n: int) -> int:
        attempts.append((n, current_step().attempt))
        if n == 1 and current_step().attempt == 1:
            raise OSError("flaky")
        return n

    run = app.start(module("return await Promise.all([steps.work(1), steps.work(2), steps.work(3)])"))
    has_failed = fail_once(app._store, method, is_kept=is_kept, monkeypatch=monkeypatch)
    app.run_worker(threads=2, until=lambda: run.status.is_final)

    assert has_failed()
    assert run.result(timeout=0.001) == [1, 2, 3]
    assert sorted(attempts) == [(1, 1), (1, 2), (2, 1), (3, 1)]
    assert faults(store) == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_step_that_was_claimed_with_a_turn_runs_at_once(
    store: str, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snapjs._workflows.worker._RETRY", 0.001)
    app, attempts = App(store), []
    app.step(lambda: attempts.append(current_step().attempt), name="work")
    run = app.start(module("await steps.work(); await steps.work()"))
    has_failed = fail_once(app._store, "commit", is_kept=is_kept, monkeypatch=monkeypatch)
    app.run_worker(threads=1, until=lambda: run.status.is_final)

    assert has_failed()
    assert (attempts, run.turn) == ([1, 1], 3)
    assert faults(store) == []


def test_a_start_that_is_tried_again_with_its_key_is_the_same(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_once(app._store, "start", is_kept=True, monkeypatch=monkeypatch)
    with pytest.raises(StoreError):
        app.start(module("return 1"), key="one")

    assert app.start(module("return 1"), key="one").id == app.list()[0].id
    assert len(app.list()) == 1
