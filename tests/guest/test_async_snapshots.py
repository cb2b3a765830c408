"""Snapshots while coroutines wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from host_desk import Desk, nothing_happens

from snapjs import VM, Snapshot, TimeLimitError

MakeVM = Callable[..., VM]


def test_a_snapshot_while_a_host_coroutine_runs(asking: VM, desk: Desk) -> None:
    async def main() -> tuple[Any, Any]:
        task = asyncio.create_task(asking.eval_async("await ask('x') + ' here'"))
        await nothing_happens()
        snapshot = asking.snapshot()
        desk.waiting["x"].set_result("answered")
        return snapshot, await task

    snapshot, value = asyncio.run(main())
    assert value == "answered here"
    assert [(call.name, call.args) for call in snapshot.pending] == [("ask", ("x",))]


def test_a_restored_vm_makes_the_call_again(asking: VM, desk: Desk) -> None:
    async def first() -> Any:
        asking.eval("var out; ask('x').then(v => { out = v }); 0")
        task = asyncio.create_task(asking.run_until_idle_async())
        await nothing_happens()
        snapshot = asking.snapshot()
        desk.waiting["x"].set_result("old")
        await task
        return snapshot

    async def again(key: str) -> str:
        return f"again {key}"

    snapshot = asyncio.run(first())
    with VM.restore(snapshot, functions={"ask": again}) as restored:
        asyncio.run(restored.run_until_idle_async())
        assert restored.eval("out") == "again x"


def test_a_timeout_after_a_restore_leaves_the_calls_of_the_snapshot_alone(asking: VM, desk: Desk) -> None:
    async def suspended() -> Snapshot:
        task = asyncio.create_task(asking.eval_async("var state = 'waiting'; ask('x').catch(() => state = 'lost')"))
        await nothing_happens()
        snapshot = asking.snapshot()
        task.cancel()
        return snapshot

    async def never(key: str) -> None:
        await asyncio.Event().wait()

    with VM.restore(asyncio.run(suspended()), functions={"ask": never}) as restored:
        with pytest.raises(TimeLimitError):
            asyncio.run(restored.eval_async("await ask('y')", timeout=0.05))
        assert restored.eval("state") == "waiting"
