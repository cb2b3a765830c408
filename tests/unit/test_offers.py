"""Snapshots that a process leaves in files, for others on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from snapjs._functions import offers as module
from snapjs._functions.offers import Offers


@pytest.fixture
def offers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offers:
    monkeypatch.setattr(module, "get_temp_dir", lambda: str(tmp_path))
    return Offers()


def test_a_snapshot_is_written_once(offers: Offers) -> None:
    path = offers.add("a", lambda path: Path(path).write_text("first") and None)
    assert offers.add("a", lambda path: Path(path).write_text("second") and None) == path
    assert Path(path).read_text() == "first"


def test_a_file_that_somebody_removed_is_written_again(offers: Offers) -> None:
    path = offers.add("a", lambda path: Path(path).touch())
    os.unlink(path)
    assert Path(offers.add("a", lambda path: Path(path).touch())).exists()


def test_the_oldest_of_more_than_a_hundred_is_removed(offers: Offers, tmp_path: Path) -> None:
    for number in range(100):
        offers.add(str(number), lambda path: Path(path).touch())
    offers.add("0", lambda path: Path(path).touch())
    offers.add("100", lambda path: Path(path).touch())
    left = {path.stem for path in tmp_path.iterdir()}
    assert len(left) == 100
    assert {"0", "1", "100"} & left == {"0", "100"}


def test_what_another_process_offers_in_the_same_folder_is_left_to_it(offers: Offers, tmp_path: Path) -> None:
    (tmp_path / "theirs.snapshot").touch()
    offers.add("theirs", lambda path: Path(path).unlink())
    for number in range(101):
        offers.add(str(number), lambda path: Path(path).touch())
    assert (tmp_path / "theirs.snapshot").exists()
