"""From the bytes of a snapshot to its state."""

from __future__ import annotations

import io

from .._guest.engine import Engine
from .._guest.exports import EngineUnusable
from .._guest.memory import Memory
from ..engines import Engines, checked_engines, find_engine
from ..errors import EngineMismatch, SnapshotFormatError
from .encryption import checked_key
from .format import Progress, Reading
from .masks import unmasked
from .state import Metadata, State, few_pages, kind_of


def read(
    file: io.BufferedReader, base: State | None, key: bytes | None, engines: Engines, progress: Progress | None
) -> State:
    """Read a snapshot.

    :param file: open for reading at its beginning, which can be sought. The other arguments are those of
        :meth:`snapjs.Snapshot.load`.
    :raises SnapshotFormatError: as there, and so EngineMismatch.
    """
    stores = checked_engines(engines)
    reading = Reading(file, checked_key(key))
    metadata = reading.metadata
    base = _checked_base(base, metadata.base)
    engine = find_engine(reading.facts.engine, stores, reading.engine)
    reference = _reference(engine, metadata, base)
    numbers = reading.numbers()
    pieces = reading.pieces(numbers, progress)
    if base is not None:
        pieces = unmasked(pieces, reference)
    memory = reference.with_pages(metadata.memory_size, numbers, pieces, few=few_pages(base))
    return State(metadata, engine, memory, numbers, base)


def _checked_base(base: State | None, id: str | None) -> State | None:
    """What the snapshot with this ``base`` is a delta of, or None for a whole one."""
    if id is None:
        return None
    if base is None:
        raise SnapshotFormatError(f"the snapshot is a delta: give the snapshot {id} as base=")
    if base.id != id:
        raise SnapshotFormatError(f"the snapshot is a delta of {id}, and base= is {base.id}: give the right one")
    return base


def _reference(engine: Engine, metadata: Metadata, base: State | None) -> Memory:
    """The memory that a snapshot's pages differ from."""
    try:
        baseline = engine.baseline(metadata.intrinsics, metadata.web)
    except EngineUnusable as error:
        raise EngineMismatch(engine.sha256, f"engine {engine.sha256} cannot be used: {error}") from None
    if baseline.sha256 != metadata.baseline:
        raise SnapshotFormatError(
            "the snapshot's baseline is not the one of its engine: the snapshot or the installation is damaged"
        )
    if metadata.memory_size < baseline.size:
        raise SnapshotFormatError("the snapshot's memory is smaller than an engine's: it was not made by snapjs")
    if base is not None and base.kind != kind_of(engine, metadata.baseline, metadata.extensions):
        raise SnapshotFormatError(
            "the snapshot and its base are of different engines or extensions: it was not made by snapjs"
        )
    return baseline.memory if base is None else base.memory
