"""What the fuzzer's bytes are to the reader of snapshots, and what is done with what it has read.

An input is a byte that says what the rest stands for, a byte of options, and the rest. Damage alone would end at the
checksum, so most kinds get one that fits; and what is to be damaged stands in the input as it is read at the end, not
compressed and not encrypted. What depends on the engine is a placeholder, so that inputs outlive an engine.
"""

from __future__ import annotations

import io
import pickle
import struct
import tempfile
from collections.abc import Callable
from enum import IntFlag
from functools import cache
from typing import Any, Final

import msgspec
import zstandard
from tests.guest.encrypted_snapshot import encrypt, repaired
from tests.guest.granted import ALLOWED, User
from tests.guest.snapshot_parser import Parsed, parse
from tests.unit.hostile_engine import Hostile, hostile, snapshot_of

import snapjs
from snapjs import VM, EngineMismatch, SnapjsError, Snapshot, SnapshotFormatError, TimeLimitError
from snapjs._core.grants import Grants

KEY: Final = bytes(range(32))
SALT: Final = b"salt" * 8


class Option(IntFlag):
    """The second byte of an input."""

    COMPRESSED = 1
    """its memory is compressed"""
    ENCRYPTED = 2
    """it is encrypted at the end"""
    KEY = 4
    """a key is given"""
    DELTA = 8
    """it takes the place of a delta, and is one"""
    BASE = 16
    """a base is given"""
    FILE = 32
    """it is loaded from a file"""


PROGRAM: Final = """
    var kept = { list: [1, { a: 'b' }], map: new Map([[1, 2]]), typed: new Uint8Array(9), when: new Date(0), big: 2n ** 99n }
    ask({ n: 1, e: new Error('x', { cause: [kept] }) }, () => 2, [kept, kept, /r/g, Symbol.for('s'), 'a\\ud800'])
    setTimeout(() => 3, 5)
    setInterval(() => { kept.list.push(4) }, 7)
    kept.user = user, user.later(user, [user])
    0
"""

OPERATIONS: Final[list[Callable[[VM], Any]]] = [
    lambda vm: vm.eval("kept"),
    lambda vm: vm.pending,
    lambda vm: [call.resolve(1) for call in vm.pending],
    lambda vm: vm.run_until_idle(),
    lambda vm: vm.realms,
    lambda vm: vm.memory_usage(),
    lambda vm: vm.gc(),
    lambda vm: vm.eval("[1, 2, 3].map(n => n + 1)"),
    lambda vm: vm.eval("user.greet(user)"),
    lambda vm: vm.eval("user.later(user.name)"),
    lambda vm: vm.snapshot().to_bytes(),
]


@cache
def base() -> Snapshot:
    with VM(clock=0, seed=1, functions={"ask": snapjs.pending}) as vm:
        return vm.snapshot()


@cache
def samples() -> tuple[bytes, bytes]:
    """A whole snapshot and a delta of :func:`base`, not compressed."""
    with VM.restore(base(), functions={"ask": snapjs.pending}, clock=0) as vm:
        vm._bridge.options.grants = grants = Grants()
        vm.globals["user"] = grants.grant(User(), ALLOWED)
        vm.eval(PROGRAM)
        return vm.snapshot().to_bytes(compress=False), vm.snapshot(base=base()).to_bytes(compress=False)


def sample(options: Option) -> Parsed:
    return parse(samples()[Option.DELTA in options])


@cache
def foreign_engine() -> Hostile:
    return hostile()


@cache
def placeholders() -> dict[bytes, bytes]:
    """What stands in inputs for what depends on the engine, which has as many bytes."""
    good = sample(Option.DELTA)
    return {
        b"<engine>" * 4: good.engine,
        b"<base..>" * 4: good.base,
        b"<baseln>" * 8: good.metadata["baseline"].encode(),
        b"<basehx>" * 8: good.metadata["base"].encode(),
    }


# ---- from an input to a snapshot


def made(data: bytes) -> tuple[bytes, Option]:
    """The bytes that an input stands for, and its options."""
    kind, options, rest = KINDS[data[0] % len(KINDS)], Option(data[1] & 63), data[2:]
    for placeholder, content in placeholders().items():
        rest = rest.replace(placeholder, content)
    snapshot = kind(rest, options)
    if Option.ENCRYPTED in options and kind is not as_it_is and len(snapshot) >= 168:
        snapshot = encrypt(snapshot, KEY, SALT)
    return snapshot, options


def as_it_is(rest: bytes, options: Option) -> bytes:
    return rest


def with_checksum(rest: bytes, options: Option) -> bytes:
    return repaired(rest.ljust(168, b"\0"))


def with_metadata(rest: bytes, options: Option) -> bytes:
    return assembled(sample(options), options, metadata=rest)


def with_memory(rest: bytes, options: Option) -> bytes:
    """The input has the length that the header says, the numbers and the pages."""
    good = sample(options)
    good.stored, good.memory_length = rest[8:], *struct.unpack("<Q", rest[:8].ljust(8, b"\0"))
    return assembled(good, options)


def with_other_bytes(rest: bytes, options: Option) -> bytes:
    """The input has places in the memory, and bytes that are put there."""
    good = sample(options)
    memory = bytearray(good.stored)
    for place, byte in struct.iter_unpack("<IB", rest[: len(rest) // 5 * 5]):
        memory[place % len(memory)] = byte
    good.stored = bytes(memory)
    return assembled(good, options)


def with_engine(rest: bytes, options: Option) -> bytes:
    return snapshot_of(rest, foreign_engine().memory)


def with_packed_engine(rest: bytes, options: Option) -> bytes:
    return snapshot_of(foreign_engine().wasm, foreign_engine().memory, packed=rest)


def with_frame(rest: bytes, options: Option) -> bytes:
    """The input has the length of the memory and what stands in place of its zstd frame."""
    good = sample(options)
    good.stored, good.memory_length = rest[8:], *struct.unpack("<Q", rest[:8].ljust(8, b"\0"))
    good.flags |= 1
    return good.to_bytes()


KINDS: Final = [
    as_it_is,
    with_checksum,
    with_metadata,
    with_memory,
    with_other_bytes,
    with_engine,
    with_packed_engine,
    with_frame,
]


def assembled(parsed: Parsed, options: Option, *, metadata: bytes | None = None) -> bytes:
    if Option.COMPRESSED in options:
        parsed.stored = zstandard.ZstdCompressor(level=1).compress(parsed.stored)
        parsed.flags |= 1
    return parsed.to_bytes(metadata=metadata)


# ---- what is done with it


def read(data: bytes, options: Option) -> Snapshot | None:
    arguments: dict[str, Any] = {}
    if Option.KEY in options:
        arguments["key"] = KEY
    if Option.BASE in options:
        arguments["base"] = base()
    try:
        if Option.FILE in options:
            with tempfile.NamedTemporaryFile(suffix=".snapshot") as file:
                file.write(data)
                file.flush()
                return Snapshot.load(file.name, **arguments)
        return Snapshot.from_bytes(data, **arguments)
    except (SnapshotFormatError, EngineMismatch):
        return None


def look_at(snapshot: Snapshot) -> None:
    """All that can be asked of a snapshot; and that it is the same when it has been written and read."""
    repr(snapshot), snapshot._repr_html_(), snapshot.created_at, snapshot.functions, snapshot.extensions
    repr(snapshot.pending), snapshot.timers, snapshot.engine, snapshot.size, hash(snapshot)
    for page in snapshot.pages().values():
        assert len(page) == 4096
    stored = snapshot.to_bytes(embed_engine=snapshot.has_foreign_engine, key=KEY)
    again = Snapshot.from_bytes(stored, base=base() if snapshot.base else None, key=KEY)
    assert again == snapshot
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
    assert repr(snapjs.diff(snapshot, again)) == repr(snapjs.diff(again, snapshot))


def restore(snapshot: Snapshot, is_forged: bool) -> None:
    """Go on with its program, as far as its heap allows."""
    # In a heap that was forged an export may give what no engine gives, and that is known not to be looked at:
    # test_result_of_another_shape.
    errors = Exception if is_forged else SnapjsError
    try:
        vm = VM.restore(
            snapshot, functions={"ask": snapjs.pending}, clock=0, timeout=0.05, memory_limit=32 << 20,
            stdout=io.StringIO(), stderr=io.StringIO(),
        )  # fmt: skip
    except errors:
        return
    with vm:
        for operation in OPERATIONS:
            try:
                operation(vm)
            except TimeLimitError:
                return  # the next would most likely take as long
            except errors:
                pass


def play(data: bytes) -> None:
    """One input. Raises when snapjs does anything but read it or refuse it."""
    if len(data) < 2:
        return
    snapshot = read(*made(data))
    if snapshot is not None:
        look_at(snapshot)
        restore(snapshot, is_forged=KINDS[data[0] % len(KINDS)] is not with_metadata)


# ---- where the fuzzer begins


def seeds() -> list[bytes]:
    """An input of each kind and option, read to its end."""
    found: list[bytes] = []
    for delta in (Option(0), Option.DELTA | Option.BASE):
        good = sample(delta)
        length = struct.pack("<Q", good.memory_length)
        metadata = msgspec.msgpack.encode(good.metadata)
        whole = assembled(sample(delta), Option.COMPRESSED)
        for options in (Option(0), Option.COMPRESSED, Option.COMPRESSED | Option.ENCRYPTED | Option.KEY, Option.FILE):
            found.append(_seed(with_metadata, options | delta, metadata))
            found.append(_seed(with_memory, options | delta, _few_pages(good)))
            found.append(_seed(with_other_bytes, options | delta, struct.pack("<IB", 70000, 1)))
            found.append(_seed(with_checksum, options | delta, whole))
        found.append(_seed(as_it_is, delta, whole))
        found.append(_seed(as_it_is, delta | Option.KEY, encrypt(whole, KEY, SALT)))
        found.append(_seed(with_frame, delta, length + zstandard.ZstdCompressor().compress(good.stored)))
    wasm = foreign_engine().wasm
    found.append(_seed(with_engine, Option(0), wasm))
    found.append(_seed(with_packed_engine, Option(0), zstandard.ZstdCompressor().compress(wasm)))
    return found


def _few_pages(parsed: Parsed) -> bytes:
    """What stands for the first two pages in an input :func:`with_memory`."""
    size = 8196 if parsed.flags & 4 else 4100
    pages = parsed.memory_length // size * 4
    return struct.pack("<Q", size * 2) + parsed.stored[:8] + parsed.stored[pages:][: (size - 4) * 2]


def _seed(kind: Callable[[bytes, Option], bytes], options: Option, rest: bytes) -> bytes:
    for placeholder, content in placeholders().items():
        rest = rest.replace(content, placeholder)
    return bytes([KINDS.index(kind), options]) + rest
