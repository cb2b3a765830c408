"""What keys and parameters may take of the host: memory, and time that no timeout ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from crypto_programs import refusal, run

if TYPE_CHECKING:
    from snapjs import VM

IMPORT = "return subtle.importKey('raw', new Uint8Array(size), parameters, false, [usage])"
MOST = 1_048_576
"""bytes of a secret"""


@pytest.mark.parametrize(
    ("parameters", "usage"),
    [({"name": "HMAC", "hash": "SHA-1"}, "sign"), ({"name": "HKDF"}, "deriveBits"), ({"name": "PBKDF2"}, "deriveKey")],
)
def test_a_secret_has_bounds(vm: VM, parameters: dict[str, str], usage: str) -> None:
    assert refusal(vm, IMPORT, size=MOST + 1, parameters=parameters, usage=usage) == "OperationError"


def test_a_secret_of_the_largest_size(vm: VM) -> None:
    body = "return (await subtle.importKey('raw', new Uint8Array(size), { name: 'HMAC', hash: 'SHA-1' }, true, ['sign'])).type"
    assert run(vm, body, size=MOST) == "secret"


@pytest.mark.parametrize("length", [MOST * 8 + 1, 2**32 - 1])
def test_a_secret_that_is_generated_has_bounds(vm: VM, length: int) -> None:
    body = "return subtle.generateKey({ name: 'HMAC', hash: 'SHA-1', length }, false, ['sign'])"
    assert refusal(vm, body, length=length) == "OperationError"


DERIVE = """
    const key = await subtle.importKey("raw", new Uint8Array(1), parameters.name, false, ["deriveBits"])
    return (await subtle.deriveBits(parameters, key, bits)).byteLength
"""


@pytest.mark.parametrize(
    ("parameters", "bits"),
    [
        ({"name": "PBKDF2", "iterations": 1, "salt": b""}, (MOST + 1) * 8),
        ({"name": "PBKDF2", "iterations": 1, "salt": bytes(MOST)}, 20 * 8 * 1000),
        ({"name": "PBKDF2", "iterations": 10_000_000, "salt": bytes(64)}, 160),
        ({"name": "HKDF", "salt": b"", "info": bytes(65_537)}, 8),
    ],
)
def test_derived_bits_have_bounds(vm: VM, parameters: dict[str, Any], bits: int) -> None:
    assert refusal(vm, DERIVE, parameters={**parameters, "hash": "SHA-1"}, bits=bits) == "OperationError"


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({"name": "PBKDF2", "iterations": 1, "salt": b""}, MOST),
        ({"name": "HKDF", "salt": b"", "info": bytes(65_536)}, 255 * 20),
    ],
)
def test_as_many_bits_as_are_derived(vm: VM, parameters: dict[str, Any], size: int) -> None:
    assert run(vm, DERIVE, parameters={**parameters, "hash": "SHA-1"}, bits=size * 8) == size


WRAPPED = """
    const key = await subtle.importKey("raw", new Uint8Array(16), "AES-KW", false, ["wrapKey", "unwrapKey"])
    const hmac = { name: "HMAC", hash: "SHA-1" }
"""


@pytest.mark.parametrize(
    "body",
    [
        "return subtle.wrapKey('raw', await subtle.importKey('raw', new Uint8Array(16_392), hmac, true, ['sign']), key, 'AES-KW')",
        "return subtle.unwrapKey('raw', new Uint8Array(16_400), key, 'AES-KW', hmac, true, ['sign'])",
    ],
)
def test_what_is_wrapped_with_aes_kw_has_bounds(vm: VM, body: str) -> None:
    from snapjs import JSError

    with pytest.raises(JSError, match="AES-KW takes at most 16384 bytes"):
        run(vm, WRAPPED + body)


def test_the_most_that_is_wrapped_with_aes_kw(vm: VM) -> None:
    body = """
        const made = await subtle.importKey("raw", new Uint8Array(16_384).fill(7), hmac, true, ["sign"])
        const wrapped = await subtle.wrapKey("raw", made, key, "AES-KW")
        const back = await subtle.unwrapKey("raw", wrapped, key, "AES-KW", hmac, true, ["sign"])
        return [wrapped.byteLength, new Uint8Array(await subtle.exportKey("raw", back))[16_383]]
    """
    assert run(vm, WRAPPED + body) == [16_392, 7]


def test_a_json_web_key_that_is_unwrapped_has_bounds(vm: VM) -> None:
    body = """
        const key = await subtle.importKey("raw", new Uint8Array(16), "AES-CTR", false, ["encrypt", "unwrapKey"])
        const aes = { name: "AES-CTR", counter: new Uint8Array(16), length: 64 }
        const data = await subtle.encrypt(aes, key, new Uint8Array(2_097_153).fill(32))
        return subtle.unwrapKey("jwk", data, key, aes, { name: "HMAC", hash: "SHA-1" }, true, ["sign"])
    """
    assert refusal(vm, body) == "OperationError"


def test_keys_that_stay_on_the_host_have_bounds_together(vm: VM) -> None:
    body = """
        const made = []
        for (;;) made.push(await subtle.generateKey({ name: "HMAC", hash: "SHA-1", length: 8_388_608 }, false, ["sign"])
            .catch(error => { throw new Error(`${made.length} ${error.name}`) }))
    """
    from snapjs import JSError

    with pytest.raises(JSError, match="15 OperationError"):
        run(vm, body)


def test_many_small_keys_count_too(vm: VM) -> None:
    from snapjs._web.crypto.failure import Failure
    from snapjs._web.crypto.key import HostKeys, Key

    keys = HostKeys()
    key = Key("secret", False, {"name": "HMAC"}, (), b"x")
    held = [keys.hold(key) for _ in range(16_368)]
    with pytest.raises(Failure, match="Let go of some"):
        keys.hold(key)
    held.pop()
    keys.hold(key)


def test_keys_that_were_dropped_make_room(vm: VM) -> None:
    body = """
        for (let i = 0; i < 40; i++)
            await subtle.generateKey({ name: "HMAC", hash: "SHA-1", length: 8_388_608 }, false, ["sign"])
        return "made"
    """
    assert run(vm, body) == "made"


def test_keys_that_were_dropped_at_once_make_room(vm: VM) -> None:
    body = """
        const make = () => subtle.generateKey({ name: "HMAC", hash: "SHA-1", length: 8_388_608 }, false, ["sign"])
        let made = []
        for (let i = 0; i < 15; i++) made.push(await make())
        made = null
        return (await make()).type
    """
    assert run(vm, body) == "secret"


def test_large_parameters_leave_the_event_loop_to_others(vm: VM, monkeypatch: pytest.MonkeyPatch) -> None:
    from snapjs._web.crypto import aes

    seen: list[str] = []
    monkeypatch.setattr(aes.AesGcm, "encrypt", lambda *arguments: seen.append(threading.current_thread().name) or b"")
    body = """
        const key = await subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"])
        const aes = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: new Uint8Array(1 << 20) }
        return (await subtle.encrypt(aes, key, new Uint8Array(1))).byteLength
    """
    assert run(vm, body) == 0
    assert seen == ["snapjs-crypto_0"]
