"""Reads a snapshot by docs/snapshot-format.md alone: nothing here knows snapjs."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Any

import msgspec
import zstandard

FACTS = struct.Struct("<8sHHIQQ32s32s32s")
SEAL = struct.Struct("<Q32s")


@dataclass
class Parsed:
    """A snapshot's parts. ``to_bytes`` puts them together again, with lengths and a checksum that fit what was not
    set."""

    format: int
    flags: int
    engine: bytes
    base: bytes
    metadata: dict[str, Any]
    embedded: bytes
    stored: bytes
    memory_length: int

    def to_bytes(self, *, metadata: bytes | None = None) -> bytes:
        packed = msgspec.msgpack.encode(self.metadata) if metadata is None else metadata
        facts = FACTS.pack(
            b"snapjs\r\n",
            self.format,
            self.flags,
            len(packed),
            len(self.embedded),
            self.memory_length,
            self.engine,
            self.base,
            bytes(32),
        )
        body = packed + self.embedded + self.stored
        facts += struct.pack("<Q", len(body))
        return facts + hashlib.sha256(body + facts).digest() + body

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
    """The parts of a snapshot that is not encrypted, each checked against the document."""
    assert len(data) >= 168
    magic, format, flags, metadata_length, engine_length, memory_length, engine, base, salt = FACTS.unpack_from(data)
    stored_length, checksum = SEAL.unpack_from(data, 128)
    assert magic == b"snapjs\r\n"
    assert format == 1
    assert flags in (0, 1, 4, 5)
    assert salt == bytes(32)
    assert len(data) == 168 + stored_length
    assert checksum == hashlib.sha256(data[168:] + data[:136]).digest()
    metadata = msgspec.msgpack.decode(data[168 : 168 + metadata_length])
    engine_end = 168 + metadata_length + engine_length
    embedded = data[168 + metadata_length : engine_end]
    parsed = Parsed(format, flags, engine, base, metadata, embedded, data[engine_end:], memory_length)
    assert len(parsed.memory) == memory_length
    assert memory_length % (8196 if flags & 4 else 4100) == 0
    return parsed
