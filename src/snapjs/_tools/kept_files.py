"""Files in the cache folder that tools have made and can make again. What goes wrong on the disk only costs time."""

from __future__ import annotations

import os
from typing import Final

from .._cache import cache_folder, is_private, make_private_folder, mark_used, prune, write_atomically

_WRITES_UNTIL_PRUNED: Final = 64


class KeptFiles:
    """Files of one kind.

    :param name: of their folder.
    :param size: bytes that they may take; those that were used last are kept.
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
        mark_used(path)
        return path

    def write(self, name: str, content: bytes) -> None:
        """Keep a file."""
        folder = self._folder()
        if folder is None:
            return
        try:
            make_private_folder(folder)
            write_atomically(os.path.join(folder, name), content)
            if self._writes % _WRITES_UNTIL_PRUNED == 0:
                prune(folder, self._size)
        except OSError:
            return  # read-only or full disk, a folder that others may write to
        self._writes += 1

    def _folder(self) -> str | None:
        folder = cache_folder()
        return None if folder is None else os.path.join(folder, self._name)
