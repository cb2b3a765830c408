"""``snapjs workflow doctor``: whether all is well in a store, from the command line."""

from __future__ import annotations

import json
import re
import time
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from cli_runner import Result, cli

from snapjs.workflows import App

SHOP = """
from snapjs.workflows import App

app = App("sqlite:///runs.db")


@app.step
def pay() -> int:
    return 1
"""
PROGRAM = "import { NAME } from 'app:steps'; export default () => NAME()"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "till.py").write_text(SHOP)
    return tmp_path / "runs.db"


def app_at(store: Path, *, seconds_ago: float = 0) -> App:
    """An app whose clock is late."""
    app = App(f"sqlite:///{store}", clock=lambda: time.time() - seconds_ago)
    for name in ("pay", "ship"):
        app.step(lambda: 1, name=name)
    return app


def take_a_turn(app: App) -> None:
    worker = app.worker()
    worker.take_turn()
    worker.close()


def doctor(store: Path, *options: str) -> Result:
    return cli("workflow", "doctor", store, *options)


def failing(result: Result) -> list[str]:
    assert result.exit_code == 1
    return [line.split(None, 2)[2] for line in result.stdout.splitlines() if line.startswith("fails")]


def test_all_is_well(store: Path) -> None:
    take_a_turn(app := app_at(store))
    app.start("export default () => 1")
    result = doctor(store)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "All is well."
    assert [line.split()[:2] for line in result.stdout.splitlines()[:-1]] == [
        ["ok", name] for name in ("file", "size", "consistency", "runs", "codes", "steps", "leases", "due")
    ]


def test_as_json(store: Path) -> None:
    app_at(store).start("export default () => 1")
    found = json.loads(doctor(store, "--json").stdout)
    assert found["works"] is True
    assert found["checks"][3] == {"name": "runs", "status": "ok", "text": "1 running", "remedy": None, "seconds": None}


def test_something_is_lost(store: Path) -> None:
    app = app_at(store)
    run = app.start(PROGRAM.replace("NAME", "pay"))
    take_a_turn(app)
    with closing(apsw.Connection(str(store))) as connection:
        connection.execute("UPDATE runs SET turn = 2")
    result = doctor(store)
    assert failing(result) == [f"a turn is missing, or there is one too many: {run.id}"]
    assert "→ terminate the run, and report this" in result.stdout


def test_a_code_that_cannot_be_used(store: Path) -> None:
    app_at(store).start("export default () => 1")
    with closing(apsw.Connection(str(store))) as connection:
        connection.execute("UPDATE artifacts SET data = x'00' WHERE engine IS NOT NULL")
    [text] = failing(doctor(store))
    assert re.match(r"[0-9a-f]{64} cannot be used: ", text)


def test_a_step_that_the_app_does_not_have(store: Path) -> None:
    app = app_at(store)
    for name in ("pay", "ship"):
        app.start(PROGRAM.replace("NAME", name))
        take_a_turn(app)
    result = doctor(store, "--app", "till:app")
    assert failing(result) == ["are waited for that the app does not have: 1 ship"]
    assert "→ have a worker that has them: till:app has pay" in result.stdout


def test_without_an_app_nothing_is_said_of_steps_but_their_number(store: Path) -> None:
    app = app_at(store)
    app.start(PROGRAM.replace("NAME", "ship"))
    take_a_turn(app)
    result = doctor(store)
    assert (result.exit_code, "wait or run: 1 ship" in result.stdout) == (0, True)


def test_a_worker_that_was_not_heard_of_again(store: Path) -> None:
    app = app_at(store, seconds_ago=3600)
    app.start("export default () => 1")
    app._store.claim("ann", 30)
    [text] = failing(doctor(store))
    assert re.fullmatch(r"were not renewed, for 59\.\d minutes: ann may have died", text)


def test_something_that_nobody_does(store: Path) -> None:
    app_at(store, seconds_ago=3600).start("export default () => 1")
    [text] = failing(doctor(store))
    assert re.fullmatch(r"something has waited for a worker for 60\.0 minutes", text)


def test_a_run_that_waits_for_nothing(store: Path) -> None:
    run = (app := app_at(store)).start("export default () => new Promise(() => {})")
    take_a_turn(app)
    assert failing(doctor(store)) == [f"wait for nothing that could come: {run.id}"]


def test_a_file_that_is_damaged(store: Path) -> None:
    app_at(store).start("export default () => 1")
    with closing(apsw.Connection(str(store))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    data = bytearray(store.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    store.write_bytes(data)
    assert "damaged" in failing(doctor(store))[0]


def test_a_file_that_is_something_else(store: Path) -> None:
    store.write_text("shopping list" * 1000)
    assert "is something else than a store of workflows" in failing(doctor(store))[0]


def test_a_file_that_is_not_there(store: Path) -> None:
    done = doctor(store)
    assert (done.exit_code, "there is no file" in done.stderr) == (2, True)
