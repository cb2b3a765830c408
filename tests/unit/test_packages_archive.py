"""snapjs._packages: the archive as the build makes it."""

import pytest

from snapjs import _packages

PATH = "node_modules/path-browserify/index.js"


def test_reads_a_file() -> None:
    assert b"function dirname" in _packages.read(PATH)


def test_missing_file_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        _packages.read("node_modules/none.js")


@pytest.mark.parametrize(("path", "expected"), [(PATH, True), ("node_modules/path-browserify", False), ("", False)])
def test_knows_files(path: str, expected: bool) -> None:
    assert _packages.is_file(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"), [("node_modules/path-browserify", True), ("", True), (PATH, False), ("none", False)]
)
def test_knows_folders(path: str, expected: bool) -> None:
    assert _packages.is_folder(path) is expected


def test_key_is_a_hash() -> None:
    assert len(bytes.fromhex(_packages.key())) == 32


def test_missing_archive_says_what_makes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(_packages, "_FOLDER", str(tmp_path))
    _packages._archive.cache_clear()
    try:
        with pytest.raises(FileNotFoundError, match=r"packages\.zip is missing.* Run tools/build_packages\.py"):
            _packages.read(PATH)
    finally:
        _packages._archive.cache_clear()
