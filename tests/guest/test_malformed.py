"""Hostile input of every kind gets a typed error, and the process survives.

The default suite takes a few hundred examples; `-m slow` takes two thousand.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import snapjs
from snapjs import VM, SnapjsError, Snapshot, SnapshotError
from snapjs._guest import abi

FEW = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

STATUSES = set(abi.members(abi.Status).values())


def sample_snapshot() -> bytes:
    with VM(clock=0, seed=1, functions={"ask": snapjs.pending}) as vm:
        vm.eval("ask({ n: 1 }, () => 2); setTimeout(() => {}, 5); 0")
        return vm.snapshot().to_bytes()


def sample_messages() -> list[bytes]:
    """Valid messages of every extension, as the host sends them."""
    ext = msgspec.msgpack.Ext

    def pack(value: object) -> bytes:
        return msgspec.msgpack.encode(value)

    nested = pack([1, 2])
    return [
        pack([1, -1, 2**40, 1.5, "text", None, True, b"bytes", {"a": [1], "__proto__": 2}]),
        pack(
            [
                ext(0, b"\0"),
                ext(1, b"\xed\xa0\x80"),
                ext(2, b"\xff" * 20),
                ext(3, b"key"),
                ext(4, struct.pack("<d", 5e12)),
            ]
        ),
        pack([ext(5, pack(["a+", "g"])), ext(6, b"\x0b" + bytes(16)), ext(7, nested), ext(8, nested)]),
        pack([ext(9, pack([1, "Error", "text", ext(16, b"\0")])), [ext(14, struct.pack("<I", 0))]]),
        pack(
            [
                ext(18, struct.pack("<I", 1) + pack(["find", 0, "later", 1, "name", 2])),
                ext(18, struct.pack("<I", 1) + pack([])),
            ]
        ),
        pack([ext(12, struct.pack("<Q", 1 << 32)), ext(13, struct.pack("<I", 0)), ext(15, struct.pack("<I", 1))]),
    ]


def mutated(samples: list[bytes]) -> st.SearchStrategy[bytes]:
    """A sample with some bytes changed, cut or added; or any bytes at all."""

    @st.composite
    def build(draw: Callable[..., object]) -> bytes:
        data = bytearray(draw(st.sampled_from(samples)))  # type: ignore[arg-type]
        for position, byte in draw(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=4)):  # type: ignore[attr-defined]
            data[position % len(data)] = byte
        cut = draw(st.none() | st.integers(0, len(data)))
        return bytes(data[:cut]) + draw(st.binary(max_size=4))  # type: ignore[operator]

    return build() | st.binary(max_size=200)


TOKENS = """
    var let const function class => ( ) { } [ ] ; , . ... ?. ?? ** `${ `} /a/ 'a' 1n 0x async await yield * import export new super
    this eval arguments /* // <!-- #! @ \\u{1F600} delete typeof in of instanceof with label:
"""
TOKEN_LIST = [*TOKENS.split(), "\u2028", "\ud800"]
SNAPSHOTS = mutated([sample_snapshot()])
MESSAGES = mutated(sample_messages())
SOURCES = st.text(max_size=200) | st.lists(
    st.sampled_from(TOKEN_LIST),
    max_size=40,
).map(" ".join)


def try_snapshot(data: bytes) -> None:
    try:
        snapshot = Snapshot.from_bytes(data)
    except SnapshotError:
        return
    VM.restore(snapshot).close()


def try_messages(message: bytes) -> None:
    with VM(functions={"f": lambda *arguments: None}, memory_limit=64 << 20, timeout=5.0) as vm:
        handle = vm.eval("(function () { return arguments.length })")
        instance = vm._bridge.instance
        number = handle._live()
        for name, arguments in {
            "snap_call": (number, 0, 1),
            "snap_eval": (1, 0),
            "snap_eval_bytecode": (1, 0),
            "snap_wrap": (0,),
            "snap_define": (1, 0),
            "snap_property_flags": (1,),
            "snap_descriptor": (1,),
            "snap_get": (0, 0),
            "snap_set": (0, 0),
            "snap_delete": (0,),
            "snap_host_function": (0, 0),
            "snap_pending_settle": (1, 0, 1),
            "snap_pending_new": (0,),
        }.items():
            instance.write(message)
            status = instance.exports[name](*arguments)
            if name not in ("snap_host_function", "snap_pending_new"):
                assert status & 0xFF in STATUSES  # the rest is a small integer
        assert vm.eval("6 * 7") == 42


def try_source(source: str) -> None:
    vm = VM(memory_limit=64 << 20, timeout=2.0, stdout=lambda text: None, stderr=lambda text: None)
    with vm, contextlib.suppress(SnapjsError):
        vm.eval(source)


@FEW
@given(SNAPSHOTS)
def test_damaged_snapshots_are_refused(data: bytes) -> None:
    try_snapshot(data)


@FEW
@given(MESSAGES)
def test_malformed_messages_are_refused_and_the_vm_goes_on(message: bytes) -> None:
    try_messages(message)


@FEW
@given(SOURCES)
def test_any_text_is_a_program_or_a_syntax_error(source: str) -> None:
    try_source(source)


@pytest.mark.slow
@MANY
@given(SNAPSHOTS)
def test_many_damaged_snapshots_are_refused(data: bytes) -> None:
    try_snapshot(data)


@pytest.mark.slow
@settings(MANY, max_examples=1000)
@given(MESSAGES)
def test_many_malformed_messages_are_refused_and_the_vm_goes_on(message: bytes) -> None:
    try_messages(message)


@pytest.mark.slow
@MANY
@given(SOURCES)
def test_many_texts_are_programs_or_syntax_errors(source: str) -> None:
    try_source(source)
