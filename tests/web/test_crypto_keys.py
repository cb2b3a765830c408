"""CryptoKey, and what every algorithm's keys have in common: usages, formats, wrapping, derived keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from crypto_programs import refusal, run

if TYPE_CHECKING:
    from snapjs import VM

SECRET = bytes(range(16))
HMAC = "{ name: 'HMAC', hash: 'SHA-256' }"


def test_attributes_of_a_key(vm: VM) -> None:
    body = f"""
        const key = await subtle.importKey("raw", secret, {HMAC}, true, ["verify", "sign", "verify"])
        return [key.type, key.extractable, key.algorithm, key.usages, String(key), key instanceof CryptoKey]
    """
    algorithm = {"name": "HMAC", "hash": {"name": "SHA-256"}, "length": 128}
    assert run(vm, body, secret=SECRET) == [
        "secret",
        True,
        algorithm,
        ["sign", "verify"],
        "[object CryptoKey]",
        True,
    ]


@pytest.mark.parametrize("attribute", ["algorithm", "usages"])
def test_attributes_are_the_same_objects_each_time(vm: VM, attribute: str) -> None:
    body = f"""
        const key = await subtle.importKey("raw", secret, {HMAC}, true, ["sign"])
        return key[attribute] === key[attribute]
    """
    assert run(vm, body, secret=SECRET, attribute=attribute) is True


def test_what_a_program_does_to_attributes_changes_nothing(vm: VM) -> None:
    body = f"""
        const key = await subtle.importKey("raw", secret, {HMAC}, true, ["sign"])
        key.usages.push("verify")
        key.algorithm.hash.name = "SHA-1"
        const signature = await subtle.sign("HMAC", key, secret)
        return [signature.byteLength, await subtle.verify("HMAC", key, signature, secret).catch(error => error.name)]
    """
    assert run(vm, body, secret=SECRET) == [32, "InvalidAccessError"]


UNWRAP = f"""
    const aes = {{ name: "AES-CBC", iv: new Uint8Array(16) }}
    const wrapping = await subtle.importKey("raw", new Uint8Array(16), "AES-CBC", false, ["encrypt", "unwrapKey"])
    const wrapped = await subtle.encrypt(aes, wrapping, text)
    return (await subtle.unwrapKey("jwk", wrapped, wrapping, aes, {HMAC}, true, ["sign"])).type
"""


@pytest.mark.parametrize(
    "members",
    [
        '"key_ops": ["sign", {}]', '"key_ops": [["sign"]]', '"key_ops": {"sign": 1}', '"key_ops": "sign"', '"key_ops": [1]',
        '"ext": 0', '"ext": null', '"ext": ""', '"use": []', '"alg": {}', '"x": NaN', '"x": -Infinity',
    ],
)  # fmt: skip
def test_what_is_unwrapped_and_is_no_key(vm: VM, members: str) -> None:
    text = f'{{"kty": "oct", "k": "AAAA", {members}}}'.encode()
    assert refusal(vm, UNWRAP, text=text) == "DataError"


@pytest.mark.parametrize("members", ['"ext": 1', '"ext": {}', '"ext": []', '"ext": "false"', '"key_ops": ["sign"]'])
def test_what_is_unwrapped_and_is_a_key(vm: VM, members: str) -> None:
    text = f'{{"kty": "oct", "k": "AAAA", {members}}}'.encode()
    assert run(vm, UNWRAP, text=text) == "secret"


@pytest.mark.parametrize("make", [
    "new CryptoKey()", "Reflect.construct(Object, [], CryptoKey)", "Object.create(CryptoKey.prototype)",
    "new (class extends CryptoKey {})()", "({ type: 'secret', __proto__: CryptoKey.prototype })",
])  # fmt: skip
def test_a_program_cannot_make_a_key(vm: VM, make: str) -> None:
    assert refusal(vm, f"return subtle.sign('HMAC', {make}, new Uint8Array())") == "TypeError"


# ---- usages and algorithms


@pytest.mark.parametrize(
    ("usages", "name"),
    [([], "SyntaxError"), (["encrypt"], "SyntaxError"), (["sing"], "TypeError"), ("sign", "TypeError")],
)
def test_usages_that_cannot_be(vm: VM, usages: Any, name: str) -> None:
    body = f"return subtle.importKey('raw', secret, {HMAC}, true, usages)"
    assert refusal(vm, body, secret=SECRET, usages=usages) == name


@pytest.mark.parametrize("operation", ["sign", "encrypt", "deriveBits", "wrapKey"])
def test_operation_that_the_key_is_not_for(vm: VM, operation: str) -> None:
    calls = {
        "sign": "subtle.sign('HMAC', await subtle.importKey('raw', secret, {name: 'HMAC', hash: 'SHA-1'}, true, ['verify']), secret)",
        "encrypt": "subtle.encrypt({ name: 'AES-CBC', iv: secret }, await aes(['decrypt']), secret)",
        "deriveBits": "subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-1', salt: secret, iterations: 1 }, "
        "await subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey']), 8)",
        "wrapKey": "subtle.wrapKey('raw', await aes(['encrypt']), await aes(['encrypt']), { name: 'AES-CBC', iv: secret })",
    }
    body = f"const aes = usages => subtle.importKey('raw', secret, 'AES-CBC', true, usages); return {calls[operation]}"
    assert refusal(vm, body, secret=SECRET) == "InvalidAccessError"


def test_operation_of_another_algorithm_than_the_keys(vm: VM) -> None:
    body = """
        const key = await subtle.importKey("raw", secret, "AES-CBC", true, ["encrypt"])
        return subtle.encrypt({ name: "AES-GCM", iv: secret }, key, secret)
    """
    assert refusal(vm, body, secret=SECRET) == "InvalidAccessError"


# ---- JSON Web Keys

OCT = {"kty": "oct", "k": "AAECAwQFBgcICQoLDA0ODw"}
IMPORT = f"""
    const key = await subtle.importKey("jwk", jwk, {HMAC}, extractable, usages)
    return [key.extractable, key.usages, key.algorithm.length]
"""


@pytest.mark.parametrize("more", [
    {}, {"use": "sig"}, {"alg": "HS256"}, {"ext": True}, {"ext": False}, {"key_ops": ["sign"]},
    {"key_ops": ["verify", "sign", "other"]},
])  # fmt: skip
def test_jwk(vm: VM, more: dict[str, object]) -> None:
    jwk = {**OCT, **more}
    assert run(vm, IMPORT, jwk=jwk, extractable=False, usages=["sign"]) == [False, ["sign"], 128]


@pytest.mark.parametrize("more", [
    {"kty": "RSA"}, {"k": "A"}, {"k": "AA=="}, {"k": "a+/="}, {"k": ""}, {"use": "enc"}, {"alg": "HS512"}, {"ext": False},
    {"key_ops": []}, {"key_ops": ["verify"]}, {"key_ops": ["sign", "sign"]},
])  # fmt: skip
def test_jwk_that_does_not_fit(vm: VM, more: dict[str, object]) -> None:
    jwk = {**OCT, **more}
    assert refusal(vm, IMPORT, jwk=jwk, extractable=True, usages=["sign"]) == "DataError"


@pytest.mark.parametrize("member", ["kty", "k"])
def test_jwk_without_a_member(vm: VM, member: str) -> None:
    jwk = {name: value for name, value in OCT.items() if name != member}
    assert refusal(vm, IMPORT, jwk=jwk, extractable=True, usages=["sign"]) == "DataError"


@pytest.mark.parametrize(("format", "data"), [
    ("jwk", "new Uint8Array(16)"), ("raw", "{ kty: 'oct' }"), ("raw", "1"), ("jwk", "'{}'"), ("other", "new Uint8Array(16)"),
    ("raw", "new Uint8Array(new ArrayBuffer(16, { maxByteLength: 32 }))"),
])  # fmt: skip
def test_key_data_of_another_type(vm: VM, format: str, data: str) -> None:
    assert refusal(vm, f"return subtle.importKey('{format}', {data}, {HMAC}, true, ['sign'])") == "TypeError"


def test_exported_jwk(vm: VM) -> None:
    body = f"""
        const key = await subtle.importKey("raw", secret, {HMAC}, true, ["sign"])
        return subtle.exportKey("jwk", key)
    """
    assert run(vm, body, secret=SECRET) == {"key_ops": ["sign"], "ext": True, "alg": "HS256", **OCT}


def test_key_that_is_not_extractable(vm: VM) -> None:
    body = f"return subtle.exportKey('raw', await subtle.importKey('raw', secret, {HMAC}, false, ['sign']))"
    assert refusal(vm, body, secret=SECRET) == "InvalidAccessError"


# ---- wrapped and derived

WRAPPINGS = {
    "AES-CBC": ("{ name: 'AES-CBC', length: 256 }", "{ name: 'AES-CBC', iv: new Uint8Array(16) }"),
    "AES-CTR": ("{ name: 'AES-CTR', length: 256 }", "{ name: 'AES-CTR', counter: new Uint8Array(16), length: 64 }"),
    "AES-GCM": ("{ name: 'AES-GCM', length: 256 }", "{ name: 'AES-GCM', iv: new Uint8Array(12) }"),
    "AES-KW": ("{ name: 'AES-KW', length: 256 }", "'AES-KW'"),
}
THROUGH = """
    const wrapping = await subtle.generateKey({generate}, false, ["wrapKey", "unwrapKey"])
    const pair = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])
    const wrapped = await subtle.wrapKey(format, pair.privateKey, wrapping, {use})
    const key = await subtle.unwrapKey(
        format, wrapped, wrapping, {use}, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])
    const signature = await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, new Uint8Array(4))
    return [key.extractable, key.type,
        await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, pair.publicKey, signature, new Uint8Array(4))]
"""


@pytest.mark.parametrize("name", [name for name in WRAPPINGS if name != "AES-KW"])
@pytest.mark.parametrize("format", ["pkcs8", "jwk"])
def test_private_key_is_wrapped_and_unwrapped(vm: VM, name: str, format: str) -> None:
    generate, use = WRAPPINGS[name]
    body = THROUGH.replace("{generate}", generate).replace("{use}", use)
    assert run(vm, body, format=format) == [False, "private", True]


def test_wrapped_jwk_is_its_text(vm: VM) -> None:
    body = f"""
        const aes = {{ name: "AES-GCM", iv: new Uint8Array(12) }}
        const wrapping = await subtle.generateKey({{ name: "AES-GCM", length: 128 }}, true, ["wrapKey", "decrypt"])
        const key = await subtle.importKey("raw", secret, {HMAC}, true, ["sign"])
        return subtle.decrypt(aes, wrapping, await subtle.wrapKey("jwk", key, wrapping, aes))
    """
    text = run(vm, body, secret=SECRET)
    assert json.loads(text) == {"key_ops": ["sign"], "ext": True, "alg": "HS256", **OCT}


def test_key_that_is_not_extractable_is_not_wrapped(vm: VM) -> None:
    body = f"""
        const wrapping = await subtle.generateKey({{ name: "AES-KW", length: 128 }}, true, ["wrapKey"])
        const key = await subtle.importKey("raw", secret, {HMAC}, false, ["sign"])
        return subtle.wrapKey("raw", key, wrapping, "AES-KW")
    """
    assert refusal(vm, body, secret=SECRET) == "InvalidAccessError"


@pytest.mark.parametrize("text", [b"[]", b"{", b"\xff", b"[" * 5000, b"{}"])
def test_unwrapped_jwk_that_is_none(vm: VM, text: bytes) -> None:
    body = f"""
        const aes = {{ name: "AES-GCM", iv: new Uint8Array(12) }}
        const wrapping = await subtle.generateKey({{ name: "AES-GCM", length: 128 }}, true, ["encrypt", "unwrapKey"])
        const sealed = await subtle.encrypt(aes, wrapping, text)
        return subtle.unwrapKey("jwk", sealed, wrapping, aes, {HMAC}, true, ["sign"])
    """
    assert refusal(vm, body, text=text) == "DataError"


DERIVED = {
    "{ name: 'AES-GCM', length: 256 }": ("encrypt", {"name": "AES-GCM", "length": 256}),
    "{ name: 'HMAC', hash: 'SHA-256' }": ("sign", {"name": "HMAC", "hash": {"name": "SHA-256"}, "length": 512}),
    "{ name: 'HMAC', hash: 'SHA-1', length: 128 }": (
        "sign",
        {"name": "HMAC", "hash": {"name": "SHA-1"}, "length": 128},
    ),
}


@pytest.mark.parametrize("derived", DERIVED)
def test_derived_key_has_the_bits_that_are_derived(vm: VM, derived: str) -> None:
    body = f"""
        const parameters = {{ name: "PBKDF2", hash: "SHA-256", salt: secret, iterations: 2 }}
        const base = await subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey", "deriveBits"])
        const key = await subtle.deriveKey(parameters, base, {derived}, true, [usage])
        const bits = await subtle.deriveBits(parameters, base, key.algorithm.length)
        return [key.algorithm, new Uint8Array(await subtle.exportKey("raw", key)), new Uint8Array(bits)]
    """
    usage, algorithm = DERIVED[derived]
    shown, exported, bits = run(vm, body, secret=SECRET, usage=usage)
    assert (shown, exported) == (algorithm, bits)


@pytest.mark.parametrize(("derived", "usages", "name"), [
    ("'AES-GCM'", ["encrypt"], "TypeError"), ("{ name: 'AES-GCM', length: 100 }", ["encrypt"], "OperationError"),
    ("{ name: 'AES-GCM', length: 128 }", [], "SyntaxError"), ("'ECDH'", ["deriveBits"], "TypeError"),
    ("{ name: 'ECDH', namedCurve: 'P-256' }", ["deriveBits"], "NotSupportedError"),
    ("{ name: 'HMAC', hash: 'SHA-1', length: 0 }", ["sign"], "TypeError"),
])  # fmt: skip
def test_derived_key_that_cannot_be(vm: VM, derived: str, usages: list[str], name: str) -> None:
    body = f"""
        const base = await subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"])
        return subtle.deriveKey(
            {{ name: "HKDF", hash: "SHA-256", salt: secret, info: secret }}, base, {derived}, true, usages)
    """
    assert refusal(vm, body, secret=SECRET, usages=usages) == name


# ---- copies


@pytest.mark.parametrize("extractable", [True, False])
def test_copy_of_a_key_is_the_same_key(vm: VM, extractable: bool) -> None:
    body = f"""
        const key = await subtle.importKey("raw", secret, {HMAC}, extractable, ["sign", "verify"])
        const copy = structuredClone({{ key }}).key
        const signature = await subtle.sign("HMAC", copy, secret)
        return [copy !== key, copy instanceof CryptoKey, copy.extractable, copy.usages,
            await subtle.verify("HMAC", key, signature, secret)]
    """
    assert run(vm, body, secret=SECRET, extractable=extractable) == [True, True, extractable, ["sign", "verify"], True]


def test_copy_of_what_is_no_key(vm: VM) -> None:
    assert refusal(vm, "return structuredClone(Object.create(CryptoKey.prototype))") == "DataCloneError"
