"""What a CommonJS module exports, as far as its text says: by cjs-module-lexer, which runs in a VM of its own."""

from __future__ import annotations

import atexit
import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

from .errors import JSError, SnapjsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .function import Function
    from .vm import VM

# Bytes for the heap of that VM. The largest known modules have some ten megabytes.
_MEMORY_LIMIT = 512 << 20

_LEXER = "node_modules/cjs-module-lexer/lexer.js"

# The lexer keeps the text of its last module: the empty one lets go of it.
_PROGRAM = """(function (module) {{ {source}
    const {{ parse }} = module.exports
    return (text) => {{
        try {{
            const {{ exports, reexports }} = parse(text)
            return [exports, reexports, false]
        }} catch (error) {{
            return [[], [], error.code === 'ERR_LEXER_ESM_SYNTAX']
        }} finally {{
            parse('')
        }}
    }}
}})({{ exports: {{}} }})"""

# Finds every statement of an ES module, and sometimes a comment. Where it finds nothing, the lexer need not look.
_STATEMENT = re.compile(
    r"""(?:^|[;}\n\r\u2028\u2029]|\*/)\s*(?:import(?:\s*["'{*/.]|\s+[\w$\\])|export(?:\s*[{*/]|\s+[a-z@]))"""
    r"""|\bimport\s*\.\s*meta\b"""
)
_META = re.compile(r"\bimport\s*\.\s*meta\b")
_WRAPPER = "(function (exports, require, module, __filename, __dirname) {{{source}\n}})"


@dataclass(frozen=True, slots=True)
class Exports:
    """What the text of a module says.

    :param names: what it exports, with ``default`` and ``__esModule`` where it says so.
    :param reexports: the specifiers of modules all of whose names it exports too.
    :param is_module: whether it is no CommonJS module, for it has the syntax of an ES module.
    """

    names: tuple[str, ...] = ()
    reexports: tuple[str, ...] = ()
    is_module: bool = False


class _Analyser:
    """The lexer, loaded at its first use, and its latest results. Threads take turns."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._loaded: tuple[VM, Function] | None = None
        self._results: OrderedDict[bytes, Exports] = OrderedDict()

    def analyse(self, source: str) -> Exports:
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if digest in self._results:
                self._results.move_to_end(digest)
                return self._results[digest]
            result = self._results[digest] = self._run(source)
            if len(self._results) > self._capacity:
                self._results.popitem(last=False)
            return result

    def _run(self, source: str) -> Exports:
        if self._loaded is None:
            self._loaded = _load_lexer()
        vm, lexer = self._loaded
        try:
            names, reexports, is_module = lexer(source)
            # The lexer sees only what stands outside of all brackets.
            if not is_module and _META.search(source) and not _compiles(vm, _WRAPPER.format(source=source)):
                is_module = _compiles(vm, source, module=True)
        except SnapjsError:  # the text is too much for it; the next one gets a fresh VM
            self._loaded = None
            return Exports()
        return Exports((), (), True) if is_module else Exports(tuple(names), tuple(reexports))


def _load_lexer() -> tuple[VM, Function]:
    from . import _packages
    from .vm import VM

    vm = VM(web=False, memory_limit=_MEMORY_LIMIT)
    # Later the interpreter takes away what closing it needs.
    atexit.register(vm.close)
    source = _packages.read(_LEXER).decode()
    return vm, vm.eval(_PROGRAM.format(source=source), filename="cjs-module-lexer")


def _compiles(vm: VM, source: str, *, module: bool = False) -> bool:
    from .constants import EvalFlags

    try:
        vm.compile(source, flags=EvalFlags.TYPE_MODULE if module else EvalFlags.TYPE_GLOBAL)
    except JSError:
        return False
    return True


_analyser = _Analyser(capacity=4096)


def analyse(source: str) -> Exports:
    """Say what a script exports; what cannot be parsed exports nothing."""
    return _analyser.analyse(source)


def is_module(source: str) -> bool:
    """Say whether a script has the syntax of an ES module."""
    return _STATEMENT.search(source) is not None and analyse(source).is_module
