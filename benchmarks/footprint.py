"""How much memory a process holds, as Linux counts it.

The resident set size counts a page once for each mapping of it: a snapshot's page that a thousand forks have mapped is
one page of memory and four megabytes of resident set. The proportional set size divides each page by the number of its
mappings, so that a sum over all of them is memory. Neither counts what a file in memory (memfd) holds while nothing
has it mapped, so the files are counted by what they hold, and their mappings left out; nor the page tables, which are
added.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from .adapter import Unsupported

_BETWEEN_SAMPLES = 0.002
"""seconds"""


def held(*processes: int) -> int:
    """Bytes of memory that processes hold."""
    found = [_fields(process, "smaps_rollup") for process in processes]
    mapped = sum(fields["Pss_Shmem"] for fields in found)
    own = sum(fields["Pss"] for fields in found) - mapped
    tables = sum(_fields(process, "status")["VmPTE"] for process in processes)
    return own + tables + max(mapped, _files_in_memory(*processes))


def resident(process: int) -> int:
    """Bytes of its resident set, with a page counted once for each mapping."""
    return _fields(process, "smaps_rollup")["Rss"]


def private(process: int) -> int:
    """Bytes of memory that only a process and its children have mapped."""
    found = _fields(process, "smaps_rollup")
    return found["Private_Clean"] + found["Private_Dirty"] + sum(private(child) for child in children(process))


def children(process: int) -> list[int]:
    """Numbers of the processes that it has started."""
    found = []
    for file in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended
            parent = next(line for line in file.read_text().splitlines() if line.startswith("PPid:"))
            if int(parent.split()[1]) == process:
                found.append(int(file.parent.name))
    return found


class Peak:
    """A context manager that finds out how much memory a process holds at the most, by sampling it from outside.

    The proportional set size is not asked for: to count it stops the process each time.
    """

    grown = 0
    """bytes that it held at the most beyond what it held at first"""

    def __init__(self, process: int) -> None:
        self._process = process
        self._over = Event()
        self._thread = Thread(target=self._sample)

    def __enter__(self) -> Peak:
        self._before = self._now()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        with suppress(OSError, KeyError, Unsupported):  # the process has ended
            while not self._over.wait(_BETWEEN_SAMPLES):
                self.grown = max(self.grown, self._now() - self._before)

    def _now(self) -> int:
        found = _fields(self._process, "status")
        return found["RssAnon"] + found["RssFile"] + max(found["RssShmem"], _files_in_memory(self._process))


def _fields(process: int, name: str) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{process}/{name}").read_text().splitlines()
    except FileNotFoundError:
        raise Unsupported("memory is measured on Linux only") from None
    pairs = (line.split() for line in lines if line.endswith(" kB"))
    return {label.rstrip(":"): int(kilobytes) * 1024 for label, kilobytes, _ in pairs}


def _files_in_memory(*processes: int) -> int:
    """Bytes of memory behind all files that exist in memory only."""
    sizes: dict[int, int] = {}
    links = (link for process in processes for link in Path(f"/proc/{process}/fd").iterdir())
    for link in links:
        with suppress(OSError):  # closed meanwhile
            if os.readlink(link).startswith("/memfd:"):
                status = os.stat(link)
                sizes[status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())
