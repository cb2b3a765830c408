"""What tools have made, by a hash of what they have made it of: in memory, and on the disk if it is worth that."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec
import zstandard

from .._cache import KeptFiles
from .._threads import RLock

Result = TypeVar("Result")


class Results(Generic[Result]):
    """Results in memory, for all threads.

    :param most: how many are kept: those that were used last.
    :param size: what each counts, if not as one.
    """

    def __init__(self, most: int, size: Callable[[Result], int] = lambda result: 1) -> None:
        self._most = most
        self._size = size
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)  # another thread may have held the lock

    def _begin(self) -> None:
        self._lock = RLock()  # re-entrant, for a signal handler may use the tool too
        self._kept: OrderedDict[str, Result] = OrderedDict()
        self._total = 0

    def get(self, key: str) -> Result | None:
        """A result that is kept."""
        with self._lock:
            result = self._kept.get(key)
            if result is not None:
                self._kept.move_to_end(key)
            return result

    def put(self, key: str, result: Result) -> None:
        """Keep a result."""
        size = self._size(result)
        with self._lock:
            if key in self._kept or size > self._most:
                return
            self._kept[key] = result
            self._total += size
            while self._total > self._most:
                self._total -= self._size(self._kept.popitem(last=False)[1])


class ResultsOnDisk(Results[Result]):
    """Results that other processes find too.

    :param name: of their folder in the cache.
    :param kind: a type that msgspec reads and writes.
    :param on_disk: bytes that they may take there; those that were used last are kept.
    """

    def __init__(
        self, name: str, kind: type[Result], on_disk: int, most: int, size: Callable[[Result], int] = lambda result: 1
    ) -> None:
        super().__init__(most, size)
        self._kind = kind
        self._files = KeptFiles(name, on_disk)

    def get(self, key: str) -> Result | None:
        result = super().get(key)
        if result is None:
            result = self._read(key)
            if result is not None:
                super().put(key, result)
        return result

    def put(self, key: str, result: Result) -> None:
        super().put(key, result)
        try:
            content = msgspec.msgpack.encode(result)
        except UnicodeEncodeError:  # half a surrogate pair
            return
        self._files.write(key, zstandard.ZstdCompressor(write_checksum=True).compress(content))

    def _read(self, key: str) -> Result | None:
        path = self._files.find(key)
        if path is None:
            return None
        try:
            with open(path, "rb") as file:
                content = zstandard.ZstdDecompressor().decompress(file.read())
            return msgspec.msgpack.decode(content, type=self._kind)
        except (OSError, zstandard.ZstdError, msgspec.DecodeError):
            return None
