"""What a CommonJS module exports, as far as its text says: by cjs-module-lexer, which runs in a VM of its own."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .function import Function

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
        self._lexer: Function | None = None
        self._results: OrderedDict[bytes, Exports] = OrderedDict()

    def analyse(self, source: str) -> Exports:
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if digest in self._results:
                self._results.move_to_end(digest)
                return self._results[digest]
            if self._lexer is None:
                self._lexer = _load_lexer()
            names, reexports, is_module = self._lexer(source)
            result = Exports(tuple(names), tuple(reexports), is_module)
            self._results[digest] = result
            if len(self._results) > self._capacity:
                self._results.popitem(last=False)
            return result


def _load_lexer() -> Function:
    from . import _packages
    from .vm import VM

    vm = VM(web=False, memory_limit=_MEMORY_LIMIT)
    lexer: Function = vm.eval(_PROGRAM.format(source=_packages.read(_LEXER).decode()), filename="cjs-module-lexer")
    return lexer


_analyser = _Analyser(capacity=4096)


def analyse(source: str) -> Exports:
    """Say what a script exports; what cannot be parsed exports nothing."""
    return _analyser.analyse(source)


def is_module(source: str) -> bool:
    """Say whether a script has the syntax of an ES module."""
    return _STATEMENT.search(source) is not None and analyse(source).is_module
