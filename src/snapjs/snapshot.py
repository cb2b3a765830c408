"""A whole VM as a value, and as bytes.

The format is documented byte by byte in ``docs/snapshot-format.md``. Everything is checked when bytes are read; so what
:meth:`Snapshot.from_bytes` returns restores.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ._describe import describe_arguments
from ._format import FIRST_MOMENT, LAST_MOMENT, PAGE, Metadata, pack, unpack
from ._guest import abi
from ._guest.compiled import engine_sha256


@dataclass(frozen=True)
class Timer:
    """A timer that had not fired when the snapshot was taken."""

    id: int
    deadline: datetime
    interval: float | None
    """seconds, of ``setInterval``"""


@dataclass(frozen=True)
class SavedCall:
    """A host call that had not been answered when the snapshot was taken."""

    id: int
    name: str
    args: tuple[Any, ...]


class Snapshot:
    """The state of a VM at one moment. Immutable; made by :meth:`VM.snapshot`, :meth:`from_bytes` and :meth:`load`.

    Two snapshots of equal states have equal ids, on every machine.
    """

    __slots__ = ("_id", "_memory", "_metadata", "engine")

    def __init__(self, metadata: Metadata, memory: bytes, engine: str) -> None:
        self._metadata = metadata
        self._memory = memory
        self.engine = engine
        """sha256 of the engine that it needs"""
        self._id: str | None = None

    # ---- facts

    @property
    def id(self) -> str:
        """Hash of the state: engine, memory. Not of the moment it was taken."""
        if self._id is None:
            state = hashlib.sha256(self.engine.encode())
            state.update(f"{self._metadata.baseline} {self._metadata.memory_size} ".encode())
            state.update(self._memory)
            self._id = state.hexdigest()
        return self._id

    @property
    def size(self) -> int:
        """Bytes of linear memory."""
        return self._metadata.memory_size

    @property
    def created_at(self) -> datetime:
        """When it was taken."""
        return datetime.fromtimestamp(self._metadata.created_at, UTC)

    @property
    def functions(self) -> list[str]:
        """Names of the host functions that the program knows."""
        return list(self._metadata.functions)

    @property
    def pending(self) -> list[SavedCall]:
        """Host calls without an answer. A function or other object among the arguments shows as its description."""
        return [
            SavedCall(id, name, describe_arguments(message, shared))
            for id, name, message, shared in self._metadata.pending
        ]

    @property
    def timers(self) -> list[Timer]:
        """Timers by deadline."""
        timers = [
            Timer(id, _moment(deadline), None if interval is None else interval / 1000)
            for id, deadline, interval in self._metadata.timers
        ]
        return sorted(timers, key=lambda timer: (timer.deadline, timer.id))

    @property
    def extensions(self) -> list[dict[str, Any]]:
        """Names and hashes of the extensions that were loaded."""
        return list(self._metadata.extensions)

    @property
    def base(self) -> str | None:
        """Id of the snapshot that this one is a delta of; ``None`` for a whole one."""
        return self._metadata.base

    def __repr__(self) -> str:
        waiting = ", ".join(f"{call[1]}#{call[0]}" for call in self._metadata.pending) or "nothing"
        return f"<Snapshot {self.id[:12]} of {self.size} bytes, waiting for {waiting}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __reduce__(self) -> tuple[Any, ...]:
        return Snapshot.from_bytes, (self.to_bytes(),)

    # ---- bytes

    def to_bytes(self, *, compress: bool = True) -> bytes:
        """The snapshot in format 1.

        :param compress: with zstd; a snapshot that goes into something that compresses may do without.
        """
        return pack(self._metadata, self._memory, self.engine, compress=compress)

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Snapshot:
        """Read a snapshot.

        :raises SnapshotFormatError: not a snapshot, of a newer format, truncated or corrupt.
        :raises EngineMismatch: it needs another engine than this one.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"a snapshot is read from bytes, not from {type(data).__name__}")
        return cls(*unpack(bytes(data)))

    def save(self, path: str | os.PathLike[str], *, compress: bool = True) -> None:
        """Write the snapshot to a file: whole or not at all."""
        path = os.fspath(path)
        data = self.to_bytes(compress=compress)
        folder, name = os.path.split(path)
        temporary = os.path.join(folder, f".{name}.{os.urandom(8).hex()}")
        try:
            with open(temporary, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Snapshot:
        """Read a snapshot from a file. Raises what :meth:`from_bytes` raises, and OSError."""
        with open(path, "rb") as file:
            return cls.from_bytes(file.read())

    # ---- restoring

    def pages(self) -> Mapping[int, memoryview]:
        """Pages that differ from the baseline: number to 4096 bytes."""
        count = len(self._memory) // (4 + PAGE)
        numbers = struct.unpack_from(f"<{count}I", self._memory)
        content = memoryview(self._memory)[4 * count :]
        return {number: content[i * PAGE : (i + 1) * PAGE] for i, number in enumerate(numbers)}

    def _copy_onto(self, base: int) -> None:
        """Put the pages into linear memory that starts at this address and holds the baseline."""
        count = len(self._memory) // (4 + PAGE)
        numbers = struct.unpack_from(f"<{count}I", self._memory)
        content = ctypes.cast(ctypes.c_char_p(self._memory), ctypes.c_void_p).value or 0
        content += 4 * count
        first = 0
        for i in range(1, count + 1):  # a run of pages that follow each other in one piece
            if i == count or numbers[i] != numbers[i - 1] + 1:
                ctypes.memmove(base + numbers[first] * PAGE, content + first * PAGE, (i - first) * PAGE)
                first = i

    @property
    def baseline(self) -> tuple[int, int, str]:
        """Intrinsics, web APIs and sha256 of the baseline."""
        return self._metadata.intrinsics, self._metadata.web, self._metadata.baseline


def build(metadata: Mapping[str, Any], pages: Mapping[int, bytes]) -> Snapshot:
    """A snapshot of this engine from what a VM found in its memory."""
    numbers = sorted(pages)
    memory = struct.pack(f"<{len(numbers)}I", *numbers) + b"".join(pages[number] for number in numbers)
    return Snapshot(Metadata(abi=abi.ABI_VERSION, **metadata), memory, engine_sha256())


def _moment(milliseconds: float) -> datetime:
    """A deadline as a datetime; one that datetime does not have shows as the nearest that it has."""
    return datetime.fromtimestamp(min(max(milliseconds / 1000, FIRST_MOMENT), LAST_MOMENT), UTC)
