"""JavaScript that snapjs itself uses: programs from npm, each loaded into a VM once a machine, and then restored.

Loading the TypeScript compiler takes a second, and restoring a VM that has loaded it takes a millisecond. So the state
after loading is kept in the cache folder. Everything about that is optional: whatever goes wrong with the file, the
program is loaded anew.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from .._cache import KeptFiles
from .._guest.engine import packaged
from .._packages import key as packages_key
from .._packages import read
from .._threads import RLock, local
from ..constants import CompileFlags, EvalFlags
from ..errors import SnapjsError, SnapshotError
from ..modules import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..vm import VM

_OPTIONS: Final[dict[str, Any]] = {"memory_limit": 1 << 30, "timezone": "UTC", "clock": 0.0}
_GARBAGE: Final = 256 << 20
"""bytes of linear memory that calls may add before a VM is replaced: to restore one is cheaper than to collect"""
_ON_DISK: Final = 128 << 20
"""bytes: each engine and each version of snapjs has its own"""


@dataclass(frozen=True)
class Recipe:
    """What a tool is made of.

    :param title: for people who wait for it to be loaded.
    :param entries: names of our files, which run in their order, in one scope. They make a global object ``tool`` of
        functions.
    :param script: path in the packages of a script that runs before them, in their scope.
    :param modules: paths in the packages by the specifiers under which they import them.
    :param timeout: seconds for each call.
    """

    title: str
    entries: tuple[str, ...]
    timeout: float
    script: str | None = None
    modules: Mapping[str, str] = field(default_factory=dict)


_RECIPES: Final = {
    "typescript": Recipe(
        "the TypeScript compiler",
        ("typescript_types.js", "typescript.js", "session_line.js"),
        timeout=60.0,
        script="node_modules/typescript/lib/typescript.js",
    ),
    "cjs-exports": Recipe(
        "the lexer of CommonJS modules",
        ("cjs_exports.js",),
        timeout=5.0,
        modules={"lexer.cjs": "node_modules/cjs-module-lexer/lexer.js"},
    ),
    "source-maps": Recipe(
        "the reader of source maps",
        ("source_maps.js",),
        timeout=5.0,
        modules={
            f"@jridgewell/{name}": f"node_modules/@jridgewell/{name}/dist/{name}.mjs"
            for name in ("trace-mapping", "sourcemap-codec", "resolve-uri")
        },
    ),
}


class _Running:
    """A VM with the tool in it, and those of its functions that have been called."""

    def __init__(self, vm: VM) -> None:
        self.vm = vm
        self.size = vm.statistics().linear_memory
        self._functions: dict[str, Callable[..., Any]] = {}

    def function(self, name: str) -> Callable[..., Any]:
        if name not in self._functions:
            self._functions[name] = self.vm.eval(f"tool.{name}")
        return self._functions[name]

    def close(self) -> None:
        self._functions.clear()
        self.vm.close()


class Tool:
    """Functions of a JavaScript program, for any thread: each has a VM of its own, restored from one snapshot."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._entry = "\n".join(map(_own_file, recipe.entries))
        self._files = KeptFiles("tools", _ON_DISK)
        self._snapshot: Snapshot | None = None
        self.forget_threads()

    def forget_threads(self) -> None:
        """Begin anew for each thread."""
        self._lock = RLock()  # re-entrant, for a signal handler may use the tool too
        self._local = local()

    def call(self, function: str, *arguments: Any, timeout: float | None = None) -> Any:
        """Call one of its functions. A VM in which a call has failed is not used again.

        :param timeout: seconds, if fewer than the tool always has.
        :raises SnapjsError: it threw, or a limit stopped it.
        :raises FileNotFoundError: snapjs was built without its packages.
        """
        running: _Running | None = getattr(self._local, "running", None)
        if running is None:
            running = self._local.running = _Running(self._restore())
        seconds = self._recipe.timeout if timeout is None else min(timeout, self._recipe.timeout)
        try:
            result = running.function(function)(*arguments, timeout=seconds)
        except BaseException:
            self._discard(running)
            raise
        if running.vm.statistics().linear_memory > running.size + _GARBAGE:
            self._discard(running)
        return result

    def _discard(self, running: _Running) -> None:
        if getattr(self._local, "running", None) is running:
            del self._local.running
        with suppress(SnapjsError):  # a signal handler may have left it in the middle of a call
            running.close()

    def _restore(self) -> VM:
        from ..vm import VM

        with self._lock:
            if self._snapshot is None:
                self._snapshot = self._load()
            snapshot = self._snapshot
        return VM.restore(snapshot, timeout=self._recipe.timeout, **_OPTIONS)

    # ---- once a machine

    def _load(self) -> Snapshot:
        from ..snapshot import Snapshot

        name = f"{self.key.hex()}.snap"
        path = self._files.find(name)
        if path is not None:
            with suppress(OSError, SnapshotError):  # damaged
                return Snapshot.load(path)
        with _notice(f"Preparing {self._recipe.title}, once on this machine …"):
            snapshot = self._make()
        self._files.write(name, snapshot.to_bytes(compress=False))  # to decompress takes as long as all the rest
        return snapshot

    @cached_property
    def key(self) -> bytes:
        """Hash of what the tool is made of, the engine and the compiler's version among it.

        :raises FileNotFoundError: snapjs was built without its packages.
        """
        parts = (packaged().sha256, packages_key(), self._entry, repr(self._recipe))
        return hashlib.sha256("\0".join(parts).encode()).digest()

    def _make(self) -> Snapshot:
        from ..vm import VM

        recipe = self._recipe
        script = "" if recipe.script is None else read(recipe.script).decode()
        modules = {specifier: _module(path) for specifier, path in recipe.modules.items()}
        # Functions without their source text, for nobody asks for it: a third of the memory.
        strip = CompileFlags.STRIP_SOURCE | CompileFlags.STRIP_DEBUG
        with VM(**_OPTIONS) as compiler:
            code = compiler.compile(
                f"{script}\n{self._entry}", filename="tool", flags=EvalFlags.TYPE_MODULE, compile_flags=strip
            )
        with VM(web=False, modules=modules, **_OPTIONS) as vm:
            vm.eval_bytecode(code).dispose()
            vm.run_jobs()
            vm.eval("tool.warm()")
            vm.gc()
            vm.gc_threshold = None
            return vm.snapshot()


def _module(path: str) -> Module:
    # A CommonJS module says what it exports, for one of the tools finds that out for others.
    return Module(read(path), "js" if path.endswith(".mjs") else "cjs", exports=("module.exports",))


def _own_file(name: str) -> str:
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), encoding="utf-8") as file:
        return file.read()


@contextmanager
def _notice(text: str) -> Iterator[None]:
    """A line on the terminal while something takes long; nothing elsewhere."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    sys.stderr.write(f"\r{text}")
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


_tools: dict[str, Tool] = {}


def tool(name: str) -> Tool:
    """One of the programs: ``typescript``, ``cjs-exports`` or ``source-maps``."""
    found = _tools.get(name)
    return found if found is not None else _tools.setdefault(name, Tool(_RECIPES[name]))


def _forget_threads() -> None:
    for made in _tools.values():
        made.forget_threads()


atexit.register(_forget_threads)  # a VM is to be closed while there still is what that takes
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
