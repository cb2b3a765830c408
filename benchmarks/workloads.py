"""What is measured. Each workload is written once, on the interface of :class:`~benchmarks.adapter.Adapter`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from .adapter import Adapter

Measure = Callable[[int], float]
"""Does the operation this many times and returns the seconds it took; for a workload in bytes, the bytes."""
Prepare = Callable[[Adapter], AbstractContextManager[Measure]]


@dataclass(frozen=True)
class Workload:
    """One thing to measure."""

    name: str
    title: str
    prepare: Prepare
    """checks that the package gives the right result and yields the measure; raises Unsupported"""
    unit: str = "s"
    """of one operation: ``"s"`` or ``"B"``"""
    target: float | None = None
    """what snapjs wants to stay under, in the unit"""


WORKLOADS: dict[str, Workload] = {}


def _workload(
    name: str, title: str, *, unit: str = "s", target: float | None = None
) -> Callable[[Callable[[Adapter], Iterator[Measure]]], Callable[[Adapter], Iterator[Measure]]]:
    def register(generator: Callable[[Adapter], Iterator[Measure]]) -> Callable[[Adapter], Iterator[Measure]]:
        WORKLOADS[name] = Workload(name, title, contextmanager(generator), unit, target)
        return generator

    return register


@contextmanager
def _machine(adapter: Adapter, **options: Any) -> Iterator[Any]:
    machine = adapter.create(**options)
    try:
        yield machine
    finally:
        adapter.close(machine)


def _repeated(operation: Callable[..., Any], *arguments: Any) -> Measure:
    def measure(count: int) -> float:
        start = perf_counter()
        for _ in range(count):
            operation(*arguments)
        return perf_counter() - start

    return measure


def _expect(value: Any, expected: Any) -> None:
    if value != expected:
        raise AssertionError(f"wrong result: {str(value)[:60]}")


@_workload("create", "create, eval 1+2, close", target=300e-6)
def _create(adapter: Adapter) -> Iterator[Measure]:
    def operation() -> None:
        machine = adapter.create()
        _expect(adapter.eval(machine)("1+2"), 3)
        adapter.close(machine)

    yield _repeated(operation)


@_workload("eval", "eval 1+2, warm")
def _eval(adapter: Adapter) -> Iterator[Measure]:
    with _machine(adapter) as machine:
        evaluate = adapter.eval(machine)
        _expect(evaluate("1+2"), 3)
        yield _repeated(evaluate, "1+2")


@_workload("call", "call a function with two ints", target=5e-6)
def _call(adapter: Adapter) -> Iterator[Measure]:
    with _machine(adapter) as machine:
        add = adapter.function(machine, "(a, b) => a + b")
        _expect(add(2, 3), 5)
        yield _repeated(add, 2, 3)


@_workload("host-call", "host call, synchronous", target=4e-6)
def _host_call(adapter: Adapter) -> Iterator[Measure]:
    with _machine(adapter, functions={"host": lambda number: number}) as machine:
        loop = adapter.function(
            machine, "count => { let sum = 0; for (let i = 0; i < count; i++) sum += host(i); return sum }"
        )
        _expect(loop(10), 45)
        yield lambda count: _repeated(loop, count)(1)


@_workload("awaited-host-call", "host call, awaited")
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


@_workload("data-in", "1 MB of nested data, in")
def _data_in(adapter: Adapter) -> Iterator[Measure]:
    records = _records()
    with _machine(adapter) as machine:
        adapter.put(machine, records)
        _expect(
            adapter.eval(machine)("data.reduce((sum, item) => sum + item.nested.x, 0)"),
            sum(i * 1.5 for i in range(6200)),
        )
        yield _repeated(adapter.put, machine, records)


@_workload("data-out", "1 MB of nested data, out")
def _data_out(adapter: Adapter) -> Iterator[Measure]:
    records = _records()
    with _machine(adapter) as machine:
        adapter.eval(machine)(f"globalThis.data = JSON.parse({json.dumps(json.dumps(records))}); 0")
        _expect(adapter.get(machine) == records, True)
        yield _repeated(adapter.get, machine)


@_workload("snapshot-size", "snapshot of a new machine, size", unit="B", target=32 * 1024)
def _snapshot_size(adapter: Adapter) -> Iterator[Measure]:
    with _machine(adapter) as machine:
        adapter.snapshot(machine)
        yield lambda count: float(len(adapter.snapshot(machine)))


@_workload("snapshot", "snapshot of a new machine, to bytes")
def _snapshot(adapter: Adapter) -> Iterator[Measure]:
    with _machine(adapter) as machine:
        adapter.snapshot(machine)
        yield _repeated(adapter.snapshot, machine)


@_workload("restore", "restore it from bytes, close")
def _restore(adapter: Adapter) -> Iterator[Measure]:
    with _machine(adapter) as machine:
        adapter.eval(machine)("globalThis.kept = 42; 0")
        data = adapter.snapshot(machine)
    restored = adapter.restore(data)
    _expect(adapter.eval(restored)("kept"), 42)
    adapter.close(restored)
    yield _repeated(lambda: adapter.close(adapter.restore(data)))


@_workload("process", "process: import, create, eval 1+2, exit")
def _process(adapter: Adapter) -> Iterator[Measure]:
    yield _repeated(_run_python, adapter.cold_source)


@_workload("bare-process", "process: bare Python, for comparison")
def _bare_process(adapter: Adapter) -> Iterator[Measure]:
    yield _repeated(_run_python, "pass")


def _run_python(source: str) -> None:
    subprocess.run([sys.executable, "-c", source], check=True, stdin=subprocess.DEVNULL)
