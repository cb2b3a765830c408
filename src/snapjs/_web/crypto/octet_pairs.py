"""Ed25519 and Ed448 (RFC 8032), X25519 and X448 (RFC 7748): octet key pairs, as JSON Web Keys call them (RFC 8037)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from . import jwk
from .algorithm import Format, KeyPair, Parameters
from .asymmetric import Asymmetric, not_parsed
from .elliptic import peer, shortened
from .failure import Failure
from .key import Key
from .randomness import Randomness

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SIZES: Final = {"Ed25519": 32, "Ed448": 57, "X25519": 32, "X448": 56}
"""bytes of a key, private or public"""
_OIDS: Final = {
    "Ed25519": bytes.fromhex("06032b6570"),
    "Ed448": bytes.fromhex("06032b6571"),
    "X25519": bytes.fromhex("06032b656e"),
    "X448": bytes.fromhex("06032b656f"),
}
"""RFC 8410, section 3"""
_PRIME_25519: Final = (1 << 255) - 19
_PRIME_448: Final = (1 << 448) - (1 << 224) - 1
_OF_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER: Final = {
    "Ed25519": {
        0, 1, _OF_ORDER_8, _PRIME_25519 - _OF_ORDER_8, _PRIME_25519 - 1, _PRIME_25519, _PRIME_25519 + 1
    },
    "Ed448": {0, 1, _PRIME_448 - 1, _PRIME_448, _PRIME_448 + 1},
}  # fmt: skip
"""the coordinates y of points whose order divides the cofactor, reduced and not"""


class _OctetPairs(Asymmetric, ABC):
    """What they have in common. The material of a key is its bytes."""

    jwk_use: ClassVar[str]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.size = _SIZES[name]

    # ---- keys

    def generate_key(
        self, parameters: Parameters, extractable: bool, usages: list[str], randomness: Randomness
    ) -> KeyPair:
        self.check_pair_usages(usages)
        self.insist_on_private_usage(usages)
        private = randomness.take(self.size)
        return self.pair({"name": self.name}, extractable, usages, self.public_of(private), private)

    def import_key(
        self, format: Format, data: Any, parameters: Parameters, extractable: bool, usages: list[str]
    ) -> Key:
        allowed = self.usages_of_import(format, data, usages)
        is_private = format == "pkcs8" or (format == "jwk" and data.get("d") is not None)
        if format == "jwk":
            jwk.check(data, "OKP", self.jwk_use, extractable, usages)
            material = self._from_jwk(data)
        elif format == "raw":
            material = data
        elif format == "spki":
            material = self._after(data, self._spki_header())
        else:
            material = self._after(data, self._pkcs8_header())
        if len(material) != self.size:
            raise Failure("DataError", f"a key of {self.name} has {self.size} bytes, not {len(material)}")
        return Key("private" if is_private else "public", extractable, {"name": self.name}, allowed, material)

    def _from_jwk(self, data: dict[str, Any]) -> bytes:
        if data.get("crv") != self.name:
            raise Failure("DataError", f"the JSON Web Key must have 'crv': {self.name!r}")
        self.check_jwk_algorithm(data)
        public = jwk.decode(data, "x")
        if data.get("d") is None:
            return public
        private = jwk.decode(data, "d")
        if len(private) != self.size or self.public_of(private) != public:
            raise Failure("DataError", f"the members 'd' and 'x' are no pair of keys of {self.name}")
        return private

    def check_jwk_algorithm(self, data: dict[str, Any]) -> None:
        """Look at the member ``alg``.

        :raises Failure: DataError.
        """

    def export_key(self, format: Format, key: Key) -> bytes | dict[str, Any]:
        if format == "jwk":
            return {**jwk.common(key, "OKP"), **self._members(key)}
        self.insist_on_type(key, "private" if format == "pkcs8" else "public")
        if format == "raw":
            return key.material
        return (self._spki_header() if format == "spki" else self._pkcs8_header()) + key.material

    def _members(self, key: Key) -> dict[str, str]:
        if key.type == "public":
            return {"crv": self.name, "x": jwk.encode(key.material)}
        public = jwk.encode(self.public_of(key.material))
        return {"crv": self.name, "x": public, "d": jwk.encode(key.material)}

    # ---- DER: in RFC 8410 everything but the key is fixed

    def _spki_header(self) -> bytes:
        algorithm = b"\x30\x05" + _OIDS[self.name]
        return bytes([0x30, self.size + 10]) + algorithm + bytes([0x03, self.size + 1, 0])

    def _pkcs8_header(self) -> bytes:
        algorithm = b"\x30\x05" + _OIDS[self.name]
        return bytes([0x30, self.size + 14, 0x02, 1, 0]) + algorithm + bytes([0x04, self.size + 2, 0x04, self.size])

    def _after(self, data: bytes, header: bytes) -> bytes:
        if not data.startswith(header):
            raise not_parsed(f"key of {self.name} in this format")
        return data[len(header) :]

    @abstractmethod
    def public_of(self, private: bytes) -> bytes:
        """The public key of a private one."""


class EdwardsSignatures(_OctetPairs):
    """Ed25519 and Ed448. Of the same data, signatures are the same each time."""

    jwk_use = "sig"
    public_usages = ("verify",)
    private_usages = ("sign",)

    def check_jwk_algorithm(self, data: dict[str, Any]) -> None:
        jwk.check_algorithm(data, self.name, "EdDSA")

    def export_key(self, format: Format, key: Key) -> bytes | dict[str, Any]:
        exported = super().export_key(format, key)
        return {**exported, "alg": self.name} if isinstance(exported, dict) else exported

    def _private(self, data: bytes) -> Ed25519PrivateKey | Ed448PrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

        if self.name == "Ed25519":
            return ed25519.Ed25519PrivateKey.from_private_bytes(data)
        return ed448.Ed448PrivateKey.from_private_bytes(data)

    def _public(self, data: bytes) -> Ed25519PublicKey | Ed448PublicKey:
        from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

        if self.name == "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(data)
        return ed448.Ed448PublicKey.from_public_bytes(data)

    def public_of(self, private: bytes) -> bytes:
        return self._private(private).public_key().public_bytes_raw()

    def _has_small_order(self, point: bytes) -> bool:
        sign_bit = 1 << (self.size * 8 - 1)
        return int.from_bytes(point, "little") & ~sign_bit in _SMALL_ORDER[self.name]

    def _check_context(self, parameters: Parameters) -> None:
        if parameters.get("context"):
            raise Failure("OperationError", "a context that is not empty is not supported")

    def sign(self, parameters: Parameters, key: Key, data: bytes, randomness: Randomness) -> bytes:
        self.insist_on_type(key, "private")
        self._check_context(parameters)
        return self._private(key.material).sign(data)

    def verify(self, parameters: Parameters, key: Key, signature: bytes, data: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        self.insist_on_type(key, "public")
        self._check_context(parameters)
        # https://w3c.github.io/webcrypto/#ed25519-operations-verify: with such points, a signature is one of any data
        if self._has_small_order(key.material) or self._has_small_order(signature[: self.size]):
            return False
        try:
            self._public(key.material).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class MontgomeryAgreement(_OctetPairs):
    """X25519 and X448."""

    jwk_use = "enc"
    public_usages = ()
    private_usages = ("deriveKey", "deriveBits")

    def public_of(self, private: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import x448, x25519

        if self.name == "X25519":
            return x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        return x448.X448PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def derive_bits(self, parameters: Parameters, key: Key, length: int | None) -> bytes:
        public = peer(self.name, key, parameters)
        try:
            secret = self._exchange(key.material, public.material)
        except ValueError:  # RFC 7748, section 6: all zero
            raise Failure("OperationError", "the public key leads to no secret") from None
        return shortened(secret, length)

    def _exchange(self, private: bytes, public: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import x448, x25519

        if self.name == "X25519":
            peer_25519 = x25519.X25519PublicKey.from_public_bytes(public)
            return x25519.X25519PrivateKey.from_private_bytes(private).exchange(peer_25519)
        peer_448 = x448.X448PublicKey.from_public_bytes(public)
        return x448.X448PrivateKey.from_private_bytes(private).exchange(peer_448)
