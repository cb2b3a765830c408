"""docs/engine-abi.md says what engine/abi.h says."""

import re

import pytest
from tests import abi_header

import engine_abi

DOCUMENT = engine_abi.DOCUMENT.read_text(encoding="utf-8")
HEADER = engine_abi.HEADER.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_header() -> None:
    """`python tools/engine_abi.py` makes them anew."""
    assert engine_abi.updated(DOCUMENT, HEADER) == DOCUMENT


def test_the_document_has_every_export() -> None:
    assert set(re.findall(r"^\| `(snap_\w+)\(", DOCUMENT, re.MULTILINE)) == abi_header.exports()


def test_the_document_has_every_import() -> None:
    imports = set(re.findall(r"SNAP_IMPORT\((host_\w+)\)", HEADER))

    assert set(re.findall(r"^\| `(host_\w+)\(", DOCUMENT, re.MULTILINE)) == imports


def test_a_changed_header_changes_the_document() -> None:
    changed = HEADER.replace("X(STATUS_OK, 0)              /* the result", "X(STATUS_OK, 0)              /* the value")

    assert "| 0 | `OK` | the value is what was asked for |" in engine_abi.updated(DOCUMENT, changed)


def test_a_document_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for exports"):
        engine_abi.updated(DOCUMENT.replace("<!-- exports -->", ""), HEADER)
