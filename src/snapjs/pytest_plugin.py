"""The plugin of snapjs for pytest, which pytest finds by itself: the fixture ``workflow_test``.

pytest imports this for everybody who has snapjs, so nothing else is imported until a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from .testing import InProcessApp
    from .workflows import App, Run

_MOST_RUNS: Final = 5
"""whose timelines are shown when a test fails, of each app"""
_MOST_LINES: Final = 100
"""of a timeline: its last ones"""

_apps: Final = pytest.StashKey[list["InProcessApp"]]()


@pytest.fixture
def workflow_test(request: pytest.FixtureRequest) -> Iterator[Callable[..., InProcessApp]]:
    """A function ``workflow_test(app, steps=None)`` that gives what ``snapjs.testing.workflows`` does, until the test
    has ended. When the test fails, its report shows what has happened in the runs."""
    from .testing import workflows

    apps = request.node.stash.setdefault(_apps, [])
    with ExitStack() as stack:

        def make(app: App, *, steps: Mapping[str, Callable[..., Any]] | None = None) -> InProcessApp:
            test = stack.enter_context(workflows(app, steps=steps))
            apps.append(test)
            return test

        yield make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the timelines of the runs to the report of a test that has failed."""
    report = yield
    if report.when == "call" and report.failed:
        for app in item.stash.get(_apps, []):
            app._crashes.clear()  # where no worker has died is no failure of its own then
            # The report is about the test: whatever is the matter with a store is not to hide it.
            try:
                report.sections += [(f"run {run.id}", _timeline(run)) for run in app.list(limit=_MOST_RUNS)]
            except Exception as error:
                report.sections.append(("runs", f"cannot be shown: {error!r}"))
    return report


def _timeline(run: Run) -> str:
    """What has happened in a run, as ``snapjs workflow show`` prints it."""
    from .cli._workflow_show import Timeline

    timeline = Timeline(run)
    lines = [*timeline.head(), *timeline.turns(), *timeline.foot()]
    if len(lines) > _MOST_LINES:
        lines = [f"… {len(lines) - _MOST_LINES} lines before these", *lines[-_MOST_LINES:]]
    return "\n".join(lines)
