"""A worker dies at each place where it may; another one takes over, and nothing is lost or done twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.workflows.audit import faults
from tests.workflows.mixed import SHAPES, begin, expected, make_app, outcome, steps_of

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "snapjs" / "_workflows").rglob("*.py"))
POINTS = sorted({name for file in SOURCES for name in re.findall(r'crash_point\("(\w+)"', file.read_text())})

pytestmark = pytest.mark.slow


def test_the_places_are_known() -> None:
    assert POINTS == [
        "claimed",
        "cleaning",
        "committed",
        "committing",
        "computed",
        "computed_with_outcome",
        "ending",
        "scheduled",
        "scheduling",
        "step_claimed",
        "step_done",
        "step_retried",
        "step_stored",
        "step_storing",
        "step_transacted",
    ]


@pytest.mark.parametrize(
    ("point", "time_of_death"),
    [(point, time) for point in POINTS for time in (1, 2, 7) if time < 3 or point != "step_retried"],
)
def test_what_a_worker_leaves_is_taken_up(point: str, time_of_death: int, tmp_path: Path) -> None:
    store, ledger = f"sqlite:///{tmp_path / 'runs.db'}", tmp_path / "ledger"
    ledger.touch()
    app = make_app(store, ledger)
    app.schedule("often", "* * * * * *", "export default () => 0")
    runs = {shape: begin(app, shape, "1") for shape in SHAPES}
    for shape, run in runs.items():
        SHAPES[shape].tell(run)
    command = [sys.executable, "-m", "tests.workflows.mixed", store, str(ledger), "30"]
    environment = {
        **os.environ,
        "SNAPJS_CRASH_POINT": f"{point}:{time_of_death}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        try:
            code = process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()  # it does not come there so often
            code = None
    assert code in (-signal.SIGKILL, None)
    if time_of_death == 1:
        assert code == -signal.SIGKILL

    later = make_app(store, ledger, clock=lambda: time.time() + 60)  # when what the dead one held is free
    worker = later.worker()
    end = time.monotonic() + 60
    while not all(run.status.is_final for run in runs.values()):
        if not worker.work() and runs["cancelled"].turn == 2:
            runs["cancelled"].cancel("enough")
        assert time.monotonic() < end
    worker.close()

    assert {shape: outcome(run) for shape, run in runs.items()} == {shape: expected(shape) for shape in SHAPES}
    assert steps_of(ledger) == {run.id: SHAPES[shape].steps for shape, run in runs.items()}
    assert faults(store) == []
