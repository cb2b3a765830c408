"""A process is killed at its N-th write or sync, or that fails; what it has said to be stored is there, and others go on.

`python -m tests.workflows.system_calls` does that at every N. It needs strace.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.workflows.audit import faults
from tests.workflows.mixed import SHAPES, begin, expected, make_app, outcome, steps_of
from tests.workflows.workload import BEGUN

ROOT = Path(__file__).parents[2]
CALLS = ("pwrite64", "fdatasync")


def run_workload(folder: Path, *, inject: str | None = None) -> str:
    """What the workload says while something befalls it.

    :param folder: where the store is made, beside the trace of its system calls.
    :param inject: a fault, as strace takes it.
    """
    command = ["strace", "-f", "-qq", "-y", "-o", str(folder / "trace"), "-e", f"trace={','.join(CALLS)}"]
    command += ["-e", f"inject={inject}"] if inject else []
    command += [sys.executable, "-m", "tests.workflows.workload", _store(folder), str(folder / "ledger")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=120).stdout


def counts(folder: Path) -> dict[str, int]:
    """How many calls of each sort the workload makes when nothing befalls it."""
    said = run_workload(folder)
    assert said.endswith("done\n"), said
    trace = (folder / "trace").read_text()
    return {call: len(re.findall(rf"\b{call}\(", trace)) for call in CALLS}


def what_is_wrong(folder: Path, said: str) -> list[str]:
    """What was lost, or done twice, after the workload has said this: nothing."""
    lines = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
    (folder / "ledger").touch()
    app = make_app(_store(folder), folder / "ledger", clock=lambda: time.time() + 60)  # when what it held is free
    found = []
    for kind, *values in lines:
        if kind == "started" and app._store.run(values[0]) is None:
            found.append(f"the run {values[0]} was started and is not there")
        if kind == "turn" and app.run(values[0]).turn < int(values[1]):
            found.append(f"the run {values[0]} has lost turn {values[1]}")
        if kind == "told" and values[0] == _hooked(lines) and _deliveries(app, values[0]) != 3:
            found.append(f"the run {values[0]} has lost what it was told")
    runs = {shape: begin(app, shape, "1") for shape in BEGUN}
    for shape, run in runs.items():
        if not run.status.is_final:
            SHAPES[shape].tell(run)
    worker = app.worker()
    while worker.work():
        pass
    worker.close()
    found += [
        f"{shape} is {outcome(run)}, in place of {expected(shape)}"
        for shape, run in runs.items()
        if outcome(run) != expected(shape)
    ]
    steps = steps_of(folder / "ledger")
    if steps != {run.id: SHAPES[shape].steps for shape, run in runs.items()}:
        found.append(f"other steps have run: {steps}")
    return found + faults(_store(folder))


def _hooked(lines: list[list[str]]) -> str | None:
    """The run that was told something by deliveries."""
    return next((values[1] for values in lines if values[0] == "started" and values[2] == "hooks"), None)


def _deliveries(app: object, run: str) -> int:
    history = app._store.history(run, 0)  # type: ignore[attr-defined]
    return sum(event.kind == "hook" for event in [*history.events.values(), *history.untold])


def _store(folder: Path) -> str:
    return f"sqlite:///{folder / 'runs.db'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each so many-th call")
    parser.add_argument("--call", choices=CALLS, help="only these")
    options = parser.parse_args()
    began, tried, found = time.monotonic(), 0, []
    with tempfile.TemporaryDirectory() as folder:
        calls = counts(Path(folder))
    if options.call:
        calls = {options.call: calls[options.call]}
    for call, count in calls.items():
        for fault in ("signal=KILL", "error=EIO", "error=ENOSPC"):
            for number in range(1, count + 1, options.every):
                with tempfile.TemporaryDirectory() as folder:
                    said = run_workload(Path(folder), inject=f"{call}:{fault}:when={number}")
                    found += [f"{call} {fault} {number}: {one}" for one in what_is_wrong(Path(folder), said)]
                tried += 1
    print(f"{tried} faults in {calls}, {time.monotonic() - began:.0f} s")
    for one in found:
        print(one)
    print(f"{len(found)} times something was wrong")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
