"""Reading copies of test262 in their several layouts."""

from __future__ import annotations

from pathlib import Path

import pytest
from test262.pool import Settings, Worker
from test262.suite import FirefoxSuite, SuiteNotFound, open_suite
from tiny_suite import write, write_harness, write_test


@pytest.fixture
def firefox(tmp_path: Path) -> Path:
    """A copy as Firefox makes it."""
    write(tmp_path / "jstests.list", "")
    write(
        tmp_path / "shell.js",
        "// GENERATED\n// file: assert.js\nfunction assert() {}\n"
        "// file: sta.js\nfunction Test262Error() {}\nfunction $DONOTEVALUATE() {}\n",
    )
    write(tmp_path / "language" / "shell.js", "// GENERATED\n// file: extra.js\nvar extra = 1\n")
    write(tmp_path / "language" / "browser.js", "")
    return tmp_path


def test_the_original_layout_names_tests_by_their_paths(tmp_path: Path) -> None:
    write_harness(tmp_path)
    write_test(tmp_path, "b/one.js", "1")
    write_test(tmp_path, "a.js", "1")
    write(tmp_path / "test" / "b" / "two_FIXTURE.js", "")
    assert list(open_suite(tmp_path).names()) == ["a.js", "b/one.js"]


@pytest.mark.parametrize("place", ["test262", "JSTests/test262"])
def test_the_suite_is_found_within_a_folder(tmp_path: Path, place: str) -> None:
    write_harness(tmp_path / place)
    write_test(tmp_path / place, "a.js", "1")
    assert list(open_suite(tmp_path).names()) == ["a.js"]


def test_a_folder_without_a_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteNotFound, match="holds no copy of test262"):
        open_suite(tmp_path)


def test_line_ends_are_kept(tmp_path: Path) -> None:
    write_harness(tmp_path)
    write(tmp_path / "test" / "a.js", "/*---\r\nflags: [raw]\r---*/\r")
    assert open_suite(tmp_path).read("a.js") == "/*---\r\nflags: [raw]\r---*/\r"
    assert Worker(Settings(tmp_path)).results(["a.js"])[0].verdict == "passed"


def test_firefox_s_own_files_are_no_tests(firefox: Path) -> None:
    write(firefox / "language" / "one.js", "/*---\n---*/\n")
    suite = open_suite(firefox)
    assert isinstance(suite, FirefoxSuite)
    assert list(suite.names()) == ["language/one.js"]


def test_firefox_s_harness_is_taken_from_all_folders(firefox: Path) -> None:
    suite = open_suite(firefox)
    assert suite.harness("assert.js") == "function assert() {}\n"
    assert suite.harness("extra.js") == "var extra = 1\n"
    assert suite.harness("folder/extra.js") == "var extra = 1\n"


def test_firefox_s_harness_lacks_what_it_lacks(firefox: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.js"):
        open_suite(firefox).harness("none.js")


def test_firefox_s_comment_and_call_are_taken_away(firefox: Path) -> None:
    source = "// |reftest| skip -- why\n// text\n/*---\n---*/\nreportCompare(1, 1);\n\nreportCompare(0, 0);\n"
    write(firefox / "language" / "one.js", source)
    assert open_suite(firefox).read("language/one.js") == "// text\n/*---\n---*/\nreportCompare(1, 1);\n"


def test_firefox_s_strict_tests_get_their_names_back(firefox: Path) -> None:
    write(firefox / "language" / "one-strict.js", "'use strict';\n/*---\nflags: [onlyStrict]\n---*/\n")
    suite = open_suite(firefox)
    assert list(suite.names()) == ["language/one.js"]
    assert suite.read("language/one.js") == "/*---\nflags: [onlyStrict]\n---*/\n"


def test_a_test_of_firefox_that_is_named_strict_keeps_its_name(firefox: Path) -> None:
    write(firefox / "language" / "is-strict.js", "/*---\n---*/\n")
    assert list(open_suite(firefox).names()) == ["language/is-strict.js"]


def test_asynchronous_tests_of_firefox_have_done(firefox: Path) -> None:
    write(firefox / "language" / "one.js", "/*---\nflags: [async]\n---*/\nPromise.reject(Error('why')).catch($DONE)\n")
    assert Worker(Settings(firefox)).results(["language/one.js"])[0].detail == "Error: why"
