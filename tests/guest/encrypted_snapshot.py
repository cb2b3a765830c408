"""Encrypts and decrypts snapshots by docs/snapshot-format.md alone: nothing here knows snapjs."""

from __future__ import annotations

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HEADER = 168
CHUNK = 1 << 20
TAG = 16
_FLAGS, _SALT, _FACTS_END = slice(10, 12), slice(96, 128), 128
_ENCRYPTED = 2


def repaired(data: bytes) -> bytes:
    """The snapshot with a stored length and a checksum that fit."""
    body = data[HEADER:]
    facts = data[:_FACTS_END] + struct.pack("<Q", len(body))
    return facts + hashlib.sha256(body + facts).digest() + body


def patched(data: bytes, start: int, content: bytes) -> bytes:
    """The snapshot with other bytes at this place, and a checksum that fits."""
    return repaired(data[:start] + content + data[start + len(content) :])


def chunks(data: bytes) -> list[bytes]:
    """The sealed chunks of an encrypted snapshot."""
    return [data[start : start + CHUNK + TAG] for start in range(HEADER, len(data), CHUNK + TAG)]


def with_chunks(data: bytes, sealed: list[bytes]) -> bytes:
    """An encrypted snapshot with these chunks in place of its own."""
    return repaired(data[:HEADER] + b"".join(sealed))


def decrypt(data: bytes, key: bytes) -> bytes:
    """The same snapshot, not encrypted. Raises InvalidTag when a chunk is not what was sealed."""
    salt, facts, sealed = data[_SALT], data[:_FACTS_END], chunks(data)
    cipher = _cipher(key, salt)
    last = len(sealed) - 1
    plain = b"".join(
        cipher.decrypt(_nonce(number, number == last), chunk, facts) for number, chunk in enumerate(sealed)
    )
    return repaired(_header(data, flags=_flags(data) & ~_ENCRYPTED, salt=bytes(32)) + plain)


def encrypt(data: bytes, key: bytes, salt: bytes, *, empty_last: bool = False) -> bytes:
    """The same snapshot, encrypted.

    :param empty_last: the last chunk is an empty one.
    """
    header = _header(data, flags=_flags(data) | _ENCRYPTED, salt=salt)
    cipher = _cipher(key, salt)
    plain = [data[start : start + CHUNK] for start in range(HEADER, len(data), CHUNK)] + [b""] * empty_last
    last = len(plain) - 1
    return with_chunks(
        header,
        [
            cipher.encrypt(_nonce(number, number == last), part, header[:_FACTS_END])
            for number, part in enumerate(plain)
        ],
    )


def _flags(data: bytes) -> int:
    return int.from_bytes(data[_FLAGS], "little")


def _header(data: bytes, *, flags: int, salt: bytes) -> bytes:
    return data[:10] + flags.to_bytes(2, "little") + data[12:96] + salt + bytes(40)


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    # RFC 5869, for as many bytes as one hash has
    extracted = hmac.digest(salt, key, "sha256")
    return AESGCM(hmac.digest(extracted, b"snapjs snapshot\x01", "sha256"))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
