"""SHA-1 and SHA-2, and what is built of nothing else: HMAC, HKDF, PBKDF2."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from . import jwk
from .algorithm import Algorithm, Format, Parameters
from .failure import Failure
from .key import Key, check_secret_size, checked_usages
from .randomness import Randomness

PYTHON_NAMES: Final = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}

MAXIMUM_ITERATIONS: Final = 10_000_000
"""of PBKDF2, for all blocks together: some seconds, which nothing can interrupt"""
_SALT_OF_ONE: Final = 64
"""bytes of salt that count as an iteration, which hashes twice as many"""
_MAXIMUM_INFO: Final = 65_536
"""bytes, which HKDF hashes again for each block that it derives"""


def digest(name: str, data: bytes) -> bytes:
    """The hash of the data (FIPS 180-4)."""
    return hashlib.new(PYTHON_NAMES[name], data).digest()


def hash_number(name: str) -> str:
    """The number by which JSON Web Algorithms (RFC 7518) tell hashes apart."""
    return name.partition("-")[2]


def cut_to_bits(data: bytes, length: int) -> bytes:
    """The first ``length`` bits; those that fill the last byte are zero."""
    data = data[: (length + 7) // 8]
    unused = -length % 8
    return data[:-1] + bytes([data[-1] >> unused << unused]) if unused else data


class Hmac(Algorithm):
    """HMAC (FIPS 198-1)."""

    def generate_key(self, parameters: Parameters, extractable: bool, usages: list[str], randomness: Randomness) -> Key:
        allowed = checked_usages(usages, ("sign", "verify"), "a key of HMAC")
        if parameters.get("length") == 0:
            raise Failure("OperationError", "a key of HMAC has at least one bit")
        length = self.key_length(parameters)
        check_secret_size((length + 7) // 8)
        material = cut_to_bits(randomness.take((length + 7) // 8), length)
        return self._key(material, length, parameters["hash"], extractable, allowed)

    def import_key(
        self, format: Format, data: Any, parameters: Parameters, extractable: bool, usages: list[str]
    ) -> Key:
        allowed = checked_usages(usages, ("sign", "verify"), "a key of HMAC")
        if format == "jwk":
            jwk.check(data, "oct", "sig", extractable, usages)
            jwk.check_algorithm(data, f"HS{hash_number(parameters['hash'])}")
            data = jwk.decode(data, "k")
        elif format != "raw":
            raise self.unsupported_format(format)
        check_secret_size(len(data))
        bits = len(data) * 8
        length = bits if parameters.get("length") is None else parameters["length"]
        if not bits or not bits - 8 < length <= bits:
            raise Failure("DataError", f"the key has {bits} bits, which is not what 'length' says, or none")
        return self._key(cut_to_bits(data, length), length, parameters["hash"], extractable, allowed)

    def _key(self, material: bytes, length: int, hash: str, extractable: bool, usages: tuple[str, ...]) -> Key:
        return Key("secret", extractable, {"name": self.name, "hash": hash, "length": length}, usages, material)

    def export_key(self, format: Format, key: Key) -> bytes | dict[str, Any]:
        if format == "raw":
            return key.material
        if format == "jwk":
            algorithm = f"HS{hash_number(key.algorithm['hash'])}"
            return {**jwk.common(key, "oct"), "alg": algorithm, "k": jwk.encode(key.material)}
        raise self.unsupported_format(format)

    def key_length(self, parameters: Parameters) -> int:
        length: int | None = parameters.get("length")
        if length is None:
            return 512 if parameters["hash"] in ("SHA-1", "SHA-256") else 1024
        if not length:
            raise Failure("TypeError", "a key of HMAC has at least one bit")
        return length

    def sign(self, parameters: Parameters, key: Key, data: bytes, randomness: Randomness) -> bytes:
        return hmac.digest(key.material, data, PYTHON_NAMES[key.algorithm["hash"]])

    def verify(self, parameters: Parameters, key: Key, signature: bytes, data: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(key.material, data, PYTHON_NAMES[key.algorithm["hash"]]), signature)


class _Derivation(Algorithm):
    """What derives bits of a secret."""

    def import_key(
        self, format: Format, data: Any, parameters: Parameters, extractable: bool, usages: list[str]
    ) -> Key:
        if format != "raw":
            raise self.unsupported_format(format)
        allowed = checked_usages(usages, ("deriveKey", "deriveBits"), f"a key of {self.name}")
        if extractable:
            raise Failure("SyntaxError", f"a key of {self.name} is never extractable")
        check_secret_size(len(data))
        return Key("secret", False, {"name": self.name}, allowed, data)

    def key_length(self, parameters: Parameters) -> None:
        return None


def _whole_bytes(length: int | None) -> int:
    """Bits as bytes.

    :raises Failure: OperationError: they are none.
    """
    if length is None or length % 8:
        raise Failure("OperationError", "the length must be a multiple of 8 bits")
    return length // 8


class Hkdf(_Derivation):
    """HKDF (RFC 5869)."""

    def derive_bits(self, parameters: Parameters, key: Key, length: int | None) -> bytes:
        size = _whole_bytes(length)
        name = PYTHON_NAMES[parameters["hash"]]
        block_size = hashlib.new(name).digest_size
        if size > 255 * block_size:
            raise Failure("OperationError", f"HKDF with {parameters['hash']} derives at most {255 * block_size} bytes")
        if len(parameters["info"]) > _MAXIMUM_INFO:
            raise Failure("OperationError", f"the 'info' of HKDF has at most {_MAXIMUM_INFO} bytes")
        extracted = hmac.digest(parameters["salt"], key.material, name)
        derived = block = b""
        for number in range(1, -(-size // block_size) + 1):
            block = hmac.digest(extracted, block + parameters["info"] + bytes([number]), name)
            derived += block
        return derived[:size]


class Pbkdf2(_Derivation):
    """PBKDF2 (RFC 8018, section 5.2)."""

    def derive_bits(self, parameters: Parameters, key: Key, length: int | None) -> bytes:
        size, iterations = _whole_bytes(length), parameters["iterations"]
        if not iterations:
            raise Failure("OperationError", "PBKDF2 needs at least one iteration")
        name = PYTHON_NAMES[parameters["hash"]]
        if not size:
            return b""
        check_secret_size(size)
        rounds = iterations + len(parameters["salt"]) // _SALT_OF_ONE  # the salt is hashed again for each block
        if rounds * -(-size // hashlib.new(name).digest_size) > MAXIMUM_ITERATIONS:
            raise Failure(
                "OperationError",
                f"PBKDF2 is limited to {MAXIMUM_ITERATIONS} iterations, counted for each block of the hash's size; "
                f"{_SALT_OF_ONE} bytes of salt count as one",
            )
        return hashlib.pbkdf2_hmac(name, key.material, parameters["salt"], iterations, size)
