"""What the reference of stores remembers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

from snapjs._workflows.records import Command, Event, Kind, ParentClose, Run, Schedule, Status, Told, Turn
from snapjs._workflows.stored import StoredAttempt


@dataclass
class Wanted:
    """A command, and what has become of it."""

    command: Command
    turn: int
    at: float
    state: str = "waiting"
    due_at: float | None = None
    attempt: int = 0
    tried: list[StoredAttempt] = field(default_factory=list)
    owner: str | None = None
    deaths: int = 0
    error: bytes | None = None

    def has_begun(self, owner: str, now: float) -> None:
        self.attempt += 1
        self.tried.append(StoredAttempt(self.command.call, self.attempt, owner, now, None, None))

    def has_ended(self, at: float, error: bytes | None = None) -> None:
        self.tried[-1] = replace(self.tried[-1], ended_at=at, error=error)


@dataclass
class Letter:
    """An event in the inbox of a run."""

    event: Event
    dedup: str | None
    turn: int | None = None


@dataclass
class Kept:
    """A run, and all that is kept of it."""

    record: Run
    epoch: int = 0
    last_call: int = 0
    owner: str | None = None
    until: float | None = None
    deaths: int = 0
    inbox: list[Letter] = field(default_factory=list)
    wanted: dict[int, Wanted] = field(default_factory=dict)
    turns: dict[int, tuple[Turn, list[Told]]] = field(default_factory=dict)
    snapshots: dict[int, bytes] = field(default_factory=dict)
    parent_call: int | None = None
    parent_close: ParentClose = ParentClose.ABANDON
    streams: dict[str, list[bytes | None]] = field(default_factory=dict)
    deliveries: set[str] = field(default_factory=set)
    """the keys of those that are not kept"""

    @property
    def is_running(self) -> bool:
        return self.record.status is Status.RUNNING

    def is_free(self, now: float) -> bool:
        """Whether nobody works on it."""
        return self.until is None or self.until <= now

    def change(self, **values: Any) -> None:
        self.record = replace(self.record, **values)

    def give_back(self) -> None:
        self.owner = self.until = None
        self.deaths = 0
        self.change(wake_at=None)

    def untold(self) -> list[Letter]:
        """What it has not been told yet and waits for."""
        names = {one.command.name for one in self.waiting(Kind.HOOK)}
        return [
            letter
            for letter in self.inbox
            if letter.turn is None and (letter.event.kind != "hook" or letter.event.target in names)
        ]

    def waiting(self, kind: Kind) -> list[Wanted]:
        return [one for one in self.wanted.values() if one.command.kind is kind and one.state == "waiting"]

    def steps(self) -> list[Wanted]:
        return [
            one for one in self.wanted.values() if one.command.kind is Kind.STEP and one.state in ("waiting", "running")
        ]

    def set_alarm(self, timer: float | None, now: float) -> None:
        due = [one.due_at for one in self.waiting(Kind.TIMER)]
        ends_at = self.record.deadline if self.record.ends_at is None else self.record.ends_at
        times = [at for at in [*due, timer, ends_at] if at is not None]
        self.change(wake_at=now if self.untold() else min(times, default=None))


class Shared:
    """What all who have opened one store see."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.runs: dict[str, Kept] = {}
        self.artifacts: dict[str, bytes] = {}
        self.stored: dict[str, tuple[str | None, float]] = {}
        """of artifacts, the engine and when"""
        self.schedules: dict[str, Schedule] = {}
        self.events = 0
