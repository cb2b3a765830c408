"""What is meant by a module that a program begins with: its source, or a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from .specifiers import TYPESCRIPT

_SUFFIXES: Final = (".js", ".mjs", ".cjs", *TYPESCRIPT)


def entry_file(module: str | os.PathLike[str]) -> Path | None:
    """The file that is meant: a path, or a str of one line that ends in ``.js``, ``.ts`` or the like. ``None`` for a
    source.

    :raises FileNotFoundError: there is no such file.
    :raises TypeError: it is neither.
    """
    if not isinstance(module, str | os.PathLike):
        raise TypeError(f"a module is its source or a path, not {type(module).__name__}")
    if isinstance(module, str) and ("\n" in module or not module.endswith(_SUFFIXES)):
        return None
    path = Path(module)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {os.fspath(module)!r}")
    return path
