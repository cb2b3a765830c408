"""Making machines and crossing the boundary between Python and JavaScript."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from .adapter import Adapter
from .workload import Group, Measure, expect, machine_of

CALLS = Group("calls")


def _repeated(operation: Callable[..., Any], *arguments: Any) -> Measure:
    def measure(count: int) -> float:
        start = perf_counter()
        for _ in range(count):
            operation(*arguments)
        return perf_counter() - start

    return measure


@CALLS.workload("create", "create, eval 1+2, close", target=300e-6)
def _create(adapter: Adapter) -> Iterator[Measure]:
    def operation() -> None:
        machine = adapter.create()
        expect(adapter.eval(machine)("1+2"), 3)
        adapter.close(machine)

    yield _repeated(operation)


@CALLS.workload("eval", "eval 1+2, warm")
def _eval(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        evaluate = adapter.eval(machine)
        expect(evaluate("1+2"), 3)
        yield _repeated(evaluate, "1+2")


@CALLS.workload("call", "call a function with two ints", target=5e-6)
def _call(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        add = adapter.function(machine, "(a, b) => a + b")
        expect(add(2, 3), 5)
        yield _repeated(add, 2, 3)


@CALLS.workload("host-call", "host call, synchronous", target=4e-6)
def _host_call(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter, functions={"host": lambda number: number}) as machine:
        loop = adapter.function(
            machine, "count => { let sum = 0; for (let i = 0; i < count; i++) sum += host(i); return sum }"
        )
        expect(loop(10), 45)
        yield lambda count: _repeated(loop, count)(1)


@CALLS.workload("awaited-host-call", "host call, awaited")
def _awaited_host_call(adapter: Adapter) -> Iterator[Measure]:
    async def host(number: int) -> int:
        return number

    def measure(count: int) -> float:
        loop = f"for (let i = 0; i < {count}; i++) sum += await host(i)"
        check = f"if (sum !== {count * (count - 1) // 2}) throw new Error('wrong result')"
        return asyncio.run(
            adapter.awaited(f"(async () => {{ let sum = 0; {loop}; {check} }})()", {"host": host}, perf_counter)
        )

    measure(10)
    yield measure


def _records() -> list[dict[str, Any]]:
    """1 MB of nested data, counted as JSON text."""
    return [
        {
            "id": i,
            "name": f"user {i}",
            "tags": ["a", "b", "c"],
            "nested": {"x": i * 1.5, "y": None, "ok": True},
            "note": "n" * 50,
        }
        for i in range(6200)
    ]


@CALLS.workload("data-in", "1 MB of nested data, in")
def _data_in(adapter: Adapter) -> Iterator[Measure]:
    records = _records()
    with machine_of(adapter) as machine:
        adapter.put(machine, records)
        expect(
            adapter.eval(machine)("data.reduce((sum, item) => sum + item.nested.x, 0)"),
            sum(i * 1.5 for i in range(6200)),
        )
        yield _repeated(adapter.put, machine, records)


@CALLS.workload("data-out", "1 MB of nested data, out")
def _data_out(adapter: Adapter) -> Iterator[Measure]:
    records = _records()
    with machine_of(adapter) as machine:
        adapter.eval(machine)(f"globalThis.data = JSON.parse({json.dumps(json.dumps(records))}); 0")
        expect(adapter.get(machine) == records, True)
        yield _repeated(adapter.get, machine)


@CALLS.workload("process", "process: import, create, eval 1+2, exit")
def _process(adapter: Adapter) -> Iterator[Measure]:
    yield _repeated(_run_python, adapter.cold_source)


@CALLS.workload("bare-process", "process: bare Python, for comparison")
def _bare_process(adapter: Adapter) -> Iterator[Measure]:
    yield _repeated(_run_python, "pass")


def _run_python(source: str) -> None:
    subprocess.run([sys.executable, "-c", source], check=True, stdin=subprocess.DEVNULL)
