"""Stores: runs begin, are found, and are ended from outside."""

from __future__ import annotations

import pytest
from tests.workflows.store_suite.making import (
    begin,
    claimed,
    deliver,
    finished,
    hook,
    outcome_of,
    step,
    step_of,
    take_turn,
    timer,
    turn_of,
    waiting,
)
from workflow_desk import START, Clock

from snapjs._workflows.records import Event, EventKind, NewRun, Run, Status
from snapjs._workflows.store import Fenced, Store


def ids(store: Store, *, status: Status | None = None, workflow: str | None = None, limit: int = 100) -> list[str]:
    return [run.id for run in store.runs(status=status, workflow=workflow, limit=limit)]


def test_a_new_run_has_something_to_do(store: Store) -> None:
    started = store.start(NewRun("run", "main.js", "key", "code", b"arguments"))
    run = Run("run", "main.js", "key", Status.RUNNING, 0, "code", START, None, START, None, None, root="run")

    assert started == (run, True)
    assert store.run("run") == run


def test_ids_that_begin_alike(store: Store) -> None:
    for id in ("b1", "a2", "a1", "a", "A3", "aé", "a1.4"):
        store.start(NewRun(id, "main.js", None, "code", b""))

    assert store.ids("a", 9) == ["a", "a1", "a2", "aé"]
    assert store.ids("a1", 9) == ["a1"]
    assert store.ids("", 2) == ["A3", "a"]
    assert store.ids("c", 9) == []
    assert store.ids("a%", 9) == []


def test_a_run_that_is_not_there(store: Store) -> None:
    begin(store, key="key")

    assert store.run("other") is None
    assert store.run_of("main.js", "other") is None
    assert store.run_of("other.js", "key") is None
    assert store.end("other", Status.CANCELLED, b"") is None
    assert deliver(store, run="other") is None
    assert store.look("other") is None
    assert store.snapshot("other", 1) is None


def test_a_run_begins_with_its_arguments(store: Store) -> None:
    begin(store)
    [event] = claimed(store).events

    assert (event.kind, event.target, event.payload, event.at) == ("begin", "", b"arguments", START)
    assert event.id > 0


def test_there_is_one_run_with_a_key(store: Store) -> None:
    first = begin(store, "a", key="key")

    assert store.start(NewRun("b", "main.js", "key", "code", b"others")) == (first, False)
    assert store.run_of("main.js", "key") == first
    assert store.run("b") is None
    assert [event.payload for event in claimed(store).events] == [b"arguments"]


def test_a_key_is_that_of_one_workflow(store: Store) -> None:
    begin(store, "a", key="key")
    begin(store, "b", key="key", workflow="other.js")

    assert ids(store) == ["a", "b"]


def test_runs_without_a_key_are_different_ones(store: Store) -> None:
    begin(store, "a")
    begin(store, "b")

    assert ids(store) == ["a", "b"]


def test_a_run_that_has_ended_keeps_its_key(store: Store) -> None:
    begin(store, "a", key="key")
    store.end("a", Status.CANCELLED, b"")

    assert begin(store, "b", key="key").id == "a"


def test_the_newest_runs_come_first(store: Store, clock: Clock) -> None:
    for id in "bca":
        begin(store, id)
        clock.advance(1)

    assert ids(store) == ["a", "c", "b"]
    assert ids(store, limit=2) == ["a", "c"]


def test_runs_by_their_status_and_workflow(store: Store) -> None:
    begin(store, "a")
    begin(store, "b", workflow="other.js")
    begin(store, "c", workflow="other.js")
    store.end("c", Status.CANCELLED, b"")

    assert ids(store, workflow="other.js") == ["b", "c"]
    assert ids(store, status=Status.CANCELLED) == ["c"]
    assert ids(store, status=Status.RUNNING, workflow="other.js") == ["b"]
    assert ids(store, status=Status.FAILED) == []


def test_results_are_not_listed(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    store.commit(claim, finished(claim), 1)
    run = store.run("run")

    assert run is not None
    assert run.result == b"result"
    assert [listed.result for listed in store.runs(status=None, workflow=None, limit=1)] == [None]


def test_a_run_is_ended_from_outside(store: Store, clock: Clock) -> None:
    waiting(store, step(1), hook(2), timer(3, START + 5))
    clock.advance(1)

    assert store.end("run", Status.CANCELLED, b"why") is Status.RUNNING
    run = store.run("run")
    ended = Run("run", "main.js", None, Status.CANCELLED, 1, "code", START, START + 1, None, None, b"why", root="run")
    assert run == ended
    assert store.next_due() is None
    assert [one.state for one in store.history("run", 0).commands] == ["done", "done", "done"]
    clock.advance(10)
    assert store.claim("worker", 30) is None
    assert store.claim_step("worker", 30, ["work"]) is None
    assert store.look("run") is None


def test_a_run_ends_once(store: Store) -> None:
    begin(store)
    store.end("run", Status.CANCELLED, b"first")

    assert store.end("run", Status.FAILED, b"second") is Status.CANCELLED
    run = store.run("run")
    assert run is not None
    assert (run.status, run.error) == (Status.CANCELLED, b"first")


def test_who_takes_a_turn_of_a_run_that_was_ended_is_fenced(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    store.end("run", Status.CANCELLED, b"")
    with pytest.raises(Fenced):
        store.commit(claim, turn_of(claim, hook(1)), 1)
    store.release(claim, START)
    store.postpone(claim, 0)
    store.renew(30, [claim], [])

    run = store.run("run")
    assert run is not None
    assert (run.status, run.turn, run.wake_at) == (Status.CANCELLED, 0, None)
    assert store.next_due() is None


def test_who_runs_a_step_of_a_run_that_was_ended_is_fenced(store: Store) -> None:
    waiting(store, step(1))
    late = step_of(store)
    store.end("run", Status.CANCELLED, b"")

    with pytest.raises(Fenced):
        store.finish_step(outcome_of(late))
    with pytest.raises(Fenced):
        store.retry_step(late, START, b"")
    assert store.next_due() is None
    assert store.history("run", 0).untold == []


def test_a_run_that_has_ended_is_told_nothing(store: Store) -> None:
    waiting(store, hook(1))
    store.end("run", Status.CANCELLED, b"")

    assert deliver(store) is Status.CANCELLED
    assert store.deliver("run", Event(0, EventKind.CANCEL, "", b"", 0.0), "cancel") is Status.CANCELLED
    assert store.history("run", 0).untold == []
    assert store.next_due() is None


def test_a_run_completes(store: Store, clock: Clock) -> None:
    waiting(store, hook(1), timer(2, START + 5))
    deliver(store)
    clock.advance(1)
    claim = claimed(store)

    assert store.commit(claim, finished(claim, hooks={"go": 1}), 100) is None
    assert store.run("run") == Run(
        "run", "main.js", None, Status.COMPLETED, 2, "code", START, START + 1, None, b"result", None, root="run"
    )
    assert store.next_due() is None
    assert [one.state for one in store.history("run", 0).commands] == ["done", "done"]


def test_a_run_fails(store: Store) -> None:
    begin(store)
    take_turn(store, step(1), status=Status.FAILED, error=b"why")
    run = store.run("run")

    assert run is not None
    assert (run.status, run.result, run.error) == (Status.FAILED, None, b"why")
    assert store.claim_step("worker", 30, ["work"]) is None


def test_artifacts_are_kept_by_their_hashes(store: Store) -> None:
    store.put_artifacts({"a": b"\x00\xff", "b": b""})
    store.put_artifacts({"b": b"", "c": b"c"})

    assert [store.artifact(name) for name in "abc"] == [b"\x00\xff", b"", b"c"]
    with pytest.raises(KeyError):
        store.artifact("d")


def test_who_opens_the_store_sees_what_is_in_it(store: Store, backend: object, clock: Clock) -> None:
    begin(store)
    other = backend.open(clock)  # type: ignore[attr-defined]
    claim = claimed(other)

    assert claim.run.id == "run"
    assert store.claim("other", 30) is None
    assert other.path == store.path
    assert other.now() == START
