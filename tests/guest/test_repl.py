"""``snapjs repl`` as a filter."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runner import Result, cli, command, environment

from snapjs import VM, Snapshot
from snapjs.cli import repl as repl_module


def typed(*lines: str, options: tuple[str, ...] = ()) -> Result:
    return cli("repl", *options, stdin="".join(f"{line}\n" for line in lines))


def shown(*lines: str) -> str:
    """What is printed of lines that do not fail."""
    result = typed(*lines)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


# ---- values


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("1 + 1", "2"),
        ("'a' + 'b'", "'ab'"),
        ("-0", "-0"),
        ("10n", "10n"),
        ("null", "null"),
        ("Symbol('s')", "Symbol(s)"),
        ("{a: 1, b: [1, 'x']}", "{ a: 1, b: [ 1, 'x' ] }"),
        ("{}", "{}"),
        ("{ let x = 3; x }", "3"),
        ("[new Map([[1, 2]]), new Set([1])]", "[ Map(1) { 1 => 2 }, Set(1) { 1 } ]"),
        ("(function f() {})", "[Function: f]"),
        ("new Proxy({ a: 1 }, { get() { throw 1 } })", "{ a: 1 }"),
        ("Promise.resolve(5)", "Promise { 5 }"),
        ("'%s %d'", "'%s %d'"),
        ("`a\nb`", r"'a\nb'"),
    ],
)
def test_a_value_is_shown_as_inside_of_others(line: str, text: str) -> None:
    assert shown(line) == f"{text}\n"


def test_undefined_is_not_printed() -> None:
    assert shown("undefined", "var a = 1") == ""


def test_an_empty_line_does_nothing() -> None:
    assert shown("", "   ", "1") == "1\n"


def test_the_last_line_needs_no_end() -> None:
    assert cli("repl", stdin="1\n2") == Result(0, "1\n2\n", "")


def test_a_byte_order_mark_is_no_code() -> None:
    assert cli("repl", stdin=b"\xef\xbb\xbf1\n") == Result(0, "1\n", "")


def test_what_is_no_utf_8_is_refused() -> None:
    assert cli("repl", stdin=b"1\n'\xff'\n") == Result(2, "1\n", "Error: line 2 is not UTF-8 text: byte 1 is 0xff\n")


# ---- names


@pytest.mark.parametrize(
    "lines",
    [
        ("let x = 1", "let x = 2", "x"),
        ("const x = 1", "const x = 2", "x"),
        ("const x = 1", "let x = 2", "x"),
        ("var x = 1", "let x = 2", "x"),
        ("let x = 1", "function x() {}", "x = 2"),
        ("class x {}", "class x { static y = 2 }", "x.y"),
        ("let x = (() => { throw 1 })", "let x = 2", "x"),
        ("const { x, ...y } = { x: 1 }", "const [x] = [2]", "x"),
        ("let x = await 1", "let x = await 2", "x"),
    ],
)
def test_a_name_may_be_declared_again(lines: tuple[str, ...]) -> None:
    assert shown(*lines).splitlines()[-1] == "2"


def test_a_declaration_that_fails_leaves_the_name_usable() -> None:
    result = typed("const x = (() => { throw new Error('no') })()", "const x = 2; x")
    assert (result.exit_code, result.stdout) == (1, "2\n")


def test_a_variable_without_a_value_is_undefined_again() -> None:
    assert shown("let x = 1", "let x; typeof x") == "'undefined'\n"


def test_a_class_does_not_take_the_next_line_for_arguments() -> None:
    assert shown("class A {}\n(1)") == "1\n"


def test_names_of_blocks_stay_in_them() -> None:
    assert shown("{ let inner = 1 }", "typeof inner") == "'undefined'\n"


def test_underscore_is_the_last_value() -> None:
    assert shown("6", "_ * 7", "_") == "6\n42\n42\n"


def test_underscore_that_the_program_takes_is_its_own() -> None:
    assert shown("const _ = 'mine'", "5", "_") == "5\n'mine'\n"


def test_the_last_error_is_kept() -> None:
    assert typed("throw new RangeError('no')", "_error.name").stdout == "'RangeError'\n"


# ---- several lines


def test_a_source_goes_on_until_it_is_whole() -> None:
    assert shown("function f(a) {", "  return a + 1", "}", "f(", "1)") == "2\n"


def test_a_source_that_never_ends_is_a_syntax_error() -> None:
    result = typed("1", "(2,")
    assert (result.exit_code, result.stdout) == (1, "1\n")
    assert result.stderr.startswith("Uncaught SyntaxError: unexpected token in expression: ''")


# ---- waiting


def test_top_level_await_waits_for_timers() -> None:
    assert shown("await new Promise(done => setTimeout(done, 5, 'waited'))", "2") == "'waited'\n2\n"


def test_timers_run_after_the_last_line() -> None:
    assert shown("setTimeout(() => console.log('late'), 150); 1", "2") == "1\n2\nlate\n"


def test_exit_does_not_wait() -> None:
    assert shown("setTimeout(() => console.log('late'), 5000); 1", ".exit", "2") == "1\n"


def test_what_nothing_can_settle_is_not_waited_for() -> None:
    assert typed("await new Promise(() => {})", "2") == Result(
        1, "2\n", "This waits for something that does not come by itself: no timer is left. It goes on if it comes.\n"
    )


# ---- failures


def test_a_failure_does_not_end_it_and_is_told() -> None:
    assert typed("throw new Error('no')", "2") == Result(1, "2\n", "Uncaught Error: no\n    at <eval> (<repl>:1:11)\n")


def test_any_value_can_be_thrown() -> None:
    assert typed("throw { a: 1 }") == Result(1, "", "Uncaught { a: 1 }\n")


def test_a_rejection_that_nothing_handles_is_a_failure() -> None:
    assert typed("Promise.reject(1), Promise.reject(2), 3", "4") == Result(
        1, "3\n4\n", "Uncaught (in promise) 1\nUncaught (in promise) 2\n"
    )


def test_what_a_timer_throws_is_a_failure() -> None:
    assert typed("setTimeout(() => { throw 1 }, 1); 2") == Result(1, "2\n", "Uncaught 1\n")


def test_what_a_timer_throws_does_not_end_an_await() -> None:
    result = typed("setTimeout(() => { throw 1 }, 1); await new Promise(done => setTimeout(done, 5, 2))")
    assert result == Result(1, "2\n", "Uncaught 1\n")


def test_a_limit_does_not_end_it_and_is_told() -> None:
    assert typed("for (;;);", "2", options=("--timeout", "0.05")) == Result(
        3, "2\n", "Stopped: the program took longer than --timeout 0.05 seconds.\n"
    )


def test_a_limit_in_a_native_loop_ends_the_session() -> None:
    result = typed("new Array(1e9).join('x')", "2", options=("--timeout", "0.05"))
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.endswith("the session is over.\n")


def test_memory_is_limited() -> None:
    result = typed("new Uint8Array(5e7).length", "2", options=("--memory-limit", "8MB"))
    assert (result.exit_code, result.stdout) == (3, "2\n")


def test_without_standard_input_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(repl_module.Refusal, match=r"^standard input is closed: there is nothing to run$"):
        list(repl_module._lines())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are otherwise there")
@pytest.mark.slow
def test_ctrl_c_ends_a_filter(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("repl"), env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"'results come at once'\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"'results come at once'\n"
        process.stdin.write(b"console.log('begun'); for (;;);\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


# ---- imports


@pytest.mark.parametrize(
    "line",
    [
        "import { two } from './numbers.js'; two",
        "import all, { two as second } from './numbers.js'; second + all - 1",
        "import one, * as numbers from './numbers.js'; numbers.two * one",
        "(await import('./numbers.js')).two",
        "import './numbers.js'; 2",
    ],
)
def test_modules_are_imported(tmp_path: Path, line: str) -> None:
    (tmp_path / "numbers.js").write_text("export const two = 2; export default 1")
    assert typed(line, options=("--root", str(tmp_path))) == Result(0, "2\n", "")


def test_a_module_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = typed("import './nothing.js'", options=("--root", str(tmp_path)))
    assert result.exit_code == 1
    assert result.stderr.endswith(
        f"The session may import files in {tmp_path.resolve()} and below; --root names another folder.\n"
    )


def test_exports_are_declarations() -> None:
    assert (
        shown("export const a = 1", "export class A {}", "export async function f() { return a }", "await f()") == "1\n"
    )


# ---- TypeScript


def test_typescript_from_the_beginning() -> None:
    assert typed("enum Size { Large = 3 }", "const size: Size = Size.Large; size", options=("--ts",)) == Result(
        0, "3\n", ""
    )


def test_typescript_is_switched_on_and_off() -> None:
    assert shown(".ts", "let a: number = 1", ".ts", "a") == "TypeScript; types are not checked.\nJavaScript.\n1\n"


def test_typescript_of_several_lines() -> None:
    assert typed("interface A {", "  a: number", "}", "({ a: 2 } as A).a", options=("--ts",)) == Result(0, "2\n", "")


def test_a_mistake_in_typescript_has_a_place() -> None:
    assert typed("let a: = 1", options=("--ts",)) == Result(
        1, "", "Uncaught SyntaxError: Type expected.\n    at <repl>:1:8\n"
    )


def test_positions_are_those_of_the_typescript() -> None:
    line = "enum A { B, C }; class D { constructor(private e: number) { throw new Error('no') } }; new D(1)"
    result = typed(line, options=("--ts",))
    assert result.stderr == "Uncaught Error: no\n    at D (<repl>:1:71)\n    at <eval> (<repl>:1:92)\n"


# ---- commands


def test_help_lists_the_commands() -> None:
    assert [line.split()[0] for line in shown(".help").splitlines()] == [
        ".editor",
        ".exit",
        ".help",
        ".load",
        ".save",
        ".ts",
    ]


def test_a_number_that_begins_with_a_dot_is_no_command() -> None:
    assert shown(".5 + 1") == "1.5\n"


def test_an_unknown_command_is_told() -> None:
    assert typed(".foo bar", "1") == Result(1, "1\n", ".foo is no command: .help shows those that there are.\n")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (".save", "a file is missing: .save session.snap"),
        (".load", "a file is missing: .load session.snap, or .load program.js"),
        (".load nowhere.snap", "nowhere.snap cannot be read: No such file or directory"),
        (".load nowhere.js", "nowhere.js cannot be read: No such file or directory"),
        (".save nowhere/a.snap", "nowhere/a.snap cannot be written: No such file or directory"),
        (".save a.ts", "a.ts would be taken for a program: give the snapshot another name, such as session.snap"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed(line, "1") == Result(1, "1\n", f"{text}\n")


# ---- snapshots


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "session.snap"
    result = typed(
        "let count = 40; const add = n => count += n",
        "'last'",
        f".save {file}",
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"'last'\nSaved to {file} (")
    return file


def test_a_session_goes_on_from_what_it_saved(saved: Path) -> None:
    assert cli("repl", saved, stdin="_\nadd(2)\nlet count = 1\nadd(2)\n") == Result(0, "'last'\n42\n3\n", "")


def test_a_snapshot_takes_the_place_of_a_session(saved: Path) -> None:
    assert shown("var other = 1", f".load {saved}", "add(2)", "typeof other") == "42\n'undefined'\n"


def test_a_saved_session_is_resumed(tmp_path: Path) -> None:
    file = tmp_path / "session.snap"
    assert typed("setTimeout(() => console.log('late'), 150); 1", f".save {file}", ".exit").exit_code == 0
    assert cli("resume", file) == Result(0, "late\n", "")


def test_a_session_begins_with_a_program_that_waits(tmp_path: Path) -> None:
    program = tmp_path / "program.js"
    program.write_text("var asked = 'nothing'; asked = await ask('what?'); console.log('told', asked)")
    assert cli("run", program).exit_code == 0
    snapshot = tmp_path / "program.snap"
    assert cli("repl", snapshot, stdin=f"asked\n_\n.save {snapshot}\n").stdout.startswith("'nothing'\n'nothing'\nSaved")
    assert cli("resume", snapshot, "--answer", "1=5") == Result(0, "told 5\n", "")


def test_a_session_begins_with_any_snapshot(tmp_path: Path) -> None:
    with VM() as vm:
        vm.eval("var a = 'kept'")
        vm.snapshot().save(tmp_path / "any.snap")
    assert cli("repl", tmp_path / "any.snap", stdin="a\n_.length\n") == Result(0, "'kept'\n4\n", "")


def test_a_session_without_a_console_shows_what_it_can(tmp_path: Path) -> None:
    with VM(web=False) as vm:
        vm.snapshot().save(tmp_path / "bare.snap")
    assert cli("repl", tmp_path / "bare.snap", stdin="1\n[2]\nthrow new Error('no')\n") == Result(
        1, "1\n[Array]\n", "Uncaught Error: no\n    at <eval> (<repl>:1:11)\n"
    )


def test_an_encrypted_session_is_saved_encrypted(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(32))
    file = tmp_path / "session.snap"
    assert typed("var a = 1", f".save {file}", options=("--key-file", str(key))).exit_code == 0
    assert Snapshot.load(file, key=bytes(32)).functions == ["<completion>"]
    assert cli("repl", file, "--key-file", key, stdin="a\n") == Result(0, "1\n", "")


def test_a_program_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("let a = 1\na + 1\n")
    (tmp_path / "b.ts").write_text("let b: number = a + 2\nb\n")
    assert shown(f".load {tmp_path / 'a.js'}", f".load {tmp_path / 'b.ts'}", "a") == "2\n3\n1\n"


def test_what_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.snap").write_bytes(b"no")
    result = cli("repl", tmp_path / "a.snap", stdin="1\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {tmp_path / 'a.snap'}: ")
