"""The snapshot of a function, wherever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapjs import VM, Snapshot
from snapjs._functions import source as module
from snapjs._functions.source import Source


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    with VM() as vm:
        return vm.snapshot()


class Meanwhile(dict[str, Source]):
    """Another thread reads the same snapshot while this one looks whether it is here."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._sources = [source]

    def get(self, id: str, default: Source | None = None) -> None:  # type: ignore[override]
        if self._sources:
            self._sources.pop().read()


@pytest.fixture
def source(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> Source:
    source = Source(snapshot.id, data=snapshot.to_bytes())
    monkeypatch.setattr(module, "_sources", Meanwhile(source))
    return source


def test_two_threads_read_it_at_once(source: Source, snapshot: Snapshot) -> None:
    assert source.read() == snapshot


def test_a_file_that_cannot_be_read_is_not_taken_for_one_that_is_gone(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises((IsADirectoryError, PermissionError)):  # the latter on Windows
        Source(snapshot.id, file=str(tmp_path)).read()
