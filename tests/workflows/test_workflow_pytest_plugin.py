"""The plugin for pytest: tests of workflows that pass, and what those say that fail."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from snapjs._cache import cache_folder

CACHE = cache_folder()
HEAD = """
from pathlib import Path

import pytest

from snapjs import workflows

app = workflows.App("sqlite:///shop.db")
PROGRAM = '''
    import { pay } from "app:steps";
    import { hook } from "snapjs:workflow";
    export default async () => [await pay(7), await hook("approved")];
'''


@app.step
def pay(order: int) -> str:
    return f"paid {order}"

"""


@pytest.fixture(autouse=True)
def begin_fast(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other plugins take seconds, once a test. And the engine is compiled already, but not for the home folder that
    pytest has made."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("SNAPJS_CACHE_DIR", CACHE or "")


def run(pytester: pytest.Pytester, test: str) -> pytest.RunResult:
    """What pytest says of a file with these tests."""
    pytester.makepyfile(HEAD + dedent(test))
    return pytester.runpytest_inprocess("-p", "snapjs.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")


def test_a_test_passes(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        def test_order(workflow_test):
            test = workflow_test(app, steps={"pay": lambda order: "fake"})
            run = test.start(PROGRAM)
            run.deliver("approved", "ann")
            assert run.result() == ["fake", "ann"]
        """,
    ).assert_outcomes(passed=1)


def test_a_test_has_several_apps(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        def test_order(workflow_test):
            first, second = workflow_test(app), workflow_test(app)
            first.start(PROGRAM)
            assert (len(first.list()), len(second.list())) == (1, 0)
        """,
    ).assert_outcomes(passed=1)


def test_the_app_is_there_until_the_test_has_ended(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        stores = []

        def test_order(workflow_test):
            stores.append(workflow_test(app).store)
            assert Path(stores[0]).exists()

        def test_later():
            assert not Path(stores[0]).exists()
        """,
    ).assert_outcomes(passed=2)


def test_a_failure_shows_the_runs(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_order(workflow_test):
            test = workflow_test(app)
            run = test.start(PROGRAM)
            test.run_until_idle()
            assert run.status == "completed"
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- run ????????????????????????????????* -*",
            "turn 2 *",
            '*3  pay after*→ "paid 7"',
            "waits for",
            '*hook("approved")',
        ]
    )


def test_a_failure_shows_the_end_of_a_long_run(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_order(workflow_test):
            run = workflow_test(app).start('''
                import { log } from "snapjs:workflow";
                export default () => { for (let line = 1; line < 300; line += 1) log("line", line) }
            ''')
            run.result()
            assert False
        """,
    )
    result.stdout.fnmatch_lines(["… ??? lines before these", "*line 299", "completed *"])
    result.stdout.no_fnmatch_line("*line 100")


def test_a_store_that_cannot_be_read_does_not_hide_the_failure(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_order(workflow_test):
            test = workflow_test(app)
            test.start(PROGRAM)
            test.list = None
            assert 1 == 2
        """,
    )
    result.stdout.fnmatch_lines(["*assert 1 == 2", "*cannot be shown: TypeError*"])


def test_a_crash_that_does_not_come_is_an_error(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_order(workflow_test):
            workflow_test(app).crash_at("step_done")
        """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*no worker has died, for none has come there: step_done"])


def test_a_crash_that_does_not_come_is_no_news_when_the_test_fails(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        def test_order(workflow_test):
            workflow_test(app).crash_at("step_done")
            assert False
        """,
    ).assert_outcomes(failed=1)


def test_a_failure_without_workflows_is_as_ever(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_nothing():\n    assert False")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*- run *")


def test_pytest_finds_the_plugin() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"snapjs": "snapjs.pytest_plugin"}


@pytest.mark.slow
def test_the_plugin_is_light() -> None:
    program = (
        "import pytest, sys; known = set(sys.modules); import snapjs.pytest_plugin; "
        "print(sorted(name for name in set(sys.modules) - known if not name.startswith('_')))"
    )
    environment = {"PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    shown = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == "['snapjs', 'snapjs.pending', 'snapjs.pytest_plugin']\n"
