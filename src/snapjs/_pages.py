"""The pages of a snapshot on their way between memory and bytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from operator import itemgetter
from typing import Final

from ._guest.image import Image, Part
from ._guest.memory import FEW_PAGES, Memory, Overlay
from ._guest.pages import PAGE

FEW_PAGES_OF_DELTA: Final = 4096
"""A delta keeps so many pages apart, to cost only what has changed, though copying all takes some milliseconds."""


def exclusive_or(first: bytes | memoryview, second: bytes | memoryview) -> bytes:
    """Two pages, bit by bit. Where they are equal it is zero, which compresses to nothing."""
    return (int.from_bytes(first, "little") ^ int.from_bytes(second, "little")).to_bytes(PAGE, "little")


def few_pages(is_delta: bool) -> int:
    """How many pages a snapshot keeps apart from an image."""
    return FEW_PAGES_OF_DELTA if is_delta else FEW_PAGES


def assemble(
    size: int, reference: Memory, numbers: array[int], pages: Iterable[bytes | memoryview], *, is_delta: bool
) -> Memory:
    """A memory from the pages that differ from another one.

    :param size: bytes of linear memory.
    :param reference: the other memory, whose image is not longer than itself.
    :param numbers: of the pages, ascending.
    :param pages: the pages; all are used, whatever becomes of them.
    :raises OSError: the system has no memory for it.
    """
    own = zip(numbers, pages, strict=True)
    apart = reference.overlay.numbers
    if len({*numbers, *apart}) > few_pages(is_delta):
        return Memory(size, Image(size, _merged(size, reference, numbers, own)), Overlay())
    kept = {number: reference.overlay.page(number).tobytes() for number in apart if number < size // PAGE}
    together = sorted((kept | {number: bytes(page) for number, page in own}).items())
    return Memory(size, reference.ground, Overlay((n for n, _ in together), b"".join(page for _, page in together)))


def _merged(
    size: int, reference: Memory, numbers: array[int], own: Iterable[tuple[int, bytes | memoryview]]
) -> Iterator[Part]:
    """All pages of a memory that are not zero, or were given."""
    given = set(numbers)
    under = (number for number in reference.kept_pages() if number < size // PAGE and number not in given)
    for number, page in merge(own, ((number, reference.page(number)) for number in under), key=itemgetter(0)):
        yield number * PAGE, page
