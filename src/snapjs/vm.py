"""The virtual machine: JavaScript in a sandbox that can be saved in the middle of an ``await``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, TypeVar, overload

from ._bridge import Bridge
from ._capture import capture, restore_memory
from ._clock import Clock, ClockOption, SeedOption, TimezoneOption, seed_number, timezone_function
from ._globals import Globals, Namespace, define_function
from ._guest import abi
from ._guest.compiled import engine_sha256
from ._lending import HostFunction
from ._modules import ModulesOption, module_loader
from ._options import HostOptions, default_writer
from .constants import Intrinsics
from .errors import SnapjsError, StillPending
from .handle import UNSET, Handle, Promise, as_handle
from .pending import PendingCall
from .snapshot import Snapshot

_Callback = TypeVar("_Callback", bound="Callable[..., Any] | None")
_F = TypeVar("_F", bound=Callable[..., Any])

_RUN_JOBS = int(abi.Run.JOBS)
_RUN_ASYNC = int(abi.Run.JOBS | abi.Run.ASYNC)
_RUN_MODULE = int(abi.Run.JOBS | abi.Run.MODULE)
_AS_HANDLE = int(abi.Run.AS_HANDLE)

_ALL_INTRINSICS = sum(int(bit) for bit in abi.Intrinsic)

_WEB = {
    "console": abi.Web.CONSOLE,
    "timers": abi.Web.TIMERS,
    "queueMicrotask": abi.Web.MICROTASK,
    "performance": abi.Web.PERFORMANCE,
}

_BYTECODE_MAGIC = b"snapjs\r\x01"


@dataclass(frozen=True)
class Statistics:
    """What a VM holds. Sizes are bytes."""

    handles: int
    """references that Python holds to JavaScript values"""
    pending: int
    timers: int
    linear_memory: int
    lent_functions: int
    """Python functions that JavaScript can reach, exposed ones included"""


class VM:
    """A JavaScript virtual machine.

    :param memory_limit: bytes that the JavaScript heap may hold, buffers included; beyond it a JavaScript error that
        can be caught.
    :param stack_limit: bytes of JavaScript stack; beyond it a RangeError that can be caught.
    :param timeout: seconds for each call into the VM. It fires inside native loops too.
    :param interrupt: callable that returns True to stop the running code. It is asked about every millisecond.
    :param clock: ``None`` for the host's clock, a Unix time in seconds to freeze it at, or a callable that returns one.
    :param seed: int or bytes that make ``Math.random`` repeat itself.
    :param timezone: IANA name, ``"host"``, minutes as ``getTimezoneOffset()`` counts them, or a callable from Unix
        seconds to minutes.
    :param intrinsics: the parts of the language that exist.
    :param functions: host functions by name; a dotted name makes nested objects.
    :param modules: a mapping from module names to sources.
    :param web: which web APIs exist: True, False, or a set of ``"console"``, ``"timers"``, ``"queueMicrotask"``,
        ``"performance"``.
    :param stdout: a callable taking str, or an object with ``write``; ``None`` for the process's own. ``stderr``
        likewise.
    :param on_unhandled_rejection: called with handles of the promise and the reason, and whether a handler came late
        after all.

    A VM may move between threads, but only one thread may be in it. It is a context manager; leaving it closes the VM.
    """

    def __init__(
        self,
        *,
        memory_limit: int | None = None,
        stack_limit: int | None = None,
        timeout: float | None = None,
        interrupt: Callable[[], bool] | None = None,
        clock: ClockOption = None,
        seed: SeedOption = None,
        timezone: TimezoneOption = "UTC",
        intrinsics: Intrinsics = Intrinsics.ALL,
        functions: Mapping[str, HostFunction] | None = None,
        modules: ModulesOption = None,
        web: bool | Iterable[str] = True,
        stdout: Any = None,
        stderr: Any = None,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None = None,
    ) -> None:
        self._bridge = self._make_bridge(
            (int(intrinsics) & _ALL_INTRINSICS, _web_bits(web)),
            memory_limit, stack_limit, timeout, interrupt, clock, timezone, modules, stdout, stderr,
            on_unhandled_rejection,
        )  # fmt: skip
        with self._bridge.entered():
            self._bridge.invoke("snap_seed", seed_number(seed, self._bridge.options.clock))
            self._bridge.invoke("snap_start_clock")
            for name, function in (functions or {}).items():
                self.expose(name, function)

    @staticmethod
    def _make_bridge(
        baseline: tuple[int, int],
        memory_limit: int | None,
        stack_limit: int | None,
        timeout: float | None,
        interrupt: Callable[[], bool] | None,
        clock: ClockOption,
        timezone: TimezoneOption,
        modules: ModulesOption,
        stdout: Any,
        stderr: Any,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None,
    ) -> Bridge:
        minutes, zone = timezone_function(timezone)
        options = HostOptions(
            memory_limit=_size("memory_limit", memory_limit, 1 << 20),
            stack_limit=_size("stack_limit", stack_limit, 16 << 10),
            timeout=_seconds(timeout),
            interrupt=_callback("interrupt", interrupt),
            clock=Clock(clock),
            timezone=zone,
            timezone_minutes=minutes,
            load_module=module_loader(modules),
            write=default_writer(stdout, stderr),
            on_unhandled_rejection=_callback("on_unhandled_rejection", on_unhandled_rejection),
        )
        bridge = Bridge(options, *baseline)
        bridge.apply_limits()
        return bridge

    # ---- running code

    def eval(self, code: str, *, filename: str = "<eval>", timeout: float | None = UNSET, type: Any = Any) -> Any:
        """Run a script and the microtasks it leaves, and return its value converted.

        :param filename: shown in stack traces.
        :param timeout: seconds, in place of the VM's.
        :param type: what the value must be; msgspec converts and validates.
        :raises JSError: the script threw. A Python exception that passed through comes out as itself.
        :raises LimitError: a limit stopped it.
        :raises ConversionError: the value does not fit ``type``.
        """
        return self._bridge.call(
            "snap_eval", (_RUN_JOBS,), (_source(code), _file(filename)), timeout=_seconds(timeout), type=type
        )

    async def eval_async(
        self, code: str, *, filename: str = "<eval>", timeout: float | None = UNSET, type: Any = Any
    ) -> Any:
        """Run a script with top-level ``await``, answering host calls and timers on the running event loop until its
        value is settled.

        Cancelling the task that awaits this cancels the host calls that the script waits for, and rejects them in
        JavaScript.

        :param timeout: seconds for the whole, waiting included.
        :raises StillPending: nothing is left that could settle the value.
        """

        def start() -> Any:
            return self._bridge.call(
                "snap_eval", (_RUN_ASYNC,), (_source(code), _file(filename)), timeout=_seconds(timeout)
            )

        return await self._bridge.loop.settled(start, _seconds(timeout), type)

    def eval_handle(self, code: str, *, filename: str = "<eval>", timeout: float | None = UNSET) -> Handle:
        """Run a script and return its value as a handle, unconverted. Microtasks wait."""
        handle: Handle = self._bridge.call(
            "snap_eval", (_AS_HANDLE,), (_source(code), _file(filename)), timeout=_seconds(timeout)
        )
        return as_handle(handle)

    def compile(self, code: str, *, filename: str = "<eval>") -> bytes:
        """Compile a script to bytecode of this engine."""
        flags = int(abi.Run.COMPILE_ONLY)
        body: bytes = self._bridge.call("snap_eval", (flags,), (_source(code), _file(filename)))
        return _BYTECODE_MAGIC + bytes.fromhex(engine_sha256()) + hashlib.sha256(body).digest() + body

    def eval_bytecode(self, data: bytes, *, timeout: float | None = UNSET) -> Handle:
        """Run what :meth:`compile` made; its value as a handle.

        Bytecode is as trusted as the program that makes it: only give it what your own :meth:`compile` returned.

        :raises ValueError: it is not bytecode, is corrupt, or was made by another engine.
        """
        body = _checked_bytecode(data)
        with self._bridge.entered():
            return as_handle(
                self._bridge.call(
                    "snap_eval_bytecode", (_AS_HANDLE | _RUN_JOBS,), value=body, timeout=_seconds(timeout)
                )
            )

    # ---- modules

    def import_module(self, specifier: str, *, timeout: float | None = UNSET) -> Namespace:
        """Load and evaluate an ES module; its exports as a read-only mapping.

        :raises ModuleNotFound: no loader has it, or one that it imports.
        :raises StillPending: a top-level ``await`` waits for an unanswered call.
        """
        return self._namespace(self._start_module(None, specifier, timeout), specifier, _seconds(timeout))

    async def import_module_async(self, specifier: str, *, timeout: float | None = UNSET) -> Namespace:
        """As :meth:`import_module`, waiting for what top-level ``await`` waits for."""
        return await self._module_async(None, specifier, timeout)

    def eval_module(self, source: str, name: str = "<module>", *, timeout: float | None = UNSET) -> Namespace:
        """Evaluate the source of an ES module under a name; its exports as a read-only mapping."""
        return self._namespace(self._start_module(_source(source), name, timeout), name, _seconds(timeout))

    async def eval_module_async(
        self, source: str, name: str = "<module>", *, timeout: float | None = UNSET
    ) -> Namespace:
        """As :meth:`eval_module`, waiting for what top-level ``await`` waits for."""
        return await self._module_async(_source(source), name, timeout)

    def _start_module(self, source: str | None, name: str, timeout: float | None) -> Promise:
        if not isinstance(name, str):
            raise TypeError(f"the name of a module is a str, not {type(name).__name__}")
        # in one visit: rejections that nobody handles are reported at its end
        with self._bridge.entered():
            promise: Promise = self._bridge.call("snap_eval", (_RUN_MODULE,), (source, name), timeout=_seconds(timeout))
            self._bridge.observe_promise(promise._live())
        try:
            return promise
        finally:
            del promise  # the loader ran above this frame, so an exception of it holds this frame

    def _namespace(self, promise: Promise, name: str, timeout: float | None) -> Namespace:
        try:
            return Namespace(self._bridge, self._bridge.promise_result(promise._live(), Any, timeout), name)
        finally:
            del promise  # as in Loop.settled: a circle through the exception's traceback

    async def _module_async(self, source: str | None, name: str, timeout: float | None) -> Namespace:
        handle = await self._bridge.loop.settled(lambda: self._start_module(source, name, timeout), _seconds(timeout))
        return Namespace(self._bridge, handle, name)

    # ---- Python for JavaScript

    @property
    def globals(self) -> Globals:
        """The global object as a mutable mapping."""
        return Globals(self._bridge)

    def expose(self, name: str, function: HostFunction) -> None:
        """Give a Python function to JavaScript.

        :param name: global name; dots make nested objects.
        :param function: a function; an ``async def``, whose calls return promises; or :data:`snapjs.pending`.
        """
        if not isinstance(name, str):
            raise TypeError(f"the name of a host function is a str, not {type(name).__name__}")
        if not all(name.split(".")):
            raise ValueError(f"{name!r} is not a name: a dotted name has something between its dots")
        with self._bridge.entered():
            define_function(self._bridge, name, lambda: self._bridge.lending.expose(name, function))

    @overload
    def function(self, function: _F, /) -> _F: ...
    @overload
    def function(self, function: None = None, /, *, name: str | None = None) -> Callable[[_F], _F]: ...
    def function(self, function: Any = None, /, *, name: str | None = None) -> Any:
        """Decorator: expose a Python function under its own name, or under ``name``."""

        def decorate(function: _F) -> _F:
            self.expose(name or function.__name__, function)
            return function

        return decorate if function is None else decorate(function)

    @property
    def pending(self) -> list[PendingCall]:
        """Host calls that have no answer yet, oldest first."""
        return self._bridge.calls.all()

    # ---- the event loop

    def run_jobs(self) -> int:
        """Drain the microtasks; how many ran."""
        return self._bridge.loop.run_jobs()

    def loop_once(self) -> int:
        """One turn of the event loop: all microtasks, then at most one due timer.

        :return: 0 when there is more to do now, n > 0 when the next timer is due in n ms, -1 when idle, -2 when the
            code that ran threw; the error goes to ``stderr``.
        """
        with self._bridge.entered():
            try:
                self.run_jobs()
                self._bridge.loop.run_timers(1)
            except SnapjsError as error:
                self._bridge.check_open()
                self._bridge.options.write(abi.Stream.STDERR, f"Uncaught {error}\n")
                return -2
            delay = self._bridge.loop.timer_delay()
            if self._bridge.invoke("snap_has_jobs"):
                return 0
        return -1 if delay is None else 0 if delay == 0 else max(1, round(delay * 1000))

    def run_until_idle(self) -> None:
        """Run microtasks and due timers until only future timers or pending calls remain."""
        self._bridge.loop.run_ready()

    async def run_until_idle_async(self) -> None:
        """Turn the event loop, waiting for timers and running host calls, until only pending calls or nothing
        remain."""
        await self._bridge.loop.idle()

    # ---- snapshots

    def snapshot(self) -> Snapshot:
        """The state of the whole VM: heap, promises, timers, pending calls, modules, the handles that Python holds.

        :raises NotQuiescent: JavaScript is on the stack.
        """
        return capture(self._bridge)

    @classmethod
    def restore(
        cls,
        snapshot: Snapshot,
        *,
        functions: Mapping[str, HostFunction] | None = None,
        memory_limit: int | None = None,
        stack_limit: int | None = None,
        timeout: float | None = None,
        interrupt: Callable[[], bool] | None = None,
        clock: ClockOption = None,
        seed: SeedOption = None,
        timezone: TimezoneOption = "UTC",
        modules: ModulesOption = None,
        stdout: Any = None,
        stderr: Any = None,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None = None,
    ) -> VM:
        """A VM that goes on where the snapshot was taken. No guest code runs.

        Options are those of :class:`VM`; they belong to the host and are not in the snapshot.

        :param functions: host functions by the names they had. One that is missing raises only when JavaScript calls
            it; names that the program does not know are passed over: :meth:`expose` them.
        :param seed: reseeds ``Math.random``; without it, the sequence goes on.
        :raises SnapshotError: the snapshot does not fit this engine.
        """
        if not isinstance(snapshot, Snapshot):
            raise TypeError(
                f"VM.restore takes a Snapshot, not {type(snapshot).__name__}: read one with Snapshot.load or from_bytes"
            )
        vm = cls.__new__(cls)
        vm._bridge = bridge = cls._make_bridge(
            snapshot.baseline[:2],
            memory_limit, stack_limit, timeout, interrupt, clock, timezone, modules, stdout, stderr,
            on_unhandled_rejection,
        )  # fmt: skip
        try:
            with bridge.entered():
                restore_memory(bridge, snapshot)
                bridge.invoke_limited("snap_release_all")
                bridge.apply_limits()
                if seed is not None:
                    bridge.invoke("snap_seed", seed_number(seed, bridge.options.clock))
                bridge.lending.restore(bridge.call("snap_host_functions"), functions or {})
        except BaseException:
            bridge.close()
            raise
        return vm

    # ---- facts

    def memory_usage(self) -> dict[str, int]:
        """The engine's counters, and ``linear_memory``, all in bytes or numbers of things."""
        with self._bridge.entered():
            usage: dict[str, int] = self._bridge.call("snap_memory_usage")
            return {**usage, "linear_memory": self._bridge.instance.size()}

    def gc(self) -> None:
        """Collect cycles now."""
        self._bridge.invoke_limited("snap_collect")

    @property
    def gc_threshold(self) -> int | None:
        """Bytes of heap at which cycles are collected automatically; ``None`` or 0 switches that off."""
        return self._bridge.invoke("snap_get_gc_threshold") or None

    @gc_threshold.setter
    def gc_threshold(self, threshold: int | None) -> None:
        self._bridge.invoke("snap_set_gc_threshold", _size("gc_threshold", threshold, 0) or 0)

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of ``snapjs``, ``quickjs`` and ``wasmtime``."""
        from importlib.metadata import version  # takes longer to import than everything else here

        quickjs = self._bridge.call("snap_describe")["quickjs"]
        return MappingProxyType({"snapjs": version("snapjs"), "quickjs": quickjs, "wasmtime": version("wasmtime")})

    def statistics(self) -> Statistics:
        """What the VM holds now."""
        with self._bridge.entered():
            control = self._bridge.instance.control
            return Statistics(
                handles=control.handles,
                pending=control.pending,
                timers=control.timers,
                linear_memory=self._bridge.instance.size(),
                lent_functions=len(self._bridge.lending.functions),
            )

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._bridge.closed

    def close(self) -> None:
        """Free the VM. Idempotent; inside a host function it takes effect when the outermost call returns."""
        self._bridge.close()

    def __enter__(self) -> VM:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> VM:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<VM{', closed' if self.closed else ''}>"

    def __reduce__(self) -> Any:
        raise TypeError("a VM cannot be pickled: pickle vm.snapshot() and VM.restore it")


def _web_bits(web: bool | Iterable[str]) -> int:
    names = (set(_WEB) if web else set()) if isinstance(web, bool) else set(web)
    unknown = names - set(_WEB)
    if unknown:
        raise ValueError(f"web has no {', '.join(sorted(map(repr, unknown)))}: there are {', '.join(map(repr, _WEB))}")
    return sum(int(_WEB[name]) for name in names)


def _source(code: object) -> str:
    if not isinstance(code, str):
        raise TypeError(f"JavaScript source is a str, not {type(code).__name__}")
    return code


def _file(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"filename is a str, not {type(name).__name__}")
    return name


def _callback(name: str, option: _Callback) -> _Callback:
    if option is not None and not callable(option):
        raise TypeError(f"{name} takes a callable, not {type(option).__name__}")
    return option


def _seconds(timeout: float | None) -> float | None:
    if timeout is None or timeout is UNSET:
        return timeout
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is in seconds, not {timeout!r}")
    if not timeout > 0:
        raise ValueError(f"timeout must be more than 0 seconds, not {timeout!r}")
    return float(timeout)


def _size(name: str, value: int | None, smallest: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a number of bytes, not {value!r}")
    if not smallest <= value < 1 << 32:
        raise ValueError(f"{name} must be at least {smallest} bytes and below 4 GiB, not {value}")
    return value


def _checked_bytecode(data: bytes) -> bytes:
    head = len(_BYTECODE_MAGIC)
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"bytecode is bytes, not {type(data).__name__}")
    data = bytes(data)
    if len(data) < head + 64 or not data.startswith(_BYTECODE_MAGIC):
        raise ValueError("this is not bytecode of snapjs: pass what VM.compile returned")
    if data[head : head + 32].hex() != engine_sha256():
        raise ValueError("this bytecode was made by another engine: compile the source again")
    body = data[head + 64 :]
    if hashlib.sha256(body).digest() != data[head + 32 : head + 64]:
        raise ValueError("this bytecode is corrupt: compile the source again")
    return body


__all__ = ["VM", "Statistics", "StillPending"]
