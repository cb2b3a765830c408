"""Writes and syncs of the store at which a process dies, or that fail. Needs strace.

`python -m tests.workflows.system_calls` does this at every one of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.workflows.system_calls import counts, run_workload, what_is_wrong

pytestmark = pytest.mark.faults
PARTS = 6


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How many there are of each."""
    return counts(tmp_path_factory.mktemp("counted"))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_what_was_acknowledged_before_a_process_was_killed_is_there(
    call: str, part: int, calls: dict[str, int], tmp_path: Path
) -> None:
    number = 1 + (calls[call] - 1) * part // PARTS
    said = run_workload(tmp_path, inject=f"{call}:signal=KILL:when={number}")

    assert "done" not in said
    assert what_is_wrong(tmp_path, said) == []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("call", "error", "reasons"),
    [("fdatasync", "EIO", {"broken"}), ("pwrite64", "EIO", {"broken"}), ("pwrite64", "ENOSPC", {"full", "broken"})],
)
def test_a_write_that_fails_is_reported_and_nothing_is_lost(
    call: str, error: str, reasons: set[str], part: int, calls: dict[str, int], tmp_path: Path
) -> None:
    number = 1 + (calls[call] - 1) * part // PARTS
    said = run_workload(tmp_path, inject=f"{call}:error={error}:when={number}")

    assert said.endswith("done\n")
    assert {line.split()[1] for line in said.splitlines() if line.startswith("failed")} <= reasons
    assert what_is_wrong(tmp_path, said) == []


def test_a_disk_that_fails_for_a_while_does_not_lose_anything(calls: dict[str, int], tmp_path: Path) -> None:
    number = calls["fdatasync"] // 2
    said = run_workload(tmp_path, inject=f"fdatasync:error=EIO:when={number}..{number + 5}")

    assert said.count("failed broken") >= 2
    assert what_is_wrong(tmp_path, said) == []


SYNCS = """
import sys
import snapjs._workflows.worker
from snapjs.workflows import App
snapjs._workflows.worker._FOLLOWED = 3600
app = App(sys.argv[1])
app.step(lambda: 1, name="next")
worker = app.worker()
for _ in range(int(sys.argv[2])):
    app.start("import { next } from 'app:steps'; export default async n => { while (n--) await next() }", int(sys.argv[3]))
    while worker.work():
        pass
"""


def syncs(folder: Path, runs: int, steps: int) -> int:
    """How often so many runs with so many steps wait for the disk, and the process for a new file."""
    folder.mkdir()
    trace, store = folder / "trace", f"sqlite:///{folder / 'runs.db'}"
    command = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=fdatasync", sys.executable, "-c", SYNCS]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([*command, store, str(runs), str(steps)], check=True, env=environment, timeout=120)
    return trace.read_text().count("fdatasync(")


def test_a_run_waits_for_the_disk_when_it_is_started_and_once_a_turn(tmp_path: Path) -> None:
    first, second, third = (
        syncs(tmp_path / f"{runs}-{steps}", runs, steps) for runs, steps in ((1, 1), (4, 1), (4, 3))
    )
    assert second - first == 3 * 3  # to start it, its first turn, and its second, with what came of the step
    assert third - second == 4 * 2
