"""One engine in one linear memory: messages in, messages out, limits in between.

The guest's memory is not trusted: whatever is read from it is checked against the memory's bounds before it is used as
an address.
"""

from __future__ import annotations

import ctypes
from time import monotonic

from . import abi, watchdog
from .baseline import FOREIGN_SECONDS
from .engine import Engine
from .exports import PROTOTYPES, EngineUnusable
from .memory import Memory
from .pages import PAGE, written
from .raw import RawInstance, Store, Trap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from .baseline import Baseline
    from .extensions import Extensions, Placed
    from .image import Image
    from .linking import Linked
else:
    Protocol = object

_OK = abi.Status.OK
_EXCEPTION = abi.Status.EXCEPTION
_NOW = abi.Interrupt.NOW
_REQUEST = abi.Result.REQUEST
_UNDELIVERED = abi.Event.UNDELIVERED

_Memory = ctypes.c_ubyte * (1 << 32)
"""all that a 32-bit address can reach"""

# What every call reads and writes, as indexes into the control block's 32-bit words.
RESULT = abi.Control.result.offset // 4
RESULT_LENGTH = abi.Control.result_length.offset // 4
RESULT_FLAGS = abi.Control.result_flags.offset // 4
INPUT = abi.Control.input.offset // 4
INPUT_CAPACITY = abi.Control.input_capacity.offset // 4
INPUT_LENGTH = abi.Control.input_length.offset // 4
INTERRUPT = abi.Control.interrupt.offset // 4
EVENTS = abi.Control.events.offset // 4
DEPTH = abi.Control.depth.offset // 4
TIMEZONE = abi.Control.timezone.offset // 4

MEMORY_ALLOWANCE = 32 * 1024 * 1024
"""Bytes of linear memory beyond twice the memory limit: for messages, and for what the allocator cannot use."""


class Host(Protocol):
    """What an instance asks of its owner. Messages are in the value codec."""

    def answer_call(self, index: int, message: memoryview, flags: int) -> tuple[int, bytes]:
        """Run a host function; the status and the answer.

        :param message: guest memory.
        :param flags: ``abi.Result``. With ``REQUEST`` the status may be ``INTEGER``.
        """

    def answer_import(self, message: memoryview) -> tuple[int, bytes]:
        """Find a module; the status and the answer.

        :param message: guest memory.
        """

    def refuse_answer(self) -> tuple[int, bytes]:
        """What is answered in place of a message that the guest has no memory for; the status and the answer."""

    def died(self, trap: Trap) -> BaseException:
        """What to raise where the guest cannot be believed any more."""

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


class _Exports(dict[str, "Callable[..., int]"]):
    """Exports by name, each bound when it is first asked for."""

    def __init__(self, bind: Callable[[str], Callable[..., int]]) -> None:
        self._bind = bind

    def __missing__(self, name: str) -> Callable[..., int]:
        function = self[name] = self._bind(name)
        return function


class Instance:
    """A running guest.

    :param host: answers what the guest asks.
    :param engine: the build of the engine.
    :param intrinsics: bits of ``abi.Intrinsic``; with ``web`` they choose the baseline.
    :param web: bits of ``abi.Web``.
    :param memory: the state to begin with; None for the baseline.
    :param checked: use the compilation with epoch checks, so that a deadline fires inside native loops too.
    :param memory_limit: bytes of heap, or None.
    :param extensions: those that it has, or will have.
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
        extensions: Extensions | None = None,
    ) -> None:
        self.host = host
        self.engine = engine
        self.extensions = extensions
        self.failure: BaseException | None = None
        """what an import raised, for the call that is running to raise when it is over"""
        self.baseline: Baseline = engine.baseline(intrinsics, web)
        self._begun_with = memory or self.baseline.memory
        self._maximum = None if memory_limit is None else self.baseline.size + 2 * memory_limit + MEMORY_ALLOWANCE
        used = engine.used.take((self._begun_with, checked, self._maximum)) if self._may_be_used else None
        store = used or self._made(checked, self._begun_with.size)
        try:
            self._attach(store)
        except BaseException:
            store.close()
            raise

    def _made(self, checked: bool, size: int) -> Store:
        """A wasm instance with the state to begin with, in a memory of at least this size."""
        extensions = self.extensions
        code = self.engine.compiled(checked, extensible=extensions is not None)
        store = Store(code, self._maximum, 1 if extensions is None else extensions.wasm_instances)
        try:
            store.grow_to(size)
            if extensions is not None:
                extensions.attach(store)
            self._begun_with.lay_onto(store.base)
        except BaseException:
            store.close()
            raise
        return store

    def _attach(self, store: Store) -> None:
        """Have this wasm instance, and look up what calls use."""
        self.checked: bool = store.compiled.checked
        self.raw: RawInstance = RawInstance(store, self)
        self.base: int = store.base
        self.exports: _Exports = _Exports(self._bind)
        self.size()
        # Slices of a memoryview take a third of the time of ctypes.memmove. Most of what it spans is not there: whoever
        # uses it checks.
        self._memory = memoryview(_Memory.from_address(self.base)).cast("B")
        control = self.baseline.control
        self.control: abi.Control = abi.Control.from_address(self.base + control)
        # The same memory once more: a word of a memoryview takes less than half the time of a field.
        self.words: memoryview[int] = self._memory[control : control + ctypes.sizeof(abi.Control)].cast("I")
        self._interrupt_word = self.base + self.baseline.control + abi.Control.interrupt.offset

    def switch_to_checked(self) -> None:
        """Go on in the compilation with epoch checks. Only between calls. The memory is the same, byte for byte."""
        old, old_size = self.raw, self.size()
        watchdog.forget(self._interrupt_word)
        self._attach(self._made(True, old_size))
        for number in self._begun_with.pages_unlike(old.base, old_size):
            ctypes.memmove(self.base + number * PAGE, old.base + number * PAGE, PAGE)
        old.close()

    def add_extension(self, extension: Placed, memory: int) -> Linked:
        """Link one more extension, whose data begin at an address. None of its code runs.

        :raises ExtensionError: it does not fit.
        """
        assert self.extensions is not None
        return self.extensions.add(self.raw.store, extension, memory)

    def close(self) -> None:
        """Free the memory, or put it back to what it was for the next VM that begins so. Idempotent."""
        watchdog.forget(self._interrupt_word)
        self._interrupt_word = 0  # the next VM may have the memory soon, and its own deadlines
        try:
            if self._put_back():
                self.engine.used.put((self._begun_with, self.checked, self._maximum), self.raw.give_up())
        finally:
            self.raw.close()
        self._begun_with = self.baseline.memory

    @property
    def _may_be_used(self) -> bool:
        """Whether it began as others may begin: with the baseline, or few pages apart from it. What has an image of its
        own would live longer by that."""
        return self.extensions is None and self._begun_with.ground is self.baseline.memory.ground

    def written_since(self, ground: Image) -> list[int] | None:
        """Numbers of the pages that may differ from an image: others have not been written to since the memory was it.
        None where that is not known."""
        if self._begun_with.ground is not ground:
            return None
        numbers = written(self.base, self.size() // PAGE)
        # The control block always is: a system on which it is not tells nothing.
        return numbers if numbers is not None and self.baseline.control // PAGE in numbers else None

    def _put_back(self) -> bool:
        """Whether the wasm instance is as new, and may be used again."""
        raw, memory = self.raw, self._begun_with
        if not self._may_be_used:
            return False
        if raw.dead or raw.trap_requests or self.failure is not None or self.engine.foreign:
            return False
        if self.words[DEPTH]:  # a signal handler raised between a call that was cut off and the look at its error
            return False
        if raw.store.size() != memory.size:
            return False
        return memory.put_back(self.base, self.baseline.control // PAGE)

    # ---- memory

    def size(self) -> int:
        """Bytes of linear memory."""
        self._size = self.raw.store.size()
        return self._size

    @property
    def known_size(self) -> int:
        """Bytes of linear memory that have been heard of: for threads that may not ask."""
        return self._size

    def _missing(self) -> BaseException:
        return self.host.died(self.raw.trap("the guest named memory that it does not have"))

    def view(self, address: int, length: int) -> memoryview:
        """Guest memory, not copied."""
        end = address + length
        if end > self._size and end > self.size():
            raise self._missing()
        return self._memory[address:end]

    def _text(self, address: int, length: int) -> str:
        try:
            return str(self.view(address, length), "utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise self.raw.trap("the guest sent text that is not UTF-8") from None

    def write(self, message: bytes) -> bool:
        """Put a message into the input buffer; False when the guest has no room for it."""
        words = self.words
        length = len(message)
        if length > words[INPUT_CAPACITY] and not self._reserve(length):
            words[EVENTS] |= _UNDELIVERED
            return False
        address = words[INPUT]
        end = address + length
        if end > self._size and end > self.size():
            raise self._missing()
        self._memory[address:end] = message
        words[INPUT_LENGTH] = length
        return True

    def _reserve(self, length: int) -> int:
        reserve = self.exports["snap_reserve_input"]
        token = self.arm(FOREIGN_SECONDS) if self.engine.foreign else None
        try:
            return reserve(length)
        except Trap as trap:
            raise self.host.died(trap) from None
        finally:
            if token is not None:
                watchdog.disarm(token)

    def result(self) -> memoryview:
        """The result message of the call that has just returned, where it lies: until the guest runs again."""
        words = self.words
        address = words[RESULT]
        end = address + words[RESULT_LENGTH]
        if end > self._size and end > self.size():
            raise self._missing()
        return self._memory[address:end]

    # ---- calls

    def _bind(self, name: str) -> Callable[..., int]:
        try:
            return self.raw.function(name, *PROTOTYPES[name])
        except EngineUnusable:
            raise self.host.lacks(name) from None

    def arm(self, seconds: float) -> watchdog.Token:
        """Have the code that is about to run stopped so much later."""
        return watchdog.arm(monotonic() + seconds, self._interrupt_word, self.raw if self.checked else None)

    # ---- imports, as callbacks.py calls them

    def fail(self, failure: BaseException) -> None:
        """Keep an exception for the call that is running, if it is the first."""
        if self.failure is None:
            self.failure = failure
            self.words[INTERRUPT] = _NOW  # console output has no status to fail with, and the code might never end
        if self.words[RESULT_FLAGS] & _REQUEST:
            self.words[RESULT_FLAGS] = _EXCEPTION

    def host_request(self) -> None:
        words = self.words
        request = words[RESULT_FLAGS]
        # Not copied: the guest keeps the message as it is until the call is answered, whoever calls meanwhile.
        message = self.result()
        status, answer = self.host.answer_call(request >> 8, message, request & 0xFF)
        words[RESULT_FLAGS] = self._answer(status, answer) if answer else status

    def host_import(self, pointer: int, length: int) -> int:
        status, message = self.host.answer_import(self.view(pointer, length))
        return self._answer(status, message) if message else status

    def _answer(self, status: int, message: bytes) -> int:
        if not self.write(message):
            status, message = self.host.refuse_answer()
            if not self.write(message):
                raise MemoryError
        return status

    def host_write(self, stream: int, pointer: int, length: int) -> int:
        self.host.write(stream, self._text(pointer, length))
        return _OK

    def host_clock(self, monotonic: int) -> float:
        return self.host.clock(bool(monotonic))

    def host_timezone(self, seconds: float) -> int:
        if seconds != seconds:
            raise self.raw.trap("the guest asked for the time zone of no time")
        return self.host.timezone(seconds)

    def host_interrupt(self) -> int:
        return int(self.host.interrupt())
