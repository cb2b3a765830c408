"""A copy of web-platform-tests: its files, and what its tests say about themselves.

https://web-platform-tests.org/writing-tests/testharness.html tells how tests are written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from .areas import Area

# Where copies lie in the folders that a person might name.
_PLACES = (".", "testing/web-platform/tests", "test/fixtures/wpt")

ORIGIN = "http://web-platform.test:8000"
"""where a test believes that it comes from"""

_META = re.compile(r"//\s*META:\s*(\w+)=(.*)")
_SUBSTITUTION = re.compile(r"\{\{([^{}]+)\}\}")

# What the suite's server writes into files with `.sub.` in their names.
_SUBSTITUTES = {
    "host": "web-platform.test",
    "hosts[alt][]": "not-web-platform.test",
    "ports[http][0]": "8000",
    "ports[http][1]": "8001",
    "ports[https][0]": "8443",
    "ports[https][1]": "8444",
}


# Paths under which the suite's server has other files.
_ALIASES = {"resources/WebIDLParser.js": "resources/webidl2/lib/webidl2.js"}


class SuiteNotFound(Exception):
    """The folder holds no copy of web-platform-tests."""


@dataclass(frozen=True)
class Test:
    """One variant of one file."""

    __test__ = False  # for pytest: no class of tests

    path: str
    """in the suite, with `/` on every system"""
    variant: str = ""
    """the query with which the file is loaded, with its `?`"""
    scripts: tuple[str, ...] = ()
    """paths of the files that are run before it"""
    scopes: frozenset[str] = frozenset({"window", "dedicatedworker"})
    """the kinds of global object that it is for, in the suite's words"""
    title: str | None = None
    uses_shared_memory: bool = False
    """whether it takes a SharedArrayBuffer from a WebAssembly memory"""

    @property
    def name(self) -> str:
        return self.path + self.variant

    @property
    def settings(self) -> dict[str, Any]:
        """What `beginTest` of `surroundings.js` is given."""
        return {
            "url": f"{ORIGIN}/{self.name}",
            "title": self.title,
            "usesIdlharness": "resources/idlharness.js" in self.scripts,
            "usesSharedMemory": self.uses_shared_memory,
        }


class Suite:
    """A copy of web-platform-tests.

    :param folder: the copy, or the sources of Firefox or Node.js, which have one.
    :raises SuiteNotFound: there is none.
    """

    def __init__(self, folder: Path) -> None:
        for place in _PLACES:
            root = (folder / place).resolve()
            if (root / "resources" / "testharness.js").is_file():
                self.root = root
                return
        raise SuiteNotFound(
            f"{folder} holds no copy of web-platform-tests: there is no resources/testharness.js. "
            "Name the folder with SNAPJS_WPT, or as the argument."
        )

    def tests(self, area: Area) -> Iterator[Test]:
        """The tests of an area, sorted by name."""
        paths = {path for folder in area.folders for path in (self.root / folder).rglob("*.any.js")}
        names = sorted(path.relative_to(self.root).as_posix() for path in paths)
        for name in names:
            if not any(fnmatchcase(name, pattern) for pattern in area.except_for):
                yield from self._variants(name)

    def read(self, path: str) -> bytes:
        """A file, as the suite's server would send it.

        :raises FileNotFoundError: there is no such file, or it is outside of the suite.
        """
        file = (self.root / _ALIASES.get(path, path)).resolve()
        if not file.is_relative_to(self.root) or not file.is_file():
            raise FileNotFoundError(path)
        content = file.read_bytes()
        if ".sub." not in file.name:
            return content
        text = _SUBSTITUTION.sub(lambda found: _SUBSTITUTES.get(found[1], "unknown"), content.decode())
        return text.encode()

    def text(self, path: str) -> str:
        """A file of text.

        :raises FileNotFoundError: as for :meth:`read`.
        """
        return self.read(path).decode("utf-8", "surrogatepass")

    def resolve(self, url: str, test: Test) -> str | None:
        """The path of the file that a URL in a test stands for; ``None`` when the URL is not the suite's."""
        if url.startswith(ORIGIN):
            url = url.removeprefix(ORIGIN)
        elif re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", url):
            return None
        path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
        base = PurePosixPath("/") / PurePosixPath(test.path).parent
        parts: list[str] = []
        for part in (base / path).parts[1:]:
            parts = parts[:-1] if part == ".." else [*parts, part]
        return "/".join(parts)

    def _variants(self, path: str) -> Iterator[Test]:
        source = self.text(path)
        meta = _metadata(source)
        here = Test(path)
        scripts = tuple(self.resolve(script, here) or script for script in _values(meta, "script"))
        scopes = frozenset(",".join(_values(meta, "global")).split(",")) if _values(meta, "global") else here.scopes
        title = next(iter(_values(meta, "title")), None)
        shares = "common/sab.js" in scripts or "WebAssembly.Memory({ shared:true" in source
        for variant in _values(meta, "variant") or [""]:
            yield Test(path, variant, scripts, scopes, title, shares)


def _metadata(source: str) -> Collection[tuple[str, str]]:
    """The comments with which a test begins."""
    found = []
    for line in source.splitlines():
        match = _META.fullmatch(line.rstrip())
        if match is None:
            break
        found.append((match[1], match[2].strip()))
    return found


def _values(metadata: Collection[tuple[str, str]], key: str) -> list[str]:
    return [value for name, value in metadata if name == key]
