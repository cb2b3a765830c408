"""What a VM holds that one which has run nothing does not."""

from __future__ import annotations

import gc
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snapjs import VM

# Built-in objects come into being when they are first looked at. This looks at all of them.
_LOOK_AT_BUILT_INS = """
(function () {
    const { ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect
    const seen = new Set(), left = []
    const add = value => {
        if (value !== null && (typeof value === "object" || typeof value === "function") && !seen.has(value)) {
            seen.add(value)
            left.push(value)
        }
    }
    const syntax = [function* () {}, async function () {}, async function* () {}]
    syntax.push((function* () {})(), (async function* () {})())
    const iterators = [[].values(), "".matchAll ? "".matchAll(/x/g) : null, ""[Symbol.iterator]()]
    if (typeof Map === "function") iterators.push(new Map().keys(), new Set().keys())
    if (typeof URLSearchParams === "function") iterators.push(new URLSearchParams().keys())
    if (typeof Iterator === "function") iterators.push([].values().map(x => x), Iterator.from({ next() {} }))
    const extra = [...syntax, ...iterators].map(getPrototypeOf)
    const roots = new Set(extra)
    add(globalThis)
    extra.forEach(add)
    while (left.length) {
        const object = left.pop()
        for (const key of ownKeys(object)) {
            const property = getOwnPropertyDescriptor(object, key)
            add(property.value), add(property.get), add(property.set)
        }
        add(getPrototypeOf(object))
    }
})()
"""

# So do functions that web scripts make when they first need them, in place of others.
_USE_WEB_SCRIPTS = """
(async () => {
    if (typeof ReadableStream !== "function") return
    for await (const chunk of ReadableStream.from([1]));
    const source = { type: "bytes", pull: ({ byobRequest }) => byobRequest.respond(1) }
    await new ReadableStream(source).getReader({ mode: "byob" }).read(new Uint8Array(1))
})()
0
"""

_COUNTERS = ("obj_count", "js_func_count")


def check_for_leaks(vm: VM, *, objects: bool = True) -> None:
    """Fail the test when a VM holds more than one that has run nothing.

    :param objects: compare the objects in the heap too. A VM that is closed or dead passes.
    """
    bridge = vm._bridge
    if vm.closed or bridge._death is not None:
        return
    bridge.options.timeout = bridge.options.interrupt = bridge.options.on_unhandled_rejection = None
    bridge.invoke("snap_set_memory_limit", 0)
    bridge.invoke("snap_set_stack_limit", 0)
    baseline = bridge.instance.baseline
    delete_globals(vm)
    gc.collect()
    collect(vm)
    named = bridge.lending._named.values()
    left = held(vm)
    left["lent functions"] -= sum(index in bridge.lending.functions for index in named)
    assert {name: count for name, count in left.items() if count} == {}, "the test has left these in its VM"
    if objects:
        clean = dict(_clean_counters(baseline.intrinsics, baseline.web))
        # a function that was exposed lives as long as its VM
        clean["obj_count"] += len(named)
        assert counters(vm) == clean, "the test has left objects in its VM's heap"


def delete_globals(vm: VM, *kept: str) -> None:
    """Take away what programs have defined, but for what is to be kept."""
    from snapjs import JSError, undefined

    baseline = vm._bridge.instance.baseline
    for name in set(vm.globals) - _clean_globals(baseline.intrinsics, baseline.web) - {*kept}:
        try:
            del vm.globals[name]
        except JSError:  # it was declared with var or function
            vm.globals[name] = undefined


def held(vm: VM) -> dict[str, int]:
    """What each side holds of the other."""
    statistics = vm.statistics()
    return {
        "handles": statistics.handles,
        "lent functions": statistics.lent_functions,
        "lent exceptions": len(vm._bridge.lending._exceptions),
        "lent objects": len(vm._bridge.host_objects),
        "timers": statistics.timers,
        "pending calls": statistics.pending,
    }


def collect(vm: VM) -> None:
    # Twice: what the first round releases may hold others, and the bridge hears of it at its next flush.
    for _ in range(2):
        vm.gc()
        vm._bridge.lending.flush()


def counters(vm: VM) -> dict[str, int]:
    """What is in the heap when nothing is left that can be collected."""
    vm.eval(_LOOK_AT_BUILT_INS)
    vm.eval(_USE_WEB_SCRIPTS)
    collect(vm)
    usage = vm.memory_usage()
    return {name: usage[name] for name in _COUNTERS}


@cache
def _clean_globals(intrinsics: int, web: int) -> frozenset[str]:
    with _new(intrinsics, web) as vm:
        return frozenset(vm.globals)


@cache
def _clean_counters(intrinsics: int, web: int) -> dict[str, int]:
    with _new(intrinsics, web) as vm:
        return counters(vm)


def _new(intrinsics: int, web: int) -> VM:
    """A VM that has run nothing."""
    from snapjs import VM, Fetch, Intrinsics
    from snapjs._core.features import WEB
    from snapjs._guest import abi

    names: dict[str, bool | Fetch] = {name: bool(web & bit) for name, bit in WEB.items()}
    if web & abi.Web.FETCH:
        names["fetch"] = Fetch([])
    return VM(intrinsics=Intrinsics(intrinsics), web=names)
