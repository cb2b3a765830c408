"""The places where modules lie, the user's folder and the archive of shipped packages, and how they differ."""

from __future__ import annotations

import os
import re
from collections.abc import Set
from typing import TypeAlias
from urllib.parse import quote

from .._tools.map_comments import find_map
from . import builtins
from .failure import Failure
from .folder import ArchiveFolder, DiskFolder
from .paths import join, parent
from .resolve import Resolver

# Strings, templates and comments, which stay; and what packages for browsers expect that a bundler replaces.
_NODE_ENV = re.compile(
    r""""(?:\\.|[^"\\\n])*+"?|'(?:\\.|[^'\\\n])*+'?|`(?:\\.|[^`\\])*+`?|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"""
    r"""|(?<![\w$.])(process\.env\.NODE_ENV)\b(?!\s*=(?!=))""",
    re.DOTALL,
)

_QUERY = re.compile("[?#]")

# What the URL of a file leaves as it is, of the characters that quote() would encode.
_URL_SAFE = "/!$&'()*+,;=:@[]|^"


class Disk(Resolver):
    """The folder that a user gives, in which a module's name is its path."""

    def __init__(self, folder: str | os.PathLike[str], conditions: Set[str]) -> None:
        super().__init__(DiskFolder(folder), conditions)
        self._is_bundled = "browser" in conditions

    def path(self, name: str) -> str | None:
        """The file of a module, or ``None`` where it is none of this place."""
        return next((path for path in (name, _QUERY.split(name, 1)[0]) if path and self.folder.is_file(path)), None)

    def name(self, path: str) -> str:
        """The module name of a file."""
        return path

    def url(self, path: str) -> str:
        """The URL of a file."""
        return f"file:///{quote(path, safe=_URL_SAFE, errors='surrogatepass')}"

    def script(self, text: str) -> str:
        """The text of a script as it is to run: with what its packages expect a bundler to put in."""
        if not self._is_bundled or "process.env.NODE_ENV" not in text:
            return text
        # As long as before, so that positions stay.
        return _NODE_ENV.sub(lambda found: '"production"        ' if found[1] else found[0], text)

    def source_map(self, path: str, text: str) -> str | None:
        """The source map of a script."""
        # Not of packages: many ship maps, and who installed them looks for errors in what runs.
        return None if "node_modules/" in path else find_map(text, lambda relative: self._beside(path, relative))

    def _beside(self, path: str, relative: str) -> bytes | None:
        try:
            beside = join(parent(path), relative)
        except Failure:
            return None
        return self.folder.read(beside) if self.folder.is_file(beside) else None

    def exports(self, path: str) -> tuple[str, ...] | None:
        """What a file is known to export; ``None`` where its text says it."""
        return None


class Archive(Resolver):
    """The packages that stand in for modules of Node. Their names begin with ``node:``, and are their URLs."""

    def __init__(self) -> None:
        super().__init__(ArchiveFolder(), frozenset({"browser"}))

    path = staticmethod(builtins.path_of)
    name = url = staticmethod(builtins.name_of)
    script = staticmethod(builtins.source_of)
    exports = staticmethod(builtins.exports)

    def source_map(self, path: str, text: str) -> str | None:
        return None


Place: TypeAlias = Disk | Archive
