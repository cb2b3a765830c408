"""AES with the examples of NIST SP 800-38A and 800-38D and RFC 3394, and beside `cryptography`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from crypto_programs import refusal, run
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from snapjs import VM

SECRET = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
BLOCK = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")
COUNTER = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")

ENCRYPT = """
    const key = await subtle.importKey("raw", secret, parameters.name, false, ["encrypt"])
    return subtle.encrypt(parameters, key, data)
"""
DECRYPT = """
    const key = await subtle.importKey("raw", secret, parameters.name, false, ["decrypt"])
    return subtle.decrypt(parameters, key, data)
"""


def encrypt(vm: VM, data: bytes, secret: bytes = SECRET, **parameters: Any) -> bytes:
    encrypted: bytes = run(vm, ENCRYPT, secret=secret, parameters=parameters, data=data)
    return encrypted


def decrypt(vm: VM, data: bytes, secret: bytes = SECRET, **parameters: Any) -> bytes:
    decrypted: bytes = run(vm, DECRYPT, secret=secret, parameters=parameters, data=data)
    return decrypted


# ---- CBC


def test_cbc_of_sp_800_38a(vm: VM) -> None:
    encrypted = encrypt(vm, BLOCK, name="AES-CBC", iv=bytes(range(16)))
    assert encrypted[:16].hex() == "7649abac8119b246cee98e9b12e9197d"
    assert len(encrypted) == 32


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 1000])
def test_cbc_there_and_back(vm: VM, size: int) -> None:
    data, iv = os.urandom(size), os.urandom(16)
    assert decrypt(vm, encrypt(vm, data, name="AES-CBC", iv=iv), name="AES-CBC", iv=iv) == data


@pytest.mark.parametrize("size", [0, 15, 17])
def test_cbc_with_another_vector(vm: VM, size: int) -> None:
    parameters = {"name": "AES-CBC", "iv": bytes(size)}
    assert refusal(vm, ENCRYPT, secret=SECRET, parameters=parameters, data=b"") == "OperationError"


@pytest.mark.parametrize("data", [b"", bytes(15), bytes(16)])
def test_cbc_of_what_was_never_encrypted(vm: VM, data: bytes) -> None:
    parameters = {"name": "AES-CBC", "iv": bytes(16)}
    assert refusal(vm, DECRYPT, secret=SECRET, parameters=parameters, data=data) == "OperationError"


# ---- CTR


def test_ctr_of_sp_800_38a(vm: VM) -> None:
    encrypted = encrypt(vm, BLOCK, name="AES-CTR", counter=COUNTER, length=128)
    assert encrypted.hex() == "874d6191b620e3261bef6864990db6ce"


def keystream(counters: list[int]) -> bytes:
    cipher = Cipher(algorithms.AES(SECRET), modes.ECB()).encryptor()
    return cipher.update(b"".join(counter.to_bytes(16, "big") for counter in counters))


@pytest.mark.parametrize(("length", "first", "counters"), [
    (8, 0x1FF, [0x1FF, 0x100, 0x101]),
    (1, 0x1, [0x1, 0x0]),
    (128, (1 << 128) - 1, [(1 << 128) - 1, 0, 1]),
    (64, 0x5FFFFFFFFFFFFFFFE, [0x5FFFFFFFFFFFFFFFE, 0x5FFFFFFFFFFFFFFFF, 0x50000000000000000]),
])  # fmt: skip
def test_the_counter_begins_again(vm: VM, length: int, first: int, counters: list[int]) -> None:
    encrypted = encrypt(vm, bytes(16 * len(counters)), name="AES-CTR", counter=first.to_bytes(16, "big"), length=length)
    assert encrypted == keystream(counters)


def test_ctr_there_and_back(vm: VM) -> None:
    parameters = {"name": "AES-CTR", "counter": b"\xff" * 16, "length": 100}
    assert decrypt(vm, encrypt(vm, b"x" * 100, **parameters), **parameters) == b"x" * 100


@pytest.mark.parametrize(("counter", "length", "size"), [(15, 64, 1), (16, 0, 1), (16, 129, 1), (16, 1, 33)])
def test_ctr_that_cannot_be(vm: VM, counter: int, length: int, size: int) -> None:
    parameters = {"name": "AES-CTR", "counter": bytes(counter), "length": length}
    assert refusal(vm, ENCRYPT, secret=SECRET, parameters=parameters, data=bytes(size)) == "OperationError"


# ---- GCM


def test_gcm_of_its_specification(vm: VM) -> None:
    encrypted = encrypt(vm, bytes(16), bytes(16), name="AES-GCM", iv=bytes(12))
    assert encrypted.hex() == "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"


@pytest.mark.parametrize("size", [16, 24, 32])
def test_gcm_beside_cryptography(vm: VM, size: int) -> None:
    secret, iv = os.urandom(size), os.urandom(12)
    sealed = encrypt(vm, b"data", secret, name="AES-GCM", iv=iv, additionalData=b"more")
    assert AESGCM(secret).decrypt(iv, sealed, b"more") == b"data"
    sealed = AESGCM(secret).encrypt(iv, b"data", b"more")
    assert decrypt(vm, sealed, secret, name="AES-GCM", iv=iv, additionalData=b"more") == b"data"


@pytest.mark.parametrize("bits", [32, 64, 96, 104, 112, 120, 128])
def test_gcm_with_a_shorter_tag(vm: VM, bits: int) -> None:
    parameters = {"name": "AES-GCM", "iv": bytes(12), "tagLength": bits}
    sealed = encrypt(vm, b"data", **parameters)
    assert sealed == AESGCM(SECRET).encrypt(bytes(12), b"data", None)[: 4 + bits // 8]
    assert decrypt(vm, sealed, **parameters) == b"data"


@pytest.mark.parametrize("damaged", ["iv", "additionalData", "data", "short"])
def test_gcm_that_was_changed(vm: VM, damaged: str) -> None:
    sealed = encrypt(vm, b"data", name="AES-GCM", iv=bytes(12), additionalData=b"more")
    parameters = {"name": "AES-GCM", "iv": bytes(12), "additionalData": b"more"}
    if damaged in parameters:
        parameters[damaged] = b"\1" * 12
    data = {"data": sealed[:-1] + b"?", "short": sealed[:15]}.get(damaged, sealed)
    assert refusal(vm, DECRYPT, secret=SECRET, parameters=parameters, data=data) == "OperationError"


@pytest.mark.parametrize("member", [{"tagLength": 0}, {"tagLength": 127}, {"iv": b""}, {"iv": bytes(129)}])
def test_gcm_that_cannot_be(vm: VM, member: dict[str, object]) -> None:
    parameters = {"name": "AES-GCM", "iv": bytes(12), **member}
    assert refusal(vm, ENCRYPT, secret=SECRET, parameters=parameters, data=b"") == "OperationError"


# ---- KW

WRAP = """
    const wrapping = await subtle.importKey("raw", secret, "AES-KW", false, ["wrapKey", "unwrapKey"])
    const key = await subtle.importKey("raw", data, { name: "HMAC", hash: "SHA-256" }, true, ["sign"])
    return subtle.wrapKey("raw", key, wrapping, "AES-KW")
"""
UNWRAP = """
    const wrapping = await subtle.importKey("raw", secret, "AES-KW", false, ["unwrapKey"])
    const key = await subtle.unwrapKey("raw", data, wrapping, "AES-KW", { name: "HMAC", hash: "SHA-256" }, true, ["sign"])
    return subtle.exportKey("raw", key)
"""
KEK = bytes(range(16))
PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")
WRAPPED = bytes.fromhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")


def test_kw_of_rfc_3394(vm: VM) -> None:
    assert run(vm, WRAP, secret=KEK, data=PLAIN) == WRAPPED


def test_kw_back(vm: VM) -> None:
    assert run(vm, UNWRAP, secret=KEK, data=WRAPPED) == PLAIN


@pytest.mark.parametrize("data", [b"", WRAPPED[:-1], WRAPPED[:-8], bytes(24)])
def test_kw_of_what_was_never_wrapped(vm: VM, data: bytes) -> None:
    assert refusal(vm, UNWRAP, secret=KEK, data=data) == "OperationError"


@pytest.mark.parametrize("size", [1, 8, 20])
def test_kw_of_another_size(vm: VM, size: int) -> None:
    assert refusal(vm, WRAP, secret=KEK, data=bytes(size)) == "OperationError"


# ---- keys

NAMES = ["AES-CBC", "AES-CTR", "AES-GCM", "AES-KW"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [128, 192, 256])
def test_key_that_is_generated(vm: VM, name: str, length: int) -> None:
    body = """
        const key = await subtle.generateKey({ name, length }, true, ["wrapKey"])
        return [key.type, key.algorithm, key.usages, await subtle.exportKey("jwk", key)]
    """
    type, algorithm, usages, exported = run(vm, body, name=name, length=length)
    assert (type, algorithm, usages) == ("secret", {"name": name, "length": length}, ["wrapKey"])
    secret = exported.pop("k")
    assert exported == {"key_ops": ["wrapKey"], "ext": True, "kty": "oct", "alg": f"A{length}{name[4:]}"}
    assert len(secret) == -(-length // 6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [0, 64, 127, 512])
def test_key_of_another_length(vm: VM, name: str, length: int) -> None:
    body = "return subtle.generateKey({ name, length }, true, ['wrapKey'])"
    assert refusal(vm, body, name=name, length=length) == "OperationError"


@pytest.mark.parametrize("length", [-1, 65536, "x", float("nan"), float("inf")])
def test_length_that_is_no_number_of_the_kind(vm: VM, length: object) -> None:
    body = "return subtle.generateKey({ name: 'AES-CBC', length }, true, ['encrypt'])"
    assert refusal(vm, body, length=length) == "TypeError"


@pytest.mark.parametrize("size", [0, 8, 15, 17, 64])
def test_key_of_another_size(vm: VM, size: int) -> None:
    body = "return subtle.importKey('raw', data, 'AES-CBC', true, ['encrypt'])"
    assert refusal(vm, body, data=bytes(size)) == "DataError"
