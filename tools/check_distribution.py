"""Builds the sdist, and the wheel from it, and looks whether both are what users should get.

``python tools/check_distribution.py`` needs uv, and installs the wheel where there is neither a compiler nor npm.
``--keep FOLDER`` leaves both there. Exits with 1, and says why, when something is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import build_engine

ROOT = Path(__file__).resolve().parent.parent
MADE = {
    "snapjs/_engine/engine.wasm",
    "snapjs/_engine/quickjs.h",
    "snapjs/_engine/stamp.json",
    "snapjs/_packages/packages.zip",
    "snapjs/_packages/stamp.json",
}
"""what a wheel has that no commit has"""
MOST = 4_000_000
"""bytes of the wheel; a larger one has got something that it should not have, or wants another bound"""
NOT_IN_SDIST = (".ci/", ".gitattributes", ".gitignore")
_TRIED = """
import snapjs
assert snapjs.VM().eval("1 + 1") == 2
assert "number" not in snapjs.typescript.transpile("const n: number = 1").code
"""


class Wrong(Exception):
    """The distribution is not what it should be."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave both files there")
    folder = parser.parse_args().keep
    try:
        with TemporaryDirectory() as place:
            sdist, wheel = build(Path(place))
            check_sdist(sdist)
            check_wheel(wheel)
            install(wheel, Path(place))
            report(sdist, wheel)
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(sdist, folder)
                shutil.copy(wheel, folder)
    except Wrong as error:
        sys.exit(f"the distribution is wrong: {error}")


def build(place: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it."""
    subprocess.run(["uv", "build", "--quiet", "--out-dir", str(place), str(ROOT)], check=True)
    [sdist], [wheel] = place.glob("*.tar.gz"), place.glob("*.whl")
    return sdist, wheel


def committed(under: str = "") -> set[str]:
    """The files of the checkout that git knows."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", under or "."]
    listed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return set(filter(None, listed.split("\0")))


def check_sdist(sdist: Path) -> None:
    """
    :raises Wrong: a file of a commit is not in it.
    """
    with tarfile.open(sdist) as archive:
        there = {name.partition("/")[2] for name in archive.getnames()}
    missing = sorted(name for name in committed() - there if not name.startswith(NOT_IN_SDIST))
    if missing:
        raise Wrong(f"the sdist lacks {', '.join(missing[:10])}: see only-include in pyproject.toml")


def check_wheel(wheel: Path) -> None:
    """
    :raises Wrong: it has other files than it should, another engine, or too many bytes.
    """
    expected = {name.removeprefix("src/") for name in committed("src")} | MADE
    with zipfile.ZipFile(wheel) as archive:
        there = {name for name in archive.namelist() if ".dist-info/" not in name}
        engine = hashlib.sha256(archive.read("snapjs/_engine/engine.wasm")).hexdigest()
    if there != expected:
        raise Wrong(f"the wheel lacks {sorted(expected - there)}, and should not have {sorted(there - expected)}")
    locked = build_engine.read_lock()["expected"]["sha256"]
    if engine != locked:
        raise Wrong(f"its engine is {engine}, and engine/sources.lock says {locked}")
    if wheel.stat().st_size > MOST:
        raise Wrong(f"the wheel has {wheel.stat().st_size:,} bytes, and may have {MOST:,}")


def install(wheel: Path, place: Path) -> None:
    """Install it with pip where nothing can be compiled, and use it.

    :raises Wrong: that fails.
    """
    environment = place / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    binaries = environment / "bin"
    # The network's settings are needed; compilers, npm and what Python finds elsewhere are not.
    kept = {name: value for name, value in os.environ.items() if name not in ("PATH", "PYTHONPATH", "CC", "CXX")}
    variables = {**kept, "PATH": str(binaries), "HOME": str(place), "SNAPJS_CACHE_DIR": str(place / "cache")}
    for command in (
        ["python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[workflows]"],
        ["python", "-c", _TRIED],
        ["snapjs", "demo"],
        ["snapjs", "doctor"],
    ):
        done = subprocess.run(
            [str(binaries / command[0]), *command[1:]],
            env=variables,
            cwd=place,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode:
            raise Wrong(f"{' '.join(command[:3])} ends with {done.returncode} where it is installed:\n{done.stdout}")


def report(sdist: Path, wheel: Path) -> None:
    """Say what is large."""
    sizes: Counter[str] = Counter()
    with zipfile.ZipFile(wheel) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        for entry in archive.infolist():
            part = entry.filename.split("/")[1]
            sizes[part if part.startswith(("_engine", "_packages")) else "Python"] += entry.compress_size
    parts = ", ".join(f"{part} {size / 1e6:.2f}" for part, size in sizes.most_common())
    print(f"{sdist.name}: {sdist.stat().st_size / 1e6:.2f} MB")
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB ({parts}); unpacked {unpacked / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
