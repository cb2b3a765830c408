"""Functions and objects that cross again and again: they stay themselves, and nothing of them stays behind."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import Function, Sandbox

BLOCKS_OF_CHANCE = 2000
"""of memory, that Python's caches may have more or less"""


# ---- identity


def test_function_is_the_same_in_python_as_long_as_it_is_kept(sandbox: Sandbox) -> None:
    kept: list[Function] = []
    sandbox.register("keep", kept.append)
    sandbox.eval("globalThis.f = () => 1; host.keep(f); host.keep(f)")
    compare = sandbox.eval("(one, other) => one === other && one === f")
    assert compare(kept[0], kept[1]) is True
    kept.clear()


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


def test_function_is_the_same_after_an_async_round_trip(any_sandbox: Sandbox) -> None:
    any_sandbox.register("later", later)
    code = "const f = () => 1; [f === await host.later(f), f === (await host.later({ f: [f] })).f[0]]"
    assert asyncio.run(any_sandbox.eval_async(f"{{ {code} }}")) == [True, True]


def test_function_of_python_comes_back_as_itself(any_sandbox: Sandbox) -> None:
    def function() -> int:
        return 1

    seen: list[Any] = []
    any_sandbox.register("make", lambda: function)
    any_sandbox.register("see", seen.append)
    assert any_sandbox.eval("{ const f = host.make(); host.see(f); host.see([f]); f === host.make() }") is True
    assert seen[0] is function
    assert seen[1][0] is function


# ---- Python's collector lets go while JavaScript passes the same function again


def collect_here() -> None:
    gc.collect()


def collect_elsewhere() -> None:
    thread = threading.Thread(target=gc.collect)
    thread.start()
    thread.join()


@pytest.mark.parametrize("collect", [collect_here, collect_elsewhere])
def test_function_that_is_collected_while_it_is_passed_again_is_the_same(
    any_sandbox: Sandbox, collect: Callable[[], None]
) -> None:
    def keep_in_a_cycle(function: Function) -> None:
        cycle: list[Any] = [function]
        cycle.append(cycle)

    def identity(value: Any) -> Any:
        collect()
        return value

    any_sandbox.register("keep", keep_in_a_cycle)
    any_sandbox.register("identity", identity)
    code = """
        let same = 0
        for (let i = 0; i < 20; i++) {
            const f = x => x + i
            host.keep(f)
            if (host.identity(f) === f && host.identity([f])[0](1) === i + 1) same++
        }
        same
    """
    assert any_sandbox.eval(f"{{ {code} }}") == 20


def test_function_that_python_lets_go_is_freed_at_the_next_boundary(sandbox: Sandbox) -> None:
    kept: list[Function] = []
    sandbox.register("keep", kept.append)
    sandbox.eval("{ let f = () => 1; globalThis.reference = new WeakRef(f); host.keep(f); f = null }")
    assert sandbox.eval("reference.deref() !== undefined") is True
    kept.clear()
    assert sandbox.eval("reference.deref() === undefined") is True


# ---- a million


TRIPS = """
    let same = 0
    for (let i = 0; i < COUNT; i++) {
        const f = x => x + i
        if (host.identity(f) === f && host.call(f, 1) === i + 1 && host.make()() === 1) same++
    }
    same
"""
"""Three functions cross each time: one of the program there and back, one that Python calls, one of Python."""


def register_all(sandbox: Sandbox) -> None:
    sandbox.register("identity", lambda value: value)
    sandbox.register("call", lambda function, value: function(value))
    sandbox.register("make", lambda: lambda: 1)
    sandbox.register("later", later)


def held(sandbox: Sandbox) -> list[int]:
    """Handles and functions on both sides, and the pages of the guest; nothing, where no world is left."""
    if sandbox._world is None:
        return [len(sandbox._worlds)]
    vm = sandbox._world.vm
    vm._bridge.lending.flush()
    statistics = vm.statistics()
    return [statistics.handles, statistics.lent_functions, statistics.linear_memory]


def assert_that_nothing_stays(sandbox: Sandbox, cross: Callable[[], None], times: int) -> None:
    """That it has as much when something has crossed many times as when it had crossed once."""
    cross()
    gc.collect()
    before, blocks = held(sandbox), sys.getallocatedblocks()
    for _ in range(times):
        cross()
    gc.collect()
    assert held(sandbox) == before
    assert sys.getallocatedblocks() - blocks < BLOCKS_OF_CHANCE


def assert_that_callbacks_leave_nothing(sandbox: Sandbox, count: int, times: int) -> None:
    register_all(sandbox)
    code = f"{{ {TRIPS.replace('COUNT', str(count))} }}"

    def cross() -> None:
        assert sandbox.eval(code, timeout=None) == count

    assert_that_nothing_stays(sandbox, cross, times)


@pytest.mark.parametrize(("count", "times"), [(300, 3), pytest.param(3_000, 9, marks=pytest.mark.slow)])
def test_many_callbacks_leave_nothing(any_sandbox: Sandbox, count: int, times: int) -> None:
    assert_that_callbacks_leave_nothing(any_sandbox, count, times)


@pytest.mark.slow
def test_a_million_callbacks_leave_nothing(sandbox: Sandbox) -> None:
    assert_that_callbacks_leave_nothing(sandbox, 37_100, 9)


@pytest.mark.parametrize(("count", "times"), [(100, 3), pytest.param(2_000, 9, marks=pytest.mark.slow)])
def test_many_async_callbacks_leave_nothing(any_sandbox: Sandbox, count: int, times: int) -> None:
    register_all(any_sandbox)
    code = f"""
        let n = 0
        for (let i = 0; i < {count}; i++) {{
            const f = () => i
            if (await host.later(f) === f) n++
        }}
        n
    """

    def cross() -> None:
        assert asyncio.run(any_sandbox.eval_async(f"{{ {code} }}", timeout=None)) == count

    assert_that_nothing_stays(any_sandbox, cross, times)


@pytest.mark.parametrize(("count", "times"), [(100, 3), pytest.param(2_000, 9, marks=pytest.mark.slow)])
def test_many_errors_leave_nothing(any_sandbox: Sandbox, count: int, times: int) -> None:
    def fail(throw: Function) -> None:
        try:
            throw()
        except ValueError:
            raise KeyError("x") from None

    def refuse() -> None:
        raise ValueError("y")

    any_sandbox.register("fail", fail)
    any_sandbox.register("refuse", refuse)
    code = f"""
        let n = 0
        for (let i = 0; i < {count}; i++) {{
            try {{ host.fail(() => host.refuse()) }} catch (error) {{ if (error.name === "KeyError") n++ }}
        }}
        n
    """

    def cross() -> None:
        assert any_sandbox.eval(f"{{ {code} }}", timeout=None) == count

    assert_that_nothing_stays(any_sandbox, cross, times)
