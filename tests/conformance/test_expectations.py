"""The list of expected failures."""

from __future__ import annotations

from pathlib import Path

import pytest
from skip_lists import read_skipped
from test262.command import EXPECTED_FAILURES, SKIPPED
from test262.expectations import UNEXPLAINED, Comparison, Expectations
from test262.results import Result, Verdict


def result(name: str, mode: str, verdict: str, detail: str = "") -> Result:
    return Result(name, mode, Verdict(verdict), detail, (), 0.0)


def expectations(tmp_path: Path, text: str) -> Expectations:
    path = tmp_path / "list.txt"
    path.write_text(text)
    return Expectations.read(path)


def compare(tmp_path: Path, text: str, *results: Result) -> Comparison:
    return expectations(tmp_path, text).compare(results)


def updated(tmp_path: Path, text: str, *results: Result) -> str:
    expectations(tmp_path, text).updated(results).write(tmp_path / "new.txt")
    return (tmp_path / "new.txt").read_text()


def test_a_failure_in_the_list_is_expected(tmp_path: Path) -> None:
    found = compare(tmp_path, "a.js # why\n", result("a.js", "sloppy", "failed"), result("a.js", "strict", "failed"))
    assert found == Comparison(expected=2)
    assert found.is_as_expected


def test_a_failure_that_is_not_in_the_list_is_unexpected(tmp_path: Path) -> None:
    failure = result("b.js", "sloppy", "failed")
    found = compare(tmp_path, "a.js # why\n", failure)
    assert found == Comparison(unexpected=[failure])
    assert not found.is_as_expected


def test_a_line_for_one_mode_expects_that_mode_only(tmp_path: Path) -> None:
    other = result("a.js", "strict", "failed")
    found = compare(tmp_path, "a.js [sloppy] # why\n", result("a.js", "sloppy", "failed"), other)
    assert found == Comparison(expected=1, unexpected=[other])


def test_a_line_for_a_folder_expects_all_below_it(tmp_path: Path) -> None:
    found = compare(tmp_path, "a/ # why\n", result("a/b/c.js", "sloppy", "failed"), result("a/d.js", "raw", "failed"))
    assert found == Comparison(expected=2)


@pytest.mark.parametrize("line", ["a/b.js # why\n", "a/b.js [sloppy] # why\n", "a/ # why\n"])
@pytest.mark.parametrize("verdict", ["passed", "skipped"])
def test_a_line_is_stale_whose_test_does_not_fail(tmp_path: Path, line: str, verdict: str) -> None:
    found = compare(tmp_path, line, result("a/b.js", "sloppy", verdict))
    assert found.stale == [f"{line.partition(' # ')[0]}: a/b.js [sloppy] {verdict}"]
    assert not found.is_as_expected


def test_a_line_is_stale_when_one_of_its_runs_passes(tmp_path: Path) -> None:
    found = compare(tmp_path, "a.js # why\n", result("a.js", "sloppy", "failed"), result("a.js", "strict", "passed"))
    assert found == Comparison(expected=1, stale=["a.js: a.js [strict] passed"])


def test_a_line_without_a_test_is_not_stale(tmp_path: Path) -> None:
    assert compare(tmp_path, "a.js # why\n", result("b.js", "sloppy", "passed")).is_as_expected


def test_a_line_for_some_copies_expects_a_failure(tmp_path: Path) -> None:
    found = compare(tmp_path, "a.js (some copies) # why\n", result("a.js", "sloppy", "failed"))
    assert found == Comparison(expected=1)


@pytest.mark.parametrize("line", ["a/b.js (some copies)", "a/b.js [sloppy] (some copies)", "a/ (some copies)"])
@pytest.mark.parametrize("verdict", ["passed", "skipped"])
def test_a_line_for_some_copies_is_not_stale_where_the_test_does_not_fail(
    tmp_path: Path, line: str, verdict: str
) -> None:
    assert compare(tmp_path, f"{line} # why\n", result("a/b.js", "sloppy", verdict)).is_as_expected


@pytest.mark.parametrize(
    "line", ["a.js", "a.js #why", "a.js # ", "a.js [sloppy strict] # why", "a.js sloppy # why", "a.js (copies) # why"]
)
def test_a_line_needs_a_reason(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"list\.txt, line 2: write NAME # REASON"):
        expectations(tmp_path, f"# comment\n{line}\n")


def test_a_line_may_not_be_there_twice(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.js \(some copies\) is in the list twice"):
        expectations(tmp_path, "a.js # why\na.js (some copies) # therefore\n")


def test_an_update_asks_for_the_reason_of_a_new_failure(tmp_path: Path) -> None:
    text = updated(tmp_path, "# head\n", result("a.js", "sloppy", "failed", "an\nerror"))
    assert text == "# head\na.js # not explained yet: an error\n"


def test_an_update_names_the_mode_that_fails(tmp_path: Path) -> None:
    text = updated(tmp_path, "", result("a.js", "sloppy", "passed"), result("a.js", "strict", "failed", "error"))
    assert text == "a.js [strict] # not explained yet: error\n"


def test_an_update_keeps_reasons_and_drops_what_is_not_true(tmp_path: Path) -> None:
    results = [result("a.js", "raw", "failed"), result("b.js", "raw", "passed")]
    assert updated(tmp_path, "a.js # why\nb.js # once\nc.js # unknown\n", *results) == "a.js # why\nc.js # unknown\n"


def test_an_update_keeps_a_line_for_some_copies(tmp_path: Path) -> None:
    text = "a.js (some copies) # why\nb.js [raw] (some copies) # why\n"
    assert updated(tmp_path, text, result("a.js", "raw", "passed"), result("b.js", "raw", "failed")) == text


def test_an_update_narrows_a_line_to_what_still_fails(tmp_path: Path) -> None:
    results = [result("a/b.js", "sloppy", "failed"), result("a/b.js", "strict", "passed")]
    assert updated(tmp_path, "a/ # why\n", *results) == "a/b.js [sloppy] # why\n"


def test_every_expected_failure_has_its_reason() -> None:
    owners = ("QuickJS-NG: ", "snapjs: ", "suite: ")
    lines = Expectations.read(EXPECTED_FAILURES).lines
    assert lines
    assert [str(line) for line in lines if not line.reason.startswith(owners)] == []
    assert [str(line) for line in lines if UNEXPLAINED in line.reason] == []


def test_every_skip_has_its_reason(tmp_path: Path) -> None:
    assert read_skipped(SKIPPED)["Temporal"] == "not in QuickJS-NG 0.17.0"
    path = tmp_path / "list.txt"
    path.write_text("# comment\n\nFancy\n")
    with pytest.raises(ValueError, match=r"list\.txt, line 3: write WHAT # REASON"):
        read_skipped(path)
