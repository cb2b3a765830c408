"""What the shared world of a sandbox holds that one which has run nothing does not."""

from __future__ import annotations

import gc

from leaks import _clean_globals, _collect, _counters

from snapjs import VM, Sandbox, undefined
from snapjs.errors import JSError


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
            assert _held(world.vm) == _held(expected.vm), "the test has left these in its sandbox"


def _empty(vm: VM) -> None:
    bridge = vm._bridge
    bridge.options.timeout = bridge.options.interrupt = None
    bridge.invoke("snap_set_memory_limit", 0)
    baseline = bridge.instance.baseline
    for name in set(vm.globals) - _clean_globals(baseline.intrinsics, baseline.web) - {"host"}:
        try:
            del vm.globals[name]
        except JSError:
            vm.globals[name] = undefined
    for _ in range(2):  # what the first round frees may have held a function of the other side
        gc.collect()
        _collect(vm)


def _held(vm: VM) -> dict[str, int]:
    statistics = vm.statistics()
    return {
        **_counters(vm),
        "handles": statistics.handles,
        "lent functions": statistics.lent_functions,
        "lent exceptions": len(vm._bridge.lending._exceptions),
        "timers": statistics.timers,
        "pending calls": statistics.pending,
    }
