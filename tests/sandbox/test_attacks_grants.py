"""Hostile programs: forged grants, members that are not allowed, patched built-in objects, arguments that strike back, floods."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from accounts import Account, Bank
from hostile import call

from snapjs import JSError, LimitError, Sandbox

MakeSandbox = Callable[..., Sandbox]


@pytest.fixture
def bank(any_sandbox: Sandbox) -> Bank:
    """Programs have `anna`, with all members, and `ben`, of whom only the owner may be seen."""
    bank = Bank(any_sandbox)

    def pay(account: Account, amount: int) -> int:
        return account.deposit(amount)

    any_sandbox.register("pay", pay)
    any_sandbox.register("view", lambda: any_sandbox.grant(bank.accounts["ben"], allow=["owner"]))
    any_sandbox.register("type", lambda value: type(value).__name__)
    any_sandbox.register("call", call)
    any_sandbox.register("revoke", lambda: any_sandbox.revoke(bank.grants["anna"]))
    any_sandbox.register("close", any_sandbox.close)
    return bank


def run(bank: Bank, body: str) -> Any:
    return bank.sandbox.eval(f"(() => {{ const anna = host.open('anna'), ben = host.view(); {body} }})()")


def run_async(bank: Bank, body: str) -> Any:
    program = f"await (async () => {{ const anna = host.open('anna'), ben = host.view(); {body} }})()"
    return asyncio.run(bank.sandbox.eval_async(program))


def failure(bank: Bank, statement: str) -> Any:
    """The name and the message of what a statement throws."""
    caught = "catch (error) { return `${error.name}: ${error.message}` }"
    return run(bank, f"try {{ {statement}; return 'no failure' }} {caught}")


def check_nothing_happened(bank: Bank) -> None:
    assert [account.balance for account in bank.accounts.values()] == [10, 20]


# ---- forgery

FORGERIES = {
    "a plain object": "{ owner: 'anna', deposit() {} }",
    "nothing": "null",
    "a number": "1",
    "a text": "'anna'",
    "a class of the same name": "new (class Account {})()",
    "a tag": "{ $grant: 1, grant: 1, __grant__: 1, type: 'Account', class: 'Account' }",
    "a tag by symbol": "{ [Symbol.toStringTag]: 'Grant' }",
    "a tag for messages": "{ $__jsfn: 1, $__phpfn: 1, ext: 18, data: [1, 0, 0, 0] }",
    "an extension of MessagePack": "new Uint8Array([0xd6, 18, 1, 0, 0, 0])",
    "an heir": "Object.create(anna)",
    "an heir with its members": "Object.create(anna, { deposit: { value: anna.deposit } })",
    "a new object with its prototype": "Object.create(Object.getPrototypeOf(anna))",
    "an array with its prototype": "Object.setPrototypeOf([], Object.getPrototypeOf(anna))",
    "a function with its prototype": "Object.setPrototypeOf(() => 1, Object.getPrototypeOf(anna))",
    "an error with its prototype": "Object.setPrototypeOf(new Error(), Object.getPrototypeOf(anna))",
    "its prototype": "Object.getPrototypeOf(anna)",
    "a proxy": "new Proxy(anna, {})",
    "a proxy of its prototype": "new Proxy(Object.getPrototypeOf(anna), {})",
    "a proxy that says that it is one": "new Proxy({}, { getPrototypeOf: () => Object.getPrototypeOf(anna), get: (_, key) => anna[key] })",
    "a constructed one": "Reflect.construct(Object, [], Object.assign(function () {}, { prototype: Object.getPrototypeOf(anna) }))",
    "an instance of a class that extends it": "Reflect.construct(Date, [], Object.assign(function () {}, { prototype: anna }))",
    "a spread": "{ ...anna }",
    "an assigned copy": "Object.assign({}, anna)",
    "its members, read": "Object.fromEntries(Object.keys(Object.getPrototypeOf(anna)).map(key => [key, anna[key]]))",
    "JSON of it": "JSON.parse(JSON.stringify(anna))",
    "a method of it": "anna.deposit",
    "a bound method of it": "anna.deposit.bind(anna)",
    "a promise of it": "Promise.resolve(anna)",
    "a weak reference": "new WeakRef(anna)",
    "a list of it": "[anna]",
    "a boxed symbol": "Object(Symbol('Grant'))",
    "the facade": "host",
    "a capability": "host.open",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_forgery_is_no_grant(bank: Bank, forgery: str) -> None:
    body = f"const forged = ({forgery}); try {{ host.pay(forged, 1) }} catch (error) {{ return error.message }}"
    assert run(bank, body).startswith("pay: account must be an object of the class Account, from the host, not ")
    assert failure(bank, f"anna.deposit.call(({forgery}), 1)") == "TypeError: deposit: the receiver is not a Grant"
    check_nothing_happened(bank)


# ---- what is not allowed

NOT_ALLOWED = "CapabilityError: deposit is not allowed: this grant of Account is for owner. Name it in allow=."
NO_RECEIVER = "TypeError: deposit: the receiver is not a Grant"
WAYS = {
    "by call": ("anna.deposit.call(ben, 1)", NOT_ALLOWED),
    "by apply": ("Reflect.apply(anna.deposit, ben, [1])", NOT_ALLOWED),
    "by a bound method": ("anna.deposit.bind(ben)(1)", NOT_ALLOWED),
    "by call of call": ("Function.prototype.call.call(anna.deposit, ben, 1)", NOT_ALLOWED),
    "by a getter": (
        "Reflect.get(Object.getPrototypeOf(anna), 'balance', ben)",
        NOT_ALLOWED.replace("deposit", "balance"),
    ),
    "by a getter of Object.prototype": (
        "Object.prototype.__lookupGetter__.call(anna, 'balance').call(ben)",
        NOT_ALLOWED.replace("deposit", "balance"),
    ),
    "by a callback of Python": ("host.call(anna.deposit, 1)", NO_RECEIVER),
    "by super": ("({ __proto__: anna, go() { return super.deposit(1) } }).go()", NO_RECEIVER),
    "by a class that extends it": (
        "new (class extends (function () { return Object.create(anna) }) {})().deposit(1)",
        NO_RECEIVER,
    ),
    "by a property of an array": ("[anna.deposit][0](1)", NO_RECEIVER),
    "by new": ("new anna.deposit(1)", "TypeError: not a constructor"),
    "by Reflect.construct": ("Reflect.construct(anna.deposit, [1])", "TypeError: not a constructor"),
    "by a construct of something else": (
        "Reflect.construct(Object, [], anna.deposit)",
        "TypeError: not a constructor",
    ),
    "by extends": ("class Mine extends anna.deposit {}", "TypeError: parent class must be constructor"),
    "by a job": ("[1].forEach(anna.deposit, ben)", NOT_ALLOWED),
    "by a sort": ("[2, 1].sort(anna.deposit)", NO_RECEIVER),
    "by toString": ("`${{ toString: anna.deposit }}`", NO_RECEIVER),
    "by a trap": ("new Proxy({}, { get: anna.deposit }).x", NO_RECEIVER),
    "by an iterator": ("[...{ [Symbol.iterator]: anna.deposit }]", NO_RECEIVER),
    "by JSON": ("JSON.stringify({ toJSON: anna.deposit })", NO_RECEIVER),
    "by a replacement": ("'x'.replace('x', anna.deposit)", NO_RECEIVER),
    "by the name": ("ben['deposit'](1)", "TypeError: not a function"),
    "by assignment": ("(() => { 'use strict'; ben.deposit = anna.deposit })()", "TypeError: object is not extensible"),
    "by another prototype": (
        "Object.setPrototypeOf(ben, Object.getPrototypeOf(anna))",
        "TypeError: object is not extensible",
    ),
    "by a private field": (
        "new (class extends (class { constructor(it) { return it } }) { #own = 1 })(ben)",
        "TypeError: object is not extensible",
    ),
}


@pytest.mark.parametrize(("expression", "expected"), WAYS.values(), ids=WAYS.keys())
def test_way_to_a_member_of_another(bank: Bank, expression: str, expected: str) -> None:
    assert failure(bank, expression) == expected
    check_nothing_happened(bank)


def test_async_method_of_another_is_rejected(bank: Bank) -> None:
    body = "return anna.settle.call(ben).catch(error => error.message)"
    assert run_async(bank, body) == "settle is not allowed: this grant of Account is for owner. Name it in allow=."


NAMES = """
    pin deposit __class__ __dict__ __init__ __getattribute__ __reduce__ __self__ __func__ __globals__
    constructor __proto__ prototype mro toString valueOf toJSON then hasOwnProperty
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_name_that_is_not_allowed_is_not_there(bank: Bank, name: str) -> None:
    assert run(bank, f"return [typeof ben[{name!r}], {name!r} in ben]") == ["undefined", False]


def test_members_of_a_method_lead_nowhere(bank: Bank) -> None:
    assert run(bank, "return Reflect.ownKeys(anna.deposit)") == ["length", "name"]
    assert run(bank, "return anna.deposit.toString().replace(/\\s+/g, ' ')") == "function deposit() { [native code] }"
    assert run(bank, "return anna.deposit.constructor('return this')() === globalThis") is True


# ---- what programs change

PATCHES = {
    "call and apply": "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = evil",
    "Reflect": "for (const key of Reflect.ownKeys(Reflect)) if (typeof Reflect[key] === 'function') Reflect[key] = evil",
    "Object": "for (const key of ['freeze', 'create', 'keys', 'defineProperty', 'getPrototypeOf']) Object[key] = evil",
    "iteration": "Array.prototype[Symbol.iterator] = Array.prototype.map = Array.prototype.push = evil",
    "conversion to primitives": "Object.prototype[Symbol.toPrimitive] = Number.prototype.valueOf = evil",
    "a thenable for all": "Object.defineProperty(Object.prototype, 'then', { get: evil, configurable: true })",
    "accessors for all": """
        for (const key of ['get', 'set', 'value', 'deposit', 'balance', 'kind', 'number', '0'])
            Object.defineProperty(Object.prototype, key, { __proto__: null, get: evil, set: evil, configurable: true })
    """,
    "the constructor of promises": "globalThis.Promise = class { constructor() { evil() } }",
    "then": "Promise.prototype.then = Promise.prototype.catch = evil",
    "species": "Object.defineProperty(Promise, Symbol.species, { get: evil })",
    "errors": "globalThis.Error = globalThis.TypeError = evil; Object.defineProperty(evil.prototype ??= {}, 'name', { set: evil })",
    "stack traces": "Error.prepareStackTrace = evil",
    "Proxy": "globalThis.Proxy = globalThis.WeakRef = globalThis.structuredClone = evil",
}


@pytest.mark.abandons("built-in objects are changed")
@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES.keys())
def test_members_work_after_a_change_of(bank: Bank, patch: str) -> None:
    body = (
        f"var evil = function () {{ throw 'evil' }}; {patch}; return anna.deposit(1) + host.pay(anna, 1) + anna.balance"
    )
    assert run(bank, body) == 11 + 12 + 12


@pytest.mark.abandons("built-in objects are changed")
@pytest.mark.parametrize("patch", ["globalThis.Promise = evil", "Promise.resolve = Promise.reject = evil"])
def test_async_members_work_after_a_change_of(bank: Bank, patch: str) -> None:
    body = f"var evil = function () {{ throw 'evil' }}; {patch}; return await anna.settle()"
    assert run_async(bank, body) == "settled anna"


CHANGES = {
    "its prototype": "Object.getPrototypeOf(anna).deposit = evil",
    "a deleted member": "delete Object.getPrototypeOf(anna).deposit",
    "a member of its own": "Object.defineProperty(anna, 'deposit', { value: evil })",
    "its parent": "Object.setPrototypeOf(Object.getPrototypeOf(anna), { deposit: evil })",
    "a method": "anna.deposit.call = evil",
    "the name of a method": "Object.defineProperty(anna.deposit, 'name', { value: 'owner' })",
    "the tag": "Object.getPrototypeOf(anna)[Symbol.toStringTag] = 'Array'",
    "a stack trace in it": "Error.captureStackTrace(anna)",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_change_of_a_grant_does_nothing(bank: Bank, change: str) -> None:
    body = f"const evil = () => {{ throw 'evil' }}; try {{ {change} }} catch {{}} return anna.deposit(1)"
    assert run(bank, body) == 11
    assert run(bank, "return [anna.deposit.name, String(Object.prototype.toString.call(anna))]") == [
        "deposit",
        "[object Grant]",
    ]


# ---- arguments

TAKEN = {
    "toString": ("{ toString() { throw 'ran' } }", "dict"),
    "valueOf": ("{ valueOf() { throw 'ran' } }", "dict"),
    "Symbol.toPrimitive": ("{ [Symbol.toPrimitive]() { throw 'ran' } }", "dict"),
    "toJSON": ("{ toJSON() { throw 'ran' } }", "dict"),
    "then": ("{ then() { throw 'ran' } }", "dict"),
    "Symbol.iterator": ("Object.assign([1], { [Symbol.iterator]() { throw 'ran' } })", "list"),
    "traps of a proxy": (
        "new Proxy({}, new Proxy({}, { get() { throw 'ran' } }))",
        "Handle",
    ),
    "a cycle": ("(() => { const list = []; list.push(list); return list })()", "list"),
    "a cycle through a grant": ("(() => { const map = new Map(); map.set(anna, map); return map })()", "JSMap"),
    "a detached buffer": (
        "(() => { const it = new ArrayBuffer(8); structuredClone(it, { transfer: [it] }); return it })()",
        "Handle",
    ),
    "a revoked proxy": ("(() => { const it = Proxy.revocable({}, {}); it.revoke(); return it.proxy })()", "Handle"),
    "a generator": ("(function* () { throw 'ran' })()", "Handle"),
}


@pytest.mark.parametrize(("argument", "kind"), TAKEN.values(), ids=TAKEN.keys())
def test_argument_runs_nothing(bank: Bank, argument: str, kind: str) -> None:
    class Box:
        def kind(self, value: Any) -> str:
            return type(value).__name__

    bank.sandbox.register("box", lambda: bank.sandbox.grant(Box(), allow=["kind"]))
    assert run(bank, f"return host.box().kind({argument})") == kind


STRIKES = {
    "revokes": ("{ get x() { host.revoke() } }", "CapabilityError: deposit: this grant of Account was revoked"),
    "closes": ("{ get x() { host.close() } }", "ClosedError: This is of a"),
    "throws": ("{ get x() { throw new RangeError('mine') } }", "RangeError: mine"),
    "throws the grant": ("{ get x() { throw anna } }", "undefined: undefined"),
}


@pytest.mark.abandons("the sandbox may be closed")
@pytest.mark.parametrize(("argument", "expected"), STRIKES.values(), ids=STRIKES.keys())
def test_getter_of_an_argument(bank: Bank, argument: str, expected: str) -> None:
    body = f"try {{ anna.deposit({argument}) }} catch (error) {{ return `${{error.name}}: ${{error.message}}` }}"
    try:
        assert run(bank, body).startswith(expected)
    except Exception as error:
        assert f"{type(error).__name__}: {error}".startswith(expected)
    check_nothing_happened(bank)


BOMBS = {
    "nests deep": "(() => { let it = []; for (let i = 0; i < 1e5; i++) it = [it]; return it })()",
    "is a long string": "'x'.repeat(2 ** 29)",
    "doubles": "(() => { let it = 'x'.repeat(1 << 20); const all = []; for (;;) all.push(it += 'x') })()",
    "is a long array": "new Array(2 ** 32 - 1)",
    "has a getter without end": "{ get x() { for (;;); } }",
    "has a getter that calls itself": "{ get x() { return this.x } }",
    "is many": "...new Array(2e5)",
    "has an iterator without end": "...(function* () { for (;;) yield 1 })()",
}


@pytest.mark.parametrize("argument", BOMBS.values(), ids=BOMBS.keys())
def test_argument_that(make_sandbox: MakeSandbox, argument: str) -> None:
    for isolated in (False, True):
        bank = Bank(make_sandbox(isolated=isolated, memory_limit=16 << 20, timeout=0.5))
        with pytest.raises((JSError, LimitError, ValueError, TypeError)):
            bank.sandbox.eval(f"(() => {{ const anna = host.open('anna'); anna.deposit({argument}) }})()")
        check_nothing_happened(bank)
        assert bank.sandbox.eval("host.open('anna').deposit(1)") == 11


# ---- want of memory and of time

FLOODS = {
    "a grant a turn": "for (;;) kept.push(host.fresh())",
    "grants that are dropped": "for (;;) host.fresh()",
    "results": "for (;;) kept.push(host.fresh().list)",
    "calls that nobody awaits": "for (;;) kept.push(host.fresh().wait())",
    "errors": "for (;;) try { host.fresh().fail() } catch (error) { kept.push(error) }",
    "bound methods": "for (;;) { const it = host.fresh(); kept.push(it.wait.bind(it)) }",
    "a map of grants": "{ const map = new Map(); for (;;) map.set(host.fresh(), map) }",
}


@dataclass(eq=False)
class Flood:
    list: list[int]

    async def wait(self) -> None:
        await asyncio.sleep(0)

    def fail(self) -> None:
        raise LookupError("no")


@pytest.mark.abandons("calls of a shared world wait for an event loop")
@pytest.mark.parametrize("isolated", [False, True, "memory"])
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
def test_flood_ends(make_sandbox: MakeSandbox, flood: str, isolated: Any) -> None:
    sandbox = make_sandbox(isolated=isolated, memory_limit=4 << 20, timeout=0.3)
    sandbox.register("fresh", lambda: sandbox.grant(Flood([0] * 1000), allow=["list", "wait", "fail"]))
    with pytest.raises((LimitError, JSError)):
        sandbox.eval(f"{{ const kept = []; {flood} }}")
    assert sandbox.eval("host.fresh().list.length") == 1000


@pytest.mark.parametrize("flood", [flood for name, flood in FLOODS.items() if "awaits" not in name])
def test_flood_leaves_nothing(make_sandbox: MakeSandbox, flood: str) -> None:
    sandbox = make_sandbox(memory_limit=4 << 20, timeout=0.3)
    sandbox.register("fresh", lambda: sandbox.grant(Flood([0] * 1000), allow=["list", "wait", "fail"]))
    with pytest.raises((LimitError, JSError)):
        sandbox.eval(f"{{ const kept = []; {flood} }}")


def test_result_of_a_member_without_room_is_an_error(bank: Bank) -> None:
    class Large:
        data = b"x" * (128 << 20)

    bank.sandbox.register("large", lambda: bank.sandbox.grant(Large(), allow=["data"]))
    with pytest.raises(LimitError):
        bank.sandbox.eval("host.large().data.length")
    assert bank.sandbox.eval("host.open('anna').deposit(1)") == 11
