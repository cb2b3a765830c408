"""AES (FIPS 197) in the modes CTR, CBC (NIST SP 800-38A), GCM (800-38D) and KW (RFC 3394)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from . import jwk
from .algorithm import Algorithm, Format, Parameters
from .failure import Failure
from .key import Key, checked_usages
from .randomness import Randomness

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import Mode

_BLOCK: Final = 16
_LENGTHS: Final = (128, 192, 256)
_TAG_LENGTHS: Final = (32, 64, 96, 104, 112, 120, 128)
_MAXIMUM_WRAPPED: Final = 16_384
"""bytes that AES-KW takes, which `cryptography` wraps in Python, eight at a time; no key of RSA has as many"""


def _cipher(key: Key, mode: Mode) -> Cipher[Any]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

    return Cipher(algorithms.AES(key.material), mode)


class _Aes(Algorithm):
    """What the modes share."""

    usages: ClassVar[tuple[str, ...]] = ("encrypt", "decrypt", "wrapKey", "unwrapKey")

    def generate_key(self, parameters: Parameters, extractable: bool, usages: list[str], randomness: Randomness) -> Key:
        allowed = checked_usages(usages, self.usages, f"a key of {self.name}")
        return self._key(randomness.take(self.key_length(parameters) // 8), extractable, allowed)

    def import_key(
        self, format: Format, data: Any, parameters: Parameters, extractable: bool, usages: list[str]
    ) -> Key:
        allowed = checked_usages(usages, self.usages, f"a key of {self.name}")
        if format == "jwk":
            jwk.check(data, "oct", "enc", extractable, usages)
            material = jwk.decode(data, "k")
        elif format == "raw":
            material = data
        else:
            raise self.unsupported_format(format)
        if len(material) * 8 not in _LENGTHS:
            raise Failure("DataError", f"a key of AES has 16, 24 or 32 bytes, not {len(material)}")
        if format == "jwk":
            jwk.check_algorithm(data, self._jwk_name(material))
        return self._key(material, extractable, allowed)

    def _key(self, material: bytes, extractable: bool, usages: tuple[str, ...]) -> Key:
        return Key("secret", extractable, {"name": self.name, "length": len(material) * 8}, usages, material)

    def _jwk_name(self, material: bytes) -> str:
        return f"A{len(material) * 8}{self.name.partition('-')[2]}"

    def export_key(self, format: Format, key: Key) -> bytes | dict[str, Any]:
        if format == "raw":
            return key.material
        if format == "jwk":
            algorithm = self._jwk_name(key.material)
            return {**jwk.common(key, "oct"), "alg": algorithm, "k": jwk.encode(key.material)}
        raise self.unsupported_format(format)

    def key_length(self, parameters: Parameters) -> int:
        length: int = parameters["length"]
        if length not in _LENGTHS:
            raise Failure("OperationError", f"a key of AES has 128, 192 or 256 bits, not {length}")
        return length


class AesCtr(_Aes):
    """Counter mode; the counter is the last ``length`` bits of the first block."""

    def encrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        counter, length = parameters["counter"], parameters["length"]
        if len(counter) != _BLOCK:
            raise Failure("OperationError", f"the counter block has 16 bytes, not {len(counter)}")
        if not 1 <= length <= 128:
            raise Failure("OperationError", f"the counter has 1 to 128 bits, not {length}")
        if len(data) > _BLOCK << length:
            raise Failure("OperationError", f"a counter of {length} bits would repeat itself")
        start = int.from_bytes(counter, "big")
        # The cipher counts in all 128 bits, and what counts here begins at zero again.
        until_zero = ((1 << length) - (start & (1 << length) - 1)) * _BLOCK
        wrapped = (start >> length << length).to_bytes(_BLOCK, "big")
        first = self._run(key, counter, data[:until_zero])
        return first + self._run(key, wrapped, data[until_zero:]) if len(data) > until_zero else first

    decrypt = encrypt

    @staticmethod
    def _run(key: Key, counter: bytes, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.modes import CTR

        encryptor = _cipher(key, CTR(counter)).encryptor()
        return bytes(encryptor.update(data) + encryptor.finalize())


class AesCbc(_Aes):
    """Cipher block chaining with PKCS #7 padding."""

    def encrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        encryptor = self._cipher(parameters, key).encryptor()
        missing = _BLOCK - len(data) % _BLOCK
        return bytes(encryptor.update(data + bytes([missing]) * missing) + encryptor.finalize())

    def decrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.padding import PKCS7

        if not data or len(data) % _BLOCK:
            raise Failure("OperationError", "what AES-CBC has encrypted has whole blocks of 16 bytes")
        decryptor = self._cipher(parameters, key).decryptor()
        unpadder = PKCS7(_BLOCK * 8).unpadder()
        try:
            return bytes(unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize())
        except ValueError:
            raise Failure("OperationError", "the decryption has failed") from None

    @staticmethod
    def _cipher(parameters: Parameters, key: Key) -> Cipher[Any]:
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        if len(parameters["iv"]) != _BLOCK:
            raise Failure("OperationError", f"the initialization vector has 16 bytes, not {len(parameters['iv'])}")
        return _cipher(key, CBC(parameters["iv"]))


class AesGcm(_Aes):
    """Galois/counter mode; the tag stands behind the ciphertext."""

    def encrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        tag_size = self._tag_size(parameters)
        encryptor = self._cipher(parameters, key, tag_size).encryptor()
        encryptor.authenticate_additional_data(parameters.get("additionalData") or b"")
        sealed = encryptor.update(data) + encryptor.finalize()
        return bytes(sealed + encryptor.tag[:tag_size])

    def decrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        tag_size = self._tag_size(parameters)
        if len(data) < tag_size:
            raise Failure("OperationError", f"the data is shorter than its tag of {tag_size} bytes")
        decryptor = self._cipher(parameters, key, tag_size).decryptor()
        decryptor.authenticate_additional_data(parameters.get("additionalData") or b"")
        end = len(data) - tag_size
        try:
            return bytes(decryptor.update(data[:end]) + decryptor.finalize_with_tag(data[end:]))
        except InvalidTag:
            raise Failure("OperationError", "the decryption has failed") from None

    @staticmethod
    def _tag_size(parameters: Parameters) -> int:
        length = parameters.get("tagLength")
        if length is None:
            return 16
        if length not in _TAG_LENGTHS:
            raise Failure("OperationError", f"a tag has 32, 64, 96, 104, 112, 120 or 128 bits, not {length}")
        return int(length) // 8

    @staticmethod
    def _cipher(parameters: Parameters, key: Key, tag_size: int) -> Cipher[Any]:
        from cryptography.hazmat.primitives.ciphers.modes import GCM

        if not 8 <= len(parameters["iv"]) <= 128:
            raise Failure(
                "OperationError",
                f"initialization vectors of 8 to 128 bytes are supported, not of {len(parameters['iv'])}: 12 are usual",
            )
        return _cipher(key, GCM(parameters["iv"], min_tag_length=tag_size))


class AesKw(_Aes):
    """Key wrapping."""

    usages = ("wrapKey", "unwrapKey")

    def encrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap

        self._check_size(len(data))
        if len(data) < _BLOCK or len(data) % 8:
            raise Failure("OperationError", f"AES-KW wraps 16, 24, 32 … bytes, not {len(data)}")
        return bytes(aes_key_wrap(key.material, data))

    def decrypt(self, parameters: Parameters, key: Key, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

        self._check_size(len(data) - 8)
        try:
            return bytes(aes_key_unwrap(key.material, data))
        except InvalidUnwrap:
            raise Failure("OperationError", "the unwrapping has failed") from None

    @staticmethod
    def _check_size(size: int) -> None:
        if size > _MAXIMUM_WRAPPED:
            raise Failure("OperationError", f"AES-KW takes at most {_MAXIMUM_WRAPPED} bytes, not {size}")
