"""Where modules are read from: a folder on disk, or the archive of shipped packages, which look alike."""

from __future__ import annotations

import os
from typing import Protocol

from .. import _packages


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

    :raises NotADirectoryError: there is no such folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._root = os.path.realpath(os.fspath(folder))
        if not os.path.isdir(self._root):
            raise NotADirectoryError(f"{os.fspath(folder)!r} is no folder. Give the one that holds node_modules.")
        self._prefix = self._root if self._root.endswith(os.sep) else self._root + os.sep

    def _absolute(self, path: str) -> str | None:
        """Where a path leads, if that is inside and exists."""
        if "\\" in path or "\0" in path or ".." in path.split("/"):
            return None
        named = os.path.join(self._root, *path.split("/"))
        try:
            if not os.path.exists(named):
                return None
            real = os.path.realpath(named)
        except (OSError, ValueError):  # a name that no file can have
            return None
        return real if real == self._root or real.startswith(self._prefix) else None

    def is_file(self, path: str) -> bool:
        absolute = self._absolute(path)
        return absolute is not None and os.path.isfile(absolute)

    def is_folder(self, path: str) -> bool:
        absolute = self._absolute(path)
        return absolute is not None and os.path.isdir(absolute)

    def real(self, path: str) -> str:
        absolute = self._absolute(path)
        if absolute is None:
            raise FileNotFoundError(path)
        return absolute[len(self._prefix) :].replace(os.sep, "/")

    def leads_outside(self, path: str) -> bool:
        return self._absolute(path) is None and os.path.exists(os.path.join(self._root, *path.split("/")))

    def stamp(self, path: str) -> object:
        absolute = self._absolute(path)
        if absolute is None or not os.path.isfile(absolute):
            return None
        status = os.stat(absolute)
        return absolute, status.st_mtime_ns, status.st_size, status.st_ino

    def read(self, path: str) -> bytes:
        absolute = self._absolute(path)
        if absolute is None:
            raise FileNotFoundError(path)
        with open(absolute, "rb") as file:
            return file.read()


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
