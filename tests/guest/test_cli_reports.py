"""``snapjs inspect``, ``snapjs demo``, and the command itself."""

from __future__ import annotations

import io
import json
import re
from importlib import metadata
from pathlib import Path

import click
import pytest
from cli_runner import Result, cli, process

from snapjs import VM, Snapshot, pending
from snapjs.cli import _session, _show, _snapshots, main

PROGRAM = """
setInterval(() => {}, 5000)
setTimeout(() => {}, 86400000)
await Promise.all([ask("Really?", { n: 1, f() {} }), ask(new Map([["k", 2n]]), undefined, new Uint8Array(3))])
"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "program.snap"
    assert cli("run", "-", "--snapshot-to", file, "--pending", "mail.send", stdin=PROGRAM).exit_code == 0
    return file


# ---- inspect


def test_inspect_shows_what_is_in_a_snapshot(saved: Path) -> None:
    lines = cli("inspect", saved).stdout.splitlines()
    snapshot = Snapshot.load(saved)
    assert f"id         {snapshot.id}" in lines
    assert f"engine     {snapshot.engine}" in lines
    assert "functions  ask, mail.send" in lines
    assert "base       none: it is whole" in lines
    assert "extensions none" in lines
    assert '  1  ask("Really?", {"n": 1, "f": "<function>"})' in lines
    assert '  2  ask({"k": "<2n>"}, "<undefined>", "<3 bytes>")' in lines


def test_inspect_shows_timers_by_deadline(saved: Path) -> None:
    timers = cli("inspect", saved).stdout.partition("timers\n")[2].splitlines()
    assert re.fullmatch(r"  1  due \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(.* here\), then every 5 s", timers[0])
    assert re.fullmatch(r"  2  due \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(.* here\)", timers[1])


def test_inspect_json_has_the_same_facts(saved: Path) -> None:
    snapshot = Snapshot.load(saved)
    facts = json.loads(cli("inspect", saved, "--json").stdout)
    assert facts.pop("timers") == [
        {"id": timer.id, "deadline": timer.deadline.isoformat(), "interval": interval}
        for timer, interval in zip(snapshot.timers, (5.0, None), strict=True)
    ]
    assert facts == {
        "id": snapshot.id,
        "engine": snapshot.engine,
        "created_at": snapshot.created_at.isoformat(),
        "file_size": saved.stat().st_size,
        "memory_size": snapshot.size,
        "pages": len(snapshot.pages()),
        "functions": ["ask", "mail.send"],
        "pending": [
            {"id": 1, "name": "ask", "args": ["Really?", {"n": 1, "f": "<function>"}]},
            {"id": 2, "name": "ask", "args": [{"k": "<2n>"}, "<undefined>", "<3 bytes>"]},
        ],
        "extensions": [],
        "base": None,
    }


def test_inspect_json_can_say_what_json_cannot(tmp_path: Path) -> None:
    with VM(functions={"f": pending}) as vm:
        vm.eval(
            "const a = []; a.push(a); f(NaN, -Infinity, a, new Set([1]), new Date(0), Symbol.for('s'), new Error('e')); 0"
        )
        vm.snapshot().save(tmp_path / "odd.snap")
    [call] = json.loads(cli("inspect", tmp_path / "odd.snap", "--json").stdout)["pending"]
    assert call["args"] == [
        "<nan>", "<-inf>", ["<circular>"], [1], "1970-01-01T00:00:00+00:00", "Symbol(key='s')", "<Error: e>",
    ]  # fmt: skip


def test_inspect_of_a_snapshot_that_waits_for_nothing_says_so(tmp_path: Path) -> None:
    with VM() as vm:
        vm.snapshot().save(tmp_path / "idle.snap")
    lines = cli("inspect", tmp_path / "idle.snap").stdout.splitlines()
    assert lines[-4:] == [
        "functions  none", "extensions none", "base       none: it is whole", "waits for  no answer",
    ]  # fmt: skip


def test_inspect_of_a_corrupt_snapshot_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-1])
    result = cli("inspect", saved)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_inspect_of_a_missing_snapshot_is_refused(tmp_path: Path) -> None:
    assert cli("inspect", tmp_path / "none.snap").exit_code == 2


# ---- for people


@pytest.mark.parametrize(
    ("count", "text"),
    [(999, "999 bytes"), (28_700, "28.7 KB"), (999_950, "1.0 MB"), (4 << 20, "4.2 MB"), (1_500_000_000, "1.5 GB")],
)
def test_size(count: int, text: str) -> None:
    assert _show.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.00005, "50 µs"), (0.0305, "30.5 ms"), (1.0, "1.0 s"), (119.0, "119.0 s"), (120.0, "2.0 minutes"),
        (9000.0, "2.5 hours"), (200_000.0, "2.3 days"),
    ],
)  # fmt: skip
def test_duration(seconds: float, text: str) -> None:
    assert _show.duration(seconds) == text


def test_call_is_not_too_long() -> None:
    assert _show.call("ask", ["x" * 1000]) == 'ask("' + "x" * 158 + "…)"


def test_value_is_shown_to_a_depth() -> None:
    value: object = 1
    for _ in range(20):
        value = [value]
    assert json.dumps(_show.plain(value)) == "[" * 16 + '"<\\u2026>"' + "]" * 16


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_shows_how_far_a_large_snapshot_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with _snapshots._progress("Loading a.snap", 40_000_000) as progress:
        assert progress is not None
        progress(10_000_000, 40_000_000)
    assert terminal.getvalue() == "\r\x1b[KLoading a.snap: 25 % of 40.0 MB\r\x1b[K"


def test_terminal_shows_nothing_of_a_small_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with _snapshots._progress("Loading a.snap", 40_000_000) as progress:
        assert progress is not None
        progress(1_000, 1_000)
    assert terminal.getvalue() == ""


def test_terminal_shows_that_a_program_waits_for_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    _session._notice(90.0)
    assert terminal.getvalue() == "Waiting 90.0 s for a timer …\n"


# ---- demo


@pytest.mark.slow
def test_demo_does_the_main_job_across_two_processes(tmp_path: Path) -> None:
    result = cli("demo", "--keep", tmp_path / "kept")
    assert (result.exit_code, result.stderr) == (0, "")
    numbers = re.findall(r"process, number (\d+),", result.stdout)
    assert len(set(numbers)) == 2
    assert "  | Grace approved it\n  | the finally block has run\n" in result.stdout
    assert "  | { state: 'shipped', with: 'Adele', steps: 3 }\n" in result.stdout
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["order.js", "order.snap"]


@pytest.mark.slow
def test_demo_leaves_no_files_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cli("demo").exit_code == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_order_of_the_demo_can_be_refused(tmp_path: Path) -> None:
    cli("demo", "--keep", tmp_path)
    result = cli("resume", tmp_path / "order.snap", "--answer", '5={"approved": false, "by": "Ada"}')
    assert (result.exit_code, result.stdout) == (1, "the finally block has run\n")
    assert result.stderr.startswith("Uncaught Error: Ada refused the order\n    at placeOrder (order.js:")


def test_demo_does_not_replace_a_file_of_yours(tmp_path: Path) -> None:
    (tmp_path / "order.js").write_text("mine")
    assert cli("demo", "--keep", tmp_path).exit_code == 2
    assert (tmp_path / "order.js").read_text() == "mine"


def test_demo_says_that_its_snapshot_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "order.snap").mkdir()
    result = cli("demo", "--keep", tmp_path)
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: {tmp_path / 'order.snap'} cannot be written: Is a directory\n",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["order.js", "order.snap"]


# ---- the command


def test_the_commands_are_listed_in_their_order() -> None:
    lines = cli("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == [
        "demo", "run", "resume", "repl", "inspect", "qjs", "workflow", "doctor", "build-extension",
    ]  # fmt: skip
    assert not any(line.endswith("...") for line in lines)


@pytest.mark.parametrize("name", ["demo", "run", "resume", "inspect", "workflow", "doctor", "build-extension"])
def test_the_help_of_a_command_explains_every_option(name: str) -> None:
    text = cli(name, "--help").stdout
    selected = main.get_command(click.Context(main), name)
    assert selected is not None
    for parameter in selected.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in text
            assert parameter.help


def test_an_unknown_command_is_refused() -> None:
    assert cli("frobnicate").exit_code == 2


@pytest.mark.slow
def test_python_m_snapjs_is_the_same_command(tmp_path: Path) -> None:
    assert process("--help", folder=tmp_path).stdout.startswith("Usage: python -m snapjs [OPTIONS] COMMAND")


# ---- snapjs --version


def test_version_is_that_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: f"9.9 of {name}")
    assert cli("--version") == Result(0, "snapjs 9.9 of snapjs\n", "")


def test_version_of_what_is_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert cli("--version") == Result(0, "snapjs, not installed as a package: its version is not known\n", "")
