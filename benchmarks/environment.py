"""A place of its own for each package that snapjs is compared with."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from snapjs._cache import cache_folder

_INSTALL_SECONDS = 600


class InstallError(Exception):
    """A package could not be installed. The message says what the installer said last."""


def python_with(name: str, requirements: tuple[str, ...]) -> str:
    """The Python of an environment that has these packages, made now unless an earlier run has left it.

    :param name: shown in the environment's folder, which lies in the user's cache folder.
    :param requirements: for pip, with exact versions.
    :raises InstallError: it could not be made.
    """
    folder = _folder(name, [sys.version, sys.base_prefix, *requirements])
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    finished = folder / "installed"
    if not finished.exists() or not python.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
        _run([*pip, *requirements])
        finished.write_text("\n".join(requirements))
    return str(python)


def node_packages(name: str, requirements: tuple[str, ...]) -> str:
    """The folder in which npm has installed these packages, now unless an earlier run has.

    :param requirements: for npm, with exact versions.
    :raises InstallError: it could not be made, or there is no Node to use it.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise InstallError("needs node and npm")
    folder = _folder(name, requirements)
    finished = folder / "installed"
    if not finished.exists():
        folder.mkdir(parents=True, exist_ok=True)
        options = [
            "--ignore-scripts",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--logs-max=0",
        ]
        _run([npm, "install", "--prefix", str(folder), *options, *requirements])
        finished.write_text("\n".join(requirements))
    return str(folder)


def _folder(name: str, contents: Iterable[str]) -> Path:
    parent = cache_folder()
    if parent is None:
        raise InstallError("this user has no folder for caches: set SNAPJS_CACHE_DIR")
    key = hashlib.sha256("\n".join(contents).encode()).hexdigest()[:12]
    return Path(parent) / "benchmarks" / f"{name}-{key}"


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_INSTALL_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(str(error)) from None
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise InstallError(lines[-1] if lines else f"{command[0]} failed")
