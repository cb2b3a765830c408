"""Sandboxes for the tests of this folder, each checked for leaks when its test has passed.

`make_sandbox` makes one with options. When the test is over, the globals of a shared world are deleted, garbage is
collected on both sides, and what is left is compared with a sandbox that has the same capabilities and has run nothing.
The markers `keeps` and `abandons` are those of `tests/guest/`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "guest"))

from tests.guest.conftest import (
    _older_objects_are_not_walked,  # noqa: F401
    _passed,
    pytest_configure,  # noqa: F401
    pytest_runtest_makereport,  # noqa: F401
)

if TYPE_CHECKING:
    from snapjs import Sandbox


@pytest.fixture
def make_sandbox(request: pytest.FixtureRequest) -> Iterator[Callable[..., Sandbox]]:
    """A function that makes sandboxes, with the options of `Sandbox`. They are checked and closed at the end."""
    from sandbox_leaks import check_sandbox

    from snapjs import Sandbox

    sandboxes: list[Sandbox] = []

    def make(**options: Any) -> Sandbox:
        sandboxes.append(Sandbox(**options))
        return sandboxes[-1]

    yield make
    try:
        if request.node.stash.get(_passed, False) and request.node.get_closest_marker("abandons") is None:
            for sandbox in sandboxes:
                check_sandbox(sandbox)
    finally:
        for sandbox in sandboxes:
            sandbox.close()


@pytest.fixture
def sandbox(make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A shared sandbox with the default options."""
    return make_sandbox()


@pytest.fixture(params=[False, True, "memory"], ids=["shared", "isolated", "memory"])
def any_sandbox(request: pytest.FixtureRequest, make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox of each kind."""
    return make_sandbox(isolated=request.param)
