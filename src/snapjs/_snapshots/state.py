"""What a snapshot holds."""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec

from .._guest.engine import Engine
from .._guest.memory import FEW_PAGES, Memory, Piece
from .._guest.pages import PAGE
from .masks import masked

_FEW_PAGES_OF_DELTA: Final = 4096
"""A delta keeps so many pages apart, to cost only what has changed, though copying all takes some milliseconds."""


class ExtensionPlace(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A native extension that the VM had."""

    name: str
    sha256: str
    memory: int
    """address of its data"""
    table: int
    """index of its first function in the table"""


class Metadata(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The part of a snapshot that can be read without its memory."""

    abi: int
    intrinsics: int
    web: int
    baseline: str
    memory_size: int
    created_at: float
    functions: list[str]
    pending: list[tuple[int, str, bytes, bool]]
    timers: list[tuple[int, float, float | None]]
    extensions: list[ExtensionPlace]
    base: str | None = None


Kind = tuple[str, str, tuple[ExtensionPlace, ...]]
"""engine, baseline and extensions"""


def kind_of(engine: Engine, baseline: str, extensions: Iterable[ExtensionPlace]) -> Kind:
    """What a delta and its base have in common."""
    return engine.sha256, baseline, tuple(extensions)


@dataclass(frozen=True, eq=False)
class State:
    """All of a VM but what belongs to the host."""

    metadata: Metadata
    engine: Engine
    memory: Memory
    numbers: array[int]
    """of the pages that differ from the base's or, without one, from the baseline's"""
    base: State | None

    @cached_property
    def id(self) -> str:
        """Hash of engine and memory, in hexadecimal."""
        numbers = self._changed()
        state = hashlib.sha256(self.engine.sha256.encode())
        state.update(f"{self.metadata.baseline} {self.metadata.memory_size} ".encode())
        for extension in self.metadata.extensions:
            state.update(f"{extension.name} {extension.sha256} {extension.memory} {extension.table} ".encode())
        state.update(struct.pack(f"<{len(numbers)}I", *numbers))
        for _, content in self.memory.pieces(numbers):
            state.update(content)
        return state.hexdigest()

    @property
    def kind(self) -> Kind:
        """What a delta and its base have in common."""
        return kind_of(self.engine, self.metadata.baseline, self.metadata.extensions)

    def stored_pieces(self) -> Iterator[Piece]:
        """The pages, as they are in the snapshot's bytes."""
        pieces = self.memory.pieces(self.numbers)
        return pieces if self.base is None else masked(pieces, self.base.memory)

    def _changed(self) -> array[int]:
        """Numbers of the pages that differ from those of a new VM."""
        if self.base is None:
            return self.numbers
        new = self.engine.baseline(self.metadata.intrinsics, self.metadata.web).memory
        end = self.metadata.memory_size // PAGE
        touched = sorted({*self.numbers, *self.base._changed()})
        return array("I", (n for n in touched if n < end and self.memory.page(n).tobytes() != new.page(n).tobytes()))


def few_pages(base: State | None) -> int:
    """How many pages a snapshot with this base keeps apart from an image."""
    return FEW_PAGES if base is None else _FEW_PAGES_OF_DELTA
