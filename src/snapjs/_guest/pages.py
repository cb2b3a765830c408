"""Memory compared page by page, with the C library's own loops."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

PAGE: Final = 4096
"""bytes; the unit in which snapshots are stored, whatever the system's pages are"""

_BLOCK: Final = 16
"""pages that are compared together before each is looked at"""
_WORDS: Final = PAGE // 8

# Without releasing Python's lock: that would take as long as the comparison.
_compare = ctypes.PyDLL("msvcrt" if sys.platform == "win32" else None).memcmp
_compare.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)

_zeros = ctypes.create_string_buffer(PAGE)
_ZEROS: Final = ctypes.addressof(_zeros)


def memory_view(address: int, length: int) -> memoryview:
    """Memory at an address as a view of bytes. Whoever uses it sees to it that the memory stays."""
    return memoryview((ctypes.c_char * length).from_address(address)).cast("B")


_ENTRY: Final = 8
"""bytes of ``/proc/self/pagemap`` for each page"""
_THERE, _OF_A_FILE = 0xC0, 0x20
"""bits of the last: in memory or swapped out; still the file's, and not a copy made when it was written to"""
_WRITTEN: Final = bytes(bits & _THERE != 0 and bits & _OF_A_FILE == 0 for bits in range(256))


def written(address: int, count: int) -> list[int] | None:
    """Numbers of the pages that have been written to since a file was mapped there privately, counted from the first.

    :param address: of the first page.
    :param count: how many to look at.
    :returns: None where the system does not tell (proc_pid_pagemap(5)).
    """
    if mmap.PAGESIZE != PAGE:
        return None
    try:
        # Opened each time, for in a forked child a descriptor would still tell of the parent.
        file = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, AttributeError):
        return None
    try:
        entries = os.pread(file, count * _ENTRY, address // PAGE * _ENTRY)
    except OSError:
        return None
    finally:
        os.close(file)
    if len(entries) != count * _ENTRY:
        return None
    found = entries[_ENTRY - 1 :: _ENTRY].translate(_WRITTEN)
    numbers = []
    at = found.find(1)
    while at >= 0:
        numbers.append(at)
        at = found.find(1, at + 1)
    return numbers


def unlike(first: int, second: int, start: int, end: int) -> list[int]:
    """Numbers of the pages from ``start`` to before ``end`` in which two memories, given by address, differ."""
    pages: list[int] = []
    for block in range(start, end, _BLOCK):
        stop = min(block + _BLOCK, end)
        offset = block * PAGE
        if _compare(first + offset, second + offset, (stop - block) * PAGE):
            pages += [page for page in range(block, stop) if _compare(first + page * PAGE, second + page * PAGE, PAGE)]
    return pages


def unlike_among(first: int, second: int | None, pages: Iterable[int]) -> list[int]:
    """Those of some pages in which two memories, given by address, differ; ``None``: the second is zero."""
    if second is None:
        return [page for page in pages if _compare(first + page * PAGE, _ZEROS, PAGE)]
    return [page for page in pages if _compare(first + page * PAGE, second + page * PAGE, PAGE)]


def not_zero(address: int, start: int, end: int) -> list[int]:
    """Numbers of the pages from ``start`` to before ``end`` of a memory that hold anything but zeros."""
    if start >= end:
        return []
    # Most pages that are not zero begin with a word that is not, and a slice reads all of these at once.
    beginnings = memory_view(address + start * PAGE, (end - start) * PAGE).cast("Q")[::_WORDS].tolist()
    return [
        page for page, word in enumerate(beginnings, start) if word or _compare(address + page * PAGE, _ZEROS, PAGE)
    ]
