"""Snapshots of large heaps on their way to files and back, and what the system may refuse meanwhile."""

from __future__ import annotations

import errno
import gc
import mmap
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fresh_process
import pytest

import snapjs
from snapjs import VM, Snapshot

resource = pytest.importorskip("resource", reason="the system has no limits to set")

CLOCK = 1_700_000_000.0
FILL = "globalThis.data = new Uint8Array(1 << 20).fill(1); 0"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def fill(vm: VM, megabytes: int) -> None:
    """Give the VM an array in which every page differs from every other."""
    vm.eval(f"globalThis.data = new Uint32Array({megabytes << 18}); 0")
    vm.globals["block"] = bytes(range(256)) * 4096
    vm.eval(
        "{ const bytes = new Uint8Array(data.buffer); for (let i = 0; i < bytes.length; i += 1 << 20) bytes.set(block, i) }"
    )
    vm.eval("for (let i = 0; i < data.length; i += 1024) data[i] = i; delete globalThis.block; 0")


def large_snapshot(megabytes: int = 4) -> Snapshot:
    with VM(clock=CLOCK, seed=1) as vm:
        fill(vm, megabytes)
        return vm.snapshot()


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


# ---- progress


@pytest.mark.parametrize("compress", [True, False])
def test_progress_of_saving_and_loading(tmp_path: Path, compress: bool) -> None:
    snapshot = large_snapshot()
    saving: list[tuple[int, int]] = []
    loading: list[tuple[int, int]] = []
    snapshot.save(tmp_path / "a.snap", compress=compress, progress=lambda *done: saving.append(done))
    again = Snapshot.load(tmp_path / "a.snap", progress=lambda *done: loading.append(done))
    total = len(snapshot.pages()) * 4100
    for calls in (saving, loading):
        done = [done for done, _ in calls]
        assert done == sorted(set(done))
        assert len(done) >= 10
        assert calls[-1] == (total, total)
        assert {total for _, total in calls} == {total}
    assert again == snapshot


def test_progress_of_a_delta(tmp_path: Path) -> None:
    base = large_snapshot()
    with VM.restore(base, clock=CLOCK) as vm:
        vm.eval("data.fill(7, 0, 1 << 18); 0")
        delta = vm.snapshot(base=base)
    calls: list[tuple[int, int]] = []
    delta.save(tmp_path / "a.snap", progress=lambda *done: calls.append(done))
    assert calls[-1] == (len(delta.pages()) * 8196, len(delta.pages()) * 8196)
    calls.clear()
    Snapshot.load(tmp_path / "a.snap", base=base, progress=lambda *done: calls.append(done))
    assert calls[-1] == (len(delta.pages()) * 8196, len(delta.pages()) * 8196)


class Refused(Exception):
    pass


def refuse_late(done: int, total: int) -> None:
    if done > total // 2:
        raise Refused


compressed_or_not = pytest.mark.parametrize("compress", [False, True])


@compressed_or_not
def test_exception_of_progress_leaves_save(tmp_path: Path, compress: bool) -> None:
    with pytest.raises(Refused):
        large_snapshot().save(tmp_path / "a.snap", compress=compress, progress=refuse_late)


def test_exception_of_progress_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        large_snapshot().save(tmp_path / "a.snap", progress=refuse_late)
    assert list(tmp_path.iterdir()) == []


def test_exception_of_progress_leaves_the_old_file(tmp_path: Path) -> None:
    old, new = large_snapshot(1), large_snapshot(2)
    old.save(tmp_path / "a.snap")
    with pytest.raises(Refused):
        new.save(tmp_path / "a.snap", progress=refuse_late)
    assert Snapshot.load(tmp_path / "a.snap") == old
    assert [path.name for path in tmp_path.iterdir()] == ["a.snap"]


@linux_only
def test_exception_of_progress_while_loading_leaves_no_descriptor(tmp_path: Path) -> None:
    large_snapshot().save(tmp_path / "a.snap")
    before = descriptors()
    with pytest.raises(Refused):
        Snapshot.load(tmp_path / "a.snap", progress=refuse_late)
    assert descriptors() == before


# ---- files that cannot be written


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@compressed_or_not
def test_file_that_may_not_grow_any_further_is_said(tmp_path: Path, compress: bool) -> None:
    snapshot = large_snapshot(2)
    with files_of_at_most(4096), pytest.raises(OSError) as caught:
        snapshot.save(tmp_path / "a.snap", compress=compress)
    assert caught.value.errno == errno.EFBIG


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("exists", [False, True])
def test_file_that_may_not_grow_any_further_is_not_left(tmp_path: Path, exists: bool, compress: bool) -> None:
    old, new = large_snapshot(1), large_snapshot(2)
    path = tmp_path / "a.snap"
    if exists:
        old.save(path)
    with files_of_at_most(4096), pytest.raises(OSError):
        new.save(path, compress=compress)
    assert [file.name for file in tmp_path.iterdir()] == ["a.snap"] * exists
    assert not exists or Snapshot.load(path) == old


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    """Some systems say so only at the end."""
    old, new = large_snapshot(1), large_snapshot(2)
    old.save(tmp_path / "a.snap")

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, function, full)
    with pytest.raises(OSError, match="No space left on device"):
        new.save(tmp_path / "a.snap")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["a.snap"]
    assert Snapshot.load(tmp_path / "a.snap") == old


def test_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        large_snapshot(1).save(tmp_path / "none" / "a.snap")
    with pytest.raises(FileNotFoundError):
        Snapshot.load(tmp_path / "a.snap")


# ---- images that cannot be made


def fail(number: int) -> Callable[..., Any]:
    def failing(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    return failing


REFUSALS = {
    "no memory for a file": (os, "memfd_create", errno.ENOMEM),
    "no space for a file": (os, "truncate", errno.ENOSPC),
    "no space for pages": (os, "pwrite", errno.ENOSPC),
    "no memory for pages": (os, "pwrite", errno.ENOMEM),
    "no room for a mapping": (mmap, "mmap", errno.ENOMEM),
}
refusals = pytest.mark.parametrize("name", REFUSALS)


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Have the system refuse; returns what it says."""

    def refuse(name: str) -> int:
        module, function, number = REFUSALS[name]
        monkeypatch.setattr(module, function, fail(number))
        return number

    return refuse


@refusals
@linux_only
def test_snapshot_that_there_is_no_memory_for_changes_nothing(
    name: str, refuse: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval(FILL)
        expected = vm.snapshot().id
        before = descriptors()
        number = refuse(name)
        with pytest.raises(OSError) as caught:
            vm.snapshot()
        assert caught.value.errno == number
        monkeypatch.undo()
        del caught
        assert descriptors() == before
        assert vm.snapshot().id == expected
        assert vm.eval("data[5]") == 1


@linux_only
def test_space_that_ends_in_the_middle_of_an_image_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    really, written = os.pwrite, 0

    def end(descriptor: int, content: bytes, offset: int) -> int:
        nonlocal written
        if written > 3 * 4096:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written += 4096
        return really(descriptor, content[:4096], offset)

    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval(FILL)
        before = descriptors()
        monkeypatch.setattr(os, "pwrite", end)
        with pytest.raises(OSError, match="No space left on device"):
            vm.snapshot()
        monkeypatch.undo()
        assert descriptors() == before
        with VM.restore(vm.snapshot()) as restored:
            assert restored.eval("data") == b"\1" * (1 << 20)


def test_image_that_is_written_bit_by_bit_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, content, offset: really(descriptor, content[:5000], offset))
    with VM.restore(large_snapshot(1), clock=CLOCK) as vm:
        monkeypatch.undo()
        assert vm.snapshot() == large_snapshot(1)


@refusals
@linux_only
def test_bytes_that_there_is_no_memory_for_can_be_read_later(
    name: str, refuse: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = large_snapshot(1)
    data = snapshot.to_bytes()
    before = descriptors()
    number = refuse(name)
    with pytest.raises(OSError) as caught:
        Snapshot.from_bytes(data)
    assert caught.value.errno == number
    monkeypatch.undo()
    del caught
    assert descriptors() == before
    assert Snapshot.from_bytes(data) == snapshot


def test_kind_of_vm_that_there_was_no_memory_for_can_be_made_later(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"intrinsics": snapjs.Intrinsics.ALL & ~snapjs.Intrinsics.TYPED_ARRAYS, "web": {"timers"}}
    monkeypatch.setattr(os, "pwrite", fail(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left on device"):
        VM(**options)
    monkeypatch.undo()
    with VM(**options) as vm:
        assert vm.eval("typeof setTimeout") == "function"


# ---- files that there are none of

DESCRIPTORS_RUN_OUT = """
import os, resource, sys
from snapjs import VM
left = int(sys.argv[1])
with VM(clock=0, seed=1) as vm:
    vm.eval("globalThis.data = new Uint8Array(1 << 19).fill(1); 0")
    expected = vm.snapshot().id
    VM.restore(vm.snapshot(), clock=0).close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    held = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    for _ in range(left):
        os.close(held.pop())
    snapshots = [vm.snapshot() for _ in range(20)]
    assert {snapshot.id for snapshot in snapshots} == {expected}
    for snapshot in snapshots:
        with VM.restore(snapshot, clock=0) as other:
            assert other.eval("data") == b"\\1" * (1 << 19)
            assert other.snapshot(base=snapshot).id == other.snapshot().id
print("done")
"""


@linux_only
@pytest.mark.slow
@pytest.mark.parametrize("left", [0, 1, 2, 5])
def test_snapshots_need_no_descriptors(left: int) -> None:
    assert fresh_process.run(DESCRIPTORS_RUN_OUT, str(left)) == "done"


@pytest.mark.slow
@linux_only
def test_thousands_of_snapshots_need_no_more_descriptors_than_there_are() -> None:
    code = DESCRIPTORS_RUN_OUT.replace("range(20)", "range(3000)").replace("in snapshots:", "in snapshots[::100]:")
    assert fresh_process.run(code.replace("1 << 19", "1 << 18"), "40") == "done"


@linux_only
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EPERM])
def test_where_the_kernel_refuses_memory_files_snapshots_work(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = large_snapshot(1).id
    monkeypatch.setattr(os, "memfd_create", fail(number))
    assert large_snapshot(1).id == expected


@linux_only
def test_where_python_has_no_memory_files_snapshots_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in builds of Python for old versions of the C library, which portable distributions are."""
    expected = large_snapshot(1).id
    monkeypatch.delattr(os, "memfd_create")
    assert large_snapshot(1).id == expected


NO_ADDRESSES = """
import resource, signal
from snapjs import VM, TimeLimitError
with VM() as vm:
    vm.eval("1", timeout=None)
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 30), resource.RLIM_INFINITY))
    try:
        vm.eval("1", timeout=5)
    except Exception as error:
        refused = str(error)
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert "Cannot allocate memory" in refused, refused
    signal.alarm(4)
    try:
        vm.eval("new Array(1e9).join('x')", timeout=0.1)
    except TimeLimitError:
        print("stopped")
"""


@linux_only
@pytest.mark.slow
def test_deadline_holds_after_there_was_no_address_space_for_the_checked_compilation() -> None:
    assert fresh_process.run(NO_ADDRESSES) == "stopped"


# ---- memory that saving and loading take

PEAK = """
import sys
from pathlib import Path
from snapjs import VM, Snapshot

def kilobytes(name):
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))

class Peak:
    # The most that was resident in the block, without what the image itself takes.
    def __enter__(self):
        Path("/proc/self/clear_refs").write_text("5")
        self.before, self.image = kilobytes("VmRSS"), kilobytes("RssShmem")
        return self

    def __exit__(self, *_):
        print(kilobytes("VmHWM") - self.before - (kilobytes("RssShmem") - self.image))

path, folder, megabytes, compress = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "True"
sys.path.insert(0, folder)
from test_large_snapshots import fill, large_snapshot

warm = large_snapshot(1)
warm.save(path, compress=compress)
assert Snapshot.load(path) == warm
if megabytes:
    with VM() as vm:
        fill(vm, megabytes)
        snapshot = vm.snapshot()
    with Peak():
        snapshot.save(path, compress=compress)
    del snapshot
    with Peak():
        snapshot = Snapshot.load(path)
    with VM.restore(snapshot) as vm:
        assert vm.eval("data.length") == megabytes << 18
        assert vm.eval("data[data.length - 1024]") == (megabytes << 18) - 1024
"""


@pytest.mark.slow
@linux_only
@compressed_or_not
@pytest.mark.parametrize("megabytes", [64, 500])
def test_saving_and_loading_take_little_memory_besides_the_image(
    tmp_path: Path, megabytes: int, compress: bool
) -> None:
    said = fresh_process.run(PEAK, tmp_path / "a.snap", Path(__file__).parent, str(megabytes), str(compress))
    assert max(int(line) for line in said.splitlines()) < 24 * 1024
    assert len(said.splitlines()) == 2
