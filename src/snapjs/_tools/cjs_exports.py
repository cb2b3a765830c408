"""What a CommonJS module exports, as far as its text says: by cjs-module-lexer, which runs in a VM of its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ..errors import SnapjsError
from .results import Results
from .tools import tool

_MOST_KEPT = 4096

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


_results: dict[str, Exports] = {}
"""by hash of the text, the oldest first"""

_large_results = Results("cjs-exports", Exports, 1 << 20)


def analyse(source: str) -> Exports:
    """Say what a script exports; what cannot be parsed exports nothing."""
    lexer = tool("cjs-exports")
    key = hashlib.sha256(lexer.key + source.encode("utf-8", "surrogatepass")).hexdigest()
    known = _results.get(key)
    if known is not None:
        return known
    found = _large_results.get(key) if len(source) >= _LARGE else None
    if found is None:
        try:
            names, reexports, is_module = lexer.call("analyse", source)
            found = Exports(tuple(names), tuple(reexports), is_module)
        except SnapjsError:  # the text is too much for it
            found = Exports()
        if len(source) >= _LARGE:
            _large_results.put(key, found)
    while len(_results) >= _MOST_KEPT:
        _results.pop(next(iter(_results)), None)
    _results[key] = found
    return found


def is_module(source: str) -> bool:
    """Say whether a script has the syntax of an ES module."""
    return _STATEMENT.search(source) is not None and analyse(source).is_module
