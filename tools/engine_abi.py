"""Writes the tables of docs/engine-abi.md from engine/abi.h: ``python tools/engine_abi.py``."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "engine" / "abi.h"
DOCUMENT = ROOT / "docs" / "engine-abi.md"

_SIZES = {"double": 8, "uint32_t": 4, "int32_t": 4}
_EXPORT = re.compile(
    r"/\*(?P<says>(?:(?!\*/).)*?) ?In: (?P<taken>[^.]+)\. Out: (?P<result>[^.]+)\. (?P<kind>Status|Returns): "
    r"(?P<gives>[^.]+)\. \*/ (?P<type>\w+)\s+SNAP_EXPORT\((?P<name>\w+)\)\((?P<parameters>[^)]*)\);"
)
_IMPORT = re.compile(r"^(\w+)\s+SNAP_IMPORT\((\w+)\)\(([^)]*)\);(?:\s*/\* (.+?) \*/)?$", re.MULTILINE)


def updated(document: str, header: str) -> str:
    """The document with the tables of this header, each between two comments that name it."""
    tables = {"status": _statuses(header), "control": _fields(header), "exports": _exports(header)}
    tables["imports"] = _imports(header)
    for name, table in tables.items():
        before, start, rest = document.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- end of {name} -->\n")
        if not start or not end:
            raise ValueError(
                f"{DOCUMENT} has no place for {name}: put <!-- {name} --> and <!-- end of {name} --> there"
            )
        document = f"{before}{start}\n{table}\n{end}{after}"
    return document


def _statuses(header: str) -> str:
    rows = re.findall(r"X\(STATUS_(\w+), (\d+)\)\s*/\* (.+?) \*/", header)
    return _table(["status", "", ""], [[number, f"`{name}`", _cell(says)] for name, number, says in rows])


def _fields(header: str) -> str:
    block = header.partition("#define SNAP_CONTROL_FIELDS(X)")[2].partition("#define SNAP_CONTROL_MEMBER")[0]
    rows, offset = [], 0
    for kind, name, says in re.findall(r"X\((\w+), (\w+)\)(?:\s*/\* (.+?) \*/)?", block):
        rows.append([str(offset), f"`{kind}`", f"`{name}`", _cell(says)])
        offset += _SIZES[kind]
    return _table(["offset", "type", "field", ""], rows)


def _exports(header: str) -> str:
    exports = header.partition("/* ---- Exports")[2].partition("/* ---- Imports")[0]
    groups = re.split(r"^/\* ---- (.+?) ---- \*/$", exports, flags=re.MULTILINE)
    parts = []
    for title, text in zip(groups[1::2], groups[2::2], strict=True):
        flat = re.sub(r"\s*\n \* ?|\s*\n", " ", text)
        rows = [
            [
                f"`{found['name']}({_parameters(found['parameters'])})`",
                _cell(found["says"].strip()),
                _cell(found["taken"]),
                _cell(found["result"]),
                _gives(found["kind"], found["gives"]),
            ]
            for found in _EXPORT.finditer(flat)
        ]
        heading = title.partition(";")[0].partition(",")[0]
        rest = title[len(heading) :].lstrip(";, ")
        note = f"{rest[0].upper()}{rest[1:]}.\n\n" if rest else ""
        table = _table(["export", "", "In", "Out", "Status, or what it returns"], rows)
        parts.append(f"### {heading[0].upper()}{heading[1:]}\n\n{note}{table}")
    return "\n".join(parts)


def _imports(header: str) -> str:
    rows = [
        [f"`{name}({_parameters(parameters)})`", f"`{kind}`", _cell(says)]
        for kind, name, parameters, says in _IMPORT.findall(header.partition("/* ---- Imports")[2])
    ]
    return _table(["import", "returns", ""], rows)


def _parameters(text: str) -> str:
    return "" if text == "void" else text


def _gives(kind: str, text: str) -> str:
    return " ".join(f"`{status}`" for status in text.split()) if kind == "Status" else _cell(f"returns {text}")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", r"\|").replace("*", r"\*").replace("<", r"\<")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    DOCUMENT.write_text(
        updated(DOCUMENT.read_text(encoding="utf-8"), HEADER.read_text(encoding="utf-8")), encoding="utf-8"
    )
