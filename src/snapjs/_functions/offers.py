"""Snapshots that this process offers to others on this machine, as files.

They lie in the folder that :mod:`multiprocessing` keeps for its sockets: only this user may enter it, processes that
are started from here share it, and it is removed when the first of them ends.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.util import get_temp_dir
from typing import Final

from .._threads import RLock

_MOST_FILES: Final = 100
"""A process that runs for months, and makes function after function, does not fill the disk."""


class Offers:
    """The files that this process has written, by the id of the snapshot in each."""

    def __init__(self) -> None:
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)  # another thread may have held the lock

    def _begin(self) -> None:
        self._lock = RLock()
        self._paths: OrderedDict[str, str] = OrderedDict()

    def add(self, snapshot_id: str, save: Callable[[str], None]) -> str:
        """The path of a file with the snapshot. It is there until this process has ended, or has offered a hundred
        others since it last offered this one.

        :param save: writes it.
        :raises OSError: it cannot be written.
        """
        path = os.path.join(get_temp_dir(), f"{snapshot_id}.snapshot")
        with self._lock:
            if not os.path.exists(path):
                save(path)
                self._paths[snapshot_id] = path
            if snapshot_id in self._paths:
                self._paths.move_to_end(snapshot_id)
            while len(self._paths) > _MOST_FILES:
                _remove(self._paths.popitem(last=False)[1])
        return path


def _remove(path: str) -> None:
    with suppress(OSError):  # Windows does not remove what another process reads
        os.unlink(path)


offers = Offers()
