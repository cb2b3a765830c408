"""What a worker has done, in numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from ..statistics import Latency

_KEPT: Final = 4096
"""durations"""


class Tally:
    """Of one worker. Whoever holds it adds; anybody reads."""

    def __init__(self) -> None:
        self.calls = 0
        self.failed = 0
        self.retried = 0
        self.deaths = 0
        """processes that ended"""
        self.renewals = 0
        """VMs that were replaced, in machines that are gone"""
        self.waits: deque[float] = deque(maxlen=_KEPT)
        """seconds that the latest calls waited for a worker"""
        self.runs: deque[float] = deque(maxlen=_KEPT)
        """seconds that they took then"""

    def add(self, wait: float, run: float, *, failed: bool) -> None:
        """Count a call."""
        self.calls += 1
        self.failed += failed
        self.waits.append(wait)
        self.runs.append(run)


def latency(seconds: Iterable[deque[float]]) -> Latency:
    """Percentiles of durations."""
    values = sorted(value for part in seconds for value in part.copy())
    if not values:
        return Latency(0.0, 0.0, 0.0, 0.0)

    def percentile(percent: int) -> float:
        return values[-(-len(values) * percent // 100) - 1]

    return Latency(percentile(50), percentile(90), percentile(99), values[-1])
