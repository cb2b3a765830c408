"""Untrusted code with the capabilities that it is given, and nothing else."""

from __future__ import annotations

import math
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, Self

from ._checks import UNSET, checked_callback, checked_seconds, checked_text
from ._core.features import web_bits
from ._core.grants import Grants
from ._core.options import HostOptions
from ._modules.specifiers import TYPESCRIPT, extension
from ._sandbox.audit import CapabilityCall
from ._sandbox.capability import Capability, Limits, check_name
from ._sandbox.declarations import declaration_file
from ._sandbox.manifest import describe, manifest
from ._sandbox.sessions import SessionStore, session_store
from ._sandbox.world import World, check_capabilities, prepared
from ._threads import RLock
from ._tools.map_comments import map_comment
from .engines import Engines
from .errors import BusyError, ClosedError, MemoryLimitError
from .grant import Grant
from .snapshot import Snapshot
from .typescript import transpile
from .vm import VM

if TYPE_CHECKING:
    from ._core.clock import ClockOption, SeedOption, TimezoneOption
    from ._core.features import WebOption
    from ._modules.loaders import ModulesOption

__all__ = ["CapabilityCall", "Sandbox", "SessionStore"]

_SMALLEST_HEAP = 1 << 20
"""bytes"""
_GONE = (
    "This is of an isolated sandbox, whose world is discarded after each eval. Use it before eval returns, or keep "
    "what you need in a Sandbox that is not isolated."
)
_CLOSED = "This is of a sandbox that is closed."


class Sandbox:
    """Runs JavaScript and TypeScript that nobody trusts, with functions of the host that it may call by name, and only
    these: its capabilities.

    :param isolated: True: each eval has a world of its own, which is discarded after; ``"memory"``: and a memory limit
        of its own. False: all share one world.
    :param memory_limit: bytes that the JavaScript heap may hold: of all evals that run, or are kept, together.
    :param timeout: seconds for each eval; of ``eval_async`` waiting included.
    :param clock_resolution: seconds to which the time that JavaScript reads is rounded down, so that it measures
        nothing finer.
    :param audit: called with a :class:`CapabilityCall` after each call of a capability and each use of a grant, in the
        thread that made it. What it raises goes to JavaScript in place of the result.

    Other options are those of :class:`snapjs.VM`. A sandbox is a context manager; leaving it closes it.
    """

    def __init__(
        self,
        *,
        isolated: bool | Literal["memory"] = False,
        memory_limit: int | None = 64 << 20,
        stack_limit: int | None = None,
        timeout: float | None = 10.0,
        interrupt: Callable[[], bool] | None = None,
        clock: ClockOption = None,
        clock_resolution: float | None = None,
        seed: SeedOption = None,
        timezone: TimezoneOption = "UTC",
        modules: ModulesOption | None = None,
        web: WebOption = True,
        stdout: Any = None,
        stderr: Any = None,
        audit: Callable[[CapabilityCall], object] | None = None,
    ) -> None:
        if isolated not in (True, False, "memory"):
            raise ValueError(f'isolated is True, False or "memory", not {isolated!r}')
        self._isolated = isolated
        self._memory_limit = memory_limit
        self._seed = seed
        self._is_coarse = clock is None and clock_resolution is not None
        self._options: dict[str, Any] = {
            "stack_limit": stack_limit,
            "timeout": timeout,
            "interrupt": interrupt,
            "clock": _coarse(clock, clock_resolution),
            "timezone": timezone,
            "modules": modules,
            "web": web,
            "stdout": stdout,
            "stderr": stderr,
        }
        self._audit = checked_callback("audit", audit)
        self._grants = Grants()
        self._capabilities: dict[str, Capability] = {}
        self._world: World | None = None
        self._prepared: Snapshot | None = None
        self._lock = RLock()  # re-entrant: a signal handler may close the sandbox wherever it is
        self._worlds: set[World] = set()
        """isolated ones that run"""
        self._closed = False
        if isolated:  # or the first eval would say what is wrong with them
            HostOptions(memory_limit=memory_limit, on_unhandled_rejection=None, **self._options)
            web_bits(web)
        else:
            self._world = self._new_world()

    # ---- what guest code may do

    def register(
        self,
        name: str,
        function: Callable[..., Any],
        *,
        types: str | None = None,
        timeout: float | None = None,
        max_calls: int | None = None,
        max_concurrent: int | None = None,
        rate: float | None = None,
        max_result: int | None = None,
    ) -> None:
        """Let guest code call a function as ``host.<name>``, from the next eval on. A name that is taken stands for the
        new function then.

        Arguments are validated before it runs, and converted: what does not fit is a TypeError in JavaScript that names
        the argument. What a limit refuses is a CapabilityError there.

        :param name: dotted, such as ``db.users.find``.
        :param function: sync, or an ``async def``, whose calls return promises.
        :param types: a TypeScript function type, such as ``(id: number) => Promise<User>``, which may follow
            declarations of what it names. Without it, the function's annotations count.
        :param timeout: seconds of each call. A sync function with one runs in a thread, where the sandbox is busy, and
            which is left to itself when the time is over.
        :param max_calls: in each eval.
        :param max_concurrent: calls that are under way.
        :param rate: calls a second.
        :param max_result: bytes of a result, as it crosses into JavaScript.
        :raises TypeError, ValueError: one of them is not what it must be, or part of the name is taken.
        """
        check_name(name)
        if not callable(function):
            raise TypeError(f"a capability is a callable, not {type(function).__name__}")
        limits = Limits(timeout, max_calls, max_concurrent, rate, max_result)
        capability = Capability(name, function, types, limits)
        with self._lock:
            self._check_open()
            self._check_free(name)
            self._capabilities = {**self._capabilities, name: capability}
            self._prepared = None

    def _check_free(self, name: str) -> None:
        for taken in self._capabilities:
            if taken.startswith(f"{name}.") or name.startswith(f"{taken}."):
                raise ValueError(f"{name!r} cannot be registered, for there is {taken!r}: one leads through the other")

    def grant(self, object: Any, *, allow: Iterable[str] = ()) -> Grant:
        """Let guest code have an object, as far as it is allowed to. Passed to JavaScript, as a result or an argument
        or inside data, the grant is an object that no program can forge; a capability that is called with it gets the
        object itself.

        :param allow: names of the methods and attributes that guest code may use.
        :raises ValueError: the object lacks one, or one can be granted never.
        """
        return self._grants.grant(object, allow)

    def resolve(self, grant: Grant) -> Any:
        """The object of a grant that JavaScript gave back.

        :raises CapabilityError: it was revoked, or came with a snapshot.
        :raises WrongVMError: it is another sandbox's.
        """
        return self._grants.resolve(grant)

    def revoke(self, grant: Grant) -> None:
        """Let nobody use the object through this grant any more. Idempotent."""
        self._grants.revoke(grant)

    def manifest(self) -> list[dict[str, Any]]:
        """What there is, as data that JSON can say: of each capability ``name``, ``doc``, ``types``, ``parameters``
        and ``returns`` as JSON Schema, ``is_async`` and ``limits``."""
        return manifest(self._capabilities.values())

    def dts(self) -> str:
        """What there is, as a TypeScript declaration file of ``host``."""
        return declaration_file(self._capabilities.values())

    def describe(self) -> str:
        """What there is, for people, and for models that are to use it."""
        return describe(self._capabilities.values())

    # ---- running

    def eval(self, code: str, *, filename: str = "<eval>", timeout: float | None = UNSET, type: Any = Any) -> Any:
        """Run a script and return its value converted; of a promise, what it is fulfilled with.

        :param filename: shown in stack traces. With a suffix of TypeScript, such as ``.ts``, the code is TypeScript.
        :param timeout: seconds, in place of the sandbox's.
        :param type: what the value must be; msgspec converts and validates.
        :raises JSError: the script threw. A Python exception that passed through comes out as itself.
        :raises LimitError: a limit stopped it.
        :raises StillPending: the promise waits for a timer or an async capability: use :meth:`eval_async`.
        :raises ConversionError: the value does not fit ``type``.
        """
        script = self._javascript(code, filename, timeout)
        with self._entered() as world:
            return world.eval(script, filename, timeout, _wanted(type))

    async def eval_async(
        self, code: str, *, filename: str = "<eval>", timeout: float | None = UNSET, type: Any = Any
    ) -> Any:
        """Run a script with top-level ``await``, answering calls of capabilities and timers on the running event loop
        until its value is settled. Otherwise as :meth:`eval`.

        :param timeout: seconds for the whole, waiting included.
        """
        script = self._javascript(code, filename, timeout)
        with self._entered() as world:
            return await world.eval_async(script, filename, timeout, _wanted(type))

    def _javascript(self, code: str, filename: str, timeout: float | None) -> str:
        """The script, with TypeScript compiled away, for which there is as long as the script may run."""
        checked_text(code)
        if extension(checked_text(filename, "filename")) not in TYPESCRIPT:
            return code
        seconds = self._options["timeout"] if timeout is UNSET else timeout
        made = transpile(code, filename, script=True, timeout=seconds)
        return f"{made.code}{map_comment(made.map)}"

    def run_jobs(self) -> int:
        """Drain the microtasks of the shared world, such as those that a callback has left; how many ran.

        :raises ValueError: the sandbox is isolated, so nothing is kept between evals.
        """
        self._check_shared("run_jobs")
        with self._entered() as world:
            return world.vm.run_jobs()

    @contextmanager
    def _entered(self) -> Iterator[World]:
        """The world for one eval."""
        if not self._isolated:
            yield self._shared()
            return
        world = self._fresh()
        try:
            yield world
        finally:
            self._worlds.discard(world)
            world.close(_CLOSED if self._closed else _GONE)

    def _shared(self) -> World:
        self._check_open()
        assert self._world is not None
        self._world.offer(self._capabilities)
        return self._world

    def _fresh(self) -> World:
        with self._lock:
            self._check_open()
            if self._prepared is None:
                self._prepared = prepared(self._blank_vm(), self._capabilities)
            snapshot, capabilities = self._prepared, self._capabilities
        options = {**self._options, **self._limit()}
        world = World.restored(snapshot, capabilities, self._grants, self._audit, options, is_prepared=True)
        try:
            with self._lock:
                self._check_open()
                self._worlds.add(world)
        except ClosedError:
            world.close(_CLOSED)
            raise
        return world

    def _limit(self) -> dict[str, Any]:
        """What of the memory is left for a fresh world, and its seed."""
        seed = secrets.randbits(64) if self._seed is None else self._seed
        limit = self._memory_limit
        if limit is not None and self._isolated != "memory":
            limit -= sum(world.heap_size() for world in tuple(self._worlds))
            if limit < _SMALLEST_HEAP:
                raise MemoryLimitError(limit=self._memory_limit)
        return {"memory_limit": limit, "seed": seed}

    def _blank_vm(self) -> VM:
        """One in which nothing that nobody trusts runs. Its clock is the one that guest code is to read, for the time
        at which it began stays in its snapshot."""
        return VM(**{name: self._options[name] for name in ("web", "timezone", "clock")})

    def _new_world(self) -> World:
        vm = VM(memory_limit=self._memory_limit, seed=self._seed, **self._options)
        if self._is_coarse and self._seed is None:
            vm._bridge.seed(secrets.randbits(64), renews=True)  # or chance would follow from a clock that others have
        return World.new(vm, self._grants, self._audit)

    # ---- sessions

    def snapshot(self) -> Snapshot:
        """The state of the shared world, with what guest code waits for. Capabilities are in it by name.

        :raises ValueError: the sandbox is isolated, so nothing is kept between evals.
        :raises NotQuiescent: an eval is running.
        """
        self._check_shared("snapshot")
        return self._shared().vm.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on with the world of a snapshot, in place of this one, which is closed. No guest code runs.

        :raises CapabilityError: the snapshot's program has a capability that is not registered.
        :raises SnapshotError: it does not fit this engine, or is not of a sandbox.
        :raises BusyError: an eval is running.
        """
        self._check_shared("restore")
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"restore takes a Snapshot, not {type(snapshot).__name__}: read one with Snapshot.load")
        assert self._world is not None
        if self._world.is_running:
            raise BusyError("An eval is running in this sandbox. Restore when it has ended.")
        check_capabilities(snapshot, self._capabilities)
        options = {**self._options, "memory_limit": self._memory_limit, "seed": self._seed}
        world = World.restored(snapshot, self._capabilities, self._grants, self._audit, options)
        try:
            with self._lock:
                self._check_open()
                old, self._world = self._world, world
        except ClosedError:
            world.close(_CLOSED)
            raise
        old.close("This is of a world that restore() has replaced. Take it from the new one.")

    @contextmanager
    def session(
        self, key: str, store: SessionStore | str | os.PathLike[str], *, engines: Engines = None
    ) -> Iterator[Sandbox]:
        """The world of a key: a sandbox with the capabilities of this one, which goes on where the last session of that
        key ended, in whatever process. At the end of the ``with`` statement the world is saved, unless an exception
        ended it: then the session stays as it was.

        :param key: any text, such as the name of a user.
        :param store: a folder, a file of SQLite (``.db``, ``.sqlite``), or an object with the methods of
            :class:`SessionStore`.
        :param engines: where to look for the engine that the session needs when that is not the one of this version of
            snapjs: a folder, or a mapping from sha256 to bytes. It goes on on that one.
        :raises BusyError: another session of that key is open, or has been saved meanwhile; or the file is held.
        :raises CapabilityError, SnapshotError: as :meth:`restore`, or the file is no database that can be used.
        :raises ValueError: the store is an empty text.
        :raises OSError: the folder or the file cannot be made, read or written.
        """
        self._check_shared("session")
        with session_store(store).session(checked_text(key, "the key of a session")) as saved, self._twin() as sandbox:
            if saved.data is not None:
                sandbox.restore(Snapshot.from_bytes(saved.data, engines=engines))
            yield sandbox
            saved.data = sandbox.snapshot().to_bytes()

    def _twin(self) -> Sandbox:
        """A sandbox with the same options, capabilities and grants, and a world of its own."""
        twin = copy(self)
        twin._lock = RLock()
        twin._worlds = set()
        twin._closed = False
        twin._world = twin._new_world()
        return twin

    # ---- the end

    def close(self) -> None:
        """Discard all worlds. Idempotent. An eval that runs, here or in another thread, has no capabilities from then
        on, and its world is discarded when it ends."""
        with self._lock:
            self._closed = True
            self._prepared = None
            worlds = [*self._worlds, *filter(None, [self._world])]
        for world in worlds:
            world.close(_CLOSED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError("This sandbox is closed. Use it before close(), or make another.")

    def _check_shared(self, what: str) -> None:
        self._check_open()
        if self._isolated:
            raise ValueError(f"{what}() is for sandboxes that are not isolated: an isolated one keeps no world")


def _wanted(type: Any) -> Any:
    return UNSET if type is Any else type


def _coarse(clock: ClockOption, resolution: float | None) -> ClockOption:
    """A clock that shows multiples of the resolution, in seconds."""
    if resolution is None:
        return clock
    checked_seconds(resolution, "clock_resolution")
    if isinstance(clock, int | float):
        return clock
    now: Callable[[], float] = clock or time.time
    return lambda: math.floor(now() / resolution) * resolution
