"""A linear memory at one moment: an image, and a few pages on top of it."""

from __future__ import annotations

import ctypes

from . import abi
from .image import Image, runs_of
from .pages import PAGE, memory_view, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import Final

    from .image import Part

FIRST_PAGE: Final = abi.STACK_SIZE // PAGE
"""The guest's stack lies before it: dead between calls, and zero in every memory that is kept."""

FEW_PAGES: Final = 64
"""That many are copied in less time than it takes to make an image, and cost no descriptor."""

MOST_PUT_BACK: Final = 128
"""written pages of a memory that is used again; to copy one takes a tenth of the time that a new one takes"""

_MOST_TOGETHER: Final = 64
"""pages in a piece"""

Piece = tuple[int, bytes | memoryview]
"""the number of its first page, and the bytes of one page or several"""

_NO_PAGE: Final = bytes(PAGE)


class Overlay:
    """Pages by number.

    :param numbers: ascending.
    :param content: the pages, in the same order.
    """

    __slots__ = ("_index", "content", "numbers")

    def __init__(self, numbers: Iterable[int] = (), content: bytes = b"") -> None:
        self.numbers: tuple[int, ...] = tuple(numbers)
        self.content: bytes = content
        self._index = {number: index for index, number in enumerate(self.numbers)}

    def __contains__(self, number: int) -> bool:
        return number in self._index

    def page(self, number: int) -> memoryview:
        """The bytes of a page that is there."""
        start = self._index[number] * PAGE
        return memoryview(self.content)[start : start + PAGE]

    def copy_onto(self, base: int) -> None:
        """Put the pages into the memory that begins at an address."""
        if not self.numbers:
            return
        content = ctypes.cast(ctypes.c_char_p(self.content), ctypes.c_void_p).value or 0
        for first, end in runs_of(self.numbers):
            size = (end - first) * PAGE
            ctypes.memmove(base + first * PAGE, content, size)
            content += size


class Memory:
    """A linear memory that does not change.

    :param size: bytes of linear memory.
    :param ground: an image of it, but for the overlay's pages, and not longer; behind its end there are zeros.
    :param overlay: pages that differ.
    """

    __slots__ = ("ground", "overlay", "size")

    def __init__(self, size: int, ground: Image, overlay: Overlay) -> None:
        self.size: int = size
        self.ground: Image = ground
        self.overlay: Overlay = overlay

    def lay_onto(self, base: int) -> None:
        """Make the fresh memory of an instance equal to this one.

        :param base: start of the linear memory, which must have at least ``size`` bytes.
        """
        self.ground.map_onto(base)
        self.overlay.copy_onto(base)

    def put_back(self, base: int, known: int) -> bool:
        """Make a memory equal to this one again that :meth:`lay_onto` has made so, and that has been written to since.

        :param base: start of the linear memory, which has ``size`` bytes.
        :param known: number of a page that has been written to, by which a system that tells nothing is found out.
        :returns: whether it is; not where too much has been written, or the system does not say what.
        """
        numbers = written(base, self.size // PAGE)
        if numbers is None or known not in numbers or len(numbers) > MOST_PUT_BACK:
            return False
        memory, end = memory_view(base, self.size), self.ground.length // PAGE
        image, overlay = self.ground.pages(0, end), self.overlay
        for number in numbers:  # page() and pieces() take two and three times as long, in each end of a VM
            start, stop = number * PAGE, (number + 1) * PAGE
            memory[start:stop] = image[start:stop] if number < end and number not in overlay else self.page(number)
        return True

    def page(self, number: int) -> memoryview:
        """The bytes of a page; zeros behind the end."""
        if number in self.overlay:
            return self.overlay.page(number)
        if (number + 1) * PAGE > self.ground.length:
            return memoryview(_NO_PAGE)
        return self.ground.pages(number, number + 1)

    def pieces(self, numbers: Iterable[int]) -> Iterator[Piece]:
        """The pages with these numbers, which ascend, several together where they follow each other."""
        end = self.ground.length // PAGE
        for start, upto in piecewise(numbers):
            if upto <= end and not any(number in self.overlay for number in range(start, upto)):
                yield start, self.ground.pages(start, upto)
            else:
                yield start, b"".join(self.page(number) for number in range(start, upto))

    def kept_pages(self) -> list[int]:
        """Numbers, ascending, of all pages that are not zero, and perhaps of some that are."""
        kept = {page for first, end in self.ground.runs for page in range(first // PAGE, -(-end // PAGE))}
        return sorted(kept.union(self.overlay.numbers))

    def with_pages(self, size: int, numbers: Collection[int], pieces: Iterable[Piece], *, few: int) -> Memory:
        """A memory that differs from this one in some pages.

        :param size: its bytes.
        :param numbers: of the pages, ascending.
        :param pieces: the pages; all are used, whatever becomes of them.
        :param few: how many pages may be kept apart from an image.
        :raises OSError: the system has no memory for it.
        """
        apart = self.overlay.numbers
        if len({*numbers, *apart}) > few or self.ground.length > size:
            return Memory(size, Image(size, self._merged(size, numbers, pieces)), Overlay())
        pages = {number: self.overlay.page(number).tobytes() for number in apart if number < size // PAGE}
        for first, content in pieces:
            pages |= {first + i // PAGE: bytes(content[i : i + PAGE]) for i in range(0, len(content), PAGE)}
        together = sorted(pages.items())
        return Memory(size, self.ground, Overlay((n for n, _ in together), b"".join(page for _, page in together)))

    def _merged(self, size: int, numbers: Collection[int], pieces: Iterable[Piece]) -> Iterator[Part]:
        """All pages that are not zero, or are given."""
        from heapq import merge

        given = set(numbers)
        under = [number for number in self.kept_pages() if number < size // PAGE and number not in given]
        for first, content in merge(pieces, self.pieces(under), key=lambda piece: piece[0]):
            yield first * PAGE, content

    def pages_unlike(self, address: int, length: int, apart: list[int] | None = None) -> list[int]:
        """Numbers of the pages at which another memory differs from this one; behind the end, from zeros.

        :param address: of the other memory.
        :param length: its bytes, in whole pages.
        :param apart: numbers of the pages at which it differs from the ground, if that is known.
        """
        if apart is None:
            apart = self.ground.pages_unlike(address, length, FIRST_PAGE)
        if not self.overlay.numbers:
            return apart
        unlike = set(apart)
        for number in self.overlay.numbers:
            if (number + 1) * PAGE > length:
                continue
            if self.overlay.page(number).tobytes() == ctypes.string_at(address + number * PAGE, PAGE):
                unlike.discard(number)
            else:
                unlike.add(number)
        return sorted(unlike)


def piecewise(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """How ascending numbers of pages are cut into pieces: the first of each, and the one after its last."""
    for first, end in runs_of(numbers):
        for start in range(first, end, _MOST_TOGETHER):
            yield start, min(start + _MOST_TOGETHER, end)


def keep(
    address: int, size: int, reference: Memory, *, few: int = FEW_PAGES, suspects: Collection[int] | None = None
) -> tuple[Memory, list[int]]:
    """Copy a linear memory.

    :param address: of its beginning.
    :param size: its bytes.
    :param reference: what it is compared with.
    :param few: how many pages may be kept apart from an image.
    :param suspects: numbers, ascending, of the only pages that can differ from the reference's ground, if known.
    :returns: the copy, and the numbers of the pages that differ from the reference.
    :raises OSError: the system has no memory for it.
    """
    ground = reference.ground
    if suspects is None:
        apart = ground.pages_unlike(address, size, FIRST_PAGE)
    else:
        apart = ground.pages_unlike_among(address, suspects, FIRST_PAGE)
    unlike = reference.pages_unlike(address, size, apart)
    if len(apart) > few or ground.length > size:
        return Memory(size, Image.from_memory(address, size, FIRST_PAGE), Overlay()), unlike
    pages = (ctypes.string_at(address + first * PAGE, (end - first) * PAGE) for first, end in runs_of(apart))
    return Memory(size, ground, Overlay(apart, b"".join(pages))), unlike
