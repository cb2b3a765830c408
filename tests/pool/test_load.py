"""Many calls while worker processes are killed: each has one answer, and the right one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from benchmarks.load import Question, load

from snapjs import Pool

SQUARES = Question("square", lambda number: (number,), lambda number: {"number": number, "square": number**2})
MODULE = "export const square = number => ({ number, square: number ** 2 })"


@pytest.mark.slow
def test_no_call_is_lost_and_none_answered_twice_when_processes_are_killed(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(MODULE, processes=2, retries=10)
    outcome = asyncio.run(load(pool, SQUARES, calls=5000, kills=10, seed=7))

    assert outcome.answers == b"\1" * 5000
    assert outcome.counted == 5000
    assert outcome.kills == 10
    assert outcome.restarts >= 10
