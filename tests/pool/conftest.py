"""Pools for the tests of this folder, each checked when its test has passed: all its workers are idle, its VMs hold
nothing but the functions that were called, and when it is closed nothing of it is left.

The markers `keeps` and `abandons` are those of `tests/guest/`.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "guest"))

from pool_program import PROGRAM
from tests.guest.conftest import (
    _older_objects_are_not_walked,  # noqa: F401
    _passed,
    pytest_configure,  # noqa: F401
    pytest_runtest_makereport,  # noqa: F401
)

if TYPE_CHECKING:
    from snapjs import Pool


@pytest.fixture
def make_pool(request: pytest.FixtureRequest) -> Iterator[Callable[..., Pool]]:
    """A function that makes pools, of `PROGRAM` or another program, with the options of `Pool`."""
    from snapjs import Pool

    pools: list[Pool] = []
    others = threading.enumerate()

    def make(module: Any = PROGRAM, **options: Any) -> Pool:
        if "processes" not in options:
            options.setdefault("workers", 1)
        pools.append(Pool(module, **options))
        return pools[-1]

    yield make
    try:
        if request.node.stash.get(_passed, False) and request.node.get_closest_marker("abandons") is None:
            for pool in pools:
                check_pool(pool)
    finally:
        processes = [worker.pid for pool in pools for worker in pool._crew._workers if worker.pid is not None]
        for pool in pools:
            pool.close(cancel=True)
    left = [thread.name for thread in threading.enumerate() if thread not in others]
    assert [name for name in left if name.startswith("snapjs-")] == []
    for pid in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.fixture
def pool(make_pool: Callable[..., Pool]) -> Pool:
    """A pool of one thread."""
    return make_pool()


def check_pool(pool: Pool) -> None:
    """Fail the test if a worker is busy, or a VM holds what it should not."""
    from leaks import collect, held

    from snapjs._core.handle_kinds import FixedHandle

    crew = pool._crew
    if crew._queue.is_closing:
        return
    with crew._queue._lock:  # an answer comes a little before its worker is idle
        assert crew._queue._settled.wait_for(lambda: crew._queue.busy == 0, 10)
    assert crew._queue.waiting == 0
    for worker in crew._workers:
        machine = worker._machine
        if machine is None or worker.pid is not None:
            continue
        for clone in (machine._clone, *machine._live.values()):
            if clone.is_dead or clone.is_closed:
                continue
            clone._bridge.options.timeout = None
            gc.collect()
            collect(clone._vm)
            left = held(clone._vm)
            found = [handle for pair in clone._functions.values() for handle in pair]
            left["handles"] -= sum(not isinstance(handle, FixedHandle) for handle in found)
            left["handles"] -= clone._program.root is not None  # the namespace, which is exported
            left["lent functions"] -= len(clone._bridge.lending._named)
            assert {name: count for name, count in left.items() if count} == {}
