"""Snapshots among the arguments of a process that multiprocessing starts."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from snapjs import VM, Snapshot

CONTEXTS = [
    pytest.param(name, marks=() if name == "fork" else pytest.mark.slow)
    for name in multiprocessing.get_all_start_methods()
]
FILL = "const data = new Uint8Array(8 << 20).fill(7); globalThis.later = import('value').then(m => m.value); 0"


def large_snapshot() -> Snapshot:
    with VM(clock=0, seed=1, modules={"value": "export const value = 42"}) as vm:
        vm.eval(FILL)
        return vm.snapshot()


def use(snapshot: Snapshot, answer: Connection) -> None:
    """In the other process: what it sees, and how much of its memory is its own."""
    before = anonymous_kilobytes()
    with VM.restore(snapshot) as vm:
        seen = vm.eval("data.fill(8, 0, 10); [data[9], data[10], data.length]"), vm.globals["later"].result
        answer.send((seen, snapshot.id, anonymous_kilobytes() - before))


def anonymous_kilobytes() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines() if sys.platform == "linux" else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous"))


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", CONTEXTS)
def test_a_process_that_is_started_with_a_snapshot_shares_its_memory(method: str) -> None:
    snapshot, context = large_snapshot(), multiprocessing.get_context(method)
    mine, theirs = context.Pipe()
    process = context.Process(target=use, args=(snapshot, theirs))
    process.start()
    theirs.close()
    assert mine.poll(60)
    seen, id, own = mine.recv()
    process.join(60)
    assert (process.exitcode, seen, id) == (0, ([8, 7, 8 << 20], 42), snapshot.id)
    assert own < 4096  # of 8192 KB
    with VM.restore(snapshot) as vm:
        assert vm.eval("data[0]") == 7


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_no_descriptor_stays_behind() -> None:
    context = multiprocessing.get_context("spawn")
    snapshot = large_snapshot()
    before = len(os.listdir("/proc/self/fd"))
    process = context.Process(target=len, args=((snapshot,),))
    process.start()
    process.join(60)
    process.close()
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # the tracker of multiprocessing's resources


def test_a_pickle_that_may_go_anywhere_has_the_bytes() -> None:
    snapshot = large_snapshot()
    data = pickle.dumps(snapshot)
    assert snapshot.to_bytes()[-32:] in data
    assert pickle.loads(data) == snapshot
