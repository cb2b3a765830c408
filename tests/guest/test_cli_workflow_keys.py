"""``snapjs workflow`` on a store that is encrypted."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from cli_runner import cli

from snapjs.workflows import App

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SOURCE = "export const seen = []; export default (value) => { seen.push(value); return new Promise(() => {}); }"

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a run in the encrypted store shop.db, beside which is a file with its key."""
    monkeypatch.chdir(tmp_path)
    write("key", KEY)
    app = App("sqlite:///shop.db", keys=KEY)
    started = app.start(SOURCE, "private", key="order-7")
    app.run_worker(until=lambda: started.turn == 1)
    return started.id


def write(name: str, *keys: bytes) -> None:
    Path(name).write_text("".join(f"{b64encode(key).decode()}\n" for key in keys))


def test_the_key_is_in_a_file(run: str) -> None:
    assert cli("workflow", "--key-file", "key", "query", "shop.db", run, "seen").stdout == '["private"]\n'


def test_the_environment_names_the_file(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPJS_KEY_FILE", "key")
    assert cli("workflow", "query", "shop.db", run, "seen").stdout == '["private"]\n'


def test_without_it_runs_are_listed_and_sealed(run: str) -> None:
    assert "order-7" in cli("workflow", "list", "shop.db").stdout
    shown = cli("workflow", "show", "shop.db", run).stdout
    assert 'begin("<sealed>")' in shown
    assert "private" not in shown


def test_without_it_nothing_is_done(run: str) -> None:
    refused = cli("workflow", "cancel", "shop.db", run)
    assert refused.exit_code == 1
    assert "What is stored is encrypted, and its key was not given." in refused.stderr


@pytest.mark.parametrize("content", ["", "short", b64encode(bytes(31)).decode(), "\xe4"])
def test_a_file_of_something_else_is_refused(run: str, content: str) -> None:
    Path("key").write_text(content)
    refused = cli("workflow", "--key-file", "key", "list", "shop.db")
    assert refused.exit_code == 2
    assert "key is no file of keys, of 32 bytes in base64 each" in refused.stderr


def test_keys_are_rotated(run: str) -> None:
    write("both", OTHER, KEY)
    write("new", OTHER)
    rotated = cli("workflow", "--key-file", "both", "rotate-keys", "shop.db")
    assert rotated.stdout == "1 run has the first key now, and no other is needed.\n"
    assert cli("workflow", "--key-file", "new", "query", "shop.db", run, "seen").stdout == '["private"]\n'


def test_a_run_is_shredded(run: str) -> None:
    assert cli("workflow", "--key-file", "key", "shred", "shop.db", run, "--yes").exit_code == 0
    refused = cli("workflow", "--key-file", "key", "query", "shop.db", run, "seen")
    assert "The key of the run was deleted." in refused.stderr
