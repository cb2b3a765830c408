"""A short soak; `python -m tests.workflows.soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workflows.soak import soak


@pytest.mark.slow
def test_runs_survive_workers_that_are_killed_all_the_time(tmp_path: Path) -> None:
    report = soak(tmp_path, runs=150, kills=10, seed=3)

    assert (report.kills, report.faults) == (10, [])
