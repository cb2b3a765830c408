"""Baselines on the disk: used when they are whole and trusted, made again when not, and never the cause of a failure."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest

from snapjs._guest import baseline as baseline_module
from snapjs._guest import engine as engine_module
from snapjs._guest import kept
from snapjs._guest.baseline import Baseline
from snapjs._guest.engine import Engine

LANGUAGE, WEB = 0x1FFF, 0x5


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where baselines are kept. It is not there yet."""
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "baselines"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The web bits of each baseline that was made instead of loaded."""
    made: list[int] = []
    real = baseline_module.build

    def counting(code: object, intrinsics: int, web: int, *, foreign: bool) -> Baseline:
        made.append(web)
        return real(code, intrinsics, web, foreign=foreign)  # type: ignore[arg-type]

    monkeypatch.setattr(engine_module, "build", counting)
    return made


def fresh() -> Engine:
    """The package's engine as a new process has it."""
    packaged = engine_module.packaged()
    engine = Engine(None, foreign=False, sha256=packaged.sha256)
    engine._compiled = packaged._compiled
    return engine


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_next_process_finds_it(folder: Path, built: list[int]) -> None:
    made = fresh().baseline(LANGUAGE, WEB)
    found = fresh().baseline(LANGUAGE, WEB)
    assert built == [WEB]
    assert (found.sha256, found.size, found.control) == (made.sha256, made.size, made.control)
    assert found.memory.ground.runs == made.memory.ground.runs


def test_other_web_apis_are_another_file(folder: Path, built: list[int]) -> None:
    fresh().baseline(LANGUAGE, WEB)
    fresh().baseline(LANGUAGE, 0)
    assert built == [WEB, 0]
    assert len(list(folder.iterdir())) == 2


def shortened(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def lengthened(path: Path) -> None:
    path.write_bytes(b"more" + path.read_bytes())


def opened_to_others(path: Path) -> None:
    path.chmod(0o666)


def replaced(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


@pytest.mark.parametrize("damage", [shortened, emptied, lengthened, opened_to_others, replaced])
def test_file_that_cannot_be_used_is_passed_over(
    folder: Path, built: list[int], damage: Callable[[Path], None]
) -> None:
    expected = fresh().baseline(LANGUAGE, WEB).sha256
    damage(only_file(folder))
    assert fresh().baseline(LANGUAGE, WEB).sha256 == expected
    assert built == [WEB, WEB]


def test_file_that_is_cut_while_it_is_read_is_passed_over(
    folder: Path, built: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fresh().baseline(LANGUAGE, WEB).sha256
    path = only_file(folder)
    real = kept._read_end

    def cutting(file: FileIO) -> object:
        found = real(file)
        os.truncate(path, path.stat().st_size // 2)
        return found

    monkeypatch.setattr(kept, "_read_end", cutting)
    assert fresh().baseline(LANGUAGE, WEB).sha256 == expected
    assert built == [WEB, WEB]


def test_without_a_folder_each_process_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: list[int]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "file"))
    fresh().baseline(LANGUAGE, WEB)
    fresh().baseline(LANGUAGE, WEB)
    assert built == [WEB, WEB]
