"""File systems of the host that a reactor's program may use: real folders, and the user's own."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._checks import checked_size

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Literal


@dataclass(frozen=True)
class FileStatus:
    """What a file system says of a file, a folder or a link.

    :param kind: which of these it is.
    :param size: bytes of a file.
    :param mode: permissions.
    :param mtime: milliseconds since 1970 of the last change. ``atime`` and ``ctime`` likewise.
    :param ino: a number that no other has.
    """

    kind: Literal["file", "folder", "link"]
    size: int = 0
    mode: int = 0o644
    mtime: float = 0.0
    atime: float = 0.0
    ctime: float = 0.0
    ino: int = 0


def _refused(operation: str) -> OSError:
    return OSError(errno.EROFS, f"this file system does not {operation}")


class FileSystem(ABC):
    """A file system of your own. Give it ``status``, and override what else it can do; the rest fails as on one that is
    read-only.

    Paths are relative to where it is mounted, with ``/`` between names, and ``""`` for its root; they have no ``.`` and
    no ``..``. What goes wrong is an OSError with an ``errno``. Nothing stays open: an open file is its path and a
    position, so that it lives through snapshots.
    """

    @abstractmethod
    def status(self, path: str, follows: bool) -> FileStatus:
        """What there is.

        :param follows: of a link, what it leads to.
        :raises OSError: there is nothing.
        """

    def list(self, path: str) -> Sequence[str]:
        """The names in a folder."""
        raise OSError(errno.ENOENT, "there is no such folder", path)

    def read(self, path: str, position: int, size: int) -> bytes:
        """Bytes of a file, at most that many; none at its end."""
        raise OSError(errno.ENOENT, "there is no such file", path)

    def check_writable(self, path: str) -> None:
        """Called when a file is opened for writing.

        :raises OSError: it cannot be written.
        """
        raise _refused("write")

    def write(self, path: str, position: int, data: bytes) -> int:
        """Write to a file; how many bytes it took, at least one."""
        raise _refused("write")

    def create(self, path: str, exclusive: bool, mode: int) -> None:
        """Have a file there be, empty when it is new.

        :param exclusive: it must be new.
        :param mode: permissions of a new one.
        """
        raise _refused("create files")

    def truncate(self, path: str) -> None:
        """Empty a file."""
        raise _refused("write")

    def make_folder(self, path: str, mode: int) -> None:
        """Make a folder."""
        raise _refused("make folders")

    def remove(self, path: str) -> None:
        """Remove a file, a link, or a folder that is empty."""
        raise _refused("remove")

    def rename(self, path: str, new_path: str) -> None:
        """Give a file or folder another name, in place of what has it."""
        raise _refused("rename")

    def make_link(self, path: str, target: str) -> None:
        """Make a symbolic link."""
        raise _refused("make links")

    def link_target(self, path: str) -> str:
        """What a symbolic link has for its target."""
        raise OSError(errno.EINVAL, "it is no link", path)

    def set_times(self, path: str, atime: float, mtime: float) -> None:
        """Set the times of a file, in milliseconds since 1970."""
        raise _refused("set times")

    def real_path(self, path: str) -> str:
        """The path without links."""
        return path


@dataclass(frozen=True)
class Folder:
    """A real folder, for ``Reactor(preopens=…)``. The program sees what is in it, and never what is not: links that
    lead out of it lead nowhere.

    :param path: of the folder.
    :param writable: the program may change it.
    :param quota: bytes that the files in it may hold, those that are there included; beyond it, ``ENOSPC``.
    :raises ValueError: a folder with a quota is not writable.
    """

    path: str | os.PathLike[str]
    writable: bool = False
    quota: int | None = None

    def __post_init__(self) -> None:
        checked_size("quota", self.quota, 0, 1 << 62)
        if self.quota is not None and not self.writable:
            raise ValueError("quota= limits what is written, and the folder is not writable: give writable=True")


__all__ = ["FileStatus", "FileSystem", "Folder"]
