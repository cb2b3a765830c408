"""Modules from one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

_SUFFIXES = (".js", ".mjs")


class FolderModules(Mapping[str, bytes]):
    """The sources in a folder and below, by path relative to it. Each is read when it is asked for.

    Nothing outside the folder can be had: not by ``..``, not by an absolute path, not by a link.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def __getitem__(self, name: str) -> bytes:
        path = self._path(name)
        if path is None:
            raise KeyError(name)
        try:
            return path.read_bytes()
        except OSError:
            raise KeyError(name) from None

    def _path(self, name: str) -> Path | None:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or "\0" in name or "\\" in name or ":" in name or name.startswith("/"):
            return None
        try:
            path = self._folder.joinpath(*parts).resolve()
            return path if path.is_relative_to(self._folder) and path.is_file() else None
        except (OSError, RuntimeError, UnicodeError):  # a loop of links, a name that no file can have
            return None

    def __iter__(self) -> Iterator[str]:
        for folder, _, names in os.walk(self._folder):
            for name in names:
                relative = Path(folder, name).relative_to(self._folder).as_posix()
                if name.endswith(_SUFFIXES) and self._path(relative) is not None:
                    yield relative

    def __len__(self) -> int:
        return sum(1 for _ in self)
