"""The pages of a delta as they are stored: what is different, and nothing of the base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from .._guest.memory import Memory, Piece
from .._guest.pages import PAGE

_IS_DIFFERENT: Final = bytes([0]) + bytes([255]) * 255
"""a mask's byte by the exclusive or of two"""


def masked(pieces: Iterable[Piece], reference: Memory) -> Iterator[Piece]:
    """Pieces of a memory as a delta stores them: a mask of the bytes that are not those of the reference, and these
    bytes among zeros. So nothing of the reference gets into the delta, and what is the same compresses to nothing."""
    for first, content in pieces:
        length = len(content)
        now = int.from_bytes(content, "little")
        before = int.from_bytes(_same_pages(first, length, reference), "little")
        mask = (now ^ before).to_bytes(length, "little").translate(_IS_DIFFERENT)
        yield first, mask + (now & int.from_bytes(mask, "little")).to_bytes(length, "little")


def unmasked(pieces: Iterable[Piece], reference: Memory) -> Iterator[Piece]:
    """The pieces that :func:`masked` was given."""
    for first, stored in pieces:
        length = len(stored) // 2
        mask = int.from_bytes(stored[:length], "little")
        before = int.from_bytes(_same_pages(first, length, reference), "little")
        now = before & ~mask | int.from_bytes(stored[length:], "little") & mask
        yield first, now.to_bytes(length, "little")


def _same_pages(first: int, length: int, memory: Memory) -> bytes:
    return b"".join(page for _, page in memory.pieces(range(first, first + length // PAGE)))
