"""Stores: runs that have a deadline."""

from __future__ import annotations

from tests.workflows.store_suite.making import claimed, hook, take_turn, turn_of
from workflow_desk import START, Clock

from snapjs._workflows.records import GRACE, NewRun
from snapjs._workflows.store import Store


def test_a_run_is_told_that_its_deadline_has_come(store: Store, clock: Clock) -> None:
    store.start(NewRun("run", "main.js", None, "code", b"", deadline=START + 5))
    take_turn(store, hook(1))
    assert store.next_due() == START + 5
    clock.advance(5)
    claim = claimed(store)
    assert [(event.id, event.kind, event.at) for event in claim.events] == [(0, "deadline", START + 5)]
    store.commit(claim, turn_of(claim), 1)

    run = store.run("run")
    assert run is not None
    assert run.ends_at == START + 5 + GRACE
    assert store.next_due() == START + 5 + GRACE
    clock.advance(GRACE)
    assert claimed(store).events == []
