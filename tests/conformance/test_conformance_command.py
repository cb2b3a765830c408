"""The command `run.py`: exit codes, report, files that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test262.command import main
from tiny_suite import write_harness, write_test


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """One test that passes, one that fails in strict mode, one that is skipped."""
    root = tmp_path / "suite"
    write_harness(root)
    write_test(root, "language/good/pass.js", "1", features=["let", "const"])
    write_test(root, "language/bad/fail.js", "undeclared = 1", features=["let"])
    write_test(root, "built-ins/skip.js", "throw 1", features=["Fancy"])
    (tmp_path / "expected.txt").write_text("# failures\n")
    (tmp_path / "skipped.txt").write_text("Fancy # not here\n")
    return root


def command(suite: Path, *arguments: str, environment: str | None = None) -> Result:
    lists = ["--expected", str(suite.parent / "expected.txt"), "--skipped", str(suite.parent / "skipped.txt")]
    folder = [] if environment else [str(suite)]
    return CliRunner().invoke(main, [*folder, "--jobs", "1", *lists, *arguments], env={"SNAPJS_TEST262": environment})


def test_an_unexpected_failure_is_an_error(suite: Path) -> None:
    result = command(suite)
    assert result.exit_code == 1
    assert "language/bad/fail.js [strict]: ReferenceError: undeclared is not defined" in result.output


def test_expected_failures_are_no_error(suite: Path) -> None:
    (suite.parent / "expected.txt").write_text("language/bad/fail.js [strict] # sloppy code\n")
    assert command(suite).exit_code == 0


def test_a_line_that_is_not_true_is_an_error(suite: Path) -> None:
    (suite.parent / "expected.txt").write_text("language/bad/fail.js # sloppy code\n")
    result = command(suite)
    assert result.exit_code == 1
    assert "language/bad/fail.js: language/bad/fail.js [sloppy] passed" in result.output


def test_the_report_counts_by_feature_and_by_folder(suite: Path) -> None:
    lines = [line.split() for line in command(suite).output.splitlines()]
    assert ["Feature", "passed", "failed", "skipped"] in lines
    assert ["Fancy", "0", "0", "2"] in lines
    assert ["const", "2", "0", "0"] in lines
    assert ["let", "3", "1", "0"] in lines
    assert ["language/bad", "1", "1", "0"] in lines


def test_the_report_ends_with_totals(suite: Path) -> None:
    files, scenarios, failures = command(suite).output.splitlines()[-3:]
    assert files == "Files:     1 passed, 1 failed, 1 skipped"
    assert scenarios == "Scenarios: 3 passed, 1 failed, 2 skipped"
    assert failures.startswith("Of the failures, 0 are in the list and 1 are not; 0 lines of the list are not true.")


def test_the_report_says_why_tests_were_skipped(suite: Path) -> None:
    assert "2  Fancy: not here" in command(suite).output


def test_skips_can_be_run(suite: Path) -> None:
    assert "Scenarios: 3 passed, 3 failed, 0 skipped" in command(suite, "--no-skips").output


def test_the_suite_can_be_named_by_the_environment(suite: Path) -> None:
    assert "Files:     1 passed, 1 failed, 1 skipped" in command(suite, environment=str(suite)).output


def test_a_filter_takes_tests_by_name(suite: Path) -> None:
    result = command(suite, "--filter", "good/", "--filter", "skip")
    assert "Files:     1 passed, 0 failed, 1 skipped" in result.output
    assert result.exit_code == 0


def test_tests_are_taken_by_feature(suite: Path) -> None:
    assert "Files:     1 passed, 0 failed, 0 skipped" in command(suite, "--features", "const,none").output


def test_a_run_of_no_test_is_a_wrong_use(suite: Path) -> None:
    result = command(suite, "--filter", "absent")
    assert result.exit_code == 2
    assert "no test of the suite has such a name" in result.output


def test_a_folder_without_a_suite_is_a_wrong_use(suite: Path) -> None:
    (suite / "harness" / "assert.js").unlink()
    result = command(suite)
    assert result.exit_code == 2
    assert "holds no copy of test262" in result.output


def test_json_has_all_that_did_not_pass(suite: Path) -> None:
    path = suite.parent / "all.json"
    command(suite, "--json", str(path))
    data = json.loads(path.read_text())
    assert data["scenarios"] == {"passed": 3, "failed": 1, "skipped": 2}
    assert data["files"] == {"passed": 1, "failed": 1, "skipped": 1}
    assert data["features"]["let"] == {"passed": 3, "failed": 1}
    assert data["unexpected"] == [["language/bad/fail.js", "strict"]]
    assert [(entry["name"], entry["mode"], entry["verdict"]) for entry in data["not_passed"]] == [
        ("built-ins/skip.js", "sloppy", "skipped"),
        ("built-ins/skip.js", "strict", "skipped"),
        ("language/bad/fail.js", "strict", "failed"),
    ]


def test_the_list_can_be_made_true(suite: Path) -> None:
    assert command(suite, "--update-expected").exit_code == 0
    text = (suite.parent / "expected.txt").read_text()
    assert text == (
        "# failures\nlanguage/bad/fail.js [strict] # not explained yet: ReferenceError: undeclared is not defined\n"
    )


@pytest.mark.slow
def test_several_processes_find_the_same(suite: Path) -> None:
    for number in range(100):
        write_test(suite, f"many/{number}.js", f"assert.sameValue({number} % 10 === 0, false)", flags=["noStrict"])
    output = command(suite, "--jobs", "2").output
    assert "Scenarios: 93 passed, 11 failed, 2 skipped" in output
