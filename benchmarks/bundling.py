"""Libraries from npm, each bundled into one file by esbuild."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

from .environment import InstallError, node_packages

_HERE = Path(__file__).parent
_FOLDER = _HERE / "bundles"
_VERSIONS = _HERE.parent / "tests" / "npm" / "package.json"
_PACKAGES = ("@babel/standalone", "chrono-node", "esbuild", "prettier", "typescript", "zod")
"""what the entries import, and what bundles them"""

FORMS = {"esm": "browser", "iife": "browser", "cjs": "node"}
"""what each entry is bundled as, and what for: an ES module; a script that makes the global ``bundle``; for Node"""
_SECONDS = 120


def bundles() -> str:
    """A folder with the bundles of :func:`make`, made now unless an earlier run has.

    :raises InstallError: npm or esbuild failed, or is not there.
    """
    installed = packages()
    contents = b"".join(entry.read_bytes() for entry in _entries())
    folder = installed.parent / hashlib.sha256(contents).hexdigest()[:12]
    finished = folder / "finished"
    if not finished.exists():
        make(folder, installed)
        finished.touch()
    return str(folder)


def make(folder: Path, installed: Path) -> None:
    """Write a file ``NAME.FORM.js`` for each file in ``bundles/`` and each form.

    :param installed: as :func:`bundle` takes it.
    :raises InstallError: esbuild is not there, or failed.
    """
    for entry in _entries():
        for form in FORMS:
            bundle(entry, folder / f"{entry.stem}.{form}.js", installed, form)


def _entries() -> list[Path]:
    return sorted(_FOLDER.glob("*.js"))


def packages() -> Path:
    """The folder ``node_modules`` of what the entries import and what bundles them.

    :raises InstallError: npm failed, or is not there.
    """
    wanted = json.loads(_VERSIONS.read_text(encoding="utf-8"))["dependencies"]
    return Path(node_packages("bundles", tuple(f"{name}@{wanted[name]}" for name in _PACKAGES)), "node_modules")


def bundle(entry: Path, target: Path, installed: Path, form: str = "esm") -> Path:
    """Bundle a file and the packages that it imports, minified; the target.

    :param installed: the folder ``node_modules`` that has them, and esbuild.
    :param form: of :data:`FORMS`.
    :raises InstallError: esbuild is not there, or failed.
    """
    command = [str(installed / ".bin" / "esbuild"), str(entry), "--bundle", "--minify", "--log-level=error"]
    options = [f"--format={form}", f"--platform={FORMS[form]}", "--global-name=bundle", f"--outfile={target}"]
    environment = {**os.environ, "NODE_PATH": str(installed)}
    try:
        done = subprocess.run(
            command + options, env=environment, capture_output=True, text=True, timeout=_SECONDS, encoding="utf-8"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(str(error)) from None
    if done.returncode:
        raise InstallError(done.stderr.strip() or "esbuild failed")
    return target
