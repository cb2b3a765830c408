"""What is read from a copy of web-platform-tests: tests, their metadata, files."""

from __future__ import annotations

from pathlib import Path

import pytest
from skip_lists import read_skipped
from tiny_suite import write
from tiny_wpt import write_wpt
from wpt.areas import Area
from wpt.skips import reason_to_skip
from wpt.suite import Suite, SuiteNotFound, Test

URL = Area("url", ("url",))


def only_test(root: Path) -> Test:
    (test,) = Suite(root).tests(URL)
    return test


def test_the_tests_of_an_area_are_those_for_any_global_object_in_its_folders(tmp_path: Path) -> None:
    write_wpt(tmp_path, b="", a="")
    write(tmp_path / "url" / "c.window.js", "")
    write(tmp_path / "url" / "deep" / "d.any.js", "")
    write(tmp_path / "encoding" / "e.any.js", "")
    names = [test.name for test in Suite(tmp_path).tests(URL)]
    assert names == ["url/a.any.js", "url/b.any.js", "url/deep/d.any.js"]


def test_an_area_may_leave_a_folder_to_another(tmp_path: Path) -> None:
    write_wpt(tmp_path, a="")
    write(tmp_path / "url" / "deep" / "d.any.js", "")
    area = Area("url", ("url",), except_for=("url/deep/*",))
    assert [test.name for test in Suite(tmp_path).tests(area)] == ["url/a.any.js"]


def test_each_variant_is_a_test(tmp_path: Path) -> None:
    write_wpt(tmp_path, a="// META: variant=?1-2\n// META: variant=?3-last\n")
    assert [test.name for test in Suite(tmp_path).tests(URL)] == ["url/a.any.js?1-2", "url/a.any.js?3-last"]


def test_scripts_are_beside_the_test_or_named_from_the_root(tmp_path: Path) -> None:
    write_wpt(tmp_path, a="// META: script=/common/gc.js\n// META: script=resources/x.js\n// META: script=../y.js\n")
    assert only_test(tmp_path).scripts == ("common/gc.js", "url/resources/x.js", "y.js")


def test_metadata_ends_at_the_first_other_line(tmp_path: Path) -> None:
    write_wpt(tmp_path, a="// META: title=one\n\n// META: script=late.js\n")
    test = only_test(tmp_path)
    assert (test.title, test.scripts) == ("one", ())


@pytest.mark.parametrize("scopes", ["window", "shadowrealm", "serviceworker,sharedworker"])
def test_a_test_for_other_global_objects_is_skipped(tmp_path: Path, scopes: str) -> None:
    write_wpt(tmp_path, a=f"// META: global={scopes}\n")
    reason = reason_to_skip(only_test(tmp_path), {})
    assert reason == "for a window, a shared or service worker, or a shadow realm only"


@pytest.mark.parametrize("metadata", ["", "// META: global=window,worker\n", "// META: global=dedicatedworker\n"])
def test_a_test_for_any_worker_is_run(tmp_path: Path, metadata: str) -> None:
    write_wpt(tmp_path, a=metadata)
    assert reason_to_skip(only_test(tmp_path), {}) is None


def test_the_list_of_skips_has_patterns_and_reasons(tmp_path: Path) -> None:
    write(tmp_path / "skipped.txt", "# comment\n\nurl/a* # needs workers\n")
    skipped = read_skipped(tmp_path / "skipped.txt")
    assert reason_to_skip(Test("url/a.any.js", "?1"), skipped) == "needs workers"
    assert reason_to_skip(Test("url/b.any.js"), skipped) is None


def test_a_skip_without_a_reason_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "skipped.txt", "url/a.any.js\n")
    with pytest.raises(ValueError, match=r"skipped\.txt, line 1: write WHAT # REASON"):
        read_skipped(tmp_path / "skipped.txt")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("resources/data.json", "url/resources/data.json"),
        ("../common/a%20b.txt?query#fragment", "common/a b.txt"),
        ("/interfaces/url.idl", "interfaces/url.idl"),
        ("http://web-platform.test:8000/common/x", "common/x"),
        ("../../../x", "x"),
        ("https://other.test/x", None),
        ("//other.test/x", None),
        ("data:,x", None),
    ],
)
def test_a_url_in_a_test_stands_for_a_file(tmp_path: Path, url: str, path: str | None) -> None:
    assert Suite(write_wpt(tmp_path)).resolve(url, Test("url/a.any.js")) == path


def test_a_file_outside_of_the_suite_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "secret", "")
    with pytest.raises(FileNotFoundError):
        Suite(write_wpt(tmp_path / "suite")).read("../secret")


def test_a_sub_file_has_what_the_server_would_write_into_it(tmp_path: Path) -> None:
    write(tmp_path / "common" / "x.sub.js", "{{host}} {{ports[http][0]}} {{domains[www]}}")
    assert Suite(write_wpt(tmp_path)).text("common/x.sub.js") == "web-platform.test 8000 unknown"


def test_other_files_are_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "common" / "x.js", "{{host}}\r\n")
    assert Suite(write_wpt(tmp_path)).text("common/x.js") == "{{host}}\r\n"


@pytest.mark.parametrize("place", [".", "testing/web-platform/tests", "test/fixtures/wpt"])
def test_the_suite_is_found_in_the_sources_of_programs_that_have_it(tmp_path: Path, place: str) -> None:
    write_wpt(tmp_path / place)
    assert Suite(tmp_path).root == (tmp_path / place).resolve()


def test_a_folder_without_the_harness_is_no_suite(tmp_path: Path) -> None:
    with pytest.raises(SuiteNotFound, match=r"there is no resources/testharness\.js"):
        Suite(tmp_path)
