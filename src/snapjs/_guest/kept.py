"""Baselines that were made before, in the cache folder: to evaluate the web platform takes longer than all else that a
new process does.

A file is the image, to be mapped as it lies there, and behind it what else a baseline is. It is believed as the machine
code beside it is: only this user can have written it.
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
    from typing import Final

_FORMAT: Final = 1
_END: Final = struct.Struct("<8sQII")
"""the last bytes: a mark, the image's length, the control block's address, how many runs stand before"""
_RUN: Final = struct.Struct("<QQ")
_MARK: Final = b"baseline"

_files: Final = KeptFiles("baselines", 64 << 20)
"""some fifteen"""


def load(sha256: str, intrinsics: int, web: int) -> Baseline | None:
    """The baseline of this engine, if it is kept, and can be mapped."""
    path = _files.find(_name(sha256, intrinsics, web))
    if path is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    image = None
    try:
        found = _read_end(descriptor)
        if found is None:
            return None
        length, control, runs = found
        image = Image.adopt(descriptor, length, runs)
        return Baseline(intrinsics, web, Memory(length, image, Overlay()), control)
    except OSError:
        return None
    finally:
        if image is None:
            os.close(descriptor)


def keep(sha256: str, baseline: Baseline) -> None:
    """Have other processes find a baseline."""
    image = baseline.memory.ground
    if image.descriptor is None:  # which this system does not map
        return
    runs = b"".join(_RUN.pack(*run) for run in image.runs)
    end = _END.pack(_MARK, image.length, baseline.control, len(image.runs))
    content = bytes(memory_view(image.address, image.length)) + runs + end
    _files.write(_name(sha256, baseline.intrinsics, baseline.web), content)


def _name(sha256: str, intrinsics: int, web: int) -> str:
    return f"{sha256}-{intrinsics:x}-{web:x}-{_FORMAT}"


def _read_end(descriptor: int) -> tuple[int, int, list[tuple[int, int]]] | None:
    """The image's length, the control block's address, and the runs; None: it is no such file, or not whole."""
    size = os.fstat(descriptor).st_size
    end = os.pread(descriptor, _END.size, max(0, size - _END.size))
    if len(end) != _END.size:
        return None
    mark, length, control, count = _END.unpack(end)
    if mark != _MARK or size != length + count * _RUN.size + _END.size:
        return None
    runs = os.pread(descriptor, count * _RUN.size, length)
    return length, control, list(_RUN.iter_unpack(runs))
