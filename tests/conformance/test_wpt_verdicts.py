"""What the runner makes of tests of web-platform-tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_suite import write
from tiny_wpt import write_wpt
from wpt.areas import Area
from wpt.execute import Executor, Limits
from wpt.results import HARNESS, Status, Subtest
from wpt.suite import Suite


def subtests(root: Path, source: str, seconds: float = 60.0) -> list[Subtest]:
    suite = Suite(write_wpt(root, a=source))
    (test,) = suite.tests(Area("url", ("url",)))
    return list(Executor(suite, Limits(seconds=seconds)).subtests(test))


def test_subtests_pass_and_fail(tmp_path: Path) -> None:
    found = subtests(tmp_path, 'test(() => {}, "good"); test(() => assert_equals(1, 2), "bad")')
    assert found == [Subtest("good", Status.PASS, ""), Subtest("bad", Status.FAIL, "1 is not 2")]


def test_a_promise_is_waited_for(tmp_path: Path) -> None:
    found = subtests(tmp_path, 'promise_test(async () => { await null; throw "late" }, "waits")')
    assert found == [Subtest("waits", Status.FAIL, "late")]


def test_waiting_takes_no_time(tmp_path: Path) -> None:
    source = 'promise_test(() => new Promise(resolve => setTimeout(resolve, 60000)), "a minute")'
    assert subtests(tmp_path, source) == [Subtest("a minute", Status.PASS, "")]


def test_a_test_that_waits_for_nothing_is_told_so(tmp_path: Path) -> None:
    assert subtests(tmp_path, 'promise_test(() => new Promise(() => {}), "forever")') == [
        Subtest(HARNESS, Status.FAIL, "status 2: timed out")
    ]


def test_a_test_whose_timers_go_on_and_on_ends(tmp_path: Path) -> None:
    source = 'promise_test(() => new Promise(() => setInterval(() => {}, 1000)), "forever")'
    assert subtests(tmp_path, source) == [Subtest(HARNESS, Status.FAIL, "status 2: timed out")]


def test_a_test_that_throws_has_failed_with_the_subtests_before(tmp_path: Path) -> None:
    found = subtests(tmp_path, 'test(() => {}, "first"); undeclared')
    message = "JSError: ReferenceError: undeclared is not defined"
    assert found == [Subtest("first", Status.PASS, ""), Subtest(HARNESS, Status.FAIL, message)]


def test_a_test_that_never_ends_is_ended(tmp_path: Path) -> None:
    (failure,) = subtests(tmp_path, "for (;;);", seconds=0.1)
    assert (failure.name, failure.status) == (HARNESS, Status.FAIL)
    assert failure.message.startswith("TimeLimitError")


def test_a_test_with_a_script_that_the_suite_lacks_has_failed(tmp_path: Path) -> None:
    found = subtests(tmp_path, "// META: script=/common/none.js\n")
    assert found == [Subtest(HARNESS, Status.FAIL, "FileNotFoundError: common/none.js")]


def test_subtests_of_one_name_are_told_apart(tmp_path: Path) -> None:
    found = subtests(tmp_path, 'test(() => {}, "same"); test(() => { throw 1 }, "same")')
    assert found == [Subtest("same", Status.PASS, ""), Subtest("same (2)", Status.FAIL, "1")]


def test_scripts_share_the_global_scope_with_the_test(tmp_path: Path) -> None:
    write(tmp_path / "url" / "x.js", "const x = 1")
    found = subtests(tmp_path, '// META: script=x.js\ntest(() => assert_equals(x, 1), "x")')
    assert found == [Subtest("x", Status.PASS, "")]


@pytest.mark.parametrize("read", ["text()", "json().then(String)", "arrayBuffer().then(b => b.byteLength)"])
def test_files_of_the_suite_are_fetched(tmp_path: Path, read: str) -> None:
    write(tmp_path / "url" / "data.json", "1")
    source = (
        f'promise_test(() => fetch("data.json").then(r => r.{read}).then(t => assert_equals(`${{t}}`, "1")), "read")'
    )
    assert subtests(tmp_path, source) == [Subtest("read", Status.PASS, "")]


def test_what_the_suite_lacks_is_not_fetched(tmp_path: Path) -> None:
    source = 'promise_test(() => fetch("none.json"), "read")'
    assert [found.status for found in subtests(tmp_path, source)] == [Status.FAIL]


def test_a_test_knows_its_variant(tmp_path: Path) -> None:
    source = '// META: variant=?x=1\ntest(() => assert_equals(location.search, "?x=1"), "variant")'
    assert subtests(tmp_path, source) == [Subtest("variant", Status.PASS, "")]


def test_tests_share_no_state(tmp_path: Path) -> None:
    source = 'test(() => assert_equals(globalThis.left, undefined), "new"); left = 1'
    suite = Suite(write_wpt(tmp_path, a=source, b=source))
    executor = Executor(suite, Limits())
    found = [executor.subtests(test) for test in suite.tests(Area("url", ("url",)))]
    assert found == [(Subtest("new", Status.PASS, ""),)] * 2
