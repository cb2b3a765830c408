"""The npm packages that ship with snapjs: packages.zip, which tools/build_packages.py makes.

Paths are those of npm, as ``node_modules/typescript/lib/typescript.js``.
"""

from __future__ import annotations

import functools
import io
import json
import os
import zipfile

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _content(name: str) -> bytes:
    path = os.path.join(_FOLDER, name)
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        remedy = "Run tools/build_packages.py in a checkout, or install snapjs again."
        raise FileNotFoundError(f"{path} is missing, which the build makes. {remedy}") from None


class _Archive:
    """The archive, in memory, for an open file's position is shared with processes that are forked."""

    def __init__(self) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(_content("packages.zip")))
        self.files = frozenset(self.zip.namelist())
        self.folders = {""}
        for name in self.files:
            while name := name.rpartition("/")[0]:
                self.folders.add(name)


_archive = functools.cache(_Archive)


@functools.cache
def key() -> str:
    """What names the contents of the archive: its sha256."""
    text: str = json.loads(_content("stamp.json"))["sha256"]
    return text


def read(path: str) -> bytes:
    """The content of a file.

    :raises KeyError: there is none of that path.
    """
    return _archive().zip.read(path)


def is_file(path: str) -> bool:
    """Say whether the archive has a file of that path."""
    return path in _archive().files


def is_folder(path: str) -> bool:
    """Say whether the archive has a folder of that path; the empty path is its top."""
    return path in _archive().folders


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_archive.cache_clear)  # another thread may have held its lock
