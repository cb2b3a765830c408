"""Copying data into a machine and out of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from .adapter import Adapter
from .workload import Group, Measure, Prepare, Ratio, expect, machine_of

DATA = Group("data")

_RECORDS = 6200
_SIZES = (1, 100)
"""megabytes"""
_SLACK = 20e-6
"""seconds that a crossing may take beside the copy"""

PrepareSize = Callable[[Adapter, int], Iterator[Measure]]


def _records() -> list[dict[str, Any]]:
    """1.05 MB of nested data, counted as the JSON text that Python makes of it."""
    return [
        {
            "id": i,
            "name": f"user {i}",
            "tags": ["a", "b", "c"],
            "nested": {"x": i * 1.5, "y": None, "ok": True},
            "note": "n" * 50,
        }
        for i in range(_RECORDS)
    ]


@DATA.workload("data-in", "1.05 MB of nested data, in")
def _data_in(adapter: Adapter) -> Iterator[Measure]:
    records = adapter.here(_records())
    with machine_of(adapter) as machine:
        adapter.put(machine, records)
        expect(
            adapter.eval(machine)("data.reduce((sum, item) => sum + item.nested.x, 0)"),
            sum(i * 1.5 for i in range(_RECORDS)),
        )
        yield adapter.timed(adapter.put, machine, records)


@DATA.workload("data-out", "1.05 MB of nested data, out")
def _data_out(adapter: Adapter) -> Iterator[Measure]:
    records = _records()
    with machine_of(adapter) as machine:
        adapter.eval(machine)(f"globalThis.data = JSON.parse({json.dumps(json.dumps(records))}); 0")
        expect(adapter.plain(adapter.get(machine)) == records, True)
        yield adapter.timed(adapter.get, machine)


for _name, _title in (("data-in", "1.05 MB of nested data, in,"), ("data-out", "1.05 MB of nested data, out,")):
    DATA.stays_under(1, _name, _title, ["quickjs-rs", "pydeno", "pydeno-runtime"])
    DATA.stays_under(1.2, _name, _title, ["quickjs-ng", "quickjs-bindings"])


# ---- bytes


def _by_size(name: str, title: str) -> Callable[[PrepareSize], PrepareSize]:
    """Register a workload for each size: the function is given its megabytes, the title has a place."""

    def register(prepare: PrepareSize) -> PrepareSize:
        for megabytes in _SIZES:
            full_only = megabytes > 1
            DATA.workload(f"{name}-{megabytes}", title.format(f"{megabytes} MB"), full_only=full_only)(
                _with(prepare, megabytes << 20)
            )
        return prepare

    return register


def _with(prepare: PrepareSize, size: int) -> Prepare:
    return lambda adapter: prepare(adapter, size)


@_by_size("bytes-in", "{} of bytes, in")
def _bytes_in(adapter: Adapter, size: int) -> Iterator[Measure]:
    data = adapter.octets(size)
    with machine_of(adapter) as machine:
        adapter.put_bytes(machine, data)
        expect(adapter.eval(machine)("data.byteLength"), size)
        yield adapter.timed(adapter.put_bytes, machine, data)


@_by_size("bytes-out", "{} of bytes, out")
def _bytes_out(adapter: Adapter, size: int) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        adapter.eval(machine)(f"globalThis.data = new Uint8Array({size}).fill(85); 0")
        expect(len(adapter.get_bytes(machine)), size)
        yield adapter.timed(adapter.get_bytes, machine)


@_by_size("bytes-copy", "{} of bytes copied once, for comparison")
def _bytes_copy(adapter: Adapter, size: int) -> Iterator[Measure]:
    yield adapter.timed(adapter.copy, adapter.buffer(size), adapter.buffer(size))


DATA.ratios += [
    Ratio("1 MB of bytes, in, less 20 µs, by one copy", "bytes-in-1", "bytes-copy-1", 1.5, less=_SLACK),
    Ratio("1 MB of bytes, out, less 20 µs, by one copy", "bytes-out-1", "bytes-copy-1", 1.5, less=_SLACK),
]
