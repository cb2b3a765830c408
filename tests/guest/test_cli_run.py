"""``snapjs run``."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runner import EXAMPLES, cli, command, environment

from snapjs import Snapshot

UNTIL_IT_IS_DUE = "for (const end = performance.now() + 5; performance.now() < end;);"
"""what a program does that sets a timer of 1 ms, so that it is due when the program ends"""


def script(folder: Path, source: str, name: str = "program.js") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return file


def run_text(source: str | bytes, *options: str) -> tuple[int, str, str]:
    result = cli("run", "-", *options, stdin=source)
    return result.exit_code, result.stdout, result.stderr


# ---- what is printed


def test_the_value_of_a_script_is_printed_as_console_log_does() -> None:
    assert run_text("({a: [1, 'x']})") == (0, "{ a: [ 1, 'x' ] }\n", "")


def test_a_string_value_is_printed_bare() -> None:
    assert run_text("'a' + 'b'") == (0, "ab\n", "")


def test_undefined_is_not_printed() -> None:
    assert run_text("undefined") == (0, "", "")


def test_a_class_instance_is_printed_as_itself() -> None:
    assert run_text("class P { constructor() { this.x = 1 } }; new P()") == (0, "P { x: 1 }\n", "")


def test_top_level_await_works() -> None:
    assert run_text("await Promise.resolve(6) * 7") == (0, "42\n", "")


def test_console_output_goes_to_the_stream_that_it_names() -> None:
    assert run_text("console.log('out'); console.error('err')") == (0, "out\n", "err\n")


def test_timers_run_after_the_value_is_printed() -> None:
    assert run_text(f"setTimeout(() => console.log('late'), 1); {UNTIL_IT_IS_DUE} 'early'") == (0, "early\nlate\n", "")


def test_a_lone_surrogate_is_printed_as_a_question_mark() -> None:
    assert run_text("'\\ud800'") == (0, "?\n", "")


def test_a_byte_order_mark_is_passed_over() -> None:
    assert run_text(b"\xef\xbb\xbf1 + 1") == (0, "2\n", "")


def test_a_program_cannot_reach_how_its_result_is_kept() -> None:
    source = "Object.getOwnPropertyNames(globalThis).filter(name => name.includes('completion')).length"
    assert run_text(source) == (0, "0\n", "")


def test_a_program_that_replaces_console_still_has_its_value_printed() -> None:
    assert run_text("console.log = null; globalThis.console = null; 5") == (0, "5\n", "")


# ---- modules


def test_a_module_imports_from_its_folder() -> None:
    result = cli("run", "--module", EXAMPLES / "report" / "main.js")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "Wien    2028000")


def test_a_module_prints_no_value(tmp_path: Path) -> None:
    assert cli("run", "--module", script(tmp_path, "export const a = 1; a")).stdout == ""


def test_a_module_imports_from_a_folder_below_and_back(tmp_path: Path) -> None:
    script(tmp_path, "export { b } from '../b.js'", "below/a.js")
    script(tmp_path, "export const b = 'b'", "b.js")
    assert cli("run", "--module", script(tmp_path, "import { b } from './below/a.js'; console.log(b)")).stdout == "b\n"


@pytest.mark.parametrize("name", ["../outside.js", "./below/../../outside.js", "./missing.js", "./below", "bare"])
def test_a_module_outside_the_folder_or_missing_is_refused(tmp_path: Path, name: str) -> None:
    script(tmp_path, "export {}", "outside.js")
    script(tmp_path, "export {}", "inside/below/x.js")
    result = cli("run", "--module", script(tmp_path, f"import {name!r}", "inside/main.js"))
    assert result.exit_code == 1
    assert "imported by main.js" in result.stderr
    assert f"The program may import files in {tmp_path / 'inside'} and below" in result.stderr


def test_an_absolute_path_is_not_a_module(tmp_path: Path) -> None:
    target = script(tmp_path, "export {}", "target.js")
    assert cli("run", "--module", script(tmp_path, f"import {target.as_posix()!r}")).exit_code == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path: Path) -> None:
    target = script(tmp_path, "export {}", "outside.js")
    main = script(tmp_path, "import './link.js'", "inside/main.js")
    (tmp_path / "inside" / "link.js").symlink_to(target)
    result = cli("run", "--module", main)
    assert (result.exit_code, "leads outside" in result.stderr) == (1, True)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    script(tmp_path, "console.log('linked')", "real.js")
    (tmp_path / "link.js").symlink_to(tmp_path / "real.js")
    assert cli("run", "--module", script(tmp_path, "import './link.js'")).stdout == "linked\n"


# ---- a program that waits


def test_a_program_that_asks_is_saved_beside_it(tmp_path: Path) -> None:
    file = script(tmp_path, "await ask('Really?', {n: 1})")
    result = cli("run", file)
    assert result.exit_code == 0
    assert '  1  ask("Really?", {"n": 1})\n' in result.stdout
    assert f"  snapjs resume {tmp_path / 'program.snap'} --answer 1=true\n" in result.stdout
    assert [call.name for call in Snapshot.load(tmp_path / "program.snap").pending] == ["ask", "<completion>"]


def test_every_call_that_waits_is_in_the_command_to_resume(tmp_path: Path) -> None:
    result = cli("run", script(tmp_path, "await Promise.all([ask(1), ask(2), ask(3)])"))
    assert "--answer 1=true --answer 2=true --answer 3=true\n" in result.stdout


def test_snapshot_to_says_where_the_snapshot_goes(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.bin"
    assert run_text("await ask()", "--snapshot-to", str(target))[0] == 0
    assert target.exists()


def test_pending_names_more_functions(tmp_path: Path) -> None:
    result = cli("run", script(tmp_path, "await mail.send('x')"), "--pending", "mail.send")
    assert '  1  mail.send("x")\n' in result.stdout


def test_a_program_that_waits_for_an_answer_does_not_wait_for_its_timers(tmp_path: Path) -> None:
    source = "setTimeout(() => console.log('fired'), 86400000); await ask('?')"
    result = cli("run", script(tmp_path, source))
    assert result.exit_code == 0
    assert "Its next timer is due at " in result.stdout


def test_a_call_that_nobody_awaits_is_waited_for_too(tmp_path: Path) -> None:
    result = cli("run", script(tmp_path, "ask('x').then(console.log); 1"))
    assert result.stdout.startswith("1\nThe program waits for an answer to:\n")


def test_a_program_from_standard_input_that_asks_needs_snapshot_to() -> None:
    code, _, stderr = run_text("await ask()")
    expected = "Error: the program waits for an answer, and there is no place to save it: give --snapshot-to FILE\n"
    assert (code, stderr) == (2, expected)


def test_what_a_program_asks_cannot_control_the_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in cli("run", script(tmp_path, "await ask('\\x1b[2J\\x9b')")).stdout


def test_a_program_that_is_done_leaves_no_snapshot(tmp_path: Path) -> None:
    cli("run", script(tmp_path, "1"))
    assert not (tmp_path / "program.snap").exists()


# ---- failures


def test_an_uncaught_error_shows_the_javascript_stack_and_no_traceback() -> None:
    code, stdout, stderr = run_text("function f() { throw new TypeError('boom') }\nf()")
    assert (code, stdout) == (1, "")
    assert stderr.startswith("Uncaught TypeError: boom\n    at f (<stdin>:1:")
    assert "Traceback" not in stderr


def test_an_error_after_an_await_fails_the_program() -> None:
    assert run_text("await 1; throw new Error('late')")[2].startswith("Uncaught Error: late\n")


def test_what_is_thrown_need_not_be_an_error() -> None:
    assert run_text("throw { code: 7 }") == (1, "", "Uncaught { code: 7 }\n")


def test_a_syntax_error_fails_the_program() -> None:
    code, _, stderr = run_text("let = ;")
    assert (code, stderr.startswith("Uncaught SyntaxError: ")) == (1, True)


def test_an_error_in_a_timer_ends_the_program() -> None:
    timers = "setTimeout(() => { throw new Error('in timer') }, 1); setTimeout(() => console.log('never'), 1)"
    source = f"{timers}; {UNTIL_IT_IS_DUE} undefined"
    code, stdout, stderr = run_text(source)
    assert (code, stdout, stderr.splitlines()[0]) == (1, "", "Uncaught Error: in timer")


def test_an_unhandled_rejection_ends_the_program() -> None:
    code, stdout, stderr = run_text(
        f"Promise.reject(new Error('lost')); await 1; setTimeout(() => console.log('never'), 1); {UNTIL_IT_IS_DUE}"
    )
    assert (code, stdout, stderr.splitlines()[0]) == (1, "", "Uncaught (in promise) Error: lost")


def test_a_failed_program_is_not_saved(tmp_path: Path) -> None:
    assert cli("run", script(tmp_path, "ask('x'); throw 1")).exit_code == 1
    assert not (tmp_path / "program.snap").exists()


def test_a_promise_that_nothing_can_settle_is_a_failure() -> None:
    expected = "The program waits on a promise that nothing can settle: no call and no timer is left.\n"
    assert run_text("await new Promise(() => {})") == (1, "", expected)


# ---- limits


def test_an_endless_loop_ends_at_its_timeout() -> None:
    assert run_text("for (;;);", "--timeout", "0.1") == (
        3, "", "Stopped: the program took longer than --timeout 0.1 seconds.\n",
    )  # fmt: skip


def test_the_timeout_that_is_said_is_the_one_that_was_given() -> None:
    _, _, stderr = run_text("1", "--timeout", "0.000001")
    assert stderr == "Stopped: the program took longer than --timeout 1e-06 seconds.\n"


def test_waiting_for_a_timer_ends_at_the_timeout() -> None:
    assert run_text("await new Promise(done => setTimeout(done, 1e6))", "--timeout", "0.05")[0] == 3


def test_the_timeout_is_for_the_whole_program() -> None:
    assert run_text("for (;;) await new Promise(done => setTimeout(done, 2))", "--timeout", "0.1")[0] == 3


def test_endless_recursion_is_a_limit() -> None:
    code, _, stderr = run_text("function f() { f() }\nf()")
    assert code == 3
    assert stderr.startswith("Stopped: JavaScript calls nest too deep: look for endless recursion.\n    at f ")


def test_the_memory_limit_fires_in_a_timer() -> None:
    source = "setTimeout(() => { const a = []; for (;;) a.push(new Array(1000).fill(1.5)) }, 0); undefined"
    code, _, stderr = run_text(source, "--memory-limit", "4MiB")
    assert (code, stderr.splitlines()[0]) == (3, "Stopped: the program used up its memory of --memory-limit 4.2 MB.")


def test_the_memory_limit_fires_in_the_program_itself() -> None:
    code, _, _ = run_text("const a = []; for (;;) a.push(new Array(1000).fill(1.5))", "--memory-limit", "4MiB")
    assert code == 3


def test_a_program_may_catch_the_memory_limit() -> None:
    source = "let n = 0; try { const a = []; for (;;) a.push(new Array(1000).fill(1.5)) } catch (e) { n = 1 } n"
    assert run_text(source, "--memory-limit", "4MiB") == (0, "1\n", "")


# ---- usage


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--memory-limit", "5Q"], "'5Q' is not a size"),
        (["--memory-limit", "1KB"], "'1KB' is out of range"),
        (["--memory-limit", "4GiB"], "'4GiB' is out of range"),
        (["--timeout", "0"], "'0' is not a duration"),
        (["--timeout", "nan"], "'nan' is not a duration"),
        (["--timeout", "soon"], "'soon' is not a duration"),
        (["--pending", "a b"], "--pending a b: it is not a name of a function"),
        (["--pending", "<completion>"], "--pending <completion>: it is not a name of a function"),
        (["--snapshot-to", "no/such/folder/x.snap"], "there is no folder"),
        (["--snapshot-to", "."], "is a folder: give a file"),
    ],
)
def test_a_wrong_option_is_refused(options: list[str], text: str) -> None:
    code, _, stderr = run_text("1", *options)
    assert (code, text in stderr) == (2, True)


def test_a_file_that_does_not_exist_is_refused() -> None:
    result = cli("run", "no-such.js")
    assert (result.exit_code, "File 'no-such.js' does not exist." in result.stderr) == (2, True)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "binary.js"
    file.write_bytes(b"ab\xff")
    assert cli("run", file).stderr == f"Error: {file} is not UTF-8 text: byte 2 is 0xff\n"


def test_a_file_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snapjs.cli.run._LONGEST", 1000)
    assert run_text("1" + 999 * " ") == (0, "1\n", "")
    assert run_text(1001 * " ") == (2, "", "Error: standard input has more than 1.0 KB: no program is that long\n")
    file = script(tmp_path, 1001 * " ")
    assert cli("run", file).stderr == f"Error: {file} has more than 1.0 KB: no program is that long\n"


def test_a_name_that_looks_like_an_option_is_shown_as_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script(tmp_path, "await ask()", "-x.js")
    assert "  snapjs resume ./-x.snap --answer 1=true\n" in cli("run", "--", "-x.js").stdout


def test_a_current_folder_that_was_removed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    expected = "Error: the current folder is not there any more: change to another, or give --root FOLDER\n"
    assert run_text("1") == (2, "", expected)


def test_a_module_outside_of_its_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    file = script(tmp_path, "export {}", "main.mjs")
    result = cli("run", file, "--root", tmp_path / "inside")
    assert result.exit_code == 2
    assert result.stderr == f"Error: {file} is not in {tmp_path / 'inside'}: give --root a folder that holds it\n"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_file_that_cannot_be_read_is_refused() -> None:
    result = cli("run", "/proc/self/mem")
    assert (result.exit_code, result.stderr) == (2, "Error: /proc/self/mem cannot be read: Input/output error\n")


def test_a_snapshot_does_not_replace_its_program(tmp_path: Path) -> None:
    file = script(tmp_path, "await ask()", "program.snap")
    assert cli("run", file).exit_code == 2
    assert file.read_text() == "await ask()"


def test_a_snapshot_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, destination: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    code, _, stderr = run_text("await ask()", "--snapshot-to", str(tmp_path / "x.snap"))
    assert (code, "x.snap cannot be written: No space left on device" in stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to one process there")
@pytest.mark.parametrize(
    "busy", ["for (;;);", "await new Promise(done => setTimeout(done, 1e6))", "new Array(1e9).join('x')"]
)
def test_an_interrupt_ends_the_program_cleanly(tmp_path: Path, busy: str) -> None:
    file = script(tmp_path, f"console.error('ready'); {busy}")
    with subprocess.Popen(command("run", file), env=environment(), stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "Interrupted.\n"
    assert process.returncode == 130
