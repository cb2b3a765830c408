"""What ``snapjs doctor`` checks of the machine: temporary files, memory, threads, time zones."""

from __future__ import annotations

import ctypes
import errno
import mmap
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .._guest import stack
from .._guest.image import Image
from ..errors import StackLimitError
from . import _show
from ._doctor_checks import REPORT, ROOM, Check, Stopwatch, free_after_writing
from ._findings import Finding

_IMAGE_SIZE: Final = 16 << 20
_THREAD_STACK: Final = stack.NATIVE_STACK + (3 << 20)
"""bytes that are more than enough"""


def _temporary_folder() -> Iterator[Finding]:
    name, remedy = "temporary", "make room there, or set TMPDIR to a folder on another disk"
    try:
        with tempfile.TemporaryDirectory(prefix="snapjs-", ignore_cleanup_errors=True) as folder:
            free = free_after_writing(folder)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            remedy = "set TMPDIR to a folder that this user can write to"
        yield Finding(name, "fails", f"there is no folder for temporary files: {error.strerror or error}", remedy)
        return
    text = f"{tempfile.gettempdir()}: {'only ' if free < ROOM else ''}{_show.size(free)} are free"
    yield Finding(name, "slow", text, remedy) if free < ROOM else Finding(name, "ok", text)


def _memory_images() -> Iterator[Finding]:
    """Maps an image over memory, writes there, and looks whether the image has changed."""
    image = Image(_IMAGE_SIZE, [(0, b"snapjs")])
    with mmap.mmap(-1, _IMAGE_SIZE) as memory:
        window = ctypes.c_char.from_buffer(memory)
        base = ctypes.addressof(window)
        clock = Stopwatch()
        shared = image.map_onto(base)
        seconds = clock.lap()
        equal = ctypes.string_at(base, 6) == b"snapjs"
        ctypes.memmove(base, b"SNAPJS", 6)
        untouched = ctypes.string_at(image.address, 6) == b"snapjs"
        del window
    name, what = "memory images", f"{_show.size(_IMAGE_SIZE)} were"
    if not equal or not untouched:
        yield Finding(name, "fails", "what is mapped is not what was in the image", REPORT)
    elif shared:
        yield Finding(name, "ok", f"{what} shared copy-on-write", seconds=seconds)
    else:
        yield Finding(name, "slow", f"{what} copied: they cannot be shared here", _remedy_for_copies(), seconds)


def _remedy_for_copies() -> str:
    if sys.platform == "win32":
        return (
            "none on Windows: each VM takes longer to make and to restore, and memory of its own; all else is the same"
        )
    return "let processes have more open files (ulimit -n), and memfd_create, or files in the folder of TMPDIR"


def _threads() -> Iterator[Finding]:
    """Runs JavaScript on this thread and on a new one: each needs enough native stack."""
    yield _stack("main thread", _recurse, "raise the limit of the stack (ulimit -s), or use VMs in other threads")
    remedy = f"call threading.stack_size({_THREAD_STACK}) before you start threads that use VMs"
    yield _stack("new threads", lambda: _on_a_thread(_recurse), remedy)


def _stack(name: str, run: Callable[[], None], remedy: str) -> Finding:
    try:
        run()
    except StackLimitError as error:
        return Finding(name, "fails", str(error).partition(". ")[0], remedy)
    return Finding(name, "ok", f"have the {_show.size(stack.NATIVE_STACK)} of native stack that JavaScript may use")


def _recurse() -> None:
    from ..vm import VM

    with VM() as vm:
        depth = vm.eval("let n = 0; (function down() { n++; down() })")
        try:
            depth()
        except RecursionError:
            return
    raise RuntimeError("endless recursion did not end in a StackLimitError")


def _on_a_thread(function: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def _time_zones() -> Iterator[Finding]:
    """Looks for one that schedules of workflows may be in."""
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        text = "there are none: schedules of workflows are in UTC only"
        yield Finding("time zones", "none", text, "pip install tzdata")
    else:
        yield Finding("time zones", "ok", "are there, for schedules of workflows")


CHECKS: Final[dict[str, Check]] = {
    "temporary": _temporary_folder,
    "memory images": _memory_images,
    "threads": _threads,
    "time zones": _time_zones,
}
