"""One engine in one linear memory: messages in, messages out, limits in between.

The guest's memory is not trusted: whatever is read from it is checked against the memory's bounds before it is used as
an address.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from . import abi, watchdog
from .baseline import FOREIGN_SECONDS
from .engine import Engine
from .exports import PROTOTYPES
from .library import NativeError
from .memory import Memory
from .pages import PAGE
from .raw import RawInstance

_OK = int(abi.Status.OK)
_EXCEPTION = int(abi.Status.EXCEPTION)
_INTERRUPTED = int(abi.Status.INTERRUPTED)
_NOW = int(abi.Interrupt.NOW)

_Memory = ctypes.c_ubyte * (1 << 32)
"""all that a 32-bit address can reach"""

MEMORY_ALLOWANCE = 32 * 1024 * 1024
"""Bytes of linear memory beyond twice the memory limit: for messages, and for what the allocator cannot use."""


class Host(Protocol):
    """What an instance asks of its owner. Messages are in the value codec."""

    def answer_call(self, index: int, message: bytes, flags: int) -> tuple[int, bytes]:
        """Run a host function; the status and the answer. Flags are ``abi.Result``."""

    def load_module(self, name: str) -> tuple[int, bytes]:
        """The source of a module; the status and the answer."""

    def refuse_answer(self) -> tuple[int, bytes]:
        """What is answered in place of a message that the guest has no memory for; the status and the answer."""

    def lacks(self, export: str) -> BaseException:
        """What to raise where an export is called that the engine, an old one, does not have."""

    def write(self, stream: int, text: str) -> None:
        """Console output."""

    def clock(self, monotonic: bool) -> float:
        """Unix milliseconds."""

    def timezone(self, unix_seconds: float) -> int:
        """Minutes, with the sign of ``getTimezoneOffset()``."""

    def interrupt(self) -> bool:
        """Whether to stop the running code."""


class Instance:
    """A running guest.

    :param host: answers what the guest asks.
    :param engine: the build of the engine.
    :param intrinsics: bits of ``abi.Intrinsic``; with ``web`` they choose the baseline.
    :param web: bits of ``abi.Web``.
    :param memory: the state to begin with; None for the baseline.
    :param checked: use the compilation with epoch checks, so that a deadline fires inside native loops too.
    :param memory_limit: bytes of heap, or None.
    """

    def __init__(
        self,
        host: Host,
        engine: Engine,
        intrinsics: int,
        web: int,
        memory: Memory | None = None,
        *,
        checked: bool,
        memory_limit: int | None,
    ) -> None:
        self.host = host
        self.engine = engine
        self._failure: BaseException | None = None
        self.baseline = engine.baseline(intrinsics, web)
        self.memory_limit = memory_limit
        self._begun_with = memory or self.baseline.memory
        self._start(checked, self._begun_with.size)
        self._begun_with.lay_onto(self.base)

    def _start(self, checked: bool, size: int) -> None:
        """Make the wasm instance, with a memory of at least this size, and look up what calls use."""
        maximum = None if self.memory_limit is None else self.baseline.size + 2 * self.memory_limit + MEMORY_ALLOWANCE
        raw = RawInstance(self.engine.compiled(checked), maximum, self)
        self.checked = checked
        self.raw = raw
        self.base: int = raw.base
        self._functions: dict[str, Callable[..., int]] = {}
        self.grow_to(size)
        # Slices of a memoryview take a third of the time of ctypes.memmove. Most of what it spans is not there: whoever
        # uses it checks.
        self._memory = memoryview(_Memory.from_address(self.base)).cast("B")
        self.control = abi.Control.from_address(self.base + self.baseline.control)
        self._interrupt_word = self.base + self.baseline.control + abi.Control.interrupt.offset

    def switch_to_checked(self) -> None:
        """Go on in the compilation with epoch checks. Only between calls. The memory is the same, byte for byte."""
        old, old_size = self.raw, self.size()
        watchdog.forget(self._interrupt_word)
        self._start(True, old_size)
        self._begun_with.lay_onto(self.base)
        for number in self._begun_with.pages_unlike(old.base, old_size):
            ctypes.memmove(self.base + number * PAGE, old.base + number * PAGE, PAGE)
        old.close()

    def close(self) -> None:
        """Free the memory. Idempotent."""
        watchdog.forget(self._interrupt_word)
        self.raw.close()
        self._begun_with = self.baseline.memory

    # ---- memory

    def grow_to(self, size: int) -> None:
        """Make the linear memory at least this large.

        :raises MemoryError: the memory limit does not allow it.
        """
        missing = size - self.size()
        if missing > 0:
            self.raw.grow((missing + 65535) // 65536)
            self.size()

    def size(self) -> int:
        """Bytes of linear memory."""
        self._size = self.raw.size()
        return self._size

    def read(self, address: int, length: int) -> bytes:
        """A copy of guest memory."""
        end = address + length
        if end > self._size and end > self.size():
            raise self.raw.trap("the guest named memory that it does not have")
        return bytes(self._memory[address:end])

    def _text(self, address: int, length: int) -> str:
        try:
            return self.read(address, length).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise self.raw.trap("the guest sent text that is not UTF-8") from None

    def write(self, message: bytes) -> None:
        """Put a message into the input buffer.

        :raises MemoryError: the guest has no room for it.
        """
        control = self.control
        length = len(message)
        if length > control.input_capacity and not self._reserve(length):
            raise MemoryError
        address = control.input
        end = address + length
        if end > self._size and end > self.size():
            raise self.raw.trap("the guest named memory that it does not have")
        self._memory[address:end] = message
        control.input_length = length

    def _reserve(self, length: int) -> int:
        reserve = self.function("snap_reserve_input")
        if not self.engine.foreign:
            return reserve(length)
        token = self.arm(deadline_after(FOREIGN_SECONDS))
        try:
            return reserve(length)
        finally:
            watchdog.disarm(token)

    def result(self) -> bytes:
        """The result message of the call that has just returned."""
        control = self.control
        return self.read(control.result, control.result_length)

    # ---- calls

    def function(self, name: str) -> Callable[..., int]:
        """An export, bound."""
        function = self._functions.get(name)
        if function is None:
            try:
                function = self._functions[name] = self.raw.function(name, *PROTOTYPES[name])
            except NativeError:
                raise self.host.lacks(name) from None
        return function

    def arm(self, deadline: float) -> watchdog.Token:
        """Have the running code stopped at this moment of ``time.monotonic()``."""
        return watchdog.arm(deadline, self._interrupt_word, self.raw if self.checked else None)

    # ---- imports, as raw.py calls them

    @property
    def failure(self) -> BaseException | None:
        """What an import raised, for the call that is running to raise when it is over."""
        return self._failure

    @failure.setter
    def failure(self, failure: BaseException | None) -> None:
        self._failure = failure
        if failure is not None:
            self.control.interrupt = _NOW  # console output has no status to fail with, and the code might never end

    def host_call(self, index: int, pointer: int, length: int, flags: int) -> int:
        status, message = self.host.answer_call(index, self.read(pointer, length), flags)
        if self.raw.trap_requests:
            watchdog.postpone(self.raw)
        return self._answer(status, message) if message else status

    def host_load_module(self, pointer: int, length: int) -> int:
        status, message = self.host.load_module(self._text(pointer, length))
        if self.raw.trap_requests:
            watchdog.postpone(self.raw)
        return self._answer(status, message) if message else status

    def _answer(self, status: int, message: bytes) -> int:
        try:
            self.write(message)
        except MemoryError:
            status, message = self.host.refuse_answer()
            self.write(message)
        return status

    def host_write(self, stream: int, pointer: int, length: int) -> None:
        self.host.write(stream, self._text(pointer, length))
        if self.raw.trap_requests:
            watchdog.postpone(self.raw)

    def host_clock(self, monotonic: int) -> float:
        return self.host.clock(bool(monotonic))

    def host_timezone(self, seconds: float) -> int:
        return self.host.timezone(seconds)

    def host_interrupt(self) -> int:
        return int(self.host.interrupt())


def deadline_after(seconds: float) -> float:
    """The moment of ``time.monotonic()`` that lies this far ahead."""
    return monotonic() + seconds
