"""Runs, turns and steps, in as few words as the tests of stores need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from snapjs._workflows.records import (
    Claim,
    Command,
    Event,
    EventKind,
    Kind,
    NewRun,
    Outcome,
    ParentClose,
    Run,
    Status,
    StepClaim,
    Told,
    Turn,
    child_id,
)
from snapjs._workflows.store import Store

LEASE = 30.0
_numbers = count(1)


def begin(store: Store, id: str = "run", *, key: str | None = None, workflow: str = "main.js") -> Run:
    """Begin a run."""
    return store.start(NewRun(id, workflow, key, "code", b"arguments"))[0]


def step(call: int, name: str = "work") -> Command:
    return Command(call, Kind.STEP, name, b"for " + name.encode(), None)


def timer(call: int, due_at: float) -> Command:
    return Command(call, Kind.TIMER, "", b"", due_at)


def hook(call: int, name: str = "go") -> Command:
    return Command(call, Kind.HOOK, name, b"", None)


def turn_of(
    claim: Claim,
    *wants: Command,
    events: Sequence[Event] | None = None,
    hooks: Mapping[str, int] | None = None,
    **values: Any,
) -> Turn:
    """A turn that no other one is the same as.

    :param events: that the run is told; without it, those of the claim.
    :param hooks: the calls that deliveries answer.
    """
    told = [Told(event, _call_for(event, hooks or {})) for event in (claim.events if events is None else events)]
    last_call = max([claim.last_call, *(command.call for command in wants)])
    whole: dict[str, Any] = {
        "told": told,
        "commands": list(wants),
        "dropped": [],
        "timers": 0,
        "last_call": last_call,
        "logs": b"",
        "clock": 0.0,
        "entropy": f"entropy {next(_numbers)}".encode(),
        "snapshot": f"{claim.run.id} after {claim.run.turn + 1}".encode(),
        "state": "state",
        "effects": b"effects",
        "timer": None,
    }
    return Turn(**{**whole, **values})


def _call_for(event: Event, hooks: Mapping[str, int]) -> int:
    if event.kind == "hook":
        return hooks.get(event.target, 0)
    return int(event.target) if event.target else 0


def claimed(store: Store, owner: str = "worker", lease: float = LEASE) -> Claim:
    """The run that is due."""
    claim = store.claim(owner, lease)
    assert claim is not None
    return claim


def step_of(store: Store, *names: str, owner: str = "worker", lease: float = LEASE) -> StepClaim:
    """The step that is due."""
    claim = store.claim_step(owner, lease, names or ["work"])
    assert claim is not None
    return claim


def take_turn(store: Store, *wants: Command, keep: int = 100, **values: Any) -> Claim:
    """Take a turn of the run that is due, and say which it was."""
    claim = claimed(store)
    store.commit(claim, turn_of(claim, *wants, **values), keep)
    return claim


def waiting(store: Store, *wants: Command, id: str = "run") -> Run:
    """A run that has taken its first turn, and wants this."""
    begin(store, id)
    take_turn(store, *wants)
    run = store.run(id)
    assert run is not None
    return run


def outcome_of(step: StepClaim, payload: bytes = b"answer", kind: EventKind = EventKind.ANSWER) -> Outcome:
    """How a step has ended."""
    return Outcome(step, Event(0, kind, str(step.call), payload, 0.0))


def deliver(store: Store, name: str = "go", payload: bytes = b"", *, dedup: str | None = None, run: str = "run") -> Any:
    """Deliver to a hook of a run."""
    return store.deliver(run, Event(0, EventKind.HOOK, name, payload, 0.0), dedup)


def finished(claim: Claim, **values: Any) -> Turn:
    """A turn with which a run has completed."""
    return turn_of(claim, status=Status.COMPLETED, result=b"result", **values)


def child(call: int) -> Command:
    return Command(call, Kind.CHILD, "main.js", b"", None)


def new_child(call: int, *, of: str = "run", close: ParentClose = ParentClose.CANCEL, **values: Any) -> NewRun:
    """The child that a run starts with a call."""
    whole: dict[str, Any] = {"id": child_id(of, call), "workflow": "main.js", "key": None, "code": "code"}
    more = {"function": "part", "parent": of, "parent_call": call, "parent_close": close}
    return NewRun(**{**whole, "arguments": b"for the child", **more, **values})


def parent(store: Store, *closes: ParentClose, id: str = "run") -> None:
    """A run that has started children, with calls from 1 on. They are due, and it is not."""
    begin(store, id)
    start_children(store, id, *closes)


def start_children(store: Store, id: str, *closes: ParentClose) -> None:
    """Have a run that is due start children, with calls from 1 on."""
    calls = list(enumerate(closes, 1))
    children = [new_child(call, of=id, close=close) for call, close in calls]
    claim = claim_of(store, id)
    store.commit(claim, turn_of(claim, *(child(call) for call, _ in calls), children=children), 100)


def claim_of(store: Store, id: str) -> Claim:
    """This run, which is due; others that are due are claimed with it."""
    for _ in range(20):
        claim = claimed(store)
        if claim.run.id == id:
            return claim
    raise AssertionError(f"{id} is not due")


def status_of(store: Store, *ids: str) -> list[str | None]:
    found = [store.run(id) for id in ids]
    return [None if run is None else run.status.value for run in found]


def untold(store: Store, id: str) -> list[tuple[str, str, bytes]]:
    """What a run has not been told yet."""
    return [(event.kind, event.target, event.payload) for event in store.history(id, 0).untold]
