"""Snapshots that hold only what differs from another one."""

from __future__ import annotations

import hashlib
import pickle
import struct
from collections.abc import Callable

import pytest
from snapshot_parser import parse

import snapjs
from snapjs import VM, Snapshot, SnapshotError, SnapshotFormatError
from snapjs._guest import engine as engine_module

CLOCK = 1_700_000_000.0
MakeVM = Callable[..., VM]

SMALL = "globalThis.kept = ['small']; 0"
LARGE = "globalThis.kept = Array.from({length: 20}, (_, i) => new Uint8Array(65536).fill(i + 1)); 0"
CHANGE = "kept.push('changed'); 0"
GROW = "for (let i = 0; i < 40; i++) kept.push(new Uint8Array(65536).fill(i + 101)); 0"
MIDDLES = "kept.slice(-40).map(a => a[30_000]).join()"
GROWN = ",".join(str(number) for number in range(101, 141))


def restored(snapshot: Snapshot) -> VM:
    return VM.restore(snapshot, clock=CLOCK)


def base_and_delta(before: str, after: str) -> tuple[Snapshot, Snapshot, Snapshot]:
    """Of a VM between two pieces of code, and after them as delta and as a whole."""
    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval(before)
        base = vm.snapshot()
        vm.eval(after)
        return base, vm.snapshot(base=base), vm.snapshot()


# ---- there and back


@pytest.mark.parametrize("before", [SMALL, LARGE])
def test_delta_restores(before: str) -> None:
    _, delta, _ = base_and_delta(before, CHANGE)
    with restored(delta) as vm:
        assert vm.eval("kept.at(-1)") == "changed"


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("before", [SMALL, LARGE])
def test_delta_restores_from_bytes_and_its_base(before: str, compress: bool) -> None:
    base, delta, _ = base_and_delta(before, CHANGE)
    again = Snapshot.from_bytes(
        delta.to_bytes(compress=compress), base=Snapshot.from_bytes(base.to_bytes(compress=compress))
    )
    assert (again.id, again.base, again.pages()) == (delta.id, base.id, delta.pages())
    with restored(again) as vm:
        assert vm.eval("kept.at(-1)") == "changed"


def test_delta_is_pickled_with_its_base() -> None:
    base, delta, _ = base_and_delta(LARGE, CHANGE)
    again = pickle.loads(pickle.dumps(delta))
    assert (again.id, again.base) == (delta.id, base.id)
    with restored(again) as vm:
        assert vm.eval("kept.at(-1)") == "changed"


@pytest.mark.parametrize("before", [SMALL, LARGE])
@pytest.mark.parametrize("after", [CHANGE, GROW, "kept = null; 0"])
def test_delta_has_the_id_of_a_whole_snapshot(before: str, after: str) -> None:
    base, delta, whole = base_and_delta(before, after)
    assert delta == whole != base
    assert Snapshot.from_bytes(delta.to_bytes(), base=base).id == whole.id


def test_base_of_a_whole_snapshot_is_none() -> None:
    base, delta, whole = base_and_delta(SMALL, CHANGE)
    assert (base.base, delta.base, whole.base) == (None, base.id, None)


def test_delta_of_nothing_new_has_no_pages() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(LARGE)
        base = vm.snapshot()
        delta = vm.snapshot(base=base)
    assert (delta.pages(), delta.id) == ({}, base.id)
    with restored(Snapshot.from_bytes(delta.to_bytes(), base=base)) as vm:
        assert vm.eval("kept.length") == 20


@pytest.mark.slow
def test_delta_of_more_than_4096_pages() -> None:
    base, delta, whole = base_and_delta(SMALL, "globalThis.much = new Uint8Array(17 << 20).fill(7); 0")
    assert len(delta.pages()) > 4352
    again = Snapshot.from_bytes(delta.to_bytes(), base=base)
    assert again.id == delta.id == whole.id
    with restored(again) as vm:
        assert vm.eval("much") == b"\7" * (17 << 20)


def test_base_lives_as_long_as_its_delta() -> None:
    _, delta, whole = base_and_delta(LARGE, CHANGE)
    stored = delta.to_bytes()
    with restored(delta) as vm:
        del delta
        assert vm.snapshot().id == whole.id
    assert len(stored) < 20_000


# ---- what is listed


def test_page_that_is_back_at_the_bases_content_is_not_listed() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval("globalThis.data = new Uint8Array(1 << 20).fill(1); 0")
        base = vm.snapshot()
        vm.eval("data.fill(2); 0")
        changed = vm.snapshot(base=base)
        vm.eval("data.fill(1); 0")
        back = vm.snapshot(base=base)
    assert 256 <= len(changed.pages()) < 280
    assert len(back.pages()) < 24


def test_page_that_is_back_at_the_baselines_content_is_listed_only_in_the_delta() -> None:
    with VM(clock=CLOCK) as vm:
        fresh = vm.snapshot()
        vm.eval("globalThis.data = new Uint8Array(1 << 20).fill(1); 0")
        base = vm.snapshot()
        vm.eval("delete globalThis.data; 0")
        delta, whole = vm.snapshot(base=base), vm.snapshot()
    assert 256 <= len(delta.pages()) < 280
    assert len(whole.pages()) < len(fresh.pages()) + 24
    assert delta.id == whole.id


def test_pages_are_those_of_the_vm_and_not_the_difference() -> None:
    base, delta, whole = base_and_delta(LARGE, CHANGE)
    assert (
        delta.pages().items()
        <= {number: whole._state.memory.page(number) for number in range(whole.size // 4096)}.items()
    )
    assert all(base._state.memory.page(number) != page for number, page in delta.pages().items())


def stored_pieces(delta: Snapshot) -> list[tuple[list[int], bytes, bytes]]:
    """Page numbers, masks and pages, as docs/snapshot-format.md has them: up to 64 that follow each other."""
    memory = parse(delta.to_bytes(compress=False)).memory
    count = len(memory) // 8196
    numbers = struct.unpack(f"<{count}I", memory[: 4 * count])
    groups: list[list[int]] = []
    for number in numbers:
        if groups and groups[-1][-1] + 1 == number and len(groups[-1]) < 64:
            groups[-1].append(number)
        else:
            groups.append([number])
    at, pieces = 4 * count, []
    for group in groups:
        size = 4096 * len(group)
        pieces.append((group, memory[at : at + size], memory[at + size : at + 2 * size]))
        at += 2 * size
    assert at == len(memory)
    return pieces


def test_stored_pages_are_the_bytes_that_differ_and_a_mask_of_them() -> None:
    base, delta, _ = base_and_delta(LARGE, CHANGE)
    stored = parse(delta.to_bytes())
    assert stored.base.hex() == stored.metadata["base"] == base.id
    for numbers, masks, pages in stored_pieces(delta):
        before = b"".join(base._state.memory.page(number) for number in numbers)
        after = b"".join(delta.pages()[number] for number in numbers)
        assert masks == bytes(255 * (a != b) for a, b in zip(before, after, strict=True))
        assert pages == bytes(b * (a != b) for a, b in zip(before, after, strict=True))


AGENT = """
globalThis.memory = {notes: [], index: new Map(), turn: 0};
for (let i = 0; i < 8000; i++) {
    memory.notes.push({id: i, text: `note ${i} of the long past`, tags: [i % 7, i % 11]});
    memory.index.set(`key ${i}`, i);
}
globalThis.step = answer => {
    memory.turn++;
    memory.notes.push({id: memory.notes.length, text: answer, tags: [memory.turn % 7]});
    memory.index.set(`key ${memory.notes.length}`, memory.notes.length);
    memory.notes[(memory.turn * 997) % 8000].tags.push(memory.turn);
    return memory.notes.length;
}
0
"""


def test_turns_of_an_agent_with_a_heap_of_2_mb_take_less_than_20_kb() -> None:
    with VM(clock=CLOCK, seed=1) as vm:
        vm.eval(AGENT)
        assert 2_000_000 < vm.memory_usage()["heap_size"] < 3_000_000
        base = vm.snapshot()
        sizes = []
        for turn in range(20):
            assert vm.eval(f"step('the answer of turn {turn}')") == 8001 + turn
            sizes.append(len(vm.snapshot(base=base).to_bytes()))
            base = vm.snapshot()
    assert max(sizes) < 20_000


# ---- star, not chain


def test_delta_as_base_stands_for_its_own_base() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(LARGE)
        root = vm.snapshot()
        vm.eval(CHANGE)
        first = vm.snapshot(base=root)
        vm.eval("kept.push('second'); 0")
        second = vm.snapshot(base=first)
        whole = vm.snapshot()
    assert (second.base, second.id) == (root.id, whole.id)
    with restored(Snapshot.from_bytes(second.to_bytes(), base=root)) as later:
        assert later.eval("kept.slice(-2)") == ["changed", "second"]


def test_delta_of_a_vm_that_was_restored_from_a_delta() -> None:
    root, delta, _ = base_and_delta(LARGE, CHANGE)
    with restored(Snapshot.from_bytes(delta.to_bytes(), base=root)) as vm:
        vm.eval("kept.push('second'); 0")
        second, whole = vm.snapshot(base=root), vm.snapshot()
    assert second.id == whole.id
    with restored(Snapshot.from_bytes(second.to_bytes(), base=root)) as later:
        assert later.eval("kept.slice(-2)") == ["changed", "second"]


@pytest.mark.slow
def test_sixty_generations_of_deltas_do_not_grow() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(LARGE + "; globalThis.n = 0; 0")
        root = snapshot = vm.snapshot()
    sizes = []
    for _ in range(60):
        with restored(snapshot) as vm:
            vm.eval("kept[n % 20].fill(n++); 0")
            snapshot = Snapshot.from_bytes(vm.snapshot(base=snapshot).to_bytes(), base=root)
            sizes.append(len(snapshot.pages()))
    assert sizes[59] == sizes[39]
    with restored(snapshot) as vm:
        assert vm.eval("kept.map(a => a[7]).join()") == ",".join(str(40 + i) for i in range(20))


def test_delta_of_the_bases_state_serves_as_base_for_reading() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(LARGE)
        root = vm.snapshot()
        same_as_root = vm.snapshot(base=root)
        vm.eval(CHANGE)
        delta = vm.snapshot(base=root)
    assert same_as_root.id == root.id
    assert Snapshot.from_bytes(delta.to_bytes(), base=same_as_root).id == delta.id


def test_delta_of_the_bases_state_that_is_smaller_than_its_own_base_serves_as_base_for_reading() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval(SMALL)
        small = vm.snapshot()
    with restored(small) as vm:
        vm.eval(GROW)
        large = vm.snapshot()
    with restored(small) as vm:
        same_as_small = vm.snapshot(base=large)
        assert same_as_small.id == small.id
        vm.eval("for (let i = 0; i < 40; i++) kept.push(new Uint8Array(65536)); 0")
        delta = vm.snapshot(base=small)
    with restored(Snapshot.from_bytes(delta.to_bytes(), base=same_as_small)) as vm:
        assert vm.eval(MIDDLES) == ",".join(["0"] * 40)


# ---- bases of another size


def small_and_large() -> tuple[Snapshot, Snapshot]:
    with VM(clock=CLOCK) as vm:
        vm.eval(SMALL)
        small = vm.snapshot()
        vm.eval(GROW)
        large = vm.snapshot()
    assert small.size < large.size
    return small, large


def test_base_that_is_smaller_than_the_vm() -> None:
    small, large = small_and_large()
    with restored(large) as vm:
        delta = vm.snapshot(base=small)
    again = Snapshot.from_bytes(delta.to_bytes(), base=small)
    assert (again.size, again.id) == (large.size, large.id)
    with restored(again) as vm:
        assert vm.eval(MIDDLES) == GROWN


def test_base_that_is_larger_than_the_vm() -> None:
    small, large = small_and_large()
    with restored(small) as vm:
        delta = vm.snapshot(base=large)
    again = Snapshot.from_bytes(delta.to_bytes(), base=large)
    assert (again.size, again.id) == (small.size, small.id)
    with restored(again) as vm:
        assert vm.eval("kept") == ["small"]


def test_memory_that_grows_where_a_larger_base_has_content_is_zero() -> None:
    small, large = small_and_large()
    with restored(small) as vm:
        delta = vm.snapshot(base=large)
    with restored(delta) as vm:
        vm.eval("for (let i = 0; i < 40; i++) kept.push(new Uint8Array(65536)); 0")
        assert vm.eval(MIDDLES) == ",".join(["0"] * 40)


def test_memory_that_grows_to_the_content_of_a_larger_base_survives_the_first_deadline() -> None:
    small, large = small_and_large()
    with restored(small) as vm:
        delta = vm.snapshot(base=large)
    with restored(delta) as vm:
        vm.eval(GROW)
        assert vm.eval(MIDDLES, timeout=30) == GROWN


# ---- bases that do not fit


def test_reading_a_delta_without_its_base_is_refused() -> None:
    base, delta, _ = base_and_delta(SMALL, CHANGE)
    with pytest.raises(SnapshotFormatError, match=f"the snapshot is a delta: give the snapshot {base.id} as base="):
        Snapshot.from_bytes(delta.to_bytes())


def test_reading_a_delta_with_another_base_is_refused() -> None:
    base, delta, whole = base_and_delta(SMALL, CHANGE)
    with pytest.raises(SnapshotFormatError, match=f"is a delta of {base.id}, and base= is {whole.id}"):
        Snapshot.from_bytes(delta.to_bytes(), base=whole)


def test_base_of_a_whole_snapshot_is_not_needed_and_not_used() -> None:
    base, _, whole = base_and_delta(SMALL, CHANGE)
    again = Snapshot.from_bytes(whole.to_bytes(), base=base)
    assert (again.id, again.base) == (whole.id, None)


def test_base_that_is_no_snapshot_is_refused(vm: VM) -> None:
    snapshot = vm.snapshot()
    with pytest.raises(TypeError, match="base= takes a Snapshot, not bytes"):
        vm.snapshot(base=snapshot.to_bytes())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="base= takes a Snapshot, not str"):
        Snapshot.from_bytes(snapshot.to_bytes(), base=snapshot.id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [{"intrinsics": snapjs.Intrinsics.ALL & ~snapjs.Intrinsics.PROXY}, {"web": False}, {"web": {"console"}}],
)
def test_base_of_a_vm_with_other_intrinsics_or_web_apis_is_refused(make_vm: MakeVM, options: dict[str, object]) -> None:
    base = make_vm(**options).snapshot()
    vm = make_vm()
    with pytest.raises(SnapshotError, match="another engine, other intrinsics, other web APIs"):
        vm.snapshot(base=base)
    assert vm.eval("1") == 1


def of_another_engine() -> Snapshot:
    """A new VM's, on an engine that is ours but for one more section, which nothing reads."""
    wasm = engine_module.packaged().wasm + b"\x00\x05\x04note"
    with VM() as vm:
        parsed = parse(vm.snapshot().to_bytes())
    parsed.engine = hashlib.sha256(wasm).digest()
    baseline = engine_module.foreign(wasm).baseline(parsed.metadata["intrinsics"], parsed.metadata["web"])
    parsed.metadata["baseline"] = baseline.sha256
    parsed.pages = {}
    return Snapshot.from_bytes(parsed.to_bytes(), engines={parsed.engine.hex(): wasm})


def test_base_of_another_engine_is_refused(vm: VM) -> None:
    other, own = of_another_engine(), vm.snapshot()
    with pytest.raises(SnapshotError, match="another engine"):
        vm.snapshot(base=other)
    with restored(other) as vm_of_other, pytest.raises(SnapshotError, match="another engine"):
        vm_of_other.snapshot(base=own)


def test_delta_on_another_engine() -> None:
    base = of_another_engine()
    with restored(base) as vm:
        vm.eval(SMALL)
        delta = vm.snapshot(base=base)
    with restored(Snapshot.from_bytes(delta.to_bytes(), base=base)) as vm:
        assert vm.eval("kept") == ["small"]


def test_vm_goes_on_after_a_refused_base(make_vm: MakeVM) -> None:
    base = make_vm(web=False).snapshot()
    vm = make_vm(clock=CLOCK, seed=1)
    before = vm.snapshot()
    with pytest.raises(SnapshotError):
        vm.snapshot(base=base)
    assert vm.snapshot().id == before.id


def test_base_of_another_kind_of_vm_is_refused() -> None:
    _, delta, _ = base_and_delta(SMALL, "0")
    parsed = parse(delta.to_bytes(compress=False))
    with VM(web=False) as vm:
        other = vm.snapshot()
    parsed.base, parsed.metadata["base"] = bytes.fromhex(other.id), other.id
    with pytest.raises(SnapshotFormatError, match="the snapshot and its base are of different engines"):
        Snapshot.from_bytes(parsed.to_bytes(), base=other)
