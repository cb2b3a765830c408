"""The virtual machine: JavaScript in a sandbox that can be saved in the middle of an ``await``."""

from __future__ import annotations

from ._checks import UNSET, checked_callback, checked_flags, checked_seconds, checked_size, checked_text
from ._core.bridge import Bridge
from ._core.clock import Clock, seed_number, timezone_function
from ._core.handle_operations import HandleOperations
from ._core.options import HostOptions, default_writer
from ._guest import abi
from ._guest.engine import packaged
from .errors import SnapjsError, StillPending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any

    from ._core.clock import ClockOption, SeedOption, TimezoneOption
    from ._core.globals import Namespace
    from ._core.lending import HostFunction
    from ._guest.engine import Engine
    from ._guest.memory import Memory
    from ._modules.loaders import Loaders, ModulesOption
    from .constants import CompileFlags, EvalFlags, Intrinsics
    from .handle import Handle
    from .pending import PendingCall
    from .promise import Promise
    from .realm import Realm
    from .snapshot import Snapshot
    from .statistics import Statistics

_RUN_MODULE = abi.Run.JOBS | abi.Run.MODULE
_COMPILE_ONLY = abi.Run.COMPILE_ONLY

_ALL_INTRINSICS = sum(abi.members(abi.Intrinsic).values())

_WEB = {
    "console": abi.Web.CONSOLE,
    "timers": abi.Web.TIMERS,
    "queueMicrotask": abi.Web.MICROTASK,
    "performance": abi.Web.PERFORMANCE,
}
_ALL_WEB = sum(_WEB.values())


class VM(HandleOperations):
    """A JavaScript virtual machine.

    :param memory_limit: bytes that the JavaScript heap may hold, buffers included; beyond it a JavaScript error that
        can be caught.
    :param stack_limit: bytes of JavaScript stack, at most :data:`snapjs.MAX_STACK_SIZE`; beyond it a RangeError that
        can be caught.
    :param timeout: seconds for each call into the VM. It fires inside native loops too.
    :param interrupt: callable that returns True to stop the running code. It is asked about every millisecond.
    :param clock: ``None`` for the host's clock, a Unix time in seconds to freeze it at, or a callable that returns one.
    :param seed: int or bytes that make ``Math.random`` repeat itself.
    :param timezone: IANA name, ``"host"``, minutes as ``getTimezoneOffset()`` counts them, or a callable from Unix
        seconds to minutes.
    :param intrinsics: the parts of the language that exist; all without it.
    :param functions: host functions by name; a dotted name makes nested objects.
    :param modules: where modules come from: a mapping from names to sources, a callable of a name and the importer's
        name (which may be ``async``), ``NodeModules(folder)``, or a list of these, asked in order.
    :param web: which web APIs exist: True, False, or a set of ``"console"``, ``"timers"``, ``"queueMicrotask"``,
        ``"performance"``.
    :param stdout: a callable taking str, or an object with ``write``; ``None`` for the process's own. ``stderr``
        likewise.
    :param on_unhandled_rejection: called with handles of the promise and the reason, and whether a handler came late
        after all.

    A VM may move between threads, but only one thread may be in it. It is a context manager; leaving it closes the VM.
    """

    _realms: dict[int, Realm]

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
        intrinsics: Intrinsics = UNSET,
        functions: Mapping[str, HostFunction] | None = None,
        modules: ModulesOption | None = None,
        web: bool | Iterable[str] = True,
        stdout: Any = None,
        stderr: Any = None,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None = None,
    ) -> None:
        self._bridge = self._make_bridge(
            (packaged(), _intrinsic_bits(intrinsics), _web_bits(web), None),
            memory_limit, stack_limit, timeout, interrupt, clock, timezone, modules, stdout, stderr,
            on_unhandled_rejection,
        )  # fmt: skip
        self._realms = {}
        with self._bridge.entered():
            self._bridge.invoke("snap_begin", seed_number(seed, self._bridge.options.clock))
            for name, function in (functions or {}).items():
                self.expose(name, function)

    @staticmethod
    def _make_bridge(
        state: tuple[Engine, int, int, Memory | None],
        memory_limit: int | None,
        stack_limit: int | None,
        timeout: float | None,
        interrupt: Callable[[], bool] | None,
        clock: ClockOption,
        timezone: TimezoneOption,
        modules: ModulesOption | None,
        stdout: Any,
        stderr: Any,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None,
    ) -> Bridge:
        minutes, zone = timezone_function(timezone)
        options = HostOptions(
            memory_limit=checked_size("memory_limit", memory_limit, 1 << 20),
            stack_limit=checked_size("stack_limit", stack_limit, 16 << 10, abi.STACK_MAXIMUM),
            timeout=checked_seconds(timeout),
            interrupt=checked_callback("interrupt", interrupt),
            clock=Clock(clock),
            timezone=zone,
            timezone_minutes=minutes,
            modules=_loaders(modules),
            write=default_writer(stdout, stderr),
            on_unhandled_rejection=checked_callback("on_unhandled_rejection", on_unhandled_rejection),
        )
        bridge = Bridge(options, *state)
        bridge.apply_limits(is_new=state[-1] is None)
        return bridge

    # ---- compiling

    def compile(
        self,
        code: str,
        *,
        filename: str = "<compile>",
        flags: EvalFlags = UNSET,
        compile_flags: CompileFlags = UNSET,
    ) -> bytes:
        """Compile a script or module to bytecode, which runs in VMs of this engine, with or without the EVAL
        intrinsic.

        :param filename: shown in stack traces; for a module, its name.
        :param flags: what it is, if not a script.
        :param compile_flags: what to leave out, if anything.
        :raises JSError: it does not compile.
        """
        from ._core.bytecode import kept_inline_map, seal
        from ._core.flags import run_flags
        from .constants import CompileFlags, EvalFlags

        run = _COMPILE_ONLY | run_flags(
            EvalFlags.TYPE_GLOBAL if flags is UNSET else flags,
            CompileFlags.NONE if compile_flags is UNSET else compile_flags,
        )
        body = self._bridge.call("snap_eval", (run, 0), (checked_text(code), checked_text(filename, "filename")))
        return seal(body, self._bridge.instance.engine.sha256, kept_inline_map(code, filename))

    # ---- realms

    def new_realm(self, *, intrinsics: Intrinsics | None = None, web: bool | Iterable[str] | None = None) -> Realm:
        """Another global object in the same heap.

        :param intrinsics: the parts of the language that exist in it; ``None`` for those of the VM. ``web`` likewise.
        :raises MemoryLimitError: a realm takes some 40 KB of heap.
        """
        from .realm import Realm

        baseline = self._bridge.instance.baseline
        bits = baseline.intrinsics if intrinsics is None else _intrinsic_bits(intrinsics)
        number = self._bridge.call("snap_realm_new", (bits, baseline.web if web is None else _web_bits(web)))
        realm = self._realms[number] = Realm(self._bridge, number)
        return realm

    @property
    def realms(self) -> list[Realm]:
        """The realms that are open, oldest first, without the VM's own: after a restore, those that the snapshot
        brought."""
        self._realms = {number: realm for number, realm in self._realms.items() if not realm.closed}
        return list(self._realms.values())

    # ---- modules

    def import_module(self, specifier: str, *, timeout: float | None = UNSET) -> Namespace:
        """Load and evaluate an ES module; its exports as a read-only mapping.

        :raises ModuleNotFound: no loader has it, or one that it imports.
        :raises StillPending: a top-level ``await`` waits for an unanswered call.
        """
        self._answer_imports()
        return self._namespace(self._start_module(None, specifier, timeout), specifier, checked_seconds(timeout))

    async def import_module_async(self, specifier: str, *, timeout: float | None = UNSET) -> Namespace:
        """As :meth:`import_module`, waiting for what top-level ``await`` waits for."""
        return await self._module_async(None, specifier, timeout)

    def eval_module(self, source: str, name: str = "<module>", *, timeout: float | None = UNSET) -> Namespace:
        """Evaluate the source of an ES module under a name; its exports as a read-only mapping."""
        self._answer_imports()
        return self._namespace(self._start_module(checked_text(source), name, timeout), name, checked_seconds(timeout))

    async def eval_module_async(
        self, source: str, name: str = "<module>", *, timeout: float | None = UNSET
    ) -> Namespace:
        """As :meth:`eval_module`, waiting for what top-level ``await`` waits for."""
        return await self._module_async(checked_text(source), name, timeout)

    def _answer_imports(self) -> None:
        if self._bridge.options.modules is not None:
            self._bridge.imports.answer_waiting()

    def _start_module(self, source: str | None, name: str, timeout: float | None) -> Promise:
        if "\0" in checked_text(name, "the name of a module"):
            raise ValueError(f"the name of a module has no NUL character: {name!r} has one")
        # in one visit: rejections that nobody handles are reported at its end
        with self._bridge.entered():
            if source is not None:
                self._bridge.note_source(source, name)
            promise: Promise = self._bridge.call(
                "snap_eval", (_RUN_MODULE, 0), (source, name), timeout=checked_seconds(timeout)
            )
            self._bridge.observe_promise(promise._live())
        try:
            return promise
        finally:
            del promise  # the loader ran above this frame, so an exception of it holds this frame

    def _namespace(self, promise: Promise, name: str, timeout: float | None) -> Namespace:
        from ._core.globals import Namespace

        try:
            return Namespace(self._bridge, self._bridge.promise_result(promise._live(), UNSET, timeout), name)
        except StillPending as error:
            raise self._deadlock(name, error) from None
        finally:
            del promise  # as in Loop.settled: a circle through the exception's traceback

    async def _module_async(self, source: str | None, name: str, timeout: float | None) -> Namespace:
        from ._core.globals import Namespace

        if source is None and self._bridge.options.modules is not None:
            self._bridge.imports.check_entry(checked_text(name, "the name of a module"))
        try:
            handle = await self._bridge.loop.settled(
                lambda: self._start_module(source, name, timeout), checked_seconds(timeout)
            )
        except StillPending as error:
            raise self._deadlock(name, error) from None
        return Namespace(self._bridge, handle, name)

    def _deadlock(self, name: str, error: StillPending) -> StillPending:
        """The error to raise for a module that waits: where no call is pending, it says for which modules."""
        if self._bridge.is_running and not error.calls:
            cause = (
                f"Module {name!r} was imported by a host function or a loader, and has no exports before that returns"
            )
            return StillPending(message=f"{cause}. Import it before, or have JavaScript import it.")
        waiting = [] if error.calls else self._bridge.call("snap_modules_waiting", (0,))
        if not waiting or self._bridge.instance.control.timers:
            return error
        cause = f"Module {name!r} waits at a top-level await, and nothing can settle it. Modules that wait: "
        remedy = (
            "Look for modules that wait for each other with await import(), or for a promise that is never resolved."
        )
        return StillPending(message=f"{cause}{', '.join(waiting)}. {remedy}")

    # ---- Python for JavaScript

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
        """Run microtasks and due timers until only future timers or pending calls remain. Imports that a snapshot
        brought are answered by the loaders that need no event loop."""
        self._answer_imports()
        self._bridge.loop.run_ready()

    async def run_until_idle_async(self) -> None:
        """Turn the event loop, waiting for timers and running host calls, until only pending calls or nothing
        remain."""
        await self._bridge.loop.idle()

    # ---- snapshots

    def snapshot(self, *, base: Snapshot | None = None) -> Snapshot:
        """The state of the whole VM: heap, promises, timers, pending calls, modules, the handles that Python holds.

        :param base: an earlier snapshot of this VM, or of one that has much in common with it, to store only what is
            different. It is needed again to read the delta from bytes. A delta as base stands for its own base.
        :raises NotQuiescent: JavaScript is on the stack.
        :raises SnapshotError: the base is of another kind of VM.
        """
        from ._snapshots.capture import capture
        from .snapshot import Snapshot

        if base is not None and not isinstance(base, Snapshot):
            raise TypeError(f"base= takes a Snapshot, not {type(base).__name__}")
        return capture(self._bridge, base)

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
        modules: ModulesOption | None = None,
        stdout: Any = None,
        stderr: Any = None,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None = None,
    ) -> VM:
        """A VM that goes on where the snapshot was taken. No guest code runs.

        Options are those of :class:`VM`; they belong to the host and are not in the snapshot.

        :param functions: host functions by the names they had. One that is missing raises only when JavaScript calls
            it; names that the program does not know are passed over: :meth:`expose` them. So it is with those of
            :attr:`realms`, for a name may stand for less there.
        :param seed: reseeds ``Math.random``; without it, the sequence goes on.
        :raises SnapshotError: the snapshot does not fit this engine.
        """
        from .realm import Realm
        from .snapshot import Snapshot

        if not isinstance(snapshot, Snapshot):
            raise TypeError(
                f"VM.restore takes a Snapshot, not {type(snapshot).__name__}: read one with Snapshot.load or from_bytes"
            )
        vm = cls.__new__(cls)
        vm._bridge = bridge = cls._make_bridge(
            snapshot._state(),
            memory_limit, stack_limit, timeout, interrupt, clock, timezone, modules, stdout, stderr,
            on_unhandled_rejection,
        )  # fmt: skip
        try:
            with bridge.entered():
                bridge.invoke_limited("snap_release_all")
                bridge.apply_limits()
                if seed is not None:
                    bridge.invoke("snap_seed", seed_number(seed, bridge.options.clock))
                bridge.lending.restore(bridge.call("snap_host_functions"), functions or {})
                vm._realms = {number: Realm(bridge, number) for number in bridge.call("snap_realm_list")}
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

    def get_memory_usage(self) -> dict[str, int]:
        """As :meth:`memory_usage`."""
        return self.memory_usage()

    def gc(self) -> None:
        """Collect cycles now."""
        self._bridge.invoke_limited("snap_collect")

    def run_gc(self) -> None:
        """As :meth:`gc`."""
        self.gc()

    @property
    def gc_threshold(self) -> int | None:
        """Bytes of heap at which cycles are collected automatically; ``None`` or 0 switches that off."""
        return self._bridge.invoke("snap_get_gc_threshold") or None

    @gc_threshold.setter
    def gc_threshold(self, threshold: int | None) -> None:
        self._bridge.invoke("snap_set_gc_threshold", checked_size("gc_threshold", threshold, 0) or 0)

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of ``snapjs``, ``quickjs`` and ``wasmtime``."""
        from importlib.metadata import version  # takes longer to import than everything else here
        from types import MappingProxyType

        quickjs = self._bridge.call("snap_describe")["quickjs"]
        return MappingProxyType({"snapjs": version("snapjs"), "quickjs": quickjs, "wasmtime": version("wasmtime")})

    def statistics(self) -> Statistics:
        """What the VM holds now."""
        from .statistics import Statistics

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


def _intrinsic_bits(intrinsics: Intrinsics) -> int:
    if intrinsics is UNSET:
        return _ALL_INTRINSICS
    from .constants import Intrinsics

    return checked_flags("intrinsics", intrinsics, Intrinsics) & _ALL_INTRINSICS


def _web_bits(web: bool | Iterable[str]) -> int:
    if isinstance(web, bool):
        return _ALL_WEB if web else 0
    names = set(web)
    unknown = names - set(_WEB)
    if unknown:
        raise ValueError(f"web has no {', '.join(sorted(map(repr, unknown)))}: there are {', '.join(map(repr, _WEB))}")
    return sum(_WEB[name] for name in names)


__all__ = ["VM"]


def _loaders(option: ModulesOption | None) -> Loaders | None:
    if option is None:
        return None
    from ._modules.loaders import Loaders

    return Loaders(option)
