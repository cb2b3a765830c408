"""Reactors for the tests of this folder, each checked for leaks when its test has passed, and destroyed.

`make_reactor` makes one with options and begins it; what it writes is in `out` and `err`. When the test is over, all that
a program may leave is taken away, garbage is collected on both sides, and what is left is compared with what there was
when it had begun: handles, lent functions, timers, objects and bytes of the heap. The markers `keeps` and `abandons` are
those of `tests/guest/`.
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
    from snapjs import Reactor


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def out() -> list[str]:
    """What reactors have written to standard output."""
    return []


@pytest.fixture
def err() -> list[str]:
    """What reactors have written to standard error."""
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_reactor(request: pytest.FixtureRequest, out: list[str], err: list[str]) -> Iterator[Callable[..., Reactor]]:
    """A function that makes reactors, with `std` and `os` as globals. They are checked and destroyed at the end."""
    from reactor_leaks import Watched

    from snapjs import Reactor

    reactors: list[Reactor] = []
    watched: list[Watched] = []
    is_watched = request.node.get_closest_marker("abandons") is None

    def make(*args: Any, **options: Any) -> Reactor:
        reactor = Reactor(*args, **{"std": True, "stdout": out.append, "stderr": err.append, **options})
        reactors.append(reactor)
        assert reactor.init() == 0
        if is_watched:
            watched.append(Watched(reactor))
        return reactor

    yield make
    try:
        if request.node.stash.get(_passed, False):
            keeps = request.node.get_closest_marker("keeps") is not None
            for each in watched:
                each.check(heap=not keeps)
    finally:
        for reactor in reactors:
            reactor.destroy()


@pytest.fixture
def reactor(make_reactor: Callable[..., Reactor]) -> Reactor:
    """A reactor with the default options."""
    return make_reactor()


@pytest.fixture
def moved(out: list[str], err: list[str]) -> Iterator[Callable[..., Reactor]]:
    """A function that takes a snapshot of a reactor through bytes, and restores it."""
    from snapjs import Reactor, Snapshot

    reactors: list[Reactor] = []

    def move(reactor: Reactor, **options: Any) -> Reactor:
        snapshot = Snapshot.from_bytes(reactor.snapshot().to_bytes())
        reactors.append(Reactor.restore(snapshot, **{"stdout": out.append, "stderr": err.append, **options}))
        return reactors[-1]

    yield move
    for reactor in reactors:
        reactor.destroy()
