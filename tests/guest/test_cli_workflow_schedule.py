"""``snapjs workflow schedule``: moments at which runs begin, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_runner import Result, cli

from snapjs.workflows import App


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.js").write_text("export default async input => input")
    return tmp_path / "runs.db"


def schedule(name: str, store: Path, *arguments: str) -> Result:
    return cli("workflow", "schedule", name, store, *arguments)


def test_a_schedule_is_added_and_listed(store: Path) -> None:
    added = schedule("add", store, "leap", "0 3 29 2 *", "report.js", "7", "--timezone", "Europe/Berlin")
    assert (added.exit_code, added.stdout) == (0, "2028-02-29 02:00:00\n")
    assert [line.split() for line in schedule("list", store).stdout.splitlines()] == [
        ["name", "cron", "time", "zone", "workflow", "next", "(UTC)", "last", "(UTC)", "skipped", "(UTC)"],
        ["leap", "0", "3", "29", "2", "*", "Europe/Berlin", "report.js", "2028-02-29", "02:00:00"],
    ]


def test_schedules_as_json(store: Path) -> None:
    schedule("add", store, "leap", "0 3 29 2 *", "report.js", "--overlap", "allow")
    assert json.loads(schedule("list", store, "--json").stdout) == [
        {
            "name": "leap",
            "cron": "0 3 29 2 *",
            "timezone": "UTC",
            "workflow": "report.js",
            "overlap": "allow",
            "is_paused": False,
            "next_at": "2028-02-29T03:00:00+00:00",
            "last_at": None,
            "skipped_at": None,
        }
    ]


def test_a_schedule_is_paused_resumed_and_removed(store: Path) -> None:
    schedule("add", store, "leap", "0 3 29 2 *", "report.js")
    [leap] = App(f"sqlite:///{store}").schedules()
    assert schedule("pause", store, "leap").exit_code == 0
    assert (leap.is_paused, schedule("list", store).stdout.split()[-1]) == (True, "paused")
    assert schedule("resume", store, "leap").exit_code == 0
    assert not leap.is_paused
    assert schedule("remove", store, "leap").exit_code == 0
    assert App(f"sqlite:///{store}").schedules() == []


def test_a_run_is_begun_at_once(store: Path) -> None:
    schedule("add", store, "leap", "0 3 29 2 *", "report.js")
    triggered = schedule("trigger", store, "leap")
    assert [f"{run.id}\n" for run in App(f"sqlite:///{store}").list()] == [triggered.stdout]


@pytest.mark.parametrize("command", ["pause", "resume", "remove", "trigger"])
def test_a_schedule_that_is_not_there(store: Path, command: str) -> None:
    App(f"sqlite:///{store}")
    done = schedule(command, store, "nightly")
    assert done.exit_code == 2
    assert "has no schedule 'nightly': snapjs workflow schedule list shows those that it has" in done.stderr


def test_what_is_no_expression(store: Path) -> None:
    done = schedule("add", store, "leap", "soon", "report.js")
    assert (done.exit_code, "'soon' is no cron expression" in done.stderr) == (2, True)
