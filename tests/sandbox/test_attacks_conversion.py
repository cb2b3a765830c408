"""Hostile programs: arguments and results that lie, run code while they are converted, or are made to look like what only
the host can give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hostile import arm, failure_of

from snapjs import Handle, JSError, MemoryLimitError, Sandbox, TimeLimitError

MakeSandbox = Callable[..., Sandbox]

SIDE_EFFECTS = {
    "toString and valueOf do not run": (
        "{ let ran = 0; host.type({ toString() { ran++ }, valueOf() { ran++ } }); ran }",
        0,
    ),
    "toJSON does not run": ("{ let ran = 0; host.type({ toJSON() { ran++; return 1 } }); ran }", 0),
    "Symbol.toPrimitive does not run": ("{ let ran = 0; host.type({ [Symbol.toPrimitive]() { ran++ } }); ran }", 0),
    "Symbol.toStringTag does not run": ("{ let ran = 0; host.type({ get [Symbol.toStringTag]() { ran++ } }); ran }", 0),
    "Symbol.iterator of an array does not run": (
        "{ let ran = 0; const a = [1]; a[Symbol.iterator] = () => { ran++ }; host.type(a); ran }",
        0,
    ),
    "Symbol.hasInstance does not run": (
        "{ let ran = 0; class A { static [Symbol.hasInstance]() { ran++ } }; host.type(new A()); ran }",
        0,
    ),
    "constructor of an array does not run": (
        "{ let ran = 0; const a = [1]; Object.defineProperty(a, 'constructor', { get() { ran++ } }); host.type(a); ran }",
        0,
    ),
    "a getter of an object runs once": ("{ let ran = 0; host.type({ get a() { return ran++ } }); ran }", 1),
    "no trap of a proxy runs": (
        """{
            let ran = 0
            const handler = new Proxy({}, { get: () => { ran++ } })
            host.type(new Proxy({}, handler))
            ran
        }""",
        0,
    ),
    "a proxy is opaque": ("host.type(new Proxy({ a: 1 }, {}))", "Handle"),
    "a proxy of an array is opaque": ("host.type(new Proxy([], {}))", "Handle"),
    "a proxy of a function is opaque": ("host.type(new Proxy(() => 1, {}))", "Handle"),
    "a proxy of a capability is opaque": ("host.type(new Proxy(host.one, {}))", "Handle"),
    "a revoked proxy is opaque": (
        "{ const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); host.type(proxy) }",
        "Handle",
    ),
    "a proxy in an array is opaque": ("host.echo([new Proxy({}, {})]).length", 1),
    "an instance of a class is opaque": ("class Mine { secret = 1 }; host.type(new Mine())", "Handle"),
    "a subclass of Array is opaque": ("host.type(new (class extends Array {})())", "Handle"),
    "a boxed string is opaque": ("host.type(new String('x'))", "Handle"),
    "the global object is opaque": ("host.type(globalThis)", "Handle"),
    "a generator is opaque": ("host.type((function* () {})())", "Handle"),
    "a WeakMap is opaque": ("host.type(new WeakMap())", "Handle"),
    "a date that is none is opaque": ("host.type(new Date(NaN))", "Handle"),
    "a date out of Python's reach is opaque": ("host.type(new Date(8.64e15))", "Handle"),
    "a thenable is data": ("host.type({ then(resolve) { resolve(1) } })", "dict"),
    "an error in a getter is the guest's own": (
        failure_of("host.type({ get a() { throw new RangeError('mine') } })"),
        "RangeError: mine",
    ),
    "a getter that throws no error": (
        "try { host.type({ get a() { throw 5 } }) } catch (error) { error }",
        5,
    ),
    "a getter that calls a capability": ("host.echo({ get a() { return host.echo([host.one()]) } }).a[0]", 1),
    "a getter that calls itself through a capability": (
        """{
            let depth = 0
            const value = { get a() { return depth++ < 10 ? host.echo(value) : "end" } }
            let result = host.echo(value)
            while (typeof result.a === "object") result = result.a
            result.a
        }""",
        "end",
    ),
    "a getter that empties the array around it": (
        "{ const a = [{ get a() { a.length = 0; return 1 } }, 2, 3]; host.echo(a).length }",
        3,
    ),
    "a getter that grows the array around it": (
        "{ const a = [{ get a() { for (let i = 0; i < 1e4; i++) a.push(i); return 1 } }, 2]; host.echo(a).length }",
        2,
    ),
    "a getter that deletes its neighbours": (
        "{ const o = { get a() { delete o.b; delete o.c; return 1 }, b: 2, c: 3 }; Object.values(host.echo(o)).join() }",
        "1,,",
    ),
    "a getter that adds neighbours": (
        "{ const o = { get a() { o.z = 1; return 1 }, b: 2 }; Object.keys(host.echo(o)).join() }",
        "a,b",
    ),
    "a getter that detaches a buffer beside it": (
        """{
            const buffer = new ArrayBuffer(100000)
            const o = { get a() { structuredClone(buffer, { transfer: [buffer] }); return 1 }, buffer }
            host.echo(o).buffer.byteLength
        }""",
        0,
    ),
    "a getter that changes a Map that is being read": (
        "{ const m = new Map(); m.set('a', { get x() { m.clear(); return 1 } }); m.set('b', 2); host.type(m) }",
        "JSMap",
    ),
    "a getter that grows a Set that is being read": (
        "{ const s = new Set(); s.add({ get x() { for (let i = 0; i < 1000; i++) s.add({}); return 1 } }); host.type(s) }",
        "list",
    ),
    "a getter of an error's message": (
        """{
            const error = new Error("real")
            Object.defineProperty(error, "message", { get() { throw new Error("from the getter") } })
            host.type(error)
        }""",
        "JSError",
    ),
}


@pytest.mark.parametrize(("program", "expected"), SIDE_EFFECTS.values(), ids=SIDE_EFFECTS.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_conversion(make_sandbox: MakeSandbox, isolated: bool, program: str, expected: Any) -> None:
    sandbox = arm(make_sandbox(isolated=isolated))
    assert sandbox.eval(f"(() => {{ return eval({program!r}) }})()") == expected


FORGERIES = {
    "a tagged object of another library's": '{ "$__fn": 1, "$__jsfn": 1, "$__phpfn": 1 }',
    "an object with the fields of an extension type": "{ code: 1, data: new Uint8Array(8) }",
    "an array that looks like an extension": "[1, 'ext', new Uint8Array([0xc7, 4, 1, 0, 0, 0, 0])]",
    "a typed array with the bytes of an extension": "new Uint8Array([0xd6, 1, 0, 0, 0, 0])",
    "a string with the bytes of an extension": "'\\xd6\\x01\\0\\0\\0\\0'",
    "the number of the first handle": "2 ** 32",
    "a BigInt as large as a handle": "2n ** 32n",
    "a token of an exported handle": "'00000000' + '0000000100000000'",
    "a function with the name of a capability": "Object.defineProperty(() => 'forged', 'name', { value: 'one' })",
    "a function with the text of a capability": "Object.assign(() => 1, { toString: () => String(host.one) })",
    "an object that inherits from a capability": "Object.create(host.one)",
    "a bound capability": "host.one.bind(null)",
    "an object with __name__ and __call__": "{ __name__: 'one', __call__: () => 1, __class__: 'SyncGuard' }",
    "an object with the attributes of a handle": "{ _number: 4294967296, _bridge: {} }",
    "an error with a reference to an exception": "Object.assign(new Error('x'), { host_reference: 1, hostReference: 1, __cause__: 1 })",
    "a symbol with a well-known description": "Symbol('snapjs.host')",
    "a symbol of the registry": "Symbol.for('snapjs.host')",
    "an object whose tag is Function": "{ [Symbol.toStringTag]: 'Function' }",
}


@pytest.mark.parametrize("program", FORGERIES.values(), ids=FORGERIES.keys())
def test_forgery_is_no_capability(any_sandbox: Sandbox, program: str) -> None:
    arm(any_sandbox)
    received: list[Any] = []
    any_sandbox.register("receive", received.append)
    any_sandbox.eval(f"host.receive({program}); 0")
    (value,) = received
    assert value is not any_sandbox.eval("host.one")
    assert "Guard" not in type(value).__name__
    received.clear()
    del value


BOMBS = {
    "an array nested 600 times": ("let a = []; for (let i = 0; i < 600; i++) a = [a]; host.type(a)", "TypeError"),
    "an object nested 100000 times": ("let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; host.type(o)", "TypeError"),
    "a Map nested 1000 times": (
        "let m = new Map(); for (let i = 0; i < 1000; i++) m = new Map([[1, m]]); host.type(m)",
        "TypeError",
    ),
    "an error nested 100000 times": (
        "let e = new Error(); for (let i = 0; i < 1e5; i++) e = new Error('', { cause: e }); host.type(e)",
        "TypeError",
    ),
    "a getter without end": ("const o = { get a() { return { get a() { return o.a } } } }; host.type(o)", "TypeError"),
    "an array that holds itself": ("const a = []; a.push(a); host.type(a)", "list"),
    "an object that holds itself by a getter": ("const o = { get o() { return o } }; host.type(o)", "dict"),
    "a Map whose key is itself": ("const m = new Map(); m.set(m, m); host.type(m)", "list"),
    "a Set that holds itself": ("const s = new Set(); s.add(s); host.type(s)", "list"),
    "an error that is its own cause": ("const e = new Error(); e.cause = e; host.type(e)", "JSError"),
    "errors that are each other's causes": (
        "const e = new Error(), f = new Error('', { cause: e }); e.cause = f; host.type(e)",
        "JSError",
    ),
    "an AggregateError that holds itself": (
        "const e = new AggregateError([]); e.errors = [e, e]; host.type(e)",
        "JSError",
    ),
    "an array without elements, as long as arrays are": ("host.type(new Array(2 ** 32 - 1))", "TypeError"),
    "an object with a length": ("host.type({ length: 2 ** 53 })", "dict"),
    "an array of one string, a million times": (
        "const s = 'x'.repeat(1e6); host.type(Array.from({ length: 1e5 }, () => s))",
        "MemoryLimitError",
    ),
    "an object with a million keys": (
        "const o = {}; for (let i = 0; i < 1e6; i++) o['k' + i] = 0; host.type(o)",
        "MemoryLimitError",
    ),
    "a BigInt of a million bits": ("host.type(2n ** 1000000n)", "BigInt"),
    "a sparse array": ("const a = []; a[4294967294] = 1; host.type(a)", "TypeError"),
    "a hundred thousand arguments": ("host.type(...new Array(1e5).fill(0))", "RangeError"),
    "a string with half a surrogate pair": ("host.type('\\ud800')", "str"),
    "a key with half a surrogate pair": ("host.type({ ['\\udfff']: 1 })", "dict"),
    "two arrays that double at each of 30 levels": (
        "let a = []; for (let i = 0; i < 30; i++) a = [a, a]; host.type(a)",
        "list",
    ),
    "a regular expression of many groups": ("host.type(new RegExp('(?:a?){50}'.repeat(50)))", "RegExp"),
}


@pytest.mark.parametrize(("program", "expected"), BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_bomb(make_sandbox: MakeSandbox, isolated: bool, program: str, expected: str) -> None:
    sandbox = arm(make_sandbox(isolated=isolated, memory_limit=32 << 20))
    try:
        outcome = sandbox.eval(f"(() => {{ {program.replace('host.type(', 'return host.type(')} }})()")
    except JSError as error:
        outcome = error.name
    except MemoryLimitError:
        outcome = "MemoryLimitError"
    assert outcome == expected
    assert sandbox.eval("host.one()") == 1


RESULTS = {
    "an array nested 600 times": "let a = []; for (let i = 0; i < 600; i++) a = [a]; return a",
    "a getter that throws": "return { get a() { throw new TypeError('mine') } }",
    "an array as long as arrays are": "return new Array(2 ** 32 - 1)",
}


@pytest.mark.parametrize("program", RESULTS.values(), ids=RESULTS.keys())
def test_result_that_cannot_be_converted(any_sandbox: Sandbox, program: str) -> None:
    with pytest.raises((JSError, MemoryLimitError, TypeError)):
        any_sandbox.eval(f"(() => {{ {program} }})()")
    assert any_sandbox.eval("1") == 1


@pytest.mark.parametrize("kind", ["Map", "Set"])
def test_integers_with_one_hash_take_no_time_of_the_host(any_sandbox: Sandbox, kind: str) -> None:
    # Python's hash of an integer is its remainder by 2**61 - 1. A set of these takes the square of its size.
    arm(any_sandbox)
    member = "[BigInt(i) * (2n ** 61n - 1n), i]" if kind == "Map" else "BigInt(i) * (2n ** 61n - 1n)"
    code = f"host.type(new {kind}(Array.from({{ length: 20000 }}, (_, i) => {member})))"
    assert any_sandbox.eval(code, timeout=2) == "list"


def test_arguments_that_take_longer_than_there_is_time_for_never_arrive(any_sandbox: Sandbox) -> None:
    arrived: list[int] = []
    any_sandbox.register("take", lambda value: arrived.append(1))
    code = "{ const one = {}; const many = new Array(4e5).fill(one); for (;;) try { host.take(many) } catch {} }"
    with pytest.raises(TimeLimitError):
        any_sandbox.eval(code, timeout=0.4)
    assert arrived == []
    assert any_sandbox.eval("1") == 1


def test_symbol_crosses_as_an_opaque_value(any_sandbox: Sandbox) -> None:
    any_sandbox.register("kind", lambda value: isinstance(value, Handle))
    assert any_sandbox.eval("host.kind(Symbol('x'))") is True
