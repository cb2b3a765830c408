"""The bytes of a snapshot, docs/snapshot-format.md: writing them, and reading them with all checks.

Both work in pieces, so that a snapshot of any size takes little memory besides its own.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import msgspec

from .._core.clock import LAST_MOMENT
from .._guest import abi
from .._guest.engine import LARGEST_ENGINE
from .._guest.memory import FIRST_PAGE, Piece, piecewise
from .._guest.pages import PAGE
from ..errors import SnapshotFormatError
from .describe import describe_arguments
from .encryption import SALT_SIZE, Sealing, Unsealing, checked_key
from .state import ExtensionPlace, Metadata, State

FORMAT: Final = 1

_MAGIC: Final = b"snapjs\r\n"
# magic, format, flags, lengths of metadata, engine, memory; engine, base, salt
_FACTS: Final = struct.Struct("<8sHHIQQ32s32s32s")
# stored length, checksum
_SEAL: Final = struct.Struct("<Q32s")
_HEADER_SIZE: Final = _FACTS.size + _SEAL.size
_COMPRESSED: Final = 1
_ENCRYPTED: Final = 2
_DELTA: Final = 4
_WASM_PAGE: Final = 65536
_LARGEST_MEMORY: Final = 1 << 32
_LARGEST_TABLE: Final = 1 << 16
_HASH_DIGITS: Final = 64
_LONGEST_TIME: Final = 2 * 8.64e15
"""milliseconds: what JavaScript's Date can hold, and a timer as long from there"""

Progress = Callable[[int, int], object]
"""Called with the bytes that are done, before compression, and all of them."""


@dataclass
class Facts:
    """The beginning of the header: what is known before the memory is written."""

    flags: int
    metadata_length: int
    engine_length: int
    memory_length: int
    engine: str
    """sha256 in hexadecimal; ``base`` likewise"""
    base: str
    salt: bytes

    def pack(self) -> bytes:
        return _FACTS.pack(
            _MAGIC, FORMAT, self.flags, self.metadata_length, self.engine_length, self.memory_length,
            bytes.fromhex(self.engine), bytes.fromhex(self.base), self.salt,
        )  # fmt: skip


# ---- writing


def write(
    file: BinaryIO,
    state: State,
    *,
    compress: bool,
    embed_engine: bool,
    key: bytes | None,
    progress: Progress | None,
) -> None:
    """Write a snapshot in format 1.

    :param file: open for writing at its beginning, which can be sought.
    :param key: to encrypt with, 32 bytes.
    :raises OSError: the file cannot be written to.
    """
    import zstandard  # takes milliseconds, which a program without snapshots need not spend

    base, engine, key = state.metadata.base, state.engine, checked_key(key)
    packed = msgspec.msgpack.encode(state.metadata)
    embedded = zstandard.ZstdCompressor(level=9).compress(engine.wasm) if embed_engine else b""
    salt = bytes(SALT_SIZE) if key is None else os.urandom(SALT_SIZE)
    flags = compress * _COMPRESSED | (key is not None) * _ENCRYPTED | (base is not None) * _DELTA
    length = len(state.numbers) * _stored_page(base is not None)
    facts = Facts(flags, len(packed), len(embedded), length, engine.sha256, base or "00" * 32, salt).pack()
    file.write(bytes(_HEADER_SIZE))
    body = _Body(file)
    sink: Any = body if key is None else Sealing(body, key, salt, facts)
    sink.write(packed)
    sink.write(embedded)
    if compress:
        # Not as a context manager, which after an exception raises another for a frame that is not whole.
        frame = zstandard.ZstdCompressor(level=3).stream_writer(sink, size=length, closefd=False)
        _write_memory(frame, state, progress, length)
        frame.flush(zstandard.FLUSH_FRAME)
    else:
        _write_memory(sink, state, progress, length)
    if isinstance(sink, Sealing):
        sink.finish()
    stored = struct.pack("<Q", body.length)
    body.checksum.update(facts + stored)
    file.seek(0)
    file.write(facts + stored + body.checksum.digest())


def _stored_page(is_delta: bool) -> int:
    """Bytes of a page: its number, the page and, in a delta, a mask."""
    return 4 + (2 if is_delta else 1) * PAGE


def _write_memory(sink: Any, state: State, progress: Progress | None, total: int) -> None:
    sink.write(struct.pack(f"<{len(state.numbers)}I", *state.numbers))
    done = len(state.numbers) * 4
    for _, content in state.stored_pieces():
        sink.write(content)
        done += len(content)
        if progress is not None:
            progress(done, total)


class _Body:
    """What follows the header: counted and hashed on its way into the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length = 0
        self.checksum = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> int:
        self.checksum.update(data)
        self.length += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """As zstandard asks."""


# ---- reading


class Reading:
    """A snapshot in a file, read from front to back: its metadata and engine at once, then :meth:`numbers`, then
    :meth:`pieces`.

    :param file: open for reading at its beginning, which can be sought.
    :param key: that it was encrypted with.
    :raises SnapshotFormatError: not a snapshot, of a newer format, truncated or corrupt; encrypted with another key,
        or not at all although there is a key.
    """

    def __init__(self, file: io.BufferedReader, key: bytes | None) -> None:
        self.facts, stored, associated = _checked_header(file)
        self._body: Any = file
        if self.facts.flags & _ENCRYPTED:
            if key is None:
                raise SnapshotFormatError("the snapshot is encrypted: give key=")
            plain = Unsealing(file, stored, key, self.facts.salt, associated)
            self._body = io.BufferedReader(plain, _WASM_PAGE)
        elif key is not None:
            raise SnapshotFormatError("the snapshot is not encrypted, and key= says that it should be: who made it?")
        self._frame: _Frame | None = None
        self.metadata = _checked_metadata(_take(self._body, self.facts.metadata_length), self.facts)
        self.engine = self._read_engine()
        """the bytes of the engine that came with it"""

    @property
    def is_delta(self) -> bool:
        """Whether each page has a mask in front."""
        return bool(self.facts.flags & _DELTA)

    def _read_engine(self) -> bytes | None:
        if not self.facts.engine_length:
            return None
        if self.facts.engine_length > LARGEST_ENGINE:
            raise SnapshotFormatError("the snapshot's engine is too large to be one")
        import zstandard

        packed = _take(self._body, self.facts.engine_length)
        try:
            if not 0 < zstandard.frame_content_size(packed) <= LARGEST_ENGINE:
                raise SnapshotFormatError(
                    "the snapshot's engine is no zstd frame that states a size an engine can have"
                )
            return zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise SnapshotFormatError(f"the snapshot's engine cannot be expanded: {error}") from None

    def numbers(self) -> array[int]:
        """Read the numbers of the pages. Once, before :meth:`pieces`."""
        count, rest = divmod(self.facts.memory_length, _stored_page(self.is_delta))
        if rest:
            raise SnapshotFormatError("the snapshot's memory does not consist of whole pages")
        end = self.metadata.memory_size // PAGE
        if count > end:
            raise SnapshotFormatError("the snapshot has more pages than its memory")
        if self.facts.flags & _COMPRESSED:
            import zstandard

            self._frame = _Frame(self._body, zstandard.ZstdDecompressor().decompressobj())
            self._body = io.BufferedReader(self._frame, _WASM_PAGE)
        numbers = array("I", struct.unpack(f"<{count}I", self._take_memory(count * 4)))
        before = FIRST_PAGE - 1
        for number in numbers:
            if not before < number < end:
                raise SnapshotFormatError("the snapshot's pages are out of order or outside of its memory")
            before = number
        return numbers

    def pieces(self, numbers: array[int], progress: Progress | None) -> Iterator[Piece]:
        """Read the pages, as they are stored."""
        done = len(numbers) * 4
        for start, end in piecewise(numbers):
            length = (end - start) * (_stored_page(self.is_delta) - 4)
            yield start, self._take_memory(length)
            done += length
            if progress is not None:
                progress(done, self.facts.memory_length)
        if self._take_memory(1, at_end=True) or (self._frame is not None and not self._frame.is_over()):
            raise SnapshotFormatError(
                "the snapshot has bytes too many behind its memory, or its memory is no zstd frame"
            )

    def _take_memory(self, length: int, *, at_end: bool = False) -> bytes:
        import zstandard

        try:
            return bytes(self._body.read(length)) if at_end else _take(self._body, length)
        except (zstandard.ZstdError, MemoryError) as error:
            raise SnapshotFormatError(f"the snapshot's memory cannot be expanded: {error}") from None


class _Frame(io.RawIOBase):
    """Reads what one zstd frame holds.

    :param expander: zstandard's decompression object for a frame.
    """

    # What comes out at once is bounded by what goes in: a block, of three bytes at least, holds at most 128 KiB.
    _PIECE = 1024
    _HEADER = b"\x28\xb5\x2f\xfd"  # the expander takes other kinds of frames, which hold nothing

    def __init__(self, source: BinaryIO, expander: Any) -> None:
        self._source = source
        self._expander = expander
        self._ready = memoryview(b"")
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._expander.eof:
            piece = self._source.read(self._PIECE)
            if not piece:
                break
            if not self._begun and not piece.startswith(self._HEADER):
                raise SnapshotFormatError("the snapshot's memory cannot be expanded: it is no zstd frame")
            self._begun = True
            self._ready = memoryview(self._expander.decompress(piece))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def is_over(self) -> bool:
        """Whether the frame has come to its end, and the source with it."""
        return self._expander.eof and not self._expander.unused_data and not self._source.read(1)


def _take(stream: BinaryIO, length: int) -> bytes:
    parts = []
    while length:
        part = stream.read(length)
        if not part:
            raise SnapshotFormatError("the snapshot ends before its header says")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _checked_header(file: BinaryIO) -> tuple[Facts, int, bytes]:
    """The header's facts, the length of what follows, and what its encryption is bound to, once the whole is known to
    be unharmed."""
    header = file.read(_HEADER_SIZE)
    if len(header) < _HEADER_SIZE or not header.startswith(_MAGIC):
        kind = (
            "is empty"
            if not header
            else "is truncated"
            if _MAGIC.startswith(header[: len(_MAGIC)])
            else "does not begin as a snapshot"
        )
        raise SnapshotFormatError(f"this is not a snapshot: it {kind}")
    _, format, flags, metadata_length, engine_length, memory_length, engine, base, salt = _FACTS.unpack_from(header)
    stored, checksum = _SEAL.unpack_from(header, _FACTS.size)
    if format != FORMAT:
        raise SnapshotFormatError(
            f"the snapshot has format {format}, and this version of snapjs reads format {FORMAT}: upgrade snapjs"
        )
    length = file.seek(0, os.SEEK_END)
    if length != _HEADER_SIZE + stored:
        raise SnapshotFormatError(
            f"the snapshot is truncated or has bytes too many: {length} bytes, {_HEADER_SIZE + stored} expected"
        )
    file.seek(_HEADER_SIZE)
    actual = hashlib.sha256()
    while piece := file.read(_WASM_PAGE * 16):
        actual.update(piece)
    actual.update(header[: _FACTS.size + 8])
    if actual.digest() != checksum:
        raise SnapshotFormatError("the snapshot is corrupt: its checksum does not fit. Take it from its source again")
    if flags & ~(_COMPRESSED | _ENCRYPTED | _DELTA):
        raise SnapshotFormatError(
            f"the snapshot has flags {flags:#x} that this version of snapjs does not know: upgrade snapjs"
        )
    file.seek(_HEADER_SIZE)
    facts = Facts(flags, metadata_length, engine_length, memory_length, engine.hex(), base.hex(), salt)
    return facts, stored, header[: _FACTS.size]


def _checked_metadata(packed: bytes, facts: Facts) -> Metadata:
    try:
        metadata = msgspec.msgpack.decode(packed, type=Metadata)
        for _, name, arguments, has_references in metadata.pending:
            try:
                describe_arguments(arguments, has_references)
            except ValueError as error:
                raise SnapshotFormatError(
                    f"the arguments of the pending call of {name!r} are not readable: {error}"
                ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SnapshotFormatError(f"the snapshot's metadata is not readable: {error}") from None
    if metadata.abi != abi.ABI_VERSION:
        raise SnapshotFormatError(
            "the snapshot uses features that this version of snapjs does not know: upgrade snapjs"
        )
    if metadata.base != (facts.base if facts.flags & _DELTA else None):
        raise SnapshotFormatError("the snapshot's header and metadata do not agree on what it is a delta of")
    if metadata.intrinsics & ~_bits(abi.Intrinsic) or metadata.web & ~_bits(abi.Web):
        raise SnapshotFormatError(
            "the snapshot needs parts of the language that this version of snapjs does not know: upgrade snapjs"
        )
    if metadata.memory_size % _WASM_PAGE or not 0 < metadata.memory_size <= _LARGEST_MEMORY:
        raise SnapshotFormatError(f"the snapshot claims {metadata.memory_size} bytes of memory, which no engine has")
    if not all(_is_extension(extension, metadata.memory_size) for extension in metadata.extensions):
        raise SnapshotFormatError("the snapshot's metadata names extensions that cannot be")
    if len({extension.name for extension in metadata.extensions}) < len(metadata.extensions):
        raise SnapshotFormatError("the snapshot's metadata names an extension twice")
    if not (0 <= metadata.created_at <= LAST_MOMENT and all(map(_is_timer, metadata.timers))):
        raise SnapshotFormatError("the snapshot's metadata has moments that do not exist")
    return metadata


def _bits(flags: type) -> int:
    return sum(abi.members(flags).values())


def _is_extension(extension: ExtensionPlace, memory_size: int) -> bool:
    is_hash = len(extension.sha256) == _HASH_DIGITS and set(extension.sha256) <= set("0123456789abcdef")
    return is_hash and 0 < extension.memory <= memory_size and 0 < extension.table <= _LARGEST_TABLE


def _is_timer(timer: tuple[int, float, float | None]) -> bool:
    _, deadline, interval = timer
    return abs(deadline) <= _LONGEST_TIME and (interval is None or 0 < interval <= _LONGEST_TIME)
