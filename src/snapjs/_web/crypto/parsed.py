"""Keys of RSA and elliptic curves as objects of ``cryptography``. What is parsed is not trusted: it may come out of a
snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .failure import Failure
from .key import Key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers

MAXIMUM_MODULUS: Final = 16_384
"""bits of keys of RSA; the time that a private one takes grows with the cube"""
_MAXIMUM_DER: Final = 16_384
"""bytes; a key of RSA with the longest modulus has fewer, and a longer one is not even read"""
_IDENTIFIERS: Final = (bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06072a8648ce3d0201"))
"""rsaEncryption and id-ecPublicKey, the only algorithms that the formats may name"""
_KEPT: Final = 16


class Parsed:
    """Private keys of RSA and elliptic curves, and their public ones, as objects of ``cryptography``.

    What was parsed last is kept; but of keys that are not extractable with the key alone, so that it goes when the key
    goes.
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
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    if len(data) > _MAXIMUM_DER:
        raise Failure("OperationError", f"a key has at most {_MAXIMUM_DER} bytes, not {len(data)}")
    if not any(identifier in data[:40] for identifier in _IDENTIFIERS):
        raise ValueError  # before anything is loaded: of other algorithms that may take long
    key: Any
    if is_private:
        # OpenSSL would look whether the factors of RSA are primes: for seconds, in which no other Python code runs.
        key = serialization.load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    else:
        key = serialization.load_der_public_key(data)
    if isinstance(key, RSAPrivateKey | RSAPublicKey) and key.key_size > MAXIMUM_MODULUS:
        raise too_long()
    if isinstance(key, RSAPrivateKey):
        _check_numbers(key.private_numbers())
    return key


def _check_numbers(key: RSAPrivateNumbers) -> None:
    """Look whether the numbers of a private key belong together (RFC 8017, section 3.2), so that computing with it is
    well-defined. That the factors are primes stays the word of whoever imports it.

    :raises ValueError: they do not.
    """
    n, e, p, q = key.public_numbers.n, key.public_numbers.e, key.p, key.q
    belong = (
        min(p, q) > 2 and p % 2 and q % 2 and p * q == n
        and key.d < n and key.d * e % (p - 1) == 1 and key.d * e % (q - 1) == 1
        and key.dmp1 == key.d % (p - 1) and key.dmq1 == key.d % (q - 1)
        and key.iqmp < p and key.iqmp * q % p == 1
    )  # fmt: skip
    if not belong:
        raise ValueError


def too_long() -> Failure:
    """OperationError."""
    return Failure("OperationError", f"a modulus has at most {MAXIMUM_MODULUS} bits")


def to_der(key: Any) -> bytes:
    """PKCS #8 or SubjectPublicKeyInfo of an object of ``cryptography``."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    if hasattr(key, "private_bytes"):
        private: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return private
    public: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public
