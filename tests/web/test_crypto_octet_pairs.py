"""Ed25519, Ed448, X25519 and X448 with the examples of RFC 8032 and RFC 7748."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crypto_programs import refusal, run
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

if TYPE_CHECKING:
    from snapjs import VM

CLASSES = {
    "Ed25519": Ed25519PrivateKey,
    "Ed448": Ed448PrivateKey,
    "X25519": X25519PrivateKey,
    "X448": X448PrivateKey,
}


def pkcs8_of(name: str, private: bytes) -> bytes:
    key = CLASSES[name].from_private_bytes(private)
    der: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return der


# RFC 8032, section 7.1, test 2
SECRET = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
SIGN = """
    const key = await subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"])
    return subtle.sign("Ed25519", key, data)
"""
VERIFY = """
    const key = await subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"])
    return subtle.verify("Ed25519", key, signature, data)
"""


def test_signature_of_rfc_8032(vm: VM) -> None:
    assert run(vm, SIGN, der=pkcs8_of("Ed25519", SECRET), data=b"\x72") == SIGNATURE


def test_signature_of_rfc_8032_is_verified(vm: VM) -> None:
    assert run(vm, VERIFY, publicKey=PUBLIC, signature=SIGNATURE, data=b"\x72") is True


@pytest.mark.parametrize(("signature", "data"), [
    (SIGNATURE, b"\x73"), (SIGNATURE[:-1], b"\x72"), (b"", b"\x72"), (b"\xff" * 64, b"\x72"),
])  # fmt: skip
def test_signature_that_is_wrong(vm: VM, signature: bytes, data: bytes) -> None:
    assert run(vm, VERIFY, publicKey=PUBLIC, signature=signature, data=data) is False


SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_points_of_small_order_verify_nothing(vm: VM, point: str) -> None:
    public, signature = bytes.fromhex(point), bytes.fromhex(point) + bytes(32)
    assert run(vm, VERIFY, publicKey=public, signature=SIGNATURE, data=b"\x72") is False
    assert run(vm, VERIFY, publicKey=PUBLIC, signature=signature, data=b"\x72") is False
    assert run(vm, VERIFY, publicKey=public, signature=signature, data=b"") is False


def test_ed448_beside_cryptography(vm: VM) -> None:
    key = Ed448PrivateKey.generate()
    body = """
        const key = await subtle.importKey("pkcs8", der, "Ed448", false, ["sign"])
        const publicKey = await subtle.importKey("raw", point, "Ed448", true, ["verify"])
        const signature = await subtle.sign({ name: "Ed448", context: new Uint8Array() }, key, point)
        return [signature, await subtle.verify("Ed448", publicKey, signature, point)]
    """
    point = key.public_key().public_bytes_raw()
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert run(vm, body, der=der, point=point) == [key.sign(point), True]


def test_ed448_with_a_context(vm: VM) -> None:
    body = """
        const { privateKey } = await subtle.generateKey("Ed448", false, ["sign", "verify"])
        return subtle.sign({ name: "Ed448", context: new Uint8Array(1) }, privateKey, new Uint8Array())
    """
    assert refusal(vm, body) == "OperationError"


# RFC 7748, section 6.1
BOB = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
ALICE_PUBLIC = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
SHARED = bytes.fromhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
AGREE = """
    const ours = await subtle.importKey("pkcs8", der, name, false, ["deriveBits"])
    const theirs = await subtle.importKey("raw", point, name, true, [])
    return subtle.deriveBits({ name, public: theirs }, ours, bits)
"""


@pytest.mark.parametrize(("bits", "secret"), [(None, SHARED), (256, SHARED), (8, SHARED[:1])])
def test_secret_of_rfc_7748(vm: VM, bits: int | None, secret: bytes) -> None:
    der = pkcs8_of("X25519", BOB)
    assert run(vm, AGREE, name="X25519", der=der, point=ALICE_PUBLIC, bits=bits) == secret


def test_x448_beside_cryptography(vm: VM) -> None:
    ours, theirs = X448PrivateKey.generate(), X448PrivateKey.generate()
    der = ours.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    secret = run(vm, AGREE, name="X448", der=der, point=theirs.public_key().public_bytes_raw(), bits=None)
    assert secret == theirs.exchange(ours.public_key())


def test_point_of_small_order(vm: VM) -> None:
    inputs = {"name": "X25519", "der": pkcs8_of("X25519", BOB), "point": bytes(32), "bits": None}
    assert refusal(vm, AGREE, **inputs) == "OperationError"


# ---- keys


@pytest.mark.parametrize("name", CLASSES)
def test_formats_are_those_of_rfc_8410(vm: VM, name: str) -> None:
    body = """
        const usages = name.startsWith("Ed") ? ["sign", "verify"] : ["deriveBits"]
        const { publicKey, privateKey } = await subtle.generateKey(name, true, usages)
        return [await subtle.exportKey("pkcs8", privateKey), await subtle.exportKey("spki", publicKey),
            await subtle.exportKey("raw", publicKey), (await subtle.exportKey("jwk", privateKey)).d.length]
    """
    pkcs8, spki, raw, length = run(vm, body, name=name)
    size = len(raw)
    key = CLASSES[name].from_private_bytes(pkcs8[-size:])
    assert pkcs8 == key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert spki == key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert raw == key.public_key().public_bytes_raw()
    assert length == -(-size * 4 // 3)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("part", ["publicKey", "privateKey"])
def test_key_through_jwk(vm: VM, name: str, part: str) -> None:
    body = """
        const usages = name.startsWith("Ed") ? ["sign", "verify"] : ["deriveBits"]
        const key = (await subtle.generateKey(name, true, usages))[part]
        const jwk = await subtle.exportKey("jwk", key)
        const again = await subtle.importKey("jwk", jwk, name, true, key.usages)
        return [jwk, await subtle.exportKey("jwk", again)]
    """
    once, twice = run(vm, body, name=name, part=part)
    assert once == twice
    assert (once["kty"], once["crv"], once.get("alg")) == ("OKP", name, name if name.startswith("Ed") else None)


IMPORT = "return subtle.importKey(format, data, 'Ed25519', true, usages)"


@pytest.mark.parametrize(("format", "data"), [
    ("raw", b""), ("raw", PUBLIC[:-1]), ("raw", PUBLIC + b"\0"),
    ("spki", b""), ("spki", PUBLIC), ("pkcs8", pkcs8_of("X25519", BOB)), ("pkcs8", pkcs8_of("Ed25519", SECRET)[:-1]),
])  # fmt: skip
def test_key_that_is_none(vm: VM, format: str, data: bytes) -> None:
    usages = ["sign"] if format == "pkcs8" else ["verify"]
    assert refusal(vm, IMPORT, format=format, data=data, usages=usages) == "DataError"


JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    "d": "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs",
}


@pytest.mark.parametrize("alg", [None, "Ed25519", "EdDSA"])
def test_jwk_of_rfc_8032(vm: VM, alg: str | None) -> None:
    body = IMPORT.replace("return", "const key = await") + "; return subtle.exportKey('pkcs8', key)"
    jwk = JWK if alg is None else {**JWK, "alg": alg}
    assert run(vm, body, format="jwk", data=jwk, usages=["sign"]) == pkcs8_of("Ed25519", SECRET)


@pytest.mark.parametrize("member", [
    {"x": "AA"}, {"d": "AA"}, {"x": JWK["d"]}, {"crv": "X25519"}, {"kty": "EC"}, {"alg": "ES256"}, {"d": "===="},
])  # fmt: skip
def test_jwk_that_is_none(vm: VM, member: dict[str, str]) -> None:
    assert refusal(vm, IMPORT, format="jwk", data={**JWK, **member}, usages=["sign"]) == "DataError"
