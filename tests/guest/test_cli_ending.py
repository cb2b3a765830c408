"""How the command ends when the system, the installation or its output fail it: in one line, with an exit code."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runner import Result, cli, command, environment

from snapjs import GuestTrapped, StackLimitError
from snapjs._guest.engine import EngineMissing
from snapjs._guest.exports import EngineUnusable
from snapjs.cli import _ending
from snapjs.cli import run as run_module

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="these shells and devices are not there")


# ---- what cannot work


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            EngineMissing("engine.wasm cannot be read: install snapjs again"),
            "engine.wasm cannot be read: install snapjs again. See what snapjs doctor says.",
        ),
        (ModuleNotFoundError("No module named 'msgspec'"), "No module named 'msgspec'. See what snapjs doctor says."),
        (
            EngineUnusable("mmap failed\n\nCaused by:\n    Cannot allocate memory\n"),
            "mmap failed Caused by: Cannot allocate memory. See what snapjs doctor says.",
        ),
        (GuestTrapped("out of bounds"), str(GuestTrapped("out of bounds"))),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (OSError(errno.ENOSPC, "No space left on device", "a.snap"), "a.snap: No space left on device"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_work_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception, text: str) -> None:
    def fail(**options: object) -> None:
        raise error

    monkeypatch.setattr(run_module, "VM", fail)
    assert cli("run", "-", stdin="1") == Result(1, "", f"Error: {text}\n")


def test_a_thread_without_room_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**options: object) -> None:
        raise StackLimitError("The stack has 2 bytes. Raise its limit.")

    monkeypatch.setattr(run_module, "VM", fail)
    assert cli("run", "-", stdin="1") == Result(3, "", "Stopped: The stack has 2 bytes. Raise its limit.\n")


def test_an_error_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**options: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(run_module, "VM", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        cli("run", "-", stdin="1")


# ---- streams that are not there


def test_without_standard_output_nothing_is_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    _ending.flush_output()
    _ending.drop_output()


def test_without_standard_error_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert not _ending.is_watched()


def test_without_standard_input_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(_ending.Refusal, match=r"^standard input is closed: give a file$"):
        run_module._read(Path("-"), True)


# ---- the whole process


def shell(line: str, folder: Path) -> Result:
    """Run a shell's command line, in which $RUN is the command with a program that prints "text"."""
    (folder / "program.js").write_text("console.log('text')")
    line = line.replace("$RUN", f"{' '.join(command('run'))} program.js")
    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, env=environment(), capture_output=True, encoding="utf-8", timeout=60
    )
    return Result(done.returncode, done.stdout, done.stderr)


@posix_only
@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("$RUN >&-", Result(0, "", "")),
        ("$RUN 2>&-", Result(0, "text\n", "")),
        ("{ $RUN; echo $? >&2; } | true", Result(0, "", "1\n")),
    ],
    ids=["no output", "no errors", "no reader"],
)
def test_nobody_who_reads_is_no_traceback(tmp_path: Path, line: str, expected: Result) -> None:
    assert shell(line, tmp_path) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "errors"),
    [("$RUN > /dev/full", "Error: No space left on device\n"), ("$RUN > /dev/full 2> /dev/full", "")],
)
def test_output_that_cannot_be_written_is_said_once(tmp_path: Path, line: str, errors: str) -> None:
    assert shell(line, tmp_path) == Result(1, "", errors)


@pytest.mark.skipif(sys.platform != "linux", reason="the main thread's stack is limited this way on Linux")
@pytest.mark.slow
def test_a_stack_that_is_too_small_is_said(tmp_path: Path) -> None:
    result = shell("ulimit -s 1024; $RUN", tmp_path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch(r"Error: The stack of thread 'MainThread' has 10\d{5} bytes, and .*\n", result.stderr)
