"""Memory images that many instances start from, shared copy-on-write.

On Linux an image is a memfd, sealed so that nobody can change it; on other POSIX systems an unlinked file. It is
mapped privately over the beginning of an instance's linear memory: pages are shared until written to, so that mapping
76 MB takes microseconds. wasmtime unmaps the whole reservation when the store is deleted, and our mapping with it;
growing the memory changes the protection of pages behind it only. The pooling allocator would keep the reservation,
and hand our mapping to its next tenant: it must not be used.

A forked child shares the images, which nothing can write to; its instances' mappings are copied as all private memory
is.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from typing import Final

if sys.platform != "win32":
    import fcntl

_MAP_FIXED: Final = 0x10  # the mmap module does not name it; the same on Linux and macOS
_MAP_FAILED: Final = ctypes.c_void_p(-1).value


class Image:
    """Bytes that do not change, at ``address`` in this process (to read only) and mappable into instances.

    Freed with the object; instances that it was mapped into keep what they have.

    :param content: the bytes, copied.
    :raises OSError: the system has no memory for them.
    """

    def __init__(self, content: bytes | memoryview) -> None:
        self.length = len(content)
        self._descriptor = _make_file(content, _rounded(self.length)) if self.length else None
        self._view: mmap.mmap | ctypes.Array[ctypes.c_char]
        if self._descriptor is None:
            self._view = ctypes.create_string_buffer(bytes(content), max(self.length, 1))
            self.address = ctypes.addressof(self._view)
        else:
            # Writable, though nobody writes, because ctypes does not tell the address of memory that is read-only.
            self._view = mmap.mmap(self._descriptor, _rounded(self.length), access=mmap.ACCESS_COPY)
            self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._view))

    @classmethod
    def from_memory(cls, address: int, length: int) -> Image:
        """Make an image of memory, say of an instance.

        :raises OSError: the system has no memory for it.
        """
        return cls(memoryview((ctypes.c_char * length).from_address(address)).cast("B"))

    def __del__(self) -> None:
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is not None:
            os.close(descriptor)

    def map_onto(self, base: int) -> bool:
        """Make the memory at an address equal to the image. Returns whether it is shared; otherwise it was copied.

        :param base: start of an instance's linear memory, which must be at least as large as the image. Behind the
            image's end, bytes up to the end of the system's page become zero.
        """
        if self._descriptor is not None and _map(base, _rounded(self.length), self._descriptor):
            return True
        ctypes.memmove(base, self.address, self.length)
        ctypes.memset(base + self.length, 0, _rounded(self.length) - self.length)
        return False


def _rounded(length: int) -> int:
    return -(-length // mmap.PAGESIZE) * mmap.PAGESIZE


if sys.platform == "win32":

    def _make_file(content: bytes | memoryview, size: int) -> int | None:
        # Windows cannot put a view of a file inside memory that somebody else has reserved.
        return None

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

    def _make_file(content: bytes | memoryview, size: int) -> int | None:
        descriptor = _new_file()
        try:
            os.truncate(descriptor, size)
            written, view = 0, memoryview(content)
            while written < len(view):
                written += os.pwrite(descriptor, view[written:], written)
            if sys.platform == "linux":
                seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
                fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _new_file() -> int:
        if sys.platform == "linux":
            return os.memfd_create("snapjs-image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        import tempfile  # takes milliseconds, which Linux need not spend

        descriptor, path = tempfile.mkstemp(prefix="snapjs-image-")
        os.unlink(path)
        return descriptor
