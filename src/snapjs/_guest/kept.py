"""Baselines that were made before, in the cache folder: to evaluate the web platform takes longer than all else that a
new process does.

A file is what the image holds between its zeros, and behind it what else a baseline is. It is copied to memory, which
takes a millisecond. A file that is mapped ends the process when its disk is lost; and whole folios of the page cache
come with the first page of each, so that to find the pages that a VM has written to takes twice as long.

It is believed as the machine code beside it is: only this user can have written it.
"""

from __future__ import annotations

import struct

from .._cache import KeptFiles
from .baseline import Baseline
from .image import Image
from .memory import Memory, Overlay
from .pages import memory_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from .image import Part

_FORMAT: Final = 2
_END: Final = struct.Struct("<8sQII")
"""the last bytes: a mark, the image's length, the control block's address, how many runs stand before"""
_RUN: Final = struct.Struct("<QQ")
_MARK: Final = b"baseline"

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
        with open(path, "rb") as file:
            content = memoryview(file.read())
    except OSError:
        return None
    found = _read_end(content)
    if found is None:
        return None
    length, control, runs = found
    return Baseline(intrinsics, web, Memory(length, Image(length, _parts(content, runs)), Overlay()), control)


def keep(sha256: str, baseline: Baseline) -> None:
    """Have other processes find a baseline."""
    image = baseline.memory.ground
    parts = [memory_view(image.address + start, end - start) for start, end in image.runs]
    runs = [_RUN.pack(start, end) for start, end in image.runs]
    end = _END.pack(_MARK, image.length, baseline.control, len(runs))
    _files.write(_name(sha256, baseline.intrinsics, baseline.web), b"".join([*parts, *runs, end]))


def _name(sha256: str, intrinsics: int, web: int) -> str:
    return f"{sha256}-{intrinsics:x}-{web:x}-{_FORMAT}"


def _read_end(content: memoryview) -> tuple[int, int, list[tuple[int, int]]] | None:
    """The image's length, the control block's address, and the runs; None: it is no such file, or not whole."""
    if len(content) < _END.size:
        return None
    mark, length, control, count = _END.unpack(content[-_END.size :])
    beginning = len(content) - _END.size - count * _RUN.size
    if mark != _MARK or beginning < 0:
        return None
    runs = list(_RUN.iter_unpack(content[beginning : -_END.size]))
    return (length, control, runs) if sum(end - start for start, end in runs) == beginning else None


def _parts(content: memoryview, runs: list[tuple[int, int]]) -> Iterator[Part]:
    at = 0
    for start, end in runs:
        yield start, content[at : at + end - start]
        at += end - start
