"""TypeScript to JavaScript, by the TypeScript compiler, in a VM of its own. No types are checked."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from copy import copy
from dataclasses import dataclass
from typing import Final

import msgspec

from ._checks import checked_text
from ._guest.threads import RLock
from ._modules.specifiers import TYPESCRIPT, extension, without_query
from ._tools.results import Results
from ._tools.tools import tool
from .errors import JSError, LimitError

__all__ = ["Transpiled", "transpile"]

_MOST_FAILURES: Final = 256
_IN_MEMORY: Final = 16 << 20
"""characters of code and mappings"""
_ON_DISK: Final = 128 << 20
"""bytes"""


@dataclass(frozen=True, slots=True)
class Transpiled:
    """What became of a TypeScript file."""

    code: str
    """JavaScript: an ES module; of ``.cts``, CommonJS"""
    map: str
    """the source map of ``code``, JSON. Its one source is the file, in the folder where the code is."""


class _Output(msgspec.Struct, array_like=True):
    code: str
    mappings: str
    names: list[str]

    def size(self) -> int:
        return len(self.code) + len(self.mappings) + sum(map(len, self.names))


def transpile(source: str, filename: str = "<module>.ts") -> Transpiled:
    """Make JavaScript of a TypeScript file, which is taken as a module. Nothing that it imports is looked at, and types
    are not checked.

    The JavaScript is for this engine. Decorators, ``using``, enums, namespaces and parameter properties become what the
    TypeScript compiler makes of them for ES2022; imports that are only used as types go. JSX calls
    ``React.createElement``, or what ``@jsx``, ``@jsxFrag`` and ``@jsxImportSource`` in a comment say.

    Results are kept in memory and in the cache folder, by content. The first call on a machine loads the compiler,
    which takes about a second; later processes begin with a snapshot of that.

    :param filename: shown in errors and the map. Its suffix, before a ``?``, says what it is: ``.tsx`` has JSX,
        ``.cts`` becomes CommonJS.
    :raises JSError: a SyntaxError, whose stack has line and column.
    :raises LimitError: the compiler ran out of memory, stack or time: 1 GiB, 60 s.
    :raises FileNotFoundError: snapjs was built without its packages.
    """
    checked_text(source)
    checked_text(filename, "filename")
    suffix = extension(without_query(filename))
    if suffix not in TYPESCRIPT:
        suffix = ".ts"
    compiler = tool("typescript")
    parts = (compiler.key, suffix.encode(), source.encode(errors="surrogatepass"))
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()
    output = _cache.get(key)
    if output is None:
        output = _compiled(source, suffix, filename, key)
        _cache.put(key, output)
    name = filename.rpartition("/")[2].encode(errors="replace").decode()
    source_map = {"version": 3, "sources": [name], "names": output.names, "mappings": output.mappings}
    return Transpiled(output.code, msgspec.json.encode(source_map).decode())


_failures: dict[str, tuple[str, int, int] | LimitError] = {}
"""What was wrong, by key, the oldest first. No time limit counts it, so no program is to have it fail twice."""


def _compiled(source: str, suffix: str, filename: str, key: str) -> _Output:
    failure = _failures.get(key)
    if failure is None:
        try:
            result = tool("typescript").call("transpile", source, suffix)
            if "error" not in result:
                return _Output(result["code"], result["mappings"], result["names"])
            failure = tuple(result["error"])
        except LimitError as error:
            failure = error.with_traceback(None)
        while len(_failures) >= _MOST_FAILURES:
            _failures.pop(next(iter(_failures)), None)
        _failures[key] = failure
    if isinstance(failure, LimitError):
        raise copy(failure)
    message, line, column = failure
    raise JSError("SyntaxError", message, stack=f"    at {filename}:{line}:{column}\n")


class _Cache:
    """Results by key: the last ones in memory, more on the disk."""

    def __init__(self) -> None:
        # Re-entrant, for a signal handler may run TypeScript too.
        self._lock = RLock()
        self._kept: OrderedDict[str, _Output] = OrderedDict()
        self._size = 0
        self._disk = Results("typescript", _Output, _ON_DISK)

    def get(self, key: str) -> _Output | None:
        with self._lock:
            output = self._kept.get(key)
            if output is not None:
                self._kept.move_to_end(key)
                return output
        output = self._disk.get(key)
        if output is not None:
            self._keep(key, output)
        return output

    def put(self, key: str, output: _Output) -> None:
        self._keep(key, output)
        self._disk.put(key, output)

    def _keep(self, key: str, output: _Output) -> None:
        with self._lock:
            if key in self._kept or output.size() > _IN_MEMORY:
                return
            self._kept[key] = output
            self._size += output.size()
            while self._size > _IN_MEMORY:
                self._size -= self._kept.popitem(last=False)[1].size()


_cache = _Cache()


def _after_fork_in_child() -> None:
    global _cache
    _cache = _Cache()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
