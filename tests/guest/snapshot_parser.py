"""Reads a snapshot by docs/snapshot-format.md alone: nothing here knows snapjs."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Any

import msgspec
import zstandard

FIELDS = struct.Struct("<8sHHIQQ32s32s")


@dataclass
class Parsed:
    """A snapshot's parts. ``bytes`` puts them together again, with lengths and a checksum that fit what was not set."""

    format: int
    flags: int
    engine: bytes
    metadata: dict[str, Any]
    stored: bytes
    memory_length: int

    def to_bytes(self, *, metadata: bytes | None = None) -> bytes:
        packed = msgspec.msgpack.encode(self.metadata) if metadata is None else metadata
        header = struct.pack(
            "<8sHHIQQ32s",
            b"snapjs\r\n",
            self.format,
            self.flags,
            len(packed),
            len(self.stored),
            self.memory_length,
            self.engine,
        )
        return header + hashlib.sha256(header + packed + self.stored).digest() + packed + self.stored

    @property
    def memory(self) -> bytes:
        if not self.flags & 1:
            return self.stored
        return zstandard.ZstdDecompressor().decompress(self.stored, max_output_size=self.memory_length)

    @memory.setter
    def memory(self, memory: bytes) -> None:
        self.flags, self.stored, self.memory_length = 0, memory, len(memory)

    @property
    def pages(self) -> dict[int, bytes]:
        memory = self.memory
        count = len(memory) // 4100
        numbers = struct.unpack(f"<{count}I", memory[: 4 * count])
        return {number: memory[4 * count + 4096 * i :][:4096] for i, number in enumerate(numbers)}

    @pages.setter
    def pages(self, pages: dict[int, bytes]) -> None:
        self.memory = struct.pack(f"<{len(pages)}I", *pages) + b"".join(pages.values())

    @property
    def id(self) -> str:
        head = f"{self.engine.hex()}{self.metadata['baseline']} {self.metadata['memory_size']} "
        return hashlib.sha256(head.encode() + self.memory).hexdigest()


def parse(data: bytes) -> Parsed:
    """The parts of a snapshot, each checked against the document."""
    assert len(data) >= 96
    magic, format, flags, metadata_length, stored_length, memory_length, engine, checksum = FIELDS.unpack_from(data)
    assert magic == b"snapjs\r\n"
    assert format == 1
    assert flags in (0, 1)
    assert len(data) == 96 + metadata_length + stored_length
    assert checksum == hashlib.sha256(data[:64] + data[96:]).digest()
    metadata = msgspec.msgpack.decode(data[96 : 96 + metadata_length])
    parsed = Parsed(format, flags, engine, metadata, data[96 + metadata_length :], memory_length)
    assert len(parsed.memory) == memory_length
    assert memory_length % 4100 == 0
    return parsed
