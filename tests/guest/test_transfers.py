"""Large binary data, which crosses beside the messages: the same values as small data, and nothing left behind."""

from __future__ import annotations

import array
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, ConversionError, Intrinsics, JSError, MemoryLimitError

MakeVM = Callable[..., VM]

MIB = 1 << 20
DATA = bytes(range(256)) * 4096
SUM = "data => { let sum = 0; for (const byte of data) sum = (sum * 31 + byte) % 65521; return sum }"


def checksum(data: bytes) -> int:
    total = 0
    for byte in data:
        total = (total * 31 + byte) % 65521
    return total


@pytest.mark.parametrize("size", [0, 16383, 16384, 32767, 32768, 200_001])
def test_bytes_go_in_and_out(vm: VM, size: int) -> None:
    data = DATA[:size]
    assert vm.eval(SUM)(data) == checksum(data)
    assert vm.eval("data => data")(data) == data
    assert vm.eval("data => data.buffer")(data) == data


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array.array("B", data)])
def test_every_kind_of_bytes_becomes_a_uint8_array(vm: VM, kind: Callable[[bytes], Any]) -> None:
    name, data = vm.eval("data => [data.constructor.name, data]")(kind(DATA))
    assert (name, data) == ("Uint8Array", DATA)


def test_arrays_of_numbers_keep_their_type(vm: VM) -> None:
    name, total, values = vm.eval("a => [a.constructor.name, a.reduce((x, y) => x + y), a]")(
        array.array("d", range(9000))
    )
    assert (name, total, values.format) == ("Float64Array", 40495500, "d")
    assert values.tolist() == list(range(9000))


def test_a_view_with_gaps_is_copied_as_it_looks(vm: VM) -> None:
    view = memoryview(array.array("i", range(40000)))[::2]
    assert vm.eval("a => [a.constructor.name, a.length, a[19999]]")(view) == ["Int32Array", 20000, 39998]


def test_several_in_one_message(vm: VM) -> None:
    assert vm.eval("(a, b, c) => [a.length, b.x[1].length, c, a[5], b.x[1][6]]")(DATA, {"x": [0, bytearray(DATA)]}, 7) == [
        MIB, MIB, 7, 5, 6,
    ]  # fmt: skip


def test_a_global_variable(vm: VM) -> None:
    vm.globals["data"] = DATA
    assert vm.globals["data"] == DATA
    assert vm.eval("data.subarray(3, 40003)") == DATA[3:40003]


def test_a_result_is_validated_by_its_type(vm: VM) -> None:
    vm.globals["data"] = DATA
    assert vm.eval("data", type=bytes) == DATA
    assert vm.eval("data", type=bytearray) == bytearray(DATA)
    with pytest.raises(ConversionError):
        vm.eval("data", type=int)


def test_what_has_come_out_does_not_change(vm: VM) -> None:
    vm.globals["data"] = DATA
    found = vm.globals["data"]
    vm.eval("data.fill(0)")
    assert found == DATA


def test_what_has_gone_in_does_not_change(vm: VM) -> None:
    data = bytearray(DATA)
    vm.globals["data"] = data
    data[0] = 77
    data.extend(b"x")
    assert vm.eval("data[0]") == 0


def test_a_buffer_that_came_in_is_as_any_other(vm: VM) -> None:
    vm.globals["data"] = DATA
    assert vm.eval("""
        (() => {
            const moved = data.buffer.transfer(2097152)
            const view = new Uint8Array(moved)
            return [data.length, moved.byteLength, view[255], view[1048575], view[1048576], moved.slice(0, 3).byteLength]
        })()
    """) == [0, 2 * MIB, 255, 255, 0, 3]


def test_a_host_function_takes_and_gives_bytes(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"twist": lambda data: bytes(data[::-1])})
    vm.globals["data"] = DATA
    assert vm.eval("twist(data)") == DATA[::-1]


def test_calls_inside_of_calls_keep_their_own_results(make_vm: MakeVM) -> None:
    vm: VM
    vm = make_vm(functions={"inner": lambda: len(vm.eval("new Uint8Array(50000).fill(1)"))})
    assert vm.eval("[inner(), 'text']") == [50000, "text"]
    assert vm.eval("inner(); new Uint8Array(70000).fill(2)") == b"\2" * 70000
    assert vm.eval("inner()") == 50000


@pytest.mark.parametrize("operation", ["result", "argument", "refused argument", "unused argument"])
def test_nothing_is_left_in_the_guest(vm: VM, operation: str) -> None:
    take = vm.eval("(...data) => data.length")

    def refused() -> None:
        with pytest.raises(ConversionError):
            take(DATA, object())

    operations: dict[str, Callable[[], object]] = {
        "result": lambda: vm.eval("new Uint8Array(1 << 20)"),
        "argument": lambda: take(DATA),
        "refused argument": refused,
        "unused argument": lambda: (vm._bridge.codec.encode(DATA), vm.eval("0")),  # and no message follows
    }
    operations[operation]()
    vm.run_gc()
    before, memory = vm.snapshot(), vm.statistics().linear_memory
    for _ in range(3):
        operations[operation]()
    vm.run_gc()
    assert vm.statistics().linear_memory == memory
    assert len(vm.snapshot(base=before).to_bytes()) < 20_000


def test_bytes_count_towards_the_memory_limit(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=4 * MIB)
    take = vm.eval("(...data) => data.length")
    assert take(DATA, DATA) == 2
    for _ in range(3):
        with pytest.raises(MemoryLimitError):
            take(DATA, DATA, DATA, DATA, DATA)
        assert take(DATA, DATA) == 2


def test_bytes_for_a_vm_without_typed_arrays() -> None:
    with (
        VM(intrinsics=Intrinsics.ALL & ~Intrinsics.TYPED_ARRAYS) as vm,
        pytest.raises(JSError, match="Uint8Array is not available here"),
    ):
        vm.eval("data => 1")(DATA)
