"""ECDSA and ECDH with the examples of RFC 6979 and NIST, and beside `cryptography`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crypto_programs import refusal, run
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

if TYPE_CHECKING:
    from snapjs import VM

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
SIZES = {"P-256": 32, "P-384": 48, "P-521": 66}
HASHES = {"SHA-1": hashes.SHA1(), "SHA-256": hashes.SHA256(), "SHA-384": hashes.SHA384(), "SHA-512": hashes.SHA512()}


def pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


# ---- ECDSA

SIGN = """
    const key = await subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: curve }, false, ["sign"])
    return subtle.sign({ name: "ECDSA", hash }, key, data)
"""
VERIFY = """
    const key = await subtle.importKey("spki", der, { name: "ECDSA", namedCurve: curve }, false, ["verify"])
    return subtle.verify({ name: "ECDSA", hash }, key, signature, data)
"""

# RFC 6979, A.2.5
SAMPLE = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())
SAMPLE_SIGNATURE = bytes.fromhex(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
)


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("curve", CURVES)
def test_signature_beside_cryptography(vm: VM, curve: str, hash: str) -> None:
    key, size = ec.generate_private_key(CURVES[curve]), SIZES[curve]
    signature = run(vm, SIGN, der=pkcs8(key), curve=curve, hash=hash, data=b"data")
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    key.public_key().verify(encode_dss_signature(r, s), b"data", ec.ECDSA(HASHES[hash]))
    assert len(signature) == 2 * size


@pytest.mark.parametrize("curve", CURVES)
def test_verification_beside_cryptography(vm: VM, curve: str) -> None:
    key, size = ec.generate_private_key(CURVES[curve]), SIZES[curve]
    r, s = decode_dss_signature(key.sign(b"data", ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    inputs = {"der": spki(key), "curve": curve, "hash": "SHA-256"}
    assert run(vm, VERIFY, signature=signature, data=b"data", **inputs) is True
    assert run(vm, VERIFY, signature=signature, data=b"Data", **inputs) is False


@pytest.mark.parametrize("signature", [b"", SAMPLE_SIGNATURE[:-1], SAMPLE_SIGNATURE + b"\0", bytes(64), b"\xff" * 64])
def test_what_is_no_signature(vm: VM, signature: bytes) -> None:
    inputs = {"der": spki(SAMPLE), "curve": "P-256", "hash": "SHA-256"}
    assert run(vm, VERIFY, signature=signature, data=b"sample", **inputs) is False


def test_signature_of_rfc_6979_is_verified(vm: VM) -> None:
    inputs = {"der": spki(SAMPLE), "curve": "P-256", "hash": "SHA-256"}
    assert run(vm, VERIFY, signature=SAMPLE_SIGNATURE, data=b"sample", **inputs) is True


def test_with_a_seed_signatures_are_those_of_rfc_6979(make_vm: Any) -> None:
    inputs = {"der": pkcs8(SAMPLE), "curve": "P-256", "hash": "SHA-256"}
    assert run(make_vm(seed=1), SIGN, data=b"sample", **inputs) == SAMPLE_SIGNATURE


def test_without_a_seed_each_signature_is_another(vm: VM) -> None:
    inputs = {"der": pkcs8(SAMPLE), "curve": "P-256", "hash": "SHA-256"}
    assert run(vm, SIGN, data=b"sample", **inputs) != run(vm, SIGN, data=b"sample", **inputs)


def test_signing_with_the_public_key(vm: VM) -> None:
    body = """
        const key = await subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"])
        return subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, point)
    """
    assert refusal(vm, body, point=point(SAMPLE)) == "InvalidAccessError"


# ---- ECDH

AGREE = """
    const parameters = { name: "ECDH", namedCurve: curve }
    const privateKey = await subtle.importKey("pkcs8", der, parameters, false, ["deriveBits"])
    const publicKey = await subtle.importKey("raw", theirs, parameters, false, [])
    return subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, bits)
"""
NIST_THEIRS = bytes.fromhex(
    "04"
    "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
    "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"
)
NIST_OURS = ec.derive_private_key(0x7D7DC5F71EB29DDAF80D6214632EEAE03D9058AF1FB6D22ED80BADB62BC1A534, ec.SECP256R1())
NIST_SECRET = bytes.fromhex("46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b")


@pytest.mark.parametrize(("bits", "secret"), [
    (None, NIST_SECRET), (256, NIST_SECRET), (128, NIST_SECRET[:16]), (12, b"\x46\xf0"), (0, b""),
])  # fmt: skip
def test_secret_of_nist(vm: VM, bits: int | None, secret: bytes) -> None:
    assert run(vm, AGREE, der=pkcs8(NIST_OURS), theirs=NIST_THEIRS, curve="P-256", bits=bits) == secret


@pytest.mark.parametrize("curve", CURVES)
def test_secret_beside_cryptography(vm: VM, curve: str) -> None:
    ours, theirs = ec.generate_private_key(CURVES[curve]), ec.generate_private_key(CURVES[curve])
    secret = run(vm, AGREE, der=pkcs8(ours), theirs=point(theirs), curve=curve, bits=None)
    assert secret == theirs.exchange(ec.ECDH(), ours.public_key())


def test_more_bits_than_the_secret_has(vm: VM) -> None:
    inputs = {"der": pkcs8(NIST_OURS), "theirs": NIST_THEIRS, "curve": "P-256", "bits": 257}
    assert refusal(vm, AGREE, **inputs) == "OperationError"


MISFITS = {
    "another curve": "(await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-384' }, true, ['deriveBits'])).publicKey",
    "another algorithm": "(await subtle.generateKey('X25519', true, ['deriveBits'])).publicKey",
    "a private key": "ours",
}


@pytest.mark.parametrize("theirs", MISFITS.values(), ids=MISFITS)
def test_keys_that_do_not_fit(vm: VM, theirs: str) -> None:
    body = f"""
        const ours = await subtle.importKey("pkcs8", der, {{ name: "ECDH", namedCurve: "P-256" }}, false, ["deriveBits"])
        return subtle.deriveBits({{ name: "ECDH", public: {theirs} }}, ours, 8)
    """
    assert refusal(vm, body, der=pkcs8(NIST_OURS)) == "InvalidAccessError"


@pytest.mark.parametrize("theirs", ["undefined", "null", "{}", "Object.create(CryptoKey.prototype)"])
def test_peer_that_is_no_key(vm: VM, theirs: str) -> None:
    body = f"""
        const ours = await subtle.importKey("pkcs8", der, {{ name: "ECDH", namedCurve: "P-256" }}, false, ["deriveBits"])
        return subtle.deriveBits({{ name: "ECDH", public: {theirs} }}, ours, 8)
    """
    assert refusal(vm, body, der=pkcs8(NIST_OURS)) == "TypeError"


# ---- keys


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("format", ["spki", "pkcs8"])
def test_key_through_jwk(vm: VM, curve: str, format: str) -> None:
    key = ec.generate_private_key(CURVES[curve])
    data, usages = (spki(key), ["verify"]) if format == "spki" else (pkcs8(key), ["sign"])
    body = """
        const algorithm = { name: "ECDSA", namedCurve: curve }
        const key = await subtle.importKey(format, data, algorithm, true, usages)
        const again = await subtle.importKey("jwk", await subtle.exportKey("jwk", key), algorithm, true, usages)
        return [again.type, again.algorithm, again.usages, await subtle.exportKey(format, again)]
    """
    through = run(vm, body, curve=curve, format=format, data=data, usages=usages)
    type = "public" if format == "spki" else "private"
    assert through == [type, {"name": "ECDSA", "namedCurve": curve}, usages, data]


def test_members_of_a_jwk(vm: VM) -> None:
    body = """
        const key = await subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"])
        return subtle.exportKey("jwk", key)
    """
    assert run(vm, body, der=pkcs8(SAMPLE)) == {
        "key_ops": ["sign"],
        "ext": True,
        "kty": "EC",
        "crv": "P-256",
        "x": "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y",
        "y": "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk",
        "d": "ya-p2EW6dRZrXCFXZ7HWk05Qw9s26JsSe4piKxIPZyE",
    }


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("name", ["ECDSA", "ECDH"])
def test_pair_that_is_generated(vm: VM, curve: str, name: str) -> None:
    body = """
        const usages = name === "ECDSA" ? ["sign", "verify"] : ["deriveBits"]
        const { publicKey, privateKey } = await subtle.generateKey({ name, namedCurve: curve }, true, usages)
        return [
            publicKey.usages, privateKey.usages,
            await subtle.exportKey("spki", publicKey), await subtle.exportKey("pkcs8", privateKey),
        ]
    """
    for_public, for_private, public, private = run(vm, body, curve=curve, name=name)
    assert (for_public, for_private) == ((["verify"], ["sign"]) if name == "ECDSA" else ([], ["deriveBits"]))
    key = load_der_private_key(private, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert (key.curve.name, spki(key)) == (CURVES[curve].name, public)


def test_curve_that_does_not_exist(vm: VM) -> None:
    body = "return subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-512' }, true, ['sign'])"
    assert refusal(vm, body) == "NotSupportedError"


IMPORT = "return subtle.importKey(format, data, { name: 'ECDSA', namedCurve: 'P-256' }, true, usages)"


@pytest.mark.parametrize(("format", "data"), [
    ("raw", b""), ("raw", point(SAMPLE)[:-1]), ("raw", point(SAMPLE)[:-1] + b"\0"), ("raw", b"\0"),
    ("spki", b""), ("spki", spki(SAMPLE)[:-1]), ("spki", spki(SAMPLE) + b"\0"),
    ("spki", spki(ec.derive_private_key(5, ec.SECP384R1()))),
    ("spki", spki(ec.derive_private_key(5, ec.SECP256K1()))),
])  # fmt: skip
def test_public_key_that_is_none(vm: VM, format: str, data: bytes) -> None:
    assert refusal(vm, IMPORT, format=format, data=data, usages=["verify"]) == "DataError"


@pytest.mark.parametrize(
    "member", [{"x": "AA"}, {"y": "!"}, {"crv": "P-384"}, {"kty": "RSA"}, {"d": "AA"}, {"d": ""}, {"alg": "ES384"}]
)
def test_jwk_that_is_none(vm: VM, member: dict[str, str]) -> None:
    export = """
        const key = await subtle.importKey("spki", der, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"])
        return subtle.exportKey("jwk", key)
    """
    jwk = {**run(vm, export, der=spki(SAMPLE)), **member}
    jwk["key_ops"] = usages = ["sign"] if "d" in member else ["verify"]
    assert refusal(vm, IMPORT, format="jwk", data=jwk, usages=usages) == "DataError"


@pytest.mark.parametrize("format", ["raw", "spki"])
def test_private_key_in_a_public_format(vm: VM, format: str) -> None:
    body = """
        const key = await subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"])
        return subtle.exportKey(format, key)
    """
    assert refusal(vm, body, der=pkcs8(SAMPLE), format=format) == "InvalidAccessError"
