"""Memory images that many instances start from, shared copy-on-write.

On Linux an image is a memfd, sealed so that nobody can change it; on other POSIX systems an unlinked file. It is
mapped privately over the beginning of an instance's linear memory: pages are shared until written to, so that mapping
76 MB takes microseconds. wasmtime unmaps the whole reservation when the store is deleted, and our mapping with it;
growing the memory changes the protection of pages behind it only. The pooling allocator would keep the reservation,
and hand our mapping to its next tenant: it must not be used.

Where a system cannot do this, or has no descriptor left, the parts that are not zero are copied.

A forked child shares the images, which nothing can write to; its instances' mappings are copied as all private memory
is.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys

from .pages import PAGE, memory_view, not_zero, unlike, unlike_among

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

if sys.platform != "win32":
    import fcntl

_MAP_FIXED: Final = 0x10  # the mmap module does not name it; the same on Linux and macOS
_MAP_FAILED: Final = ctypes.c_void_p(-1).value
_NO_MEMORY: Final = (errno.ENOMEM, errno.ENOSPC)

Part = tuple[int, bytes | memoryview]
"""where it begins, and bytes"""


class Image:
    """Bytes that do not change, at ``address`` in this process (to read only) and mappable into instances.

    Freed with the object; instances that it was mapped into keep what they have.

    :param length: bytes.
    :param parts: what it holds, in ascending order, copied; between them there are zeros.
    :raises OSError: the system has no memory for it.
    """

    def __init__(self, length: int, parts: Iterable[Part]) -> None:
        self.length = length
        self.runs: list[tuple[int, int]] = []
        """where something was put: beginning and end of each stretch, ascending"""
        self.descriptor: int | None
        """of the file; None where it is only in this process's memory"""
        self.descriptor, self._view = _new_file(length) if length else (None, mmap.mmap(-1, 1))
        for start, content in self._noted(parts):
            if self.descriptor is None:
                self._view[start : start + len(content)] = content
            else:
                _write(self.descriptor, start, content)
        if self.descriptor is not None:
            _seal(self.descriptor)
        self.address: int = ctypes.addressof(ctypes.c_char.from_buffer(self._view))

    @classmethod
    def adopt(cls, descriptor: int, length: int, runs: list[tuple[int, int]]) -> Image:
        """The image of another process, by its descriptor, which is taken over."""
        image = cls.__new__(cls)
        image.length, image.descriptor, image.runs = length, descriptor, runs
        image._view = _view(descriptor, length)
        image.address = ctypes.addressof(ctypes.c_char.from_buffer(image._view))
        return image

    @classmethod
    def from_memory(cls, address: int, length: int, first: int = 0) -> Image:
        """Make an image of memory, say of an instance.

        :param address: of the memory.
        :param length: bytes, in whole pages.
        :param first: the first page that counts; those before it are zero in the image.
        :raises OSError: the system has no memory for it.
        """
        memory = memory_view(address, length)
        runs = runs_of(not_zero(address, first, length // PAGE))
        return cls(length, ((start * PAGE, memory[start * PAGE : end * PAGE]) for start, end in runs))

    def __del__(self) -> None:
        descriptor = getattr(self, "descriptor", None)
        if descriptor is not None:
            os.close(descriptor)

    def _noted(self, parts: Iterable[Part]) -> Iterable[Part]:
        runs = self.runs
        for start, content in parts:
            end = start + len(content)
            if runs and runs[-1][1] == start:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((start, end))
            yield start, content

    def map_onto(self, base: int) -> bool:
        """Make fresh memory, which is zero, equal to the image. Returns whether it is shared; otherwise it was copied.

        :param base: start of an instance's linear memory, which must be at least as large as the image.
        """
        if self.descriptor is not None and _map(base, _rounded(self.length), self.descriptor):
            return True
        for start, end in self.runs:
            ctypes.memmove(base + start, self.address + start, end - start)
        return False

    def pages(self, first: int, end: int) -> memoryview:
        """The bytes of the pages from ``first`` to before ``end``, which must lie in the image."""
        return memoryview(self._view)[first * PAGE : end * PAGE].toreadonly()

    def pages_unlike(self, address: int, length: int, first: int) -> list[int]:
        """Numbers of the pages at which memory differs from the image; behind the image's end, from zeros.

        :param address: of the memory.
        :param length: bytes of the memory, in whole pages.
        :param first: the first page to compare.
        """
        common = min(length, self.length) // PAGE
        return unlike(self.address, address, first, common) + not_zero(address, max(first, common), length // PAGE)

    def pages_unlike_among(self, address: int, suspects: Iterable[int], first: int) -> list[int]:
        """As :meth:`pages_unlike`, where no other pages than some, which ascend, can differ."""
        end = self.length // PAGE
        inside = [page for page in suspects if first <= page < end]
        behind = [page for page in suspects if page >= max(first, end)]
        return unlike_among(address, self.address, inside) + unlike_among(address, None, behind)


def runs_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs: the first, and the one after the last."""
    runs: list[tuple[int, int]] = []
    start = end = -1
    for number in numbers:
        if number != end:
            if end > start:
                runs.append((start, end))
            start = number
        end = number + 1
    if end > start:
        runs.append((start, end))
    return runs


def _view(descriptor: int, length: int) -> mmap.mmap:
    # Writable, though nobody writes, because ctypes does not tell the address of memory that is read-only.
    return mmap.mmap(descriptor, _rounded(length), access=mmap.ACCESS_COPY)


def _rounded(length: int) -> int:
    return -(-length // mmap.PAGESIZE) * mmap.PAGESIZE


if sys.platform == "win32":

    def _new_file(length: int) -> tuple[int | None, mmap.mmap]:
        # Windows cannot put a view of a file inside memory that somebody else has reserved.
        return None, mmap.mmap(-1, _rounded(length))

    def _write(descriptor: int, start: int, content: bytes | memoryview) -> None:
        raise NotImplementedError

    def _seal(descriptor: int) -> None:
        raise NotImplementedError

    def _map(base: int, length: int, descriptor: int) -> bool:
        return False

else:
    _mmap = ctypes.CDLL(None).mmap
    _mmap.restype = ctypes.c_void_p
    # off_t has 64 bits on every system that wasmtime supports
    _mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int64)

    def _map(base: int, length: int, descriptor: int) -> bool:
        protection, flags = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | _MAP_FIXED
        # A kernel that refuses, say for its limit on mappings, has left the old mapping in place.
        return bool(_mmap(base, length, protection, flags, descriptor, 0) != _MAP_FAILED)

    def _new_file(length: int) -> tuple[int | None, mmap.mmap]:
        """A file of zeros and a view of it; where there can be none, memory of this process."""
        try:
            descriptor = _memory_file()
        except OSError as error:
            return None, _without_a_file(length, error)
        try:
            os.truncate(descriptor, _rounded(length))
            return descriptor, _view(descriptor, length)  # which takes a descriptor, too
        except OSError as error:
            os.close(descriptor)
            return None, _without_a_file(length, error)

    def _without_a_file(length: int, refusal: OSError) -> mmap.mmap:
        if refusal.errno in _NO_MEMORY:
            raise refusal
        return mmap.mmap(-1, _rounded(length))

    def _memory_file() -> int:
        # Some builds of Python lack it, and some sandboxes forbid it.
        if hasattr(os, "memfd_create"):
            try:
                return os.memfd_create("snapjs-image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            except OSError as error:
                if error.errno in _NO_MEMORY:
                    raise
        import tempfile  # takes milliseconds, which Linux need not spend

        descriptor, path = tempfile.mkstemp(prefix="snapjs-image-")
        os.unlink(path)
        return descriptor

    def _write(descriptor: int, start: int, content: bytes | memoryview) -> None:
        view = memoryview(content)
        while view:
            written = os.pwrite(descriptor, view, start)
            start += written
            view = view[written:]

    def _seal(descriptor: int) -> None:
        if hasattr(fcntl, "F_ADD_SEALS"):
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
            try:  # noqa: SIM105 (contextlib takes a millisecond to import)
                fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
            except OSError:
                pass  # a file that is not a memfd has none, and no name either
