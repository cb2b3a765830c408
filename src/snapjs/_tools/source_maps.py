"""Reads source maps: what of one is kept, and which original position it has for one of the code that runs."""

from __future__ import annotations

import hashlib
import re
from typing import Final, Literal

import msgspec

from .tools import tool

_LARGEST: Final = 64 << 20
"""characters of a map that is looked at"""
_MOST_WIDE: Final = 100_000
"""runs of characters outside ASCII that are kept with a map"""
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


def reduced(text: str, code: str) -> str | None:
    """What positions need of a source map.

    :param code: whose map it is.
    :returns: None for what is no source map.
    """
    if len(text) > _LARGEST:
        return None
    if text.startswith(")]}"):  # some servers put this before JSON
        text = text.partition("\n")[2]
    try:
        found = _read(text)
        if not _is_readable(found):
            return None
        found.x_snapjs_wide = None if code.isascii() else _wide(code)
        return msgspec.json.encode(found).decode()
    except (ValueError, RecursionError):
        return None


def _read(text: str) -> _Map:
    """The map in a text.

    :raises ValueError: there is none.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"this is no source map: {error}") from None


def _is_readable(found: _Map) -> bool:
    if found.sections is not None:
        return all(_is_readable(section.map) for section in found.sections)
    return found.sources is not None and found.mappings is not None and _MAPPINGS.fullmatch(found.mappings) is not None


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


class SourceMap:
    """The map of a file, as :func:`reduced` has made it.

    :param name: of the file.
    :raises ValueError: the text is no map.
    """

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._key = hashlib.sha256(f"{name}\0{text}".encode(errors="surrogatepass")).hexdigest()
        self._wide = _read(text).x_snapjs_wide or {}
        self.is_unreadable = False
        """the reader has failed, and takes long to: it is not to be asked again"""

    def originals(self, positions: list[tuple[int, int]]) -> list[str | None]:
        """``file:line:column`` of each line and column, both from 1 and 0.

        :raises SnapjsError, OSError: the map cannot be read.
        """
        reader = tool("source-maps")
        asked = [(line, self._utf16_column(line, column)) for line, column in positions]
        found = reader.call("locate", self._key, asked)
        if found is None:
            reader.call("load", self._key, self._text, self._name)
            found = reader.call("locate", self._key, asked)
        return [
            f"{original[0]}:{original[1]}:{original[2] + 1}" if original and original[0].isprintable() else None
            for original in found
        ]

    def _utf16_column(self, line: int, column: int) -> int:
        runs = self._wide.get(line, ())
        return column - max((more for end, more in runs if end <= column), default=0)
