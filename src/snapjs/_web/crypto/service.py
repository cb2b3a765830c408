"""The service ``<crypto>``: from the name of an operation to its answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from . import jwk
from .aes import AesCbc, AesCtr, AesGcm, AesKw
from .algorithm import Algorithm, KeyPair
from .elliptic import Ecdh, Ecdsa
from .failure import Failure, lacking
from .hashes import Hkdf, Hmac, Pbkdf2, digest
from .key import HostKeys, from_guest, insist_on_usages
from .octet_pairs import EdwardsSignatures, MontgomeryAgreement
from .parsed import Parsed
from .randomness import Randomness
from .rsa import RsaOaep, RsaPkcs1, RsaPss

_LARGE: Final = 1 << 20
"""bytes of data and parameters from which on an operation leaves the event loop to others"""
_MOST_RANDOM: Final = 65_536
_SLOW: Final = ("PBKDF2", "RSASSA-PKCS1-v1_5", "RSA-PSS", "RSA-OAEP")
"""algorithms of which an operation may take milliseconds and more"""


def _algorithms() -> dict[str, Algorithm]:
    parsed = Parsed()
    listed: list[Algorithm] = [
        RsaPkcs1("RSASSA-PKCS1-v1_5", "RS", parsed), RsaPss("RSA-PSS", "PS", parsed),
        RsaOaep("RSA-OAEP", "RSA-OAEP", parsed), Ecdsa("ECDSA", parsed), Ecdh("ECDH", parsed),
        EdwardsSignatures("Ed25519"), EdwardsSignatures("Ed448"),
        MontgomeryAgreement("X25519"), MontgomeryAgreement("X448"),
        AesCtr("AES-CTR"), AesCbc("AES-CBC"), AesGcm("AES-GCM"), AesKw("AES-KW"),
        Hmac("HMAC"), Hkdf("HKDF"), Pbkdf2("PBKDF2"),
    ]  # fmt: skip
    return {algorithm.name: algorithm for algorithm in listed}


class Crypto:
    """Does the work of ``crypto`` for one VM, and knows nothing of the VM.

    Operations are named as in the specification, and take the arguments that ``engine/web/crypto_subtle.js`` sends. An
    answer is ``(None, value)``, or the name of an error and its message.

    :param timeout: tells how many seconds an operation may take where no event loop is running; ``None``: as many as it
        takes.
    :param forget_dropped: lets go of what the program has dropped.
    """

    is_immediate = True

    def __init__(self, timeout: Callable[[], float | None], forget_dropped: Callable[[], None]) -> None:
        self._timeout = timeout
        self._forget_dropped = forget_dropped
        self._held = HostKeys()
        self._algorithms = _algorithms()
        self._worker: ThreadPoolExecutor | None = None
        self._process = 0

    def call(self, size: int, draw: bytes | None) -> bytes:
        """Random bytes.

        :param draw: as :class:`Randomness` takes it.
        :raises ValueError: they are more than any script of ours asks for.
        """
        if size > _MOST_RANDOM:
            raise ValueError(f"at most {_MOST_RANDOM} random bytes are drawn at once")
        return Randomness(draw).take(size)

    def request(self, operation: str, arguments: dict[str, Any]) -> Any:
        """Answer an operation: what takes long, in a thread, and an awaitable of it if an event loop is running.

        :raises TimeoutError: it has taken too long; the thread goes on to its end.
        """
        if self._held.are_many:
            self._forget_dropped()
        answer = partial(self._answer, operation, arguments)
        if not _is_long(arguments):
            return answer()
        if _is_in_loop():
            from asyncio import wrap_future

            return wrap_future(self._in_thread(answer))
        waiting = self._in_thread(answer)
        try:
            return waiting.result(self._timeout())
        finally:
            waiting.cancel()  # which it can be as long as an earlier one has the thread

    def close(self) -> None:
        """Nobody waits any more: the VM is closed. What the thread is doing, it does to the end."""
        if self._worker is not None and self._process == os.getpid():
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._worker = None

    def _in_thread(self, answer: Callable[[], Any]) -> Future[Any]:
        if self._worker is None or self._process != os.getpid():  # a forked process has no threads
            # One: a program may ask for as much as it likes, and the host has other things to do.
            self._worker, self._process = ThreadPoolExecutor(1, "snapjs-crypto"), os.getpid()
        return self._worker.submit(answer)

    def _answer(self, operation: str, arguments: dict[str, Any]) -> tuple[str | None, Any]:
        try:
            return None, _OPERATIONS[operation](self, **arguments)
        except Failure as error:
            failure = error
        except ImportError:
            failure = lacking(arguments["algorithm"]["name"])
        return failure.name, failure.message

    # ---- the operations of SubtleCrypto

    def _digest(self, algorithm: dict[str, Any], data: bytes) -> bytes:
        return digest(algorithm["name"], data)

    def _generate_key(
        self, algorithm: dict[str, Any], extractable: bool, usages: list[str], draw: bytes | None
    ) -> list[dict[str, Any]]:
        made = self._algorithms[algorithm["name"]].generate_key(algorithm, extractable, usages, Randomness(draw))
        if isinstance(made, KeyPair):
            return [made.public.for_guest(self._held), made.private.for_guest(self._held)]
        return [insist_on_usages(made).for_guest(self._held)]

    def _import_key(
        self, format: Any, data: Any, algorithm: dict[str, Any], extractable: bool, usages: list[str]
    ) -> dict[str, Any]:
        key = self._algorithms[algorithm["name"]].import_key(format, data, algorithm, extractable, usages)
        return insist_on_usages(key).for_guest(self._held)

    def _export_key(self, format: Any, key: dict[str, Any], algorithm: dict[str, Any]) -> bytes | dict[str, Any]:
        known = from_guest(key)
        if not known.extractable:
            raise Failure("InvalidAccessError", "the key is not extractable")
        return self._algorithms[known.algorithm["name"]].export_key(format, known)

    def _sign(self, algorithm: dict[str, Any], key: dict[str, Any], data: bytes, draw: bytes | None) -> bytes:
        return self._algorithms[algorithm["name"]].sign(algorithm, from_guest(key), data, Randomness(draw))

    def _verify(self, algorithm: dict[str, Any], key: dict[str, Any], signature: bytes, data: bytes) -> bool:
        return self._algorithms[algorithm["name"]].verify(algorithm, from_guest(key), signature, data)

    def _encrypt(self, algorithm: dict[str, Any], key: dict[str, Any], data: bytes) -> bytes:
        return self._algorithms[algorithm["name"]].encrypt(algorithm, from_guest(key), data)

    def _decrypt(self, algorithm: dict[str, Any], key: dict[str, Any], data: bytes) -> bytes:
        return self._algorithms[algorithm["name"]].decrypt(algorithm, from_guest(key), data)

    def _derive_bits(self, algorithm: dict[str, Any], key: dict[str, Any], length: int | None) -> bytes:
        return self._algorithms[algorithm["name"]].derive_bits(algorithm, from_guest(key), length)

    def _derive_key(
        self,
        algorithm: dict[str, Any],
        key: dict[str, Any],
        imported: dict[str, Any],
        measured: dict[str, Any],
        extractable: bool,
        usages: list[str],
    ) -> dict[str, Any]:
        length = self._algorithms[measured["name"]].key_length(measured)
        secret = self._derive_bits(algorithm, key, length)
        return self._import_key("raw", secret, imported, extractable, usages)

    def _wrap_key(self, format: Any, key: dict[str, Any], wrapping: dict[str, Any], algorithm: dict[str, Any]) -> bytes:
        exported = self._export_key(format, key, algorithm)
        return self._encrypt(algorithm, wrapping, exported if isinstance(exported, bytes) else jwk.to_text(exported))

    def _unwrap_key(
        self,
        format: Any,
        data: bytes,
        unwrapping: dict[str, Any],
        algorithm: dict[str, Any],
        imported: dict[str, Any],
        extractable: bool,
        usages: list[str],
    ) -> dict[str, Any]:
        unwrapped = self._decrypt(algorithm, unwrapping, data)
        return self._import_key(
            format, jwk.from_text(unwrapped) if format == "jwk" else unwrapped, imported, extractable, usages
        )


_OPERATIONS: Final[dict[str, Callable[..., Any]]] = {
    "digest": Crypto._digest,
    "generateKey": Crypto._generate_key,
    "importKey": Crypto._import_key,
    "exportKey": Crypto._export_key,
    "sign": Crypto._sign,
    "verify": Crypto._verify,
    "encrypt": Crypto._encrypt,
    "decrypt": Crypto._decrypt,
    "deriveBits": Crypto._derive_bits,
    "deriveKey": Crypto._derive_key,
    "wrapKey": Crypto._wrap_key,
    "unwrapKey": Crypto._unwrap_key,
}


def _is_long(arguments: dict[str, Any]) -> bool:
    names = {arguments[role]["name"] for role in ("algorithm", "imported") if role in arguments}
    if not names.isdisjoint(_SLOW):
        return True
    parts = [arguments, *(value for value in arguments.values() if isinstance(value, dict))]
    return sum(len(value) for part in parts for value in part.values() if isinstance(value, bytes)) >= _LARGE


def _is_in_loop() -> bool:
    from asyncio import get_running_loop

    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True
