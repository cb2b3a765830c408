"""RSA beside `cryptography`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from crypto_programs import refusal, run
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

if TYPE_CHECKING:
    from snapjs import VM

HASHES = {"SHA-1": hashes.SHA1(), "SHA-256": hashes.SHA256(), "SHA-384": hashes.SHA384(), "SHA-512": hashes.SHA512()}


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def pkcs8() -> bytes:
    return private_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@cache
def spki() -> bytes:
    return private_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


SIGN = """
    const key = await subtle.importKey("pkcs8", der, { name: scheme.name, hash }, false, ["sign"])
    return subtle.sign(scheme, key, data)
"""
VERIFY = """
    const key = await subtle.importKey("spki", der, { name: scheme.name, hash }, false, ["verify"])
    return subtle.verify(scheme, key, signature, data)
"""
PKCS1 = {"name": "RSASSA-PKCS1-v1_5"}
PSS = {"name": "RSA-PSS", "saltLength": 20}


def reference(scheme: dict[str, Any], hash: str) -> padding.AsymmetricPadding:
    return padding.PKCS1v15() if scheme is PKCS1 else padding.PSS(padding.MGF1(HASHES[hash]), 20)


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("scheme", [PKCS1, PSS])
def test_signature_beside_cryptography(vm: VM, scheme: dict[str, Any], hash: str) -> None:
    signature = run(vm, SIGN, der=pkcs8(), scheme=scheme, hash=hash, data=b"data")
    private_key().public_key().verify(signature, b"data", reference(scheme, hash), HASHES[hash])


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("scheme", [PKCS1, PSS])
def test_verification_beside_cryptography(vm: VM, scheme: dict[str, Any], hash: str) -> None:
    signature = private_key().sign(b"data", reference(scheme, hash), HASHES[hash])
    assert run(vm, VERIFY, der=spki(), scheme=scheme, hash=hash, signature=signature, data=b"data") is True
    assert run(vm, VERIFY, der=spki(), scheme=scheme, hash=hash, signature=signature, data=b"Data") is False
    assert run(vm, VERIFY, der=spki(), scheme=scheme, hash=hash, signature=b"", data=b"data") is False


@pytest.mark.parametrize("size", [0, 32, 222])
def test_pss_with_salts_of_any_size(vm: VM, size: int) -> None:
    scheme = {**PSS, "saltLength": size}
    signature = run(vm, SIGN, der=pkcs8(), scheme=scheme, hash="SHA-256", data=b"")
    assert run(vm, VERIFY, der=spki(), scheme=scheme, hash="SHA-256", signature=signature, data=b"") is True


@pytest.mark.parametrize("size", [223, 4000, 2**32 - 1])
def test_pss_with_a_salt_that_has_no_room(vm: VM, size: int) -> None:
    scheme = {**PSS, "saltLength": size}
    assert refusal(vm, SIGN, der=pkcs8(), scheme=scheme, hash="SHA-256", data=b"") == "OperationError"


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("label", [None, b"label"])
def test_oaep_beside_cryptography(vm: VM, hash: str, label: bytes | None) -> None:
    scheme = {"name": "RSA-OAEP"} if label is None else {"name": "RSA-OAEP", "label": label}
    oaep = padding.OAEP(padding.MGF1(HASHES[hash]), HASHES[hash], label)
    encrypt = """
        const key = await subtle.importKey("spki", der, { name: "RSA-OAEP", hash }, false, ["encrypt"])
        return subtle.encrypt(scheme, key, data)
    """
    decrypt = """
        const key = await subtle.importKey("pkcs8", der, { name: "RSA-OAEP", hash }, false, ["decrypt"])
        return subtle.decrypt(scheme, key, data)
    """
    encrypted = run(vm, encrypt, der=spki(), scheme=scheme, hash=hash, data=b"data")
    assert private_key().decrypt(encrypted, oaep) == b"data"
    encrypted = private_key().public_key().encrypt(b"data", oaep)
    assert run(vm, decrypt, der=pkcs8(), scheme=scheme, hash=hash, data=encrypted) == b"data"
    assert refusal(vm, decrypt, der=pkcs8(), scheme=scheme, hash=hash, data=encrypted[:-1]) == "OperationError"


def test_oaep_of_too_much(vm: VM) -> None:
    body = """
        const key = await subtle.importKey("spki", der, { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"])
        return subtle.encrypt("RSA-OAEP", key, new Uint8Array(191))
    """
    assert refusal(vm, body, der=spki()) == "OperationError"


# ---- keys

THROUGH = """
    const algorithm = { name: "RSA-PSS", hash: "SHA-256" }
    const key = await subtle.importKey(format, data, algorithm, true, usages)
    const jwk = await subtle.exportKey("jwk", key)
    const again = await subtle.importKey("jwk", jwk, algorithm, true, usages)
    return [again.type, again.algorithm, await subtle.exportKey(format, again)]
"""


@pytest.mark.parametrize("format", ["spki", "pkcs8"])
def test_key_through_jwk(vm: VM, format: str) -> None:
    data, usages = (spki(), ["verify"]) if format == "spki" else (pkcs8(), ["sign"])
    type, algorithm, exported = run(vm, THROUGH, format=format, data=data, usages=usages)
    assert type == ("public" if format == "spki" else "private")
    assert algorithm == {
        "name": "RSA-PSS",
        "modulusLength": 2048,
        "publicExponent": b"\1\0\1",
        "hash": {"name": "SHA-256"},
    }
    assert exported == data


@pytest.mark.slow
@pytest.mark.parametrize("exponent", [b"\1\0\1", b"\3"])
def test_pair_that_is_generated(vm: VM, exponent: bytes) -> None:
    body = """
        const parameters = { name: "RSASSA-PKCS1-v1_5", modulusLength: 1024, publicExponent: exponent, hash: "SHA-256" }
        const { publicKey, privateKey } = await subtle.generateKey(parameters, false, ["sign", "verify"])
        const signature = await subtle.sign(parameters.name, privateKey, exponent)
        return [
            publicKey.extractable, publicKey.usages, privateKey.extractable, privateKey.usages,
            publicKey.algorithm.publicExponent, await subtle.verify(parameters.name, publicKey, signature, exponent),
        ]
    """
    assert run(vm, body, exponent=exponent) == [True, ["verify"], False, ["sign"], exponent, True]


GENERATE = """
    const parameters = { name: "RSA-PSS", modulusLength: bits, publicExponent: exponent, hash: "SHA-256" }
    return subtle.generateKey(parameters, false, ["sign", "verify"])
"""


@pytest.mark.parametrize("bits", [0, 1023, 8193, 2**32 - 1])
def test_pair_of_another_size(vm: VM, bits: int) -> None:
    assert refusal(vm, GENERATE, bits=bits, exponent=b"\1\0\1") == "OperationError"


@pytest.mark.parametrize("exponent", [b"", b"\0", b"\1", b"\1\0\0", b"\xff" * 100])
def test_pair_with_another_exponent(vm: VM, exponent: bytes) -> None:
    assert refusal(vm, GENERATE, bits=1024, exponent=exponent) == "OperationError"


IMPORT = "return subtle.importKey(format, data, { name: 'RSA-PSS', hash: 'SHA-256' }, true, usages)"


@pytest.mark.parametrize(("format", "usages"), [("spki", ["verify"]), ("pkcs8", ["sign"])])
@pytest.mark.parametrize(
    "damage", [lambda der: b"", lambda der: der[:-1], lambda der: der + b"\0", lambda der: der[::-1]]
)
def test_key_that_is_none(vm: VM, format: str, usages: list[str], damage: Any) -> None:
    data = damage(spki() if format == "spki" else pkcs8())
    assert refusal(vm, IMPORT, format=format, data=data, usages=usages) == "DataError"


def test_key_that_is_too_large_to_be_read(vm: VM) -> None:
    assert refusal(vm, IMPORT, format="pkcs8", data=pkcs8() + bytes(16384), usages=["sign"]) == "OperationError"


def test_modulus_that_is_too_long(vm: VM) -> None:
    jwk = {"kty": "RSA", "n": "_" * 2732, "e": "AQAB"}
    assert refusal(vm, IMPORT, format="jwk", data=jwk, usages=["verify"]) == "OperationError"


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "n", "e"])
def test_private_jwk_with_a_member_that_is_wrong(vm: VM, member: str) -> None:
    exported = run(
        vm,
        """
        const key = await subtle.importKey("pkcs8", der, { name: "RSA-PSS", hash: "SHA-256" }, true, ["sign"])
        return subtle.exportKey("jwk", key)
        """,
        der=pkcs8(),
    )
    jwk = {**exported, member: "BQ"}
    assert refusal(vm, IMPORT, format="jwk", data=jwk, usages=["sign"]) == "DataError"
    del jwk[member]
    if member != "d":  # without which it is a public one
        assert refusal(vm, IMPORT, format="jwk", data=jwk, usages=["sign"]) == "DataError"


def test_key_in_the_format_raw(vm: VM) -> None:
    assert refusal(vm, IMPORT, format="raw", data=b"x", usages=["verify"]) == "NotSupportedError"


@pytest.mark.parametrize("usage", ["sign", "encrypt"])
def test_public_key_with_a_usage_of_others(vm: VM, usage: str) -> None:
    assert refusal(vm, IMPORT, format="spki", data=spki(), usages=[usage]) == "SyntaxError"


@pytest.mark.parametrize("usages", [[], ["verify"]])
def test_private_key_with_no_usage_or_another(vm: VM, usages: list[str]) -> None:
    assert refusal(vm, IMPORT, format="pkcs8", data=pkcs8(), usages=usages) == "SyntaxError"
