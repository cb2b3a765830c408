"""What ``snapjs doctor`` checks of programs: that they run, and that they are saved and go on, here and elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..pending import pending
from ..snapshot import Snapshot
from ..vm import VM
from . import _show
from ._doctor_checks import REPORT, Check, Stopwatch, expect
from ._findings import Finding

_PROGRAM: Final = "globalThis.result = (async () => 6 * await ask('how many?'))(); 0"
_PATIENCE: Final = 60.0
"""seconds that another process may take"""
_FINISH: Final = """
import sys
from snapjs import VM, Snapshot, pending

with VM.restore(Snapshot.load(sys.argv[1]), functions={"ask": pending}) as vm:
    vm.pending[0].resolve(7)
    print(vm.globals["result"].result)
"""


def _round_trip() -> Iterator[Finding]:
    """Pauses a program in the middle of an await, restores it from bytes, and has it finished."""
    clock = Stopwatch()
    with VM(functions={"ask": pending}) as vm:
        vm.eval(_PROGRAM)
        clock.lap()
        snapshot = vm.snapshot()
        data = snapshot.to_bytes()
        text = f"{_show.size(snapshot.size)} of memory, taken and made {_show.size(len(data))}"
        yield Finding("snapshot", "ok", text, seconds=clock.lap())
    clock.lap()
    with VM.restore(Snapshot.from_bytes(data), functions={"ask": pending}) as vm:
        seconds = clock.lap()
        vm.pending[0].resolve(7)
        yield expect("restore", vm.globals["result"].result, 42, seconds)


def _other_process() -> Iterator[Finding]:
    """Saves a program to a file, and has another process finish it."""
    clock = Stopwatch()
    name = "other process"
    with tempfile.TemporaryDirectory(prefix="snapjs-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "program.snap")
        with VM(functions={"ask": pending}) as vm:
            vm.eval(_PROGRAM)
            vm.snapshot().save(file)
        try:
            done = subprocess.run(
                [sys.executable, "-c", _FINISH, str(file)],
                env=os.environ | {"PYTHONPATH": _path()},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            text = f"it had not ended after {_PATIENCE:g} seconds"
            yield Finding(name, "fails", text, "run this again when the machine has less to do")
            return
    if done.returncode:
        lines = done.stderr.split("\n") if done.stderr else [""]
        last = next((line for line in reversed(lines) if line.strip()), f"exit code {done.returncode}")
        yield Finding(name, "fails", f"it ended with: {_show.printable(last.strip())}", REPORT)
    else:
        yield expect(name, done.stdout.strip(), "42", clock.lap())


def _path() -> str:
    """Where another process finds what this one has imported."""
    return os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])


CHECKS: Final[dict[str, Check]] = {"snapshot": _round_trip, "other process": _other_process}
