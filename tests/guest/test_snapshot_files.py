"""Snapshots in files and pickles."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from snapjs import VM, Snapshot


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    with VM() as vm:
        vm.eval("globalThis.data = new Uint8Array(5000).fill(7); 0")
        return vm.snapshot()


def test_saved_and_loaded(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "program.snap"
    snapshot.save(path)
    assert path.read_bytes() == snapshot.to_bytes()
    assert Snapshot.load(path) == snapshot


def test_saving_replaces_a_file_whole(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "program.snap"
    path.write_bytes(b"old")
    snapshot.save(path)
    assert Snapshot.load(path) == snapshot
    assert os.listdir(tmp_path) == ["program.snap"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "program.snap"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        snapshot.save(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["program.snap"]


def test_saving_into_a_folder_that_does_not_exist_is_an_os_error(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        snapshot.save(tmp_path / "nowhere" / "program.snap")


def test_a_saved_file_has_the_usual_permissions(snapshot: Snapshot, tmp_path: Path) -> None:
    snapshot.save(tmp_path / "program.snap")
    (tmp_path / "other").write_bytes(b"")
    assert (tmp_path / "program.snap").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_loading_nothing_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Snapshot.load(tmp_path / "missing.snap")


def test_pickled(snapshot: Snapshot) -> None:
    copy = pickle.loads(pickle.dumps(snapshot))
    assert copy == snapshot
    assert copy.created_at == snapshot.created_at


@pytest.mark.parametrize("descriptor", [0, True])
def test_a_number_is_no_path(snapshot: Snapshot, descriptor: Any) -> None:
    with pytest.raises(TypeError, match=r"not (int|bool)"):
        Snapshot.load(descriptor)
    with pytest.raises(TypeError, match=r"not (int|bool)"):
        snapshot.save(descriptor)


def test_error_names_the_file_that_was_asked_for(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        snapshot.save(tmp_path / "nowhere" / "x.snap")
    assert caught.value.filename == str(tmp_path / "nowhere" / "x.snap")


def test_a_folder_is_not_replaced(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        snapshot.save(tmp_path)
    assert (caught.value.filename, caught.value.filename2) == (str(tmp_path), None)
    assert list(tmp_path.iterdir()) == []
