"""What a process and those that it has started have, sampled, and whether it grows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import linear_regression, mean


@dataclass(frozen=True)
class Sample:
    """What they had at a moment."""

    at: float
    """seconds since the start"""
    memory: int
    """bytes; of pages that several processes share, each has its part"""
    descriptors: int
    threads: int
    maps: int
    """parts of its address space"""
    files: int = 0
    """in its folder for what is temporary"""


MOST_GROWTH = {"memory": 16 << 20, "descriptors": 4, "threads": 4, "maps": 200, "files": 40}
"""How much each may rise in the time of the samples.

Allocators, and the caches of a program that has many things to do, settle within some megabytes. A leak of a kilobyte a
round comes to many times that in an hour, since each part does tens of rounds a second.
"""
WARM_UP = 0.2
"""the part of the time that does not count: caches fill, and what is rare happens for the first time"""
_PARTS = 20


def sample(session: int, at: float, folder: Path) -> Sample | None:
    """What the processes of a session have together; ``None`` when all have ended.

    :param folder: where they write what is temporary.
    """
    found = [part for pid in _processes(session) if (part := _sample(pid)) is not None]
    if not found:
        return None
    return Sample(at, *map(sum, zip(*found, strict=True)), sum(len(files) for _, _, files in os.walk(folder)))


def _processes(session: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        with suppress(ProcessLookupError):
            if os.getsid(pid) == session:
                found.append(pid)
    return found


def _sample(pid: int) -> tuple[int, int, int, int] | None:
    """Memory, descriptors, threads and maps of a process."""
    folder = Path("/proc") / str(pid)
    try:
        rollup = (folder / "smaps_rollup").read_text()
        [line] = [line for line in rollup.splitlines() if line.startswith("Pss:")]
        return (
            int(line.split()[1]) * 1024,
            len(list((folder / "fd").iterdir())),
            len(list((folder / "task").iterdir())),
            (folder / "maps").read_bytes().count(b"\n"),
        )
    except (OSError, ValueError):  # of a process that is ending, the file is empty
        return None


def growth(samples: Sequence[Sample]) -> dict[str, float]:
    """How much each rises after the warm-up.

    Of two lines, the lower: that through the least of each twentieth of the time, for what is garbage does not count, and
    that through the means, for the least is that of a moment in which few of a part's processes were there.
    """
    counted = [one for one in samples if one.at >= samples[-1].at * WARM_UP]
    size = max(1, len(counted) // _PARTS)
    chunks = [counted[start : start + size] for start in range(0, len(counted), size)]
    if len(chunks) < _PARTS:  # of a short time, it says nothing
        return {}
    times = [chunk[0].at for chunk in chunks]
    found = {}
    for field in fields(Sample)[1:]:
        values = [[getattr(one, field.name) for one in chunk] for chunk in chunks]
        slopes = [linear_regression(times, list(map(of, values))).slope for of in (min, mean)]
        found[field.name] = min(slopes) * (times[-1] - times[0])
    return found


def grown(samples: Sequence[Sample]) -> list[str]:
    """What grows more than it may, in words."""
    return [
        f"{name} grew by {found:,.0f}, and may by {MOST_GROWTH[name]:,}"
        for name, found in growth(samples).items()
        if found > MOST_GROWTH[name]
    ]
