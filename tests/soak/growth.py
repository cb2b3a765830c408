"""What a process has, sampled, and whether it grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import linear_regression


@dataclass(frozen=True)
class Sample:
    """What a process had at a moment."""

    at: float
    """seconds since the start"""
    memory: int
    """bytes; of pages that several processes share, each has its part"""
    descriptors: int
    threads: int
    maps: int
    """parts of its address space"""


MOST_GROWTH = {"memory": 16 << 20, "descriptors": 4, "threads": 4, "maps": 40}
"""How much each may rise in the time of the samples.

Allocators, and the caches of a program that has many things to do, settle within some megabytes. A leak of a kilobyte a
round comes to many times that in an hour, since each part does tens of rounds a second.
"""
WARM_UP = 0.2
"""the part of the time that does not count: caches fill, and what is rare happens for the first time"""
_PARTS = 20


def sample(pid: int, at: float) -> Sample | None:
    """What a process of this machine has; ``None`` when it has ended."""
    folder = Path("/proc") / str(pid)
    try:
        rollup = (folder / "smaps_rollup").read_text()
        [line] = [line for line in rollup.splitlines() if line.startswith("Pss:")]
        return Sample(
            at,
            int(line.split()[1]) * 1024,
            len(list((folder / "fd").iterdir())),
            len(list((folder / "task").iterdir())),
            (folder / "maps").read_bytes().count(b"\n"),
        )
    except (OSError, ValueError):  # of a process that is ending, the file is empty
        return None


def growth(samples: Sequence[Sample]) -> dict[str, float]:
    """How much each rises after the warm-up: the line through the least of each twentieth of the time, for what is
    garbage does not count."""
    counted = [one for one in samples if one.at >= samples[-1].at * WARM_UP]
    size = max(1, len(counted) // _PARTS)
    chunks = [counted[start : start + size] for start in range(0, len(counted), size)]
    if len(chunks) < 3:
        return {}
    times = [chunk[0].at for chunk in chunks]
    found = {}
    for field in fields(Sample)[1:]:
        least = [min(getattr(one, field.name) for one in chunk) for chunk in chunks]
        found[field.name] = linear_regression(times, least).slope * (times[-1] - times[0])
    return found


def grown(samples: Sequence[Sample]) -> list[str]:
    """What grows more than it may, in words."""
    return [
        f"{name} grew by {found:,.0f}, and may by {MOST_GROWTH[name]:,}"
        for name, found in growth(samples).items()
        if found > MOST_GROWTH[name]
    ]
