"""Every function of `qjs:std` and `qjs:os` that QuickJS-NG has under WASI: what it gives, under its own qjs and here.

A script of `scripts/` tells what each of its expressions comes to. What a Reactor does on purpose in another way is not
in them: views of buffers are taken as buffers are, folders cannot be read as files, a descriptor that is not open cannot
be made a stream, and an empty path names nothing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from upstream import run

from snapjs import Folder, Reactor

SCRIPTS = Path(__file__).parent / "scripts"

pytestmark = pytest.mark.peers


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with the scripts for each of the two."""
    return shutil.copytree(SCRIPTS, tmp_path / "upstream"), shutil.copytree(SCRIPTS, tmp_path / "ours")


def told(script: str, folders: tuple[Path, Path], out: list[str]) -> tuple[list[str], list[str]]:
    """The lines that upstream prints, and ours."""
    empty = folders[0].parent / "empty"
    empty.touch()
    upstream = run(["qjs", f"/{script}"], folders[0], empty)
    options = {"preopens": {"/": Folder(folders[1], writable=True)}, "stdin": b"", "stdout": out.append}
    with Reactor(["qjs", f"/{script}"], **options) as reactor:
        assert reactor.init_argv() == 0, reactor.error
    return upstream.splitlines(), "".join(out).splitlines()


@pytest.mark.parametrize(
    "script", ["files.js", "std.js", "os.js", "printf_integers.js", "printf_reals.js", "printf_text.js"]
)
def test_each_function_gives_what_it_gives_upstream(script: str, folders: tuple[Path, Path], out: list[str]) -> None:
    upstream, ours = told(script, folders, out)

    assert ours == upstream
