"""A function that a module exports, as a Python callable for any thread and process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ._modules.specifiers import TYPESCRIPT
from ._threads import local
from .errors import GuestTrapped, LimitError
from .function import Function
from .snapshot import Snapshot
from .vm import VM

if TYPE_CHECKING:
    from ._modules.loaders import ModulesOption

__all__ = ["ModuleFunction"]

_SUFFIXES: Final = (".js", ".mjs", ".cjs", *TYPESCRIPT)


class ModuleFunction:
    """A function of a module. The module is loaded once; each thread that calls has a VM of its own, restored from that
    state, and keeps it. What the module keeps between calls is that of one thread.

    It can be pickled, and brings the state along: another process needs neither the module nor what it imports.

    :param module: the source of an ES module, or the path of a file: a ``Path``, or a str that ends in ``.js``, ``.ts``
        or the like. A file may import files of its folder, and packages in the ``node_modules`` there.
    :param export: the name under which the module exports the function.
    :param modules: what else it may import, as the option of ``VM``. A file has its folder without it.
    :param memory_limit: bytes, and ``timeout`` seconds for each call, as the options of ``VM``.
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
    ) -> None:
        limits = {"memory_limit": memory_limit, "timeout": timeout}
        file = _file(module)
        if file is not None and modules is None:
            from .node_modules import NodeModules

            modules = NodeModules(file.parent)
        with VM(modules=modules, memory_limit=memory_limit, timeout=timeout) as vm:
            namespace = vm.eval_module(str(module)) if file is None else vm.import_module(f"./{file.name}")
            function = namespace.get(export)
            if not isinstance(function, Function):
                names = ", ".join(namespace) or "nothing"
                raise TypeError(f"the module exports no function {export!r}; it exports {names}")
            token = vm.export_handle(function)
            function.dispose()
            self._begin(vm.snapshot(), token, export, limits)

    def _begin(self, snapshot: Snapshot, token: str, export: str, limits: dict[str, Any]) -> None:
        self._snapshot = snapshot
        self._token = token
        self._export = export
        self._limits = limits
        self._local = local()

    def __call__(self, *arguments: Any) -> Any:
        """Call it in this thread's VM; arguments and result are converted.

        :raises JSError: it threw.
        :raises LimitError: a limit stopped it. The next call has a new VM.
        """
        try:
            return self._function()(*arguments)
        except (GuestTrapped, LimitError):
            self._local.function = None
            raise

    async def call_async(self, *arguments: Any) -> Any:
        """As a call, awaiting the result, with timers meanwhile."""
        try:
            return await self._function().call_async(*arguments)
        except (GuestTrapped, LimitError):
            self._local.function = None
            raise

    def _function(self) -> Function:
        function: Function | None = getattr(self._local, "function", None)
        if function is None:
            with VM.restore(self._snapshot, **self._limits).import_handle(self._token) as handle:
                function = self._local.function = handle.to_python()
        return function

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self._snapshot, self._token, self._export, self._limits)

    def __repr__(self) -> str:
        return f"ModuleFunction({self._export!r}, snapshot {self._snapshot.id[:12]})"


def _file(module: str | os.PathLike[str]) -> Path | None:
    """The file that is meant; ``None`` for a source."""
    if isinstance(module, str) and ("\n" in module or not module.endswith(_SUFFIXES)):
        return None
    path = Path(module)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {os.fspath(module)!r}")
    return path


def _unpickled(snapshot: Snapshot, token: str, export: str, limits: dict[str, Any]) -> ModuleFunction:
    function = ModuleFunction.__new__(ModuleFunction)
    function._begin(snapshot, token, export, limits)
    return function
