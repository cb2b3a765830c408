"""What the engine is compiled from: our C and JavaScript beside other projects' sources with our patches."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import build_support
import encoding_tables
import reactor_script
import web_scripts
from build_support import BuildError
from third_party import extract_archive, fetch_archive, locked_sources

GENERATORS = [Path(encoding_tables.__file__), Path(reactor_script.__file__), Path(web_scripts.__file__)]
"""what writes C"""

_CODE = (".c", ".cpp", ".h", ".js")


def engine_files() -> list[Path]:
    """Our C, and the JavaScript of the web platform and of the reactor."""
    files = (path for path in (build_support.ROOT / "engine").rglob("*") if path.is_file())
    return sorted(path for path in files if path.suffix in _CODE or path == build_support.ROOT / web_scripts.LIST)


def patch_files() -> list[Path]:
    return sorted((build_support.ROOT / "engine" / "patches").glob("*.toml"))


def stage(lock: dict[str, Any], folder: Path) -> None:
    """Lays out upstream and our C side by side. Compiled there, by relative paths, the bytes hold no machine's path."""
    for source in locked_sources(lock):
        extract_archive(fetch_archive(source), source, folder)
    for path in engine_files():
        target = folder / path.relative_to(build_support.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for path in patch_files():
        apply_patch(path, folder)
    indexes = folder / "npm" / encoding_tables.PACKAGE
    for name, text in (
        ("web_scripts.h", web_scripts.header(folder)),
        ("reactor_script.h", reactor_script.header(folder)),
        ("text_encoding_tables.h", encoding_tables.header(indexes)),
    ):
        (folder / "engine" / name).write_text(text, encoding="ascii")


def apply_patch(path: Path, folder: Path) -> None:
    """Replaces pieces of an upstream file, each of which must be there exactly once."""
    patch = tomllib.loads(path.read_text(encoding="utf-8"))
    target = folder / patch["file"]
    text = target.read_text(encoding="utf-8")
    for replacement in patch["replace"]:
        if text.count(replacement["find"]) != 1:
            raise BuildError(f"{path} does not fit {patch['file']} of this version: bring it up to date.")
        text = text.replace(replacement["find"], replacement["by"])
    target.write_text(text, encoding="utf-8")
