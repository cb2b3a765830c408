"""What the checks of ``snapjs doctor`` have in common: how long they take, what they expect, and what to do."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeAlias

from .._guest.exports import EngineUnusable
from ..errors import LimitError, StoreError
from ._findings import Finding

Check: TypeAlias = Callable[[], Iterable[Finding]]

REINSTALL: Final = "install snapjs again: pip install --force-reinstall snapjs"
REPORT: Final = "report this, with the whole output"
ADDRESS_SPACE: Final = "raise the limit of address space (ulimit -v), of which a VM reserves 4.4 GB"
RESOURCES: Final = "give this user more memory, threads and processes: see ulimit -a"
FOLDERS: Final = "set TMPDIR and SNAPJS_CACHE_DIR to folders that this user can write to"

ROOM: Final = 256 << 20
"""bytes: what caches, or temporary files, of one version come to"""

_FILE_SIZE: Final = 4 << 20
"""bytes: about what machine code takes"""
_PACKAGE: Final = Path(__file__).parents[1]
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_REFUSED: Final = (errno.EROFS, errno.EACCES, errno.EPERM)
_EXHAUSTED: Final = (errno.ENOMEM, errno.EAGAIN)
_DESCRIPTORS: Final = (errno.EMFILE, errno.ENFILE)


class Stopwatch:
    """Begins to run when it is made."""

    def __init__(self) -> None:
        self._at = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        before, self._at = self._at, time.perf_counter()
        return self._at - before


def expect(name: str, value: object, expected: object, seconds: float | None = None) -> Finding:
    """Whether a result is what it must be."""
    if value != expected:
        return Finding(name, "fails", f"the result is {value!r} and must be {expected!r}", REPORT, seconds)
    return Finding(name, "ok", f"gave {value!r}, which is right", seconds=seconds)


def free_after_writing(folder: str) -> int:
    """Write a file there. How many bytes are free then.

    :raises OSError: it cannot be written.
    """
    with open(os.path.join(folder, "file"), "xb") as file:
        file.write(bytes(_FILE_SIZE))
    return shutil.disk_usage(folder).free


def failed(name: str, error: BaseException) -> Finding:
    """A check that an exception has ended."""
    return Finding(name, "fails", " ".join(f"{type(error).__name__}: {error}".split()), remedy(error))


def remedy(error: BaseException) -> str | None:
    """What to do about an exception; ``None`` where it says so itself."""
    if isinstance(error, (StoreError, LimitError)):
        return None
    if isinstance(error, EngineUnusable):
        return ADDRESS_SPACE
    if isinstance(error, ImportError):
        package = (error.name or "snapjs").partition(".")[0]
        return f"install it again: pip install --force-reinstall {package}"
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "start new thread" in str(error)):
        return RESOURCES
    return _remedy_of_the_system(error) if isinstance(error, OSError) else REPORT


def _remedy_of_the_system(error: OSError) -> str:
    place = error.filename if isinstance(error.filename, str) else None
    if error.errno in _FULL:
        where = "in the folders for temporary files and caches" if place is None else f"on the disk of {place}"
        return f"make room {where}; or {FOLDERS}"
    if error.errno in _REFUSED:
        return FOLDERS if place is None else f"let this user write to {place}; or {FOLDERS}"
    if error.errno in _EXHAUSTED:
        return RESOURCES
    if error.errno in _DESCRIPTORS:
        return "raise the number of files that may be open (ulimit -n)"
    if isinstance(error, FileNotFoundError):
        # Without a name: what says that a folder for temporary files cannot be found.
        return FOLDERS if place is None or not Path(place).is_relative_to(_PACKAGE) else REINSTALL
    return REPORT
