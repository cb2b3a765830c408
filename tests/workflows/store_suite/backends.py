"""The stores that the suite is run on: `SNAPJS_STORES=sqlite,encrypted,reference` says which."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.workflows.store_suite.mutants import MUTANTS
from tests.workflows.store_suite.reference_records import Shared
from tests.workflows.store_suite.reference_store import ReferenceStore

from snapjs._workflows.protection import protected
from snapjs._workflows.sqlite import SQLiteStore
from snapjs._workflows.store import Store


class Backend(Protocol):
    """A place for one store. It can be pickled, if the store is more than memory."""

    def open(self, clock: Callable[[], float]) -> Store:
        """One more way to the same store."""


@dataclass
class SQLiteBackend:
    """A file."""

    file: str

    def open(self, clock: Callable[[], float]) -> Store:
        return SQLiteStore(self.file, clock)


@dataclass
class EncryptedBackend:
    """A file of which all is encrypted."""

    file: str

    def open(self, clock: Callable[[], float]) -> Store:
        return protected(lambda keks: SQLiteStore(self.file, clock, keks), bytes(32))


@dataclass
class MemoryBackend:
    """What this process remembers."""

    kind: type[ReferenceStore] = ReferenceStore
    shared: Shared = field(default_factory=Shared)

    def open(self, clock: Callable[[], float]) -> Store:
        return self.kind(self.shared, clock)


def chosen() -> list[str]:
    """The names of the stores to try; ``mutants`` are those that have to fail."""
    names = os.environ.get("SNAPJS_STORES", "sqlite,encrypted,reference").split(",")
    return [one for name in names for one in (MUTANTS if name == "mutants" else [name])]


def make(name: str, folder: Path) -> Backend:
    """An empty one."""
    if name == "sqlite":
        return SQLiteBackend(str(folder / "suite.db"))
    if name == "encrypted":
        return EncryptedBackend(str(folder / "suite.db"))
    return MemoryBackend(ReferenceStore if name == "reference" else MUTANTS[name])
