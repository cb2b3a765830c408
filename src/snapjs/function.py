"""JavaScript functions as Python callables."""

from __future__ import annotations

from typing import Any, Final

from ._checks import UNSET, checked_seconds
from ._core.reference import Reference
from ._guest import abi
from .handle import Handle

_RUN: Final = abi.Run.JOBS


class Function(Reference):
    """A JavaScript function. Call it as a Python one; arguments and result are converted."""

    __slots__ = ()

    _shown_name = "Function"

    def __call__(self, *arguments: Any, this: Any = None, timeout: float | None = UNSET) -> Any:
        """Call it.

        :param this: a Handle, Function or Promise of the same VM; ``undefined`` without one.
        :param timeout: seconds, in place of the VM's.
        :raises JSError: it threw.
        :raises LimitError: a limit stopped it.
        """
        if timeout is not UNSET:
            timeout = checked_seconds(timeout)
        receiver = 0 if this is None else self._bridge.receiver(this)
        return self._bridge.call("snap_call", (self._number or self._live(), receiver, _RUN), arguments, timeout)

    async def call_async(self, *arguments: Any, this: Any = None, timeout: float | None = UNSET) -> Any:
        """Call it and await its result, answering host calls and timers meanwhile."""
        timeout = checked_seconds(timeout)
        return await self._bridge.loop.settled(lambda: self(*arguments, this=this, timeout=timeout), timeout)

    @property
    def handle(self) -> Handle:
        """The function as a handle of its own."""
        return self._bridge.duplicate(self._live())

    @property
    def __name__(self) -> str:
        """Its ``name`` property."""
        name = self._bridge.get(self._live(), "name")
        return name if isinstance(name, str) else ""
