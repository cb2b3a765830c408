"""VMs that share the memory of snapshots, in random order: what one writes, no other sees."""

from __future__ import annotations

import gc
import os
import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from snapjs import VM, Snapshot

CLOCK = 1_700_000_000.0

# Few of each, so that histories meet again.
PAGES = st.sampled_from([30, 300])
BYTES = st.sampled_from([0, 1])


def restored(snapshot: Snapshot, **options: Any) -> VM:
    return VM.restore(snapshot, clock=CLOCK, **options)


class Machine(RuleBasedStateMachine):
    """VMs and snapshots of them. The model knows the content of each: a list of byte strings."""

    def __init__(self) -> None:
        super().__init__()
        self.vms: list[tuple[VM, list[bytearray]]] = []
        self.snapshots: list[tuple[Snapshot, str, list[bytes], Snapshot | None]] = []
        """each with its id, its content, and the snapshot that it is a delta of"""

    # ---- the model

    def add(self, vm: VM, content: list[bytes]) -> None:
        self.vms.append((vm, [bytearray(cell) for cell in content]))

    def keep(self, snapshot: Snapshot, content: list[bytearray], root: Snapshot | None) -> None:
        self.snapshots[:] = self.snapshots[-3:]
        self.snapshots.append((snapshot, snapshot.id, [bytes(cell) for cell in content], root))

    def any_vm(self, data: st.DataObject) -> tuple[VM, list[bytearray]]:
        return data.draw(st.sampled_from(self.vms))

    def any_snapshot(self, data: st.DataObject) -> tuple[Snapshot, str, list[bytes], Snapshot | None]:
        return data.draw(st.sampled_from(self.snapshots))

    has_vm = precondition(lambda self: self.vms)
    has_snapshot = precondition(lambda self: self.snapshots)
    has_room = precondition(lambda self: len(self.vms) < 4)

    # ---- VMs

    @has_room
    @rule()
    def new(self) -> None:
        vm = VM(clock=CLOCK, seed=1)
        vm.eval("globalThis.cells = []; 0")
        self.add(vm, [])

    @has_vm
    @rule(data=st.data(), pages=PAGES, byte=BYTES)
    def grow(self, data: st.DataObject, pages: int, byte: int) -> None:
        vm, content = self.any_vm(data)
        vm.eval(f"cells.push(new Uint8Array({pages * 4096}).fill({byte})); 0")
        content.append(bytearray([byte]) * (pages * 4096))

    @has_vm
    @rule(data=st.data(), byte=BYTES, start=PAGES, pages=PAGES)
    def write(self, data: st.DataObject, byte: int, start: int, pages: int) -> None:
        vm, content = self.any_vm(data)
        if content:
            index = data.draw(st.integers(0, len(content) - 1))
            first, end = start * 4096, min((start + pages) * 4096, len(content[index]))
            vm.eval(f"cells[{index}].fill({byte}, {first}, {end}); 0")
            content[index][first:end] = bytes([byte]) * max(end - first, 0)

    @has_vm
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        vm, content = self.any_vm(data)
        if content:
            index = data.draw(st.integers(0, len(content) - 1))
            vm.eval(f"cells.splice({index}, 1); 0")
            del content[index]

    @has_vm
    @rule(data=st.data(), timeout=st.sampled_from([None, 30]))
    def read(self, data: st.DataObject, timeout: float | None) -> None:
        vm, content = self.any_vm(data)
        assert vm.eval("cells", timeout=timeout) == content

    @has_vm
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        vm, content = self.any_vm(data)
        vm.close()
        self.vms.remove((vm, content))

    # ---- snapshots

    @has_vm
    @rule(data=st.data())
    def snapshot(self, data: st.DataObject) -> None:
        vm, content = self.any_vm(data)
        self.keep(vm.snapshot(), content, None)

    @has_vm
    @has_snapshot
    @rule(data=st.data())
    def delta(self, data: st.DataObject) -> None:
        vm, content = self.any_vm(data)
        base, _, _, root = self.any_snapshot(data)
        delta = vm.snapshot(base=base)
        assert delta.base == (root or base).id
        assert delta == vm.snapshot()
        self.keep(delta, content, root or base)

    @has_snapshot
    @has_room
    @rule(data=st.data(), timeout=st.sampled_from([None, 30]))
    def restore(self, data: st.DataObject, timeout: float | None) -> None:
        snapshot, _, content, _ = self.any_snapshot(data)
        self.add(restored(snapshot, timeout=timeout), content)

    @has_snapshot
    @has_room
    @rule(data=st.data(), count=st.integers(0, 2))
    def fork(self, data: st.DataObject, count: int) -> None:
        snapshot, id, content, _ = self.any_snapshot(data)
        for vm in snapshot.fork(count, reseed=False, clock=CLOCK):
            assert vm.snapshot().id == id
            self.add(vm, content)

    @has_snapshot
    @rule(data=st.data(), compress=st.booleans())
    def through_bytes(self, data: st.DataObject, compress: bool) -> None:
        chosen = self.any_snapshot(data)
        snapshot, id, content, root = chosen
        again = Snapshot.from_bytes(snapshot.to_bytes(compress=compress), base=root)
        assert again.id == id
        self.snapshots.remove(chosen)
        self.snapshots.append((again, id, content, root))

    @has_snapshot
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.snapshots.remove(self.any_snapshot(data))
        gc.collect()

    # ---- all of them

    @precondition(lambda self: hasattr(os, "fork"))
    @rule()
    def fork_process(self) -> None:
        child = os.fork()
        if child == 0:
            signal.alarm(100)
            status = 1
            try:
                self.check()
                for vm, content in self.vms:
                    vm.eval("cells.forEach(cell => cell.fill(9)); cells.push(new Uint8Array(1 << 20).fill(9)); 0")
                    content[:] = [b"\t" * len(cell) for cell in content] + [b"\t" * (1 << 20)]
                self.check()
                status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        self.check()

    def check(self) -> None:
        for vm, content in self.vms:
            assert vm.eval("cells") == content
            assert vm.eval("cells", timeout=30) == content  # in another memory
        for snapshot, id, expected, root in self.snapshots:
            assert Snapshot.from_bytes(snapshot.to_bytes(compress=False), base=root).id == id
            with restored(snapshot) as vm:
                assert vm.eval("cells") == expected

    def teardown(self) -> None:
        self.check()
        for vm, _ in self.vms:
            vm.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
class TestMachine(Machine.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(max_examples=2, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
class TestMachineForLong(Machine.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck))
