"""TypeScript to JavaScript, by the TypeScript compiler, in a VM of its own. No types are checked."""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import dataclass
from typing import Final

import msgspec

from ._checks import checked_seconds, checked_text
from ._modules.specifiers import TYPESCRIPT, extension, without_query
from ._tools.results import Results, ResultsOnDisk
from ._tools.tools import Tool, tool
from .errors import JSError, LimitError, TimeLimitError

__all__ = ["Transpiled", "transpile"]

_MOST_FAILURES: Final = 256
_IN_MEMORY: Final = 16 << 20
"""bytes, roughly"""
_BESIDE_TEXT, _BESIDE_NAME = 512, 64
"""bytes that an output that is kept takes beside its text, and that each of its names takes beside its own"""
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
        return _BESIDE_TEXT + len(self.code) + len(self.mappings) + sum(_BESIDE_NAME + len(name) for name in self.names)


def transpile(
    source: str, filename: str = "<module>.ts", *, script: bool = False, timeout: float | None = None
) -> Transpiled:
    """Make JavaScript of a TypeScript file, which is taken as a module unless ``script`` is true. Nothing that it
    imports is looked at, and types are not checked.

    The JavaScript is for this engine. Decorators, ``using``, enums, namespaces and parameter properties become what the
    TypeScript compiler makes of them for ES2022; imports that are only used as types go. JSX calls
    ``React.createElement``, or what ``@jsx``, ``@jsxFrag`` and ``@jsxImportSource`` in a comment say.

    Results are kept in memory and in the cache folder, by content. The first call on a machine loads the compiler,
    which takes about a second; later processes begin with a snapshot of that.

    :param filename: shown in errors and the map. Its suffix, before a ``?``, says what it is: ``.tsx`` has JSX,
        ``.cts`` becomes CommonJS.
    :param script: leave a file that imports and exports nothing but types a script, whose variables are global.
    :param timeout: seconds that the compiler may take, at most 60, which is also what ``None`` means.
    :raises JSError: a SyntaxError, whose stack has line and column.
    :raises LimitError: the compiler ran out of memory, stack or time: 1 GiB, or ``timeout``.
    :raises FileNotFoundError: snapjs was built without its packages.
    """
    checked_text(source)
    checked_text(filename, "filename")
    checked_seconds(timeout)
    suffix = extension(without_query(filename))
    if suffix not in TYPESCRIPT:
        suffix = ".ts"
    compiler = tool("typescript")
    parts = (compiler.key, suffix.encode(), b"script" * script, source.encode(errors="surrogatepass"))
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()
    output = _outputs.get(key)
    if output is None:
        output = _compiled(compiler, (source, suffix, script), key, filename, timeout)
        _outputs.put(key, output)
    name = filename.rpartition("/")[2].encode(errors="replace").decode()
    source_map = {"version": 3, "sources": [name], "names": output.names, "mappings": output.mappings}
    return Transpiled(output.code, msgspec.json.encode(source_map).decode())


_outputs = ResultsOnDisk("typescript", _Output, _ON_DISK, _IN_MEMORY, _Output.size)

_failures: Results[tuple[str, int, int] | LimitError] = Results(_MOST_FAILURES)
"""What was wrong. No time limit counts it, so no program is to have it fail twice."""


def _compiled(
    compiler: Tool, arguments: tuple[str, str, bool], key: str, filename: str, timeout: float | None
) -> _Output:
    failure = _failures.get(key)
    if failure is None:
        try:
            result = compiler.call("transpile", *arguments, timeout=timeout)
            if "error" not in result:
                return _Output(result["code"], result["mappings"], result["names"])
            failure = tuple(result["error"])
        except LimitError as error:
            if timeout is not None and isinstance(error, TimeLimitError):
                raise  # with more time it may not fail
            failure = error.with_traceback(None)
        _failures.put(key, failure)
    if isinstance(failure, LimitError):
        raise copy(failure)
    message, line, column = failure
    raise JSError("SyntaxError", message, stack=f"    at {filename}:{line}:{column}\n")
