"""The snapshot of a function, wherever it is."""

from __future__ import annotations

import os
from typing import Final
from weakref import WeakValueDictionary

from ..errors import SnapshotError
from ..snapshot import Snapshot
from .offers import offers

_GONE: Final = (
    "The snapshot {} of this function is not to be had: the process that sent the function has ended, or runs on "
    "another machine. Keep that process until the call is done; or send what pickle.dumps makes of the function, which "
    "has the snapshot in it."
)
_NEVER_GIVEN: Final = (
    "The snapshot {} of this function was not given to this process. Call snapjs.integrations.dask.share with a client "
    "of this cluster, or send the function that you gave to it."
)


class Source:
    """A snapshot that is here, or in bytes that nobody has read yet, or in a file that another process offers, or with
    another function of this process.

    To read it is left until it is asked for: whoever only passes a function on has no use for it, and what fails then
    fails where the call was made, not where the function was unpickled, which ends a worker of
    :mod:`concurrent.futures`.
    """

    def __init__(
        self,
        id: str,
        *,
        snapshot: Snapshot | None = None,
        data: bytes | memoryview | None = None,
        file: str | None = None,
    ) -> None:
        self.id = id
        self._snapshot = snapshot
        self._data = data
        self._file = file
        if snapshot is not None:
            _sources[id] = self

    def read(self) -> Snapshot:
        """The snapshot, read if need be. This process has it as long as this object lives.

        :raises SnapshotError: it is not to be had, or cannot be used.
        :raises OSError: its file cannot be read.
        """
        # Looked at before the snapshot, and another thread that reads it too takes them away after it is there.
        data, file = self._data, self._file
        snapshot = self._snapshot
        if snapshot is None:
            snapshot = self._snapshot = self._found(data, file)
            self._data = self._file = None
            _sources[self.id] = self
        return snapshot

    def to_bytes(self) -> bytes | memoryview:
        """The snapshot in bytes that anyone can read. They are kept, for the next task.

        :raises SnapshotError: it is not to be had.
        """
        data = self._data
        if data is None:
            snapshot = self.read()
            data = self._data = snapshot.to_bytes(embed_engine=snapshot.has_foreign_engine)
        return data

    def offer(self) -> str:
        """The path of a file from which other processes on this machine can read it.

        :raises SnapshotError: it is not to be had.
        :raises OSError: the file cannot be written.
        """
        file = self._file
        if file is not None and os.path.exists(file):
            return file
        snapshot = self.read()
        return offers.add(self.id, lambda path: snapshot.save(path, embed_engine=snapshot.has_foreign_engine))

    def _found(self, data: bytes | memoryview | None, file: str | None) -> Snapshot:
        known = _sources.get(self.id)
        if known is not None:
            return known.read()
        if data is not None:
            return Snapshot.from_bytes(data)
        if file is None:
            raise SnapshotError(_NEVER_GIVEN.format(self.id[:12]))
        try:
            return Snapshot.load(file)
        except FileNotFoundError as error:
            raise SnapshotError(_GONE.format(self.id[:12])) from error


_sources: WeakValueDictionary[str, Source] = WeakValueDictionary()
"""those of this process whose snapshot is here"""
