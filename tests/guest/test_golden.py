"""Snapshots of every released engine, restored: tests/golden, made by tools/golden.py."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import golden
from snapjs import EngineMismatch, EngineStore
from snapjs._guest.engine import packaged

ENGINES = sorted(path.parent.name for path in golden.GOLDEN.glob(f"*/{golden.EXPECTED}"))
NAMES = ["waiting", "uncompressed", "encrypted", "delta"]


def expected(engine: str) -> dict[str, str]:
    content: dict[str, str] = json.loads((golden.GOLDEN / engine / golden.EXPECTED).read_text())
    return content


def check(engine: str, name: str, engines: Path | None) -> None:
    snapshot = golden.load(golden.GOLDEN / engine / f"{name}.snap", engines)
    assert snapshot.id == expected(engine)["id"]
    assert json.loads(golden.end(snapshot)) == json.loads(expected(engine)["end"])


def test_there_are_golden_snapshots() -> None:
    assert ENGINES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_golden_snapshot_of_this_engine_goes_on_and_another_names_its_engine(engine: str, name: str) -> None:
    needed = expected(engine)["engine"]
    if needed == packaged().sha256:
        check(engine, name, None)
    else:
        with pytest.raises(EngineMismatch, match=needed):
            golden.load(golden.GOLDEN / engine / f"{name}.snap", None)


def test_the_program_leaves_the_same_bytes_whatever_hosts_it() -> None:
    """Under each version of wasmtime, of Python and of the system on which this runs."""
    engine = packaged().sha256[:12]
    _, waiting, delta = golden.take()
    assert [waiting.id, delta.id] == [expected(engine)["id"]] * 2


@pytest.fixture(scope="session")
def engines() -> Path:
    """Where ``python tools/golden.py build`` has put the engines."""
    folder = os.environ.get("SNAPJS_GOLDEN_ENGINES")
    if not folder:
        pytest.fail("SNAPJS_GOLDEN_ENGINES must name the folder that python tools/golden.py build has filled")
    return Path(folder)


@pytest.mark.engines
@pytest.mark.parametrize("engine", ENGINES)
def test_an_old_engine_is_built_again_byte_for_byte(engine: str, engines: Path) -> None:
    assert expected(engine)["engine"] in EngineStore(engines)


@pytest.mark.engines
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_golden_snapshot_goes_on(engine: str, name: str, engines: Path) -> None:
    check(engine, name, engines)
