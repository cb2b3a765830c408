"""VMs for the tests of this folder, each checked for leaks when its test has passed.

`vm` is a VM with the default options, `make_vm` makes one with others. When the test is over, its globals are
deleted, garbage is collected on both sides, and what is left is compared with a VM that has run nothing: handles,
lent functions, timers, pending calls, objects. A test that must leave something behind says so:

    @pytest.mark.keeps("a module is never unloaded")      # objects are not compared
    @pytest.mark.abandons("the call is never answered")   # nothing is compared

A `const`, `let` or `class` at the top of a script cannot be taken away: put it into a block or a function.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

# Not snapjs: pytest loads this file before it is configured, and then puts its own hook for exceptions in callbacks
# where the one that snapjs needs for Ctrl-C has just been put.
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

_COUNTERS = ("obj_count", "js_func_count")

_passed = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "keeps(reason): leaves objects in the VM's heap")
    config.addinivalue_line("markers", "abandons(reason): leaves anything behind")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.when == "call":
        item.stash[_passed] = report.passed
    return report


@pytest.fixture
def make_vm(request: pytest.FixtureRequest) -> Iterator[Callable[..., VM]]:
    """A function that makes VMs, with the options of `VM`. They are checked and closed when the test is over."""
    from snapjs import VM

    vms: list[VM] = []

    def make(**options: Any) -> VM:
        vms.append(VM(**options))
        return vms[-1]

    yield make
    try:
        # A test that failed has kept its exception, and with it whatever its frames hold.
        if request.node.stash.get(_passed, False) and request.node.get_closest_marker("abandons") is None:
            keeps = request.node.get_closest_marker("keeps") is not None
            for vm in vms:
                check_for_leaks(vm, objects=not keeps)
    finally:
        for vm in vms:
            vm.close()


@pytest.fixture
def vm(make_vm: Callable[..., VM]) -> VM:
    """A VM with the default options."""
    return make_vm()


def check_for_leaks(vm: VM, *, objects: bool = True) -> None:
    """Fail the test when a VM holds more than one that has run nothing.

    :param objects: compare the objects in the heap too. A VM that is closed or dead passes.
    """
    from snapjs import JSError, undefined

    bridge = vm._bridge
    if vm.closed or bridge._death is not None:
        return
    bridge.options.timeout = bridge.options.interrupt = bridge.options.on_unhandled_rejection = None
    bridge.invoke("snap_set_memory_limit", 0)
    bridge.invoke("snap_set_stack_limit", 0)
    for name in set(vm.globals) - {"console", "performance"}:
        try:
            del vm.globals[name]
        except JSError:  # it was declared with var or function
            vm.globals[name] = undefined
    gc.collect()
    _collect(vm)
    named = len(bridge.lending.names)
    statistics = vm.statistics()
    left = {
        "handles": statistics.handles,
        "lent functions": statistics.lent_functions - named,
        "lent exceptions": len(bridge.lending._exceptions),
        "timers": statistics.timers,
        "pending calls": statistics.pending,
    }
    assert {name: count for name, count in left.items() if count} == {}, "the test has left these in its VM"
    if objects:
        baseline = bridge.instance.baseline
        clean = _clean_counters(baseline.intrinsics, baseline.web)
        # a function that was exposed lives as long as its VM
        clean["obj_count"] += named
        assert _counters(vm) == clean, "the test has left objects in its VM's heap"


def _collect(vm: VM) -> None:
    # Twice: what the first round releases may hold others, and the bridge hears of it at its next flush.
    for _ in range(2):
        vm.gc()
        vm._bridge.lending.flush()


def _counters(vm: VM) -> dict[str, int]:
    vm.eval(_LOOK_AT_BUILT_INS)
    _collect(vm)
    usage = vm.memory_usage()
    return {name: usage[name] for name in _COUNTERS}


@cache
def _clean(intrinsics: int, web: int) -> tuple[int, ...]:
    from snapjs import VM, Intrinsics
    from snapjs.vm import _WEB

    vm = VM(intrinsics=Intrinsics(intrinsics), web={name for name, bit in _WEB.items() if web & bit})
    try:
        return tuple(_counters(vm).values())
    finally:
        vm.close()


def _clean_counters(intrinsics: int, web: int) -> dict[str, int]:
    return dict(zip(_COUNTERS, _clean(intrinsics, web), strict=True))
