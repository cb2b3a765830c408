"""A run that was started under another version of snapjs, with an engine of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

import snapjs
from snapjs.errors import EngineMismatch
from snapjs.workflows import App, Status

SOURCE = "import { hook } from 'snapjs:workflow'; let n = 1; export const seen = []; export default async () => { n++; return [await hook('go'), n] }"


def other_version(folder: Path, name: bytes) -> Path:
    """A copy of the package whose engine has other bytes: a custom section of this name, of five letters."""
    package = folder / "snapjs"
    shutil.copytree(Path(snapjs.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    wasm, stamp = package / "_engine" / "engine.wasm", package / "_engine" / "stamp.json"
    old = hashlib.sha256(wasm.read_bytes()).hexdigest()
    wasm.write_bytes(wasm.read_bytes() + b"\0\6\5" + name)
    new = hashlib.sha256(wasm.read_bytes()).hexdigest()
    stamp.write_text(json.dumps(json.loads(stamp.read_text().replace(old, new))))
    return folder


def began(store: str, folder: Path, turns: int, name: bytes = b"other") -> tuple[str, str]:
    """The id of a run that another version has begun, and of which it has taken so many turns; and its engine."""
    program = (
        "from snapjs.workflows import App\nfrom snapjs._guest.engine import packaged\n"
        f"app = App({store!r})\nrun = app.start({SOURCE!r})\nworker = app.worker()\n"
        f"for _ in range({turns}): worker.take_turn()\nworker.close()\nprint(packaged().sha256, run.id)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(other_version(folder / "other", name))}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    engine, id = done.stdout.split()
    return id, engine


def work(app: App) -> None:
    worker = app.worker()
    while worker.take_turn():
        pass
    worker.close()


@pytest.mark.slow
@pytest.mark.parametrize("turns", [0, 1])
def test_a_run_goes_on_with_the_engine_that_it_was_started_with(turns: int, tmp_path: Path, store: str) -> None:
    app = App(store)
    id, engine = began(store, tmp_path, turns)
    run = app.run(id)
    assert app._codes.get(run._record().code).snapshot.engine == engine
    assert app._codes.get(run._record().code).snapshot.has_foreign_engine
    assert run.query("typeof seen") == "object"
    run.deliver("go", "on")
    work(app)

    assert run.result(timeout=0.001) == ["on", 2]


@pytest.mark.slow
def test_a_state_is_made_again_with_the_engine_that_it_was_started_with(tmp_path: Path, store: str) -> None:
    app = App(store)
    run = app.run(began(store, tmp_path, 1)[0])
    with apsw.Connection(app.store) as connection:
        connection.execute("DELETE FROM snapshots")
    run.deliver("go", "on")
    work(app)

    assert run.result(timeout=0.001) == ["on", 2]


@pytest.mark.slow
def test_an_engine_that_is_missing_is_named(tmp_path: Path, store: str) -> None:
    app = App(store)
    id, engine = began(store, tmp_path, 1, b"third")
    run = app.run(id)
    with apsw.Connection(app.store) as connection:
        connection.execute("DELETE FROM artifacts WHERE sha256 = ?", (engine,))
    with pytest.raises(EngineMismatch, match=engine):
        run.query("seen")
    run.deliver("go", "on")
    with pytest.raises(EngineMismatch, match=engine):
        work(app)

    assert run.status is Status.RUNNING


@pytest.mark.slow
def test_a_fork_has_the_engine_that_the_run_was_started_with(tmp_path: Path, store: str) -> None:
    app = App(store)
    run = app.run(began(store, tmp_path, 1)[0])
    fork = run.fork(patch="seen.push('patched')")
    fork.deliver("go", "on")
    work(app)

    assert (fork.result(timeout=0.001), fork.query("seen")) == (["on", 2], ["patched"])


@pytest.mark.slow
def test_a_run_of_another_version_is_patched(tmp_path: Path, store: str) -> None:
    app = App(store)
    run = app.run(began(store, tmp_path, 1)[0])
    run.patch("seen.push('patched')")
    work(app)

    assert run.query("seen") == ["patched"]
