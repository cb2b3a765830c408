"""Runs the command, in this process and in others."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

import snapjs
from snapjs.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Result:
    exit_code: int
    stdout: str
    stderr: str


def cli(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """Run the command in this process. An exception that it does not turn into an exit code is raised."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, catch_exceptions=False)
    return Result(result.exit_code, result.stdout, result.stderr)


def environment() -> dict[str, str]:
    """Where another process finds this package."""
    source = str(Path(snapjs.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": source, "PYTHONIOENCODING": "utf-8"}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "snapjs", *map(str, arguments)]


def process(*arguments: str | Path, folder: Path) -> Result:
    """Run the command in a process of its own."""
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)
