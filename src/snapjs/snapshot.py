"""A whole VM as a value, and as bytes.

The format is documented byte by byte in ``docs/snapshot-format.md``. Everything is checked when bytes are read; so what
:meth:`Snapshot.from_bytes` returns restores.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from ._guest import abi
from ._guest.compiled import engine_sha256
from .errors import EngineMismatch, SnapshotFormatError

MAGIC = b"snapjs\r\n"
FORMAT = 1
PAGE = 4096

_HEADER = struct.Struct("<8sHHIQQ32s32s")
_FLAG_COMPRESSED = 1
_CHECKSUM_AT = _HEADER.size - 32
_LARGEST_MEMORY = 1 << 32


class _Metadata(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
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
    extensions: list[dict[str, Any]]
    base: str | None = None


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

    def __init__(self, metadata: _Metadata, memory: bytes, engine: str) -> None:
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
        from ._describe import describe_arguments

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
        metadata = msgspec.msgpack.encode(self._metadata)
        stored = (
            zstandard.ZstdCompressor(level=3, write_checksum=False).compress(self._memory) if compress else self._memory
        )
        header = _HEADER.pack(
            MAGIC, FORMAT, _FLAG_COMPRESSED if compress else 0, len(metadata), len(stored), len(self._memory),
            bytes.fromhex(self.engine), bytes(32),
        )  # fmt: skip
        checksum = hashlib.sha256(header[:_CHECKSUM_AT] + metadata)
        checksum.update(stored)
        return header[:_CHECKSUM_AT] + checksum.digest() + metadata + stored

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Snapshot:
        """Read a snapshot.

        :raises SnapshotFormatError: not a snapshot, of a newer format, truncated or corrupt.
        :raises EngineMismatch: it needs another engine than this one.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"a snapshot is read from bytes, not from {type(data).__name__}")
        data = bytes(data)
        _, _, flags, metadata_length, stored_length, memory_length, engine, _ = _checked_header(data)
        metadata_end = _HEADER.size + metadata_length
        try:
            metadata = msgspec.msgpack.decode(data[_HEADER.size : metadata_end], type=_Metadata)
        except (msgspec.DecodeError, RecursionError) as error:
            raise SnapshotFormatError(f"the snapshot's metadata is not readable: {error}") from None
        if engine.hex() != engine_sha256():
            raise EngineMismatch(engine.hex())
        memory = _expand(data[metadata_end:], bool(flags & _FLAG_COMPRESSED), memory_length)
        _check_memory(memory, metadata)
        return cls(metadata, memory, engine.hex())

    def save(self, path: str | os.PathLike[str], *, compress: bool = True) -> None:
        """Write the snapshot to a file: whole or not at all."""
        path = Path(path)
        data = self.to_bytes(compress=compress)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Snapshot:
        """Read a snapshot from a file. Raises what :meth:`from_bytes` raises, and OSError."""
        return cls.from_bytes(Path(path).read_bytes())

    # ---- restoring

    def pages(self) -> Mapping[int, memoryview]:
        """Pages that differ from the baseline: number to 4096 bytes."""
        count = len(self._memory) // (4 + PAGE)
        numbers = struct.unpack_from(f"<{count}I", self._memory)
        content = memoryview(self._memory)[4 * count :]
        return {number: content[i * PAGE : (i + 1) * PAGE] for i, number in enumerate(numbers)}

    @property
    def baseline(self) -> tuple[int, int, str]:
        """Intrinsics, web APIs and sha256 of the baseline."""
        return self._metadata.intrinsics, self._metadata.web, self._metadata.baseline


def build(metadata: Mapping[str, Any], pages: Mapping[int, bytes]) -> Snapshot:
    """A snapshot of this engine from what a VM found in its memory."""
    numbers = sorted(pages)
    memory = struct.pack(f"<{len(numbers)}I", *numbers) + b"".join(pages[number] for number in numbers)
    return Snapshot(_Metadata(abi=abi.ABI_VERSION, **metadata), memory, engine_sha256())


def _checked_header(data: bytes) -> tuple[Any, ...]:
    """The header's fields, once the whole is known to be unharmed."""
    if len(data) < _HEADER.size or not data.startswith(MAGIC):
        kind = (
            "is empty"
            if not data
            else "is truncated"
            if MAGIC.startswith(data[: len(MAGIC)])
            else "does not begin as a snapshot"
        )
        raise SnapshotFormatError(f"this is not a snapshot: it {kind}")
    header = _HEADER.unpack_from(data)
    _, format, flags, metadata_length, stored_length, _, _, checksum = header
    if format != FORMAT:
        raise SnapshotFormatError(
            f"the snapshot has format {format}, and this version of snapjs reads format {FORMAT}: upgrade snapjs"
        )
    expected = _HEADER.size + metadata_length + stored_length
    if len(data) != expected:
        raise SnapshotFormatError(
            f"the snapshot is truncated or has bytes too many: {len(data)} bytes, {expected} expected"
        )
    actual = hashlib.sha256(data[:_CHECKSUM_AT])
    actual.update(memoryview(data)[_HEADER.size :])
    if actual.digest() != checksum:
        raise SnapshotFormatError("the snapshot is corrupt: its checksum does not fit. Take it from its source again")
    if flags & ~_FLAG_COMPRESSED:
        raise SnapshotFormatError(
            f"the snapshot has flags {flags:#x} that this version of snapjs does not know: upgrade snapjs"
        )
    return header


def _expand(stored: bytes, compressed: bool, length: int) -> bytes:
    if not compressed:
        memory = stored
    elif length > _LARGEST_MEMORY // PAGE * (PAGE + 4):
        raise SnapshotFormatError("the snapshot claims more memory than an engine can have")
    else:
        try:
            if zstandard.frame_content_size(stored) != length:
                raise SnapshotFormatError("the snapshot's memory has another size than its header says")
            memory = zstandard.ZstdDecompressor().decompress(stored, max_output_size=length, allow_extra_data=False)
        except (zstandard.ZstdError, MemoryError) as error:
            raise SnapshotFormatError(f"the snapshot's memory cannot be expanded: {error}") from None
    if len(memory) != length:
        raise SnapshotFormatError(f"the snapshot's memory has {len(memory)} bytes, and its header says {length}")
    return memory


def _check_memory(memory: bytes, metadata: _Metadata) -> None:
    if metadata.abi != abi.ABI_VERSION or metadata.base is not None or metadata.extensions:
        raise SnapshotFormatError(
            "the snapshot uses features that this version of snapjs does not know: upgrade snapjs"
        )
    pages, rest = divmod(len(memory), PAGE + 4)
    if rest or metadata.memory_size % 65536 or not 0 < metadata.memory_size <= _LARGEST_MEMORY:
        raise SnapshotFormatError("the snapshot's memory does not consist of whole pages")
    numbers = struct.unpack_from(f"<{pages}I", memory)
    if any(b <= a for a, b in zip(numbers, numbers[1:], strict=False)) or (
        numbers and numbers[-1] >= metadata.memory_size // PAGE
    ):
        raise SnapshotFormatError("the snapshot's pages are out of order or beyond its memory")


def _moment(milliseconds: float) -> datetime:
    """A deadline as a datetime; one beyond the year 9999 shows as that year's end."""
    return datetime.fromtimestamp(min(milliseconds / 1000, 253_402_300_799), UTC)
