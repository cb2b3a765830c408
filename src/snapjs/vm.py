"""The virtual machine: JavaScript in a sandbox that can be saved in the middle of an ``await``."""

from __future__ import annotations

from ._checks import UNSET, checked_functions, checked_size, checked_text
from ._core.bridge import Bridge
from ._core.clock import seed_number
from ._core.features import intrinsic_bits, web_bits
from ._core.handle_operations import HandleOperations
from ._core.module_operations import ModuleOperations
from ._core.options import HostOptions
from ._guest import abi
from ._guest.engine import packaged
from .errors import SnapjsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any, Final

    from ._core.clock import ClockOption, SeedOption, TimezoneOption
    from ._core.features import WebOption
    from ._core.lending import HostFunction
    from ._modules.loaders import ModulesOption
    from .constants import CompileFlags, EvalFlags, Intrinsics
    from .extension import Extension
    from .fetch import Fetch
    from .handle import Handle
    from .pending import PendingCall
    from .realm import Realm
    from .snapshot import Snapshot
    from .statistics import Statistics

_COMPILE_ONLY: Final = abi.Run.COMPILE_ONLY


class VM(HandleOperations, ModuleOperations):
    """A JavaScript virtual machine.

    :param memory_limit: bytes that the program may take of the JavaScript heap, buffers included; beyond it a
        JavaScript error that can be caught.
    :param stack_limit: bytes of JavaScript stack, at most :data:`snapjs.MAX_STACK_SIZE`; beyond it a RangeError that
        can be caught.
    :param timeout: seconds for each call into the VM. It fires inside native loops too.
    :param interrupt: callable that returns True to stop the running code. It is asked about every millisecond.
    :param clock: ``None`` for the host's clock, a Unix time in seconds to freeze it at, or a callable that returns one.
    :param seed: int or bytes that make ``Math.random`` and the random bytes of ``crypto`` repeat themselves.
    :param timezone: IANA name, ``"host"``, minutes as ``getTimezoneOffset()`` counts them, or a callable from Unix
        seconds to minutes.
    :param intrinsics: the parts of the language that exist; all without it.
    :param functions: host functions by name; a dotted name makes nested objects.
    :param modules: where modules come from: a mapping from names to sources, a callable of a name and the importer's
        name (which may be ``async``), ``NodeModules(folder)``, or a list of these, asked in order.
    :param extensions: native extensions, which are loaded in this order.
    :param web: which web APIs exist: True, False, a set of names such as ``"console"`` and ``"timers"``, or a mapping
        that says of some names what is otherwise than with True: ``{"performance": False, "fetch": Fetch(…)}``.
        ``fetch`` exists only with a policy.
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
        extensions: Iterable[Extension] = (),
        web: WebOption = True,
        stdout: Any = None,
        stderr: Any = None,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None = None,
    ) -> None:
        options = HostOptions(
            memory_limit=memory_limit,
            stack_limit=stack_limit,
            timeout=timeout,
            interrupt=interrupt,
            clock=clock,
            timezone=timezone,
            modules=modules,
            web=web,
            stdout=stdout,
            stderr=stderr,
            on_unhandled_rejection=on_unhandled_rejection,
        )
        self._realms = {}
        bits = intrinsic_bits(intrinsics), web_bits(web)
        if extensions:
            from ._core.extensions import checked_extensions, load_extensions, new_extensions

            extensions = checked_extensions(extensions)
            self._bridge = Bridge(options, packaged(), *bits, extensions=new_extensions(extensions))
        else:
            self._bridge = Bridge(options, packaged(), *bits)
        with self._bridge.entered():
            self._bridge.invoke("snap_begin", seed_number(seed, self._bridge.options.clock))
            if seed is not None:
                self._bridge.seed_randomness(seed)
            if extensions:
                try:
                    load_extensions(self._bridge, extensions)
                except BaseException:
                    self._bridge.close()
                    raise
            for name, function in checked_functions(functions).items():
                self.expose(name, function)

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
        from ._core.bytecode import seal
        from ._core.flags import run_flags
        from ._tools.map_comments import map_to_keep
        from .constants import CompileFlags, EvalFlags

        run = _COMPILE_ONLY | run_flags(
            EvalFlags.TYPE_GLOBAL if flags is UNSET else flags,
            CompileFlags.NONE if compile_flags is UNSET else compile_flags,
        )
        body = self._bridge.ask("snap_eval", (run, 0), (checked_text(code), checked_text(filename, "filename")))
        kept = map_to_keep(code)
        return seal(body, self._bridge.instance.engine.sha256, None if kept is None else (filename, kept))

    # ---- realms

    def new_realm(self, *, intrinsics: Intrinsics | None = None, web: WebOption | None = None) -> Realm:
        """Another global object in the same heap.

        :param intrinsics: the parts of the language that exist in it; ``None`` for those of the VM. ``web`` likewise.
        :raises MemoryLimitError: a realm takes some 650 KB of heap, and 40 KB with ``web=False``.
        """
        from .realm import Realm

        baseline = self._bridge.instance.baseline
        bits = baseline.intrinsics if intrinsics is None else intrinsic_bits(intrinsics)
        number = self._bridge.ask("snap_realm_new", (bits, baseline.web if web is None else web_bits(web)))
        realm = self._realms[number] = Realm(self._bridge, number)
        return realm

    @property
    def realms(self) -> list[Realm]:
        """The realms that are open, oldest first, without the VM's own: after a restore, those that the snapshot
        brought."""
        self._realms = {number: realm for number, realm in self._realms.items() if not realm.closed}
        return list(self._realms.values())

    # ---- Python for JavaScript

    @property
    def pending(self) -> list[PendingCall]:
        """Host calls that have no answer yet, oldest first."""
        return self._bridge.pending_calls.all()

    # ---- the event loop

    def run_jobs(self) -> int:
        """Drain the microtasks, and answer what web APIs ask of the host and needs no event loop; how many ran."""
        return self._bridge.loop.run_answerable()

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
            delay = self._bridge.loop.timer_milliseconds()
            if self._bridge.invoke("snap_has_jobs"):
                return 0
        return -1 if delay is None else delay

    def run_until_idle(self) -> None:
        """Run microtasks and due timers until only future timers or pending calls remain. Imports that a snapshot
        brought are answered by the loaders that need no event loop."""
        self._answer_imports()
        self._bridge.loop.run_ready()

    async def run_until_idle_async(self) -> None:
        """Turn the event loop, waiting for timers and running host calls, until only pending calls or nothing
        remain, or timeouts of signals, which only end what else there is."""
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
        from .snapshot import Snapshot, state_of

        return Snapshot(capture(self._bridge, state_of(base)))

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
        extensions: Iterable[Extension] = (),
        web: Mapping[str, Fetch] | None = None,
        stdout: Any = None,
        stderr: Any = None,
        on_unhandled_rejection: Callable[[Handle, Handle, bool], Any] | None = None,
    ) -> VM:
        """A VM that goes on where the snapshot was taken. No guest code runs.

        Options are those of :class:`VM`; they belong to the host and are not in the snapshot.

        :param functions: host functions by the names they had. One that is missing raises only when JavaScript calls
            it; names that the program does not know are passed over: :meth:`expose` them. So it is with those of
            :attr:`realms`, for a name may stand for less there.
        :param extensions: those that the snapshot has, in any order. They are not initialised again.
        :param web: the policies of web APIs that the program has: ``{"fetch": Fetch(…)}``.
        :param seed: reseeds ``Math.random`` and ``crypto``; without it, the sequences go on.
        :raises SnapshotError: the snapshot does not fit this engine; :class:`ExtensionMismatch`, these extensions.
        """
        from .realm import Realm
        from .snapshot import Snapshot

        if not isinstance(snapshot, Snapshot):
            raise TypeError(
                f"VM.restore takes a Snapshot, not {type(snapshot).__name__}: read one with Snapshot.load or from_bytes"
            )
        vm = cls.__new__(cls)
        options = HostOptions(
            memory_limit=memory_limit,
            stack_limit=stack_limit,
            timeout=timeout,
            interrupt=interrupt,
            clock=clock,
            timezone=timezone,
            modules=modules,
            web=web,
            stdout=stdout,
            stderr=stderr,
            on_unhandled_rejection=on_unhandled_rejection,
        )
        state = snapshot._state
        loaded = None
        if state.metadata.extensions or extensions:
            from ._core.extensions import restored_extensions

            loaded = restored_extensions(state.metadata.extensions, extensions)
        bits = state.metadata.intrinsics, state.metadata.web
        vm._bridge = bridge = Bridge(options, state.engine, *bits, state.memory, loaded)
        try:
            with bridge.entered():
                bridge.invoke_limited("snap_release_all")
                bridge.apply_limits()  # again: by how much the heap is above its limit counts without what was released
                if seed is not None:
                    bridge.seed(seed)
                bridge.lending.restore(bridge.ask("snap_host_functions"), checked_functions(functions))
                vm._realms = {number: Realm(bridge, number) for number in bridge.ask("snap_realm_list")}
        except BaseException:
            bridge.close()
            raise
        return vm

    # ---- facts

    def memory_usage(self) -> dict[str, int]:
        """The engine's counters, and ``linear_memory``, all in bytes or numbers of things."""
        with self._bridge.entered():
            usage: dict[str, int] = self._bridge.ask("snap_memory_usage")
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
        """Versions of ``snapjs``, ``quickjs`` and ``wasmtime``, and what the extensions say of theirs."""
        from importlib.metadata import version  # takes longer to import than everything else here
        from types import MappingProxyType

        quickjs = self._bridge.ask("snap_describe")["quickjs"]
        versions = {"snapjs": version("snapjs"), "quickjs": quickjs, "wasmtime": version("wasmtime")}
        if self._bridge.instance.extensions is not None:
            from ._core.extensions import extension_versions

            versions = extension_versions(self._bridge) | versions
        return MappingProxyType(versions)

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


__all__ = ["VM"]
