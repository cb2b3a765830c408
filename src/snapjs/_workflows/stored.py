"""What the store shows of what has happened, and of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from .records import (
    Chance,
    Command,
    Event,
    Payload,
    Plain,
    Status,
)


@dataclass(frozen=True)
class RecordedTurn:
    """What a turn was made of: it can be taken again."""

    turn: int
    clock: float
    entropy: Chance
    """empty where the turn could not be taken"""
    events: list[Event]
    """that the run was told, in their order"""
    state: str
    """hash of the state afterwards, if that was stored; else empty"""
    effects: Plain
    """of what the run has come to want"""
    last_call: int
    """the number of the guest's latest call"""

    @property
    def has_failed(self) -> bool:
        """Whether it could not be taken, and has left the state as it was."""
        return not self.entropy and not self.state


@dataclass(frozen=True)
class StoredTurn:
    """A turn that was taken."""

    turn: int
    clock: float
    told: list[Event]
    """without their payloads"""
    logs: Payload


@dataclass(frozen=True)
class StoredCommand:
    """Something that a run has come to want."""

    command: Command
    turn: int
    """in which it came to"""
    state: str
    """``waiting``, ``running`` (a step), ``held`` (a step of a run that is paused) or ``done``"""
    attempt: int
    """of a step: how many have begun"""
    error: Payload | None
    """of a step: of the latest attempt that has failed and was not the last"""
    at: float
    queue: str | None = None
    """in which a step stands"""


@dataclass(frozen=True)
class StoredAttempt:
    """An attempt of a step."""

    call: int
    number: int
    worker: str
    started_at: float
    ended_at: float | None
    """``None``: it runs, or its worker was not heard of again"""
    error: Payload | None


@dataclass(frozen=True)
class StoredHistory:
    """What has happened in a run after a turn."""

    turns: list[StoredTurn]
    commands: list[StoredCommand]
    """of these turns, and those of earlier ones that still count"""
    events: dict[int, Event]
    """that it was told in these turns, by their ids; timers are none"""
    untold: list[Event]
    """that it was not told yet"""
    names: dict[int, str]
    """of the steps that the events answer, by their calls"""
    trimmed: int = 0
    """how many of the run's first turns are not kept"""
    attempts: list[StoredAttempt] = field(default_factory=list)
    """the latest of each step among the commands"""


@dataclass(frozen=True)
class Fault:
    """Something that should not be in a store."""

    what: str
    where: str
    """the id of a run, or what else says where"""
    remedy: str
    """what to do"""


@dataclass(frozen=True)
class Lease:
    """What a worker has claimed."""

    owner: str
    runs: int
    steps: int
    until: float
    """Unix seconds at which the first of these is free for others"""


@dataclass(frozen=True)
class Survey:
    """What is in a store."""

    sizes: dict[str, int]
    """bytes by the kind of row, the largest first"""
    free: int
    """bytes that nothing takes"""
    runs: dict[Status, int]
    steps: dict[str, int]
    """by their names: how many wait or run"""
    codes: list[str]
    """by their hashes: those that runs and schedules need that go on"""
    leases: list[Lease]
    due_at: float | None
    """Unix seconds since when something is due, or at which it will be, that nobody has claimed"""
    stuck: list[str]
    """ids of runs that go on, and wait for nothing"""
