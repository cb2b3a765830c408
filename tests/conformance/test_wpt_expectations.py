"""The list of subtests of web-platform-tests that are expected to fail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from skip_lists import read_skipped
from wpt.command import EXPECTED_FAILURES, SKIPPED
from wpt.expectations import UNEXPLAINED, Comparison, Expectations
from wpt.results import Result, Status, Subtest


def result(test: str = "url/a.any.js", **statuses: str) -> Result:
    subtests = tuple(Subtest(name, Status[status], "") for name, status in statuses.items())
    return Result("url", test, "snapjs", subtests, 0.0)


def expectations(tmp_path: Path, text: str) -> Expectations:
    (tmp_path / "list.txt").write_text(text)
    return Expectations.read(tmp_path / "list.txt")


def compare(tmp_path: Path, text: str, *results: Result) -> Comparison:
    return expectations(tmp_path, text).compare(results)


def updated(tmp_path: Path, text: str, *results: Result) -> str:
    expectations(tmp_path, text).updated(results).write(tmp_path / "new.txt")
    return (tmp_path / "new.txt").read_text()


def stale(comparison: Comparison) -> dict[str, str]:
    return {str(line): wrong for line, wrong in comparison.stale.items()}


@pytest.mark.parametrize("status", ["FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"])
def test_a_failure_in_the_list_is_expected(tmp_path: Path, status: str) -> None:
    found = compare(tmp_path, 'cause: why\n    url/a.any.js: "one"\n', result(one=status, two="PASS"))
    assert found == Comparison(causes=Counter({("url", "why"): 1}))
    assert found.is_as_expected


def test_a_failure_that_is_not_in_the_list_is_unexpected(tmp_path: Path) -> None:
    found = compare(tmp_path, 'cause: why\n    url/b.any.js: "one"\n', result(one="FAIL"))
    assert found == Comparison(unexpected=[("url/a.any.js", Subtest("one", Status.FAIL, ""))])
    assert not found.is_as_expected


def test_a_line_is_stale_whose_subtest_passes(tmp_path: Path) -> None:
    found = compare(tmp_path, 'cause: why\n    url/a.any.js: "one"\n', result(one="PASS"))
    assert stale(found) == {'url/a.any.js: "one"': "'one' of url/a.any.js passed"}
    assert not found.is_as_expected


def test_a_line_is_stale_whose_subtest_is_not_there(tmp_path: Path) -> None:
    found = compare(tmp_path, 'cause: why\n    url/a.any.js: "none"\n', result(one="PASS"))
    assert stale(found) == {'url/a.any.js: "none"': "there is no such subtest"}


def test_a_line_says_nothing_whose_file_was_not_run(tmp_path: Path) -> None:
    assert compare(tmp_path, 'cause: why\n    url/b.any.js: "one"\n', result(one="PASS")) == Comparison()


def test_a_line_may_be_for_all_names_that_begin_alike(tmp_path: Path) -> None:
    found = compare(tmp_path, 'cause: why\n    url/a.any.js: "on"*\n', result(one="FAIL", only="FAIL", two="PASS"))
    assert found == Comparison(causes=Counter({("url", "why"): 2}))


def test_a_line_for_many_subtests_is_stale_when_one_of_them_passes(tmp_path: Path) -> None:
    found = compare(tmp_path, 'cause: why\n    url/a.any.js: "on"*\n', result(one="FAIL", only="PASS"))
    assert stale(found) == {'url/a.any.js: "on"*': "'only' of url/a.any.js passed"}


def test_a_line_may_be_for_all_subtests_of_many_files(tmp_path: Path) -> None:
    results = result("url/a.any.js?1", one="FAIL"), result("url/ab.any.js", two="TIMEOUT")
    found = compare(tmp_path, "cause: why\n    url/a*: *\n", *results)
    assert found == Comparison(causes=Counter({("url", "why"): 2}))


def test_a_name_may_have_any_character(tmp_path: Path) -> None:
    name = 'a "quote", a \\, a line\nbreak, a lone \ud800 and a *'
    failure = Result("url", "url/a.any.js", "snapjs", (Subtest(name, Status.FAIL, ""),), 0.0)
    text = updated(tmp_path, "", failure)
    assert compare(tmp_path, text, failure).is_as_expected


@pytest.mark.parametrize(
    "text",
    ['    url/a.any.js: "one"\n', "cause: why\nurl/a.any.js\n", "cause: why\n    url/a.any.js: one\n", "cause:\n"],
)
def test_what_is_no_line_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"list\.txt, line \d: write cause: WHY"):
        expectations(tmp_path, text)


def test_an_update_drops_what_is_not_true_and_keeps_causes_and_comments(tmp_path: Path) -> None:
    text = '# about\n\ncause: b\n    url/a.any.js: "two"\n    url/a.any.js: "one"\n\ncause: a\n    url/b.any.js: *\n'
    found = updated(tmp_path, text, result(one="FAIL", two="PASS"), result("url/b.any.js", x="FAIL"))
    assert found == '# about\n\ncause: a\n    url/b.any.js: *\n\ncause: b\n    url/a.any.js: "one"\n'


def test_an_update_keeps_the_cause_of_what_a_dropped_line_was_true_of(tmp_path: Path) -> None:
    found = updated(tmp_path, 'cause: why\n    url/a.any.js: "on"*\n', result(one="FAIL", only="PASS"))
    assert found == 'cause: why\n    url/a.any.js: "one"\n'


def test_an_update_adds_failures_under_a_cause_that_asks_for_theirs(tmp_path: Path) -> None:
    found = updated(tmp_path, "", result(one="FAIL", two="PASS"))
    assert found == f'cause: {UNEXPLAINED}\n    url/a.any.js: "one"\n'


def test_an_update_adds_one_line_for_a_file_of_which_all_fails(tmp_path: Path) -> None:
    found = updated(tmp_path, "", result(one="FAIL", two="FAIL"))
    assert found == f"cause: {UNEXPLAINED}\n    url/a.any.js: *\n"


def test_all_failures_in_the_list_are_explained() -> None:
    assert UNEXPLAINED not in {line.cause for line in Expectations.read(EXPECTED_FAILURES).lines}


def test_all_skips_have_reasons() -> None:
    assert all(read_skipped(SKIPPED).values())
