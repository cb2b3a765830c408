"""What each algorithm can do. What it does not define, it does not support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .failure import Failure
from .key import Key
from .randomness import Randomness

Format: TypeAlias = Literal["raw", "pkcs8", "spki", "jwk"]
Parameters: TypeAlias = dict[str, Any]
"""of an operation, normalized: https://w3c.github.io/webcrypto/#algorithm-normalization"""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Two keys that belong together."""

    public: Key
    private: Key


class Algorithm:
    """The operations of one algorithm.

    Each raises :class:`Failure` for what the specification of the algorithm refuses.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def generate_key(
        self, parameters: Parameters, extractable: bool, usages: list[str], randomness: Randomness
    ) -> Key | KeyPair:
        """A new key, or a pair of them."""
        raise self.unsupported("generate keys")

    def import_key(
        self, format: Format, data: Any, parameters: Parameters, extractable: bool, usages: list[str]
    ) -> Key:
        """A key from bytes or, in the format ``jwk``, the members of a JSON Web Key."""
        raise self.unsupported("import keys")

    def export_key(self, format: Format, key: Key) -> bytes | dict[str, Any]:
        """What :meth:`import_key` takes."""
        raise self.unsupported("export keys")

    def key_length(self, parameters: Parameters) -> int | None:
        """Bits of the key that is to be derived; ``None``: as many as there are."""
        raise self.unsupported("derive keys of this kind")

    def sign(self, parameters: Parameters, key: Key, data: bytes, randomness: Randomness) -> bytes:
        """The signature."""
        raise self.unsupported("sign")

    def verify(self, parameters: Parameters, key: Key, signature: bytes, data: bytes) -> bool:
        """Whether the signature is one of the data."""
        raise self.unsupported("verify")

    def encrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        """The ciphertext."""
        raise self.unsupported("encrypt")

    def decrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        """The plaintext."""
        raise self.unsupported("decrypt")

    def derive_bits(self, parameters: Parameters, key: Key, length: int | None) -> bytes:
        """That many bits; ``None``: as many as there are."""
        raise self.unsupported("derive bits")

    def unsupported(self, what: str) -> Failure:
        """NotSupportedError."""
        return Failure("NotSupportedError", f"{self.name} does not {what}")

    def unsupported_format(self, format: Format) -> Failure:
        """NotSupportedError."""
        return Failure("NotSupportedError", f"{self.name} has no key format {format!r}")

    def insist_on_type(self, key: Key, type: Literal["public", "private"]) -> None:
        """Refuse the other key of a pair.

        :raises Failure: InvalidAccessError.
        """
        if key.type != type:
            raise Failure("InvalidAccessError", f"this takes a {type} key of {self.name}, not a {key.type} one")
