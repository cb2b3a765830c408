"""A run that was started under another version of snapjs, with an engine of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import snapjs
from snapjs.workflows import App

SOURCE = "import { hook } from 'snapjs:workflow'; let n = 1; export default async () => { n++; return [await hook('go'), n] }"


def other_version(folder: Path) -> Path:
    """A copy of the package whose engine has other bytes."""
    package = folder / "snapjs"
    shutil.copytree(Path(snapjs.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    wasm, stamp = package / "_engine" / "engine.wasm", package / "_engine" / "stamp.json"
    old = hashlib.sha256(wasm.read_bytes()).hexdigest()
    wasm.write_bytes(wasm.read_bytes() + b"\0\6\5other")  # a custom section
    new = hashlib.sha256(wasm.read_bytes()).hexdigest()
    stamp.write_text(json.dumps(json.loads(stamp.read_text().replace(old, new))))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("turns", [0, 1])
def test_a_run_goes_on_with_the_engine_that_it_was_started_with(turns: int, tmp_path: Path, store: str) -> None:
    program = (
        "from snapjs.workflows import App\nfrom snapjs._guest.engine import packaged\n"
        f"app = App({store!r})\nrun = app.start({SOURCE!r})\nworker = app.worker()\n"
        f"for _ in range({turns}): worker.take_turn()\nworker.close()\nprint(packaged().sha256, run.id)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(other_version(tmp_path / "other"))}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    engine, id = done.stdout.split()
    app = App(store)
    run = app.run(id)
    assert app._codes.get(run._record().code).snapshot.engine == engine
    assert app._codes.get(run._record().code).snapshot.has_foreign_engine
    run.deliver("go", "on")
    worker = app.worker()
    while worker.take_turn():
        pass
    worker.close()

    assert run.result(timeout=0.001) == ["on", 2]
