"""The interfaces of Web Cryptography as Web IDL has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crypto_programs import refusal, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from snapjs import VM

METHODS = {
    "encrypt": 3, "decrypt": 3, "sign": 3, "verify": 4, "digest": 2, "generateKey": 3, "deriveKey": 5, "deriveBits": 2,
    "importKey": 5, "exportKey": 2, "wrapKey": 4, "unwrapKey": 7,
}  # fmt: skip


@pytest.mark.parametrize("interface", ["Crypto", "SubtleCrypto", "CryptoKey"])
def test_interface(vm: VM, interface: str) -> None:
    flags = f"Object.getOwnPropertyDescriptor(globalThis, '{interface}')"
    assert vm.eval(f"var {{ writable, enumerable, configurable }} = {flags}; [writable, enumerable, configurable]") == [
        True,
        False,
        True,
    ]
    assert vm.eval(f"[{interface}.name, {interface}.length, {interface}.prototype[Symbol.toStringTag]]") == [
        interface,
        0,
        interface,
    ]
    assert (
        vm.eval(f"try {{ new {interface}() }} catch (e) {{ `${{e.name}}: ${{e.message}}` }}")
        == "TypeError: Illegal constructor"
    )


@pytest.mark.parametrize("name", METHODS)
def test_method_of_subtle(vm: VM, name: str) -> None:
    shape = f"""
        var {{ value, writable, enumerable, configurable }} = Object.getOwnPropertyDescriptor(SubtleCrypto.prototype, "{name}");
        [value.name, value.length, writable, enumerable, configurable]
    """
    assert vm.eval(shape) == [name, METHODS[name], True, True, True]


@pytest.mark.parametrize(("name", "length"), [("getRandomValues", 1), ("randomUUID", 0)])
def test_method_of_crypto(vm: VM, name: str, length: int) -> None:
    shape = f"""
        var {{ value, writable, enumerable, configurable }} = Object.getOwnPropertyDescriptor(Crypto.prototype, "{name}");
        [value.name, value.length, writable, enumerable, configurable]
    """
    assert vm.eval(shape) == [name, length, True, True, True]


@pytest.mark.parametrize(("owner", "name"), [
    ("globalThis", "crypto"), ("Crypto.prototype", "subtle"), ("CryptoKey.prototype", "type"),
    ("CryptoKey.prototype", "extractable"), ("CryptoKey.prototype", "algorithm"), ("CryptoKey.prototype", "usages"),
])  # fmt: skip
def test_attribute_is_read_only(vm: VM, owner: str, name: str) -> None:
    shape = f"""
        var {{ get, set, enumerable, configurable }} = Object.getOwnPropertyDescriptor({owner}, "{name}");
        [get.name, get.length, set, enumerable, configurable]
    """
    from snapjs import undefined

    assert vm.eval(shape) == [f"get {name}", 0, undefined, True, True]


def test_there_is_one_crypto_and_one_subtle(vm: VM) -> None:
    assert vm.eval("crypto === crypto && crypto instanceof Crypto && crypto.subtle === crypto.subtle")


@pytest.mark.parametrize("call", [
    "crypto.getRandomValues.call({}, new Uint8Array(1))", "crypto.randomUUID.call(Object.create(Crypto.prototype))",
    "Object.getOwnPropertyDescriptor(Crypto.prototype, 'subtle').get.call({})",
    "Object.getOwnPropertyDescriptor(CryptoKey.prototype, 'type').get.call(CryptoKey.prototype)", "crypto.getRandomValues()",
])  # fmt: skip
def test_call_that_throws(vm: VM, call: str) -> None:
    assert vm.eval(f"try {{ {call} }} catch (e) {{ e.name }}") == "TypeError"


@pytest.mark.parametrize("name", METHODS)
def test_method_with_too_few_arguments_rejects(vm: VM, name: str) -> None:
    assert refusal(vm, f"return crypto.subtle.{name}(...Array({METHODS[name] - 1}))") == "TypeError"


@pytest.mark.parametrize("name", METHODS)
def test_method_of_something_else_rejects(vm: VM, name: str) -> None:
    assert refusal(vm, f"return crypto.subtle.{name}.call({{}}, ...Array({METHODS[name]}))") == "TypeError"


@pytest.mark.parametrize(("algorithm", "name"), [
    ("'SHA-3'", "NotSupportedError"), ("''", "NotSupportedError"), ("undefined", "NotSupportedError"), ("{}", "TypeError"),
    ("null", "NotSupportedError"), ("{ name: null }", "NotSupportedError"), ("Symbol()", "TypeError"),
    ("'AES-GCM'", "NotSupportedError"), ("'__proto__'", "NotSupportedError"), ("'constructor'", "NotSupportedError"),
    ("{ get name() { throw new RangeError() } }", "RangeError"),
])  # fmt: skip
def test_algorithm_that_does_not_exist(vm: VM, algorithm: str, name: str) -> None:
    assert refusal(vm, f"return subtle.digest({algorithm}, new Uint8Array())") == name


@pytest.mark.parametrize(
    "data", ["undefined", "'text'", "[1]", "{}", "new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 }))"]
)
def test_data_that_is_no_buffer(vm: VM, data: str) -> None:
    assert refusal(vm, f"return subtle.digest('SHA-1', {data})") == "TypeError"


def test_members_are_read_in_the_order_of_web_idl(vm: VM) -> None:
    body = """
        const read = []
        const parameters = new Proxy({ name: "PBKDF2", hash: "SHA-1", salt: new Uint8Array(), iterations: 1 }, {
            get(target, name) { read.push(name); return target[name] }
        })
        const key = await subtle.importKey("raw", new Uint8Array(1), "PBKDF2", false, ["deriveBits"])
        await subtle.deriveBits(parameters, key, 8)
        return read
    """
    assert run(vm, body) == ["name", "hash", "iterations", "salt"]


PATCHED = """
    const { getOwnPropertyNames, getOwnPropertyDescriptor, getPrototypeOf, defineProperty, prototype: ofObjects } = Object
    const nothing = () => { throw new Error("patched") }
    const patch = (prototype, name) => {
        const patched = { __proto__: null, get: nothing, set: nothing, configurable: true }
        if (name !== "constructor") defineProperty(prototype, name, patched)
    }
    const patchAll = prototype => getOwnPropertyNames(prototype).forEach(name => {
        if (getOwnPropertyDescriptor(prototype, name).configurable) patch(prototype, name)
    })
    const generate = crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    const data = new Uint8Array(4), prototypes = [
        Promise.prototype, Uint8Array.prototype, getPrototypeOf(Uint8Array.prototype), ArrayBuffer.prototype, String.prototype,
        getPrototypeOf([].values())
    ]
    prototypes.forEach(patchAll)
    patchAll(Array.prototype)
    patch(Array.prototype, Symbol.iterator)
    for (const name in { name: 0, hash: 0, type: 0, material: 0, publicKey: 0, draw: 0, 0: 0 }) patch(ofObjects, name)
    const key = await generate
    outcome = await crypto.subtle.sign({ __proto__: null, name: "HMAC" }, key, data)
"""


@pytest.mark.keeps("built-in objects are changed")
def test_a_program_that_patches_prototypes_reaches_nothing(vm: VM) -> None:
    vm.eval("var outcome = 'pending'; (async () => {" + PATCHED + "})(); 0")
    vm.run_until_idle()
    assert vm.eval("'' + outcome") == "[object ArrayBuffer]"


@pytest.mark.keeps("built-in objects are changed")
def test_no_promise_but_those_that_a_program_gets_asks_for_its_constructor(vm: VM) -> None:
    vm.eval("""
        var asking = [], given = []
        Object.defineProperty(Promise.prototype, "constructor", { get() { asking.push(this); return Promise } })
        async function sign() {
            const key = await (given[0] = crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]))
            await (given[1] = crypto.subtle.sign("HMAC", key, new Uint8Array(4)))
        }
        sign(); 0
    """)
    vm.run_until_idle()
    assert vm.eval("asking.length === 2 && asking[0] === given[0] && asking[1] === given[1]")


def test_without_the_area_there_is_nothing(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(web={"console"})
    assert vm.eval("[typeof crypto, typeof Crypto, typeof SubtleCrypto, typeof CryptoKey]") == ["undefined"] * 4


def test_the_area_by_itself(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(web={"crypto"})
    assert run(vm, "return (await subtle.digest('SHA-1', new Uint8Array())).byteLength") == 20
    assert vm.eval("typeof console") == "undefined"


def test_a_realm_has_its_own(vm: VM) -> None:
    with vm.new_realm() as realm:
        assert realm.eval("crypto.randomUUID().length") == 36
        promise = realm.eval("crypto.subtle.digest('SHA-1', new Uint8Array())")
        vm.run_until_idle()
        assert len(promise.result) == 20
        del promise
