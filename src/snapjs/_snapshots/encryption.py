"""Authenticated encryption of a stream, for snapshots.

The stream is cut into chunks, each sealed with AES-256-GCM under a key that is derived from the user's and a random
salt. A chunk's nonce is its number and whether it is the last, so that none can be left out, repeated or moved, and the
end cannot be cut off: the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, "Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol

from .._checks import KEY_SIZE, checked_encryption_key
from ..errors import SnapshotFormatError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_SIZE: Final = 32

_CHUNK: Final = 1 << 20
_TAG: Final = 16
_PURPOSE: Final = b"snapjs snapshot"


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> Any: ...


def checked_key(key: bytes | None) -> bytes | None:
    """The argument ``key=``: a key for encryption, or ``None``."""
    return None if key is None else checked_encryption_key("key=", key)


class Sealing:
    """Encrypts what is written to it.

    :param sink: where the chunks go.
    :param key: of the user, 32 bytes.
    :param salt: 32 random bytes, never used with this key before.
    :param associated: what else the reader must have; not encrypted.
    :raises ImportError: the package ``cryptography`` is not installed.
    """

    def __init__(self, sink: Sink, key: bytes, salt: bytes, associated: bytes) -> None:
        self._sink = sink
        self._cipher = _cipher(key, salt)
        self._associated = associated
        self._waiting = bytearray()
        self._count = 0

    def write(self, data: bytes | memoryview) -> None:
        """Encrypt more."""
        self._waiting += data
        while len(self._waiting) > _CHUNK:  # a chunk that is just full may be the last
            self._put(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]

    def finish(self) -> None:
        """Encrypt the rest. Nothing may be written afterwards."""
        self._put(bytes(self._waiting), last=True)

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._sink.write(self._cipher.encrypt(_nonce(self._count, last), chunk, self._associated))
        self._count += 1


class Unsealing(io.RawIOBase):
    """Reads what :class:`Sealing` has written.

    :param source: the chunks.
    :param length: bytes of all of them.
    """

    def __init__(self, source: BinaryIO, length: int, key: bytes, salt: bytes, associated: bytes) -> None:
        self._source = source
        self._left = length
        self._cipher = _cipher(key, salt)
        self._associated = associated
        self._ready = memoryview(b"")
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next; 0 at the end.

        :raises SnapshotFormatError: the key is another one, or the stream was changed.
        """
        if not self._ready and (self._left or not self._count):
            self._ready = memoryview(self._next())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _next(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        sealed = self._source.read(min(_CHUNK + _TAG, self._left))
        self._left -= len(sealed)
        try:
            chunk = self._cipher.decrypt(_nonce(self._count, last=not self._left), sealed, self._associated)
        except (InvalidTag, ValueError):
            raise SnapshotFormatError(
                "the snapshot cannot be decrypted: key= is not the key that it was encrypted with, or it was changed"
            ) from None
        self._count += 1
        return chunk


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    except ImportError:
        raise ImportError("key= needs the package cryptography: pip install 'snapjs[encryption]'") from None
    return AESGCM(HKDF(SHA256(), KEY_SIZE, salt, _PURPOSE).derive(key))


def _nonce(count: int, last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([last])
