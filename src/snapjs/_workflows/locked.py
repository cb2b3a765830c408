"""A store that is encrypted, for who has no key."""

from __future__ import annotations

from typing import Any, Final

from ..errors import KeyRefused
from .store import Store

_READABLE: Final = frozenset(
    {"path", "now", "ids", "run", "run_of", "runs", "history", "next_due", "schedule", "schedules", "store_key"}
)


class LockedStore:
    """It can be looked at, where what is sealed stays sealed, and that is all.

    :param store: that is encrypted.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        if name in _READABLE:
            return getattr(self._store, name)
        return self._refuse

    def _refuse(self, *arguments: Any, **options: Any) -> Any:
        raise KeyRefused("none")
