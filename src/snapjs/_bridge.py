"""Joins one guest instance to Python: who may enter, what crosses, which error comes out.

Every call goes through :meth:`Bridge.call` or its faster sibling :meth:`Bridge.call_function`: take the VM, encode, run, decode, and when
the outermost call ends, look after what the guest has left to do.
"""

from __future__ import annotations

import struct
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import get_ident
from time import monotonic
from typing import Any, Final

import msgspec

from ._clock import Clock
from ._guest import abi, watchdog
from ._guest.instance import Instance, deadline_after
from ._guest.library import TRAP_INTERRUPT
from ._guest.raw import Trap
from ._guest.stack import StackTooSmall
from ._lending import Lending
from ._loop import Loop
from ._modules import module_text
from ._plain import pack
from .convert import Codec, ErrorFields
from .errors import (
    BusyError,
    ClosedError,
    ConversionError,
    GuestTrapped,
    Interrupted,
    JSError,
    MemoryLimitError,
    ModuleNotFound,
    NotQuiescent,
    SnapjsError,
    StackLimitError,
    StillPending,
    TimeLimitError,
    WrongVMError,
    add_stack,
)
from .handle import UNSET, Function, Handle, Promise, Reference, as_handle
from .pending import PendingCalls, PendingMarker

_OK: Final = int(abi.Status.OK)
_EXCEPTION: Final = int(abi.Status.EXCEPTION)
_INTERRUPTED: Final = int(abi.Status.INTERRUPTED)
_ABSENT: Final = int(abi.Status.ABSENT)
_PENDING: Final = int(abi.Status.PENDING)
_HAS_REFERENCES: Final = int(abi.Result.HAS_REFERENCES)
_HOST_FUNCTION: Final = int(abi.Ext.HOST_FUNCTION)
_RUN_JOBS: Final = int(abi.Run.JOBS)
_NOW: Final = int(abi.Interrupt.NOW)
_ASK: Final = int(abi.Interrupt.ASK)
_RELEASED: Final = int(abi.Event.RELEASED)
_REJECTIONS: Final = int(abi.Event.REJECTIONS)
_EVENT_PENDING: Final = int(abi.Event.PENDING)

_main_thread = threading.main_thread().ident


@dataclass
class HostOptions:
    """The options of a VM that are the host's, and so are given again at a restore."""

    memory_limit: int | None
    stack_limit: int | None
    timeout: float | None
    interrupt: Callable[[], bool] | None
    clock: Clock
    timezone: Callable[[float], int]
    load_module: Callable[[str], str | bytes | None]
    write: Callable[[int, str], None]
    on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None


class Bridge:
    """One VM's instance and everything that Python holds for it."""

    def __init__(self, options: HostOptions, intrinsics: int, web: int) -> None:
        self.options = options
        self.closed = False
        self._death: str | None = None
        self._lock = threading.RLock()
        self._depth = 0
        self._running = 0
        self._deadlines: list[float] = []
        self._releases: deque[int] = deque()
        self._stop: BaseException | None = None
        self._interrupted = False
        self._closing = False
        self.zone_minutes = 0
        self.codec = Codec(self)
        # Weak, so that a VM that nobody refers to is freed at once, and not when Python next looks for cycles: it may hold megabytes
        # that Python does not know of.
        weak: Bridge = weakref.proxy(self)
        self.lending = Lending(weak)
        self.calls = PendingCalls(weak)
        self.loop = Loop(weak)
        try:
            self.instance = Instance(
                weak, intrinsics, web, checked=options.timeout is not None, memory_limit=options.memory_limit
            )
        except StackTooSmall as error:
            raise StackLimitError(str(error)) from None

    def __del__(self) -> None:
        if not self.closed and hasattr(self, "instance"):
            self.closed = True
            self.loop.close()
            self.instance.close()

    def itself(self) -> Bridge:
        """This object, from a weak proxy of it."""
        return self

    # ---- entering and leaving

    def _enter(self) -> None:
        if not self._lock.acquire(False):
            raise BusyError()
        self._depth += 1
        if self.closed or self._death is not None or self._releases:
            try:
                self.check_open()
                self._flush_releases()
            except BaseException:
                self._leave()
                raise

    def _leave(self) -> None:
        self._depth -= 1
        try:
            if self._depth == 0:
                if self._closing:
                    self.close()
                elif not self.closed and self._death is None and self.instance.control.events & _REJECTIONS:
                    self._report_rejections()
                if self.loop.waiters:
                    self.loop.wake_after_call()
        finally:
            self._lock.release()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold the VM for several calls."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def check_open(self) -> None:
        """
        :raises ClosedError: the VM is closed.
        :raises GuestTrapped: it is dead.
        """
        if self._death is not None:
            raise GuestTrapped(self._death)
        if self.closed:
            raise ClosedError()

    @property
    def is_running(self) -> bool:
        """Whether JavaScript is on the stack."""
        return self._running > 0

    def close(self) -> None:
        """Free the instance, now or when the outermost call ends. Idempotent."""
        if not self._lock.acquire(blocking=False):
            raise BusyError()
        try:
            if self._depth:
                self._closing = True
            elif not self.closed:
                self.closed = True
                self.loop.close()
                self.instance.close()
        finally:
            self._lock.release()

    def apply_limits(self) -> None:
        """Give the guest the host's options. After a restore once more, for they lie in the memory that was replaced."""
        options = self.options
        with self.entered():
            self.instance.control.timezone = self.zone_minutes
            self._guarded(self.instance.function("snap_set_memory_limit"), (options.memory_limit or 0,))
            self._guarded(self.instance.function("snap_set_stack_limit"), (options.stack_limit or 0,))

    # ---- calls

    def call(
        self,
        name: str,
        arguments: tuple[int, ...] = (),
        values: tuple[Any, ...] | None = None,
        *,
        timeout: float | None = UNSET,
        type: Any = Any,
    ) -> Any:
        """Run an export and return its result, converted.

        :param values: what goes into the input buffer, as one array.
        :param timeout: seconds, in place of the VM's.
        :raises SnapjsError: what the status stands for.
        """
        self._enter()
        try:
            if timeout is UNSET:
                timeout = self.options.timeout
            if timeout is not None:
                self.prepare_deadlines()
            if values is not None:
                self._send(self.codec.encode_arguments(values))
            status = self._run(self.instance.function(name), arguments, timeout)
            if status != _OK:
                self._fail(status, timeout)
            return self._result(type)
        finally:
            self._leave()

    def call_value(self, name: str, arguments: tuple[int, ...], value: Any, timeout: float | None = UNSET) -> Any:
        """As :meth:`call`, for exports whose input is one value and not an array."""
        self._enter()
        try:
            if timeout is UNSET:
                timeout = self.options.timeout
            if timeout is not None:
                self.prepare_deadlines()
            self._send(self.codec.encode(value))
            status = self._run(self.instance.function(name), arguments, timeout)
            if status != _OK:
                self._fail(status, timeout)
            return self._result(Any)
        finally:
            self._leave()

    def call_function(self, number: int, values: tuple[Any, ...], this: Any, timeout: float | None) -> Any:
        """Call a JavaScript function: :meth:`call` without detours, for it is the path that is taken most."""
        self._enter()
        try:
            if timeout is UNSET:
                timeout = self.options.timeout
            if timeout is not None:
                self.prepare_deadlines()
            receiver = 0 if this is None else self._receiver(this)
            self._send(self.codec.encode_arguments(values))
            status = self._run(self.instance.function("snap_call"), (number, receiver, _RUN_JOBS), timeout)
            if status != _OK:
                self._fail(status, timeout)
            return self._result(Any)
        finally:
            self._leave()

    def invoke(self, name: str, *arguments: int) -> int:
        """An export that neither runs code nor has a result message; its value."""
        self._enter()
        try:
            return self._guarded(self.instance.function(name), arguments)
        finally:
            self._leave()

    def _send(self, message: bytes) -> None:
        try:
            self.instance.write(message)
        except MemoryError:
            raise MemoryLimitError(limit=self.options.memory_limit) from None
        except Trap as trap:
            raise self._died(trap) from None

    def _result(self, type: Any) -> Any:
        data = self._result_bytes()
        if not data:
            return None
        return self.codec.decode(data, self.instance.control.result_flags & _HAS_REFERENCES != 0, type)

    def _result_bytes(self) -> bytes:
        try:
            return self.instance.result()
        except Trap as trap:
            raise self._died(trap) from None

    def _guarded(self, function: Callable[..., int], arguments: tuple[int, ...]) -> int:
        try:
            return function(*arguments)
        except Trap as trap:
            raise self._died(trap) from None

    def _died(self, trap: Trap) -> SnapjsError:
        """The instance has trapped: what to raise. Every later use raises GuestTrapped."""
        # wasmtime's message ends with the cause; before that come frames of the engine, which help nobody who uses it
        self._death = trap.message.rpartition("Caused by:\n")[2].strip()
        if trap.code == TRAP_INTERRUPT:
            self._death = "it was cut off at its deadline, inside a native loop"
            text = "The JavaScript code ran longer than its timeout, inside a native loop that cannot be left: the VM is dead. Restore a snapshot."
            return TimeLimitError(text, limit=self._limit_in_force)
        return GuestTrapped(self._death)

    # ---- limits

    _limit_in_force: float | None = None

    def _run(self, function: Callable[..., int], arguments: tuple[int, ...], timeout: float | None) -> int:
        """Run an export under the deadline and the interrupt callable."""
        around = self._running
        if not around:
            self.instance.control.interrupt = self._idle_interrupt()
        self._running = around + 1
        try:
            if timeout is None:
                return function(*arguments)
            return self._run_until(function, arguments, timeout)
        except Trap as trap:
            raise self._died(trap) from None
        except StackTooSmall as error:
            raise StackLimitError(str(error)) from None
        finally:
            self._running = around
            if timeout is not None and around and self._death is None:
                self._restore_interrupt()

    def _idle_interrupt(self) -> int:
        """The interrupt word of code without a deadline. In the main thread it asks, which is when Python handles Ctrl-C."""
        return _ASK if self.options.interrupt is not None or get_ident() == _main_thread else 0

    def _run_until(self, function: Callable[..., int], arguments: tuple[int, ...], timeout: float) -> int:
        if timeout <= 0:
            raise TimeLimitError(limit=timeout)
        self._limit_in_force = timeout
        deadline = deadline_after(timeout)
        self._deadlines.append(deadline)
        token = self.instance.arm(deadline)
        try:
            return function(*arguments)
        finally:
            watchdog.disarm(token)
            self._deadlines.pop()

    def prepare_deadlines(self) -> None:
        """Make sure that deadlines fire inside native loops, before the first one is set. Impossible while JavaScript is running."""
        if not self.instance.checked and not self._running:
            self.instance.switch_to_checked()

    def _restore_interrupt(self) -> None:
        """A nested call is over: its deadline does not count any more, those around it do."""
        expired = self._deadlines and monotonic() >= min(self._deadlines)
        self.instance.control.interrupt = _NOW if expired else self._idle_interrupt()

    def _fail(self, status: int, timeout: float | None) -> None:
        """Raise what a status stands for."""
        if status == _EXCEPTION:
            raise self._exception()
        if status == _INTERRUPTED:
            raise self._interruption(timeout)
        if status == abi.Status.CONVERSION:
            text = self.codec.decode(self._result_bytes(), False)
            remedy = "Return a simpler value, or take it as a handle with eval_handle."
            raise ConversionError(f"{text[0].upper()}{text[1:]}. {remedy}", path=text.rpartition(" at ")[2])
        if status == abi.Status.INVALID:
            raise ClosedError("This reference is not valid in its VM any more.")
        if status == abi.Status.NOT_QUIESCENT:
            raise NotQuiescent()
        if status == _PENDING:
            raise StillPending([(call.id, call.name) for call in self.calls.all()])
        if status == _ABSENT:
            raise KeyError
        raise SnapjsError(f"the engine refused a message of the host ({self.codec.decode(self._result_bytes(), False)}): please report this")

    def _interruption(self, timeout: float | None) -> BaseException:
        stop, self._stop = self._stop, None
        if stop is not None:
            return stop
        if self._interrupted:
            self._interrupted = False
            return Interrupted()
        return TimeLimitError(limit=self._limit_in_force if timeout is None else timeout)

    def _exception(self) -> BaseException:
        """What the guest threw, as the exception to raise."""
        flags = self.instance.control.result_flags
        data = self._result_bytes()
        if not data:
            return MemoryLimitError(limit=self.options.memory_limit)

        def make(fields: ErrorFields) -> BaseException:
            if flags & abi.Result.OUT_OF_MEMORY:
                self.queue_release(fields.handle)
                return MemoryLimitError(limit=self.options.memory_limit, stack=fields.stack)
            if flags & abi.Result.STACK_OVERFLOW:
                self.queue_release(fields.handle)
                return StackLimitError(limit=self.options.stack_limit or abi.STACK_MAXIMUM, stack=fields.stack)
            error = self.error(fields)
            if not isinstance(error, JSError):
                add_stack(error, fields.stack)
            return error

        return self.codec.decode_exception(data, make)

    # ---- references: what the codec asks (convert.Host)

    def function(self, handle: int) -> Function:
        return Function(self, handle)

    def promise(self, handle: int) -> Promise:
        return Promise(self, handle)

    def handle(self, handle: int) -> Handle:
        return Handle(self, handle)

    def host_function(self, index: int) -> Any:
        function = self.lending.functions.get(index)
        if function is None:
            raise GuestTrapped("it named a host function that does not exist")
        return function

    def error(self, fields: ErrorFields) -> BaseException:
        """The Python exception that JavaScript passed on, or a new JSError."""
        if fields.host_reference is not None:
            error = self.lending.exception(fields.host_reference)
            if error is not None:
                self.queue_release(fields.handle)
                return error
        js_error = JSError(
            fields.name,
            fields.message,
            stack=fields.stack,
            cause=fields.cause,
            value=fields.value,
            properties=fields.properties,
            errors=fields.errors or (),
        )
        js_error.handle = Handle(self, fields.handle)
        return js_error

    def handle_of(self, value: Any) -> int | None:
        """The number of a reference of this VM; ``None`` for any other object."""
        if isinstance(value, JSError):
            value = value.handle
        if not isinstance(value, Reference):
            return None
        if value._bridge is not self:
            raise WrongVMError()
        return value._live()

    def _receiver(self, this: Any) -> int:
        number = self.handle_of(this)
        if number is None:
            raise TypeError(f"this= takes a Handle, Function or Promise, not {type(this).__name__}")
        return number

    def lend_function(self, function: Any) -> int:
        return self.lending.lend_function(function)

    def lend_exception(self, error: BaseException) -> int:
        return self.lending.lend_exception(error)

    def lend_awaitable(self, awaitable: Any) -> int:
        self._send(self.codec.encode(""))
        id = self.invoke("snap_pending_new", self.instance.control.origin)
        if not id:
            raise MemoryLimitError(limit=self.options.memory_limit)
        self.loop.adopt(id, awaitable)
        return id

    def duplicate(self, handle: int) -> None:
        """One more reference to a handle's value."""
        status = self.invoke("snap_duplicate", handle)
        if status != _OK:
            self._fail(status, None)

    def queue_release(self, handle: int) -> None:
        """Give a reference back at the next call. Safe from finalizers and other threads."""
        self._releases.append(handle)

    def _flush_releases(self) -> None:
        queue = self._releases
        while queue and not self.closed and self._death is None:
            numbers = [queue.popleft() for _ in range(min(len(queue), 4096))]
            self._send(struct.pack(f"<{len(numbers)}Q", *numbers))
            self._guarded(self.instance.function("snap_release"), (len(numbers),))

    def next_reference(self) -> int:
        """A number for something that is lent."""
        control = self.instance.control
        reference: int = control.next_host_reference
        control.next_host_reference = reference + 1
        return reference

    def register_function(self, name: str, shown: str, reference: int, mode: int) -> int:
        """Enter a host function into the guest's table; its index."""
        self._send(self.codec.encode_arguments((name, shown, reference)))
        index = self.invoke("snap_host_function", mode) & 0xFFFFFFFF
        if index == 0xFFFFFFFF:
            raise MemoryLimitError(limit=self.options.memory_limit)
        return index

    def set_host_function(self, owner: int, key: str, index: int) -> None:
        """Make a property of an object (0: the global object) a function of the host."""
        with self.entered():
            self._send(pack((key, msgspec.msgpack.Ext(_HOST_FUNCTION, index.to_bytes(4, "little")))))
            status = self._run(self.instance.function("snap_set"), (owner,), self.options.timeout)
            if status != _OK:
                self._fail(status, self.options.timeout)

    def take_released(self) -> list[int]:
        """Host references that the guest has dropped since the last time."""
        if not self.instance.control.events & _RELEASED:
            return []
        released: list[int] = self.call("snap_take_released")
        return released

    # ---- pieces that several features use

    def get(self, handle: int, key: Any, default: Any = UNSET) -> Any:
        """A property of an object (0: the global object); ``default``, or ``undefined``, when there is none."""
        try:
            return self.call("snap_get", (handle, 0), (key,))
        except KeyError:
            if default is UNSET:
                from .values import undefined

                return undefined
            return default

    def set(self, handle: int, key: Any, value: Any) -> None:
        """Set a property of an object (0: the global object). Setters run."""
        with self.entered():
            self._send(self.codec.encode_property(key, value))
            timeout = self.options.timeout
            status = self._run(self.instance.function("snap_set"), (handle,), timeout)
            if status != _OK:
                self._fail(status, timeout)

    def promise_state(self, number: int) -> int:
        """0 pending, 1 fulfilled, 2 rejected."""
        return self.invoke("snap_promise_state", number)

    def promise_result(self, number: int, type: Any) -> Any:
        """What it was fulfilled with; raises what it was rejected with, or StillPending."""
        return self.call("snap_promise_result", (number, 0), type=type)

    def observe_promise(self, number: int) -> None:
        """Tell the guest that the host will see what becomes of a promise: a rejection is not unhandled."""
        self.invoke("snap_promise_observe", number)

    def take_pending_event(self) -> bool:
        """Whether calls were recorded since the last time."""
        with self.entered():
            control = self.instance.control
            events = control.events
            control.events = events & ~_EVENT_PENDING
            return bool(events & _EVENT_PENDING)

    def settle_pending(self, id: int, value: Any, is_rejection: bool, *, timeout: float | None = UNSET, lenient: bool = False) -> bool:
        """Answer a pending call and run the jobs; False when there is no such call.

        :param lenient: a value without a counterpart rejects the call, in place of raising here.
        """
        with self.entered():
            if timeout is UNSET:
                timeout = self.options.timeout
            try:
                message = self.codec.encode(value)
            except (ConversionError, WrongVMError) as error:
                if not lenient:
                    raise
                message, is_rejection = self.codec.encode(error), True
            self._send(message)
            flags = 0 if self._running else _RUN_JOBS
            status = self._run(self.instance.function("snap_pending_settle"), (id, int(is_rejection), flags), timeout)
            if status == abi.Status.INVALID:
                return False
            if status != _OK:
                self._fail(status, timeout)
            return True

    def _report_rejections(self) -> None:
        """Tell of promises that were rejected without a handler. Runs when the outermost call is over."""
        if self._guarded(self.instance.function("snap_has_jobs"), ()):
            return
        self._depth += 1
        try:
            items = self.call("snap_take_rejections")
            for promise, reason, handled, message in items:
                fields = self.codec.decode_error(message)
                self.queue_release(fields.handle)
                report = self.options.on_unhandled_rejection
                if report is not None:
                    report(as_handle(promise), as_handle(reason), handled)
                elif not handled:
                    self.options.write(abi.Stream.STDERR, _rejection_text(fields))
        finally:
            self._depth -= 1

    # ---- what the instance asks (_guest.instance.Host)

    def answer_call(self, index: int, message: bytes, has_references: bool) -> tuple[int, bytes]:
        function = self.lending.functions.get(index)
        if function is None or isinstance(function, PendingMarker):
            return _ABSENT, b""
        try:
            return _OK, self.codec.encode(function(*self.codec.decode(message, has_references)))
        except BaseException as error:
            return self._failure(error)

    def load_module(self, name: str) -> tuple[int, bytes]:
        try:
            source = self.options.load_module(name)
            if source is None:
                raise ModuleNotFound(name)
            return _OK, self.codec.encode(module_text(name, source))
        except BaseException as error:
            return self._failure(error)

    def _failure(self, error: BaseException) -> tuple[int, bytes]:
        """The status and message for what a Python function raised."""
        if not isinstance(error, Exception):  # KeyboardInterrupt, SystemExit: out through the guest, which must not catch it
            self._stop = error
            return _INTERRUPTED, b""
        try:
            return _EXCEPTION, self.codec.encode(error)
        except Exception as failure:
            self._stop = failure
            return _INTERRUPTED, b""

    def write(self, stream: int, text: str) -> None:
        self.options.write(stream, text)

    def clock(self, monotonic: bool) -> float:
        return self.options.clock.milliseconds(monotonic)

    def timezone(self, unix_seconds: float) -> int:
        return int(self.options.timezone(unix_seconds))

    def interrupt(self) -> bool:
        asked = self.options.interrupt
        if asked is None:
            return False
        if asked() is True:
            self._interrupted = True
            return True
        return False


def _rejection_text(fields: ErrorFields) -> str:
    text = f"{fields.name}: {fields.message}" if fields.message else fields.name
    return f"Uncaught (in promise) {text}\n{fields.stack or ''}".rstrip("\n") + "\n"


def default_writer(stdout: Any, stderr: Any) -> Callable[[int, str], None]:
    """Where console output goes: a callable taking str, an object with ``write``, or the process's own streams."""

    def writer(option: Any, name: str) -> Callable[[str], Any]:
        if option is None:
            return lambda text: getattr(sys, name).write(text)
        if callable(option):
            return option  # type: ignore[no-any-return]
        if callable(getattr(option, "write", None)):
            return option.write  # type: ignore[no-any-return]
        raise TypeError(f"{name} takes a callable or an object with write(), not {type(option).__name__}")

    writers = {int(abi.Stream.STDOUT): writer(stdout, "stdout"), int(abi.Stream.STDERR): writer(stderr, "stderr")}

    def write(stream: int, text: str) -> None:
        write_to = writers.get(stream)
        if write_to is not None:
            write_to(text)

    return write
