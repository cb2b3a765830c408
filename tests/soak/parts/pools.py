"""Pools of threads and of processes under load: each answer is checked, deadlines come, and workers are killed."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from snapjs import Pool, TimeLimitError, WorkerDied

_PROGRAM = """
const seen = new Map()
export const sum = numbers => numbers.reduce((total, number) => total + number, 0)
export const text = length => "x".repeat(length)
export const forever = () => { for (;;); }
export async function later(value) { await null; return value }
export let count = 0
export const next = () => ++count
"""
_CALLERS = 4


def rounds(chance: random.Random, folder: Path) -> Iterator[dict[str, int]]:
    """Both pools in each round."""
    program = folder / "program.mjs"
    program.write_text(_PROGRAM)
    with (
        Pool(program, workers=2, queue=1000) as threads,
        Pool(program, processes=2, queue=1000, retries=50) as processes,
        ThreadPoolExecutor(_CALLERS) as callers,
    ):
        while True:
            counts = {"calls": 0, "deadlines": 0, "sessions": 0}
            for pool in (threads, processes):
                counts["calls"] += _call_from_threads(pool, callers, chance)
                counts["calls"] += asyncio.run(_call_from_tasks(pool, chance))
                counts["sessions"] += _use_session(pool, chance)
                counts["deadlines"] += _pass_a_deadline(pool)
            yield counts | _kill(processes, callers, chance)


def _call_from_threads(pool: Pool, callers: ThreadPoolExecutor, chance: random.Random) -> int:
    arguments = [[chance.randrange(1000) for _ in range(chance.randrange(50))] for _ in range(100)]
    found = list(callers.map(lambda numbers: pool.call_sync("sum", numbers), arguments))
    if found != [sum(numbers) for numbers in arguments]:
        raise AssertionError("a pool has answered something else")
    return len(found)


async def _call_from_tasks(pool: Pool, chance: random.Random) -> int:
    lengths = [chance.randrange(100_000) for _ in range(20)]
    texts = await asyncio.gather(*(pool.call("text", length) for length in lengths))
    values = await asyncio.gather(*(pool.call("later", length) for length in lengths))
    if [len(text) for text in texts] != lengths or values != lengths:
        raise AssertionError("a pool has answered something else")
    return len(texts) + len(values)


def _use_session(pool: Pool, chance: random.Random) -> int:
    name = f"session {chance.randrange(1_000_000_000)}"
    if [pool.call_sync("next", key=name) for _ in range(3)] != [1, 2, 3]:
        raise AssertionError("a session does not go on")
    pool.end_session_sync(name)
    return 1


def _pass_a_deadline(pool: Pool) -> int:
    try:
        pool.call_sync("forever", timeout=0.05)
    except TimeLimitError:
        return 1
    raise AssertionError("a call has outlived its deadline")


def _kill(pool: Pool, callers: ThreadPoolExecutor, chance: random.Random) -> dict[str, int]:
    """One worker, while calls are under way. Those that die with it are done again."""
    pids = [worker.pid for worker in pool.statistics().workers if worker.pid is not None]
    if not pids or chance.random() < 0.5:
        return {}
    calls = [callers.submit(pool.call_sync, "sum", [number, 1]) for number in range(50)]
    with suppress(ProcessLookupError):  # it may be one that is ending
        os.kill(chance.choice(pids), signal.SIGKILL)
    given_up = 0
    for number, call in enumerate(calls):
        try:
            if call.result() != number + 1:
                raise AssertionError("a pool has answered something else")
        except WorkerDied:
            given_up += 1
    return {"workers killed": 1, "calls given up": given_up}
