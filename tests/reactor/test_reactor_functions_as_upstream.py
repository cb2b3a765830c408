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


GAPS = {
    "files.js": {
        "f.seek(NaN, std.SEEK_SET)",
        "f.tell()",
        "f.seek()",
        "f.seek(3)",
        "f.readAsString(-1).length",
        "f.readAsArrayBuffer(-1).byteLength",
        "f.read(b, 0, 9)",
        "f.read(b, 9, 0)",
        "f.read(b, 8, 1)",
        "f.write(b, 0, 9)",
        'f.write("abc")',
        'f.write("abc", 0, 2)',
        'std.loadFile("a.txt").length',
        'std.loadFile("a.txt", { binary: true }).length',
        'std.loadFile("a.txt", {}).length',
        'std.loadFile("a.txt", true).length',
        'std.loadFile("a.txt", 5).length',
        'std.open("/none", "r", 5)',
        'std.open("/none", "r", null)',
        'std.open("a.txt", "rw")',
        'std.loadFile("w.txt", { binary: true })',
        'std.writeFile("w.txt")',
        'std.writeFile("w.txt", {})',
        "std.writeFile()",
        'std.writeFile("w.txt", Symbol("x"))',
    },
    "std.js": {
        "std.strerror()",
        'std.strerror("x")',
        "lexical",
        'std.evalScript("let lexical = 6")',
    },
    "os.js": {
        'os.stat("d/f")[0].mtime',
        'os.utimes("d/f")',
        "os.utimes()",
        "os.seek(fd, 2.9, std.SEEK_SET)",
        "os.seek(fd, NaN, std.SEEK_SET)",
        "os.seek(fd)",
        'os.open("d", os.O_RDONLY) > 2',
    },
}
"""Expressions that come to something else here, until `files.js`, `streams.js`, `std.js` and `os.js` are mended."""


@pytest.mark.parametrize("script", ["files.js", "std.js", "os.js", "printf_integers.js"])
def test_each_function_gives_what_it_gives_upstream(script: str, folders: tuple[Path, Path], out: list[str]) -> None:
    upstream, ours = told(script, folders, out)

    assert [line.partition(" → ")[0] for line in ours] == [line.partition(" → ")[0] for line in upstream]
    differing = {line.partition(" → ")[0] for line, other in zip(upstream, ours, strict=True) if line != other}
    assert differing == GAPS.get(script, set())


@pytest.mark.xfail(reason="%a, # with %f, the width of characters beyond ASCII, and %c differ")
@pytest.mark.parametrize("script", ["printf_reals.js", "printf_text.js"])
def test_numbers_and_text_are_formatted_as_upstream(script: str, folders: tuple[Path, Path], out: list[str]) -> None:
    upstream, ours = told(script, folders, out)

    assert ours == upstream
