"""Baselines that were made before, in the cache folder: to evaluate the web platform takes longer than all else that a
new process does.

A file is what the image holds between its zeros, and behind it what else a baseline is. It is copied to memory, which
takes a millisecond, piece by piece: the buffer for a whole one, each page of which the system would have to find, takes
as long again. A file that is mapped ends the process when its disk is lost; and whole folios of the page cache
come with the first page of each, so that to find the pages that a VM has written to takes twice as long.

It is believed as the machine code beside it is: only this user can have written it.
"""

from __future__ import annotations

import os
import struct

from .._cache import KeptFiles
from .baseline import Baseline
from .image import Image
from .memory import Memory, Overlay
from .pages import memory_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from typing import Final

    from .image import Part

_FORMAT: Final = 2
_END: Final = struct.Struct("<8sQII")
"""the last bytes: a mark, the image's length, the control block's address, how many runs stand before"""
_RUN: Final = struct.Struct("<QQ")
_MARK: Final = b"baseline"

_PIECE: Final = 64 << 10
"""bytes that are copied at once"""

_files: Final = KeptFiles("baselines", 64 << 20)
"""some thirty"""


def load(sha256: str, intrinsics: int, web: int) -> Baseline | None:
    """The baseline of this engine, if it is kept.

    :raises OSError: the system has no memory for it.
    """
    path = _files.find(_name(sha256, intrinsics, web))
    if path is None:
        return None
    try:
        file = open(path, "rb", buffering=0)  # noqa: SIM115 (closed below)
    except OSError:
        return None
    with file:
        found = _read_end(file)
        if found is None:
            return None
        length, control, runs = found
        try:
            image = Image(length, _parts(file, runs))
        except _Unreadable:
            return None
    return Baseline(intrinsics, web, Memory(length, image, Overlay()), control)


def keep(sha256: str, baseline: Baseline) -> None:
    """Have other processes find a baseline."""
    image = baseline.memory.ground
    parts = [memory_view(image.address + start, end - start) for start, end in image.runs]
    runs = [_RUN.pack(start, end) for start, end in image.runs]
    end = _END.pack(_MARK, image.length, baseline.control, len(runs))
    _files.write(_name(sha256, baseline.intrinsics, baseline.web), b"".join([*parts, *runs, end]))


def _name(sha256: str, intrinsics: int, web: int) -> str:
    return f"{sha256}-{intrinsics:x}-{web:x}-{_FORMAT}"


class _Unreadable(Exception):
    """A file that was there a moment ago cannot be read, or is shorter than it was."""


def _read_end(file: FileIO) -> tuple[int, int, list[tuple[int, int]]] | None:
    """The image's length, the control block's address, and the runs, with the file at its beginning; None: it is no
    such file, or not whole."""
    try:
        beginning = file.seek(-_END.size, os.SEEK_END)
        mark, length, control, count = _END.unpack(file.read(_END.size))
        beginning = file.seek(beginning - count * _RUN.size)
        runs = list(_RUN.iter_unpack(file.read(count * _RUN.size)))
        file.seek(0)
    except (OSError, ValueError, struct.error):
        return None
    is_whole = mark == _MARK and len(runs) == count and sum(end - start for start, end in runs) == beginning
    return (length, control, runs) if is_whole else None


def _parts(file: FileIO, runs: list[tuple[int, int]]) -> Iterator[Part]:
    """What the image holds, in pieces, each of which is good until the next one.

    :raises _Unreadable: as its name says.
    """
    buffer = memoryview(bytearray(_PIECE))
    for start, end in runs:
        while start < end:
            try:
                count = file.readinto(buffer[: end - start])
            except OSError:
                count = 0
            if not count:
                raise _Unreadable
            yield start, buffer[:count]
            start += count
