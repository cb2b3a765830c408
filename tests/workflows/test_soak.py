"""A short soak; `python -m tests.workflows.soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workflows.soak import soak


@pytest.mark.slow
def test_runs_survive_workers_that_are_killed_all_the_time(tmp_path: Path) -> None:
    report = soak(tmp_path, runs=150, kills=10, seed=3)

    assert (report.kills, report.faults) == (10, [])


@pytest.mark.slow
def test_a_file_of_eight_workers_survives_kills_and_checkpoints(tmp_path: Path) -> None:
    report = soak(tmp_path, runs=60, kills=6, seed=5, workers=8, checkpoints=True)

    assert (report.kills, report.faults) == (6, [])
    assert report.checkpoints > 6
