"""What tools have made, in the cache folder, by content. What goes wrong on the disk only costs time."""

from __future__ import annotations

import os
from typing import Final, Generic, TypeVar

import msgspec
import zstandard

from .._cache import cache_folder, is_private, make_private_folder, mark_used, prune, write_atomically

_WRITES_UNTIL_PRUNED: Final = 64

Result = TypeVar("Result")


class Results(Generic[Result]):
    """The results of one kind.

    :param name: of their folder.
    :param kind: a type that msgspec reads and writes.
    :param size: bytes that they may take on the disk; those that were used last are kept.
    """

    def __init__(self, name: str, kind: type[Result], size: int) -> None:
        self._name = name
        self._kind = kind
        self._size = size
        self._writes = 0

    def get(self, key: str) -> Result | None:
        """A result, if nobody else could have written it."""
        folder = self._folder()
        if folder is None or not is_private(folder):
            return None
        path = os.path.join(folder, key)
        if not is_private(path):
            return None
        try:
            with open(path, "rb") as file:
                content = zstandard.ZstdDecompressor().decompress(file.read())
            mark_used(path)
            return msgspec.msgpack.decode(content, type=self._kind)
        except (OSError, zstandard.ZstdError, msgspec.DecodeError):
            return None

    def put(self, key: str, result: Result) -> None:
        """Keep a result."""
        folder = self._folder()
        if folder is None:
            return
        try:
            content = zstandard.ZstdCompressor(write_checksum=True).compress(msgspec.msgpack.encode(result))
        except UnicodeEncodeError:  # half a surrogate pair
            return
        try:
            make_private_folder(folder)
            write_atomically(os.path.join(folder, key), content)
            if self._writes % _WRITES_UNTIL_PRUNED == 0:
                prune(folder, self._size)
        except OSError:
            return  # read-only or full disk, a folder that others may write to
        self._writes += 1

    def _folder(self) -> str | None:
        folder = cache_folder()
        return None if folder is None else os.path.join(folder, self._name)
