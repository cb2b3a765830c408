"""tools/encoding_tables.py, with indexes of a few code points."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

import encoding_tables


@pytest.mark.parametrize(
    ("runs", "points"),
    [
        ([3, 65], [65, 66, 67]),
        ([0, 2, 1, 9], [0, 0, 9]),
        ([1, 9, -5, 2, -3], [9, 15, 13, 14]),
        (["$a", 1, 9, "$a"], [4, 5, 9, 4, 5]),
    ],
)
def test_runs_of_code_points(runs: list[int | str], points: list[int]) -> None:
    assert list(encoding_tables.code_points({"$a": [2, 4]}, runs)) == points


def test_text_within_the_runs() -> None:
    units = "ab\U00020000".encode("utf-16-le")
    low, high = units[::2], units[1::2]
    deltas = [(byte - before - 1) % 256 for before, byte in zip(b"\xff" + low[:-1], low, strict=True)]
    deltas += [(byte - before) % 256 for before, byte in zip(b"\x00" + high[:-1], high, strict=True)]
    encoded = base64.urlsafe_b64encode(bytes(deltas)).decode().rstrip("=")
    assert list(encoding_tables.code_points({}, [encoded, 1, 0])) == [97, 98, 0x20000, 0x20001]


def test_an_index_beyond_the_basic_plane() -> None:
    assert encoding_tables.index("x", [65, 0x20001], 3) == [
        "static const uint16_t snap_index_x[3] = { 65, 1, 0 };",
        "static const uint8_t snap_index_x_beyond[] = { 2 };",
    ]


@pytest.mark.parametrize(
    ("name", "byte", "point"), [("koi8-u", 0xAE, 0x45E), ("windows-1253", 0xAA, 0xFFFD), ("windows-874", 0x81, 0x81)]
)
def test_what_python_has_otherwise_or_not_at_all(name: str, byte: int, point: int) -> None:
    assert encoding_tables.code_point(name, encoding_tables.SINGLE_BYTE[name], byte) == point


def test_the_header(tmp_path: Path) -> None:
    (tmp_path / "fallback").mkdir()
    indexes: dict[str, list[int]] = {name: [1, 64] for name in encoding_tables.INDEXES}
    (tmp_path / encoding_tables.FILE).write_text(json.dumps(indexes | {"gb18030-ranges": [0, 128, 36, 37]}))
    header = encoding_tables.header(tmp_path)
    assert "[SNAP_ENCODING_ISO_8859_2] = { 128, 129, " in header
    assert "static const uint16_t snap_index_euc_kr[23750] = { 64, 0, " in header
    assert header.endswith("snap_ranges_gb18030[] = { { 0, 128 }, { 36, 165 } };\n")
