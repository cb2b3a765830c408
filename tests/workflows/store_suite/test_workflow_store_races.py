"""Stores: several come at once. `python -m tests.workflows.races` is the long form."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.audit import faults
from tests.workflows.races import race
from tests.workflows.store_suite.backends import Backend, SQLiteBackend
from tests.workflows.store_suite.making import (
    begin,
    claimed,
    deliver,
    hook,
    outcome_of,
    step,
    step_of,
    turn_of,
    waiting,
)
from workflow_desk import START

from snapjs._workflows.records import NewRun
from snapjs._workflows.store import Fenced, Store


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """What functions return that begin together, each in a thread."""
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as executor:
        return list(executor.map(run, tasks))


def test_of_many_who_claim_a_run_one_has_it(store: Store) -> None:
    begin(store)

    assert at_once(*[lambda: store.claim("worker", 30) is not None] * 4).count(True) == 1


def test_each_run_is_claimed_by_one(store: Store) -> None:
    for number in range(8):
        begin(store, str(number))
    claims = at_once(*[lambda: [claimed(store).run.id for _ in range(2)]] * 4)

    assert sorted(id for ids in claims for id in ids) == list("01234567")


def test_each_step_is_claimed_by_one(store: Store) -> None:
    waiting(store, *(step(call) for call in range(1, 9)))
    claims = at_once(*[lambda: [step_of(store).call for _ in range(2)]] * 4)

    assert sorted(call for calls in claims for call in calls) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_of_many_who_start_a_run_with_a_key_one_does(store: Store) -> None:
    def start(id: str) -> tuple[str, bool]:
        run, is_new = store.start(NewRun(id, "main.js", "key", "code", b""))
        return run.id, is_new

    started = at_once(*[lambda id=id: start(id) for id in "abcd"])

    assert len({id for id, _ in started}) == 1
    assert sorted(is_new for _, is_new in started) == [False, False, False, True]


def test_of_many_deliveries_under_a_key_one_is_told(store: Store) -> None:
    waiting(store, hook(1))
    at_once(*[lambda: deliver(store, dedup="key")] * 4)

    assert len(claimed(store).events) == 1


def test_of_many_who_look_one_takes_the_turn(store: Store) -> None:
    begin(store)
    looks = [store.look("run") for _ in range(4)]

    def commit(number: int) -> bool:
        look = looks[number]
        assert look is not None
        try:
            store.commit(look, turn_of(look, hook(1)), 1)
        except Fenced:
            return False
        return True

    assert at_once(*[lambda n=n: commit(n) for n in range(4)]).count(True) == 1
    assert len(store.history("run", 0).turns) == 1


def test_what_is_delivered_while_a_turn_is_stored_is_not_slept_through(store: Store) -> None:
    waiting(store, hook(1))
    for call in range(1, 9):
        deliver(store)
        claim = claimed(store)
        turn = turn_of(claim, hook(call + 1), hooks={"go": call})
        at_once(lambda claim=claim, turn=turn: store.commit(claim, turn, 1), lambda: deliver(store))
        assert store.next_due() == START
        claim = claimed(store)
        assert [event.kind for event in claim.events] == ["hook"]
        store.commit(claim, turn_of(claim), 1)


def test_what_ends_while_a_run_is_given_back_is_not_slept_through(store: Store) -> None:
    for number in range(8):
        waiting(store, step(1), hook(2), id=str(number))
        running = step_of(store)
        deliver(store, run=str(number))
        claim = claimed(store)
        store.commit(claim, turn_of(claim, timer=START), 1)
        claim = claimed(store)
        at_once(
            lambda running=running: store.finish_step(outcome_of(running)),
            lambda claim=claim: store.release(claim, None),
        )
        assert [event.kind for event in claimed(store).events] == ["answer"]


def test_racers_take_each_turn_once(backend: Backend) -> None:
    with ThreadPoolExecutor(4) as executor:
        tallies, found = race(backend, executor, racers=4, claims=20, seed=1)

    assert found == []
    assert sum(len(tally.turns) for tally in tallies) > 5


@pytest.mark.slow
def test_processes_that_race_take_each_turn_once(tmp_path: Path) -> None:
    backend = SQLiteBackend(str(tmp_path / "races.db"))
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as executor:
        tallies, found = race(backend, executor, racers=4, claims=250, seed=2)

    assert found + faults(backend.file) == []
    assert sum(tally.claims for tally in tallies) == 1000
    assert sum(tally.fenced for tally in tallies) > 20
