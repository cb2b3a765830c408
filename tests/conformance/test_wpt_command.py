"""The command `run_wpt.py`: exit codes, report, files that it writes. And what other engines make of tests."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_wpt import write_wpt
from wpt import document
from wpt.areas import Area
from wpt.command import main
from wpt.figures import AreaFigures, Figures
from wpt.peers import peers
from wpt.results import HARNESS, Status, Subtest
from wpt.results import Result as Outcome
from wpt.suite import Suite

FAILS = 'test(() => {}, "good"); test(() => { throw "no" }, "bad")'


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """One test that passes, one of which a part fails, one that is skipped."""
    (tmp_path / "expected.txt").write_text("# failures\n")
    (tmp_path / "skipped.txt").write_text("url/skip* # not here\n")
    return write_wpt(tmp_path / "suite", passes='test(() => {}, "good")', fails=FAILS, skip="undeclared")


def command(suite: Path, *arguments: str, environment: str | None = None) -> Result:
    lists = ["--expected", str(suite.parent / "expected.txt"), "--skipped", str(suite.parent / "skipped.txt")]
    folder = [] if environment else [str(suite)]
    return CliRunner().invoke(main, [*folder, "--jobs", "1", *lists, *arguments], env={"SNAPJS_WPT": environment})


def test_an_unexpected_failure_is_an_error(suite: Path) -> None:
    result = command(suite)
    assert result.exit_code == 1
    assert "url/fails.any.js: 'bad': 'no'" in result.output


def test_expected_failures_are_no_error(suite: Path) -> None:
    (suite.parent / "expected.txt").write_text('cause: why\n    url/fails.any.js: "bad"\n')
    assert command(suite).exit_code == 0


def test_a_line_that_is_not_true_is_an_error(suite: Path) -> None:
    (suite.parent / "expected.txt").write_text("cause: why\n    url/fails.any.js: *\n")
    result = command(suite)
    assert result.exit_code == 1
    assert "url/fails.any.js: *: 'good' of url/fails.any.js passed" in result.output


def test_the_report_counts_by_area(suite: Path) -> None:
    lines = [line.split() for line in command(suite).output.splitlines()]
    assert ["Area", "files", "subtests", "snapjs", "elsewhere"] in lines
    assert ["url", "2", "3", "2", "0"] in lines
    assert ["all", "2", "3", "2", "0"] in lines


def test_a_filter_selects_tests_by_name(suite: Path) -> None:
    assert command(suite, "--filter", "passes").exit_code == 0


def test_a_selection_of_nothing_is_an_error(suite: Path) -> None:
    result = command(suite, "--area", "encoding")
    assert result.exit_code == 2
    assert "no test of the suite is of such an area and has such a name" in result.output


def test_a_listing_is_cut(suite: Path) -> None:
    write_wpt(suite, more="for (let n = 0; n < 5; n++) test(() => { throw 1 }, `${n}`)")
    assert "… and 4 more: --lines shows them" in command(suite, "--lines", "2").output


def test_the_folder_may_be_named_by_the_environment(suite: Path) -> None:
    assert command(suite, "--filter", "passes", environment=str(suite)).exit_code == 0


def test_a_folder_without_a_suite_is_an_error(suite: Path, tmp_path: Path) -> None:
    result = command(suite, environment=str(tmp_path))
    assert result.exit_code == 2
    assert "Name the folder with SNAPJS_WPT, or as the argument." in result.output


def test_an_update_makes_the_list_true(suite: Path) -> None:
    assert command(suite, "--update-expected").exit_code == 0
    assert command(suite).exit_code == 0


def test_figures_are_written_as_json(suite: Path, tmp_path: Path) -> None:
    command(suite, "--figures", str(tmp_path / "figures.json"))
    assert json.loads((tmp_path / "figures.json").read_text()) == {
        "engines": {},
        "areas": {"url": {"files": 2, "subtests": 3, "passed": {"snapjs": 2}}},
    }


def outcome(engine: str, **passes: bool) -> Outcome:
    subtests = [Subtest(name, Status.PASS if ok else Status.FAIL, "") for name, ok in passes.items()]
    return Outcome("url", "url/a.any.js", engine, tuple(subtests), 0.0)


def test_figures_count_what_any_engine_has_seen() -> None:
    ours = Outcome("url", "url/a.any.js", "snapjs", (Subtest(HARNESS, Status.FAIL, "it threw"),), 0.0)
    figures = Figures.of([outcome("Node.js", one=True, two=False), ours, outcome("Deno", one=True, three=True)])
    passed = {"snapjs": 0, "Node.js": 1, "Deno": 2}
    assert figures.engines == ("snapjs", "Node.js", "Deno")
    assert figures.areas == (AreaFigures("url", files=1, subtests=3, passed=passed, elsewhere=2),)


def test_the_page_has_a_row_for_each_area_cause_and_reason() -> None:
    figures = Figures.of([outcome("snapjs", one=True, two=False, three=False), outcome("Node.js", two=True)])
    page = document.page(figures, {"Node.js": "20.1.0"}, Counter({("url", "a window"): 2}), Counter({"workers": 7}))
    assert "| area | files | subtests | snapjs | Node.js 20.1.0 | elsewhere |" in page
    assert "| url | 1 | 3 | 1 · 33.3 % | 1 · 33.3 % | 1 |" in page
    assert "| url | a window | 2 |" in page
    assert "| workers | 7 |" in page


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
def test_another_engine_runs_tests_likewise(tmp_path: Path) -> None:
    source = '// META: variant=?x\ntest(() => assert_equals(location.search, "?x"), "same"); console.log("{"); ' + FAILS
    suite = Suite(write_wpt(tmp_path, a=source))
    (test,) = suite.tests(Area("url", ("url",)))
    (node,) = peers("node", None)
    assert node.subtests(suite, test) == (
        Subtest("same", Status.PASS, ""),
        Subtest("good", Status.PASS, ""),
        Subtest("bad", Status.FAIL, "no"),
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
def test_a_test_that_throws_has_failed_in_another_engine(tmp_path: Path) -> None:
    suite = Suite(write_wpt(tmp_path, a="undeclared"))
    (test,) = suite.tests(Area("url", ("url",)))
    (node,) = peers("node", None)
    message = "ReferenceError: undeclared is not defined"
    assert node.subtests(suite, test) == (Subtest(HARNESS, Status.FAIL, message),)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
def test_results_of_other_engines_are_kept(suite: Path, tmp_path: Path) -> None:
    kept = tmp_path / "peers.json"
    first = command(suite, "--node", "node", "--peers", str(kept), "--figures", str(tmp_path / "first.json"))
    write_wpt(suite, passes="")  # what is kept is not run again
    command(suite, "--node", "node", "--peers", str(kept), "--figures", str(tmp_path / "second.json"))
    assert ["url", "2", "3", "2", "2", "0"] in [line.split() for line in first.output.splitlines()]
    second = json.loads((tmp_path / "second.json").read_text())
    assert second["areas"]["url"]["passed"] == {"snapjs": 1, "Node.js": 2}
