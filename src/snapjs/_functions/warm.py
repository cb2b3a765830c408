"""What a process keeps of the functions that it has unpickled."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from .._threads import RLock

_MOST: Final = 32

_Function = TypeVar("_Function")


class Warm(Generic[_Function]):
    """The functions that were unpickled last, by what makes them the same. The oldest is dropped for a new one, so that
    a worker that sees thousands of functions does not grow without end; one that somebody uses lives on there.
    """

    def __init__(self) -> None:
        self._begin()
        if hasattr(os, "register_at_fork"):
            # Another thread may have held the lock; and a process warms its functions itself.
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = RLock()
        self._functions: OrderedDict[Hashable, _Function] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _Function]) -> _Function:
        """The function of that key, made if it is not there."""
        with self._lock:
            function = self._functions.pop(key, None)
            if function is None:
                function = make()
            self._functions[key] = function
            if len(self._functions) > _MOST:
                self._functions.popitem(last=False)
        return function
