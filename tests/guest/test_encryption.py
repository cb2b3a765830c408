"""Encrypted snapshots: what the document says, and that nothing can be changed, left out or put together anew."""

from __future__ import annotations

import random
import secrets
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import encrypted_snapshot
import msgspec
import pytest
import snapshot_parser
from cryptography.exceptions import InvalidTag
from encrypted_snapshot import CHUNK, HEADER, TAG, chunks, decrypt, encrypt, patched, repaired, with_chunks

import snapjs
from snapjs import VM, Intrinsics, Snapshot, SnapshotFormatError

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
CANNOT_BE_DECRYPTED = "cannot be decrypted: key= is not the key that it was encrypted with, or it was changed"


@cache
def small() -> Snapshot:
    """Of a VM that has run nothing."""
    with VM(intrinsics=Intrinsics(0), web=False, clock=0, seed=1) as vm:
        return vm.snapshot()


@cache
def program() -> Snapshot:
    """Of a program with secrets in its heap, in its pending call, and in the name of a host function."""
    with VM(clock=0, seed=1, functions={"unlock_the_vault": snapjs.pending}) as vm:
        vm.eval("const word = 'open sesame'; unlock_the_vault('forty thieves'); 0")
        return vm.snapshot()


@cache
def delta() -> Snapshot:
    with VM.restore(program()) as vm:
        vm.eval("var later = 'ali baba'")
        return vm.snapshot(base=program())


@cache
def large() -> Snapshot:
    """Of more than 3 MiB that do not compress."""
    with VM(clock=0, seed=1) as vm:
        vm.globals["big"] = random.Random(1).randbytes(3_300_000)
        return vm.snapshot()


@cache
def sealed() -> bytes:
    """The large one in four chunks."""
    data = large().to_bytes(key=KEY)
    assert len(chunks(data)) == 4
    return data


def assert_refused(data: bytes, match: str | None = CANNOT_BE_DECRYPTED) -> None:
    with pytest.raises(SnapshotFormatError, match=match):
        Snapshot.from_bytes(data, key=KEY)


def forged(name_length: int, *, compress: bool) -> bytes:
    """The small one, with the name of a host function in its metadata that nobody has exposed."""
    parsed = snapshot_parser.parse(small().to_bytes(compress=compress))
    parsed.metadata["functions"] = ["n" * name_length]
    return parsed.to_bytes()


def of_length(length: int) -> bytes:
    """A snapshot, not encrypted, with so many bytes behind its header."""
    parsed = snapshot_parser.parse(large().to_bytes(compress=False))
    parsed.pages = dict(list(parsed.pages.items())[: 200 * length // CHUNK])
    parsed.metadata["functions"] = ["n" * 65536]
    parsed.metadata["functions"] = ["n" * (65536 + length - (len(parsed.to_bytes()) - HEADER))]
    data = parsed.to_bytes()
    assert len(data) == HEADER + length
    return data


# ---- the document


@pytest.mark.parametrize("embed_engine", [False, True])
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("make", [small, program, delta, large])
def test_the_document_describes_the_encryption(
    make: Callable[[], Snapshot], compress: bool, embed_engine: bool
) -> None:
    options = {"compress": compress, "embed_engine": embed_engine}
    assert decrypt(make().to_bytes(key=KEY, **options), KEY) == make().to_bytes(**options)


@pytest.mark.parametrize("make", [small, program, large])
def test_what_the_document_says_is_enough_to_encrypt_a_snapshot(make: Callable[[], Snapshot]) -> None:
    data = encrypt(make().to_bytes(), KEY, secrets.token_bytes(32))
    assert Snapshot.from_bytes(data, key=KEY) == make()


def test_the_documents_reader_refuses_another_key() -> None:
    with pytest.raises(InvalidTag):
        decrypt(small().to_bytes(key=KEY), OTHER_KEY)


def test_header_says_that_it_is_encrypted_and_how_long_its_plain_text_is() -> None:
    plain, data = program().to_bytes(), program().to_bytes(key=KEY)
    assert (plain[10], data[10]) == (1, 3)
    assert data[12:96] == plain[12:96]
    assert len(data) == len(plain) + TAG


# ---- there and back


@pytest.mark.parametrize("compress", [True, False])
def test_what_was_encrypted_is_read(compress: bool) -> None:
    read = Snapshot.from_bytes(program().to_bytes(key=KEY, compress=compress), key=KEY)
    assert read == program()
    assert [(call.name, call.args) for call in read.pending] == [("unlock_the_vault", ("forty thieves",))]
    with VM.restore(read, functions={"unlock_the_vault": snapjs.pending}) as vm:
        assert vm.eval("word") == "open sesame"


def test_delta_is_encrypted_and_read_with_its_base() -> None:
    read = Snapshot.from_bytes(delta().to_bytes(key=KEY), base=program(), key=KEY)
    assert read == delta()
    with VM.restore(read) as vm:
        assert vm.eval("word + later") == "open sesameali baba"


def test_delta_says_that_it_needs_its_base_once_it_is_decrypted() -> None:
    assert_refused(delta().to_bytes(key=KEY), match=f"give the snapshot {program().id} as base=")


def test_embedded_engine_is_encrypted_too() -> None:
    plain, data = small().to_bytes(embed_engine=True), small().to_bytes(embed_engine=True, key=KEY)
    assert plain.count(b"\x28\xb5\x2f\xfd") >= 2
    assert data.count(b"\x28\xb5\x2f\xfd") == 0
    assert Snapshot.from_bytes(data, key=KEY) == small()


def test_file_is_encrypted_and_loaded(tmp_path: Path) -> None:
    path, seen = tmp_path / "large.snapjs", []
    large().save(path, key=KEY)
    assert path.stat().st_size > 3 * CHUNK
    assert Snapshot.load(path, key=KEY, progress=lambda done, total: seen.append((done, total))) == large()
    assert seen[-1][0] == seen[-1][1] > 3_000_000
    assert Snapshot.from_bytes(path.read_bytes(), key=KEY) == large()


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_key_is_any_object_of_bytes(kind: Callable[[bytes], Any]) -> None:
    assert Snapshot.from_bytes(small().to_bytes(key=kind(KEY)), key=kind(KEY)) == small()


@pytest.mark.parametrize("beyond", [-1, 0, 1])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_plain_text_that_ends_at_a_chunks_border(count: int, beyond: int) -> None:
    plain = of_length(count * CHUNK + beyond)
    chunks_needed = count + 1 if beyond > 0 else count
    snapshot = Snapshot.from_bytes(plain)
    data = snapshot.to_bytes(compress=False, key=KEY)
    assert len(data) == len(plain) + chunks_needed * TAG
    assert decrypt(data, KEY) == plain
    assert Snapshot.from_bytes(data, key=KEY) == snapshot


def test_last_chunk_may_be_empty() -> None:
    plain = of_length(2 * CHUNK)
    data = encrypt(plain, KEY, bytes(32), empty_last=True)
    assert [len(chunk) for chunk in chunks(data)] == [CHUNK + TAG, CHUNK + TAG, TAG]
    assert Snapshot.from_bytes(data, key=KEY) == Snapshot.from_bytes(plain)


# ---- secrecy


def test_two_encryptions_of_one_snapshot_have_nothing_in_common() -> None:
    first, second = program().to_bytes(key=KEY), program().to_bytes(key=KEY)
    assert first[96:128] != second[96:128]
    blocks = {first[start : start + 8] for start in range(HEADER, len(first) - 8)}
    assert not blocks & {second[start : start + 8] for start in range(HEADER, len(second) - 8)}


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("secret", [b"unlock_the_vault", b"open sesame", b"forty thieves", b"created_at"])
def test_nothing_of_the_plain_text_is_in_it(secret: bytes, compress: bool) -> None:
    assert secret in program().to_bytes(compress=False)
    assert secret not in program().to_bytes(compress=compress, key=KEY)


# ---- keys


def test_without_a_key_it_says_to_give_one() -> None:
    with pytest.raises(SnapshotFormatError, match="the snapshot is encrypted: give key="):
        Snapshot.from_bytes(small().to_bytes(key=KEY))


def test_another_key_is_refused() -> None:
    with pytest.raises(SnapshotFormatError, match=CANNOT_BE_DECRYPTED):
        Snapshot.from_bytes(small().to_bytes(key=KEY), key=OTHER_KEY)


def test_key_for_a_snapshot_that_is_not_encrypted_is_refused() -> None:
    assert_refused(small().to_bytes(), match="the snapshot is not encrypted, and key= says that it should be")


def with_key(key: Any, path: Path) -> list[Callable[[], object]]:
    path.write_bytes(small().to_bytes(key=KEY))
    data = path.read_bytes()
    return [
        lambda: small().to_bytes(key=key),
        lambda: small().save(path.with_name("new"), key=key),
        lambda: Snapshot.from_bytes(data, key=key),
        lambda: Snapshot.load(path, key=key),
    ]


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_key_of_another_length_says_where_to_get_one(size: int, tmp_path: Path) -> None:
    for use in with_key(bytes(size), tmp_path / "small"):
        with pytest.raises(ValueError, match=f"key= takes 32 bytes, not {size}: take them from secrets.token_bytes"):
            use()
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


@pytest.mark.parametrize("key", ["k" * 32, 32, True, [0] * 32])
def test_key_of_another_type_is_a_type_error(key: object, tmp_path: Path) -> None:
    for use in with_key(key, tmp_path / "small"):
        with pytest.raises(TypeError, match=f"key= takes 32 bytes, not {type(key).__name__}"):
            use()
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_without_the_package_cryptography_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = with_key(KEY, tmp_path / "small")
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for use in uses:
        with pytest.raises(ImportError, match=r"pip install 'snapjs\[encryption\]'"):
            use()
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    assert Snapshot.from_bytes(small().to_bytes()) == small()


# ---- tampering, each time with a checksum that fits


def test_any_byte_changed_is_refused() -> None:
    data = small().to_bytes(key=KEY)
    for position in range(len(data)):
        changed = patched(data, position, bytes([data[position] ^ 1]))
        # Magic, format and flags are looked at before the encryption, and the last two fields were repaired.
        if HEADER > position >= 128:
            assert changed == data
        else:
            assert_refused(changed, match=None if position < 12 else CANNOT_BE_DECRYPTED)


def test_truncated_at_any_length_is_refused() -> None:
    data = small().to_bytes(key=KEY)
    for length in range(HEADER, len(data)):
        assert_refused(repaired(data[:length]))


@pytest.mark.parametrize("lost", [1, TAG - 1, TAG, TAG + 1])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_truncated_near_a_chunks_border_is_refused(count: int, lost: int) -> None:
    assert_refused(repaired(sealed()[: min(HEADER + count * (CHUNK + TAG), len(sealed())) - lost]))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_truncated_at_a_chunks_border_is_refused(count: int) -> None:
    assert_refused(with_chunks(sealed(), chunks(sealed())[:count]))


@pytest.mark.parametrize("dropped", range(4))
def test_chunk_left_out_is_refused(dropped: int) -> None:
    parts = chunks(sealed())
    assert_refused(with_chunks(sealed(), parts[:dropped] + parts[dropped + 1 :]))


@pytest.mark.parametrize("doubled", range(4))
def test_chunk_repeated_is_refused(doubled: int) -> None:
    parts = chunks(sealed())
    assert_refused(with_chunks(sealed(), parts[: doubled + 1] + parts[doubled:]))


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2), (0, 2)])
def test_chunks_exchanged_are_refused(first: int, second: int) -> None:
    parts = chunks(sealed())
    parts[first], parts[second] = parts[second], parts[first]
    assert_refused(with_chunks(sealed(), parts))


@pytest.mark.parametrize("number", range(4))
def test_chunk_of_another_encryption_with_the_same_key_is_refused(number: int) -> None:
    parts, others = chunks(sealed()), chunks(large().to_bytes(key=KEY))
    parts[number] = others[number]
    assert_refused(with_chunks(sealed(), parts))


def test_header_of_another_snapshot_with_the_same_key_is_refused() -> None:
    assert_refused(repaired(program().to_bytes(key=KEY)[:HEADER] + small().to_bytes(key=KEY)[HEADER:]))


@pytest.mark.parametrize(
    ("start", "content"),
    [
        pytest.param(10, b"\x02", id="not compressed"),
        pytest.param(10, b"\x07", id="a delta"),
        pytest.param(12, b"\xff\0\0\0", id="metadata length"),
        pytest.param(16, b"\xff\0\0\0", id="engine length"),
        pytest.param(24, bytes(8), id="memory length"),
        pytest.param(32, bytes(32), id="engine"),
        pytest.param(64, bytes(range(32)), id="base"),
        pytest.param(96, bytes(range(32)), id="salt"),
    ],
)
def test_header_field_exchanged_is_refused(start: int, content: bytes) -> None:
    assert_refused(patched(program().to_bytes(key=KEY), start, content))


def test_base_exchanged_in_a_delta_is_refused() -> None:
    changed = patched(delta().to_bytes(key=KEY), 64, bytes.fromhex(small().id))
    with pytest.raises(SnapshotFormatError, match=CANNOT_BE_DECRYPTED):
        Snapshot.from_bytes(changed, key=KEY, base=small())


def test_mark_of_encryption_taken_away_is_refused() -> None:
    changed = patched(program().to_bytes(key=KEY), 10, b"\x01")
    assert_refused(changed, match="the snapshot is not encrypted, and key= says that it should be")
    with pytest.raises(SnapshotFormatError, match="metadata is not readable"):
        Snapshot.from_bytes(changed)


def test_plain_snapshot_with_the_mark_of_encryption_is_refused() -> None:
    assert_refused(patched(program().to_bytes(), 10, b"\x03"))


def test_damage_without_a_repaired_checksum_is_called_damage() -> None:
    data = bytearray(small().to_bytes(key=KEY))
    data[-1] ^= 1
    assert_refused(bytes(data), match="its checksum does not fit")


# ---- where reading is cut into pieces


@pytest.mark.parametrize("beyond", [-3, -2, -1])
@pytest.mark.parametrize(("key", "buffer"), [(KEY, 65536), (None, 8192)], ids=["encrypted", "plain"])
def test_memory_that_begins_at_the_end_of_a_buffer(key: bytes | None, buffer: int, beyond: int) -> None:
    header_and_frame = forged(65536, compress=True)
    metadata_length = int.from_bytes(header_and_frame[12:16], "little")
    plain = forged(65536 + buffer * -(-metadata_length // buffer) + beyond - metadata_length, compress=True)
    assert int.from_bytes(plain[12:16], "little") % buffer == buffer + beyond
    data = plain if key is None else encrypt(plain, key, bytes(32))
    assert Snapshot.from_bytes(data, key=key).id == small().id


def test_metadata_is_not_read_before_it_is_authenticated(monkeypatch: pytest.MonkeyPatch) -> None:
    data = small().to_bytes(key=KEY)
    decoded: list[bytes] = []
    decode = msgspec.msgpack.decode
    monkeypatch.setattr(msgspec.msgpack, "decode", lambda data, **rest: decoded.append(data) or decode(data, **rest))
    assert_refused(patched(data, len(data) - 1, bytes([data[-1] ^ 1])))
    assert decoded == []
    Snapshot.from_bytes(data, key=KEY)
    assert decoded == [encrypted_snapshot.decrypt(data, KEY)[HEADER:][: int.from_bytes(data[12:16], "little")]]
