"""TextDecoderStream and TextEncoderStream."""

from __future__ import annotations

import asyncio

import pytest
from moving import moved

from snapjs import VM, JSError

THROUGH = """
var through = async (stream, ...chunks) => Array.fromAsync(ReadableStream.from(chunks).pipeThrough(stream));
0
"""


def test_decoding_joins_a_character_that_is_cut(vm: VM) -> None:
    vm.eval(THROUGH)
    code = "await through(new TextDecoderStream(), new Uint8Array([0x61, 0xe2, 0x82]), new Uint8Array([0xac]).buffer)"
    assert asyncio.run(vm.eval_async(code)) == ["a", "€"]


def test_what_is_cut_at_the_end_is_replaced(vm: VM) -> None:
    vm.eval(THROUGH)
    assert asyncio.run(vm.eval_async("await through(new TextDecoderStream(), new Uint8Array([0xe2, 0x82]))")) == [
        "\ufffd"
    ]


def test_a_fatal_decoder_rejects_what_is_cut_at_the_end(vm: VM) -> None:
    vm.eval(THROUGH)
    with pytest.raises(JSError, match="TypeError"):
        asyncio.run(
            vm.eval_async("await through(new TextDecoderStream('utf-8', { fatal: true }), new Uint8Array([0xe2]))")
        )


def test_the_attributes_of_a_decoder(vm: VM) -> None:
    vm.eval("var stream = new TextDecoderStream('latin1', { ignoreBOM: 1 }); 0")
    assert vm.eval("[stream.encoding, stream.fatal, stream.ignoreBOM]") == ["windows-1252", False, True]


def test_an_unknown_label_is_a_range_error(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError"):
        vm.eval("new TextDecoderStream('klingon')")


@pytest.mark.parametrize("chunk", ["undefined", "null", "'text'", "1", "[1]"])
def test_a_decoder_takes_nothing_but_bytes(vm: VM, chunk: str) -> None:
    vm.eval(THROUGH)
    with pytest.raises(JSError, match="TypeError"):
        asyncio.run(vm.eval_async(f"await through(new TextDecoderStream(), {chunk})"))


def test_encoding_joins_a_surrogate_pair_that_is_cut(vm: VM) -> None:
    vm.eval(THROUGH)
    code = r"(await through(new TextEncoderStream(), 'a\ud83d', '\ude00')).map((chunk) => [...chunk])"
    assert asyncio.run(vm.eval_async(code)) == [[0x61], [0xF0, 0x9F, 0x98, 0x80]]


def test_half_a_pair_is_replaced(vm: VM) -> None:
    vm.eval(THROUGH)
    code = r"(await through(new TextEncoderStream(), '\ud83d', 'a\ud83d')).map((chunk) => [...chunk])"
    assert asyncio.run(vm.eval_async(code)) == [[0xEF, 0xBF, 0xBD, 0x61], [0xEF, 0xBF, 0xBD]]


def test_chunks_to_encode_are_converted_to_strings(vm: VM) -> None:
    vm.eval(THROUGH)
    code = "(await through(new TextEncoderStream(), 12, '', null)).map((chunk) => String.fromCharCode(...chunk))"
    assert asyncio.run(vm.eval_async(code)) == ["12", "null"]


def test_a_symbol_is_no_text(vm: VM) -> None:
    vm.eval(THROUGH)
    with pytest.raises(JSError, match="TypeError"):
        asyncio.run(vm.eval_async("await through(new TextEncoderStream(), Symbol())"))


def test_accessors_refuse_other_objects(vm: VM) -> None:
    for name in ("TextEncoderStream", "TextDecoderStream"):
        with pytest.raises(JSError, match="TypeError"):
            vm.eval(f"{name}.prototype.encoding")


def test_replaced_methods_are_not_called(vm: VM) -> None:
    vm.eval(THROUGH)
    code = """
        {
          const { enqueue } = TransformStreamDefaultController.prototype;
          TransformStreamDefaultController.prototype.enqueue = () => { throw new Error("mine"); };
          try {
            await through(new TextDecoderStream(), new Uint8Array([0x61]));
          } finally {
            TransformStreamDefaultController.prototype.enqueue = enqueue;
          }
        }
    """
    assert asyncio.run(vm.eval_async(code)) == ["a"]


def test_half_a_character_is_kept_in_a_snapshot(make_vm: type[VM]) -> None:
    first = make_vm()
    first.eval("""
        var stream = new TextDecoderStream(), writer = stream.writable.getWriter(), text = "";
        (async () => { for await (const chunk of stream.readable) text += chunk; })();
        writer.write(new Uint8Array([0xe2, 0x82]));
        0
    """)
    with moved(first) as vm:
        vm.eval("writer.write(new Uint8Array([0xac, 0x21])); writer.close(); 0")
        assert vm.eval("text") == "€!"
