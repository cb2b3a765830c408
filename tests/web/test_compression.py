"""CompressionStream and DecompressionStream, against Python's own zlib."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable

import pytest
from moving import moved

from snapjs import VM, JSError, MemoryLimitError

FORMATS = ["gzip", "deflate", "deflate-raw"]
WINDOW_BITS = {"gzip": 31, "deflate": 15, "deflate-raw": -15}
TEXT = json.dumps([{"id": number, "name": f"user {number * 7919 % 1000}"} for number in range(3000)]).encode()

HELPERS = """
var collect = async (readable) => {
  const parts = await Array.fromAsync(readable);
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};
var through = (stream, ...chunks) => collect(ReadableStream.from(chunks).pipeThrough(stream));
0
"""


@pytest.fixture
def vm(vm: VM) -> VM:
    vm.eval(HELPERS)
    return vm


def packed(data: bytes, name: str) -> bytes:
    compressor = zlib.compressobj(wbits=WINDOW_BITS[name])
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_compressed_can_be_decompressed_elsewhere(vm: VM, name: str) -> None:
    vm.globals["data"] = TEXT
    compressed = asyncio.run(vm.eval_async(f"await through(new CompressionStream('{name}'), data)"))
    assert len(compressed) < len(TEXT) / 5
    assert zlib.decompress(compressed, WINDOW_BITS[name]) == TEXT


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_compressed_elsewhere_is_decompressed(vm: VM, name: str) -> None:
    vm.globals["data"] = packed(TEXT, name)
    assert asyncio.run(vm.eval_async(f"await through(new DecompressionStream('{name}'), data)")) == TEXT


def test_chunks_of_any_kind_of_view(vm: VM) -> None:
    vm.globals["data"] = packed(b"some text", "gzip")
    code = """
        {
          const half = data.length >> 1;
          const chunks = [data.slice(0, 5).buffer, new DataView(data.buffer, data.byteOffset + 5, half - 5), data.subarray(half)];
          await through(new DecompressionStream("gzip"), new Uint8Array(), ...chunks)
        }
    """
    assert asyncio.run(vm.eval_async(code)) == b"some text"


def test_nothing_is_compressed_to_something(vm: VM) -> None:
    assert gzip.decompress(asyncio.run(vm.eval_async("await through(new CompressionStream('gzip'))"))) == b""


def test_the_same_bytes_at_any_time(vm: VM) -> None:
    code = "await through(new CompressionStream('gzip'), new Uint8Array([1, 2, 3]))"
    assert asyncio.run(vm.eval_async(code)).hex() == "1f8b080000000000000363646206001d80bc5503000000"


@pytest.mark.parametrize("argument", ["", "'GZIP'", "'br'", "undefined", "Symbol()"])
def test_unknown_formats_are_refused(vm: VM, argument: str) -> None:
    for name in ("CompressionStream", "DecompressionStream"):
        with pytest.raises(JSError, match="TypeError"):
            vm.eval(f"new {name}({argument})")


@pytest.mark.parametrize(
    "chunk", ["undefined", "'text'", "[1]", "new SharedArrayBuffer(1)", "new ArrayBuffer(1, { maxByteLength: 2 })"]
)
def test_chunks_that_are_no_bytes_are_refused(vm: VM, chunk: str) -> None:
    for stream in ("CompressionStream", "DecompressionStream"):
        with pytest.raises(JSError, match=f"TypeError: {stream}: the chunk is"):
            asyncio.run(vm.eval_async(f"await through(new {stream}('gzip'), {chunk})"))


def test_damaged_data(vm: VM) -> None:
    with pytest.raises(JSError, match="TypeError: the compressed data is not valid: incorrect header check"):
        asyncio.run(vm.eval_async("await through(new DecompressionStream('gzip'), new Uint8Array(20))"))


def test_a_wrong_checksum(vm: VM) -> None:
    vm.globals["data"] = packed(TEXT, "deflate")[:-1] + b"\0"
    with pytest.raises(JSError, match="TypeError: the compressed data is not valid: incorrect data check"):
        asyncio.run(vm.eval_async("await through(new DecompressionStream('deflate'), data)"))


@pytest.mark.parametrize("name", FORMATS)
def test_data_that_ends_too_early(vm: VM, name: str) -> None:
    vm.globals["data"] = packed(TEXT, name)[:-1]
    with pytest.raises(JSError, match="TypeError: the compressed data ends too early"):
        asyncio.run(vm.eval_async(f"await through(new DecompressionStream('{name}'), data)"))


def test_no_data_at_all_ends_too_early(vm: VM) -> None:
    with pytest.raises(JSError, match="TypeError: the compressed data ends too early"):
        asyncio.run(vm.eval_async("await through(new DecompressionStream('gzip'))"))


@pytest.mark.parametrize("extra", ["data, new Uint8Array(1)", "Uint8Array.of(...data, 0)"])
def test_what_follows_the_end_is_refused_after_the_data(vm: VM, extra: str) -> None:
    vm.globals["data"] = packed(b"some text", "gzip")
    code = f"""
        {{
          const reader = ReadableStream.from([{extra}]).pipeThrough(new DecompressionStream("gzip")).getReader();
          const {{ value }} = await reader.read();
          [value, await reader.read().catch(String)]
        }}
    """
    assert asyncio.run(vm.eval_async(code)) == [
        b"some text",
        "TypeError: there is data after the end of the compressed data",
    ]


def test_a_dictionary_is_refused(vm: VM) -> None:
    compressor = zlib.compressobj(zdict=b"some text")
    vm.globals["data"] = compressor.compress(b"some text") + compressor.flush()
    with pytest.raises(JSError, match="TypeError: the compressed data needs a dictionary"):
        asyncio.run(vm.eval_async("await through(new DecompressionStream('deflate'), data)"))


def test_accessors_refuse_other_objects(vm: VM) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.eval("Reflect.get(CompressionStream.prototype, 'readable', new DecompressionStream('gzip'))")


# ---- little data that becomes much

BOMB = packed(bytes(50_000_000), "gzip")


def test_data_is_decompressed_no_faster_than_it_is_read(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(memory_limit=4_000_000)
    vm.globals["bomb"] = BOMB
    code = """
        {
          let size = 0, longest = 0;
          for await (const chunk of ReadableStream.from([bomb]).pipeThrough(new DecompressionStream("gzip"))) {
            size += chunk.length;
            longest = Math.max(longest, chunk.length);
          }
          [size, longest]
        }
    """
    assert asyncio.run(vm.eval_async(code)) == [50_000_000, 65536]


@pytest.mark.abandons("the heap is full")
def test_what_is_read_and_kept_meets_the_memory_limit(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(memory_limit=4_000_000)
    vm.globals["bomb"] = BOMB
    with pytest.raises(MemoryLimitError):
        asyncio.run(
            vm.eval_async(
                "await Array.fromAsync(ReadableStream.from([bomb]).pipeThrough(new DecompressionStream('gzip')))"
            )
        )


def test_a_codec_counts_towards_the_memory_limit(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(memory_limit=4_000_000)
    with pytest.raises(MemoryLimitError):
        vm.eval("{ const streams = []; for (;;) streams.push(new CompressionStream('gzip')); }")


def test_a_cancelled_stream_gives_back_its_memory(vm: VM) -> None:
    vm.eval("var streams = Array.from({ length: 20 }, () => new CompressionStream('gzip')); 0")
    before = vm.memory_usage()["malloc_size"]
    vm.eval("for (const stream of streams) stream.readable.cancel(); 0")
    assert before - vm.memory_usage()["malloc_size"] > 20 * 250_000


# ---- saved in the middle


@pytest.mark.parametrize("name", FORMATS)
def test_a_half_fed_compression(make_vm: Callable[..., VM], name: str) -> None:
    vm = make_vm()
    vm.eval(HELPERS)
    vm.eval(f"var stream = new CompressionStream('{name}'), writer = stream.writable.getWriter(), out; 0")
    vm.eval("collect(stream.readable).then((bytes) => { out = bytes; }); 0")
    for start in range(0, len(TEXT), 40_000):
        vm.globals["data"] = TEXT[start : start + 40_000]
        vm.eval("writer.write(data); 0")
        vm = moved(vm)
    with vm:
        vm.eval("writer.close(); 0")
        assert zlib.decompress(vm.eval("out"), WINDOW_BITS[name]) == TEXT


def test_a_decompression_in_the_middle_of_a_chunk(make_vm: Callable[..., VM]) -> None:
    first = make_vm()
    first.globals["data"] = packed(TEXT * 3, "gzip")
    first.eval("""
        var reader = ReadableStream.from([data]).pipeThrough(new DecompressionStream("gzip")).getReader(), sizes = [];
        var read = () => reader.read().then(({ value, done }) => { sizes.push(done ? "end" : value.length); });
        delete globalThis.data;
        read();
        0
    """)
    assert first.eval("sizes") == [65536]
    vm = first
    for _ in range(6):
        vm = moved(vm)
        vm.eval("read(); 0")
    with vm:
        assert vm.eval("sizes") == [65536, 65536, 65536, 65536, 39536, "end", "end"]


@pytest.mark.keeps("Uint8Array")
def test_input_is_out_of_reach(vm: VM) -> None:
    """The stream copies a chunk, and not with what the program has put in the place of Uint8Array."""
    vm.eval("""
        const made = [];
        globalThis.Uint8Array = new Proxy(Uint8Array, {
            construct: (target, given) => made[made.push(Reflect.construct(target, given)) - 1],
        });
        const noise = new Uint32Array(100_000).map((_, i) => Math.imul(i, 0x9e3779b1) ^ Math.imul(i, i));
        const stream = new CompressionStream("deflate-raw"), writer = stream.writable.getWriter();
        const parts = [], reader = stream.readable.getReader();
        writer.write(noise);
        writer.close();
        reader.read().then(({ value }) => { parts.push(value); reader.releaseLock() });
    """)
    parts = asyncio.run(vm.eval_async("for await (const part of stream.readable) parts.push(part); parts"))
    assert vm.eval("made.length") == 0
    assert zlib.decompress(b"".join(parts), -15) == vm.eval("noise").tobytes()
