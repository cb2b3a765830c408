"""The pages of a snapshot on their way between memory and bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from operator import itemgetter
from typing import Final

from .._guest.image import Image, Part
from .._guest.memory import FEW_PAGES, Memory, Overlay, Piece
from .._guest.pages import PAGE

FEW_PAGES_OF_DELTA: Final = 4096
"""A delta keeps so many pages apart, to cost only what has changed, though copying all takes some milliseconds."""


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


def few_pages(is_delta: bool) -> int:
    """How many pages a snapshot keeps apart from an image."""
    return FEW_PAGES_OF_DELTA if is_delta else FEW_PAGES


def assemble(size: int, reference: Memory, numbers: array[int], pieces: Iterable[Piece], *, is_delta: bool) -> Memory:
    """A memory from the pages that differ from another one.

    :param size: bytes of linear memory.
    :param reference: the other memory.
    :param numbers: of the pages, ascending.
    :param pieces: the pages; all are used, whatever becomes of them.
    :raises OSError: the system has no memory for it.
    """
    apart = reference.overlay.numbers
    if len({*numbers, *apart}) > few_pages(is_delta) or reference.ground.length > size:
        return Memory(size, Image(size, _merged(size, reference, numbers, pieces)), Overlay())
    pages = {number: reference.overlay.page(number).tobytes() for number in apart if number < size // PAGE}
    for first, content in pieces:
        pages |= {first + i // PAGE: bytes(content[i : i + PAGE]) for i in range(0, len(content), PAGE)}
    together = sorted(pages.items())
    return Memory(size, reference.ground, Overlay((n for n, _ in together), b"".join(page for _, page in together)))


def _merged(size: int, reference: Memory, numbers: array[int], pieces: Iterable[Piece]) -> Iterator[Part]:
    """All pages of a memory that are not zero, or were given."""
    given = set(numbers)
    under = [number for number in reference.kept_pages() if number < size // PAGE and number not in given]
    for first, content in merge(pieces, reference.pieces(under), key=itemgetter(0)):
        yield first * PAGE, content
