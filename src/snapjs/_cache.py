"""The folder in which snapjs keeps what it can make again.

Some of it is native code, so a file is used only if nobody but this user, or the system, could have written it.
"""

from __future__ import annotations

import os
import stat
import sys


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


def write_atomically(path: str, content: bytes) -> None:
    """Put a file that only this user may write to in place, whole.

    :raises OSError: it cannot be written; nothing is left behind.
    """
    from ._files import replacing  # takes milliseconds, which a process that only reads need not spend

    with replacing(path, private=True) as file:
        file.write(content)


def mark_used(path: str) -> None:
    """Have :func:`prune` take a file for one that was used just now."""
    from contextlib import suppress

    with suppress(OSError):  # read-only, or another process has just removed it
        os.utime(path)


def prune(folder: str, size: int) -> None:
    """Remove the files of a folder that were not used for longest, until the others have at most so many bytes.

    :raises OSError: the folder cannot be read.
    """
    from contextlib import suppress

    with os.scandir(folder) as entries:
        files = sorted(((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in entries), reverse=True)
    kept = 0
    for _, length, path in files:
        kept += length
        if kept > size:
            with suppress(OSError):  # another process has removed it
                os.unlink(path)
