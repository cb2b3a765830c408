"""Keys: those of users wrap those of runs, which seal what is stored of them.

All with AES-256-GCM and random nonces: of the data keys, each is used for one run and what descends from it, far below
the 2³² messages that such nonces are good for.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .._checks import KEY_SIZE, checked_encryption_key
from ..errors import KeyRefused
from .payload import SEAL, is_sealed
from .records import WrappedKey

_NONCE: Final = 12
_ID: Final = 8
"""bytes of a key's id, which tells it from the others of a user"""


class DataKey:
    """The key of a run and of what descends from it, or of a store.

    :param root: the run's id, or empty.
    """

    def __init__(self, root: str, secret: bytes) -> None:
        self.root = root
        self._cipher = AESGCM(secret)
        self._nonces = _derived(secret, b"snapjs workflow nonce")

    def seal(self, purpose: str, data: bytes, *, is_same: bool = False) -> bytes:
        """Bytes that are opened by this key for this purpose only.

        :param is_same: each time, these are the same bytes.
        """
        nonce = os.urandom(_NONCE)
        if is_same:
            nonce = hmac.digest(self._nonces, self._associated(purpose) + b"\0" + data, "sha256")[:_NONCE]
        return SEAL + nonce + self._cipher.encrypt(nonce, data, self._associated(purpose))

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """The bytes that were sealed.

        :raises KeyRefused: these were not, by this key and for this purpose.
        """
        if not is_sealed(sealed):
            raise KeyRefused("changed")
        nonce, text = sealed[len(SEAL) : len(SEAL) + _NONCE], sealed[len(SEAL) + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, text, self._associated(purpose))
        except (InvalidTag, ValueError):
            raise KeyRefused("changed") from None

    def _associated(self, purpose: str) -> bytes:
        return f"{purpose}\0{self.root}".encode()


class KeyRing:
    """Key-encryption keys.

    :param keys: of 32 bytes: the first wraps, the others only unwrap what they wrapped when they were the first.
    :raises TypeError, ValueError: they are something else.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        checked = [checked_encryption_key("keys=", key) for key in keys]
        if not checked:
            raise ValueError("keys= takes at least one key")
        self._ciphers = {_id_of(key): AESGCM(_derived(key, b"snapjs workflow key")) for key in checked}
        self.ids: Final = tuple(self._ciphers)
        """of the keys, in their order"""

    @property
    def current(self) -> str:
        """The id of the key that wraps."""
        return self.ids[0]

    def make(self, root: str) -> tuple[DataKey, WrappedKey]:
        """A new data key for a run, and what is stored of it."""
        secret = os.urandom(KEY_SIZE)
        return DataKey(root, secret), self._wrapped(root, secret)

    def unwrap(self, wrapped: WrappedKey) -> DataKey:
        """The data key.

        :raises KeyRefused: another key wraps it, or it was changed.
        """
        return DataKey(wrapped.root, self._secret(wrapped))

    def rewrap(self, wrapped: WrappedKey) -> WrappedKey:
        """The same data key, wrapped by the first key.

        :raises KeyRefused: another key wraps it, or it was changed.
        """
        return self._wrapped(wrapped.root, self._secret(wrapped))

    def _wrapped(self, root: str, secret: bytes) -> WrappedKey:
        nonce = os.urandom(_NONCE)
        text = self._ciphers[self.current].encrypt(nonce, secret, root.encode())
        return WrappedKey(root, self.current, nonce + text)

    def _secret(self, wrapped: WrappedKey) -> bytes:
        cipher = self._ciphers.get(wrapped.kek)
        if cipher is None:
            raise KeyRefused("other")
        try:
            return cipher.decrypt(wrapped.data[:_NONCE], wrapped.data[_NONCE:], wrapped.root.encode())
        except (InvalidTag, ValueError):
            raise KeyRefused("changed") from None


def _id_of(key: bytes) -> str:
    return _derived(key, b"snapjs workflow key id")[:_ID].hex()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_SIZE, None, purpose).derive(key)
