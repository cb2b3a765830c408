"""What a CommonJS module exports, as far as its text says: by cjs-module-lexer, which runs in a VM of its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ._tools import tool
from .errors import SnapjsError

_MOST_KEPT = 4096

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


_results: dict[bytes, Exports] = {}
"""by hash of the text, the oldest first"""


def analyse(source: str) -> Exports:
    """Say what a script exports; what cannot be parsed exports nothing."""
    key = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
    known = _results.get(key)
    if known is not None:
        return known
    try:
        names, reexports, is_module = tool("cjs-exports").call("analyse", source)
    except SnapjsError:  # the text is too much for it
        return Exports()
    while len(_results) >= _MOST_KEPT:
        _results.pop(next(iter(_results)), None)
    found = _results[key] = Exports(tuple(names), tuple(reexports), is_module)
    return found


def is_module(source: str) -> bool:
    """Say whether a script has the syntax of an ES module."""
    return _STATEMENT.search(source) is not None and analyse(source).is_module
