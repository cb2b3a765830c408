"""The bytes of a snapshot: docs/snapshot-format.md, and what is refused."""

from __future__ import annotations

import ctypes
import hashlib
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import snapshot_parser
import zstandard

import snapjs
from snapjs import VM, EngineMismatch, Snapshot, SnapshotFormatError
from snapjs._guest import abi
from snapjs._guest.engine import packaged

CLOCK = 1_700_000_000.0


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Of a program that waits for a call and a timer."""
    with VM(clock=CLOCK, seed=1, functions={"ask": snapjs.pending, "tools.fetch": snapjs.pending}) as vm:
        vm.eval(
            "const answer = ask('why', [1, 2]); setInterval(() => 0, 1500); let big = new Uint8Array(5000).fill(7); 0"
        )
        return vm.snapshot()


@pytest.fixture(scope="module")
def stored(snapshot: Snapshot) -> bytes:
    return snapshot.to_bytes()


@pytest.fixture
def parsed(snapshot: Snapshot) -> snapshot_parser.Parsed:
    return snapshot_parser.parse(snapshot.to_bytes(compress=False))


# ---- the document


@pytest.mark.parametrize("compress", [True, False])
def test_the_document_describes_the_bytes(snapshot: Snapshot, compress: bool) -> None:
    parsed = snapshot_parser.parse(snapshot.to_bytes(compress=compress))
    assert parsed.flags == int(compress)
    assert parsed.engine.hex() == packaged().sha256
    assert parsed.id == snapshot.id
    assert parsed.pages == {number: bytes(page) for number, page in snapshot.pages().items()}


def test_the_document_describes_the_metadata(parsed: snapshot_parser.Parsed, snapshot: Snapshot) -> None:
    metadata = parsed.metadata
    assert sorted(metadata) == [
        "abi", "base", "baseline", "created_at", "extensions", "functions",
        "intrinsics", "memory_size", "pending", "timers", "web",
    ]  # fmt: skip
    assert metadata["abi"] == 1
    assert metadata["functions"] == ["ask", "tools.fetch"]
    assert metadata["pending"] == [[1, "ask", msgspec.msgpack.encode(["why", [1, 2]]), False]]
    assert metadata["timers"] == [[1, CLOCK * 1000 + 1500, 1500.0]]
    assert metadata["memory_size"] == snapshot.size
    assert (metadata["extensions"], metadata["base"]) == ([], None)


def test_pages_are_ascending_and_not_of_the_stack(parsed: snapshot_parser.Parsed) -> None:
    numbers = list(parsed.pages)
    assert numbers == sorted(numbers)
    assert numbers[0] >= 2 * 1024 * 1024 // 4096


def test_what_the_document_says_is_enough_to_write_a_snapshot(
    parsed: snapshot_parser.Parsed, snapshot: Snapshot
) -> None:
    read = Snapshot.from_bytes(parsed.to_bytes())
    assert read.id == snapshot.id
    with VM.restore(read) as vm:
        assert vm.eval("big[4999]") == 7


# ---- damage


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("change", [0x01, pytest.param(0xFF, marks=pytest.mark.slow)])
def test_any_byte_changed_is_refused(compress: bool, change: int) -> None:
    with VM() as vm:
        data = bytearray(vm.snapshot().to_bytes(compress=compress))
    accepted = []
    for position in range(len(data)):
        data[position] ^= change
        try:
            Snapshot.from_bytes(data)
            accepted.append(position)
        except SnapshotFormatError:
            pass
        data[position] ^= change
    assert accepted == []


def test_truncated_at_any_length_is_refused(stored: bytes) -> None:
    for length in range(len(stored)):
        with pytest.raises(SnapshotFormatError, match=r"truncated|is empty"):
            Snapshot.from_bytes(stored[:length])


def test_bytes_too_many_are_refused(stored: bytes) -> None:
    with pytest.raises(SnapshotFormatError, match="bytes too many"):
        Snapshot.from_bytes(stored + b"\0")


def test_nothing_is_not_a_snapshot() -> None:
    with pytest.raises(SnapshotFormatError, match="is empty"):
        Snapshot.from_bytes(b"")


def test_something_else_is_not_a_snapshot() -> None:
    with pytest.raises(SnapshotFormatError, match="does not begin as a snapshot"):
        Snapshot.from_bytes(b"\x7fELF" + bytes(200))


def test_text_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="read from bytes, not from str"):
        Snapshot.from_bytes("snapjs\r\n")  # type: ignore[arg-type]


def test_a_newer_format_says_to_upgrade(parsed: snapshot_parser.Parsed) -> None:
    parsed.format = 2
    with pytest.raises(SnapshotFormatError, match=r"has format 2, .* reads format 1: upgrade snapjs"):
        Snapshot.from_bytes(parsed.to_bytes())


def test_line_ends_rewritten_are_refused(stored: bytes) -> None:
    with pytest.raises(SnapshotFormatError):
        Snapshot.from_bytes(stored.replace(b"\r\n", b"\n", 1))


def test_another_engine_is_named(parsed: snapshot_parser.Parsed) -> None:
    parsed.engine = bytes(range(32))
    with pytest.raises(EngineMismatch, match=parsed.engine.hex()) as caught:
        Snapshot.from_bytes(parsed.to_bytes())
    assert caught.value.engine == parsed.engine.hex()


# ---- right checksum, wrong content


def _set(**metadata: Any) -> Callable[[snapshot_parser.Parsed], None]:
    return lambda parsed: parsed.metadata.update(metadata)


def _drop(key: str) -> Callable[[snapshot_parser.Parsed], None]:
    return lambda parsed: parsed.metadata.__delitem__(key)


def _pages(change: Callable[[dict[int, bytes]], dict[int, bytes]]) -> Callable[[snapshot_parser.Parsed], None]:
    def apply(parsed: snapshot_parser.Parsed) -> None:
        parsed.pages = change(parsed.pages)

    return apply


def _memory(change: Callable[[bytes], bytes]) -> Callable[[snapshot_parser.Parsed], None]:
    def apply(parsed: snapshot_parser.Parsed) -> None:
        parsed.memory = change(parsed.memory)

    return apply


def _flags(parsed: snapshot_parser.Parsed) -> None:
    parsed.flags = 2


def _compressed(frame: bytes, length: int) -> Callable[[snapshot_parser.Parsed], None]:
    def apply(parsed: snapshot_parser.Parsed) -> None:
        parsed.flags, parsed.stored, parsed.memory_length = 1, frame, length

    return apply


ZEROS = zstandard.ZstdCompressor(level=1).compress(bytes(41_000_000))

WRONG = {
    "unknown flag": _flags,
    "pages out of order": _pages(lambda pages: dict(reversed(pages.items()))),
    "page twice": _memory(lambda memory: struct.pack("<2I", 600, 600) + bytes(8192)),
    "page beyond the memory": _pages(lambda pages: {**pages, 1 << 20: bytes(4096)}),
    "page of the stack": _pages(lambda pages: {0: bytes(4096), **pages}),
    "half a page": _memory(lambda memory: memory[:-2048]),
    "memory of half a wasm page": _set(memory_size=2_686_976 + 4096),
    "no memory": _set(memory_size=0),
    "negative memory": _set(memory_size=-65536),
    "huge memory": _set(memory_size=1 << 40),
    "memory beyond 64 bits": _set(memory_size=(1 << 64) - 65536),
    "memory as a float": _set(memory_size=2_686_976.0),
    "another abi": _set(abi=2),
    "extensions": _set(extensions=[{"name": "url"}]),
    "a base": _set(base="0" * 64),
    "unknown key": _set(more=1),
    "missing key": _drop("timers"),
    "baseline as a number": _set(baseline=1),
    "functions of numbers": _set(functions=[1]),
    "pending of two": _set(pending=[[1, "ask"]]),
    "pending arguments that are no message": _set(pending=[[1, "ask", b"\xc1", False]]),
    "pending arguments that are no array": _set(pending=[[1, "ask", b"\x01", False]]),
    "pending arguments with an unknown extension": _set(pending=[[1, "ask", b"\x91\xd4\x63\x00", False]]),
    "pending arguments nested too deep": _set(pending=[[1, "ask", b"\x91" * 100_000 + b"\x01", False]]),
    "timer without a number": _set(timers=[[1, "soon", None]]),
    "timer at no time": _set(timers=[[1, float("nan"), None]]),
    "timer before time": _set(timers=[[1, -1e300, None]]),
    "interval without end": _set(timers=[[1, 0.0, float("inf")]]),
    "created at no time": _set(created_at=float("nan")),
    "created never": _set(created_at=1e300),
    "unknown intrinsics": _set(intrinsics=1 << 31),
    "negative intrinsics": _set(intrinsics=-1),
    "unknown web": _set(web=1 << 20),
    "no zstd frame": _compressed(b"memory", 4100),
    "empty frame": _compressed(b"", 4100),
    "frame of another size": _compressed(ZEROS, 4100),
    "frame smaller than claimed": _compressed(zstandard.ZstdCompressor().compress(bytes(4100)), 41_000_000),
    "frame that claims more than 4 GiB": _compressed(ZEROS, 1 << 62),
    "frame without its size": _compressed(
        zstandard.ZstdCompressor(write_content_size=False).compress(bytes(4100)), 4100
    ),
    "skippable frame": _compressed(b"\x50\x2a\x4d\x18\x04\0\0\0abcd", 0),
    "two frames": _compressed(zstandard.ZstdCompressor().compress(bytes(4100)) * 2, 4100),
    "more pages than memory": _compressed(ZEROS, 41_000_000),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_content_under_a_right_checksum_is_refused(parsed: snapshot_parser.Parsed, wrong: str) -> None:
    WRONG[wrong](parsed)
    with pytest.raises(SnapshotFormatError):
        Snapshot.from_bytes(parsed.to_bytes())


@pytest.mark.parametrize("metadata", [b"", b"\xc0", b"\x80", b"\x81", b"\xff" * 40, b"\x91" * 100_000], ids=range(6))
def test_metadata_that_is_no_map_is_refused(parsed: snapshot_parser.Parsed, metadata: bytes) -> None:
    with pytest.raises(SnapshotFormatError, match="metadata"):
        Snapshot.from_bytes(parsed.to_bytes(metadata=metadata))


def test_another_baseline_is_refused(parsed: snapshot_parser.Parsed) -> None:
    parsed.metadata["baseline"] = "0" * 64
    with pytest.raises(SnapshotFormatError, match="baseline"):
        Snapshot.from_bytes(parsed.to_bytes())


def test_less_memory_than_the_baseline_is_refused(parsed: snapshot_parser.Parsed) -> None:
    parsed.metadata["memory_size"] = 65536
    parsed.memory = b""
    with pytest.raises(SnapshotFormatError, match="smaller than an engine's"):
        Snapshot.from_bytes(parsed.to_bytes())


def test_more_memory_than_the_limit_is_a_memory_limit_error(parsed: snapshot_parser.Parsed) -> None:
    parsed.metadata["memory_size"] = 1 << 32
    read = Snapshot.from_bytes(parsed.to_bytes())
    with pytest.raises(snapjs.MemoryLimitError):
        VM.restore(read, memory_limit=1 << 20)


def _use(vm: VM) -> None:
    """What somebody does with a restored VM."""
    vm.eval("[typeof answer, String(big), JSON.stringify({a: [1, 2]})].length")
    vm.run_until_idle()
    for call in vm.pending:
        call.resolve(1)
    vm.eval("new Array(100).fill('x').map(c => c + 1).sort().join('')")


def _control_address() -> int:
    with VM() as vm:
        return vm._bridge.instance.baseline.control


@pytest.mark.parametrize("word", range(0, ctypes.sizeof(abi.Control), 4))
@pytest.mark.parametrize("value", [0xFFFFFFFF, 0x00400000, 1], ids=hex)
def test_a_control_block_of_garbage_is_contained(parsed: snapshot_parser.Parsed, word: int, value: int) -> None:
    _patch(parsed, _control_address() + word, value.to_bytes(4, "little"))
    _restore_and_use(parsed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300))
def test_memory_of_garbage_is_contained(parsed: snapshot_parser.Parsed, seed: int) -> None:
    noise = hashlib.sha512(str(seed).encode()).digest()
    numbers = list(parsed.pages)
    for i in range(4):
        page = numbers[int.from_bytes(noise[8 * i : 8 * i + 2], "little") % len(numbers)]
        offset = int.from_bytes(noise[8 * i + 2 : 8 * i + 4], "little") % 4096 & ~3
        _patch(parsed, page * 4096 + offset, noise[8 * i + 4 : 8 * i + 8])
    _restore_and_use(parsed)


def _patch(parsed: snapshot_parser.Parsed, address: int, content: bytes) -> None:
    pages = parsed.pages
    page = bytearray(pages.get(address // 4096, bytes(4096)))
    page[address % 4096 : address % 4096 + len(content)] = content
    pages[address // 4096] = bytes(page)
    parsed.pages = dict(sorted(pages.items()))


def _restore_and_use(parsed: snapshot_parser.Parsed) -> None:
    read = Snapshot.from_bytes(parsed.to_bytes())
    try:
        with VM.restore(read, timeout=2, clock=CLOCK, memory_limit=64 << 20) as vm:
            _use(vm)
    except (snapjs.SnapjsError, KeyError):
        pass  # KeyError: the call that was listed is not there
    with VM() as vm:
        assert vm.eval("1 + 1") == 2


# ---- facts


def test_facts(snapshot: Snapshot) -> None:
    assert snapshot.engine == packaged().sha256
    assert len(snapshot.id) == 64
    assert snapshot.size % 65536 == 0
    assert snapshot.functions == ["ask", "tools.fetch"]
    assert snapshot.pending == [snapjs.SavedCall(1, "ask", ("why", [1, 2]))]
    assert snapshot.timers == [snapjs.Timer(1, datetime.fromtimestamp(CLOCK + 1.5, UTC), 1.5)]
    assert snapshot.extensions == []
    assert snapshot.base is None


def test_created_at_is_now() -> None:
    before = datetime.now(UTC)
    with VM() as vm:
        snapshot = vm.snapshot()
    assert before <= snapshot.created_at <= datetime.now(UTC)


def test_timers_are_in_the_order_in_which_they_fire() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval("setTimeout(() => 0, 500); setTimeout(() => 0, 100); setTimeout(() => 0, 100)")
        assert [timer.id for timer in vm.snapshot().timers] == [2, 3, 1]


def test_a_timer_in_the_far_future_can_be_listed() -> None:
    with VM(clock=CLOCK) as vm:
        vm.eval("setTimeout(() => 0, 1e300)")
        snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())
    assert [timer.deadline.year for timer in snapshot.timers] == [9999]


def test_references_among_the_arguments_show_as_descriptions() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval("ask(() => 1, Promise.resolve(), new (class A {}), 1, ask)")
        assert repr(vm.snapshot().pending[0].args) == "(<function>, <promise>, <object>, 1, <host function>)"


def test_the_repr_names_what_it_waits_for(snapshot: Snapshot) -> None:
    assert repr(snapshot) == f"<Snapshot {snapshot.id[:12]} of {snapshot.size} bytes, waiting for ask#1>"


def test_a_notebook_shows_a_table_in_which_names_are_only_text() -> None:
    with VM(functions={"<b>": snapjs.pending}) as vm:
        vm.eval("globalThis['<b>'](); 0")
        table = vm.snapshot()._repr_html_()
    assert table.startswith("<table><tr><th>snapshot</th><td>")
    assert "<tr><th>waiting for</th><td>&lt;b&gt;#1</td></tr>" in table


def test_equal_states_are_equal() -> None:
    snapshots = []
    for _ in range(2):
        with VM(clock=CLOCK, seed=1) as vm:
            snapshots.append(vm.snapshot())
    assert snapshots[0] == snapshots[1]
    assert hash(snapshots[0]) == hash(snapshots[1])
    assert snapshots[0] != "snapshot"


def test_a_fresh_vm_is_small() -> None:
    with VM() as vm:
        assert len(vm.snapshot().to_bytes()) <= 32 * 1024
