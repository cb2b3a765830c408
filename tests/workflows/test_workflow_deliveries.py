"""Deliveries in any order, twice, early and late, to workers that come and go: each is told once, and in its order."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing

import apsw
import pytest
from tests.workflows.audit import faults
from workflow_desk import Clock, Desk, module

from snapjs._workflows.records import Event, EventKind
from snapjs._workflows.sqlite.events import tell
from snapjs.errors import RunEnded
from snapjs.workflows import App

NAMES = ("a", "b", "c")
AWAITS = "for (const name of input) { seen.push(await hook(name)); await sleep(1) } return seen"


@pytest.mark.parametrize("seed", range(6))
def test_each_delivery_is_told_once(seed: int, store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> None:
    chance = random.Random(seed)
    names = [chance.choice(NAMES) for _ in range(8)]
    sent = [(name, number) for number, name in enumerate(names)]
    spare = [(chance.choice(NAMES), 100 + number) for number in range(4)]
    chance.shuffle(sent)
    sent += spare
    desk = make_desk(App(store, clock=clock))
    run = desk.app.start(module(AWAITS), names)
    told: dict[str, list[int]] = {name: [] for name in NAMES}
    for position, (name, number) in enumerate(sent):
        told[name].append(number)
        for late_name, late in [(name, number), *chance.sample(sent[: position + 1], k=min(2, position + 1))]:
            try:
                run.deliver(late_name, late, key=str(late))
            except RunEnded:
                assert position >= len(names)
        if chance.random() < 0.3:
            desk = make_desk(App(store, clock=clock))
        if chance.random() < 0.7:
            desk.settle()
        clock.advance(chance.choice((0, 1, 5)))
    for _ in range(20):
        desk.advance(1)

    assert run.result(timeout=0.001) == [told[name].pop(0) for name in names]
    assert faults(store) == []


def test_what_was_told_before_has_no_new_id(desk: Desk, store: str) -> None:
    run = desk.start("await hook('go')")
    event = Event(0, EventKind.HOOK, "go", b"", 0.0)

    with closing(apsw.Connection(store.removeprefix("sqlite:///"))) as connection:
        first, second, third = (tell(connection, run.id, event, dedup) for dedup in ("key", "key", "other"))
    assert (0 < first < third, second) == (True, 0)
