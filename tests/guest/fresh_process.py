"""Runs Python code in a process of its own, as another machine would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(code: str, *arguments: str | Path, hash_seed: str = "random") -> str:
    """What the code prints.

    :param code: a Python program; warnings are errors in it.
    :param arguments: its ``sys.argv[1:]``.
    :param hash_seed: its ``PYTHONHASHSEED``.
    """
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.rstrip("\n")
