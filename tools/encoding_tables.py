"""The tables of the Encoding standard as C, for engine/text_encoding_legacy.c: https://encoding.spec.whatwg.org/#indexes.

Those of multi-byte encodings come from the npm package @exodus/bytes, which engine/sources.lock pins. Those of
single-byte encodings are Python's own codecs, which differ from the standard in three places.
"""

from __future__ import annotations

import base64
import json
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PACKAGE = "@exodus/bytes"
FILE = "fallback/multi-byte.encodings.json"
"""where the package has its indexes: runs of code points, described in multi-byte.table.js beside it"""

INDEXES = {"jis0208": 11104, "jis0212": 7211, "euc-kr": 23750, "gb18030": 23940, "big5": 19782}
"""how many pointers each has"""

SINGLE_BYTE = {
    "ibm866": "cp866",
    **{f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "windows-874": "cp874",
    **{f"windows-{page}": f"cp{page}" for page in range(1250, 1259)},
    "x-mac-cyrillic": "mac_cyrillic",
}
"""Python's codec of each"""
OTHERWISE = {("koi8-u", 0xAE): 0x045E, ("koi8-u", 0xBE): 0x040E, ("windows-1255", 0xCA): 0x05BA}
"""what the standard has in the place of what Python has"""


def header(folder: Path) -> str:
    """The file engine/text_encoding_tables.h.

    :param folder: where the package was unpacked.
    """
    indexes = json.loads((folder / FILE).read_text(encoding="utf-8"))
    lines = ["static const uint16_t snap_single_byte[][128] = {"]
    for name, codec in SINGLE_BYTE.items():
        row = ", ".join(str(code_point(name, codec, byte)) for byte in range(0x80, 0x100))
        lines.append(f"[SNAP_ENCODING_{name.upper().replace('-', '_')}] = {{ {row} }},")
    lines.append("};")
    for name, size in INDEXES.items():
        lines += index(name.replace("-", "_"), list(code_points(indexes, indexes[name])), size)
    return "\n".join([*lines, *ranges(indexes["gb18030-ranges"]), ""])


def code_point(name: str, codec: str, byte: int) -> int:
    """What a byte of a single-byte encoding stands for; 0xFFFD for nothing."""
    if (name, byte) in OTHERWISE:
        return OTHERWISE[name, byte]
    try:
        return ord(bytes([byte]).decode(codec))
    except UnicodeDecodeError:
        return byte if byte < 0xA0 else 0xFFFD


def code_points(indexes: dict[str, Any], runs: list[Any]) -> Iterator[int]:
    """Code points in the order of pointers; 0 for none."""
    last = -1
    items = iter(runs)
    for item in items:
        if item == 0:
            yield from [0] * next(items)
            continue
        if isinstance(item, str) and item in indexes:
            yield from code_points(indexes, indexes[item])
            continue
        if isinstance(item, str):
            chunk: Iterable[int] = map(ord, text(item))
        else:
            count, step = (1, -item) if item < 0 else (item, next(items))
            chunk = range(last + 1 + step, last + 1 + step + count)
        for last in chunk:
            yield last


def text(encoded: str) -> str:
    """A piece of text, of which low and high bytes are stored apart, each as the difference from the one before."""
    raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    half = len(raw) // 2
    low = accumulate((value + 1 for value in raw[:half]), initial=-1)
    high = accumulate(raw[half:], initial=0)
    units = [(a & 0xFF) | (b & 0xFF) << 8 for a, b in zip(low, high, strict=True)][1:]
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le")


def index(name: str, points: list[int], size: int) -> list[str]:
    """An index, and where it leaves the Basic Multilingual Plane: for the second supplementary one only."""
    points += [0] * (size - len(points))
    lines = [f"static const uint16_t snap_index_{name}[{size}] = {{ {', '.join(str(p & 0xFFFF) for p in points)} }};"]
    if max(points) > 0xFFFF:
        flags = [sum((points[i + bit] >> 17) << bit for bit in range(8) if i + bit < size) for i in range(0, size, 8)]
        lines.append(f"static const uint8_t snap_index_{name}_beyond[] = {{ {', '.join(map(str, flags))} }};")
    return lines


def ranges(deltas: list[int]) -> list[str]:
    """The first pointer and the first code point of each range."""
    pairs = zip(accumulate(deltas[::2]), accumulate(deltas[1::2]), strict=True)
    rows = ", ".join(f"{{ {pointer}, {first} }}" for pointer, first in pairs)
    return [f"static const struct {{ uint32_t pointer, first; }} snap_ranges_gb18030[] = {{ {rows} }};"]
