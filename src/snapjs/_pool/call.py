"""One call of a pool: what is to be done, and what became of it."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from contextvars import Context


@dataclass(slots=True)
class Request:
    """What a machine is to do."""

    export: str | None
    """the function; ``None``: the session is to end"""
    arguments: tuple[Any, ...] | None
    message: bytes | None
    """the arguments, where they were converted in another process"""
    type: Any
    """what the result must be; ``UNSET``: whatever it is; ``RAW``: as the guest gives it"""
    timeout: float | None
    """seconds"""
    key: Hashable | None
    """of the session; ``None``: of none"""
    is_abandoned: bool = False
    """nobody waits for it any more"""


class Call:
    """A request on its way.

    :param request: what is to be done.
    :param tell: called once, when there is an outcome, in the thread that has it.
    :param since: when it was made, of ``time.perf_counter``.
    """

    __slots__ = ("_error", "_tell", "_value", "context", "is_over", "request", "since")

    def __init__(self, request: Request, tell: Callable[[], object], since: float) -> None:
        self.request: Request = request
        self._tell = tell
        self.since: float = since
        self.context: Context = copy_context()
        """in which functions of the host run"""
        self._value: Any = None
        self._error: BaseException | None = None
        self.is_over: bool = False
        """whether there is an outcome"""

    def succeed(self, value: Any) -> None:
        """The outcome is a value."""
        self._value = value
        self.is_over = True
        self._tell()

    def fail(self, error: BaseException) -> None:
        """The outcome is an exception."""
        self._error = error
        self.is_over = True
        self._tell()

    def outcome(self) -> Any:
        """The value, once it is there; or raises the exception."""
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # its traceback holds this frame
        return self._value
