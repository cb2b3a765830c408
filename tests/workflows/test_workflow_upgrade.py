"""Runs go on while their workers are replaced, one after the other, by those of a new version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.workflows.audit import faults
from tests.workflows.upgraded import FLOWS, RESULTS, make_app

ROOT = Path(__file__).parents[2]


def worker(store: str, version: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.workflows.upgraded", store, version], cwd=ROOT, env=environment
    )


@pytest.mark.slow
def test_workers_of_a_new_version_take_over_one_by_one(store: str, tmp_path: Path) -> None:
    file, runs = tmp_path / "flow.js", {"1": [], "2": []}
    apps = {version: make_app(store, version) for version in FLOWS}

    def start(version: str) -> None:
        file.write_text(FLOWS[version])
        runs[version] += [apps[version].start(file, 3) for _ in range(15)]

    start("1")
    workers = [worker(store, "1"), worker(store, "1")]
    try:
        runs["1"][0].result(timeout=60)
        for number in (0, 1):
            workers[number].kill()
            workers[number].wait()
            workers[number] = worker(store, "2")
            start("2")
        results = {version: [run.result(timeout=60) for run in begun] for version, begun in runs.items()}
    finally:
        for process in workers:
            process.kill()
            process.wait()

    assert results == {"1": [RESULTS["1"]] * 15, "2": [RESULTS["2"]] * 30}
    assert faults(store) == []
