"""The data keys of the runs of a store: unwrapped, kept in memory, wrapped anew; and what is sealed by which."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from .._threads import RLock
from ..errors import KeyRefused
from .fields import Change
from .keys import DataKey, KeyRing
from .records import Run, WrappedKey
from .store import Store

_MOST: Final = 4096
"""that are kept in memory"""
_BATCH: Final = 1000
"""that are wrapped anew in one transaction"""


class DataKeys:
    """Those of one store. Any thread may use it.

    :param store: has them, wrapped.
    :param ring: wraps them.
    :raises KeyRefused: the store was begun with other keys, or without any.
    """

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring
        self._lock = RLock()
        self._unwrapped: OrderedDict[WrappedKey, DataKey] = OrderedDict()
        self._by_run: OrderedDict[str, DataKey] = OrderedDict()
        own = store.keep_store_key(ring.make("")[1])
        if own is None:
            raise KeyRefused("plain")
        self.own: DataKey = ring.unwrap(own)
        """that of the store itself: for attributes, codes and schedules"""

    def make(self, run: str) -> tuple[DataKey, WrappedKey]:
        """A new one, for a run and what descends from it; and the same wrapped."""
        return self._ring.make(run)

    def of(self, run: Run) -> DataKey:
        """That of a run.

        :raises KeyRefused: it is gone, or wrapped by another key.
        """
        if run.wrapped_key is None or run.kek is None:
            raise KeyRefused("shredded")
        wrapped = WrappedKey(run.root, run.kek, run.wrapped_key)
        with self._lock:
            key = self._unwrapped.get(wrapped) or self._ring.unwrap(wrapped)
            _keep(self._unwrapped, wrapped, key)
            _keep(self._by_run, run.id, key)
            return key

    def of_id(self, run: str) -> DataKey | None:
        """That of the run with this id; ``None``: there is no such run.

        It may have been deleted a moment ago. What is sealed by it then is for a run that has ended.
        """
        with self._lock:
            key = self._by_run.get(run)
        if key is None:
            found = self._store.run(run)
            key = None if found is None else self.of(found)
        return key

    def forget(self) -> None:
        """Have them read from the store again: some are deleted there."""
        with self._lock:
            self._unwrapped.clear()
            self._by_run.clear()

    def rotate(self) -> int:
        """Have the first key of the ring wrap all data keys. How many of runs it did not wrap before.

        :raises KeyRefused: a key is missing that wraps some; what was wrapped anew before stays so.
        """
        count = 0
        while others := self._store.keys_of_others(self._ring.current, _BATCH):
            self._store.rewrap([(wrapped, self._ring.rewrap(wrapped)) for wrapped in others])
            count += sum(1 for wrapped in others if wrapped.root)
        return count

    # ---- what is sealed by which

    def sealing(self, key: DataKey, turn: int | None = None) -> Change:
        """What seals bytes of any kind.

        :param turn: of which they are.
        """

        def seal(kind: str, data: bytes) -> bytes:
            if not data:
                return data
            if kind == "attribute":  # the same bytes in any run, or the store could not find those that have it
                return self.own.seal(kind, data, is_same=True)
            # By its chance, a store finds out that a turn is the same which it was given before.
            return key.seal(image(turn) if kind == "image" else kind, data, is_same=kind == "chance")

        return seal

    def opening(self, key: DataKey | None) -> Change:
        """What opens bytes of any kind but memory; ``None``: there are attributes only."""

        def open_(kind: str, sealed: bytes) -> bytes:
            if not sealed:
                return sealed
            opener = self.own if kind == "attribute" or key is None else key
            return opener.open(kind, sealed)

        return open_


def image(turn: int | None) -> str:
    """What the memory of a program after a turn is sealed as."""
    return f"image {turn}"


def _keep(keys: OrderedDict[Any, DataKey], name: Any, key: DataKey) -> None:
    keys[name] = key
    keys.move_to_end(name)
    if len(keys) > _MOST:
        keys.popitem(last=False)
