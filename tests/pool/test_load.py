"""Many calls while worker processes are killed: each has one answer, and the right one."""

from __future__ import annotations

import asyncio

import pytest
from benchmarks.load import Outcome, Question, load

from snapjs import Pool

SQUARES = Question("square", lambda number: (number,), lambda number: {"number": number, "square": number**2})
MODULE = "export const square = number => ({ number, square: number ** 2 })"


async def loaded(calls: int, kills: int) -> Outcome:
    async with Pool(MODULE, processes=2, retries=kills) as pool:
        return await load(pool, SQUARES, calls, kills, seed=7)


@pytest.mark.slow
def test_no_call_is_lost_and_none_answered_twice_when_processes_are_killed() -> None:
    outcome = asyncio.run(loaded(5000, 10))

    assert outcome.answers == b"\1" * 5000
    assert outcome.counted == 5000
    assert outcome.kills == 10
    assert outcome.restarts >= 10
