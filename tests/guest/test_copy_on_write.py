"""VMs that share the memory of one snapshot: what one writes, no other sees."""

from __future__ import annotations

import ctypes
import errno
import gc
import mmap
import os
import sys
import threading
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from snapjs import VM, Snapshot
from snapjs._guest import image as image_module


def without_a_file(length: int) -> tuple[None, mmap.mmap]:
    return None, mmap.mmap(-1, length)


CLOCK = 1_700_000_000.0
LENGTH = 1 << 20
FILL = f"globalThis.data = new Uint8Array({LENGTH}).fill(1); globalThis.tag = 'none'; globalThis.grown = []; 0"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def snapshot_of(code: str = FILL) -> Snapshot:
    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval(code)
        return vm.snapshot()


def restored(snapshot: Snapshot, **options: Any) -> VM:
    return VM.restore(snapshot, clock=CLOCK, **options)


def write_everywhere(vm: VM, number: int) -> None:
    """Into pages that the snapshot has, into new ones, and into memory behind the snapshot's end."""
    vm.eval(f"data.fill({number}); tag = 'vm {number}'; grown.push(new Uint8Array({LENGTH}).fill({number})); 0")


def seen(vm: VM) -> tuple[str, bytes, list[bytes]]:
    return vm.eval("tag"), vm.eval("data"), vm.eval("grown")


def written(number: int) -> tuple[str, bytes, list[bytes]]:
    """What `seen` says after `write_everywhere`."""
    return f"vm {number}", bytes([number]) * LENGTH, [bytes([number]) * LENGTH]


UNTOUCHED = ("none", b"\1" * LENGTH, [])  # type: tuple[str, bytes, list[bytes]]


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def mapped_images() -> int:
    gc.collect()
    return Path("/proc/self/maps").read_text().count("snapjs-image")


def anonymous_bytes() -> int:
    """Memory of this process that it shares with no file."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def refuse_files(*arguments: object) -> int:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.fixture(params=["mapped", "copied", "mapped now and then", "without a file"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How memory gets into a VM: as it should, and where the system refuses."""
    if request.param == "copied":
        monkeypatch.setattr(image_module, "_map", lambda base, length, descriptor: False)
    elif request.param == "mapped now and then":  # as at the system's limit on mappings
        turns, really = iter(range(1 << 30)), image_module._map
        monkeypatch.setattr(image_module, "_map", lambda *arguments: next(turns) % 2 == 1 and really(*arguments))
    elif request.param == "without a file":
        monkeypatch.setattr(image_module, "_new_file", without_a_file)
    return str(request.param)


# ---- nobody sees what another one writes


@pytest.mark.usefixtures("way")
def test_vms_of_one_snapshot_do_not_see_each_other() -> None:
    snapshot = snapshot_of()
    vms = [restored(snapshot) for _ in range(10)]
    for number, vm in enumerate(vms[:-1], 10):
        write_everywhere(vm, number)
    assert [seen(vm) for vm in vms] == [*(written(number) for number in range(10, 19)), UNTOUCHED]
    for vm in vms:
        vm.close()


@pytest.mark.usefixtures("way")
def test_snapshot_does_not_see_what_its_vms_write() -> None:
    snapshot = snapshot_of()
    before = snapshot.to_bytes()
    for number in range(3):
        with restored(snapshot) as vm:
            write_everywhere(vm, number)
    assert snapshot.to_bytes() == before
    with restored(snapshot) as vm:
        assert vm.snapshot().id == snapshot.id
        assert seen(vm) == UNTOUCHED


@pytest.mark.usefixtures("way")
def test_no_byte_of_one_memory_is_in_another() -> None:
    snapshot = snapshot_of()
    before = snapshot.to_bytes()
    spoiled, other = restored(snapshot), restored(snapshot)
    instance = spoiled._bridge.instance
    ctypes.memset(instance.base, 0xAA, instance.size())
    assert snapshot.to_bytes() == before
    assert other.snapshot().id == snapshot.id
    with restored(snapshot) as later:
        assert later.snapshot().id == snapshot.id
        assert seen(later) == UNTOUCHED
    spoiled.close()
    assert seen(other) == UNTOUCHED
    other.close()


@pytest.mark.usefixtures("way")
def test_new_vms_do_not_see_what_another_one_wrote() -> None:
    with VM(clock=CLOCK, seed=1) as first:
        fresh = first.snapshot().id
        instance = first._bridge.instance
        ctypes.memset(instance.base, 0xAA, instance.size())
    with VM(clock=CLOCK, seed=1) as second:
        assert second.snapshot().id == fresh


@pytest.mark.usefixtures("way")
def test_snapshot_does_not_see_what_its_own_vm_goes_on_to_write() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(FILL)
        snapshot = vm.snapshot()
        write_everywhere(vm, 9)
        with restored(snapshot) as other:
            assert seen(other) == UNTOUCHED
        assert seen(vm) == written(9)


@pytest.mark.usefixtures("way")
def test_memory_behind_the_image_is_zero_and_each_vms_own() -> None:
    snapshot = snapshot_of()
    with restored(snapshot) as one, restored(snapshot) as two:
        one.eval("grown.push(new Uint8Array(4 << 20)); 0")
        assert one.eval("grown[0]") == bytes(4 << 20)
        one.eval("grown[0].fill(5); 0")
        two.eval("grown.push(new Uint8Array(4 << 20)); 0")
        assert one.eval("grown[0]") == b"\5" * (4 << 20)
        assert two.eval("grown[0]") == bytes(4 << 20)
        assert one.statistics().linear_memory > snapshot.size + (3 << 20)


@pytest.mark.usefixtures("way")
def test_vm_with_a_deadline_has_its_own_copy() -> None:
    snapshot = snapshot_of()
    with restored(snapshot) as one, restored(snapshot, timeout=30) as two:
        write_everywhere(one, 8)
        write_everywhere(two, 9)
        assert one.eval("tag", timeout=30) == "vm 8"
        assert (seen(one), seen(two)) == (written(8), written(9))
    with restored(snapshot) as later:
        assert seen(later) == UNTOUCHED


def test_ids_do_not_depend_on_how_memory_gets_into_a_vm(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = set()
    for name, refusal in (("_map", image_module._map), ("_map", lambda *_: False), ("_new_file", without_a_file)):
        with monkeypatch.context() as patch:
            patch.setattr(image_module, name, refusal)
            snapshot = snapshot_of()
            with restored(snapshot) as vm:
                write_everywhere(vm, 3)
                ids |= {vm.snapshot().id, vm.snapshot(base=snapshot).id}
    assert len(ids) == 1


def test_pages_of_a_snapshot_are_read_only() -> None:
    assert [number for number, page in snapshot_of().pages().items() if not page.readonly] == []


# ---- what is shared, and what is copied


@linux_only
def test_restored_vms_share_what_they_do_not_change() -> None:
    snapshot = snapshot_of("globalThis.data = new Uint8Array(16 << 20).fill(1); 0")
    restored(snapshot).close()
    before = anonymous_bytes()
    vms = [restored(snapshot) for _ in range(10)]
    assert [vm.eval("data[data.length - 1]") for vm in vms] == [1] * 10
    assert anonymous_bytes() - before < 16 << 20
    for vm in vms:
        vm.close()


@linux_only
@pytest.mark.parametrize("patched", ["_map", "_new_file"])
def test_where_nothing_can_be_mapped_only_what_is_not_zero_is_copied(
    patched: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_module, patched, {"_map": lambda *arguments: False, "_new_file": without_a_file}[patched])
    snapshot = snapshot_of("globalThis.data = new Uint8Array(64 << 20); data.fill(1, 0, 1 << 20); 0")
    assert snapshot.size > 64 << 20
    before = anonymous_bytes()
    with restored(snapshot) as vm:
        assert anonymous_bytes() - before < 8 << 20
        assert vm.eval("[data[0], data[(1 << 20) - 1], data[1 << 20], data.length]") == [1, 1, 0, 64 << 20]


@pytest.mark.parametrize("error", [errno.EMFILE, errno.ENFILE])
def test_without_descriptors_snapshots_have_the_same_ids(error: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = snapshot_of().id

    def refuse(*arguments: object) -> int:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "memfd_create", refuse, raising=False)
    snapshot = snapshot_of()
    assert snapshot.id == expected
    with restored(snapshot) as vm:
        assert seen(vm) == UNTOUCHED


# ---- in whatever order they go

EVENTS = ("snapshot", "first", "second")


@pytest.mark.parametrize("order", list(permutations(EVENTS)), ids="-".join)
@pytest.mark.usefixtures("way")
def test_whatever_goes_first_the_others_stay(order: tuple[str, ...]) -> None:
    alive: dict[str, Any] = {"snapshot": snapshot_of()}
    alive["first"], alive["second"] = restored(alive["snapshot"]), restored(alive["snapshot"])
    write_everywhere(alive["first"], 7)
    for name in order:
        if name != "snapshot":
            alive[name].close()
        del alive[name]
        gc.collect()
        if "first" in alive:
            assert seen(alive["first"]) == written(7)
        if "second" in alive:
            assert seen(alive["second"]) == UNTOUCHED
        if "snapshot" in alive:
            with restored(alive["snapshot"]) as vm:
                assert seen(vm) == UNTOUCHED


def test_snapshots_of_vms_of_a_snapshot_that_is_gone() -> None:
    vm = restored(snapshot_of())
    for number in range(5):
        vm.eval(f"data.fill({number}); 0")
        snapshot = vm.snapshot()
        vm.close()
        vm = restored(snapshot)
        del snapshot
        gc.collect()
    assert vm.eval("data") == b"\4" * LENGTH
    vm.close()


@linux_only
def test_nothing_is_left_of_snapshots_and_vms() -> None:
    restored(snapshot_of()).close()
    before = descriptors(), mapped_images()
    snapshot = snapshot_of()
    vms = [restored(snapshot) for _ in range(5)]
    snapshots = [vm.snapshot() for vm in vms]
    assert mapped_images() > before[1]
    for vm in vms:
        vm.close()
    del snapshot, snapshots, vms, vm
    assert (descriptors(), mapped_images()) == before


@linux_only
def test_closed_vm_keeps_no_image() -> None:
    restored(snapshot_of()).close()
    before = descriptors()
    vm = restored(snapshot_of())
    vm.close()
    assert descriptors() == before


# ---- threads


def run_threads(*works: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def work_with(snapshot: Snapshot, number: int, rounds: int) -> Callable[[], None]:
    """Restore, write, snapshot, restore that, and close."""

    def work() -> None:
        for _ in range(rounds):
            with restored(snapshot) as vm:
                assert vm.eval("tag") == "none"
                write_everywhere(vm, number)
                delta, whole = vm.snapshot(base=snapshot), vm.snapshot()
                assert seen(vm) == written(number)
            assert delta.id == whole.id
            with restored(delta, timeout=30) as vm:
                assert seen(vm) == written(number)

    return work


def test_threads_share_one_snapshot() -> None:
    snapshot = snapshot_of()
    run_threads(*(work_with(snapshot, number, 2) for number in range(10, 14)))
    with restored(snapshot) as vm:
        assert seen(vm) == UNTOUCHED


@pytest.mark.slow
@linux_only
def test_threads_share_one_snapshot_for_long() -> None:
    snapshot = snapshot_of()
    run_threads(*(work_with(snapshot, number, 5) for number in range(10, 18)))
    before = descriptors(), mapped_images()
    run_threads(*(work_with(snapshot, number, 40) for number in range(10, 18)))
    assert (descriptors(), mapped_images()) == before


def test_one_thread_restores_what_another_one_is_snapshotting() -> None:
    latest = [snapshot_of()]
    over = threading.Event()

    def take() -> None:
        try:
            with restored(latest[0]) as vm:
                for number in range(2, 40):
                    vm.eval(f"data.fill({number}); tag = 'vm {number}'; 0")
                    latest[0] = vm.snapshot(base=latest[0]) if number % 3 else vm.snapshot()
        finally:
            over.set()

    def use() -> None:
        while not over.is_set():
            with restored(latest[0]) as vm:
                tag, data, grown = seen(vm)
                number = 1 if tag == "none" else int(tag.split()[1])
                assert (data, grown) == (bytes([number]) * LENGTH, [])

    run_threads(take, use, use)
