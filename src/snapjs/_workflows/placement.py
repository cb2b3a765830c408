"""Where a step stands in line: queues, and their limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Placement:
    """What the app says of a step, for those who have the store and not the app. Durations are seconds."""

    queue: str | None = None
    key: str | None = None
    """of the queue: what the limits of a key are for"""
    head_start: float = 0.0
    """it is taken for one that has waited for so much longer"""
    schedule_to_start: float | None = None
    schedule_to_close: float | None = None
    heartbeat_timeout: float | None = None
    max_attempts: int = 1


NO_PLACEMENT: Final = Placement()


@dataclass(frozen=True)
class Queue:
    """How many steps of a queue there may be at once, and how many may start a second."""

    concurrency: int | None = None
    rate: float | None = None
    key_concurrency: int | None = None
    """the same of those that have one key"""
    key_rate: float | None = None


NO_QUEUES: Final[Mapping[str, Queue]] = {}
