"""Instances of VMs that were closed, put back to the baseline, or to a small snapshot, for the next ones.

To make an instance, map its memory and take the pages that its code first writes to takes most of the time of a VM that
does little. A used one needs only the pages that were written to.

An instance is used again only where nothing tells it from a new one: it has never trapped, its memory has its first
size, and every page that was written is copied from what it began with. The engine has one global of WebAssembly, its
stack pointer, which each call that returns leaves as it was, and does not change its table.
"""

from __future__ import annotations

from .raw import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from .memory import Memory

    Kind = tuple[Memory, bool, int | None]
    """what a VM must have in common with the one before: the memory that it begins with, whether its code has epoch
    checks, and the bytes that its memory may have"""

_MOST: Final = 4
"""each holds up to half a megabyte"""


class UsedInstances:
    """Those of one engine. For any number of threads."""

    def __init__(self) -> None:
        # Appending to a list, and removing a member, are one step each under Python's lock.
        self._kept: list[tuple[Kind, Store]] = []

    def put(self, kind: Kind, store: Store) -> None:
        """Keep an instance whose memory is as it began; of too many, those that were kept first go."""
        self._kept.append((kind, store))
        while len(self._kept) > _MOST:
            try:
                _, oldest = self._kept.pop(0)
            except IndexError:  # other threads were faster
                break
            oldest.close()

    def close(self) -> None:
        """Free them all."""
        while self._kept:
            self._kept.pop()[1].close()

    def take(self, kind: Kind) -> Store | None:
        """One of this kind, which is the caller's from then on; None if there is none."""
        for entry in self._kept[::-1]:
            if entry[0] == kind:
                try:
                    self._kept.remove(entry)
                except ValueError:  # another thread was faster
                    continue
                return entry[1]
        return None
