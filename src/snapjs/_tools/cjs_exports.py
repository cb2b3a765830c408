"""What a CommonJS module exports, as far as its text says: by cjs-module-lexer, which runs in a VM of its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ..errors import SnapjsError
from .results import Results, ResultsOnDisk
from .tools import tool

_MOST_KEPT = 4096
_ON_DISK = 1 << 20
"""bytes"""
_LARGE = 200_000
"""characters: from there on to lex takes far longer than to read a file"""

# Finds every statement of an ES module, and sometimes a comment. Where it finds nothing, the lexer need not look.
_STATEMENT = re.compile(
    r"""(?:^\s*|(?:[;}\n\r\u2028\u2029]|\*/)[^\S\n\r\u2028\u2029]*)"""
    r"""(?:import(?:\s*["'{*/.]|\s+[\w$\\])|export(?:\s*[{*/]|\s+[a-z@]))|\bimport\s*\.\s*meta\b"""
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


_results: Results[Exports] = Results(_MOST_KEPT)
_large_results = ResultsOnDisk("cjs-exports", Exports, _ON_DISK, _MOST_KEPT)


def analyse(source: str) -> Exports:
    """Say what a script exports; what cannot be parsed exports nothing."""
    lexer = tool("cjs-exports")
    key = hashlib.sha256(lexer.key + source.encode("utf-8", "surrogatepass")).hexdigest()
    results = _results if len(source) < _LARGE else _large_results
    found = results.get(key)
    if found is None:
        try:
            names, reexports, is_module = lexer.call("analyse", source)
            found = Exports(tuple(names), tuple(reexports), is_module)
        except SnapjsError:  # the text is too much for it
            found = Exports()
        results.put(key, found)
    return found


def is_module(source: str) -> bool:
    """Say whether a script has the syntax of an ES module."""
    return _STATEMENT.search(source) is not None and analyse(source).is_module
