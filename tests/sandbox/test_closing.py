"""The end of a sandbox and of its worlds, while other threads use them."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from snapjs import ClosedError, Sandbox, Snapshot
from snapjs._sandbox.capability import Capability
from snapjs._sandbox.world import World, prepared

MakeSandbox = Callable[..., Sandbox]


class Stop:
    """A capability that tells that it is running, and waits."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.free = threading.Event()

    def __call__(self) -> int:
        self.reached.set()
        assert self.free.wait(60)
        return 7


@contextmanager
def running(function: Callable[[], Any], stop: Stop) -> Iterator[list[Any]]:
    """Another thread is in the function, and at the stop; its result is added to the list."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    assert stop.reached.wait(60)
    try:
        yield results
    finally:
        stop.free.set()
        thread.join()


def test_world_that_another_thread_is_in_is_closed_when_that_leaves(sandbox: Sandbox) -> None:
    stop = Stop()
    sandbox.register("stop", stop)
    callback = sandbox.eval("() => host.stop()")
    world = sandbox._world
    assert world is not None
    with running(callback, stop) as results:
        sandbox.close()
        assert not world.vm.closed
    assert world.vm.closed
    assert results == [7]
    with pytest.raises(ClosedError, match="of a sandbox that is closed"):
        callback()


@pytest.mark.parametrize("isolated", [True, "memory"])
@pytest.mark.parametrize("moment", ["restored", "prepared"])
def test_world_that_is_being_made_is_closed(
    make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch, isolated: Any, moment: str
) -> None:
    sandbox = make_sandbox(isolated=isolated)
    called: list[None] = []
    sandbox.register("call", lambda: called.append(None))
    restored = World.restored

    def closing(*arguments: Any, **options: Any) -> World:
        if moment == "prepared":
            sandbox.close()
        world = restored(*arguments, **options)
        sandbox.close()
        return world

    monkeypatch.setattr(World, "restored", closing)
    with pytest.raises(ClosedError, match="This sandbox is closed"):
        sandbox.eval("host.call()")
    assert called == []


def test_world_that_is_being_restored_is_closed(make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = make_sandbox()
    snapshot = sandbox.snapshot()
    worlds: list[World] = []
    restored = World.restored

    def closing(*arguments: Any, **options: Any) -> World:
        worlds.append(restored(*arguments, **options))
        sandbox.close()
        return worlds[0]

    monkeypatch.setattr(World, "restored", closing)
    with pytest.raises(ClosedError, match="This sandbox is closed"):
        sandbox.restore(snapshot)
    assert worlds[0].vm.closed


def test_eval_ends_while_a_late_call_is_in_its_world(
    make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(isolated=True)
    stop, over, worlds = Stop(), threading.Event(), list[World]()
    close = World.close

    def late(callback: Callable[[], int]) -> None:
        assert over.wait(60)
        callback()

    def close_meanwhile(world: World, why: str) -> None:
        worlds.append(world)
        over.set()
        assert stop.reached.wait(60)
        close(world, why)

    sandbox.register("late", late, timeout=0.01)
    sandbox.register("stop", stop)
    monkeypatch.setattr(World, "close", close_meanwhile)
    threads = set(threading.enumerate())
    assert sandbox.eval("try { host.late(() => host.stop()) } catch (error) { error.name }") == "CapabilityError"
    stop.free.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(60)
    assert worlds[0].vm.closed


def test_task_that_a_capability_begins_keeps_no_world(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    bridges: list[weakref.ref[Any]] = []
    tasks: list[asyncio.Task[None]] = []

    async def begin() -> None:
        bridges.extend(weakref.ref(world.vm._bridge) for world in sandbox._worlds)
        tasks.append(asyncio.create_task(asyncio.sleep(60)))

    sandbox.register("begin", begin)

    async def run() -> None:
        await sandbox.eval_async("await host.begin()")
        gc.collect()
        assert [bridge() for bridge in bridges] == [None]
        tasks.pop().cancel()

    asyncio.run(run())


def test_names_that_two_threads_register_do_not_lead_through_each_other(
    make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox()

    def meanwhile(*arguments: Any) -> Capability:
        monkeypatch.undo()
        sandbox.register("a.b", lambda: 1)
        return Capability(*arguments)

    monkeypatch.setattr("snapjs.sandbox.Capability", meanwhile)
    with pytest.raises(ValueError, match=r"'a' cannot be registered, for there is 'a\.b'"):
        sandbox.register("a", lambda: 1)
    assert sandbox.eval("host.a.b()") == 1


def test_signal_handler_closes_a_sandbox_that_prepares_its_worlds(
    make_sandbox: MakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = make_sandbox(isolated=True)

    def closing(*arguments: Any) -> Snapshot:
        sandbox.close()
        return prepared(*arguments)

    monkeypatch.setattr("snapjs.sandbox.prepared", closing)
    with pytest.raises(ClosedError, match="This sandbox is closed"):
        sandbox.eval("1")
