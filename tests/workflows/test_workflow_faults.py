"""Writes and syncs of the store at which a process dies, or that fail. Needs strace.

`python -m tests.workflows.system_calls` does this at every one of them.
"""

from __future__ import annotations

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
