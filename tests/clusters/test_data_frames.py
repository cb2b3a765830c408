"""examples/columns, and the benchmark of columns."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.columns import main

import snapjs

EXAMPLE = Path(__file__).parents[2] / "examples" / "columns" / "columns.py"

SHOWN = """\
pandas: (45.0, 'small') (200.0, 'large') (79.2, 'small')
Polars: (45.0, 'small') (200.0, 'large') (79.2, 'small')
DuckDB: (45.0, 'small') (200.0, 'large') (79.2, 'small')
"""


def test_the_example_gives_the_same_in_each_library() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(snapjs.__file__).parents[1])}
    command = [sys.executable, "-W", "error", str(EXAMPLE)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == (SHOWN, "")


def test_the_benchmark_has_a_line_for_each_library(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--quick"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("  ")[0] for line in lines[1:]] == [
        f"{kind} in {library}" for kind in ("numbers", "strings") for library in ("pandas", "Polars", "DuckDB")
    ]
