"""WebAssembly's binary format: numbers, lists, sections (WebAssembly Core Specification 2.0, chapter 5)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

MAGIC: Final = b"\0asm\1\0\0\0"
"""what each module begins with"""
CUSTOM, TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, GLOBALS, EXPORTS, START, ELEMENTS, CODE, DATA = range(12)
"""numbers of sections"""
FUNCTION, TABLE, MEMORY, GLOBAL, TAG = range(5)
"""kinds of what is imported and exported"""
FUNCTION_TYPE: Final = 0x60

_MOST_PARTS: Final = 50_000
"""sections, or entries of one; an engine has some 1,500 functions"""
MOST_PARAMETERS: Final = 64
"""of one function; an engine's have at most 13. Each call moves them all: a few bytes with many of them, and of results
of which C has one, take minutes to compile"""
MOST_LOCALS: Final = 200_000
"""in all functions together; an engine has some 8,000"""


class Damaged(Exception):
    """The bytes end too early, or hold a number that is too large."""


class TooManyParts(Exception):
    """The module has more sections, or more entries in one, than is sensible."""


class Reader:
    """Reads bytes from front to back.

    :raises Damaged: by each method, where the bytes have ended.
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise Damaged
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """An unsigned LEB128 of at most 32 bits."""
        result = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
        raise Damaged

    def signed(self) -> int:
        """A signed LEB128 of at most 32 bits."""
        result = 0
        for shift in range(0, 35, 7):
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result - (1 << shift + 7) if byte & 0x40 else result
        raise Damaged

    def count(self) -> int:
        """How many parts follow.

        :raises TooManyParts: more than is sensible.
        """
        count = self.number()
        if count > _MOST_PARTS:
            raise TooManyParts
        return count

    def skip(self, length: int) -> bytes:
        """That many bytes."""
        self.at += length
        if self.at > len(self.data):
            raise Damaged
        return self.data[self.at - length : self.at]

    def run(self) -> bytes:
        """Bytes with their length in front."""
        return self.skip(self.number())

    def name(self) -> str:
        """A name; what is not UTF-8 in it is replaced."""
        return self.run().decode(errors="replace")

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.data)


def sections(wasm: bytes) -> Iterator[tuple[int, Reader]]:
    """The sections of a module that begins with ``MAGIC``: their numbers, and readers of their contents.

    :raises Damaged, TooManyParts: it is no module.
    """
    reader = Reader(wasm, len(MAGIC))
    for _ in range(_MOST_PARTS):
        if reader.at_end:
            return
        section = reader.byte()
        yield section, Reader(reader.run())
    raise TooManyParts


def count_locals(code: Reader) -> int:
    """How many variables all functions have together, by the section with their code; a number beyond ``MOST_LOCALS``
    may be less than that.
    """
    total = 0
    for _ in range(code.count()):
        size = code.number()
        end = code.at + size
        for _ in range(code.count()):
            total += code.number()
            code.byte()
        if total > MOST_LOCALS:
            return total
        code.at = end
    return total


def encode_number(value: int) -> bytes:
    """An unsigned LEB128."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def encode_run(content: bytes) -> bytes:
    """Bytes with their length in front."""
    return encode_number(len(content)) + content


def with_smaller_table(wasm: bytes, fewer: int) -> bytes:
    """A module without so many elements at the end of its table; as it is, if it has fewer, or the table may grow.

    :raises Damaged, TooManyParts: it is no module.
    """
    parts = [
        bytes([section]) + encode_run(_smaller(reader, fewer) if section == TABLES else reader.data)
        for section, reader in sections(wasm)
    ]
    return MAGIC + b"".join(parts)


def _smaller(tables: Reader, fewer: int) -> bytes:
    if tables.count() != 1:
        return tables.data
    kind, has_largest = tables.byte(), tables.byte()
    sizes = {tables.number() for _ in range(1 + has_largest)}
    size = max(sizes)
    if has_largest != 1 or len(sizes) != 1 or size < fewer:
        return tables.data
    return bytes([1, kind, has_largest]) + 2 * encode_number(size - fewer)
