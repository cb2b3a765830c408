"""Handles whose lives are not their owner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ClosedError
from ..handle import Handle

if TYPE_CHECKING:
    from .bridge import Bridge


class FixedHandle(Handle):
    """A handle of a value that is always there. Disposing of it does nothing."""

    __slots__ = ()

    def _describe(self) -> tuple[str, str | None, int, int, int]:
        self._facts = None  # the realm of a global object may be closed
        return super()._describe()

    def dispose(self) -> None:
        """Do nothing."""

    def dup(self) -> Handle:
        """A handle of the same value."""
        self._bridge.check_open()
        return FixedHandle(self._bridge, self._number)


class BorrowedHandle(Handle):
    """An argument of a host function that takes handles: valid until the function returns. Disposing of it does
    nothing; :meth:`dup` keeps the value."""

    __slots__ = ()

    def dispose(self) -> None:
        """Do nothing: the call that is under way owns the reference."""

    def _expire(self) -> None:
        """The call is over."""
        self._number = 0

    def _live(self) -> int:
        if not self._number:
            raise ClosedError("This argument was valid until its host function returned. Take a dup() in there.")
        return self._number


class ExceptionHandle(Handle):
    """What a script threw, from ``VM.eval_code``."""

    __slots__ = ("error",)

    def __init__(self, bridge: Bridge, number: int, error: BaseException) -> None:
        super().__init__(bridge, number)
        self.error = error
        """what ``VM.unwrap_result`` raises"""

    @property
    def is_exception(self) -> bool:
        """True."""
        return True


class EphemeralHandle(Handle):
    """A function of the host that is gone with its handle."""

    __slots__ = ("_index",)

    def __init__(self, bridge: Bridge, number: int, index: int) -> None:
        super().__init__(bridge, number)
        self._index = index

    def dispose(self) -> None:
        """Give the reference back; JavaScript that kept the function and calls it gets an error."""
        if self._number:
            self._bridge.lending.withdraw(self._index)
        super().dispose()
