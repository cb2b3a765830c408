"""The code of a workflow, as a state in which it waits for its arguments."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from .._modules.loaders import Loaded, Request
from ..errors import JSError, ModuleNotFound, StillPending, WorkflowError
from ..modules import Module
from ..node_modules import NodeModules
from ..pending import pending
from ..snapshot import Snapshot
from ..vm import VM
from .program import WORKFLOW_MODULE, Program

HOST_FUNCTION: Final = "__workflow"
RUN_FUNCTION: Final = "__workflow_run"
_WORKFLOW: Final = files(__package__).joinpath("workflow.js").read_text(encoding="utf-8")
_ENTRY: Final = "import * as module from '<workflow>'; import { begin } from '<host>'; begin(module);"
_EXPORTS: Final = (
    "attributes", "continueWith", "hook", "log", "now", "random", "run", "secrets", "signal", "sleep", "start",
    "stream", "uuid",
)  # fmt: skip
"""what workflows may import of workflow.js: the rest is for the modules that are made here"""
_NO_STEP: Final = re.compile(r"Could not find export '(.*)' in module 'app:steps'")


@dataclass(frozen=True)
class Code:
    """A workflow that was loaded."""

    sha256: str
    """of the snapshot's bytes"""
    data: bytes
    snapshot: Snapshot

    @property
    def engine(self) -> bytes:
        """The WebAssembly that it runs on."""
        return self.snapshot._state.engine.wasm


def host_functions(run: str) -> dict[str, Any]:
    """What the program of a run may call: all that has an effect is answered later, by whoever stores it.

    :param run: its id.
    """
    return {HOST_FUNCTION: pending, RUN_FUNCTION: lambda: run}


def load(program: Program, steps: Collection[str], memory_limit: int | None) -> tuple[Code, Recording]:
    """Load a workflow, up to where it waits for its arguments. What it is made of decides every byte of it.

    :param program: its default export is the workflow.
    :param steps: names of what ``app:steps`` exports.
    :return: with the code, what it was made of.
    :raises WorkflowError: the module waits for something before it exports, or imports a step that is not there.
    :raises SnapjsError: the module fails.
    """
    # Under any name, for a function of Python may be called what is a keyword of JavaScript.
    exports = "\n".join(
        f"const s{number} = (...values) => wait('step', '{name}', values); export {{ s{number} as {name} }};"
        for number, name in enumerate(steps)
    )
    modules: dict[str, Any] = {
        "<host>": _WORKFLOW,
        "snapjs:workflow": f"export {{ {', '.join(_EXPORTS)} }} from '<host>';",
        "app:steps": f"import {{ wait }} from '<host>';\n{exports}",
        "app:entry": _ENTRY,
    }
    folder = Recording(None if program.folder is None else NodeModules(program.folder))
    if program.folder is None:
        modules[WORKFLOW_MODULE] = program.text
    else:
        file = json.dumps(f"./{quote(program.text)}")
        modules[WORKFLOW_MODULE] = f"export {{ default }} from {file}; export * from {file};"
    loaders: list[Any] = [modules, folder]
    with VM(functions=host_functions(""), modules=loaders, memory_limit=memory_limit, seed=0, clock=0) as vm:
        try:
            vm.import_module("app:entry")
        except StillPending:
            raise _too_early() from None
        except JSError as error:
            if missing := _NO_STEP.search(error.message):
                raise _no_step(missing[1], steps) from None
            raise
        if [call.args for call in vm.pending] != [(1, "cancel"), (2, "begin")]:
            raise _too_early()
        snapshot = vm.snapshot()
    data = snapshot.to_bytes()
    return Code(hashlib.sha256(data).hexdigest(), data, snapshot), folder


def _no_step(name: str, steps: Collection[str]) -> WorkflowError:
    return WorkflowError(
        f"The workflow imports {name} from app:steps, but the app has no such step: it has "
        f"{', '.join(steps) or 'none'}. Register it with @app.step, or start the run with the app that has it, as "
        "snapjs workflow start does with --app."
    )


def _too_early() -> WorkflowError:
    return WorkflowError(
        "The workflow waits for something, or asks for it, while its module is evaluated: before there is a run. "
        "Do that in the function that it exports."
    )


class Recording:
    """A loader that keeps what another one has given, to tell later whether it would give the same.

    :param loader: ``None``: there is none, and nothing is found.
    """

    def __init__(self, loader: NodeModules | None) -> None:
        self._loader = loader
        self._given: list[tuple[Request, str, Module | None]] = []

    def load(self, request: Request, is_loaded: Callable[[str], bool]) -> Loaded | None:
        """As the other one does."""
        loaded = None if self._loader is None else self._loader.load(request, is_loaded)
        if loaded is not None:
            self._given.append((_bare(request), loaded.name, loaded.module))
        return loaded

    def is_current(self) -> bool:
        """Whether the other one still gives the same modules for the same imports."""
        try:
            return all(self._is_same(*given) for given in self._given)
        except ModuleNotFound:
            return False

    def _is_same(self, request: Request, name: str, module: Module | None) -> bool:
        assert self._loader is not None
        loaded = self._loader.load(request, lambda _: module is None)
        return loaded is not None and loaded.name == name and loaded.module == module


def _bare(request: Request) -> Request:
    """The request without the VM that it came from."""
    attributes: Mapping[str, str] = dict(request.attributes)
    bare = Request(request.specifier, request.importer, attributes, request.is_require)
    bare.name, bare.is_mapped = request.name, request.is_mapped
    return bare


def evaluate(vm: VM, function: str, code: str) -> Any:
    """What a function makes of code.

    :param function: JavaScript that takes what the workflow's module exports, and the code.
    :raises JSError: it threw.
    """
    made = vm.eval(function)
    with vm.import_module(WORKFLOW_MODULE)._handle as module:
        try:
            return made(module, code)
        finally:
            made.dispose()  # what the host holds is in no snapshot
