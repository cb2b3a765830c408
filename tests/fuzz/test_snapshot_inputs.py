"""The inputs that a fuzzer has found for the reader of snapshots: each is read or refused, and nothing else happens."""

from __future__ import annotations

import pytest
from tests.fuzz import corpus, snapshots

INPUTS = corpus.inputs("snapshots").values()


def played(kind: int) -> int:
    """How many inputs of this kind there are, and play them."""
    chosen = [data for data in INPUTS if data and data[0] % len(snapshots.KINDS) == kind]
    for data in chosen:
        snapshots.play(data)
    return len(chosen)


@pytest.mark.parametrize("kind", range(len(snapshots.KINDS)), ids=[kind.__name__ for kind in snapshots.KINDS])
def test_inputs(kind: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    if snapshots.KINDS[kind] is snapshots.with_engine:
        # The machine code of what is no engine need not stay on this machine.
        monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "foreign engines"))
    assert played(kind)


def test_seeds_are_read() -> None:
    for data in snapshots.seeds():
        assert snapshots.read(*snapshots.made(data)) is not None
