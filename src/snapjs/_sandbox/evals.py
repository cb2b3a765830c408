"""Which eval a call of a capability belongs to, and how often each was called in it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from .._core.host_tasks import answering
from ..errors import ClosedError

if TYPE_CHECKING:
    from .._core.bridge import Bridge

Counts: TypeAlias = dict[str, int]
"""calls of each capability in one eval"""


class Evals:
    """How often each capability was called in each eval of one world."""

    def __init__(self) -> None:
        self._bridge: Callable[[], Bridge | None] = lambda: None
        self._stack: list[Counts] = []
        self._by_origin: dict[int, Counts] = {}
        self._latest: Counts = {}
        """of the eval that began last while no other was under way. In it those calls count that belong to none: of a
        callback, or of a handler that is told of a rejection when the eval is over"""
        self.why_ended: str | None = None
        """what is said to who calls a capability in a world that is discarded, while something in it still runs"""

    def bind(self, bridge: Bridge) -> None:
        """Belong to the world with this VM."""
        self._bridge = weakref.ref(bridge)

    def is_of(self, bridge: Bridge) -> bool:
        """Whether the world has this VM."""
        return self._bridge() is bridge

    def check_world(self) -> None:
        """
        :raises ClosedError: it is discarded.
        """
        if self.why_ended is not None:
            raise ClosedError(self.why_ended)

    @contextmanager
    def begun(self) -> Iterator[None]:
        """While a script runs, and the scripts that it is run by wait."""
        self._stack.append(self._new())
        try:
            yield
        finally:
            self._stack.pop()

    def begin(self, origin: int) -> None:
        """A script has begun that awaits.

        :param origin: what the guest calls it.
        """
        self._by_origin[origin] = self._new()

    def _new(self) -> Counts:
        counts: Counts = {}
        if not self._stack and not self._by_origin:
            self._latest = counts
        return counts

    def end(self, origin: int) -> None:
        """It is over."""
        self._by_origin.pop(origin, None)

    def of_running(self) -> Counts:
        """Of the script that is on the stack."""
        if self._stack:
            return self._stack[-1]
        bridge = self._bridge()
        origin = 0 if bridge is None or bridge.closed else bridge.instance.control.origin
        return self._by_origin.get(origin, self._latest)

    def of_answered(self) -> Counts:
        """Of the script that made the call which is being answered."""
        bridge, origin = answering.get((None, 0))
        if bridge is None or bridge() is not self._bridge():
            # Python calls what JavaScript has given to it: whose, the latest that can have done so
            return self._stack[-1] if self._stack else next(reversed(self._by_origin.values()), self._latest)
        return self._by_origin.get(origin, self._latest)

    def size_of(self, value: Any) -> int:
        """Bytes of a value as it crosses into JavaScript."""
        bridge = self._bridge()
        return 0 if bridge is None or bridge.closed else bridge.codec.size(value)
