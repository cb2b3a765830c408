"""Blob and File."""

from __future__ import annotations

import asyncio

import pytest
from moving import moved

from snapjs import VM, JSError


def test_the_parts_of_a_blob(vm: VM) -> None:
    vm.eval(
        "var blob = new Blob(['aé', new Uint8Array([66, 67]).subarray(1), new Blob(['D']), 5], { type: 'Text/PLAIN' }); 0"
    )
    assert vm.eval("[blob.size, blob.type]") == [6, "text/plain"]
    assert asyncio.run(vm.eval_async("await blob.text()")) == "aéCD5"
    assert asyncio.run(vm.eval_async("[await blob.bytes(), await blob.arrayBuffer()]")) == ["aéCD5".encode()] * 2


def test_the_bytes_are_those_of_when_it_was_made(vm: VM) -> None:
    vm.eval("var bytes = new Uint8Array([65]), blob = new Blob([bytes]); bytes[0] = 66; 0")
    assert asyncio.run(vm.eval_async("(await blob.bytes())[0] = 67; await blob.text()")) == "A"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("", "012345"),
        ("2", "2345"),
        ("1, 3", "12"),
        ("-2", "45"),
        ("1, -1", "1234"),
        ("4, 2", ""),
        ("NaN, 99", "012345"),
    ],
)
def test_slice(vm: VM, arguments: str, text: str) -> None:
    vm.eval("var blob = new Blob(['01234', '5'], { type: 'a/b' }); 0")
    assert asyncio.run(vm.eval_async(f"await blob.slice({arguments}).text()")) == text
    assert vm.eval("[blob.slice().type, blob.slice(0, 1, 'C/D').type]") == ["", "c/d"]


def test_line_endings(vm: VM) -> None:
    code = "await new Blob(['a\\r\\nb\\rc\\n'], { endings: 'native' }).text()"
    assert asyncio.run(vm.eval_async(code)) == "a\nb\nc\n"


def test_a_file(vm: VM) -> None:
    vm.eval("var file = new File(['x'], 'a.txt', { type: 't/x', lastModified: 5 }); 0")
    assert vm.eval("[file.name, file.lastModified, file.type, file.size]") == ["a.txt", 5, "t/x", 1]
    assert vm.eval("[file instanceof Blob, String(file), String(new Blob())]") == [
        True,
        "[object File]",
        "[object Blob]",
    ]


def test_a_file_is_as_old_as_the_clock_says(timed: VM) -> None:
    assert timed.eval("new File([], 'new').lastModified") == 1_700_000_000_000


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("new Blob('x')", "Blob constructor: blobParts is not iterable"),
        ("new Blob([], { endings: 'x' })", 'Blob constructor: options, "endings" is "x", which is no EndingType'),
        ("new File([])", "File constructor: 2 arguments required, but only 1 present"),
        (
            "Object.getOwnPropertyDescriptor(Blob.prototype, 'size').get.call({})",
            "private class field '#bytes' does not exist",
        ),
    ],
)
def test_wrong_arguments(vm: VM, code: str, message: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(code)
    assert (caught.value.name, caught.value.message) == ("TypeError", message)


def test_a_wrong_receiver_rejects(vm: VM) -> None:
    with pytest.raises(JSError, match="TypeError"):
        asyncio.run(vm.eval_async("await Blob.prototype.text.call({})"))


def test_clones_are_files_with_the_same_bytes(vm: VM) -> None:
    vm.eval("var file = structuredClone({ file: new File(['x'], 'a.txt', { lastModified: 5 }) }).file; 0")
    assert vm.eval("[file instanceof File, file.name, file.lastModified]") == [True, "a.txt", 5]
    assert asyncio.run(vm.eval_async("await file.text()")) == "x"


def test_a_blob_lives_through_a_snapshot(vm: VM) -> None:
    vm.eval("var blob = new Blob(['abc']).slice(1), text = blob.text(); 0")
    with moved(vm) as restored:
        assert asyncio.run(restored.eval_async("[await text, await blob.text()]")) == ["bc", "bc"]


def test_a_stream_gives_the_bytes_in_pieces(vm: VM) -> None:
    vm.eval("var blob = new Blob([new Uint8Array(150_000)]); 0")
    code = "{ const sizes = []; for await (const chunk of blob.stream()) sizes.push(chunk.length); sizes }"
    assert asyncio.run(vm.eval_async(code)) == [65_536, 65_536, 18_928]


def test_a_half_read_stream_lives_through_a_snapshot(vm: VM) -> None:
    vm.eval("var reader = new Blob(['abcdef']).stream().getReader({ mode: 'byob' }); 0")
    assert asyncio.run(vm.eval_async("(await reader.read(new Uint8Array(4))).value")) == b"abcd"
    with moved(vm) as restored:
        assert asyncio.run(restored.eval_async("(await reader.read(new Uint8Array(4))).value")) == b"ef"
        assert asyncio.run(restored.eval_async("(await reader.read(new Uint8Array(4))).done")) is True
