"""SHA, HMAC, HKDF and PBKDF2 with the examples of their specifications; they need no package."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest
from crypto_programs import refusal, run

if TYPE_CHECKING:
    from snapjs import VM

ABC = {
    "SHA-1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "SHA-384": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    "SHA-512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
}
JEFE = {
    "SHA-1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "SHA-256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "SHA-384": "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    "SHA-512": "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
}


@pytest.mark.parametrize("name", ABC)
def test_digest_of_fips_180(vm: VM, name: str) -> None:
    assert run(vm, "return subtle.digest(name, data)", name=name, data=b"abc").hex() == ABC[name]


def test_digest_of_nothing(vm: VM) -> None:
    assert run(vm, "return subtle.digest('SHA-256', new ArrayBuffer(0))") == hashlib.sha256().digest()


def test_digest_of_a_megabyte(vm: VM) -> None:
    data = bytes(range(256)) * 4096
    assert run(vm, "return subtle.digest('SHA-512', data)", data=data) == hashlib.sha512(data).digest()


@pytest.mark.parametrize("algorithm", ["'sha-256'", "{name: 'Sha-256'}", "{get name() { return 'SHA-256' }}"])
def test_names_are_found_in_any_case(vm: VM, algorithm: str) -> None:
    assert run(vm, f"return subtle.digest({algorithm}, data)", data=b"abc").hex() == ABC["SHA-256"]


@pytest.mark.parametrize("view", ["data", "data.buffer", "new DataView(data.buffer)", "new Uint16Array(data.buffer)"])
def test_every_kind_of_buffer(vm: VM, view: str) -> None:
    assert run(vm, f"return subtle.digest('SHA-1', {view})", data=b"abcd") == hashlib.sha1(b"abcd").digest()


def test_a_view_of_a_part(vm: VM) -> None:
    body = "return subtle.digest('SHA-1', new Uint8Array(data.buffer, 1, 3))"
    assert run(vm, body, data=b"xabcx").hex() == ABC["SHA-1"]


def test_data_is_copied_at_once(vm: VM) -> None:
    body = "const promise = subtle.digest('SHA-1', data); data.fill(0); return promise"
    assert run(vm, body, data=b"abc").hex() == ABC["SHA-1"]


def test_data_that_the_name_detaches_is_empty(vm: VM) -> None:
    body = "return subtle.digest({ get name() { data.buffer.transfer(); return 'SHA-1' } }, data)"
    assert run(vm, body, data=b"abc") == hashlib.sha1().digest()


@pytest.mark.parametrize("name", JEFE)
def test_hmac_of_rfc_4231(vm: VM, name: str) -> None:
    body = """
        const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: name }, false, ["sign"])
        return subtle.sign("HMAC", key, data)
    """
    assert run(vm, body, name=name, secret=b"Jefe", data=b"what do ya want for nothing?").hex() == JEFE[name]


VERIFY = """
    const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
    return subtle.verify("HMAC", key, signature, data)
"""


def test_hmac_is_verified(vm: VM) -> None:
    signature = hmac.digest(b"k", b"data", "sha256")
    assert run(vm, VERIFY, secret=b"k", signature=signature, data=b"data") is True


@pytest.mark.parametrize("damage", [lambda s: s[:-1], lambda s: s + b"\0", lambda s: bytes([s[0] ^ 1]) + s[1:]])
def test_hmac_that_is_wrong(vm: VM, damage: object) -> None:
    signature = damage(hmac.digest(b"k", b"data", "sha256"))  # type: ignore[operator]
    assert run(vm, VERIFY, secret=b"k", signature=signature, data=b"data") is False


@pytest.mark.parametrize(
    ("hash", "length", "size"),
    [("SHA-1", None, 64), ("SHA-256", None, 64), ("SHA-384", None, 128), ("SHA-512", 256, 32)],
)
def test_hmac_key_that_is_generated(vm: VM, hash: str, length: int | None, size: int) -> None:
    body = """
        const parameters = length === null ? { name: "HMAC", hash } : { name: "HMAC", hash, length }
        const key = await subtle.generateKey(parameters, true, ["sign", "verify"])
        return [key.algorithm, (await subtle.exportKey("raw", key)).byteLength]
    """
    algorithm = {"name": "HMAC", "hash": {"name": hash}, "length": size * 8}
    assert run(vm, body, hash=hash, length=length) == [algorithm, size]


def test_hmac_key_of_odd_bits(vm: VM) -> None:
    body = """
        const key = await subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256", length: 11 }, true, ["sign"])
        return subtle.exportKey("raw", key)
    """
    assert run(vm, body, secret=b"\xff\xff") == b"\xff\xe0"


@pytest.mark.parametrize(("secret", "length"), [(b"", None), (b"ab", 17), (b"ab", 8)])
def test_hmac_key_of_another_length(vm: VM, secret: bytes, length: int | None) -> None:
    body = """
        const parameters = { name: "HMAC", hash: "SHA-256" }
        if (length !== null) parameters.length = length
        return subtle.importKey("raw", secret, parameters, true, ["sign"])
    """
    assert refusal(vm, body, secret=secret, length=length) == "DataError"


DERIVE = """
    const key = await subtle.importKey("raw", secret, parameters.name, false, ["deriveBits"])
    return subtle.deriveBits(parameters, key, bits)
"""


def test_hkdf_of_rfc_5869(vm: VM) -> None:
    parameters = {
        "name": "HKDF",
        "hash": "SHA-256",
        "salt": bytes(range(13)),
        "info": bytes(range(0xF0, 0xFA)),
    }
    derived = run(vm, DERIVE, secret=b"\x0b" * 22, parameters=parameters, bits=336)
    assert derived.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"


@pytest.mark.parametrize(
    ("iterations", "derived"),
    [(1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"), (4096, "4b007901b765489abead49d926f721d065a429c1")],
)
def test_pbkdf2_of_rfc_6070(vm: VM, iterations: int, derived: str) -> None:
    parameters = {"name": "PBKDF2", "hash": "SHA-1", "salt": b"salt", "iterations": iterations}
    assert run(vm, DERIVE, secret=b"password", parameters=parameters, bits=160).hex() == derived


HKDF = {"name": "HKDF", "hash": "SHA-256", "salt": b"", "info": b""}
PBKDF2 = {"name": "PBKDF2", "hash": "SHA-256", "salt": b"", "iterations": 1}


@pytest.mark.parametrize("parameters", [HKDF, PBKDF2])
def test_no_bits(vm: VM, parameters: dict[str, object]) -> None:
    assert run(vm, DERIVE, secret=b"x", parameters=parameters, bits=0) == b""


@pytest.mark.parametrize("parameters", [HKDF, PBKDF2])
@pytest.mark.parametrize("bits", [None, 7])
def test_bits_that_are_no_bytes(vm: VM, parameters: dict[str, object], bits: int | None) -> None:
    assert refusal(vm, DERIVE, secret=b"x", parameters=parameters, bits=bits) == "OperationError"


def test_more_bits_than_hkdf_has(vm: VM) -> None:
    assert refusal(vm, DERIVE, secret=b"x", parameters=HKDF, bits=(255 * 32 + 1) * 8) == "OperationError"


@pytest.mark.parametrize(("iterations", "bits"), [(0, 256), (10_000_001, 256), (5_000_001, 512), (2**32 - 1, 8)])
def test_iterations_that_are_none_or_too_many(vm: VM, iterations: int, bits: int) -> None:
    parameters = {**PBKDF2, "iterations": iterations}
    assert refusal(vm, DERIVE, secret=b"x", parameters=parameters, bits=bits) == "OperationError"


@pytest.mark.parametrize("name", ["HKDF", "PBKDF2"])
@pytest.mark.parametrize("format", ["spki", "pkcs8"])
def test_secrets_are_raw(vm: VM, name: str, format: str) -> None:
    body = "return subtle.importKey(format, data, name, false, ['deriveBits'])"
    assert refusal(vm, body, format=format, data=b"x", name=name) == "NotSupportedError"


@pytest.mark.parametrize("name", ["HKDF", "PBKDF2"])
def test_secrets_are_never_extractable(vm: VM, name: str) -> None:
    body = "return subtle.importKey('raw', data, name, true, ['deriveBits'])"
    assert refusal(vm, body, data=b"x", name=name) == "SyntaxError"


@pytest.mark.parametrize("name", ["HKDF", "PBKDF2"])
def test_secrets_are_not_exported(vm: VM, name: str) -> None:
    body = "return subtle.exportKey('raw', await subtle.importKey('raw', data, name, false, ['deriveBits']))"
    assert refusal(vm, body, data=b"x", name=name) == "NotSupportedError"
