"""What the shared world of a sandbox holds that one which has run nothing does not."""

from __future__ import annotations

import gc

from leaks import collect, counters, delete_globals, held

from snapjs import VM, Sandbox


def check_sandbox(sandbox: Sandbox) -> None:
    """Fail the test when it holds more, or worlds of an isolated one are left."""
    assert not sandbox._worlds, "worlds are left"
    world = sandbox._world
    if world is None or world.vm.closed or world.vm._bridge.is_dead:
        return
    with sandbox._twin() as clean, clean._entered() as expected:
        sandbox._options["timeout"] = None
        _empty(world.vm)
        with sandbox._entered():
            assert _all_of(world.vm) == _all_of(expected.vm), "the test has left these in its sandbox"


def _empty(vm: VM) -> None:
    bridge = vm._bridge
    bridge.options.timeout = bridge.options.interrupt = None
    bridge.invoke("snap_set_memory_limit", 0)
    delete_globals(vm, "host")
    for _ in range(2):  # what the first round frees may have held a function of the other side
        gc.collect()
        collect(vm)


def _all_of(vm: VM) -> dict[str, int]:
    return {**counters(vm), **held(vm)}
