"""What is different between two snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ._guest.memory import Memory
from ._guest.pages import PAGE
from .errors import SnapshotError
from .snapshot import Snapshot
from .vm import VM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .extension import Extension

_LONGEST: Final = 60.0
"""seconds that looking at the globals of one snapshot may take"""


@dataclass(frozen=True)
class Difference:
    """What :func:`diff` has found, from the first snapshot to the second."""

    pages: list[int]
    """numbers of the pages of 4096 bytes whose contents differ"""
    bytes: int
    """how many bytes differ"""
    added: list[str] = field(default_factory=list)
    """names of globals that are only in the second"""
    removed: list[str] = field(default_factory=list)
    """names of globals that are only in the first"""
    changed: list[str] = field(default_factory=list)
    """names of globals that do not hold the same: other values, anywhere below them"""

    def __bool__(self) -> bool:
        return bool(self.pages)


def diff(first: Snapshot, second: Snapshot, *, extensions: Iterable[Extension] = ()) -> Difference:
    """Compare two snapshots of one engine. No JavaScript runs.

    What a global holds is its properties, elements and entries, variables that its functions have captured, where its
    generators are, and all that hangs on these; not prototypes, and nothing that is held weakly. Globals are those of
    the VM's own realm, ``let``, ``const`` and classes of scripts included.

    :param extensions: those that the snapshots have.
    :raises SnapshotError: they are of different engines, whose memories cannot be compared; :class:`ExtensionMismatch`,
        these are not their extensions.
    :raises TimeLimitError: it takes more than a minute, as where a thousand globals share gigabytes.
    """
    for snapshot in (first, second):
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"diff takes two Snapshots, not {type(snapshot).__name__}")
    if first.engine != second.engine:
        raise SnapshotError(f"snapshots of different engines cannot be compared: {first.engine} and {second.engine}")
    pages, count = _compare_memory(first._state.memory, second._state.memory)
    if not pages:
        return Difference([], 0)
    listed = list(extensions)
    before, after = (_globals(snapshot, listed) for snapshot in (first, second))
    return Difference(
        pages,
        count,
        added=sorted(name for name in after if name not in before),
        removed=sorted(name for name in before if name not in after),
        changed=sorted(name for name in before if name in after and before[name] != after[name]),
    )


def _compare_memory(first: Memory, second: Memory) -> tuple[list[int], int]:
    pages, count = [], 0
    for number in sorted({*first.kept_pages(), *second.kept_pages()}):
        before, after = first.page(number).tobytes(), second.page(number).tobytes()
        if before != after:
            pages.append(number)
            either = int.from_bytes(before, "little") ^ int.from_bytes(after, "little")
            count += PAGE - either.to_bytes(PAGE, "little").count(0)
    return pages, count


def _globals(snapshot: Snapshot, extensions: list[Extension]) -> dict[str, set[int]]:
    """A number for what each global holds. A name may be both a variable and a property of the global object."""
    found: dict[str, set[int]] = {}
    with VM.restore(snapshot, extensions=extensions, timeout=_LONGEST) as vm:
        for name, is_symbol, digest in vm._bridge.ask("snap_digest_globals"):
            found.setdefault(f"Symbol({name})" if is_symbol else name, set()).add(digest)
    return found


__all__ = ["Difference", "diff"]
