"""Reactors for the tests of this folder, which are destroyed when their test is over.

`make_reactor` makes one with options and begins it; its output is in `reactor.out` and `reactor.err`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

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
def make_reactor(out: list[str], err: list[str]) -> Iterator[Callable[..., Reactor]]:
    """A function that makes reactors, with `std` and `os` as globals."""
    from snapjs import Reactor

    reactors: list[Reactor] = []

    def make(*args: Any, **options: Any) -> Reactor:
        reactor = Reactor(*args, **{"std": True, "stdout": out.append, "stderr": err.append, **options})
        reactors.append(reactor)
        assert reactor.init() == 0
        return reactor

    yield make
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
