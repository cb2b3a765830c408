"""Runs the exports of one guest instance: who may enter, under which limits, and which error comes out.

Every call goes the way of :meth:`Calls.call`: take the VM, encode, run, decode, and when the outermost call ends, look
after what the guest has left to do. Half of the time of a short call is Python's, and most of that is for calling
Python functions; so there are few on this way.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod

from .._checks import UNSET
from .._guest import abi
from .._guest.baseline import FOREIGN_SECONDS
from .._guest.instance import EVENTS, RESULT_FLAGS, TIMEZONE, Instance
from .._guest.raw import Trap
from .._threads import RLock, deque
from ..errors import (
    BusyError,
    ClosedError,
    ConversionError,
    GuestTrapped,
    LimitError,
    MemoryLimitError,
    SnapjsError,
    TimeLimitError,
)
from .answers import Answers
from .lazy import lazy
from .limits import Limits
from .options import HostOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, NoReturn, Self

    from .._codec.codec import Codec
    from ..handle import Handle
    from .loop import Loop

_OK: Final = abi.Status.OK
_INTEGER: Final = abi.Status.INTEGER
_HAS_REFERENCES: Final = abi.Result.HAS_REFERENCES
_BYTES: Final = abi.Result.BYTES
_REJECTIONS: Final = abi.Event.REJECTIONS
_UNDELIVERED: Final = abi.Event.UNDELIVERED
_TO_LOOK_AFTER: Final = _REJECTIONS | _UNDELIVERED

_RUNS_PYTHON: Final = frozenset((*range(0x80, 0xA0), *range(0xC7, 0xCA), *range(0xD4, 0xD9), *range(0xDC, 0xE0)))
"""First bytes of messages of containers and extensions. To decode one makes Python objects, so it may collect garbage,
whose finalizers may call the guest, which then writes its next result over this one. Other messages are decoded where
they lie."""

_HANDLE_NUMBER: Final = slice(2, 10)
"""where the number is in a message that is a HANDLE"""


RAW: Final[Any] = type("Raw", (), {"__repr__": lambda self: "RAW"})()
"""in place of a type: the result as the guest gave it, its bytes and ``abi.Result``, for :func:`decode_result`"""


def decode_result(codec: Codec, data: bytes | memoryview, flags: int, type: Any) -> Any:
    """The value of a result.

    :param flags: ``abi.Result``.
    :param type: what it must be, or ``UNSET``.
    :raises ConversionError: it does not fit the type.
    """
    if not data:
        return None
    if flags & _BYTES:
        return bytes(data) if type is UNSET else codec.decode_bytes(data, type)
    if type is not UNSET or data[0] in _RUNS_PYTHON:
        data = bytes(data)
    return codec.decode(data, flags & _HAS_REFERENCES != 0, type)


class Calls(ABC):
    """One VM's instance, and the way into it."""

    closed = False
    """here too, for the finalizer of one whose making was interrupted"""
    why_closed: str | None = None
    """what whoever uses it then is told, where its owner knows better than that it was closed"""
    answers: Answers
    loop: Loop
    instance: Instance

    def __init__(self, options: HostOptions) -> None:
        self.options = options
        self._death: str | None = None
        self._lock = RLock()
        self._acquire = self._lock.acquire
        self._depth = 0
        self._running = 0
        self._closing = False
        self.limits: Limits = Limits(options)
        self._releases: deque[int] = deque()

    @property
    @abstractmethod
    def codec(self) -> Codec:
        """The conversions."""

    @abstractmethod
    def _failure(self, status: int, timeout: float | None) -> BaseException:
        """The exception that a status stands for."""

    @abstractmethod
    def adopt(self, number: int) -> Handle:
        """The Handle that owns one of the host's references."""

    @abstractmethod
    def _report_rejections(self) -> None:
        """Tell of promises that were rejected without a handler. The outermost call has ended; the VM is still held."""

    @abstractmethod
    def _count_deliveries(self) -> None:
        """A message has not arrived whole: find out what of it has. The outermost call has ended; the VM is still
        held, so no other message is under way."""

    @abstractmethod
    def _close_now(self) -> None:
        """Free the instance."""

    # ---- entering and leaving

    def enter(self) -> None:
        if not self._acquire(False):
            raise BusyError()
        self._depth += 1
        if self.closed or self._death is not None or self._releases:
            try:
                self.check_open()
                self._flush_releases()
            except BaseException:
                self.leave()
                raise

    def leave(self) -> None:
        self._depth -= 1
        is_outermost = not self._depth
        try:
            if is_outermost:
                try:
                    # The guest's memory is not there any more when the VM is closed.
                    if not (self._closing or self.closed):
                        events = self.instance.words[EVENTS] & _TO_LOOK_AFTER
                        if events:
                            self._look_after(events)
                finally:
                    self.limits.in_force = None
                    if self._closing:
                        self.close()
        finally:
            self._lock.release()
            if is_outermost:
                if self._closing and not self.closed:  # since it was looked at
                    self.close_when_left()
                # Not before: whoever is woken may enter at once, in another thread.
                if self.loop.waiters:
                    self.loop.wake_after_call()

    def _look_after(self, events: int) -> None:
        try:
            if events & _UNDELIVERED:
                self._count_deliveries()
        finally:
            if events & _REJECTIONS:
                self._report_rejections()

    def entered(self) -> Self:
        """Hold the VM for several calls: a context manager."""
        return self

    __enter__ = enter

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.leave()

    def check_open(self) -> None:
        """
        :raises ClosedError: the VM is closed.
        :raises GuestTrapped: it is dead.
        """
        if self._death is not None:
            raise GuestTrapped(self._death)
        if self.closed:
            raise ClosedError(self.why_closed) if self.why_closed else ClosedError()

    @property
    def is_dead(self) -> bool:
        """Whether the guest has trapped."""
        return self._death is not None

    @property
    def is_running(self) -> bool:
        """Whether JavaScript is on the stack."""
        return self._running > 0

    def close(self) -> None:
        """Free the instance, now or when the outermost call ends. Idempotent."""
        if not self._lock.acquire(blocking=False):
            raise BusyError()
        try:
            if self._depth or self._running:
                self._closing = True
            elif not self.closed:
                self._close_now()
        finally:
            self._lock.release()

    def close_when_left(self) -> None:
        """As :meth:`close`, where another thread may be in the VM: it then takes effect when that leaves."""
        self._closing = True
        if self._lock.acquire(blocking=False):
            try:
                self.close()
            finally:
                self._lock.release()

    def apply_limits(self, *, is_new: bool = False) -> None:
        """Give the guest the host's options. After a restore once more, for they lie in the memory that was
        replaced.

        :param is_new: the guest has no limits, which need not be taken from it.
        """
        options = self.options
        with self.entered():
            fixed = options.timezone_minutes
            self.instance.words[TIMEZONE] = (abi.TIMEZONE_ASK if fixed is None else fixed) & 0xFFFFFFFF
            if options.memory_limit or not is_new:
                self.guarded(self.instance.exports["snap_set_memory_limit"], (options.memory_limit or 0,))
            if options.stack_limit or not is_new:
                self.guarded(self.instance.exports["snap_set_stack_limit"], (options.stack_limit or 0,))

    # ---- calls

    def call(
        self,
        name: str,
        arguments: tuple[int, ...] = (),
        values: tuple[Any, ...] | None = None,
        timeout: float | None = UNSET,
        *,
        value: Any = UNSET,
        message: bytes | None = None,
        type: Any = UNSET,
    ) -> Any:
        """Run an export and return its result, converted.

        :param values: what goes into the input buffer, as one array.
        :param value: what goes there, for exports whose input is no array.
        :param message: what goes there, for who has made it.
        :param timeout: seconds, in place of the VM's.
        :raises SnapjsError: what the status stands for.
        """
        self.enter()
        try:
            if values is not None:
                message = self.codec.encode_arguments(values)
            elif value is not UNSET:
                message = self.codec.encode(value)
            number = self.perform(name, arguments, message, timeout)
            if number is None:
                return self._result(type)
            if type is UNSET:
                return number
            data = self.codec.encode(number)
            return (data, 0) if type is RAW else self.codec.decode(data, False, type)
        finally:
            self.leave()

    @lazy
    def _shapes(self) -> dict[str, Any]:
        from .shapes import SHAPES

        return SHAPES

    def ask(
        self,
        name: str,
        arguments: tuple[int, ...] = (),
        values: tuple[Any, ...] | None = None,
        *,
        value: Any = UNSET,
        timeout: float | None = UNSET,
    ) -> Any:
        """As :meth:`call`, for exports whose results the host takes apart.

        :raises GuestTrapped: the result is not of the export's shape: this is no engine, or a program rules it.
        """
        try:
            if timeout is UNSET:
                timeout = self._own_timeout()
            result = self.call(name, arguments, values, timeout, value=value, type=self._shapes[name])
            if result is not None:
                return result
        except ConversionError as error:
            if error.path is None:  # Python's stack has ended
                raise
        raise self.died(self.instance.raw.trap(f"{name} gave what it never gives"))

    def perform(
        self, name: str, arguments: tuple[int, ...], message: bytes | None, timeout: float | None = UNSET
    ) -> int | None:
        """Send a message, if there is one, and run an export; raise what its status stands for.

        :returns: the result, if it is an integer that came without a message.
        """
        if timeout is UNSET:
            timeout = self.options.timeout
        if timeout is not None:
            self.prepare_deadlines()
        instance = self.instance
        if message is not None and not instance.write(message):
            raise MemoryLimitError(limit=self.options.memory_limit)
        status = self.run(instance.exports[name], arguments, timeout)
        if status == _OK:
            return None
        if status & 0xFF == _INTEGER:
            return status >> 8
        self.fail(status, timeout)

    def call_handle(
        self,
        name: str,
        arguments: tuple[int, ...] = (),
        values: tuple[Any, ...] | None = None,
        *,
        value: Any = UNSET,
        message: bytes | None = None,
        timeout: float | None = UNSET,
    ) -> Handle:
        """As :meth:`call`, for exports whose result is a handle, whatever the value."""
        self.enter()
        try:
            if values is not None:
                message = self.codec.encode_arguments(values)
            elif value is not UNSET:
                message = self.codec.encode(value)
            if self.perform(name, arguments, message, timeout) is not None:
                raise self.died(self.instance.raw.trap("it returned an integer where a handle is due"))
            return self.adopt(self.result_number())
        finally:
            self.leave()

    def invoke(self, name: str, *arguments: int, message: bytes | None = None) -> int:
        """An export that neither runs code nor has a result message; its value.

        :param message: what goes into the input buffer. Not before this call: entering may use the buffer itself, to
            give back what Python has dropped.
        """
        self.enter()
        try:
            if message is not None:
                self.send(message)
            return self.guarded(self.instance.exports[name], arguments)
        finally:
            self.leave()

    def invoke_limited(self, name: str) -> int:
        """As :meth:`invoke`, under the VM's time limit: what walks the heap never ends in one that was forged."""
        self.enter()
        try:
            return self._bounded(self.instance.exports[name], ())
        finally:
            self.leave()

    def send(self, message: bytes) -> None:
        if not self.instance.write(message):
            raise MemoryLimitError(limit=self.options.memory_limit)

    def _result(self, type: Any) -> Any:
        instance = self.instance
        data, flags = instance.result(), instance.words[RESULT_FLAGS]
        return (bytes(data), flags) if type is RAW else decode_result(self.codec, data, flags, type)

    def result_number(self) -> int:
        """The number in a result that is a HANDLE."""
        return int.from_bytes(self.result_bytes()[_HANDLE_NUMBER], "little")

    def result_bytes(self) -> bytes:
        return bytes(self.instance.result())

    def guarded(self, function: Callable[..., int], arguments: tuple[int, ...]) -> int:
        """Call an export that runs no code of the program and takes no time to speak of."""
        if self.instance.engine.foreign:
            return self.run(function, arguments, self._own_timeout())
        try:
            return function(*arguments)
        except Trap as trap:
            raise self.died(trap) from None

    def _own_timeout(self) -> float | None:
        """Seconds for what the host does for itself. A foreign engine need not be an engine, and may never return."""
        timeout = self.options.timeout
        if not self.instance.engine.foreign:
            return timeout
        return FOREIGN_SECONDS if timeout is None else min(timeout, FOREIGN_SECONDS)

    def _bounded(self, function: Callable[..., int], arguments: tuple[int, ...]) -> int:
        """As :meth:`guarded`, for what walks the heap: in one that was forged it may go round for ever."""
        timeout = self.options.timeout
        if timeout is None or self.instance.engine.foreign:
            return self.guarded(function, arguments)
        return self.run(function, arguments, timeout)

    def died(self, trap: Trap) -> SnapjsError:
        """The instance has trapped: what to raise. Every later use raises GuestTrapped."""
        self._death = trap.cause
        if trap.is_deadline:
            self._death = "it was cut off at its deadline, inside a native loop"
            text = (
                "The JavaScript code ran longer than its timeout, inside a native loop that cannot be left: "
                "the VM is dead. Restore a snapshot, or make a new VM."
            )
            return TimeLimitError(text, limit=self.limits.in_force)
        return GuestTrapped(self._death)

    # ---- limits

    def run(self, function: Callable[..., int], arguments: tuple[int, ...], timeout: float | None) -> int:
        """Run an export under the deadline and the interrupt callable.

        :raises TimeLimitError: the time of a call that waits for this one is over.
        """
        around = self._running
        if not around:
            self.limits.begin(self.instance)
        self._running = around + 1
        try:
            if around:
                self.limits.check()
            if timeout is None:
                return function(*arguments)
            return self.limits.run_until(self.instance, function, arguments, timeout)
        except Trap as trap:
            raise self.died(trap) from None
        finally:
            self._running = around
            if around and self._death is None:
                self.limits.resume(self.instance)

    def prepare_deadlines(self) -> None:
        """Make sure that deadlines fire inside native loops. Impossible while JavaScript is running."""
        if not self.instance.checked and not self._running:
            self.instance.switch_to_checked()

    def fail(self, status: int, timeout: float | None) -> NoReturn:
        """Raise what a status stands for.

        :param timeout: seconds that the call had.
        """
        raise self._failure(status, timeout)

    # ---- references that Python has dropped

    def queue_release(self, handle: int) -> None:
        """Give a reference back at the next call. Safe from finalizers and other threads."""
        self._releases.append(handle)

    def _flush_releases(self) -> None:
        queue = self._releases
        while queue and not self.closed and self._death is None:
            numbers = [queue.popleft() for _ in range(min(len(queue), 4096))]
            try:
                self.send(struct.pack(f"<{len(numbers)}Q", *numbers))
                self._bounded(self.instance.exports["snap_release"], (len(numbers),))
            except LimitError:  # before the guest has begun: a call in which there is time and room does it
                queue.extendleft(reversed(numbers))
                raise
