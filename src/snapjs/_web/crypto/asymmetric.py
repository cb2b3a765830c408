"""What RSA and elliptic curves share."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from .algorithm import Algorithm, Format, KeyPair, Parameters
from .failure import Failure
from .key import Key, checked_usages

_MAXIMUM_DER: Final = 8_192
"""bytes; a key of RSA with the longest modulus has fewer, and a longer one is not even read"""
_KEPT: Final = 16


class Asymmetric(Algorithm):
    """An algorithm with pairs of keys."""

    public_usages: ClassVar[tuple[str, ...]]
    private_usages: ClassVar[tuple[str, ...]]

    def usages_of_import(self, format: Format, data: Any, usages: list[str]) -> tuple[str, ...]:
        """The usages of the key that this data is of.

        :raises Failure: SyntaxError: it cannot be used so; NotSupportedError: there is no such format.
        """
        if format not in ("raw", "pkcs8", "spki", "jwk"):
            raise self.unsupported_format(format)
        is_private = format == "pkcs8" or (format == "jwk" and data.get("d") is not None)
        if is_private:
            return checked_usages(usages, self.private_usages, f"a private key of {self.name}")
        return checked_usages(usages, self.public_usages, f"a public key of {self.name}")

    def pair(
        self, algorithm: Parameters, extractable: bool, usages: list[str], public: bytes, private: bytes
    ) -> KeyPair:
        """The two keys, each with the usages that it can have."""
        for_public = tuple(usage for usage in self.public_usages if usage in usages)
        for_private = tuple(usage for usage in self.private_usages if usage in usages)
        return KeyPair(
            Key("public", True, algorithm, for_public, public),
            Key("private", extractable, algorithm, for_private, private),
        )

    def check_pair_usages(self, usages: list[str]) -> None:
        """
        :raises Failure: SyntaxError: a pair of keys cannot be used so.
        """
        checked_usages(usages, self.public_usages + self.private_usages, f"a pair of keys of {self.name}")

    def insist_on_private_usage(self, usages: list[str]) -> None:
        """
        :raises Failure: SyntaxError: the private key could not be used.
        """
        if not set(usages) & set(self.private_usages):
            raise Failure("SyntaxError", f"a private key of {self.name} needs at least one usage")


class Parsed:
    """Private keys of RSA and elliptic curves, and their public ones, as objects of ``cryptography``.

    What was parsed last is kept, for to check a private key of RSA takes a tenth of a second; but of keys that are not
    extractable with the key alone, so that it goes when the key goes.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[bool, bytes], Any] = {}

    def of(self, key: Key) -> Any:
        """The object for a key."""
        if key.extractable:
            return self.read(key.type != "public", key.material, keeps=True)
        if key.parsed is None:
            key.parsed = self.read(key.type != "public", key.material, keeps=False)
        return key.parsed

    def read(self, is_private: bool, data: bytes, *, keeps: bool) -> Any:
        """The object for PKCS #8 or SubjectPublicKeyInfo.

        :raises ValueError, TypeError, UnsupportedAlgorithm: it is none.
        :raises Failure: OperationError: it is too large.
        """
        found = self._kept.get((is_private, data))
        if found is None:
            found = _parse(is_private, data)
            if keeps:
                self.keep(is_private, data, found)
        return found

    def keep(self, is_private: bool, data: bytes, parsed: Any) -> None:
        """Keep what was parsed."""
        while len(self._kept) >= _KEPT:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[is_private, data] = parsed


def _parse(is_private: bool, data: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization

    if len(data) > _MAXIMUM_DER:
        raise Failure("OperationError", f"a key has at most {_MAXIMUM_DER} bytes, not {len(data)}")
    if is_private:
        return serialization.load_der_private_key(data, None)
    return serialization.load_der_public_key(data)


def to_der(key: Any) -> bytes:
    """PKCS #8 or SubjectPublicKeyInfo of an object of ``cryptography``."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    if hasattr(key, "private_bytes"):
        private: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return private
    public: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public


def not_parsed(what: str) -> Failure:
    """DataError."""
    return Failure("DataError", f"the data is no {what}")
