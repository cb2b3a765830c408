"""The folder in which snapjs keeps what it can make again. What goes wrong on the disk only costs time.

Some of it is native code, so a file is used only if nobody but this user, or the system, could have written it.
"""

from __future__ import annotations

import os
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_WRITES_UNTIL_PRUNED: Final = 64
_BLOCK: Final = 4096
"""bytes: what the least file takes on a disk"""


def cache_folder() -> str | None:
    """Return the folder's path, which need not exist, or None when this user has none.

    ``SNAPJS_CACHE_DIR`` when set, else ``snapjs`` in the platform's folder for caches.
    """
    chosen = os.environ.get("SNAPJS_CACHE_DIR")
    if chosen:
        return os.path.abspath(chosen)
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        parent = os.path.expanduser("~/Library/Caches")
    else:
        parent = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(parent):
            parent = os.path.expanduser("~/.cache")
    return os.path.join(parent, "snapjs") if os.path.isabs(parent) else None


def make_private_folder(path: str) -> None:
    """Make a folder, and its parents, that only this user may enter.

    :raises OSError: it cannot be made, or what exists there can be written to by others.
    """
    os.makedirs(path, mode=0o700, exist_ok=True)
    if not is_private(path):
        raise PermissionError(f"{path} belongs to another user or others may write to it")


def is_private(path: str) -> bool:
    """Say whether a file or folder exists that this user owns and nobody else may write to; links are not followed.

    Windows has no such bits; there a user's own cache folder is private by inheritance.
    """
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode) and not status.st_mode & 0o022


class KeptFiles:
    """Files of one kind, in a folder of their own.

    :param name: of that folder.
    :param size: bytes that they may take on the disk; those that were used last are kept.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._writes = 0

    def find(self, name: str) -> str | None:
        """The path of a file that is there, if nobody else could have written it."""
        folder = self._folder()
        if folder is None or not is_private(folder):
            return None
        path = os.path.join(folder, name)
        if not is_private(path):
            return None
        _mark_used(path)
        return path

    def write(self, name: str, content: bytes) -> None:
        """Keep a file, which only this user may read and write."""
        from ._files import replacing  # takes milliseconds, which a process that only reads need not spend

        folder = self._folder()
        if folder is None:
            return
        try:
            make_private_folder(folder)
            with replacing(os.path.join(folder, name), private=True) as file:
                file.write(content)
            if self._writes % _WRITES_UNTIL_PRUNED == 0:
                _prune(folder, self._size)
        except OSError:
            return  # read-only or full disk, a folder that others may write to
        self._writes += 1

    def _folder(self) -> str | None:
        folder = cache_folder()
        return None if folder is None else os.path.join(folder, self._name)


def _mark_used(path: str) -> None:
    try:
        os.utime(path)
    except OSError:
        return  # read-only, or another process has just removed it


def _prune(folder: str, size: int) -> None:
    """Remove the files of a folder that were not used for longest, until the others take at most so many bytes.

    :raises OSError: the folder cannot be read.
    """
    from contextlib import suppress

    with os.scandir(folder) as entries:
        files = sorted(((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in entries), reverse=True)
    kept = 0
    for _, length, path in files:
        kept += -(-length // _BLOCK) * _BLOCK
        if kept > size:
            with suppress(OSError):  # another process has removed it
                os.unlink(path)
