"""`snapjs repl` at a terminal: a process of its own at a pseudo-terminal."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cli_runner import Result, cli, command, environment

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

from pseudo_terminal import PseudoTerminal

from snapjs.cli import repl as repl_module

pytestmark = pytest.mark.slow
Start = Callable[..., PseudoTerminal]

ENTER, TAB, CTRL_C, CTRL_D, UP = "\r", "\t", "\x03", "\x04", "\x1b[A"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Begins a session, and waits for the prompt."""
    with ExitStack() as stack:

        def begin(*arguments: str | Path, **variables: str) -> PseudoTerminal:
            given = {**environment(), "SNAPJS_REPL_HISTORY": str(tmp_path / "history"), "NO_COLOR": "1", **variables}
            terminal = stack.enter_context(PseudoTerminal(command("repl", *arguments), given, tmp_path))
            terminal.see(r"Ctrl-D leaves\.\n>")
            return terminal

        yield begin


def enter(terminal: PseudoTerminal, line: str, shown: str) -> None:
    """Type a line, and wait until this is shown behind it on a line of its own, and the next prompt."""
    terminal.type(line + ENTER)
    terminal.see(rf"\n{shown}\n(?:ts)?>")


def test_values_are_shown_and_ctrl_d_leaves(start: Start) -> None:
    terminal = start()
    enter(terminal, "6 * 7", "42")
    enter(terminal, "_ + 1", "43")
    enter(terminal, "undefined", "undefined")
    enter(terminal, "'text'", "'text'")
    terminal.type(CTRL_D)
    assert terminal.wait() == 0


def test_exit_leaves(start: Start) -> None:
    terminal = start()
    terminal.type(f".exit{ENTER}")
    assert terminal.wait() == 0


def test_a_source_goes_on_in_the_next_line(start: Start) -> None:
    terminal = start()
    terminal.type(f"function f() {{{ENTER}")
    terminal.see(r"\n\.\.\.")
    terminal.type(f"return 42{ENTER}")
    terminal.type(f"}}{ENTER}")
    terminal.see(r"\nundefined\n")
    enter(terminal, "f()", "42")


def test_what_is_pasted_is_one_source(start: Start) -> None:
    terminal = start()
    terminal.type("\x1b[200~const a = [\n  40,\n  2,\n]\na[0] + a[1]\x1b[201~")
    enter(terminal, "", "42")


def test_an_editor_takes_lines_that_are_whole(start: Start) -> None:
    terminal = start()
    terminal.type(f".editor{ENTER}")
    terminal.see(r"Ctrl-D runs.*\n\.\.\.")
    terminal.type(f"let a = 40{ENTER}a + 2{ENTER}")
    terminal.type(CTRL_D)
    terminal.see(r"\n42\n>")
    enter(terminal, "a", "40")


def test_what_is_typed_is_given_up_by_ctrl_c(start: Start) -> None:
    terminal = start()
    terminal.type("let a = {")
    terminal.see(r"let a = \{")
    terminal.type(CTRL_C)
    enter(terminal, "1 + 1", "2")


def test_ctrl_c_twice_leaves(start: Start) -> None:
    terminal = start()
    terminal.type(CTRL_C)
    terminal.see(r"once more.*\n>")
    terminal.type(CTRL_C)
    assert terminal.wait() == 0


@pytest.mark.parametrize(
    "line",
    [
        "kept = 'changed'; console.log('begun'); for (;;);",
        "kept = 'changed'; console.log('begun'); await new Promise(done => setTimeout(done, 1e6))",
    ],
    ids=["loop", "await"],
)
def test_code_that_runs_is_stopped_by_ctrl_c_and_nothing_is_lost(start: Start, line: str) -> None:
    terminal = start()
    enter(terminal, "let kept = 'first'", "undefined")
    terminal.type(line + ENTER)
    terminal.see(r"\nbegun\n")
    terminal.type(CTRL_C)
    terminal.see(r"Interrupted\.\n>")
    enter(terminal, "kept", "'changed'")


def test_a_native_loop_is_undone_by_ctrl_c(start: Start) -> None:
    terminal = start()
    enter(terminal, "let kept = 'first'", "undefined")
    terminal.type(f"kept = 'changed'; console.log('begun'); new Array(1e9).join('x'){ENTER}")
    terminal.see(r"\nbegun\n")
    terminal.type(CTRL_C)
    terminal.see(r"Interrupted\.\n.*the session is as it was before\.\n>")
    enter(terminal, "kept", "'first'")


@pytest.mark.parametrize(
    "line",
    [
        "await (async () => { for (;;) await 0 })()",
        "let f; const p = new Promise(r => { f = r }), h = Promise.prototype.then.bind(p); f(h); p.then(h)",
    ],
    ids=["JavaScript", "native"],
)
def test_microtasks_without_end_do_not_outlive_ctrl_c(start: Start, line: str) -> None:
    terminal = start()
    terminal.type(f"console.log('begun'); {line}{ENTER}")
    terminal.see(r"\nbegun\n")
    terminal.type(CTRL_C)
    terminal.see(r"Interrupted\.\n(?:.*before\.\n)?>")
    enter(terminal, "1 + 1", "2")


def test_a_limit_in_a_native_loop_loses_nothing_that_was_before(start: Start) -> None:
    terminal = start("--timeout", "0.2")
    enter(terminal, "let kept = 'first'", "undefined")
    terminal.type(f"new Array(1e9).join('x'){ENTER}")
    terminal.see(r"took longer than --timeout 0\.2 seconds\.\n.*the session is as it was before\.\n>")
    enter(terminal, "kept", "'first'")


def test_timers_run_while_somebody_types(start: Start) -> None:
    terminal = start()
    terminal.type(f"setTimeout(() => console.log('from a', 'timer'), 300); 0{ENTER}")
    terminal.type("'typed in the meantime'")
    terminal.see(r"from a timer\n")
    enter(terminal, "", "'typed in the meantime'")


def test_a_timer_that_never_ends_is_stopped_by_ctrl_c(start: Start) -> None:
    terminal = start()
    terminal.type(f"setTimeout(() => {{ console.log('from a', 'timer'); for (;;); }}, 100); 0{ENTER}")
    terminal.see(r"from a timer\n")
    terminal.type(CTRL_C)
    terminal.see(r"Interrupted\.\n>")
    enter(terminal, "1 + 1", "2")


def test_names_are_completed(start: Start) -> None:
    terminal = start()
    enter(terminal, "const object = { first: 42, get other() { console.log('run') } }", "undefined")
    terminal.type(f"obje{TAB}")
    terminal.see("object")
    terminal.type(f".fi{TAB}")
    terminal.see("first")
    enter(terminal, "", "42")
    terminal.type(f"object.other.{TAB}")
    terminal.see(r"object\.other\.")
    terminal.type(CTRL_C)
    enter(terminal, "1 + 1", "2")
    assert "\nrun" not in terminal.text


def test_commands_are_completed(start: Start) -> None:
    terminal = start()
    terminal.type(f".he{TAB}")
    terminal.see(r"\.help")
    terminal.type(ENTER)
    terminal.see(r"\.save FILE")


def test_what_was_typed_is_remembered_by_the_next_session(start: Start, tmp_path: Path) -> None:
    terminal = start()
    enter(terminal, "40 + 2", "42")
    terminal.type(CTRL_D)
    terminal.wait()
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o600

    terminal = start()
    terminal.type(UP)
    terminal.see(r"40 \+ 2")
    enter(terminal, "", "42")


def test_nothing_is_remembered_without_a_file(start: Start, tmp_path: Path) -> None:
    terminal = start(SNAPJS_REPL_HISTORY="")
    enter(terminal, "40 + 2", "42")
    assert not (tmp_path / "history").exists()


def test_typescript_has_a_prompt_of_its_own(start: Start) -> None:
    terminal = start()
    terminal.type(f".ts{ENTER}")
    terminal.see(r"types are not checked\.\nts>")
    enter(terminal, "let a: number = 42; a", "42")


def test_values_have_colours(start: Start) -> None:
    terminal = start(NO_COLOR="")
    enter(terminal, "[1, 'x']", r"\[ 1, 'x' \]")
    assert re.search(r"\x1b\[0;33m1\x1b\[0m, \x1b\[0;32m'x'", terminal.raw)


def test_a_value_does_not_control_the_terminal(start: Start) -> None:
    terminal = start()
    enter(terminal, r"Symbol('\x1b]0;title\x07')", r"Symbol\(\\x1b\]0;title\\x07\)")


def test_a_session_is_saved_and_gone_on_with(start: Start, tmp_path: Path) -> None:
    terminal = start()
    enter(terminal, "let kept = 42", "undefined")
    terminal.type(f".save session.snap{ENTER}")
    terminal.see(r"Saved to session\.snap.*\n>")
    enter(terminal, "kept = 1", "1")
    terminal.type(f".load session.snap{ENTER}")
    terminal.see(r"\n>")
    enter(terminal, "kept", "42")
    enter(start("session.snap"), "kept", "42")


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    importing = builtins.__import__

    def refuse(name: str, *arguments: Any) -> Any:
        if name == "prompt_toolkit":
            raise ImportError(name)
        return importing(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr(repl_module, "_is_terminal", lambda: True)
    assert cli("repl") == Result(
        2, "", "Error: a terminal needs prompt_toolkit and Pygments: pip install 'snapjs[repl]'\n"
    )
