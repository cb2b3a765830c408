"""ECDSA and ECDH over the curves P-256, P-384 and P-521 (FIPS 186-5, SEC 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from . import jwk
from .algorithm import Format, KeyPair, Parameters
from .asymmetric import Asymmetric, not_parsed
from .failure import Failure
from .hashes import cut_to_bits
from .key import Key, from_guest
from .parsed import Parsed, to_der
from .randomness import Randomness
from .rsa import hash_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurve,
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )

ORDERS: Final = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "P-521": int("01ff" + "f" * 62 + "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", 16),
}
"""of the curves' groups (NIST SP 800-186)"""
_SIGNATURES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


def _curve(name: str) -> EllipticCurve:
    from cryptography.hazmat.primitives.asymmetric import ec

    curves: dict[str, type[EllipticCurve]] = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
    if name not in curves:
        raise Failure("NotSupportedError", f"there is no curve {name!r}: use P-256, P-384 or P-521")
    return curves[name]()


def _size(curve: str) -> int:
    """Bytes of a coordinate, and of a number below the order."""
    return (ORDERS[curve].bit_length() + 7) // 8


class Elliptic(Asymmetric):
    """What ECDSA and ECDH have in common.

    :param parsed: that of the VM.
    """

    jwk_use: ClassVar[str]

    def __init__(self, name: str, parsed: Parsed) -> None:
        super().__init__(name)
        self.parsed = parsed

    # ---- keys

    def generate_key(
        self, parameters: Parameters, extractable: bool, usages: list[str], randomness: Randomness
    ) -> KeyPair:
        from cryptography.hazmat.primitives.asymmetric import ec

        self.check_pair_usages(usages)
        name = parameters["namedCurve"]
        curve = _curve(name)
        self.insist_on_private_usage(usages)
        # FIPS 186-5, A.2.1: with 64 bits more than the order has, the remainder is as good as uniform.
        drawn = int.from_bytes(randomness.take(_size(name) + 8), "big")
        private = ec.derive_private_key(drawn % (ORDERS[name] - 1) + 1, curve)
        algorithm = {"name": self.name, "namedCurve": name}
        return self.pair(algorithm, extractable, usages, to_der(private.public_key()), to_der(private))

    def import_key(
        self, format: Format, data: Any, parameters: Parameters, extractable: bool, usages: list[str]
    ) -> Key:
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

        name = parameters["namedCurve"]
        curve = _curve(name)
        allowed = self.usages_of_import(format, data, usages)
        if format == "jwk":
            jwk.check(data, "EC", self.jwk_use, extractable, usages)
            self.check_jwk_algorithm(data, name)
        parsed = self._parsed_from(format, data, name, curve)
        is_private = isinstance(parsed, EllipticCurvePrivateKey)
        algorithm = {"name": self.name, "namedCurve": name}
        return Key("private" if is_private else "public", extractable, algorithm, allowed, to_der(parsed))

    def check_jwk_algorithm(self, data: dict[str, Any], curve: str) -> None:
        """Look at the member ``alg``.

        :raises Failure: DataError.
        """

    def _parsed_from(
        self, format: Format, data: Any, name: str, curve: EllipticCurve
    ) -> EllipticCurvePrivateKey | EllipticCurvePublicKey:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

        try:
            if format == "raw":
                return EllipticCurvePublicKey.from_encoded_point(curve, data)
            if format == "jwk":
                return self._from_jwk(data, name, curve)
            return self._from_der(format, data, curve)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise not_parsed(f"key of {name} in the format {format!r}") from None

    def _from_der(
        self, format: Format, data: bytes, curve: EllipticCurve
    ) -> EllipticCurvePrivateKey | EllipticCurvePublicKey:
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

        key = self.parsed.read(format == "pkcs8", data, keeps=False)
        if not isinstance(key, (EllipticCurvePrivateKey, EllipticCurvePublicKey)) or key.curve.name != curve.name:
            raise ValueError
        return key

    @staticmethod
    def _from_jwk(
        data: dict[str, Any], name: str, curve: EllipticCurve
    ) -> EllipticCurvePrivateKey | EllipticCurvePublicKey:
        from cryptography.hazmat.primitives.asymmetric import ec

        if data.get("crv") != name:
            raise Failure("DataError", f"the JSON Web Key must have 'crv': {name!r}")
        members = {
            member: jwk.decode(data, member) for member in ("x", "y", "d") if member != "d" or data.get("d") is not None
        }
        if any(len(value) != _size(name) for value in members.values()):
            raise Failure("DataError", f"the coordinates of {name} have {_size(name)} bytes each, and so has 'd'")
        x, y = (int.from_bytes(members[member], "big") for member in ("x", "y"))
        public = ec.EllipticCurvePublicNumbers(x, y, curve)
        if "d" not in members:
            return public.public_key()
        return ec.EllipticCurvePrivateNumbers(int.from_bytes(members["d"], "big"), public).private_key()

    def export_key(self, format: Format, key: Key) -> bytes | dict[str, Any]:
        from cryptography.hazmat.primitives import serialization

        if format == "jwk":
            return {**jwk.common(key, "EC"), **self._members(key)}
        if format in ("raw", "spki"):
            self.insist_on_type(key, "public")
        else:
            self.insist_on_type(key, "private")
        if format != "raw":
            return key.material
        point: bytes = self.parsed.of(key).public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return point

    def _members(self, key: Key) -> dict[str, str]:
        parsed, curve = self.parsed.of(key), key.algorithm["namedCurve"]
        size = _size(curve)
        public = parsed.public_numbers() if key.type == "public" else parsed.private_numbers().public_numbers
        members = {"crv": curve, "x": _fixed(public.x, size), "y": _fixed(public.y, size)}
        if key.type == "private":
            members["d"] = _fixed(parsed.private_numbers().private_value, size)
        return members


def _fixed(number: int, size: int) -> str:
    return jwk.encode(number.to_bytes(size, "big"))


class Ecdsa(Elliptic):
    """ECDSA; a signature is two numbers of the order's size."""

    jwk_use = "sig"
    public_usages = ("verify",)
    private_usages = ("sign",)

    def check_jwk_algorithm(self, data: dict[str, Any], curve: str) -> None:
        jwk.check_algorithm(data, _SIGNATURES[curve])

    def sign(self, parameters: Parameters, key: Key, data: bytes, randomness: Randomness) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        self.insist_on_type(key, "private")
        # With a seed the nonce follows from key and data (RFC 6979), as secret as one that is drawn.
        scheme = ec.ECDSA(hash_of(parameters["hash"]), deterministic_signing=randomness.repeats)
        r, s = decode_dss_signature(self.parsed.of(key).sign(data, scheme))
        size = _size(key.algorithm["namedCurve"])
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def verify(self, parameters: Parameters, key: Key, signature: bytes, data: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        self.insist_on_type(key, "public")
        size = _size(key.algorithm["namedCurve"])
        if len(signature) != 2 * size:
            return False
        r, s = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
        try:
            self.parsed.of(key).verify(encode_dss_signature(r, s), data, ec.ECDSA(hash_of(parameters["hash"])))
        except InvalidSignature:
            return False
        return True


class Ecdh(Elliptic):
    """ECDH."""

    jwk_use = "enc"
    public_usages = ()
    private_usages = ("deriveKey", "deriveBits")

    def derive_bits(self, parameters: Parameters, key: Key, length: int | None) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import ec

        public = peer(self.name, key, parameters)
        if public.algorithm["namedCurve"] != key.algorithm["namedCurve"]:
            raise Failure("InvalidAccessError", "the two keys are of different curves")
        return shortened(self.parsed.of(key).exchange(ec.ECDH(), self.parsed.of(public)), length)


def peer(name: str, key: Key, parameters: Parameters) -> Key:
    """The public key that a secret is agreed with.

    :raises Failure: InvalidAccessError: the two do not fit.
    """
    public = from_guest(parameters["public"])
    if key.type != "private" or public.type != "public" or public.algorithm["name"] != name:
        raise Failure("InvalidAccessError", f"this takes a private key, and a public one of {name} in 'public'")
    return public


def shortened(secret: bytes, length: int | None) -> bytes:
    """The first bits of a secret.

    :raises Failure: OperationError: it does not have so many.
    """
    if length is None:
        return secret
    if length > len(secret) * 8:
        raise Failure("OperationError", f"the secret has {len(secret) * 8} bits, not {length}")
    return cut_to_bits(secret, length)
