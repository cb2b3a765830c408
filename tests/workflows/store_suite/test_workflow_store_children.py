"""Stores: runs start other runs, and hear of their ends."""

from __future__ import annotations

import pytest
from tests.workflows.store_suite.making import (
    begin,
    child,
    claim_of,
    claimed,
    deliver,
    finished,
    hook,
    new_child,
    parent,
    start_children,
    status_of,
    turn_of,
    untold,
)
from workflow_desk import START, Clock

from snapjs._workflows.records import ChildEnd, Event, EventKind, ParentClose, Status
from snapjs._workflows.store import Fenced, Store

CANCEL, TERMINATE, ABANDON = ParentClose.CANCEL, ParentClose.TERMINATE, ParentClose.ABANDON


def test_a_child_begins_with_the_turn_of_its_parent(store: Store) -> None:
    parent(store, CANCEL)
    run = store.run("run.1")

    assert run is not None
    assert (run.parent, run.function, run.workflow, run.root) == ("run", "part", "main.js", "run")
    assert (run.status, run.turn, run.created_at, run.wake_at) == (Status.RUNNING, 0, START, START)
    assert [(event.kind, event.payload) for event in claimed(store).events] == [("begin", b"for the child")]
    assert [one.command.kind.value for one in store.history("run", 0).commands] == ["child"]
    assert store.claim("worker", 30) is None


def test_the_child_of_a_child_has_the_same_root(store: Store) -> None:
    parent(store, CANCEL)
    start_children(store, "run.1", CANCEL)
    run = store.run("run.1.1")

    assert run is not None
    assert (run.parent, run.root) == ("run.1", "run")


def test_children_are_found_by_their_parent(store: Store) -> None:
    parent(store, CANCEL, CANCEL)
    begin(store, "other")

    found = store.runs(status=None, workflow=None, limit=9, parent="run")
    assert [run.id for run in found] == ["run.1", "run.2"]
    assert store.runs(status=None, workflow=None, limit=9, parent="other") == []


def test_a_turn_that_is_fenced_begins_no_child(store: Store, clock: Clock) -> None:
    begin(store)
    late = claimed(store)
    clock.advance(31)
    claimed(store, "another")

    with pytest.raises(Fenced):
        store.commit(late, turn_of(late, child(1), children=[new_child(1)]), 100)
    assert store.run("run.1") is None


def test_a_turn_that_is_stored_again_begins_its_child_once(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    turn = turn_of(claim, child(1), children=[new_child(1)])
    store.commit(claim, turn, 100)
    store.commit(claim, turn, 100)

    assert len(store.runs(status=None, workflow=None, limit=9)) == 2
    assert len(store.history("run.1", 0).untold) == 1


def test_the_result_of_a_child_is_told_to_its_parent(store: Store, clock: Clock) -> None:
    parent(store, CANCEL)
    claim = claimed(store)
    clock.advance(1)
    store.commit(claim, finished(claim), 100)
    [event] = claimed(store).events

    assert (event.kind, event.target, event.payload, event.at) == ("answer", "1", b"result", START + 1)
    assert event.origin == "run.1"


def test_what_a_child_was_told_with_is_in_the_journal_of_its_parent(store: Store) -> None:
    parent(store, CANCEL)
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)
    claim = claimed(store)
    store.commit(claim, turn_of(claim), 100)

    [event] = store.journal("run", 1, 2)[0].events
    assert (event.kind, event.payload, event.origin) == ("answer", b"result", "run.1")


def test_the_error_of_a_child_is_told_to_its_parent(store: Store) -> None:
    parent(store, CANCEL)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, status=Status.FAILED, error=b"error"), 100)

    assert untold(store, "run") == [("failure", "1", b"error")]


def test_a_child_that_is_ended_from_outside_is_told_to_its_parent(store: Store) -> None:
    parent(store, CANCEL)
    store.end("run.1", Status.CANCELLED, b"error")

    assert untold(store, "run") == [("failure", "1", b"error")]
    assert claimed(store).run.id == "run"


def test_a_parent_that_waits_no_more_is_not_told(store: Store) -> None:
    parent(store, CANCEL)
    deliver(store, "go")
    claimed(store)
    store.deliver("run", cancelling(), "cancel")
    claim = claim_of(store, "run")
    store.commit(claim, turn_of(claim, dropped=[1]), 100)
    store.end("run.1", Status.CANCELLED, b"error")

    assert untold(store, "run") == [("hook", "go", b"")]
    assert store.claim("worker", 30) is None


def test_a_child_that_ends_during_a_turn_of_its_parent_is_told_after_it(store: Store) -> None:
    parent(store, CANCEL)
    store.deliver("run", cancelling(), "cancel")
    claim = claim_of(store, "run")
    store.end("run.1", Status.CANCELLED, b"error")
    store.commit(claim, turn_of(claim), 100)

    assert [event.kind for event in claimed(store).events] == ["failure"]


def test_a_parent_that_is_paused_is_told_when_it_goes_on(store: Store) -> None:
    parent(store, CANCEL)
    store.pause("run")
    store.end("run.1", Status.CANCELLED, b"error")
    assert store.claim("worker", 30) is None
    store.resume("run")

    assert [event.kind for event in claimed(store).events] == ["failure"]


def test_a_child_whose_key_another_run_has_does_not_begin(store: Store) -> None:
    begin(store)
    claim = claimed(store)
    children = [new_child(1, key="key"), new_child(2, key="key")]
    store.commit(claim, turn_of(claim, child(1), child(2), children=children), 100)

    assert status_of(store, "run.1", "run.2") == ["running", None]
    assert untold(store, "run") == [("failure", "2", b"")]
    assert [event.target for event in claim_of(store, "run").events] == ["2"]


def test_a_key_is_that_of_one_function(store: Store) -> None:
    begin(store, key="key")
    claim = claimed(store)
    store.commit(claim, turn_of(claim, child(1), children=[new_child(1, key="key")]), 100)

    assert status_of(store, "run.1") == ["running"]
    assert store.run_of("main.js", "key") == store.run("run")


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"status": Status.COMPLETED, "result": b"result"}, "completed"),
        ({"status": Status.FAILED, "error": b"error"}, "failed"),
    ],
)
def test_children_end_with_their_parent_as_it_has_said(store: Store, values: dict[str, object], status: str) -> None:
    parent(store, CANCEL, TERMINATE, ABANDON)
    store.deliver("run", cancelling(), "cancel")
    claim = claim_of(store, "run")
    store.commit(claim, turn_of(claim, **values), 100)

    assert status_of(store, "run", "run.1", "run.2", "run.3") == [status, "running", "cancelled", "running"]
    assert untold(store, "run.1") == [("begin", "", b"for the child"), ("cancel", "", b"")]
    assert untold(store, "run.3") == [("begin", "", b"for the child")]
    assert untold(store, "run") == []


def test_a_child_that_is_told_to_end_is_due(store: Store) -> None:
    parent(store, CANCEL)
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(1)), 100)
    store.deliver("run", cancelling(), "cancel")
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)

    claim = claimed(store)
    assert (claim.run.id, [event.kind for event in claim.events]) == ("run.1", ["cancel"])


def test_a_run_that_is_ended_from_outside_ends_its_children_at_any_depth(store: Store) -> None:
    parent(store, CANCEL, ABANDON)
    start_children(store, "run.1", CANCEL, ABANDON)
    store.end("run", Status.CANCELLED, b"error")

    assert status_of(store, "run.1", "run.2") == ["cancelled", "running"]
    assert status_of(store, "run.1.1", "run.1.2") == ["cancelled", "running"]
    ended = store.run("run.1")
    assert ended is not None
    assert (ended.error, ended.finished_at, ended.wake_at) == (None, START, None)


def test_a_child_that_is_paused_is_ended_with_its_parent(store: Store) -> None:
    parent(store, CANCEL)
    store.pause("run.1")
    store.end("run", Status.CANCELLED, b"error")

    assert status_of(store, "run.1") == ["cancelled"]


def test_who_takes_a_turn_of_a_child_that_is_ended_is_fenced(store: Store) -> None:
    parent(store, CANCEL)
    claim = claimed(store)
    store.end("run", Status.CANCELLED, b"error")

    with pytest.raises(Fenced):
        store.commit(claim, finished(claim), 100)
    assert status_of(store, "run.1") == ["cancelled"]


def test_a_child_that_has_ended_stays_so(store: Store) -> None:
    parent(store, TERMINATE)
    claim = claimed(store)
    store.commit(claim, finished(claim), 100)
    store.end("run", Status.CANCELLED, b"error")

    assert status_of(store, "run.1") == ["completed"]


def test_a_run_ends_its_children(store: Store) -> None:
    parent(store, ABANDON, ABANDON)
    store.deliver("run", cancelling(), "cancel")
    claim = claim_of(store, "run")
    ends = [ChildEnd("run.1", b"why", is_terminated=False), ChildEnd("run.2", b"error", is_terminated=True)]
    store.commit(claim, turn_of(claim, child_ends=ends), 100)

    assert status_of(store, "run.1", "run.2") == ["running", "cancelled"]
    assert untold(store, "run.1")[1:] == [("cancel", "", b"why")]
    assert store.run("run.2").error == b"error"  # type: ignore[union-attr]
    assert untold(store, "run") == [("failure", "2", b"error")]


def test_a_run_does_not_end_those_of_others(store: Store) -> None:
    begin(store, "other")
    claim = claimed(store)
    store.commit(claim, turn_of(claim, hook(1)), 100)
    begin(store)
    claim = claimed(store)
    ends = [ChildEnd("other", b"", is_terminated=True), ChildEnd("nobody", b"", is_terminated=False)]
    store.commit(claim, turn_of(claim, child_ends=ends), 100)

    assert status_of(store, "other") == ["running"]
    assert untold(store, "other") == []


def cancelling() -> Event:
    return Event(0, EventKind.CANCEL, "", b"why", START)
