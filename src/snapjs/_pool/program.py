"""What all VMs of a pool begin with."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Thread
from typing import Any, Final, TypeVar

from .._checks import UNSET
from .._modules.entry import entry_file
from ..errors import PoolError
from ..snapshot import Snapshot
from ..vm import VM
from .awaiting import Awaiting
from .call import Request
from .clone import Clone

_T = TypeVar("_T")

_OF_A_NEW_VM: Final = frozenset({"intrinsics"})
"""options that a restore does not take, for they are in the snapshot"""


@dataclass(frozen=True)
class Program:
    """A module that was loaded, or whatever a snapshot holds. It can be pickled, if its options can."""

    snapshot: Snapshot
    root: str | None
    """the exported handle of the module's namespace; ``None``: functions are looked up in the global scope"""
    exports: tuple[str, ...]
    options: dict[str, Any]
    """of :meth:`VM.restore`"""


def load(module: str | os.PathLike[str] | Snapshot, health: str | None, options: Mapping[str, Any]) -> Program:
    """Load a module in a new VM, or take what a snapshot holds; and warm it up.

    :param module: source, path or snapshot.
    :param health: name of the function that says whether it is well.
    :param options: of :class:`snapjs.VM`. The timeout is for calls, not for this.
    """
    given = {name: value for name, value in options.items() if value is not None}
    # In a thread, where no event loop is running: the module may await.
    return in_a_thread(lambda: _warmed(_loaded(module, given), health))


def _warmed(program: Program, health: str | None) -> Program:
    if health is None:
        return program
    clone, awaiting = Clone(program), Awaiting()
    try:
        check_health(clone, health, awaiting)
        return replace(program, snapshot=clone.snapshot())
    finally:
        clone.close()
        awaiting.close()


def check_health(clone: Clone, name: str, awaiting: Awaiting) -> None:
    """Call a function without arguments, and see whether all is well.

    :raises PoolError: it is not.
    """
    try:
        answer = clone.call(Request(name, (), None, UNSET, None, None), awaiting)
    except Exception as error:
        raise PoolError(f"The program is not fit to serve: {name}() failed: {error}") from error
    if answer is False:
        raise PoolError(f"The program is not fit to serve: {name}() returned false. See why in its source.")


def _loaded(module: str | os.PathLike[str] | Snapshot, options: dict[str, Any]) -> Program:
    if isinstance(module, Snapshot):
        return Program(module, None, (), options)
    file = entry_file(module)
    if file is not None and "modules" not in options:
        from ..node_modules import NodeModules

        options["modules"] = NodeModules(file.parent)
    with VM(**{**options, "timeout": None}) as vm:
        name = f"./{file.name}" if file is not None else None
        load = vm.eval_module_async(str(module)) if name is None else vm.import_module_async(name)
        namespace = asyncio.run(load)
        root = vm.export_handle(namespace._handle)
        kept = {name: value for name, value in options.items() if name not in _OF_A_NEW_VM}
        if not isinstance(kept.get("web", {}), Mapping):
            del kept["web"]  # what there is is in the snapshot; a policy is not
        return Program(vm.snapshot(), root, tuple(namespace), kept)


def in_a_thread(function: Callable[[], _T]) -> _T:
    """What a function returns or raises in a thread of its own."""
    outcome: list[_T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(function())
        except BaseException as error:
            failure.append(error)

    thread = Thread(target=run, name="snapjs-pool-load", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure.pop()
    return outcome[0]
