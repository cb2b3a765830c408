"""A function that a module exports, as a Python callable for any thread and process."""

from __future__ import annotations

import os
from multiprocessing.context import get_spawning_popen
from multiprocessing.reduction import ForkingPickler
from pickle import PickleBuffer
from typing import TYPE_CHECKING, Any, Final, NamedTuple, SupportsIndex

from ._codec.columns import Columns
from ._functions.source import Source
from ._functions.warm import Warm
from ._modules.entry import entry_file
from ._threads import local
from .errors import GuestTrapped, LimitError
from .function import Function
from .snapshot import Snapshot
from .vm import VM

if TYPE_CHECKING:
    from ._modules.loaders import ModulesOption

__all__ = ["ModuleFunction"]

_SPREAD: Final = """(function_) => (...columns) => {
    for (const [index, rows] of columns.pop()) {
        columns[index] = Array.from(columns[index]);
        for (const row of rows) columns[index][row] = null;
    }
    return function_(...columns);
}"""
"""what stands before a function of columns: a typed array has no nulls, which come beside it"""


class _Recipe(NamedTuple):
    """What makes two functions the same, and all that another process needs but for the snapshot."""

    snapshot: str
    """its id"""
    token: str
    export: str
    memory_limit: int | None
    timeout: float | None
    batch: bool
    is_shared: bool = False
    """every process that calls it has the snapshot already"""


class ModuleFunction:
    """A function of a module. The module is loaded once; each thread that calls has a VM of its own, restored from that
    state, and keeps it. What the module keeps between calls is that of one thread.

    It can be pickled, and brings the state along: another process needs neither the module nor what it imports. A
    process that unpickles it again, task after task, has one copy, with its VMs; the 32 functions that were unpickled
    last are kept. On its way to another process of :mod:`multiprocessing`, it leaves the state in a file, which each
    process reads once; so a task takes some hundred bytes. ``docs/clusters.md`` has the same for Dask and Ray.

    :param module: the source of an ES module, or the path of a file: a ``Path``, or a str that ends in ``.js``, ``.ts``
        or the like. A file may import files of its folder, and packages in the ``node_modules`` there.
    :param export: the name under which the module exports the function.
    :param modules: what else it may import, as the option of ``VM``. A file has its folder without it.
    :param memory_limit: bytes, and ``timeout`` seconds for each call, as the options of ``VM``.
    :param batch: call it with whole columns: NumPy and Arrow arrays, Series of pandas and Polars. JavaScript gets a
        typed array of the same elements; booleans are those of a ``Uint8Array``, strings an array. A null among
        floating-point numbers is NaN; any other makes the column an array in which it is ``null``. The function returns
        a typed array, which becomes a NumPy array, or an array, which becomes a list, as long as the columns.
    :raises FileNotFoundError: there is no such file.
    :raises TypeError: what the module exports is no function, or it exports nothing of that name.
    :raises SnapjsError: the module fails.
    """

    def __init__(
        self,
        module: str | os.PathLike[str],
        export: str = "default",
        *,
        modules: ModulesOption | None = None,
        memory_limit: int | None = None,
        timeout: float | None = None,
        batch: bool = False,
    ) -> None:
        file = entry_file(module)
        if file is not None and modules is None:
            from .node_modules import NodeModules

            modules = NodeModules(file.parent)
        with VM(modules=modules, memory_limit=memory_limit, timeout=timeout) as vm:
            namespace = vm.eval_module(str(module)) if file is None else vm.import_module(f"./{file.name}")
            function = namespace.get(export)
            if not isinstance(function, Function):
                names = ", ".join(namespace) or "nothing"
                raise TypeError(f"the module exports no function {export!r}; it exports {names}")
            if batch:
                function = vm.eval(_SPREAD, filename="snapjs:batch")(function)
            token = vm.export_handle(function)
            function.dispose()
            snapshot = vm.snapshot()
        recipe = _Recipe(snapshot.id, token, export, memory_limit, timeout, bool(batch))
        self._begin(recipe, Source(snapshot.id, snapshot=snapshot))

    def _begin(self, recipe: _Recipe, source: Source) -> None:
        self._recipe = recipe
        self._source = source
        self._local = local()

    def __call__(self, *arguments: Any) -> Any:
        """Call it in this thread's VM; arguments and result are converted.

        :raises JSError: it threw.
        :raises LimitError: a limit stopped it. The next call has a new VM.
        :raises ConversionError: an argument has no counterpart in JavaScript; of a function of columns also: a column
            has elements that no typed array has, columns differ in length, or the result is no column of that length.
        :raises SnapshotError: the process that sent the function here is gone, and the state with it.
        """
        columns = Columns(arguments) if self._recipe.batch else None
        try:
            result = self._function()(*(arguments if columns is None else columns.arguments))
        except (GuestTrapped, LimitError):
            self._local.function = None
            raise
        return result if columns is None else columns.result(result)

    async def call_async(self, *arguments: Any) -> Any:
        """As a call, awaiting the result, with timers meanwhile."""
        columns = Columns(arguments) if self._recipe.batch else None
        try:
            result = await self._function().call_async(*(arguments if columns is None else columns.arguments))
        except (GuestTrapped, LimitError):
            self._local.function = None
            raise
        return result if columns is None else columns.result(result)

    def _function(self) -> Function:
        function: Function | None = getattr(self._local, "function", None)
        if function is None:
            recipe = self._recipe
            vm = VM.restore(self._source.read(), memory_limit=recipe.memory_limit, timeout=recipe.timeout)
            vm._bridge.seed(os.urandom(32), renews=True)  # or all threads and processes would draw the same numbers
            with vm.import_handle(recipe.token) as handle:
                function = self._local.function = handle.to_python()
        return function

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        if self._recipe.is_shared:
            return _unpickled, (tuple(self._recipe), None)
        data = self._source.to_bytes()
        return _unpickled, (tuple(self._recipe), PickleBuffer(data) if int(protocol) >= 5 else bytes(data))

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return self._recipe

    def __repr__(self) -> str:
        return f"ModuleFunction({self._recipe.export!r}, snapshot {self._recipe.snapshot[:12]})"


def shared(function: ModuleFunction) -> ModuleFunction:
    """The function for processes that have the snapshot already: its pickles are without."""
    return _made(function._recipe._replace(is_shared=True), function._source)


def hold(function: ModuleFunction) -> None:
    """Read the snapshot, so that this process has it as long as it has the function.

    :raises SnapshotError: it is not to be had, or cannot be used.
    """
    function._source.read()


# ---- pickles

_warm: Warm[ModuleFunction] = Warm()


def _made(recipe: _Recipe, source: Source) -> ModuleFunction:
    function = ModuleFunction.__new__(ModuleFunction)
    function._begin(recipe, source)
    return function


def _unpickled(recipe: tuple[Any, ...], carried: Any) -> ModuleFunction:
    """The copy that this process has of a function.

    :param carried: the snapshot, as bytes or as it is; the file that has it; or None.
    """
    whole = _Recipe(*recipe)

    def make() -> ModuleFunction:
        if carried is None:
            source = Source(whole.snapshot)
        elif isinstance(carried, Snapshot):
            source = Source(whole.snapshot, snapshot=carried)
        elif isinstance(carried, str):
            source = Source(whole.snapshot, file=carried)
        else:
            source = Source(whole.snapshot, data=carried if isinstance(carried, bytes) else memoryview(carried))
        return _made(whole, source)

    return _warm.get(whole, make)


def _reduced_for_this_machine(function: ModuleFunction) -> tuple[Any, ...]:
    """What :mod:`multiprocessing` pickles: a process that is being started inherits the snapshot; one that runs already
    finds it in a file."""
    source = function._source
    return _unpickled, (tuple(function._recipe), source.read() if get_spawning_popen() else source.offer())


ForkingPickler.register(ModuleFunction, _reduced_for_this_machine)
