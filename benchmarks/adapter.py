"""What a package must offer to be measured: one interface, so that every workload is written once.

Only the standard library may be imported here and in the modules of workloads, for each package is measured in an
environment that has nothing else.
"""

from __future__ import annotations

import gc
import importlib
import mmap
import os
import pkgutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

from .durable import Durable

SUBJECT = "snapjs"
"""name of the package that the others are compared with; it is measured in the environment that runs the benchmarks"""
NODE_PACKAGES = "SNAPJS_BENCHMARKS_NODE_PACKAGES"
"""environment variable of a worker: the folder with what its adapter's ``npm_requirements`` name"""

BUNDLES = "SNAPJS_BENCHMARKS_BUNDLES"
"""the same: the folder of what :func:`benchmarks.bundling.bundles` has made"""

AsyncFunctions = Mapping[str, Callable[..., Awaitable[Any]]]
Measure = Callable[[int], float]
"""Does the operation this many times and returns the seconds that took. For a workload in another unit, the figure."""


class Unsupported(Exception):
    """The package cannot do this. The message says why, in a few words."""


class Bridge:
    """JavaScript that serves a Python program: the exports of a bundle, for as many threads as call."""

    def caller(self) -> Callable[..., Any]:
        """What one thread calls, with an export's name and the arguments, for a result as of JSON."""
        raise NotImplementedError

    def awaiting_caller(self) -> Callable[..., Awaitable[Any]]:
        """The same for tasks of an event loop."""
        raise Unsupported("no call that is awaited")

    def close(self) -> None:
        """End it."""
        raise NotImplementedError


class Adapter:
    """A package that runs JavaScript. Its constructor imports it; nothing before does.

    A *machine* is whatever the package calls the thing that evaluates scripts in a global scope of its own.
    """

    requirements: ClassVar[tuple[str, ...]] = ()
    """what pip installs, with exact versions; empty for the subject"""
    npm_requirements: ClassVar[tuple[str, ...]] = ()
    """what npm installs, with exact versions, for a package that runs in Node"""
    groups: ClassVar[tuple[str, ...] | None] = None
    """the groups of workloads that it is measured in; all unless said"""
    has_threads: ClassVar[bool] = True
    """whether a program in the package's language can have several"""
    cold_source: ClassVar[str]
    """a program that imports the package, makes a machine and evaluates ``1+2``, in the language of :meth:`command`"""
    bare_source: ClassVar[str] = "pass"
    """one that does nothing"""

    @property
    def name(self) -> str:
        """What the adapter's module is named after."""
        return type(self).__module__.rpartition(".")[2].replace("_", "-")

    def versions(self) -> dict[str, str]:
        """Versions of the package and of what it stands on."""
        raise NotImplementedError

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """A machine.

        :param functions: Python functions, by the global names that JavaScript calls them by.
        """
        raise NotImplementedError

    def create_web(self) -> Any:
        """A machine with as much of the web platform as the package has."""
        return self.create()

    def close(self, machine: Any) -> None:
        """Free the machine."""
        raise NotImplementedError

    def eval(self, machine: Any) -> Callable[[str], Any]:
        """The package's own callable that evaluates a script."""
        raise NotImplementedError

    def drain(self, machine: Any) -> None:
        """Run the jobs of promises that an evaluation has left, unless the package has run them with it."""

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        """The package's own callable for the JavaScript function that a script evaluates to."""
        raise NotImplementedError

    def put(self, machine: Any, value: Any) -> None:
        """Copy a Python value of dicts, lists and scalars into the global variable ``data``."""
        raise NotImplementedError

    def get(self, machine: Any) -> Any:
        """A Python copy of the global variable ``data``."""
        raise NotImplementedError

    def once(self, code: str) -> Any:
        """Make a machine, evaluate a script in it, close it; the script's value."""
        machine = self.create()
        value = self.eval(machine)(code)
        self.close(machine)
        return value

    async def awaited(
        self, code: str, argument: int, functions: AsyncFunctions, clock: Callable[[], float]
    ) -> tuple[Any, float]:
        """What the promise of an ``async`` JavaScript function is fulfilled with, and the seconds that takes, on a
        machine of its own.

        :param code: a script that evaluates to the function, which is called with the argument.
        :param functions: coroutine functions that JavaScript awaits, by their global names.
        :param clock: what the seconds are read from.
        """
        raise Unsupported("no asynchronous host functions")

    # ---- bytes

    def put_bytes(self, machine: Any, data: Any) -> None:
        """Copy :meth:`octets` into the global variable ``data``, as any object that has a ``byteLength``."""
        raise Unsupported("no conversion of bytes")

    def get_bytes(self, machine: Any) -> Any:
        """A copy of the ``Uint8Array`` in the global variable ``data``; its ``len`` is the number of bytes."""
        raise Unsupported("no conversion of bytes")

    # ---- snapshots

    @property
    def has_snapshots(self) -> bool:
        """Whether the next method does anything, for workloads that prepare much for it."""
        return type(self).snapshot is not Adapter.snapshot

    def snapshot(self, machine: Any) -> Any:
        """The state of the machine, in memory."""
        raise Unsupported("no snapshots")

    def memory_size(self, snapshot: Any) -> int:
        """Bytes of memory that the machine of a snapshot has."""
        raise NotImplementedError

    def restore(self, snapshot: Any) -> Any:
        """A machine in the state of :meth:`snapshot`."""
        raise Unsupported("no snapshots")

    def visit(self, snapshot: Any, code: str) -> Any:
        """Restore a machine, evaluate a script in it, close it; the script's value."""
        machine = self.restore(snapshot)
        value = self.eval(machine)(code)
        self.close(machine)
        return value

    def fork(self, snapshot: Any, count: int) -> list[Any]:
        """Machines in the state of :meth:`snapshot`."""
        return [self.restore(snapshot) for _ in range(count)]

    def delta(self, machine: Any, base: Any) -> Any:
        """The state of the machine as what differs from a snapshot."""
        raise Unsupported("no deltas")

    def to_bytes(self, snapshot: Any) -> Any:
        """A snapshot as the package writes it unless told otherwise. Its ``len`` is the number of bytes."""
        raise Unsupported("no snapshots")

    def to_raw_bytes(self, snapshot: Any) -> Any:
        """The same, not compressed."""
        return self.to_bytes(snapshot)

    def from_bytes(self, data: Any) -> Any:
        """The snapshot of :meth:`to_bytes`."""
        raise Unsupported("no snapshots")

    def write(self, machine: Any) -> Any:
        """The state of the machine as bytes."""
        return self.to_bytes(self.snapshot(machine))

    def read(self, data: Any, code: str) -> Any:
        """:meth:`visit` from bytes."""
        return self.visit(self.from_bytes(data), code)

    def save(self, snapshot: Any, path: str) -> None:
        """Write a snapshot to a file so that it is on the disk."""
        with open(path, "wb") as file:
            file.write(self.to_bytes(snapshot))
            file.flush()
            os.fsync(file.fileno())

    def load(self, path: str) -> Any:
        """The snapshot of :meth:`save`."""
        return self.from_bytes(Path(path).read_bytes())

    # ---- a library that is called from many threads

    def bridge(self, bundle: str, workers: int) -> Bridge:
        """One with as many workers, by the package's own means or by a queue of machines.

        :param bundle: path of the bundle, without what :data:`benchmarks.bundling.FORMS` adds to it.
        """
        raise Unsupported("not measured as a bridge")

    def image(self, bundle: str) -> Any:
        """The state of a machine that has loaded a bundle."""
        raise Unsupported("no snapshots")

    def bridge_of(self, image: Any) -> Bridge:
        """A bridge with one worker that begins with :meth:`image`."""
        raise NotImplementedError

    # ---- durable workflows

    def durable(self, path: str) -> Durable:
        """Workflows in a file, which is made if it is not there."""
        raise Unsupported("no durable workflows")

    # ---- what belongs to the process that the package runs in, which an adapter for another language overrides

    @property
    def process(self) -> int:
        """Number of that process."""
        return os.getpid()

    def command(self, source: str) -> list[str]:
        """What runs a program such as :attr:`cold_source` in a new process."""
        return [sys.executable, "-c", source]

    def realm(self, machine: Any) -> Any:
        """A machine that shares the heap of another, with a global scope of its own."""
        raise Unsupported("no realms")

    def sandbox(self, isolated: bool) -> Callable[[str], Any]:
        """What evaluates scripts in a sandbox with a capability, in a world that they share or a fresh one for each."""
        raise Unsupported("no capability sandbox")

    def cache_variables(self, folder: str) -> dict[str, str]:
        """Environment variables by which a new process has its cache in a folder; none if the package has no cache."""
        return {}

    def here(self, value: Any) -> Any:
        """A value of dicts, lists and scalars, as :meth:`put` takes it."""
        return value

    def plain(self, value: Any) -> Any:
        """The value that :meth:`get` has returned."""
        return value

    def timed(self, operation: Callable[..., Any], *arguments: Any) -> Measure:
        """Measures a method of this adapter or a callable that one has returned, called with the same arguments."""

        def measure(count: int) -> float:
            start = perf_counter()
            for _ in range(count):
                operation(*arguments)
            return perf_counter() - start

        return measure

    def collect(self) -> None:
        """Free what is garbage."""
        gc.collect()

    def octets(self, size: int) -> Any:
        """Bytes that do not change."""
        return b"\x55" * size

    def buffer(self, size: int) -> Any:
        """Bytes that have memory of their own."""
        return bytearray(b"\x55") * size

    def copy(self, source: Any, target: Any) -> None:
        """Copy one :meth:`buffer` into another."""
        memoryview(target)[:] = source

    def copy_to_new(self, source: Any) -> Any:
        """Copy a :meth:`buffer` into memory that the process has not had before."""
        target = mmap.mmap(-1, len(source), access=mmap.ACCESS_COPY)  # an allocator might give what it has had back
        target[:] = source
        return target

    def seconds(self, operation: str, *arguments: Any, count: int = 1) -> float:
        """Seconds that one of these methods takes, called ``count`` times; letting go of its results is not counted."""
        method = getattr(self, operation)
        total = 0.0
        for _ in range(count):
            start = perf_counter()
            result = method(*arguments)
            total += perf_counter() - start
            del result
        return total


def adapter_names() -> list[str]:
    """Names of all packages that there is an adapter for, the subject first."""
    folder = importlib.import_module("benchmarks.adapters").__path__
    names = sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(folder))
    return [SUBJECT, *(name for name in names if name != SUBJECT)]


def adapter_class(name: str) -> type[Adapter]:
    """The adapter of a package; importing it does not import the package."""
    module = importlib.import_module(f"benchmarks.adapters.{name.replace('-', '_')}")
    found: type[Adapter] = module.ADAPTER
    return found
