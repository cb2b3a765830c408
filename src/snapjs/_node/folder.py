"""Where modules are read from: a folder on disk, or the archive of shipped packages, which look alike."""

from __future__ import annotations

import os
import stat
from typing import Protocol

from .. import _packages
from .paths import parent

# A program can name one folder in any number of ways where a link leads to a folder around it.
_MOST_FOLDERS = 20_000


class Folder(Protocol):
    """Files by path; what leads outside is not there."""

    def is_file(self, path: str) -> bool:
        """Say whether there is a file."""

    def is_folder(self, path: str) -> bool:
        """Say whether there is a folder."""

    def real(self, path: str) -> str:
        """The path of an existing file without links."""

    def leads_outside(self, path: str) -> bool:
        """Say whether there is a link that leads outside."""

    def stamp(self, path: str) -> object:
        """What changes with a file's content; ``None`` without a file."""

    def read(self, path: str) -> bytes:
        """The content of an existing file."""


class DiskFolder:
    """A folder on disk. Links are followed while they stay inside it.

    Where its folders lead is found out once; files are looked at each time.

    :raises NotADirectoryError: there is no such folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._root = os.path.realpath(os.fspath(folder))
        if not os.path.isdir(self._root):
            raise NotADirectoryError(f"{os.fspath(folder)!r} is no folder. Give the one that holds node_modules.")
        self._prefix = self._root if self._root.endswith(os.sep) else self._root + os.sep
        self._folders = {"": self._root}

    def is_file(self, path: str) -> bool:
        found = self._look(path)
        return found is not None and stat.S_ISREG(found[1].st_mode)

    def is_folder(self, path: str) -> bool:
        found = self._look(path)
        return found is not None and stat.S_ISDIR(found[1].st_mode)

    def real(self, path: str) -> str:
        return self._existing(path)[len(self._prefix) :].replace(os.sep, "/")

    def leads_outside(self, path: str) -> bool:
        named = os.path.join(self._root, *path.split("/"))
        return self._look(path) is None and named.startswith(self._prefix) and os.path.exists(named)

    def stamp(self, path: str) -> object:
        found = self._look(path)
        if found is None or not stat.S_ISREG(found[1].st_mode):
            return None
        absolute, status = found
        return absolute, status.st_mtime_ns, status.st_size, status.st_ino

    def read(self, path: str) -> bytes:
        with open(self._existing(path), "rb") as file:
            return file.read()

    def _existing(self, path: str) -> str:
        found = self._look(path)
        if found is None:
            raise FileNotFoundError(path)
        return found[0]

    def _look(self, path: str) -> tuple[str, os.stat_result] | None:
        """Where a path leads and what is there, if that is inside."""
        if "\\" in path or "\0" in path or ".." in path.split("/"):
            return None
        try:
            folder = self._real_folder(parent(path))
            if folder is None:
                return None
            absolute = os.path.join(folder, path.rpartition("/")[2]) if path else folder
            status = os.lstat(absolute)
            # A link of any kind: Windows has others than symbolic ones, and all are folders.
            if not stat.S_ISREG(status.st_mode):
                absolute = os.path.realpath(absolute)
                status = os.stat(absolute)
        except (OSError, ValueError):  # there is none, or no file can have the name
            return None
        return (absolute, status) if self._is_inside(absolute) else None

    def _real_folder(self, path: str) -> str | None:
        """Where a folder leads, if that is inside."""
        known = self._folders.get(path)
        if known is not None:
            return known
        absolute = os.path.realpath(os.path.join(self._root, *path.split("/")))
        if not self._is_inside(absolute) or not os.path.isdir(absolute):
            return None
        if len(self._folders) >= _MOST_FOLDERS:
            self._folders = {"": self._root}
        self._folders[path] = absolute
        return absolute

    def _is_inside(self, absolute: str) -> bool:
        return absolute == self._root or absolute.startswith(self._prefix)


class ArchiveFolder:
    """The packages that ship with snapjs."""

    def is_file(self, path: str) -> bool:
        return _packages.is_file(path)

    def is_folder(self, path: str) -> bool:
        return _packages.is_folder(path)

    def real(self, path: str) -> str:
        return path

    def leads_outside(self, path: str) -> bool:
        return False

    def stamp(self, path: str) -> object:
        return _packages.key() if _packages.is_file(path) else None

    def read(self, path: str) -> bytes:
        return _packages.read(path)
