"""A global object in which guest code runs, with ``host``: one VM."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from .._checks import UNSET, checked_seconds
from .._core.first_handle import keep_first, kept_first
from .._core.grants import Grants
from .._core.limits import Deadline, timeout_until
from ..errors import CapabilityError, SnapjsError, SnapshotError
from ..function import Function
from ..promise import Promise
from ..snapshot import Snapshot
from ..vm import VM
from .capability import Capability
from .evals import Evals
from .grant_guard import GrantGuard
from .guard import guard

if TYPE_CHECKING:
    from .audit import Audit

_FACADE: Final = files(__package__).joinpath("facade.js").read_text(encoding="utf-8")


class World:
    """Guest code and its capabilities.

    :param vm: its VM.
    :param install: the function in it that replaces ``host``.
    :param grants: of the sandbox.
    :param audit: of the sandbox.
    :param evals: of this world.
    :param offered: the capabilities that ``host`` has; ``None``: others, by the same names.
    """

    def __init__(
        self,
        vm: VM,
        install: Function,
        grants: Grants,
        audit: Audit | None,
        evals: Evals,
        offered: Mapping[str, Capability] | None,
    ) -> None:
        self.vm = vm
        self.evals = evals
        self._grants = grants
        self._audit = audit
        self._install = install
        self._offered = offered
        evals.bind(vm._bridge)
        vm._bridge.options.grants = GrantGuard(grants, evals, audit)
        vm._bridge.options.shows_causes = False  # they tell of the host's insides

    @classmethod
    def new(cls, vm: VM, grants: Grants, audit: Audit | None) -> World:
        """A world without capabilities.

        :param vm: in which nothing has run yet.
        """
        handle = vm.eval_handle(_FACADE, filename="snapjs:facade")
        keep_first(vm, handle)
        return cls(vm, handle.to_python(), grants, audit, Evals(), {})

    @classmethod
    def restored(
        cls,
        snapshot: Snapshot,
        capabilities: Mapping[str, Capability],
        grants: Grants,
        audit: Audit | None,
        options: Mapping[str, Any],
        *,
        is_prepared: bool = False,
    ) -> World:
        """The world of a snapshot.

        :param capabilities: those that it has, and perhaps more.
        :param options: of :meth:`VM.restore`.
        :param is_prepared: the snapshot is of :func:`prepared`, with these capabilities. In others ``host`` is as the
            types were then.
        :raises SnapshotError: it is not of a world.
        """
        evals = Evals()
        functions = {name: guard(capabilities[name], grants, evals, audit) for name in snapshot.functions}
        vm = VM.restore(snapshot, functions=functions, **options)
        try:
            return cls(vm, _installer(vm), grants, audit, evals, capabilities if is_prepared else None)
        except BaseException:
            vm.close()
            raise

    def offer(self, capabilities: Mapping[str, Capability]) -> None:
        """Have ``host`` consist of these, if it does not already."""
        if self._offered == capabilities:
            return
        vm = self.vm
        with vm._bridge.entered(), ExitStack() as handles:
            functions = [
                handles.enter_context(
                    vm._named_function(name, guard(capability, self._grants, self.evals, self._audit))
                )
                for name, capability in capabilities.items()
            ]
            offered = capabilities.values()
            paths = [capability.path for capability in offered]
            self._install(paths, functions, [capability.promises for capability in offered])
        self._offered = capabilities

    def heap_size(self) -> int:
        """Bytes by which its memory has grown; of one in which another thread is, what is known."""
        instance = self.vm._bridge.instance
        try:
            with self.vm._bridge.entered():
                size = instance.size()
        except SnapjsError:
            size = instance.known_size
        return max(0, size - instance.baseline.size)

    # ---- running

    def eval(self, code: str, filename: str, timeout: float | None, type: Any) -> Any:
        """Run a script; a promise that it returns is looked into.

        :raises StillPending: the promise waits on what only an event loop or somebody else can settle.
        """
        bridge = self.vm._bridge
        with bridge.entered(), self.evals.begun():
            seconds = bridge.options.timeout if timeout is UNSET else checked_seconds(timeout)
            if seconds is not None:
                bridge.prepare_deadlines()
            deadline = bridge.limits.deadline(seconds)
            if type is UNSET:
                value = self.vm.eval(code, filename=filename, timeout=timeout)
            else:
                value = self._typed(code, filename, timeout, deadline, type)
            if not isinstance(value, Promise):
                return value
            try:
                number = value._live()
                bridge.observe_promise(number)
                bridge.loop.run_ready(deadline)
                return bridge.promise_result(number, type, timeout_until(deadline))
            finally:
                del value  # as in Loop.settled: a circle through the exception's traceback

    def _typed(self, code: str, filename: str, timeout: float | None, deadline: Deadline | None, type: Any) -> Any:
        """The value of a script as a type, or the promise that it returned."""
        bridge = self.vm._bridge
        with self.vm.eval_handle(code, filename=filename, timeout=timeout) as handle:
            bridge.loop.run_jobs(timeout_until(deadline))
            if handle.is_promise:
                return handle.to_python()
            # getters run
            return bridge.call("snap_read", (handle._live(),), timeout=timeout_until(deadline), type=type)

    async def eval_async(self, code: str, filename: str, timeout: float | None, type: Any) -> Any:
        """Run a script with top-level ``await`` until its value is settled."""
        origin = 0
        seconds = checked_seconds(timeout)

        def start() -> Any:
            nonlocal origin
            origin = self.vm._bridge.instance.control.origin
            self.evals.begin(origin)
            return self.vm._begin_async(code, filename, seconds)

        try:
            return await self.vm._bridge.loop.settled(start, seconds, type)
        finally:
            self.evals.end(origin)

    def close(self, why: str) -> None:
        """Discard it.

        While something in it runs, in whatever thread, it stays until that ends, and calls of capabilities are refused.

        :param why: what is said to who uses something of it later.
        """
        self.evals.why_ended = self.vm._bridge.why_closed = why
        self.vm._bridge.close_when_left()

    @property
    def is_running(self) -> bool:
        """Whether JavaScript is on the stack."""
        return self.vm._bridge.is_running


def prepared(vm: VM, capabilities: Mapping[str, Capability]) -> Snapshot:
    """The state in which a fresh world begins."""
    with vm:
        World.new(vm, Grants(), None).offer(capabilities)
        return vm.snapshot()


def check_capabilities(snapshot: Snapshot, capabilities: Mapping[str, Capability]) -> None:
    """
    :raises CapabilityError: the snapshot's program has one that is not there.
    """
    for name in snapshot.functions:
        if name not in capabilities:
            raise CapabilityError(
                f"The snapshot's program has the capability {name!r}, which is not registered. Register it first.",
                capability=name,
            )


def _installer(vm: VM) -> Function:
    install = kept_first(vm)
    if install is None:
        raise SnapshotError("The snapshot is not of a Sandbox. Restore it with VM.restore.")
    return install
