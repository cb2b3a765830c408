"""Bytes of buffers, typed arrays and views, in every state that a program can bring them into."""

from __future__ import annotations

import array
import math
import struct
from typing import Any

import pytest

from snapjs import VM, ConversionError, JSError

# ---- made by Python

DATA = [b"", b"\0", b"\0\1\xff", bytes(range(256)), b"x" * 1_000_000]


@pytest.mark.parametrize("data", DATA, ids=len)
def test_new_array_buffer(vm: VM, data: bytes) -> None:
    with vm.new_array_buffer(data) as handle:
        assert (handle.class_name, handle.is_array_buffer) == ("ArrayBuffer", True)
        assert vm.eval("buffer => buffer.byteLength")(handle) == len(data)
        assert handle.to_array_buffer() == handle.to_uint8_array() == data


@pytest.mark.parametrize("data", DATA, ids=len)
def test_new_uint8_array(vm: VM, data: bytes) -> None:
    with vm.new_uint8_array(data) as handle:
        assert (handle.class_name, handle.length) == ("Uint8Array", len(data))
        assert handle.to_array_buffer() == handle.to_uint8_array() == data


@pytest.mark.parametrize("make", ["new_array_buffer", "new_uint8_array"])
@pytest.mark.parametrize(
    "data",
    [
        b"abcd",
        bytearray(b"abcd"),
        memoryview(b"abcd"),
        memoryview(b"xaxbxcxd")[1::2],
        memoryview(array.array("I", struct.unpack("=I", b"abcd"))),
    ],
)
def test_all_kinds_of_bytes(vm: VM, make: str, data: Any) -> None:
    with getattr(vm, make)(data) as handle:
        assert handle.to_uint8_array() == b"abcd"


@pytest.mark.parametrize("make", ["new_array_buffer", "new_uint8_array"])
def test_bytes_are_copied(vm: VM, make: str) -> None:
    data = bytearray(b"before")
    with getattr(vm, make)(data) as handle:
        data[:] = b"behind"
        first = handle.to_uint8_array()
        vm.eval("value => { new Uint8Array(value.buffer ?? value)[0] = 66 }")(handle)
        assert (first, handle.to_uint8_array()) == (b"before", b"Before")


@pytest.mark.parametrize("make", ["new_array_buffer", "new_uint8_array"])
@pytest.mark.parametrize("data", [None, "text", 5, [1, 2], array.array("B", [1])])
def test_what_is_not_bytes(vm: VM, make: str, data: Any) -> None:
    with pytest.raises(ConversionError, match="binary data is bytes, bytearray or memoryview, not"):
        getattr(vm, make)(data)


# ---- typed arrays keep their kind

ARRAYS: dict[str, tuple[str, str, list[Any]]] = {
    "Int8Array": ("b", "[-128, 127, -1]", [-128, 127, -1]),
    "Uint8ClampedArray": ("B", "[0, 255, 7]", [0, 255, 7]),
    "Int16Array": ("h", "[-32768, 32767]", [-32768, 32767]),
    "Uint16Array": ("H", "[0, 65535]", [0, 65535]),
    "Int32Array": ("i", "[-2147483648, 5]", [-2147483648, 5]),
    "Uint32Array": ("I", "[4294967295, 5]", [4294967295, 5]),
    "BigInt64Array": ("q", "[-(2n ** 63n), 1n]", [-(2**63), 1]),
    "BigUint64Array": ("Q", "[2n ** 64n - 1n, 1n]", [2**64 - 1, 1]),
    "Float32Array": ("f", "[1.5, -0.25]", [1.5, -0.25]),
    "Float64Array": ("d", "[0.1, 1e300]", [0.1, 1e300]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_dump_of_a_typed_array(vm: VM, name: str) -> None:
    letter, code, values = ARRAYS[name]
    view = vm.dump(vm.eval_handle(f"new {name}({code})"))
    assert (view.format, view.tolist()) == (letter, values)


@pytest.mark.parametrize("name", ARRAYS)
def test_bytes_of_a_typed_array(vm: VM, name: str) -> None:
    letter, code, values = ARRAYS[name]
    handle = vm.eval_handle(f"new {name}({code})")
    expected = struct.pack(f"<{len(values)}{letter}", *values)
    assert handle.to_uint8_array() == handle.to_array_buffer() == expected


def test_half_floats(vm: VM) -> None:
    handle = vm.eval_handle("new Float16Array([1.5, -2])")
    view = vm.dump(handle)
    assert (view.format, view.tolist()) == ("f", [1.5, -2.0])
    assert handle.to_uint8_array() == struct.pack("<2e", 1.5, -2.0)


@pytest.mark.parametrize("name", ["Int8Array", "Int16Array", "BigInt64Array", "Float32Array"])
def test_typed_array_goes_back_as_its_kind(vm: VM, name: str) -> None:
    letter, _, values = ARRAYS[name]
    with vm.host_to_handle(memoryview(array.array(letter, values))) as handle:
        assert (handle.class_name, handle.length) == (name, len(values))


@pytest.mark.parametrize("code", ["new Float32Array([-0])", "new Float64Array([-0])"])
def test_negative_zero_in_a_typed_array(vm: VM, code: str) -> None:
    assert math.copysign(1, vm.dump(vm.eval_handle(code))[0]) == -1


# ---- what a view shows

VIEWS: dict[str, tuple[bytes, bytes]] = {
    "bytes.buffer": (b"\0\1\2\3\4\5\6\7", b"\0\1\2\3\4\5\6\7"),
    "bytes": (b"\0\1\2\3\4\5\6\7", b"\0\1\2\3\4\5\6\7"),
    "bytes.subarray(2, 5)": (b"\2\3\4", b"\0\1\2\3\4\5\6\7"),
    "new Uint8Array(bytes.buffer, 8)": (b"", b"\0\1\2\3\4\5\6\7"),
    "new Uint16Array(bytes.buffer, 2, 2)": (b"\2\3\4\5", b"\0\1\2\3\4\5\6\7"),
    "new DataView(bytes.buffer)": (b"\0\1\2\3\4\5\6\7", b"\0\1\2\3\4\5\6\7"),
    "new DataView(bytes.buffer, 3)": (b"\3\4\5\6\7", b"\0\1\2\3\4\5\6\7"),
    "new DataView(bytes.buffer, 3, 2)": (b"\3\4", b"\0\1\2\3\4\5\6\7"),
    "new DataView(bytes.buffer, 8, 0)": (b"", b"\0\1\2\3\4\5\6\7"),
    "bytes.slice(6)": (b"\6\7", b"\6\7"),
}


@pytest.mark.parametrize("code", VIEWS)
def test_view(vm: VM, code: str) -> None:
    handle = vm.eval_handle(f"{{ const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7); {code} }}")
    assert (handle.to_uint8_array(), handle.to_array_buffer()) == VIEWS[code]


SHARED = "const bytes = new Uint8Array(new SharedArrayBuffer(4)); bytes.set([1, 2, 3, 4])"


@pytest.mark.parametrize(
    ("code", "part"),
    [("bytes.buffer", b"\1\2\3\4"), ("bytes.subarray(1, 3)", b"\2\3"), ("new DataView(bytes.buffer, 2)", b"\3\4")],
)
def test_shared_memory(vm: VM, code: str, part: bytes) -> None:
    handle = vm.eval_handle(f"{{ {SHARED}; {code} }}")
    assert (handle.to_uint8_array(), handle.to_array_buffer()) == (part, b"\1\2\3\4")


def test_bytes_run_no_code(vm: VM) -> None:
    vm.eval("globalThis.ran = 0")
    handle = vm.eval_handle("""(() => {
        const bytes = Uint8Array.of(1, 2);
        for (const key of ["buffer", "byteOffset", "byteLength", "length", "constructor"])
            Object.defineProperty(bytes, key, { get() { ran++; return 99 } });
        return bytes;
    })()""")
    assert (handle.to_uint8_array(), handle.to_array_buffer(), handle.length) == (b"\1\2", b"\1\2", 2)
    assert vm.eval("ran") == 0


NO_BYTES = ["1", "'text'", "null", "undefined", "[1, 2]", "({ byteLength: 2 })", "new Map()", "Symbol()", "() => 1"]


@pytest.mark.parametrize("code", [*NO_BYTES, "new Proxy(new Uint8Array(2), {})", "Object.create(new Uint8Array(2))"])
def test_what_has_no_bytes(vm: VM, code: str) -> None:
    handle = vm.eval_handle(code)
    for convert in (handle.to_array_buffer, handle.to_uint8_array):
        with pytest.raises(ConversionError, match=r"has no bytes: take an ArrayBuffer, typed array or DataView\."):
            convert()


def test_what_has_no_bytes_is_named(vm: VM) -> None:
    with pytest.raises(ConversionError, match="This Map has no bytes"):
        vm.eval_handle("new Map()").to_uint8_array()
    with pytest.raises(ConversionError, match="This string has no bytes"):
        vm.eval_handle("'text'").to_uint8_array()


# ---- detached, resized, out of bounds


@pytest.mark.parametrize(
    "code", ["buffer", "new Uint8Array(buffer)", "new Uint16Array(buffer, 2, 1)", "new DataView(buffer, 1)"]
)
def test_detached_buffer_is_empty(vm: VM, code: str) -> None:
    vm.eval(f"globalThis.buffer = new ArrayBuffer(8); globalThis.view = {code}; globalThis.moved = buffer.transfer()")
    view, moved = vm.eval_handle("view"), vm.eval_handle("moved")
    assert (view.to_uint8_array(), view.to_array_buffer()) == (b"", b"")
    assert moved.to_uint8_array() == bytes(8)


def test_length_of_a_detached_typed_array(vm: VM) -> None:
    view = vm.eval_handle("{ const b = new ArrayBuffer(8); const view = new Uint8Array(b); b.transfer(); view }")
    assert view.length == 0


RESIZED: dict[str, tuple[str, bytes]] = {
    "buffer grown": ("new ArrayBuffer(2, { maxByteLength: 8 })|buffer|buffer.resize(4)", b"\1\1\0\0"),
    "buffer shrunk": ("new ArrayBuffer(4, { maxByteLength: 8 })|buffer|buffer.resize(2)", b"\1\1"),
    "tracking array grown": ("new ArrayBuffer(2, { maxByteLength: 8 })|new Uint8Array(buffer, 1)|buffer.resize(4)", b"\1\0\0"),
    "tracking array shrunk": ("new ArrayBuffer(4, { maxByteLength: 8 })|new Uint8Array(buffer, 1)|buffer.resize(2)", b"\1"),
    "tracking array outside": ("new ArrayBuffer(4, { maxByteLength: 8 })|new Uint8Array(buffer, 2)|buffer.resize(1)", b""),
    "fixed array shrunk": ("new ArrayBuffer(4, { maxByteLength: 8 })|new Uint8Array(buffer, 1, 2)|buffer.resize(2)", b""),
    "fixed array grown": ("new ArrayBuffer(4, { maxByteLength: 8 })|new Uint8Array(buffer, 1, 2)|buffer.resize(8)", b"\1\1"),
    "array of words": ("new ArrayBuffer(4, { maxByteLength: 8 })|new Uint16Array(buffer)|buffer.resize(7)", b"\1\1\1\1\0\0"),
    "fixed view outside": ("new ArrayBuffer(4, { maxByteLength: 8 })|new DataView(buffer, 1, 2)|buffer.resize(2)", b""),
    "tracking view grown": ("new ArrayBuffer(2, { maxByteLength: 8 })|new DataView(buffer, 1)|buffer.resize(4)", b"\1\0\0"),
    "tracking view shrunk": ("new ArrayBuffer(4, { maxByteLength: 8 })|new DataView(buffer, 1)|buffer.resize(2)", b"\1"),
    "shared memory grown": ("new SharedArrayBuffer(2, { maxByteLength: 8 })|new Uint8Array(buffer)|buffer.grow(4)", b"\1\1\0\0"),
    "tracking view at the end": ("new ArrayBuffer(4, { maxByteLength: 8 })|new DataView(buffer, 2)|buffer.resize(2)", b""),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "expected"), RESIZED.values(), ids=RESIZED)
def test_resized_buffer(vm: VM, steps: str, expected: bytes) -> None:
    buffer, view, resize = steps.split("|")
    handle = vm.eval_handle(
        f"{{ const buffer = {buffer}; new Uint8Array(buffer).fill(1); const view = {view}; {resize}; view }}"
    )
    assert handle.to_uint8_array() == expected


@pytest.mark.parametrize("size", [0, 1])
def test_tracking_view_that_begins_behind_the_end(vm: VM, size: int) -> None:
    handle = vm.eval_handle(
        "{ const buffer = new ArrayBuffer(4, { maxByteLength: 8 }); const view = new DataView(buffer, 2);"
        f" buffer.resize({size}); view }}"
    )
    assert handle.to_uint8_array() == b""


def test_transfer_to_fixed_length(vm: VM) -> None:
    handle = vm.eval_handle("new ArrayBuffer(4, { maxByteLength: 8 }).transferToFixedLength(2)")
    assert handle.to_array_buffer() == b"\0\0"


def test_two_megabytes(vm: VM) -> None:
    handle = vm.eval_handle("new Uint8Array(2_000_000).fill(7)")
    assert handle.to_uint8_array() == b"\7" * 2_000_000


def test_bytes_that_memory_does_not_hold(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError"):
        vm.eval_handle("new ArrayBuffer(2 ** 40)")
    assert vm.eval("1") == 1
