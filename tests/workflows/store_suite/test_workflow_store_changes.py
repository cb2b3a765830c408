"""Stores: who waits for others hears of what they store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.workflows.store_suite.backends import Backend
from tests.workflows.store_suite.making import begin, deliver
from workflow_desk import Clock

from snapjs._workflows.store import Store


def test_what_another_stores_is_a_change(store: Store, backend: Backend, clock: Clock) -> None:
    seen = store.await_change(None, 0)
    begin(backend.open(clock))

    assert store.await_change(seen, 60) != seen


def test_each_thread_hears_of_a_change(store: Store, backend: Backend, clock: Clock) -> None:
    begin(store)
    other = backend.open(clock)
    with ThreadPoolExecutor(1) as thread:
        mine, its = store.await_change(None, 0), thread.submit(store.await_change, None, 0).result()
        deliver(other, "go")

        assert store.await_change(mine, 60) != mine
        assert thread.submit(store.await_change, its, 60).result() != its


@pytest.mark.parametrize("seconds", [0, 0.001])
def test_one_waits_for_so_long_at_most(store: Store, seconds: float) -> None:
    assert isinstance(store.await_change(store.await_change(None, 0), seconds), int)
