"""``snapjs resume``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cli_runner import EXAMPLES, Result, cli, process

from snapjs import VM, EngineStore, Snapshot, pending
from snapjs.cli._program import Program, Rejections


def saved(folder: Path, source: str, *options: str) -> Path:
    """The snapshot of a program that waits."""
    target = folder / "program.snap"
    result = cli("run", "-", "--snapshot-to", target, *options, stdin=source)
    assert (result.exit_code, result.stderr) == (0, "")
    return target


def resume(snapshot: Path, *answers: str) -> Result:
    return cli("resume", snapshot, *(part for answer in answers for part in ("--answer", answer)))


def test_the_answer_is_the_value_of_the_call(tmp_path: Path) -> None:
    assert resume(saved(tmp_path, "await ask('n') * 2"), "1=21") == Result(0, "42\n", "")


@pytest.mark.parametrize(
    ("json", "printed"),
    [
        ("true", "true"),
        ("null", "null"),
        ('"yes"', "yes"),
        ("[1,2]", "[ 1, 2 ]"),
        ('{"a": {"b": 1.5}}', "{ a: { b: 1.5 } }"),
    ],
)
def test_an_answer_is_any_json(tmp_path: Path, json: str, printed: str) -> None:
    assert resume(saved(tmp_path, "await ask()"), f"1={json}").stdout == f"{printed}\n"


def test_answers_come_in_the_order_of_the_command_line(tmp_path: Path) -> None:
    source = "const log = []; await Promise.all(['a', 'b', 'c'].map(async x => log.push(x + await ask(x)))); log.join()"
    assert resume(saved(tmp_path, source), "3=3", "1=1", "2=2").stdout == "c3,a1,b2\n"


def test_a_program_that_waits_again_is_saved_in_place(tmp_path: Path) -> None:
    file = saved(tmp_path, "const a = await ask('a'); const b = await ask('b'); a + b")
    first = resume(file, "1=1")
    assert '  3  ask("b")\n' in first.stdout
    assert resume(file, "3=2").stdout == "3\n"


def test_snapshot_to_leaves_the_old_snapshot_alone(tmp_path: Path) -> None:
    file = saved(tmp_path, "await ask('a'); await ask('b')")
    before = file.read_bytes()
    assert cli("resume", file, "--answer", "1=1", "--snapshot-to", tmp_path / "next.snap").exit_code == 0
    assert file.read_bytes() == before
    assert [call.args for call in Snapshot.load(tmp_path / "next.snap").pending if call.name == "ask"] == [("b",)]


def test_a_finished_program_can_be_resumed_again_with_another_answer(tmp_path: Path) -> None:
    file = saved(tmp_path, "await ask('n') + 1")
    assert [resume(file, "1=1").stdout, resume(file, "1=10").stdout] == ["2\n", "11\n"]


def test_without_answers_the_program_goes_on_waiting(tmp_path: Path) -> None:
    result = resume(saved(tmp_path, "await ask('n')"))
    assert (result.exit_code, '  1  ask("n")\n' in result.stdout) == (0, True)


def test_some_answers_may_come_later(tmp_path: Path) -> None:
    file = saved(tmp_path, "(await Promise.all([ask(1), ask(2)])).join('-')")
    assert "  2  ask(2)\n" in resume(file, '1="x"').stdout
    assert resume(file, '2="y"').stdout == "x-y\n"


def saved_long_ago(folder: Path, source: str) -> Path:
    """As :func:`saved`, of a program whose timers are all due by now."""
    rejections = Rejections()
    with VM(clock=0, on_unhandled_rejection=rejections) as vm:
        program = Program.prepare(vm, rejections)
        vm.expose("ask", pending)
        program.start(source, "<stdin>")
        vm.snapshot().save(folder / "program.snap")
    return folder / "program.snap"


def test_the_answer_comes_before_a_timer_that_is_due(tmp_path: Path) -> None:
    source = "await Promise.race([ask('n'), new Promise(done => setTimeout(done, 1, 'timer'))])"
    assert resume(saved_long_ago(tmp_path, source), '1="answer"').stdout == "answer\n"


def test_timers_go_on(tmp_path: Path) -> None:
    source = "setTimeout(() => console.log('timer'), 30); await ask()"
    printed = resume(saved(tmp_path, source), "1=1").stdout.splitlines()
    assert sorted(printed) == ["1", "timer"]  # a timer that became due meanwhile comes first


def test_the_value_of_a_program_is_printed_once(tmp_path: Path) -> None:
    file = saved(tmp_path, "ask('x').then(x => console.log('got', x)); 'value'")
    assert resume(file, "1=5").stdout == "got 5\n"


def test_a_module_goes_on_and_prints_no_value(tmp_path: Path) -> None:
    file = saved(tmp_path, "export const a = await ask(); console.log(a + 1)", "--module")
    assert resume(file, "1=1") == Result(0, "2\n", "")


def test_a_finally_block_runs_after_a_restore(tmp_path: Path) -> None:
    source = "try { if (!await ask()) throw new Error('refused') } finally { console.log('cleaned') }"
    result = resume(saved(tmp_path, source), "1=false")
    assert (result.exit_code, result.stdout) == (1, "cleaned\n")
    assert result.stderr.startswith("Uncaught Error: refused\n    at <eval> (<stdin>:1:")


def test_a_named_function_is_there_again(tmp_path: Path) -> None:
    file = saved(tmp_path, "await pay(1); await pay(2)", "--pending", "pay")
    assert "  3  pay(2)\n" in resume(file, "1=true").stdout


def test_a_resumed_program_imports_nothing_new(tmp_path: Path) -> None:
    result = resume(saved(tmp_path, "await ask(); await import('./x.js')", "--module"), "1=1")
    assert result.stderr == (
        "There is no module 'x.js', imported by <stdin>. "
        "Only what the program had imported before it was saved is there, without --root FOLDER.\n"
    )


def test_a_resumed_program_imports_from_a_folder(tmp_path: Path) -> None:
    file = saved(tmp_path, "await ask(); console.log((await import('./x.js')).default)", "--module")
    (tmp_path / "x.js").write_text("export default 'new'")
    assert cli("resume", file, "--answer", "1=1", "--root", tmp_path).stdout == "new\n"


def test_endless_recursion_after_a_restore_is_a_limit(tmp_path: Path) -> None:
    assert resume(saved(tmp_path, "function f() { f() }; await ask(); f()"), "1=1").exit_code == 3


def test_a_snapshot_of_the_library_can_be_resumed(tmp_path: Path) -> None:
    with VM(functions={"fetchPrice": pending}) as vm:
        vm.eval("fetchPrice('tea').then(price => console.log('price', price)); 0")
        vm.snapshot().save(tmp_path / "library.snap")
    assert resume(tmp_path / "library.snap", "1=3") == Result(0, "price 3\n", "")


# ---- mistakes


def test_a_number_that_no_call_has_is_refused(tmp_path: Path) -> None:
    file = saved(tmp_path, "await ask('a', 1)")
    assert resume(file, "9=1") == Result(2, "", f'Error: {file} has no call 9: it waits for 1 ask("a", 1)\n')


def test_the_completion_cannot_be_answered(tmp_path: Path) -> None:
    assert resume(saved(tmp_path, "await ask('a')"), "2=1").exit_code == 2


def test_a_call_answered_twice_is_refused(tmp_path: Path) -> None:
    assert resume(saved(tmp_path, "await ask()"), "1=1", "1=2") == Result(
        2, "", "Error: call 1 is answered twice: give it one --answer\n"
    )


def test_a_mistake_leaves_the_snapshot_as_it_was(tmp_path: Path) -> None:
    file = saved(tmp_path, "await ask('a'); await ask('b')")
    before = file.read_bytes()
    resume(file, "1=1", "9=1")
    assert file.read_bytes() == before


@pytest.mark.parametrize("answer", ["1", "x=1", "-1=1", "=1", "1=", "1=yes", "1=NaN", "1={", "1=" + "[" * 100_000])
def test_an_answer_that_is_not_id_and_json_is_refused(tmp_path: Path, answer: str) -> None:
    result = resume(saved(tmp_path, "await ask()"), answer)
    assert (result.exit_code, "Invalid value for '--answer'" in result.stderr) == (2, True)


def test_a_snapshot_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.snap"
    assert resume(file) == Result(2, "", f"Error: {file} cannot be read: {os.strerror(2)}\n")


def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "text.snap"
    file.write_text("hello")
    result = resume(file)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith(f"Error: {file}: ")


def test_a_corrupt_snapshot_is_refused(tmp_path: Path) -> None:
    file = saved(tmp_path, "await ask()")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    result = resume(file, "1=1")
    assert (result.exit_code, "corrupt" in result.stderr, result.stdout) == (2, True, "")


def test_a_snapshot_of_another_engine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path, "await ask()")
    engine = Snapshot.load(file).engine
    monkeypatch.setattr("snapjs.engines.loaded", lambda sha256: None)
    result = resume(file, "1=1")
    assert (result.exit_code, engine in result.stderr, result.stderr.count("\n")) == (2, True, 1)


# ---- the examples, in processes of their own


@pytest.mark.slow
def test_the_approval_example_goes_on_in_another_process(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "approval.js", tmp_path)
    first = process("run", "approval.js", folder=tmp_path)
    assert first.stdout.startswith("ordering: espresso machine\nThe program waits for an answer to:\n")
    assert "  python -m snapjs resume approval.snap --answer 1=true\n" in first.stdout
    second = process("resume", "approval.snap", "--answer", "1=true", folder=tmp_path)
    assert second == Result(0, "{ item: 'espresso machine', price: 595, state: 'ordered' }\n", "")


@pytest.mark.slow
def test_the_quiz_example_is_resumed_once_a_question(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "quiz.js", tmp_path)
    process("run", "quiz.js", folder=tmp_path)
    process("resume", "quiz.snap", "--answer", "1=56", folder=tmp_path)
    process("resume", "quiz.snap", "--answer", "3=100", folder=tmp_path)
    last = process("resume", "quiz.snap", "--answer", "4=54", folder=tmp_path)
    assert last == Result(0, "9 × 6 = 54, 2 right so far\n2 of 3\n", "")


# ---- deltas, keys, engines


KEY = bytes(range(32))


def test_an_encrypted_snapshot_needs_its_key_and_is_saved_with_it(tmp_path: Path) -> None:
    file, key = saved(tmp_path, "const a = await ask(); const b = await ask(); console.log(a + b)"), tmp_path / "key"
    key.write_bytes(KEY)
    Snapshot.load(file).save(file, key=KEY)
    refused = resume(file, "1=1")
    assert (refused.exit_code, refused.stderr) == (2, f"Error: {file}: the snapshot is encrypted: give --key-file\n")
    assert cli("resume", file, "--answer", "1=1", "--key-file", key).exit_code == 0
    second = Snapshot.load(file, key=KEY).pending[-1].id
    done = cli("resume", file, "--answer", f"{second}=2", "--key-file", key)
    assert (done.exit_code, done.stdout) == (0, "3\n")


@pytest.mark.parametrize(
    ("content", "message"), [(b"short", "--key-file takes 32 bytes, not 5"), (None, "cannot be read")]
)
def test_a_key_file_that_is_none_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    file, key = saved(tmp_path, "await ask()"), tmp_path / "key"
    if content is not None:
        key.write_bytes(content)
    result = cli("resume", file, "--key-file", key)
    assert (result.exit_code, message in result.stderr, result.stderr.count("\n")) == (2, True, 1)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices as files")
def test_a_key_file_without_an_end_is_refused(tmp_path: Path) -> None:
    result = cli("resume", saved(tmp_path, "await ask()"), "--key-file", "/dev/zero")
    assert (result.exit_code, "--key-file takes 32 bytes, not 1048576" in result.stderr) == (2, True)


def test_a_delta_is_resumed_on_its_base(tmp_path: Path) -> None:
    file, delta = saved(tmp_path, "console.log(await ask())"), tmp_path / "delta.snap"
    base = Snapshot.load(file)
    with VM.restore(base) as vm:
        vm.snapshot(base=base).save(delta)
    assert cli("resume", delta, "--answer", "1=5").exit_code == 2
    done = cli("resume", delta, "--base", file, "--answer", "1=5")
    assert (done.exit_code, done.stdout) == (0, "5\n")


def test_the_engine_is_found_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path, "console.log(await ask())")
    EngineStore(tmp_path / "engines").add()
    monkeypatch.setattr("snapjs.engines.loaded", lambda sha256: None)
    assert resume(file, "1=5").exit_code == 2
    done = cli("resume", file, "--engines", tmp_path / "engines", "--answer", "1=5")
    assert (done.exit_code, done.stdout) == (0, "5\n")
