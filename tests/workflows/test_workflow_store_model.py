"""SQLite's store beside the reference: the same operations, in any order, come to the same.

`pytest --hypothesis-seed=N` plays the same ones again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tests.workflows.store_suite.making import hook, outcome_of, step, timer, turn_of
from tests.workflows.store_suite.reference_records import Shared
from tests.workflows.store_suite.reference_store import ReferenceStore
from workflow_desk import Clock

from snapjs._workflows.records import Claim, Command, Event, EventKind, Kind, NewRun, Status, StepClaim, Told, Turn
from snapjs._workflows.sqlite import SQLiteStore
from snapjs._workflows.store import Fenced
from snapjs._workflows.stored import StoredHistory

RUNS = ["r1", "r2", "r3"]
NAMES = ["a", "b"]
FENCED = "fenced"
runs = st.sampled_from(RUNS)
names = st.sampled_from(NAMES)
leases = st.sampled_from([0.0, 10.0, 30.0])
keys = st.sampled_from([None, "k1", "k2"])


@dataclass
class Pair:
    """A claim of each store: the same, but for the ids of events."""

    real: Claim
    reference: Claim


@dataclass
class Taken:
    """A turn that was stored, or fenced, and may be stored again."""

    pair: Pair
    real: Turn
    reference: Turn
    options: dict[str, Any]


class TwoStores(RuleBasedStateMachine):
    """Both are told the same, and are asked after each operation what there is."""

    claims = Bundle("claims")
    steps = Bundle("steps")
    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._clock = Clock()
        self.real = SQLiteStore(str(Path(self._folder.name) / "model.db"), self._clock)
        self.reference = ReferenceStore(Shared(), self._clock)
        for store in (self.real, self.reference):
            store.put_artifacts({"code": b""})

    def teardown(self) -> None:
        self._folder.cleanup()

    def _both(self, use: Callable[[Any], Any]) -> Any:
        """What both stores answer."""
        answers = [_answer(use, store) for store in (self.real, self.reference)]
        assert answers[0] == answers[1]
        return answers[0]

    def _pair(self, real: Claim | None, reference: Claim | None) -> Any:
        assert _plain(real) == _plain(reference)
        return multiple() if real is None or reference is None else Pair(real, reference)

    @initialize(target=taken, data=st.data())
    def begin(self, data: st.DataObject) -> Any:
        """Two runs that wait for something already."""
        for id in RUNS[:2]:
            self._both(lambda store, id=id: store.start(NewRun(id, "a", None, "code", b"")))
        return multiple(*[self._commit(self._claim(30.0, 0.0), None, data) for _ in range(2)])

    # ---- runs

    @rule(seconds=st.sampled_from([0.5, 1.0, 5.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self._clock.advance(seconds)

    @rule(id=runs, key=keys, workflow=names)
    def start(self, id: str, key: str | None, workflow: str) -> None:
        if self.reference.run(id) is None:
            self._both(lambda store: store.start(NewRun(id, workflow, key, "code", id.encode())))
        self._both(lambda store: store.run_of(workflow, key or ""))

    @rule(run=runs, name=names, dedup=keys, times=st.sampled_from([1, 2, 3]))
    def deliver(self, run: str, name: str, dedup: str | None, times: int) -> None:
        event = Event(0, EventKind.HOOK, name, b"value", self._clock.now)
        for _ in range(times):
            self._both(lambda store: store.deliver(run, event, dedup))

    @rule(run=runs)
    def cancel(self, run: str) -> None:
        event = Event(0, EventKind.CANCEL, "", b"why", self._clock.now)
        self._both(lambda store: store.deliver(run, event, "cancel"))

    @rule(run=runs)
    def end(self, run: str) -> None:
        self._both(lambda store: store.end(run, Status.CANCELLED, b"ended"))

    # ---- turns

    @rule(target=claims, lease=leases, overdue=st.sampled_from([0.0, 0.0, 5.0]))
    def claim(self, lease: float, overdue: float) -> Any:
        return self._claim(lease, overdue)

    @rule(target=taken, data=st.data())
    def take_turn(self, data: st.DataObject) -> Any:
        pair = self._claim(30.0, 0.0)
        return self._commit(pair, None, data) if isinstance(pair, Pair) else multiple()

    def _claim(self, lease: float, overdue: float) -> Any:
        real = self.real.claim("worker", lease, overdue=overdue)
        self.reference.choose = lambda equal: next(
            one for one in equal if real is not None and one.record.id == real.run.id
        )
        return self._pair(real, self.reference.claim("worker", lease, overdue=overdue))

    @rule(target=claims, run=runs)
    def look(self, run: str) -> Any:
        return self._pair(self.real.look(run), self.reference.look(run))

    @rule(target=taken, pair=claims, data=st.data())
    def commit(self, pair: Pair, data: st.DataObject) -> Any:
        return self._commit(pair, None, data)

    @rule(target=taken, pair=claims, claim=steps, data=st.data())
    def commit_with_outcome(self, pair: Pair, claim: StepClaim, data: st.DataObject) -> Any:
        return self._commit(pair, claim, data) if claim.run == pair.real.run.id else multiple()

    def _commit(self, pair: Pair, claim: StepClaim | None, data: st.DataObject) -> Taken:
        outcome = None if claim is None else outcome_of(claim)
        kept = self.reference._shared.runs[pair.real.run.id]
        commands = self._commands(pair.real.last_call, data)
        hooks: dict[str, list[int]] = {name: [] for name in NAMES}
        for command in [*(one.command for one in kept.waiting(Kind.HOOK)), *commands]:
            if command.kind is Kind.HOOK:
                hooks[command.name].append(command.call)
        both = list(zip(pair.real.events, pair.reference.events, strict=True))
        if outcome is not None:
            both.append((outcome.event, outcome.event))
        told: list[tuple[Told, Told]] = []
        for real, reference in both:
            if real.kind == "hook" and not hooks[real.target]:
                continue
            call = hooks[real.target].pop(0) if real.kind == "hook" else int(real.target or 0)
            told.append((Told(real, call), Told(reference, call)))
        waiting = [one.command.call for one in kept.wanted.values() if one.state == "waiting"]
        turn = turn_of(
            pair.real,
            *commands,
            told=[real for real, _ in told],
            dropped=data.draw(st.lists(st.sampled_from(waiting), max_size=2, unique=True)) if waiting else [],
            timer=data.draw(st.sampled_from([None, self._clock.now + 3])),
            snapshot=data.draw(st.sampled_from([b"state", None])),
            **data.draw(st.sampled_from([{}] * 5 + [{"status": Status.COMPLETED, "result": b"result"}])),
        )
        options = {
            "keep": data.draw(st.sampled_from([1, 2, 100])),
            "outcome": outcome,
            "next_step": data.draw(st.sampled_from([None, ("worker", 30.0, NAMES), ("worker", 30.0, ["b"])])),
        }
        taken = Taken(pair, turn, replace(turn, told=[reference for _, reference in told]), options)
        self._store(taken)
        return taken

    def _commands(self, last_call: int, data: st.DataObject) -> list[Command]:
        kinds = data.draw(st.lists(st.sampled_from(["hook", "step", "timer"]), min_size=1, max_size=3))
        commands = []
        for call, kind in enumerate(kinds, last_call + 1):
            name = data.draw(names)
            later = self._clock.now + data.draw(st.sampled_from([0.0, 1.0, 20.0]))
            commands.append({"step": step(call, name), "hook": hook(call, name), "timer": timer(call, later)}[kind])
        return commands

    def _store(self, taken: Taken) -> None:
        pair, options = taken.pair, taken.options
        real = _answer(lambda store: store.commit(pair.real, taken.real, **options), self.real)
        reference = _answer(lambda store: store.commit(pair.reference, taken.reference, **options), self.reference)
        assert real == reference

    @rule(taken=taken)
    def commit_again(self, taken: Taken) -> None:
        self._store(taken)

    @rule(pair=claims, seconds=st.sampled_from([None, 2.0]))
    def release(self, pair: Pair, seconds: float | None) -> None:
        timer = None if seconds is None else self._clock.now + seconds
        self.real.release(pair.real, timer)
        self.reference.release(pair.reference, timer)

    @rule(pair=consumes(claims))
    def postpone(self, pair: Pair) -> None:
        self.real.postpone(pair.real, 5)
        self.reference.postpone(pair.reference, 5)

    # ---- steps

    @rule(target=steps, lease=leases, wanted=st.sampled_from([["a"], ["b"], ["a", "b"], ["b", "c", "a"], []]))
    def claim_step(self, lease: float, wanted: list[str]) -> Any:
        real = self.real.claim_step("worker", lease, wanted)
        self.reference.choose = lambda equal: next(
            (run, one) for run, one in equal if real is not None and (run, one.command.call) == (real.run, real.call)
        )
        assert self.reference.claim_step("worker", lease, wanted) == real
        return multiple() if real is None else real

    @rule(claim=steps, kind=st.sampled_from(["answer", "failure"]))
    def finish_step(self, claim: StepClaim, kind: str) -> None:
        self._both(lambda store: store.finish_step(outcome_of(claim, kind=kind)))

    @rule(claim=steps)
    def retry_step(self, claim: StepClaim) -> None:
        due_at = self._clock.now + 1
        self._both(lambda store: store.retry_step(claim, due_at, b"why"))

    @rule(pair=claims, claim=steps)
    def renew(self, pair: Pair, claim: StepClaim) -> None:
        self.real.renew(10, [pair.real], [claim])
        self.reference.renew(10, [pair.reference], [claim])

    # ---- what there is then

    @invariant()
    def the_same_is_there(self) -> None:
        self._both(lambda store: store.next_due())
        self._both(lambda store: store.runs(status=None, workflow=None, limit=2))
        self._both(lambda store: store.runs(status=Status.RUNNING, workflow="a", limit=9))
        for id in RUNS:
            run = self._both(lambda store, id=id: store.run(id))
            turns = 0 if run is None else run.turn
            self._both(lambda store, id=id, turns=turns: [store.snapshot(id, turn) for turn in range(turns + 2)])
            for after in {0, turns // 2}:
                self._both(lambda store, id=id, after=after: _without_ids(store.history(id, after)))


def _answer(use: Callable[[Any], Any], store: Any) -> Any:
    with suppress(Fenced):
        return use(store)
    return FENCED


def _plain(claim: Claim | None) -> Any:
    """A claim without the ids of events."""
    if claim is None:
        return None
    return replace(claim, epoch=0, events=[replace(event, id=bool(event.id)) for event in claim.events])


def _without_ids(history: StoredHistory) -> Any:
    """A history in which events are numbered by their order."""
    ids = sorted({*history.events, *(event.id for event in history.untold)})
    rank = {id: number for number, id in enumerate(ids, 1)} | {0: 0}

    def numbered(events: list[Event]) -> list[Event]:
        return [replace(event, id=rank[event.id]) for event in events]

    return replace(
        history,
        turns=[replace(turn, told=numbered(turn.told)) for turn in history.turns],
        events=dict(enumerate(numbered(list(history.events.values())), 1)),
        untold=numbered(history.untold),
    )


def play(examples: int, operations: int, *, derandomize: bool = False) -> None:
    run_state_machine_as_test(
        TwoStores,
        settings=settings(
            max_examples=examples,
            stateful_step_count=operations,
            derandomize=derandomize,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )


def test_a_few_operations_come_to_the_same() -> None:
    play(6, 25, derandomize=True)


@pytest.mark.slow
def test_many_operations_come_to_the_same() -> None:
    play(200, 60)
