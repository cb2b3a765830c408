"""What VMs and pools hold and have done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statistics:
    """What a VM holds. Sizes are bytes."""

    handles: int
    """references that Python holds to JavaScript values"""
    pending: int
    timers: int
    linear_memory: int
    lent_functions: int
    """Python functions that JavaScript can reach, exposed ones included"""


@dataclass(frozen=True)
class Latency:
    """Percentiles of the latest some thousand durations, in seconds; 0 without any."""

    p50: float
    p90: float
    p99: float
    maximum: float


@dataclass(frozen=True)
class WorkerStatistics:
    """What a worker of a pool has done, and holds."""

    name: str
    pid: int | None
    """of its process; ``None`` for a thread, or while there is none"""
    calls: int
    restarts: int
    """VMs and processes that were replaced"""
    memory: int
    """bytes of linear memory of its VMs, as far as is known"""


@dataclass(frozen=True)
class PoolStatistics:
    """What a pool has done, and holds."""

    calls: int
    """that have an outcome"""
    failed: int
    """of these, those that raised"""
    running: int
    waiting: int
    retried: int
    """calls that were made again after a process had ended"""
    restarts: int
    """VMs and processes that were replaced"""
    sessions: int
    latency: Latency
    """of calls, without the time for which they waited"""
    queue_latency: Latency
    """for which calls waited"""
    memory: int
    """bytes of linear memory of all VMs, as far as is known"""
    workers: tuple[WorkerStatistics, ...]
