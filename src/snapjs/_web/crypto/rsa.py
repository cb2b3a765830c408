"""RSA (RFC 8017): RSASSA-PKCS1-v1_5, RSA-PSS, RSA-OAEP."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Final

from . import jwk
from .algorithm import Format, KeyPair, Parameters
from .asymmetric import Asymmetric, not_parsed
from .failure import Failure
from .hashes import hash_number
from .key import Key
from .parsed import MAXIMUM_MODULUS, Parsed, to_der, too_long
from .randomness import Randomness

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

MAXIMUM_GENERATED: Final = 8_192
"""bits of keys that are generated, which takes seconds that nothing can interrupt"""
_MINIMUM_GENERATED: Final = 1_024
_FACTORS: Final = ("p", "q", "dp", "dq", "qi")


def hash_of(name: str) -> HashAlgorithm:
    """The hash function of that name."""
    from cryptography.hazmat.primitives import hashes

    known: dict[str, type[HashAlgorithm]] = {
        "SHA-1": hashes.SHA1,
        "SHA-256": hashes.SHA256,
        "SHA-384": hashes.SHA384,
        "SHA-512": hashes.SHA512,
    }
    return known[name]()


class Rsa(Asymmetric):
    """What the three have in common.

    :param jwk_prefix: of the member ``alg`` of JSON Web Keys.
    :param parsed: that of the VM.
    """

    jwk_use: ClassVar[str] = "sig"
    public_usages: ClassVar[tuple[str, ...]] = ("verify",)
    private_usages: ClassVar[tuple[str, ...]] = ("sign",)

    def __init__(self, name: str, jwk_prefix: str, parsed: Parsed) -> None:
        super().__init__(name)
        self._jwk_prefix = jwk_prefix
        self.parsed = parsed

    # ---- keys

    def generate_key(
        self, parameters: Parameters, extractable: bool, usages: list[str], randomness: Randomness
    ) -> KeyPair:
        from cryptography.hazmat.primitives.asymmetric import rsa

        self.check_pair_usages(usages)
        bits, exponent = parameters["modulusLength"], int.from_bytes(parameters["publicExponent"], "big")
        if not _MINIMUM_GENERATED <= bits <= MAXIMUM_GENERATED:
            raise Failure(
                "OperationError",
                f"keys of {_MINIMUM_GENERATED} to {MAXIMUM_GENERATED} bits are generated, not of {bits}",
            )
        if exponent not in (3, 65537):
            raise Failure("OperationError", "keys are generated with the public exponents 65537 and 3")
        self.insist_on_private_usage(usages)
        private = rsa.generate_private_key(exponent, bits)
        algorithm = self._algorithm(private.public_key(), parameters["hash"])
        return self.pair(algorithm, extractable, usages, to_der(private.public_key()), to_der(private))

    def import_key(
        self, format: Format, data: Any, parameters: Parameters, extractable: bool, usages: list[str]
    ) -> Key:
        allowed = self.usages_of_import(format, data, usages)
        if format == "raw":
            raise self.unsupported_format(format)
        is_private = format == "pkcs8" or (format == "jwk" and data.get("d") is not None)
        if format == "jwk":
            jwk.check(data, "RSA", self.jwk_use, extractable, usages)
            jwk.check_algorithm(data, self._jwk_name(parameters["hash"]))
            data = self._der_of_jwk(data)
        parsed = self._read(is_private, data, extractable)
        algorithm = self._algorithm(parsed.public_key() if is_private else parsed, parameters["hash"])
        material = to_der(parsed)
        key = Key("private" if is_private else "public", extractable, algorithm, allowed, material)
        if extractable:
            self.parsed.keep(is_private, material, parsed)
        else:
            key.parsed = parsed
        return key

    def _algorithm(self, public: RSAPublicKey, hash: str) -> dict[str, Any]:
        exponent = public.public_numbers().e
        return {
            "name": self.name,
            "modulusLength": public.key_size,
            "publicExponent": exponent.to_bytes((exponent.bit_length() + 7) // 8, "big"),
            "hash": hash,
        }

    def _read(self, is_private: bool, data: bytes, extractable: bool) -> Any:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

        parsed = None
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            parsed = self.parsed.read(is_private, data, keeps=extractable)
        if not isinstance(parsed, RSAPrivateKey | RSAPublicKey):
            raise not_parsed("private key of RSA" if is_private else "public key of RSA")
        return parsed

    @staticmethod
    def _der_of_jwk(data: dict[str, Any]) -> bytes:
        """The same key as bytes, in which form it is checked."""
        from cryptography.hazmat.primitives.asymmetric import rsa

        public = rsa.RSAPublicNumbers(jwk.number(data, "e"), jwk.number(data, "n"))
        if public.n.bit_length() > MAXIMUM_MODULUS:
            raise too_long()
        try:
            if data.get("d") is None:
                return to_der(public.public_key())
            if data.get("oth") is not None:
                raise Failure("NotSupportedError", "keys of RSA with more than two primes are not supported")
            private = {name: jwk.number(data, name) for name in ("d", *_FACTORS)}
            if any(number >= public.n for number in private.values()):
                raise not_parsed("private key of RSA")
            p, q, d, dp, dq, qi = (private[name] for name in ("p", "q", "d", "dp", "dq", "qi"))
            numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public)
            return to_der(numbers.private_key(unsafe_skip_rsa_key_validation=True))
        except ValueError:
            raise not_parsed("key of RSA") from None

    def export_key(self, format: Format, key: Key) -> bytes | dict[str, Any]:
        if format == "jwk":
            return {**jwk.common(key, "RSA"), "alg": self._jwk_name(key.algorithm["hash"]), **self._members(key)}
        if format == "raw":
            raise self.unsupported_format(format)
        self.insist_on_type(key, "public" if format == "spki" else "private")
        return key.material

    def _members(self, key: Key) -> dict[str, str]:
        parsed = self.parsed.of(key)
        if key.type == "public":
            public = parsed.public_numbers()
            return {"n": jwk.encode_number(public.n), "e": jwk.encode_number(public.e)}
        private = parsed.private_numbers()
        public = private.public_numbers
        numbers = {
            "n": public.n, "e": public.e, "d": private.d, "p": private.p, "q": private.q,
            "dp": private.dmp1, "dq": private.dmq1, "qi": private.iqmp,
        }  # fmt: skip
        return {name: jwk.encode_number(number) for name, number in numbers.items()}

    def _jwk_name(self, hash: str) -> str:
        return f"{self._jwk_prefix}{hash_number(hash)}"

    # ---- operations

    def sign(self, parameters: Parameters, key: Key, data: bytes, randomness: Randomness) -> bytes:
        self.insist_on_type(key, "private")
        try:
            return bytes(self.parsed.of(key).sign(data, self._padding(parameters, key), hash_of(key.algorithm["hash"])))
        except ValueError as error:
            raise Failure("OperationError", f"the signing has failed: {error}") from None

    def verify(self, parameters: Parameters, key: Key, signature: bytes, data: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        self.insist_on_type(key, "public")
        try:
            self.parsed.of(key).verify(signature, data, self._padding(parameters, key), hash_of(key.algorithm["hash"]))
        except (InvalidSignature, ValueError):
            return False
        return True

    def _padding(self, parameters: Parameters, key: Key) -> AsymmetricPadding:
        raise self.unsupported("sign")


class RsaPkcs1(Rsa):
    """RSASSA-PKCS1-v1_5."""

    def _padding(self, parameters: Parameters, key: Key) -> AsymmetricPadding:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

        return PKCS1v15()


class RsaPss(Rsa):
    """RSA-PSS."""

    def _padding(self, parameters: Parameters, key: Key) -> AsymmetricPadding:
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS

        salt_size = parameters["saltLength"]
        if salt_size > key.algorithm["modulusLength"] // 8:
            raise Failure("OperationError", f"a salt of {salt_size} bytes does not fit in the signature")
        return PSS(MGF1(hash_of(key.algorithm["hash"])), salt_size)


class RsaOaep(Rsa):
    """RSA-OAEP."""

    jwk_use = "enc"
    public_usages = ("encrypt", "wrapKey")
    private_usages = ("decrypt", "unwrapKey")

    def _jwk_name(self, hash: str) -> str:
        return self._jwk_prefix if hash == "SHA-1" else f"{self._jwk_prefix}-{hash_number(hash)}"

    def sign(self, parameters: Parameters, key: Key, data: bytes, randomness: Randomness) -> bytes:
        raise self.unsupported("sign")

    def verify(self, parameters: Parameters, key: Key, signature: bytes, data: bytes) -> bool:
        raise self.unsupported("verify")

    def encrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        self.insist_on_type(key, "public")
        try:
            return bytes(self.parsed.of(key).encrypt(data, self._oaep(parameters, key)))
        except ValueError as error:
            raise Failure("OperationError", f"the encryption has failed: {error}") from None

    def decrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        self.insist_on_type(key, "private")
        try:
            return bytes(self.parsed.of(key).decrypt(data, self._oaep(parameters, key)))
        except ValueError:
            raise Failure("OperationError", "the decryption has failed") from None

    @staticmethod
    def _oaep(parameters: Parameters, key: Key) -> AsymmetricPadding:
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP

        hash = hash_of(key.algorithm["hash"])
        return OAEP(MGF1(hash), hash, parameters.get("label") or None)
