"""What a package must offer to be measured: one interface, so that every workload is written once.

Only the standard library may be imported here and in the modules of workloads, for each package is measured in an
environment that has nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

SUBJECT = "snapjs"
"""name of the package that the others are compared with; it is measured in the environment that runs the benchmarks"""


AsyncFunctions = Mapping[str, Callable[..., Awaitable[Any]]]


class Unsupported(Exception):
    """The package cannot do this. The message says why, in a few words."""


class Adapter:
    """A package that runs JavaScript. Its constructor imports it; nothing before does.

    A *machine* is whatever the package calls the thing that evaluates scripts in a global scope of its own.
    """

    requirements: ClassVar[tuple[str, ...]] = ()
    """what pip installs, with exact versions; empty for the subject"""
    cold_source: ClassVar[str]
    """a Python program that imports the package, makes a machine and evaluates ``1+2``"""

    def versions(self) -> dict[str, str]:
        """Versions of the package and of what it stands on."""
        raise NotImplementedError

    def create(self, functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """A machine.

        :param functions: Python functions, by the global names that JavaScript calls them by.
        """
        raise NotImplementedError

    def close(self, machine: Any) -> None:
        """Free the machine."""
        raise NotImplementedError

    def eval(self, machine: Any) -> Callable[[str], Any]:
        """The package's own callable that evaluates a script."""
        raise NotImplementedError

    def function(self, machine: Any, code: str) -> Callable[..., Any]:
        """The package's own callable for the JavaScript function that a script evaluates to."""
        raise NotImplementedError

    def put(self, machine: Any, value: Any) -> None:
        """Copy a Python value of dicts, lists and scalars into the global variable ``data``."""
        raise NotImplementedError

    def get(self, machine: Any) -> Any:
        """A Python copy of the global variable ``data``."""
        raise NotImplementedError

    async def awaited(self, code: str, functions: AsyncFunctions, clock: Callable[[], float]) -> float:
        """Seconds that it takes until the promise that a script evaluates to is fulfilled, on a machine of its own.

        :param functions: coroutine functions that JavaScript awaits, by their global names.
        :param clock: what the seconds are read from.
        """
        raise Unsupported("no asynchronous host functions")

    def snapshot(self, machine: Any) -> bytes:
        """The state of the machine as bytes."""
        raise Unsupported("no snapshots")

    def restore(self, data: bytes) -> Any:
        """A machine in the state of :meth:`snapshot`."""
        raise Unsupported("no snapshots")


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
