"""A folder of the host as a program sees it. Each path is walked name by name from the folder's own descriptor, and no
step follows a link, so nobody who changes links meanwhile leads it out."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..file_system import FileStatus, FileSystem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Literal

_MOST_LINKS: Final = 40
_DEEPEST: Final = 128
"""folders inside each other: a walk has each of them open, and the process has few descriptors"""
_AT_MOST: Final = 1 << 20
"""bytes that are read at once"""
_FOLDER_FLAGS: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
# Without blocking: opening a pipe would wait for its other end.
_FILE_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def _error(number: int, path: str = "") -> OSError:
    return OSError(number, os.strerror(number), path)


class _Place:
    """Where a path leads.

    :param folder: descriptor of the folder in which it is.
    :param name: in that; ``.`` for the folder itself.
    :param names: on the way, without links.
    """

    def __init__(self, folder: int, name: str, names: list[str]) -> None:
        self.folder = folder
        self.name = name
        self.names = names

    def status(self) -> os.stat_result:
        return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)

    def open(self, flags: int, mode: int = 0o644) -> int:
        """A descriptor of a regular file.

        :raises OSError: it is something else, such as a pipe or a device.
        """
        descriptor = os.open(self.name, flags | _FILE_FLAGS, mode, dir_fd=self.folder)
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind):
            os.close(descriptor)
            raise _error(errno.EISDIR if stat.S_ISDIR(kind) else errno.EACCES, self.name)
        return descriptor


class RealFolder(FileSystem):
    """An open folder. Arguments are those of :class:`snapjs.Folder`.

    :raises OSError: there is no such folder.
    """

    def __init__(self, path: str | os.PathLike[str], writable: bool, quota: int | None) -> None:
        if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
            raise NotImplementedError("real folders need a system that opens files relative to folders")
        self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self._is_open = True
        self._writable = writable
        self._quota = quota
        self._used: int | None = None
        """bytes of all files, where that is known"""

    def close(self) -> None:
        """Let go of the folder. Idempotent."""
        if self._is_open:
            self._is_open = False
            os.close(self._root)

    def __del__(self) -> None:
        if getattr(self, "_is_open", False):
            self.close()

    # ---- paths

    @contextmanager
    def _place(self, path: str, follows: bool = True) -> Iterator[_Place]:
        folders = [os.dup(self._root)]
        try:
            yield self._walk(folders, path, follows)
        finally:
            for descriptor in folders:
                os.close(descriptor)

    def _walk(self, folders: list[int], path: str, follows: bool) -> _Place:
        """Go to where a path leads.

        :param folders: descriptors of the folders on the way there, innermost last; they are the caller's to close.
        """
        names: list[str] = []
        left = _reversed(path)
        links = 0
        while left:
            name = left.pop()
            if name == "..":
                if not names:
                    raise _error(errno.ENOENT, path)  # above the folder there is nothing
                names.pop()
                os.close(folders.pop())
                continue
            try:
                kind = os.stat(name, dir_fd=folders[-1], follow_symlinks=False).st_mode
            except FileNotFoundError:
                if left:
                    raise
                return _Place(folders[-1], name, [*names, name])
            if stat.S_ISLNK(kind) and (follows or left):
                links += 1
                target = os.readlink(name, dir_fd=folders[-1])
                if links > _MOST_LINKS:
                    raise _error(errno.ELOOP, path)
                if target.startswith("/"):
                    raise _error(errno.ENOENT, path)
                left += _reversed(target)
            elif left:
                if len(folders) > _DEEPEST:
                    raise _error(errno.ENAMETOOLONG, path)
                folders.append(os.open(name, _FOLDER_FLAGS, dir_fd=folders[-1]))
                names.append(name)
            else:
                return _Place(folders[-1], name, [*names, name])
        return _Place(folders[-1], ".", names)

    def _check_writable(self) -> None:
        if not self._writable:
            raise _error(errno.EROFS)

    # ---- reading

    def status(self, path: str, follows: bool) -> FileStatus:
        with self._place(path, follows) as place:
            found = place.status()
        kinds: list[tuple[Any, Literal["file", "folder", "link"]]] = [
            (stat.S_ISREG, "file"),
            (stat.S_ISDIR, "folder"),
            (stat.S_ISLNK, "link"),
        ]
        for is_kind, kind in kinds:
            if is_kind(found.st_mode):
                times = found.st_mtime * 1000, found.st_atime * 1000, found.st_ctime * 1000
                return FileStatus(kind, found.st_size, stat.S_IMODE(found.st_mode) & 0o777, *times, found.st_ino)
        raise _error(errno.EACCES, path)

    def list(self, path: str) -> Sequence[str]:
        with self._place(path) as place:
            descriptor = os.open(place.name, _FOLDER_FLAGS, dir_fd=place.folder)
        try:
            return sorted(os.listdir(descriptor))
        finally:
            os.close(descriptor)

    def read(self, path: str, position: int, size: int) -> bytes:
        with self._place(path) as place:
            descriptor = place.open(os.O_RDONLY)
        try:
            return os.pread(descriptor, min(size, _AT_MOST), position)
        finally:
            os.close(descriptor)

    def link_target(self, path: str) -> str:
        with self._place(path, follows=False) as place:
            return os.readlink(place.name, dir_fd=place.folder)

    def real_path(self, path: str) -> str:
        with self._place(path) as place:
            place.status()
            return "/".join(place.names)

    # ---- writing

    def check_writable(self, path: str) -> None:
        self._check_writable()
        with self._place(path) as place:
            os.close(place.open(os.O_WRONLY))

    def write(self, path: str, position: int, data: bytes) -> int:
        self._check_writable()
        with self._place(path) as place:
            descriptor = place.open(os.O_WRONLY)
        try:
            if self._quota is None:
                return os.pwrite(descriptor, data, position)
            size = os.fstat(descriptor).st_size
            end = min(position + len(data), size + self._room())
            if data and end <= position:
                raise _error(errno.ENOSPC, path)
            written = os.pwrite(descriptor, data[: end - position], position)
            if self._used is not None:
                self._used += max(0, position + written - size)
            return written
        finally:
            os.close(descriptor)

    def _room(self) -> int:
        """Bytes that the quota leaves."""
        if self._used is None or self._used >= (self._quota or 0):
            self._used = self._count(self._root)
        return max(0, (self._quota or 0) - self._used)

    def _count(self, folder: int, depth: int = 0) -> int:
        if depth > _DEEPEST:
            raise _error(errno.ENAMETOOLONG)
        total = 0
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
                elif entry.is_dir(follow_symlinks=False):
                    inner = os.open(entry.name, _FOLDER_FLAGS, dir_fd=folder)
                    try:
                        total += self._count(inner, depth + 1)
                    finally:
                        os.close(inner)
        return total

    def create(self, path: str, exclusive: bool, mode: int) -> None:
        with self._place(path, follows=not exclusive) as place:
            try:
                found = place.status()
            except FileNotFoundError:
                self._check_writable()
                os.close(place.open(os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode & 0o777))
                return
            if exclusive:
                raise _error(errno.EEXIST, path)
            if not stat.S_ISREG(found.st_mode):
                raise _error(errno.EISDIR if stat.S_ISDIR(found.st_mode) else errno.EACCES, path)

    def truncate(self, path: str) -> None:
        self._check_writable()
        with self._place(path) as place:
            os.close(place.open(os.O_WRONLY | os.O_TRUNC))
        self._used = None

    def make_folder(self, path: str, mode: int) -> None:
        self._check_writable()
        with self._place(path, follows=False) as place:
            os.mkdir(place.name, mode & 0o777, dir_fd=place.folder)

    def remove(self, path: str) -> None:
        self._check_writable()
        with self._place(path, follows=False) as place:
            if place.name == ".":
                raise _error(errno.EBUSY, path)
            remove = os.rmdir if stat.S_ISDIR(place.status().st_mode) else os.unlink
            remove(place.name, dir_fd=place.folder)
        self._used = None

    def rename(self, path: str, new_path: str) -> None:
        self._check_writable()
        with self._place(path, follows=False) as old, self._place(new_path, follows=False) as new:
            if "." in (old.name, new.name):
                raise _error(errno.EBUSY, path)
            os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)
        self._used = None

    def make_link(self, path: str, target: str) -> None:
        self._check_writable()
        with self._place(path, follows=False) as place:
            # Nothing here would follow one that leads out of the folder, but other programs of the host would.
            depth = len(place.names) - 1
            for name in target.split("/"):
                depth += -1 if name == ".." else name not in ("", ".")
                if depth < 0:
                    break
            if target.startswith("/") or depth < 0:
                raise _error(errno.EPERM, path)
            os.symlink(target, place.name, dir_fd=place.folder)

    def set_times(self, path: str, atime: float, mtime: float) -> None:
        self._check_writable()
        with self._place(path) as place:
            nanoseconds = round(atime * 1_000_000), round(mtime * 1_000_000)
            os.utime(place.name, ns=nanoseconds, dir_fd=place.folder, follow_symlinks=False)


def _reversed(path: str) -> list[str]:
    """The names of a path, last first."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]
