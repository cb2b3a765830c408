"""Paths inside a folder: POSIX, relative to it, without ``.`` and ``..``; the folder itself is the empty path."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from .failure import Failure

_ENCODED_SEPARATOR = re.compile(r"%(2f|5c)", re.IGNORECASE)
_MALFORMED = re.compile(r"%(?![0-9a-fA-F]{2})")


def parent(path: str) -> str:
    """The folder that holds a path."""
    return path.rpartition("/")[0]


def parents(path: str) -> list[str]:
    """The folders above a file, the nearest first; the last is the empty path."""
    found = []
    while path:
        path = parent(path)
        found.append(path)
    return found


def within(folder: str, path: str) -> str:
    """The path of something in a folder."""
    return f"{folder}/{path}" if folder else path


def join(folder: str, relative: str) -> str:
    """A path from a folder, whose ``.`` and ``..`` are gone.

    :raises Failure: it leads out of the top, or no file can have it.
    """
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                raise Failure(
                    f"{relative!r} leads outside the folder of NodeModules",
                    "Give NodeModules the folder above, which holds both.",
                )
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    path = "/".join(parts)
    if "\\" in path or "\0" in path:
        raise Failure(f"{relative!r} holds a backslash or a NUL", "Separate folders with '/'.")
    return path


def decoded(path: str) -> str:
    """The path in a URL without percent encoding.

    :raises Failure: it hides a separator, or is malformed.
    """
    if "%" not in path:
        return path
    if _ENCODED_SEPARATOR.search(path):
        raise Failure(f"{path!r} holds an encoded '/' or '\\'", "Write separators as they are.")
    if _MALFORMED.search(path):
        raise Failure(f"{path!r} holds a '%' that encodes nothing", "Write '%25' for a percent sign.")
    try:
        return unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        raise Failure(f"{path!r} does not encode UTF-8", "Encode the bytes of UTF-8.") from None
