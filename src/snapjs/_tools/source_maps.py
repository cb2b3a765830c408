"""Original positions in stack traces: of code that a compiler or bundler made, by its source map.

A map comes with the code, and is kept in the guest under the code's file name, so that it is there after a restore too.
Only what positions need of it is kept. Whatever is wrong with a map, the stack stays as it is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import unquote, unquote_to_bytes

import msgspec

from .._core.reference import Absent
from ..errors import SnapjsError
from .tools import tool

if TYPE_CHECKING:
    from .._core.bridge import Bridge

_COMMENT: Final = "//# sourceMappingURL="
_URL: Final = re.compile(r"[^\s'\"`\\]*(?=\s*$)")
_DATA: Final = re.compile(r"data:application/json[^,]{0,100}?(;base64)?,")
_LARGEST: Final = 64 << 20
"""characters of a map that is looked at"""
_MOST_WIDE: Final = 100_000
"""runs of characters outside ASCII that are kept with a map"""
_MOST_FRAMES: Final = 256
"""of a stack that are looked at"""
_MOST_STARTS: Final = 4
"""of a frame at which its file name could begin"""
_MOST_ASKED: Final = 256
"""file names that the guest is asked for in a second: a program can write any stack"""
_MOST_SPENT: Final = 4.0
"""seconds in a minute that reading maps may take: a program can bring any map"""
_MOST_FILES: Final = 4096
"""of which is remembered whether they have a map"""
_FRAME: Final = re.compile(r"^[ \t]*at (.{1,4096}):(\d{1,9}):(\d{1,9})(\)?)(?= \{$|$)", re.MULTILINE)
_MAPPINGS: Final = re.compile(r"[A-Za-z0-9+/,;]*")
_LINE_ENDS: Final = re.compile("\r\n|[\n\r\u2028\u2029]")
_WIDE: Final = re.compile(r"[^\x00-\x7f]+")


class _Offset(msgspec.Struct):
    line: int
    column: int


class _Section(msgspec.Struct):
    offset: _Offset
    map: _Map


class _Map(msgspec.Struct, omit_defaults=True):
    """What is kept of a source map."""

    version: Literal[3]
    mappings: str | None = None
    sources: list[str | None] | None = None
    names: list[str] = []
    sourceRoot: str | None = None
    sections: list[_Section] | None = None
    x_snapjs_wide: dict[int, list[tuple[int, int]]] | None = None
    """Where characters outside ASCII end, by line: column in UTF-8, in which the engine counts, and by how much it is
    more than in UTF-16, in which maps count."""


_decoder: Final = msgspec.json.Decoder(_Map, strict=False)


def inline_map(code: str) -> str | None:
    """The source map that the code's last line carries, if it does."""
    url = _url(code)
    return None if url is None else _map_in(url)


def find_map(code: str, read: Callable[[str], str | bytes | None]) -> str | None:
    """The source map of code in a file, in it or beside it.

    :param read: the content of a file by its path, relative to that of the code; None when there is none that may be
        read.
    """
    url = _url(code)
    if url is None or url.startswith("data:"):
        return None if url is None else _map_in(url)
    if not url or url.startswith("/") or ":" in url.partition("/")[0]:
        return None
    content = read(unquote(url.partition("?")[0]))
    if isinstance(content, str):
        return content
    try:
        return None if content is None else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def kept_map(text: str, code: str) -> str | None:
    """What is to be kept in the guest of a source map.

    :param code: whose map it is.
    :returns: None for what is no source map.
    """
    if len(text) > _LARGEST:
        return None
    if text.startswith(")]}"):  # some servers put this before JSON
        text = text.partition("\n")[2]
    try:
        found = _decoder.decode(text)
        if not _is_readable(found):
            return None
        found.x_snapjs_wide = None if code.isascii() else _wide(code)
        return msgspec.json.encode(found).decode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _is_readable(found: _Map) -> bool:
    if found.sections is not None:
        return all(_is_readable(section.map) for section in found.sections)
    return found.sources is not None and found.mappings is not None and _MAPPINGS.fullmatch(found.mappings) is not None


def _url(code: str) -> str | None:
    at = code.rfind(_COMMENT)
    if at < 0 or code[at - 1 : at] not in ("", "\n", "\r"):
        return None
    found = _URL.match(code, at + len(_COMMENT))
    return None if found is None else found[0]


def _map_in(url: str) -> str | None:
    """The map in a data URL."""
    head = _DATA.match(url)
    if head is None or len(url) > 2 * _LARGEST:
        return None
    try:
        content = url[head.end() :]
        return (base64.b64decode(content) if head[1] else unquote_to_bytes(content)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None


def _wide(code: str) -> dict[int, list[tuple[int, int]]] | None:
    """See ``_Map.x_snapjs_wide``."""
    lines: dict[int, list[tuple[int, int]]] = {}
    count = 0
    for number, line in enumerate(_LINE_ENDS.split(code), 1):
        if line.isascii():
            continue
        runs = lines[number] = []
        longer_than_characters = longer_than_units = 0
        for run in _WIDE.finditer(line):
            size = len(run[0].encode(errors="surrogatepass"))
            longer_than_characters += size - len(run[0])
            longer_than_units += size - len(run[0].encode("utf-16-le", "surrogatepass")) // 2
            runs.append((run.end() + longer_than_characters, longer_than_units))
        count += len(runs)
        if count > _MOST_WIDE:
            return None
    return lines


class _File:
    """A file that has a map."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.is_unreadable = False
        """the reader has failed, and takes long to: it is not asked again"""
        self.key = hashlib.sha256(f"{name}\0{text}".encode(errors="surrogatepass")).hexdigest()
        self._wide = _decoder.decode(text).x_snapjs_wide or {}

    def units(self, line: int, column: int) -> int:
        """A column, from 0, in UTF-16, of one in UTF-8."""
        runs = self._wide.get(line, ())
        return column - max((more for end, more in runs if end <= column), default=0)

    def originals(self, positions: list[tuple[int, int]]) -> list[str | None]:
        """``file:line:column`` of each line and column, both from 1 and 0.

        :raises SnapjsError, OSError: the map cannot be read.
        """
        reader = tool("source-maps")
        asked = [(line, self.units(line, column)) for line, column in positions]
        found = reader.call("locate", self.key, asked)
        if found is None:
            reader.call("load", self.key, self.text, self.name)
            found = reader.call("locate", self.key, asked)
        return [
            f"{original[0]}:{original[1]}:{original[2] + 1}" if original and original[0].isprintable() else None
            for original in found
        ]


class _Budget:
    """What is spent in each period of so many seconds."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._ends = 0.0
        self._total = 0.0

    def total(self) -> float:
        now = monotonic()
        if now >= self._ends:
            self._ends, self._total = now + self._period, 0.0
        return self._total

    def add(self, amount: float) -> None:
        self._total += amount


class SourceMaps:
    """Those of one VM.

    :param bridge: of the VM; a weak proxy.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._files: dict[str, _File | None] = {}
        self._asked = _Budget(1.0)
        self._spent = _Budget(60.0)

    def put(self, name: str, text: str | None) -> None:
        """Give the guest what is to be kept for a file; ``None``: it has no map.

        :raises SnapjsError: it does not fit into the guest, or the engine is an old one.
        """
        if text is None and self._files.get(name, self) is None:
            return
        self._files.pop(name, None)
        self._bridge.call("snap_source_map_put", values=(name, text), timeout=None)
        if text is None:
            self._remember(name, None)

    def original(self, stack: str) -> str:
        """A stack with original positions where they are known."""
        frames = [frame for frame, _ in zip(_FRAME.finditer(stack), range(_MOST_FRAMES), strict=False)]
        places = [self._place(frame) for frame in frames]
        known = {file: self._originals(file, places) for file in {place[0] for place in places if place}}
        parts: list[str] = []
        end = 0
        for frame, place in zip(frames, places, strict=True):
            original = known[place[0]].get(place[1:3]) if place else None
            if place and original:
                parts += stack[end : frame.start(1) + place[3]], original
                end = frame.end(3)
        return "".join([*parts, stack[end:]])

    def _place(self, frame: re.Match[str]) -> tuple[_File, int, int, int] | None:
        """The file, the line from 1, the column from 0 that a frame names, and where in it the file's name begins."""
        text, line, column = frame[1], int(frame[2]), int(frame[3])
        starts = [at + 2 for at in range(len(text)) if text.startswith(" (", at)] if frame[4] else [0]
        for start in reversed(starts[-_MOST_STARTS:]):
            file = self._file(text[start:])
            if file is not None:
                # The engine counts the columns of a first line from 0, though not below 1, but for syntax errors.
                is_from_zero = line == 1 and frame[4] and column > 1
                return file, line, column if is_from_zero else column - 1, start
        return None

    def _file(self, name: str) -> _File | None:
        if name not in self._files:
            if self._asked.total() >= _MOST_ASKED:
                return None
            self._asked.add(1)
            try:
                text = self._bridge.call("snap_source_map_get", value=name, timeout=None)
                self._remember(name, _File(name, text))
            except (Absent, SnapjsError, msgspec.DecodeError, RecursionError):
                self._remember(name, None)
        return self._files[name]

    def _remember(self, name: str, file: _File | None) -> None:
        if len(self._files) >= _MOST_FILES:
            self._files.clear()
        self._files[name] = file

    def _originals(
        self, file: _File, places: list[tuple[_File, int, int, int] | None]
    ) -> dict[tuple[int, int], str | None]:
        positions = [(place[1], place[2]) for place in places if place and place[0] is file]
        if file.is_unreadable or self._spent.total() >= _MOST_SPENT:
            return {}
        began = monotonic()
        try:
            return dict(zip(positions, file.originals(positions), strict=True))
        except (SnapjsError, OSError):
            file.is_unreadable = True
            return {}
        finally:
            self._spent.add(monotonic() - began)
