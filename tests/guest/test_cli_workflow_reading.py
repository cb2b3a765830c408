"""``snapjs workflow`` for those who read: runs that are named and chosen, lines that are written anew, and JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_runner import Result, cli

from snapjs.cli import _workflow_show, _workflow_status
from snapjs.cli._workflow_status import StatusLine, progress
from snapjs.workflows import App, Run

WAIT = """
import { hook, sleep } from "snapjs:workflow";
export default (days) => days ? sleep(`${days} days`) : hook("approved");
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.chdir(tmp_path)
    Path("wait.js").write_text(WAIT)
    Path("other.js").write_text(WAIT)
    return App("sqlite:///runs.db")


def workflow(name: str, *arguments: str, stdin: str | None = None) -> Result:
    return cli("workflow", name, "runs.db", *arguments, stdin=stdin)


def work(app: App) -> None:
    """Take the turns that are due."""
    worker = app.worker()
    while worker.take_turn():
        pass
    worker.close()


# ---- runs by the beginning of their ids


@pytest.fixture
def alike(app: App, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Runs whose ids begin alike."""
    ids = iter(["aaaa1", "aaaa2", "aaaab", "aaaa"])
    monkeypatch.setattr("uuid.UUID.hex", property(lambda self: next(ids)))
    return [app.start("wait.js") for _ in range(4)]


@pytest.mark.parametrize(("name", "id"), [("aaaab", "aaaab"), ("aaaa1", "aaaa1"), ("aaaa", "aaaa")])
def test_a_run_is_named_by_how_its_id_begins(alike: list[Run], name: str, id: str) -> None:
    assert json.loads(workflow("show", name, "--json").stdout)["id"] == id


def test_a_name_that_means_several_runs_is_refused(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["abcd1", "abcd2", "abcd3", "abcd4", "abcd5"])
    monkeypatch.setattr("uuid.UUID.hex", property(lambda self: next(ids)))
    runs = [app.start("wait.js") for _ in range(5)]
    text = "Error: 'abcd' may be any of the runs abcd1, abcd2, abcd3, abcd4 and more: write more of the id\n"
    assert workflow("terminate", "abcd") == Result(2, "", text)
    assert {run.status for run in runs} == {"running"}


@pytest.mark.parametrize("name", ["", "a", "aaa", "bbbb", "%%%%", "aaaa1x"])
def test_a_name_that_means_no_run_is_refused(alike: list[Run], name: str) -> None:
    text = f"Error: runs.db has no run {name!r}: snapjs workflow list shows those that it has\n"
    assert workflow("show", name) == Result(2, "", text)


def test_a_table_has_enough_of_an_id(app: App) -> None:
    run = app.start("wait.js")
    shown = workflow("list").stdout.splitlines()[1].split()[0]
    assert shown == run.id[:12]
    assert json.loads(workflow("show", shown, "--json").stdout)["id"] == run.id


def test_a_child_is_named_after_its_parent(app: App) -> None:
    Path("parent.js").write_text("""
        import { start } from "snapjs:workflow";
        export async function child() {}
        export default async () => { await start(child) }
    """)
    parent = app.start("parent.js")
    work(app)
    [child] = app.list(parent=parent.id)
    number = child.id.removeprefix(parent.id)
    assert json.loads(workflow("show", f"{parent.id[:6]}{number}", "--json").stdout)["id"] == child.id
    assert json.loads(workflow("show", parent.id[:6], "--json").stdout)["id"] == parent.id
    assert {line.split()[0] for line in workflow("list").stdout.splitlines()[1:]} == {
        parent.id[:12], f"{parent.id[:12]}{number}",
    }  # fmt: skip
    assert workflow("show", f"{parent.id[:6]}.999").exit_code == 2


# ---- runs that are chosen


def test_list_of_a_key(app: App) -> None:
    runs = [app.start("wait.js", key="7"), app.start("other.js", key="7"), app.start("wait.js", key="8")]
    assert [run["id"] for run in json.loads(workflow("list", "--key", "7", "--json").stdout)] == [
        runs[1].id,
        runs[0].id,
    ]
    assert len(json.loads(workflow("list", "--key", "7", "--workflow", "wait.js", "--json").stdout)) == 1


def test_list_of_the_latest(app: App) -> None:
    now = datetime.now(UTC).timestamp()
    old = App("sqlite:///runs.db", clock=lambda: now - 7200).start("wait.js")
    new = app.start("wait.js")
    assert [run["id"] for run in json.loads(workflow("list", "--since", "1 hour", "--json").stdout)] == [new.id]
    assert len(json.loads(workflow("list", "--since", "3 hours", "--json").stdout)) == 2
    assert old.status == "running"


def test_list_since_what_is_no_duration(app: App) -> None:
    done = workflow("list", "--since", "yesterday")
    assert (done.exit_code, "'yesterday' is not a duration" in done.stderr) == (2, True)


# ---- deliveries


def test_deliver_reads_standard_input(app: App) -> None:
    run = app.start("wait.js")
    assert workflow("deliver", run.id, "approved", "-", stdin='{"by": "Zoë"}\n') == Result(0, "", "")
    work(app)
    assert run.result() == {"by": "Zoë"}


def test_deliver_refuses_standard_input_that_is_no_json(app: App) -> None:
    done = workflow("deliver", app.start("wait.js").id, "approved", "-", stdin="by ann")
    assert (done.exit_code, "standard input is not JSON" in done.stderr) == (2, True)


# ---- results as JSON


def test_result_as_json(app: App) -> None:
    run = app.start("wait.js")
    run.deliver("approved", 7)
    work(app)
    shown = json.loads(workflow("result", run.id, "--json").stdout)
    assert shown == {"id": run.id, "status": "completed", "result": 7, "error": None}


def test_result_of_a_failure_as_json(app: App) -> None:
    Path("fail.js").write_text("export default function main() { throw new RangeError('no') }")
    run = app.start("fail.js")
    work(app)
    done = workflow("result", run.id, "--json")
    shown = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (1, "")
    assert shown["error"].pop("stack").startswith("    at main (fail.js:1:")
    assert shown == {
        "id": run.id, "status": "failed", "result": None, "error": {"name": "RangeError", "message": "no"},
    }  # fmt: skip


# ---- start


def test_start_without_the_app_of_the_steps_says_how(app: App) -> None:
    Path("pay.js").write_text("import { pay } from 'app:steps'; export default () => pay()")
    done = workflow("start", "pay.js")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "Error: The workflow imports pay from app:steps, but the app has no such step: it has none."
    )
    assert "--app" in done.stderr


def test_start_of_a_package(app: App) -> None:
    Path("checkout").mkdir()
    Path("checkout/index.js").write_text(WAIT)
    assert app.run(workflow("start", "checkout").stdout.strip()).workflow == "checkout"


# ---- a line that is written anew


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_workflow_status, "is_watched", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")


def test_the_line_is_written_when_it_has_changed(terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    line = StatusLine()
    for text in ("one", "one", "two"):
        line.show(text)
    line.clear()
    line.clear()
    assert capsys.readouterr() == ("", "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[K")


def test_the_line_is_no_longer_than_the_terminal(terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    StatusLine().show("x" * 100)
    assert capsys.readouterr().err == f"\r\x1b[K{'x' * 38}…"


def test_the_line_moves_no_cursor(terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    StatusLine().show("a\n\x1b[2Jb")
    assert capsys.readouterr().err == "\r\x1b[Ka\\n\\x1b[2Jb"


def test_there_is_no_line_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    StatusLine().show("one")
    assert capsys.readouterr() == ("", "")


def test_a_run_says_how_long_it_still_sleeps(app: App) -> None:
    run = app.start("wait.js", 30)
    work(app)
    assert _workflow_show.waits(run) == "sleep, 30.0 days left"


def test_a_run_says_which_hook_it_waits_for(app: App) -> None:
    run = app.start("wait.js")
    assert _workflow_show.waits(run) == "a worker"
    work(app)
    assert _workflow_show.waits(run) == 'hook("approved")'


def test_a_run_says_what_its_step_waits_for(app: App) -> None:
    @app.step(initial=60.0)
    def pay() -> None:
        raise ConnectionError("busy")

    run = app.start("export { pay as default } from 'app:steps'")
    work(app)
    assert _workflow_show.waits(run) == "pay, which no worker has begun"
    app.worker().run_step()
    assert _workflow_show.waits(run).startswith("pay, again in ")


def test_a_run_says_in_which_queue_its_step_waits(app: App) -> None:
    app.queue("bank", concurrency=1)
    app.step(lambda: None, name="pay", queue="bank")
    run = app.start("export { pay as default } from 'app:steps'")
    work(app)
    assert _workflow_show.waits(run) == "pay, which no worker has begun in the queue bank"
    assert [one.queue for one in run.history().waiting] == ["bank"]


def test_a_worker_says_what_goes_on(app: App, terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    said = []

    @app.step
    def pay(number: int) -> None:
        with progress(app) as show:
            show()
            show()
        said.append(capsys.readouterr().err)

    app.start("export { pay as default } from 'app:steps'", 7)
    app.start("wait.js")
    work(app)
    app.worker().run_step()
    assert said == ["\r\x1b[K2 runs go on, steps run: pay\r\x1b[K"]
