"""`snapjs build-extension` where it has nothing to compile with, or nothing to compile."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runner import cli

import snapjs._native.build as build
from snapjs import ExtensionError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "thing.c").write_text("int x;\n")
    return tmp_path / "thing"


def test_there_is_no_compiler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(ExtensionError, match=r"no compiler.* pip install 'snapjs\[build\]'") as caught:
        build.build_extension(folder, "thing", folder / "thing.wasm")
    assert caught.value.extension == "thing"


def test_the_header_is_missing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    monkeypatch.setattr(build, "_HEADERS", (tmp_path, tmp_path))

    with pytest.raises(ExtensionError, match=r"quickjs\.h is not there\. Install snapjs again"):
        build.build_extension(folder, "thing", folder / "thing.wasm")


def test_there_is_nothing_to_compile(tmp_path: Path) -> None:
    result = cli("build-extension", tmp_path)

    assert (result.exit_code, "There is no C or C++ file in" in result.stderr) == (1, True)


def test_the_header_of_the_engine_is_in_the_package() -> None:
    assert all(
        (folder / name).is_file() for folder, name in zip(build._HEADERS, ("snapjs.h", "quickjs.h"), strict=True)
    )
