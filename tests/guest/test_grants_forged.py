"""No program makes a grant, changes one, or uses one as another."""

from __future__ import annotations

from typing import Any

import pytest
from granted import User

from snapjs import VM, CapabilityError, Grant, JSError
from snapjs._core.grants import Grants
from snapjs._guest import abi

FORGERIES = {
    "a plain object": "({})",
    "an object with the members": "({ greet: user.greet, name: 'Ada' })",
    "a number": "1",
    "a big number": "1n",
    "a tagged object": "({ $grant: 1, __grant: 1, reference: 1, kind: 'Grant' })",
    "a tag": "({ [Symbol.toStringTag]: 'Grant' })",
    "an heir": "Object.create(user)",
    "an object with its prototype": "Object.create(Object.getPrototypeOf(user))",
    "an object that was given its prototype": "Object.setPrototypeOf({}, Object.getPrototypeOf(user))",
    "an array with its prototype": "Object.setPrototypeOf([1], Object.getPrototypeOf(user))",
    "a Date with its prototype": "Object.setPrototypeOf(new Date(0), Object.getPrototypeOf(user))",
    "a typed array with its prototype": "Object.setPrototypeOf(new Float64Array(1), Object.getPrototypeOf(user))",
    "its prototype": "Object.getPrototypeOf(user)",
    "a proxy": "new Proxy(user, {})",
    "a proxy of a proxy": "new Proxy(new Proxy(user, {}), {})",
    "a proxy with traps": "new Proxy({}, { getPrototypeOf: () => Object.getPrototypeOf(user), get: (_, key) => user[key] })",
    "a revoked proxy": "(() => { const { proxy, revoke } = Proxy.revocable(user, {}); revoke(); return proxy })()",
    "a proxy of its prototype": "new Proxy(Object.getPrototypeOf(user), {})",
    "a spread": "({ ...user })",
    "an assigned copy": "Object.assign({}, user)",
    "its descriptors": "Object.create(Object.getPrototypeOf(user), Object.getOwnPropertyDescriptors(user))",
    "JSON": "JSON.parse(JSON.stringify(user))",
    "a constructed object": "Reflect.construct(Object, [], Object.assign(function () {}, { prototype: Object.getPrototypeOf(user) }))",
    "an instance of an heir": "new (class { constructor() { return Object.create(user) } })()",
    "a wrapper": "Object(Symbol('Grant'))",
    "a weak reference": "new WeakRef(user)",
    "a bound method": "user.greet.bind(user)",
    "a getter": "Object.getOwnPropertyDescriptor(Object.getPrototypeOf(user), 'name').get",
    "a promise": "Promise.resolve(user)",
    "an iterator": "[user].values()",
    "bytes of a message": "new Uint8Array([0xd6, 18, 1, 0, 0, 0])",
    "text of a message": "'\\xd6\\x12\\x01\\x00\\x00\\x00'",
    "a generator": "(function* () { yield user })()",
    "an error": "Object.setPrototypeOf(new Error('Grant'), Object.getPrototypeOf(user))",
}


@pytest.fixture
def grant(granting: VM, grants: Grants) -> Grant:
    grant = grants.grant(User(), ["greet", "name"])
    granting.globals["user"] = grant
    return grant


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_forgery(granting: VM, grants: Grants, grant: Grant, forgery: str) -> None:
    """It is no grant in Python, alone or inside data, and no receiver of its members."""
    granting.eval(f"globalThis.forged = {forgery}; 0")
    assert type(granting.eval("forged")) is not Grant
    assert type(granting.eval("[forged]")[0]) is not Grant
    seen: list[Any] = []
    granting.eval("(f => f(forged))")(lambda value: seen.extend(grants.unwrapped((value,))))
    assert [type(value) is User for value in seen] == [False]
    seen.clear()
    with pytest.raises(JSError, match="the receiver is not a Grant"):
        granting.eval("user.greet.call(forged)")
    with pytest.raises(JSError, match="the receiver is not a Grant"):
        granting.eval("Reflect.get(Object.getPrototypeOf(user), 'name', forged)")


def test_structured_clone_refuses_a_grant(granting: VM, grant: Grant) -> None:
    for cloned in ("user", "[user]", "new Map([[1, user]])", "new Error('e', { cause: user })"):
        assert granting.eval(f"try {{ structuredClone({cloned}) }} catch (e) {{ e.name }}") == "DataCloneError"


CHANGES = {
    "a property": "user.own = 1",
    "a method": "user.greet = () => 'mine'",
    "an attribute": "user.name = 'mine'",
    "a defined property": "Object.defineProperty(user, 'greet', { value: 1 })",
    "another prototype": "Object.setPrototypeOf(user, { greet: () => 'mine' })",
    "no prototype": "user.__proto__ = null; if (user.__proto__ !== null) throw 1",
    "a method of the prototype": "Object.getPrototypeOf(user).greet = () => 'mine'",
    "a method deleted from the prototype": "delete Object.getPrototypeOf(user).greet",
    "a property of the prototype": "Object.getPrototypeOf(user).own = 1",
    "a prototype of the prototype": "Object.setPrototypeOf(Object.getPrototypeOf(user), { then() {} })",
    "an attribute's getter": "Object.defineProperty(Object.getPrototypeOf(user), 'name', { get: () => 'mine' })",
    "a property of a method": "user.greet.own = 1",
    "the name of a method": "Object.defineProperty(user.greet, 'name', { value: 'mine' })",
    "the prototype of a method": "Object.setPrototypeOf(user.greet, { call: () => 'mine' })",
    "the tag": "Object.getPrototypeOf(user)[Symbol.toStringTag] = 'mine'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_refused(granting: VM, grant: Grant, change: str) -> None:
    granting.eval(f"(function () {{ try {{ {change} }} catch {{}} }})()")
    with pytest.raises(JSError):
        granting.eval(f"(function () {{ 'use strict'; {change} }})()")
    assert granting.eval("[user.greet('Bob'), user.name, Object.prototype.toString.call(user)]") == [
        "Ada greets Bob",
        "Ada",
        "[object Grant]",
    ]
    assert granting.eval("Reflect.ownKeys(user)") == []


def test_everything_of_a_grant_is_frozen(granting: VM, grant: Grant) -> None:
    assert granting.eval(
        "var proto = Object.getPrototypeOf(user);"
        "[user, proto, user.greet, Object.getOwnPropertyDescriptor(proto, 'name').get].every(Object.isFrozen)"
    )
    assert granting.eval("Object.getPrototypeOf(Object.getPrototypeOf(user))") is None


POLLUTION = """
    for (const key of ['then', 'toJSON', 'valueOf', 'toString', 'constructor', 'own', 'get', 'value', 'greet', 'call'])
        Object.defineProperty(Object.prototype, key, { __proto__: null, configurable: true, get() { throw new Error('polluted ' + key) } })
"""


@pytest.mark.keeps("the prototype of all objects is changed")
def test_a_polluted_object_prototype_is_never_asked(granting: VM, grants: Grants, grant: Grant) -> None:
    granting.eval(POLLUTION)
    other = grants.grant(User("Eve"), ["greet", "name"])
    assert granting.eval("(other => other.greet('Bob') + other.name)")(other) == "Eve greets BobEve"
    assert granting.eval("user.greet('Bob') + user.name") == "Ada greets BobAda"
    assert granting.eval("[user]") == [grant]
    assert granting.eval("'own' in user || 'then' in user || 'constructor' in user") is False


@pytest.mark.keeps("the prototypes of the language are changed")
def test_patched_built_ins_are_never_asked(granting: VM, grants: Grants, grant: Grant) -> None:
    granting.eval("""
        const evil = () => { throw new Error('patched') }
        Function.prototype.call = Function.prototype.apply = Function.prototype.bind = evil
        Object.freeze = Object.create = Object.defineProperty = Reflect.apply = evil
        Array.prototype[Symbol.iterator] = Array.prototype.push = Map.prototype.get = evil
        0
    """)
    other = grants.grant(User("Eve"), ["greet", "name", "fixed"])
    assert granting.eval("(other => other.greet('Bob') + other.name + other.fixed())")(other) == "Eve greets BobEve7"
    assert granting.eval("user.greet(user, [user])").startswith("Ada greets <")


def test_a_method_of_another_list_is_refused_by_the_host(granting: VM, grants: Grants, grant: Grant) -> None:
    granting.globals["other"] = grants.grant(User("Eve"), ["name"])
    with pytest.raises(CapabilityError, match="greet is not allowed: this grant of User is for name") as raised:
        granting.eval("user.greet.call(other)")
    assert raised.value.capability == "User.greet"


def test_a_method_of_another_grant_with_the_same_list_acts_on_its_receiver(
    granting: VM, grants: Grants, grant: Grant
) -> None:
    granting.globals["other"] = grants.grant(User("Eve"), ["greet", "name"])
    assert granting.eval("user.greet.call(other, 'Bob')") == "Eve greets Bob"


@pytest.mark.parametrize(
    "arguments",
    [(), (1,), (None, "greet"), ("user", "greet"), (object(), "greet"), ([1], {}), (1, 2, 3)],
)
def test_a_request_that_no_member_makes(granting: VM, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(CapabilityError, match="There is no such grant"):
        granting._bridge.host_objects.use(*arguments)


@pytest.mark.parametrize("name", ["__class__", "_secret", "greeted", "nothing", "greet.__self__", ""])
def test_a_name_that_no_member_has(granting: VM, grants: Grants, grant: Grant, name: str) -> None:
    with pytest.raises(CapabilityError, match="is not allowed"):
        granting._bridge.host_objects.use(grant, name)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\1\0\0\0",
        b"\0\0\0\0\x90",
        b"\1\0\0\0\xc0",
        b"\1\0\0\0\x91\xa1x",
        b"\1\0\0\0\x92\xa1x\x03",
        b"\1\0\0\0\x90\x90",
    ],
)
def test_a_malformed_message_of_the_host_is_refused(granting: VM, payload: bytes) -> None:
    import msgspec

    bridge = granting._bridge
    bridge.instance.write(msgspec.msgpack.encode(msgspec.msgpack.Ext(abi.Ext.HOST_OBJECT, payload)))
    assert bridge.instance.exports["snap_wrap"](abi.Wrap.VALUE) == abi.Status.MALFORMED
    assert granting.eval("6 * 7") == 42
