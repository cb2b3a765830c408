"""The store that a test of the suite is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workflows.store_suite.backends import Backend, chosen, make
from workflow_desk import Clock

from snapjs._workflows.store import Store


@pytest.fixture(params=chosen())
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """A place for one store, which may be opened more than once."""
    return make(request.param, tmp_path)


@pytest.fixture
def store(backend: Backend, clock: Clock) -> Store:
    """An empty store, but for the code that runs are started with."""
    opened = backend.open(clock)
    opened.put_artifacts({"code": b"the code"})
    return opened
