"""The bytes of a snapshot, docs/snapshot-format.md: writing them, and reading them with all checks."""

from __future__ import annotations

import hashlib
import struct
from itertools import pairwise
from typing import Any, Final

import msgspec

from ._describe import describe_arguments
from ._guest import abi
from ._guest.compiled import engine_sha256
from .errors import EngineMismatch, SnapshotFormatError

FORMAT: Final = 1
PAGE: Final = 4096

_MAGIC: Final = b"snapjs\r\n"
_HEADER: Final = struct.Struct("<8sHHIQQ32s32s")
_FLAG_COMPRESSED: Final = 1
_CHECKSUM_AT: Final = _HEADER.size - 32
_WASM_PAGE: Final = 65536
_LARGEST_MEMORY: Final = 1 << 32
_STORED_PAGE: Final = 4 + PAGE
_LONGEST_TIME: Final = 2 * 8.64e15
"""milliseconds: what JavaScript's Date can hold, and a timer as long from there"""
FIRST_MOMENT: Final = -62_135_596_800
LAST_MOMENT: Final = 253_402_300_799
"""Unix seconds of the first and the last moment that datetime has"""


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
    extensions: list[dict[str, Any]]
    base: str | None = None


def pack(metadata: Metadata, memory: bytes, engine: str, *, compress: bool) -> bytes:
    """A snapshot in format 1.

    :param memory: page numbers and pages.
    :param engine: sha256 in hexadecimal.
    """
    import zstandard  # takes milliseconds, which a program without snapshots need not spend

    packed = msgspec.msgpack.encode(metadata)
    stored = zstandard.ZstdCompressor(level=3).compress(memory) if compress else memory
    header = _HEADER.pack(
        _MAGIC,
        FORMAT,
        _FLAG_COMPRESSED if compress else 0,
        len(packed),
        len(stored),
        len(memory),
        bytes.fromhex(engine),
        bytes(32),
    )
    checksum = hashlib.sha256(header[:_CHECKSUM_AT])
    checksum.update(packed)
    checksum.update(stored)
    return b"".join((header[:_CHECKSUM_AT], checksum.digest(), packed, stored))


def unpack(data: bytes) -> tuple[Metadata, bytes, str]:
    """Metadata, memory and engine of a snapshot in format 1.

    :raises SnapshotFormatError: not a snapshot, of a newer format, truncated or corrupt.
    :raises EngineMismatch: it needs another engine than this one.
    """
    _, _, flags, metadata_length, _, memory_length, engine, _ = _checked_header(data)
    metadata_end = _HEADER.size + metadata_length
    if engine.hex() != engine_sha256():
        raise EngineMismatch(
            engine.hex(),
            f"the snapshot needs engine {engine.hex()}, and this is {engine_sha256()}: "
            "install the version of snapjs that took it",
        )
    metadata = _checked_metadata(data[_HEADER.size : metadata_end])
    memory = _expand(memoryview(data)[metadata_end:], bool(flags & _FLAG_COMPRESSED), memory_length)
    _check_pages(memory, metadata.memory_size)
    return metadata, memory, engine.hex()


def _checked_header(data: bytes) -> tuple[Any, ...]:
    """The header's fields, once the whole is known to be unharmed."""
    if len(data) < _HEADER.size or not data.startswith(_MAGIC):
        kind = (
            "is empty"
            if not data
            else "is truncated"
            if _MAGIC.startswith(data[: len(_MAGIC)])
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


def _checked_metadata(packed: bytes) -> Metadata:
    try:
        metadata = msgspec.msgpack.decode(packed, type=Metadata)
        for _, name, arguments, has_references in metadata.pending:
            try:
                describe_arguments(arguments, has_references)
            except ValueError as error:
                raise SnapshotFormatError(
                    f"the arguments of the pending call of {name!r} are not readable: {error}"
                ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotFormatError(f"the snapshot's metadata is not readable: {error}") from None
    if metadata.abi != abi.ABI_VERSION or metadata.base is not None or metadata.extensions:
        raise SnapshotFormatError(
            "the snapshot uses features that this version of snapjs does not know: upgrade snapjs"
        )
    if metadata.intrinsics & ~_bits(abi.Intrinsic) or metadata.web & ~_bits(abi.Web):
        raise SnapshotFormatError(
            "the snapshot needs parts of the language that this version of snapjs does not know: upgrade snapjs"
        )
    if metadata.memory_size % _WASM_PAGE or not 0 < metadata.memory_size <= _LARGEST_MEMORY:
        raise SnapshotFormatError(f"the snapshot claims {metadata.memory_size} bytes of memory, which no engine has")
    if not (0 <= metadata.created_at <= LAST_MOMENT and all(map(_is_timer, metadata.timers))):
        raise SnapshotFormatError("the snapshot's metadata has moments that do not exist")
    return metadata


def _bits(flags: type[abi.Intrinsic] | type[abi.Web]) -> int:
    return sum(int(flag) for flag in flags)


def _is_timer(timer: tuple[int, float, float | None]) -> bool:
    _, deadline, interval = timer
    return abs(deadline) <= _LONGEST_TIME and (interval is None or 0 < interval <= _LONGEST_TIME)


def _expand(stored: memoryview, compressed: bool, length: int) -> bytes:
    import zstandard

    if length > _LARGEST_MEMORY // PAGE * _STORED_PAGE:
        raise SnapshotFormatError("the snapshot claims more memory than an engine can have")
    if not compressed:
        memory = bytes(stored)
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


def _check_pages(memory: bytes, memory_size: int) -> None:
    count, rest = divmod(len(memory), _STORED_PAGE)
    if rest:
        raise SnapshotFormatError("the snapshot's memory does not consist of whole pages")
    numbers = struct.unpack_from(f"<{count}I", memory)
    in_order = all(a < b for a, b in pairwise(numbers))
    if not in_order or (numbers and (numbers[0] < abi.STACK_SIZE // PAGE or numbers[-1] >= memory_size // PAGE)):
        raise SnapshotFormatError("the snapshot's pages are out of order or outside of its memory")
