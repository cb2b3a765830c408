"""VMs and snapshots in processes that fork, and in pools of processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import fresh_process
import pytest

import snapjs
from snapjs import VM, BusyError, Snapshot, TimeLimitError
from snapjs._guest import engine as engine_module

CLOCK = 1_700_000_000.0
FILL = "globalThis.data = new Uint8Array(1 << 20).fill(1); globalThis.n = 0; 0"

forks_processes = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
ignores_threads = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def snapshot_of(code: str, **options: Any) -> Snapshot:
    with VM(**{"clock": CLOCK, "seed": 1} | options) as vm:
        vm.eval(code)
        return vm.snapshot()


def in_child(work: Callable[[], object]) -> None:
    """Fork, run it in the child, which may take 20 seconds, and fail unless it returned."""
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def seen(vm: VM) -> list[int]:
    values: list[int] = vm.eval("[n, data[0], data[data.length - 1], data.length]")
    return values


@forks_processes
@ignores_threads
@pytest.mark.parametrize("mapped", [False, True])
def test_parent_and_child_go_on_with_the_same_vm(mapped: bool) -> None:
    with VM(clock=CLOCK) as original, ExitStack() as stack:
        original.eval(FILL)
        vm = stack.enter_context(VM.restore(original.snapshot())) if mapped else original
        child_has_written, parent_has_written = os.pipe(), os.pipe()

        def child() -> None:
            vm.eval("data.fill(7); n = 7; globalThis.grown = new Uint8Array(3 << 20).fill(7); 0")
            os.write(child_has_written[1], b"x")
            assert os.read(parent_has_written[0], 1) == b"x"
            assert seen(vm) == [7, 7, 7, 1 << 20]
            assert vm.eval("grown[grown.length - 1]") == 7

        checked: list[object] = []

        def meanwhile() -> None:
            assert os.read(child_has_written[0], 1) == b"x"
            checked.append(seen(vm))
            vm.eval("data.fill(5); n = 5; globalThis.grown = new Uint8Array(2 << 20).fill(5); 0")
            os.write(parent_has_written[1], b"x")

        parent = threading.Thread(target=meanwhile)
        parent.start()
        in_child(child)
        parent.join(20)
        assert checked == [[0, 1, 1, 1 << 20]]
        assert seen(vm) == [5, 5, 5, 1 << 20]
        assert vm.eval("grown.length + grown[5]") == (2 << 20) + 5
        for descriptor in (*child_has_written, *parent_has_written):
            os.close(descriptor)


@forks_processes
@ignores_threads
def test_child_restores_from_the_parents_snapshot() -> None:
    snapshot = snapshot_of(FILL)
    id = snapshot.id

    def child() -> None:
        with VM.restore(snapshot, clock=CLOCK) as one, VM.restore(snapshot, clock=CLOCK) as two:
            one.eval("data.fill(7); 0")
            assert two.snapshot().id == id
            assert (seen(one), seen(two)) == ([0, 7, 7, 1 << 20], [0, 1, 1, 1 << 20])

    in_child(child)
    with VM.restore(snapshot, clock=CLOCK) as vm:
        assert vm.snapshot().id == id
        assert seen(vm) == [0, 1, 1, 1 << 20]


@forks_processes
@ignores_threads
def test_what_the_child_closes_and_deletes_stays_with_the_parent() -> None:
    snapshot = snapshot_of(FILL)
    vm = VM.restore(snapshot, clock=CLOCK)
    kept = [snapshot]
    del snapshot

    def child() -> None:
        vm.close()
        kept.clear()

    in_child(child)
    assert seen(vm) == [0, 1, 1, 1 << 20]
    vm.close()
    with VM.restore(kept[0]) as again:
        assert seen(again) == [0, 1, 1, 1 << 20]


@forks_processes
@ignores_threads
def test_parent_reads_the_childs_delta(tmp_path: Path) -> None:
    snapshot = snapshot_of(FILL)
    path = tmp_path / "delta.snap"

    def child() -> None:
        with VM.restore(snapshot, clock=CLOCK) as vm:
            vm.eval("n = 9")
            vm.snapshot(base=snapshot).save(path)

    in_child(child)
    with VM.restore(Snapshot.load(path, base=snapshot)) as vm:
        assert seen(vm) == [9, 1, 1, 1 << 20]


@forks_processes
@ignores_threads
def test_javascript_that_calls_fork_goes_on_in_both() -> None:
    parent = os.getpid()
    with VM(functions={"fork": os.fork}) as vm:
        vm.eval(FILL)
        try:
            child = vm.eval("{ const child = fork(); data.fill(child ? 5 : 7); n = child ? 1 : 2; child }")
            found = seen(vm)
        finally:
            if os.getpid() != parent:
                os._exit(0 if found == [2, 7, 7, 1 << 20] else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert found == [1, 5, 5, 1 << 20]


@forks_processes
@ignores_threads
def test_vm_that_a_thread_was_in_is_busy_in_the_child() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def stay() -> None:
        inside.set()
        assert go_on.wait(20)

    with VM(functions={"stay": stay}) as vm:
        vm.eval(FILL)
        snapshot = vm.snapshot()
        thread = threading.Thread(target=vm.eval, args=("stay()",))
        thread.start()
        assert inside.wait(20)

        def child() -> None:
            for use in (lambda: vm.eval("1"), vm.snapshot, vm.close):
                with pytest.raises(BusyError):
                    use()
            with VM.restore(snapshot) as other:
                assert seen(other) == [0, 1, 1, 1 << 20]

        in_child(child)
        go_on.set()
        thread.join(20)
        assert seen(vm) == [0, 1, 1, 1 << 20]


@forks_processes
@ignores_threads
def test_child_makes_a_new_kind_of_vm_although_a_thread_was_making_one() -> None:
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with engine_module._lock:
            held.set()
            assert go_on.wait(20)

    VM().close()
    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(20)

    def child() -> None:
        with VM(web={"timers", "performance"}, intrinsics=snapjs.Intrinsics.ALL & ~snapjs.Intrinsics.DATE) as vm:
            assert vm.eval("typeof setTimeout + typeof Date") == "functionundefined"

    in_child(child)
    go_on.set()
    thread.join(20)


FORK_WHILE_LOADING = """
import os, signal, threading
import snapjs
from snapjs._guest import library

held, go_on = threading.Event(), threading.Event()

def hold():
    with library._lock:
        held.set()
        go_on.wait(20)

thread = threading.Thread(target=hold)
thread.start()
held.wait(20)
child = os.fork()
if child == 0:
    signal.alarm(2)
    with snapjs.VM() as vm:
        os._exit(0 if vm.eval("1 + 1") == 2 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
go_on.set()
thread.join()
"""


@forks_processes
@pytest.mark.slow
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the fork is then a warning, and so an error")
def test_child_loads_wasmtime_although_a_thread_was_loading_it() -> None:
    assert fresh_process.run(FORK_WHILE_LOADING) == "0"


@forks_processes
@ignores_threads
def test_deadlines_fire_in_the_child() -> None:
    with VM.restore(snapshot_of(FILL), timeout=30) as vm:
        vm.eval("0")

        def child() -> None:
            with pytest.raises(TimeLimitError):
                vm.eval("for (;;);", timeout=0.01)
            assert seen(vm) == [0, 1, 1, 1 << 20]

        in_child(child)
        assert seen(vm) == [0, 1, 1, 1 << 20]


@forks_processes
@ignores_threads
def test_deadlines_start_whenever_a_forgotten_vm_is_collected() -> None:
    with VM() as vm:
        for allocations in range(1, 61):

            def child(allocations: int = allocations) -> None:
                signal.alarm(10)
                forgotten: list[Any] = [VM()]
                forgotten.append(forgotten)
                del forgotten
                gc.set_threshold(gc.get_count()[0] + allocations)
                gc.enable()
                assert vm.eval("1", timeout=30) == 1

            gc.disable()
            try:
                in_child(child)
            finally:
                gc.enable()


@forks_processes
@ignores_threads
@pytest.mark.slow
def test_children_work_whatever_the_parents_threads_were_doing() -> None:
    snapshot = snapshot_of(FILL)
    over = threading.Event()
    failures: list[BaseException] = []

    def churn() -> None:
        try:
            while not over.is_set():
                with VM.restore(snapshot, clock=CLOCK) as vm:
                    vm.eval("data.fill(9); 0", timeout=30)
                    Snapshot.from_bytes(vm.snapshot(base=snapshot).to_bytes(), base=snapshot)
        except BaseException as failure:
            failures.append(failure)

    def child() -> None:
        with VM.restore(snapshot, clock=CLOCK) as vm, VM(clock=CLOCK) as new:
            assert seen(vm) == [0, 1, 1, 1 << 20]
            new.eval("globalThis.x = new Uint8Array(1 << 20); 0", timeout=30)
            assert Snapshot.from_bytes(new.snapshot().to_bytes()).size == new.statistics().linear_memory

    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(60):
            in_child(child)
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
    assert failures == []


def total(snapshot: Snapshot) -> list[int]:
    """What a process of a pool does."""
    with VM.restore(snapshot) as vm:
        vm.eval("data.fill(3); 0")
        return seen(vm)


@ignores_threads
@pytest.mark.parametrize(
    "method",
    [
        pytest.param(name, marks=() if name == "fork" else pytest.mark.slow)
        for name in multiprocessing.get_all_start_methods()
        if name != "forkserver"
    ],
)
def test_processes_of_a_pool_get_snapshots_and_deltas(method: str) -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(FILL)
        base = vm.snapshot()
        vm.eval("n = 2")
        delta = vm.snapshot(base=base)
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.map(total, [base, delta]) == [[0, 3, 3, 1 << 20], [2, 3, 3, 1 << 20]]
        pool.close()
        pool.join()
    with VM.restore(delta) as vm:
        assert seen(vm) == [2, 1, 1, 1 << 20]
