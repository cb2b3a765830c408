"""An app on a file of the test's own, with a clock that moves when the test says so, and a worker that is stepped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from workflow_desk import Clock, Desk

from snapjs import workflows
from snapjs.workflows import App


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'runs.db'}"


@pytest.fixture
def app(store: str, clock: Clock) -> App:
    return workflows.App(store, clock=clock)


@pytest.fixture
def desk(app: App, clock: Clock, make_desk: Callable[[App], Desk]) -> Desk:
    return make_desk(app)


@pytest.fixture
def make_desk(clock: Clock) -> Iterator[Callable[[App], Desk]]:
    """A function that makes a worker for an app, which forgets its runs when the test ends."""
    desks: list[Desk] = []

    def make(app: App) -> Desk:
        desks.append(Desk(app, clock))
        return desks[-1]

    yield make
    for desk in desks:
        with closing(desk.worker):
            pass
