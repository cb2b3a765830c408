"""What a CommonJS module exports, as far as its text says: by cjs-module-lexer, which runs in a VM of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass

from . import _packages
from ._cache import cache_folder, is_private, make_private_folder, write_atomically
from ._tools import tool
from .errors import SnapjsError

_MOST_KEPT = 4096

# Characters of a text whose result is kept on disk, for the lexer takes a tenth of a second for them.
_LARGE = 300_000

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


_results: dict[bytes, Exports] = {}
"""by hash of the text, the oldest first"""


def analyse(source: str) -> Exports:
    """Say what a script exports; what cannot be parsed exports nothing."""
    key = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
    known = _results.get(key)
    if known is not None:
        return known
    path = _stored_path(key) if len(source) >= _LARGE else None
    found = _read(path) if path else None
    if found is None:
        try:
            names, reexports, is_module = tool("cjs-exports").call("analyse", source)
        except SnapjsError:  # the text is too much for it
            return Exports()
        found = Exports(tuple(names), tuple(reexports), is_module)
        if path:
            _write(path, found)
    while len(_results) >= _MOST_KEPT:
        _results.pop(next(iter(_results)), None)
    _results[key] = found
    return found


def _stored_path(key: bytes) -> str | None:
    """Where a result is kept that took long to find."""
    folder = cache_folder()
    return folder and os.path.join(folder, "exports", f"{key.hex()}-{_packages.key()[:16]}.json")


def _read(path: str) -> Exports | None:
    if not is_private(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            names, reexports, is_module = json.load(file)
        return Exports(tuple(map(str, names)), tuple(map(str, reexports)), is_module is True)
    except (OSError, ValueError, TypeError):  # damaged: it is found anew
        return None


def _write(path: str, result: Exports) -> None:
    with suppress(OSError):
        make_private_folder(os.path.dirname(path))
        write_atomically(path, json.dumps([result.names, result.reexports, result.is_module]).encode())


def is_module(source: str) -> bool:
    """Say whether a script has the syntax of an ES module."""
    return _STATEMENT.search(source) is not None and analyse(source).is_module
