"""Saving machines, and going on with them: by the size of the heap, and by what a program pays for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .adapter import Adapter
from .fresh import figures
from .heaps import agent, filled
from .workload import Group, Measure, Prepare, Ratio, expect, machine_of

SNAPSHOTS = Group("snapshots")
HEAPS = (1, 16, 64, 256)
"""megabytes"""
_LARGEST_QUICK_HEAP = 16

_KB, _MB = 1 << 10, 1 << 20
_FORKED, _FORKS, _TOUCHED = 64, 1000, 10
"""megabytes of a heap that is forked, forks, pages that each writes to"""
_FEW_FORKS = 16
"""as many as fit into a machine when each has all megabytes"""
_SAVED = 500
"""megabytes of a heap that is saved to a file"""
KEEP = "globalThis.kept = 42; 0"
_CONVERSATION, _TURNS = 2900, 50
"""turns that make a heap of 2 MB, and turns that follow"""
_LONG = {"full_only": True, "once": True}

PrepareHeap = Callable[[Adapter, int], Iterator[Measure]]


def _by_heap(name: str, title: str, **facts: Any) -> Callable[[PrepareHeap], PrepareHeap]:
    """Register a workload for each size of the heap: the function is given its megabytes, the title has a place."""

    def register(prepare: PrepareHeap) -> PrepareHeap:
        for megabytes in HEAPS:
            SNAPSHOTS.workload(
                f"{name}-{megabytes}",
                title.format(f"{megabytes} MB heap"),
                full_only=megabytes > _LARGEST_QUICK_HEAP,
                **facts,
            )(_with(prepare, megabytes))
        return prepare

    return register


def _with(prepare: PrepareHeap, megabytes: int) -> Prepare:
    return lambda adapter: prepare(adapter, megabytes)


def _timed(adapter: Adapter, operation: str, *arguments: Any) -> Measure:
    return lambda count: adapter.seconds(operation, *arguments, count=count)


def _timed_on_new_snapshot(adapter: Adapter, operation: str, machine: Any) -> Measure:
    """The operation on a snapshot that has not been asked for anything, such as its hash, before."""
    return lambda count: sum(adapter.seconds(operation, adapter.snapshot(machine)) for _ in range(count))


# ---- in memory


@_by_heap("restore", "restore a {} in memory, eval, close")
def _restore(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        found = adapter.eval(machine)("sum()")
        snapshot = adapter.snapshot(machine)
    expect(adapter.visit(snapshot, "sum()"), found)
    yield _timed(adapter, "visit", snapshot, "1+2")


@_by_heap("snapshot", "snapshot of a {} in memory")
def _snapshot(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        adapter.snapshot(machine)
        yield _timed(adapter, "snapshot", machine)


@_by_heap("snapshot-by-new-copy", "snapshot of a {} by a copy to new memory", unit="times", target=2.5)
def _snapshot_by_new_copy(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        source = adapter.buffer(adapter.memory_size(adapter.snapshot(machine)))
        yield lambda _: adapter.seconds("snapshot", machine) / adapter.seconds("copy_to_new", source)


@_by_heap("snapshot-by-copy", "snapshot of a {} by a copy to used memory", unit="times")
def _snapshot_by_copy(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        size = adapter.memory_size(adapter.snapshot(machine))
        source, target = adapter.buffer(size), adapter.buffer(size)
        yield lambda _: adapter.seconds("snapshot", machine) / adapter.seconds("copy", source, target)


SNAPSHOTS.ratios += [
    Ratio("restore at 256 MB by at 1 MB", "restore-256", "restore-1", 2),
    Ratio("restore at 64 MB by quickjs-wasi's", "restore-64", "restore-64", 0.01, "quickjs-wasi"),
    Ratio("restore at 64 MB by quickjs-rs's", "restore-64", "restore-64", 0.01, "quickjs-rs"),
]


# ---- as bytes


@SNAPSHOTS.workload("new-size", "bytes of a new machine", unit="B", target=16 * _KB, once=True)
def _new_size(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        yield lambda _: float(len(adapter.to_bytes(adapter.snapshot(machine))))


@SNAPSHOTS.workload("new-to-bytes", "new machine to bytes")
def _new_to_bytes(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        adapter.write(machine)
        yield _timed(adapter, "write", machine)


@SNAPSHOTS.workload("new-from-bytes", "new machine from bytes, eval, close")
def _new_from_bytes(adapter: Adapter) -> Iterator[Measure]:
    with machine_of(adapter) as machine:
        adapter.eval(machine)(KEEP)
        data = adapter.write(machine)
    expect(adapter.read(data, "kept"), 42)
    yield _timed(adapter, "read", data, "1+2")


@_by_heap("size", "bytes of a {}", unit="B", once=True)
def _size(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        snapshot = adapter.snapshot(machine)
    yield lambda _: float(len(adapter.to_bytes(snapshot)))


@_by_heap("to-bytes", "snapshot of a {} to bytes")
def _to_bytes(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        yield _timed_on_new_snapshot(adapter, "to_bytes", machine)


@_by_heap("to-raw-bytes", "snapshot of a {} to bytes, not compressed")
def _to_raw_bytes(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        yield _timed_on_new_snapshot(adapter, "to_raw_bytes", machine)


@_by_heap("from-bytes", "snapshot of a {} from bytes")
def _from_bytes(adapter: Adapter, megabytes: int) -> Iterator[Measure]:
    with filled(adapter, megabytes) as machine:
        found = adapter.eval(machine)("sum()")
        data = adapter.to_bytes(adapter.snapshot(machine))
    expect(adapter.visit(adapter.from_bytes(data), "sum()"), found)
    yield _timed(adapter, "from_bytes", data)


# ---- what a program pays


@SNAPSHOTS.workload(
    "delta", f"bytes of a turn, of {_TURNS}: delta to the first", unit="B", target=20 * _KB, samples=_TURNS, once=True
)
def _delta(adapter: Adapter) -> Iterator[Measure]:
    return _turns(adapter, to_first=True)


@SNAPSHOTS.workload(
    "delta-chain", f"bytes of a turn, of {_TURNS}: delta to the one before", unit="B", samples=_TURNS, once=True
)
def _delta_chain(adapter: Adapter) -> Iterator[Measure]:
    return _turns(adapter, to_first=False)


def _turns(adapter: Adapter, to_first: bool) -> Iterator[Measure]:
    with agent(adapter, _CONVERSATION) as machine:
        evaluate = adapter.eval(machine)
        base = adapter.snapshot(machine)
        expect(evaluate("turn()"), _CONVERSATION + 1)
        expect(adapter.visit(adapter.delta(machine, base), "turn()"), _CONVERSATION + 2)
        base = adapter.snapshot(machine)

        def measure(_: int) -> float:
            nonlocal base
            evaluate("turn()")
            size = len(adapter.to_bytes(adapter.delta(machine, base)))
            if not to_first:
                base = adapter.snapshot(machine)
            return float(size)

        yield measure


@cache
def _forked(name: str, count: int) -> dict[str, Any]:
    return figures(name, "forks", _FORKED, count, _TOUCHED)


@SNAPSHOTS.workload(
    "forks", f"memory of {_FORKS} forks of a {_FORKED} MB heap",
    unit="B", target=_FORKED * _MB + _FORKS * 400 * _KB, **_LONG,
)  # fmt: skip
def _forks(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: _forked(adapter.name, _FORKS)["held"]


@SNAPSHOTS.workload("forks-resident", "the same, pages counted once a mapping", unit="B", **_LONG)
def _forks_resident(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: _forked(adapter.name, _FORKS)["resident"]


@SNAPSHOTS.workload("fork", f"memory of one more fork, of {_FEW_FORKS}", unit="B", target=400 * _KB, **_LONG)
def _fork(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: _forked(adapter.name, _FEW_FORKS)["next"]


@cache
def _saved(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of saving and of loading."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "saved")
        return figures(name, "save", _SAVED, file), figures(name, "load", file)


@SNAPSHOTS.workload("save", f"save a {_SAVED} MB heap to a file", **_LONG)
def _save(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: _saved(adapter.name)[0]["seconds"]


@SNAPSHOTS.workload("save-memory", "memory that saving takes", unit="B", **_LONG)
def _save_memory(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: _saved(adapter.name)[0]["peak"]


@SNAPSHOTS.workload("load", f"load a {_SAVED} MB heap from a file", **_LONG)
def _load(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: _saved(adapter.name)[1]["seconds"]


@SNAPSHOTS.workload("load-memory", "memory that loading takes, with the heap", unit="B", **_LONG)
def _load_memory(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: _saved(adapter.name)[1]["peak"]
