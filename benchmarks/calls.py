"""Crossing the boundary between the host's language and JavaScript."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from .adapter import Adapter
from .workload import Group, Measure, expect, machine_of

CALLS = Group("calls")

NOTHING = "() => 7"
ADD = "(a, b) => a + b"
ADD_TEN = "(a, b, c, d, e, f, g, h, i, j) => a + b + c + d + e + f + g + h + i + j"
CALL_HOST = "count => { let sum = 0; for (let i = 0; i < count; i++) sum += host(i); return sum }"
AWAIT_HOST = "async count => { let sum = 0; for (let i = 0; i < count; i++) sum += await host(i); return sum }"
AWAIT_ALL = """async count => {
  const values = await Promise.all(Array.from({ length: count }, (_, i) => host(i)))
  return values.reduce((sum, value) => sum + value, 0)
}"""

_LOOPED = 200
"""host calls in one call, so that the call itself does not count"""
_CONCURRENT = 100
_OTHERS = ["quickjs-rs", "mini-racer", "jsrun", "pydeno", "pydeno-runtime"]


# Host functions. A package for another language has its own of the same names.


def identity(number: int) -> int:
    return number


async def awaited_identity(number: int) -> int:
    return number


async def pause(number: int) -> int:
    await asyncio.sleep(0.01)
    return number


@CALLS.workload("eval", "eval 1+2, warm")
def _eval(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        evaluate = adapter.eval(machine)
        expect(evaluate("1+2"), 3)
        yield adapter.timed(evaluate, "1+2")


def _called(adapter: Adapter, code: str, arguments: tuple[int, ...], result: int) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        function = adapter.function(machine, code)
        expect(function(*arguments), result)
        yield adapter.timed(function, *arguments)


@CALLS.workload("call-0", "call a function without arguments")
def _call_0(adapter: Adapter) -> Iterator[Measure]:
    return _called(adapter, NOTHING, (), 7)


@CALLS.workload("call", "call a function with two ints", target=2.5e-6)
def _call(adapter: Adapter) -> Iterator[Measure]:
    return _called(adapter, ADD, (2, 3), 5)


@CALLS.workload("call-10", "call a function with ten ints")
def _call_10(adapter: Adapter) -> Iterator[Measure]:
    return _called(adapter, ADD_TEN, tuple(range(1, 11)), 55)


CALLS.stays_under(0.01, "call", "call", _OTHERS[:1])
CALLS.stays_under(1, "call", "call", _OTHERS[1:])


@CALLS.workload("host-call", "host call, synchronous", target=1.5e-6)
def _host_call(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter, functions={"host": identity}) as machine:
        loop = adapter.function(machine, CALL_HOST)
        expect(loop(10), 45)
        yield lambda count: adapter.timed(loop, _LOOPED * count)(1) / _LOOPED


CALLS.stays_under(0.01, "host-call", "host call", _OTHERS[:1])
CALLS.stays_under(1, "host-call", "host call", ["jsrun", "pydeno-runtime"])
# These have asynchronous ones only.
CALLS.stays_under(1, "host-call", "host call", ["mini-racer", "pydeno"], by="awaited-host-call")


@CALLS.workload("awaited-host-call", "host call, awaited", target=15e-6)
def _awaited_host_call(adapter: Adapter) -> Iterator[Measure]:
    yield lambda count: _seconds_awaited(adapter, AWAIT_HOST, _LOOPED * count, awaited_identity) / _LOOPED


@CALLS.workload(
    "concurrent-host-calls", f"{_CONCURRENT} host calls at once that take 10 ms each, awaited together", target=14e-3
)
def _concurrent_host_calls(adapter: Adapter) -> Iterator[Measure]:
    yield lambda count: sum(_seconds_awaited(adapter, AWAIT_ALL, _CONCURRENT, pause) for _ in range(count))


def _seconds_awaited(adapter: Adapter, code: str, count: int, function: Callable[[int], Any]) -> float:
    result, seconds = asyncio.run(adapter.awaited(code, count, {"host": function}, perf_counter))
    expect(result, count * (count - 1) // 2)
    return seconds
