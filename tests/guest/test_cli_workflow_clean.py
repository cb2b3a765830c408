"""``snapjs workflow clean``: runs that ended long ago are removed from the command line."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from cli_runner import cli

from snapjs.workflows import App


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A file with a run that ended two days ago, and one that goes on."""
    file = tmp_path / "runs.db"
    app = App(f"sqlite:///{file}", clock=lambda: time.time() - 2 * 86_400)
    app.start("export default () => 1").terminate()
    app.start("export default () => 1")
    return file


def test_old_runs_are_removed(store: Path) -> None:
    done = cli("workflow", "clean", store, "--older-than", "1 day")
    assert done.exit_code == 0
    assert re.fullmatch(r"1 runs removed\. The file has .*, and had .*\.\n", done.stdout)
    assert [str(run.status) for run in App(f"sqlite:///{store}").list()] == ["running"]


def test_what_is_not_old_enough_is_kept(store: Path) -> None:
    assert cli("workflow", "clean", store, "--older-than", "3 days").stdout.startswith("0 runs removed.")
    assert len(App(f"sqlite:///{store}").list()) == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = cli("workflow", "clean", tmp_path / "none.db", "--older-than", "1 day")
    assert (done.exit_code, "there is no file" in done.stderr) == (2, True)


def test_how_old_has_to_be_said(store: Path) -> None:
    assert cli("workflow", "clean", store).exit_code == 2
