"""What a VM says of its memory, and when it collects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from moving import moved

from snapjs import VM

MakeVM = Callable[..., VM]

COUNTERS = [
    "array_count", "atom_count", "atom_size", "binary_object_count", "binary_object_size", "c_func_count",
    "fast_array_count", "fast_array_elements", "js_func_code_size", "js_func_count", "js_func_pc2line_count",
    "js_func_pc2line_size", "js_func_size", "malloc_count", "malloc_limit", "malloc_size", "memory_used_count",
    "memory_used_size", "obj_count", "obj_size", "prop_count", "prop_size", "shape_count", "shape_size", "str_count",
    "str_size",
]  # fmt: skip

# Twenty circles, which counting references alone does not free.
CIRCLES = "(n => { for (let i = 0; i < n; i++) { const a = {}, b = { a }; a.b = b } })"


def test_every_counter_is_there(vm: VM) -> None:
    usage = vm.memory_usage()
    assert sorted(usage) == sorted([*COUNTERS, "heap_size", "linear_memory"])
    assert {type(value) for value in usage.values()} == {int}
    assert min(usage.values()) == 0


def test_get_memory_usage_is_the_same(vm: VM) -> None:
    assert vm.get_memory_usage() == vm.memory_usage()


def grown(vm: VM, code: str) -> dict[str, int]:
    """How much each counter has grown by what the code keeps in a global."""
    vm.eval(f"globalThis.kept = {code}; kept = null")  # built-in functions come into being when they are first used
    vm.gc()
    before = vm.memory_usage()
    vm.eval(f"kept = {code}; null")
    vm.gc()
    after = vm.memory_usage()
    return {name: after[name] - before[name] for name in after}


def test_objects_are_counted(vm: VM) -> None:
    growth = grown(vm, "Array.from({ length: 1000 }, () => ({ a: 1 }))")
    assert growth["obj_count"] == 1001
    assert growth["array_count"] == growth["fast_array_count"] == 1
    assert growth["fast_array_elements"] == 1000
    assert growth["obj_size"] > 16_000
    assert growth["prop_count"] >= 1000 and growth["prop_size"] > 8_000


def test_shapes_are_counted(vm: VM) -> None:
    growth = grown(vm, "Array.from({ length: 100 }, (_, i) => ({ ['key' + i]: i }))")
    assert growth["shape_count"] >= 100
    assert growth["shape_size"] > 0


def test_atoms_are_counted(vm: VM) -> None:
    growth = grown(vm, "Object.fromEntries(Array.from({ length: 1000 }, (_, i) => ['name' + i, 1]))")
    assert growth["atom_count"] == 1000
    assert growth["atom_size"] > 8_000


def test_strings_are_counted(vm: VM) -> None:
    growth = grown(vm, "Array.from({ length: 100 }, (_, i) => String(i).padStart(1000))")
    assert growth["str_count"] == 100
    assert growth["str_size"] > 100_000


def test_functions_are_counted(vm: VM) -> None:
    growth = grown(vm, "Array.from({ length: 50 }, () => new Function('a', 'return a + 1'))")
    assert growth["js_func_count"] >= 50
    assert all(
        growth[name] > 0
        for name in ("js_func_size", "js_func_code_size", "js_func_pc2line_count", "js_func_pc2line_size")
    )


def test_native_functions_are_counted(vm: VM) -> None:
    before = vm.memory_usage()["c_func_count"]
    with vm.new_realm():
        assert vm.memory_usage()["c_func_count"] - before > 100


def test_buffers_are_counted(vm: VM) -> None:
    growth = grown(vm, "Array.from({ length: 10 }, () => new ArrayBuffer(1000))")
    assert growth["obj_count"] == 11
    assert growth["memory_used_size"] > 10_000


def test_binary_objects_are_what_was_read_as_bytecode(vm: VM) -> None:
    before = vm.memory_usage()
    code = vm.compile("1 + 1")
    for _ in range(3):
        vm.eval_bytecode(code)
    after = vm.memory_usage()
    assert after["binary_object_count"] - before["binary_object_count"] == 3
    assert 30 < after["binary_object_size"] - before["binary_object_size"] < 3 * len(code)


def test_sums_grow_with_their_parts(vm: VM) -> None:
    growth = grown(vm, "new Uint8Array(1_000_000)")
    assert growth["malloc_size"] >= 1_000_000
    assert growth["memory_used_size"] >= 1_000_000
    assert growth["malloc_count"] > 0


def test_linear_memory_grows_and_does_not_shrink(vm: VM) -> None:
    before = vm.memory_usage()["linear_memory"]
    vm.eval("globalThis.kept = new Uint8Array(20_000_000); null")
    grown = vm.memory_usage()["linear_memory"]
    vm.eval("kept = null")
    vm.gc()
    assert grown - before >= 19_000_000
    assert vm.memory_usage()["linear_memory"] == grown == vm.statistics().linear_memory


def test_heap_returns_to_what_it_was(vm: VM) -> None:
    code = "globalThis.kept = Array.from({ length: 1000 }, () => ({})); kept = null"
    vm.eval(code)
    before = vm.memory_usage()["obj_count"]
    for _ in range(3):
        vm.eval(code)
    assert vm.memory_usage()["obj_count"] == before


def test_handles_keep_memory(vm: VM) -> None:
    before = vm.memory_usage()["memory_used_size"]
    with vm.new_array_buffer(bytes(100_000)):
        assert vm.memory_usage()["memory_used_size"] - before >= 100_000
    assert vm.memory_usage()["memory_used_size"] - before < 1_000


def test_malloc_limit(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=8 << 20)
    assert 0 < vm.memory_usage()["malloc_limit"] <= 8 << 20


# ---- collecting


def count(vm: VM) -> int:
    return vm.memory_usage()["obj_count"]


@pytest.mark.parametrize("collect", [VM.gc, VM.run_gc])
def test_circles_are_collected(vm: VM, collect: Callable[[VM], None]) -> None:
    vm.gc_threshold = None
    before = count(vm)
    vm.eval(f"{CIRCLES}(20)")
    assert count(vm) - before == 40
    collect(vm)
    assert count(vm) == before


def test_what_is_held_is_not_collected(vm: VM) -> None:
    handle = vm.eval_handle("{ const a = {}; a.a = a; a }")
    vm.run_gc()
    assert handle.get_prop("a").identity == handle.identity


def test_default_threshold(vm: VM) -> None:
    assert vm.gc_threshold == 262_144


@pytest.mark.parametrize("threshold", [1, 4096, 1 << 20, 1 << 31])
def test_threshold_is_kept(vm: VM, threshold: int) -> None:
    vm.gc_threshold = threshold
    assert vm.gc_threshold == threshold


@pytest.mark.parametrize("threshold", [0, None])
def test_collecting_is_switched_off(vm: VM, threshold: int | None) -> None:
    vm.gc_threshold = threshold
    assert vm.gc_threshold is None
    before = count(vm)
    vm.eval(f"{CIRCLES}(10_000)")
    assert count(vm) - before == 20_000


def test_threshold_that_no_heap_reaches(vm: VM) -> None:
    vm.gc_threshold = 2**32 - 1
    before = count(vm)
    vm.eval(f"{CIRCLES}(10_000)")
    assert count(vm) - before == 20_000


def test_low_threshold_collects_by_itself(vm: VM) -> None:
    vm.gc_threshold = 4096
    before = count(vm)
    vm.eval(f"{CIRCLES}(10_000)")
    assert count(vm) - before < 20_000


def test_collecting_is_switched_on_again(vm: VM) -> None:
    vm.gc_threshold = None
    vm.eval(f"{CIRCLES}(1_000)")
    vm.gc_threshold = 4096
    before = count(vm)
    vm.eval(f"{CIRCLES}(1_000)")
    assert count(vm) < before + 2_000


@pytest.mark.parametrize("threshold", [1.5, "1", True, [], b"1"])
def test_what_is_no_threshold(vm: VM, threshold: Any) -> None:
    with pytest.raises(TypeError, match="gc_threshold is a number of bytes"):
        vm.gc_threshold = threshold
    assert vm.gc_threshold == 262_144


@pytest.mark.parametrize("threshold", [-1, 1 << 32])
def test_threshold_out_of_range(vm: VM, threshold: int) -> None:
    with pytest.raises(ValueError, match="gc_threshold must be between 0 and 4294967295 bytes"):
        vm.gc_threshold = threshold
    assert vm.gc_threshold == 262_144


@pytest.mark.parametrize("threshold", [12_345, None])
def test_threshold_is_in_the_snapshot(threshold: int | None) -> None:
    vm = VM()
    vm.gc_threshold = threshold
    with moved(vm) as restored:
        assert restored.gc_threshold == threshold


def test_collecting_in_a_host_function(vm: VM) -> None:
    vm.gc_threshold = None
    vm.expose("collect", vm.run_gc)
    before = count(vm)
    vm.eval(f"{CIRCLES}(20); collect()")
    assert count(vm) == before
