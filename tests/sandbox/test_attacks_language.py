"""Hostile programs: what the language lets them change, and how they might reach code that is not theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hostile import arm, failure_of

from snapjs import JSError, MemoryLimitError, Sandbox

MakeSandbox = Callable[..., Sandbox]

POISON = "() => { throw new Error('poisoned') }"

POLLUTION = {
    "Object.prototype gets a getter for every word that the facade uses": """
        for (const key of ["value", "enumerable", "configurable", "writable", "one", "deep", "length", "get", "set"])
            Object.defineProperty(Object.prototype, key, { __proto__: null, get: POISON, configurable: true })
        """,
    "Object.prototype gets numbers as keys": """
        for (let i = 0; i < 10; i++) Object.defineProperty(Object.prototype, i, { set: POISON, get: POISON })
        """,
    "Array.prototype gets setters for indexes": """
        for (let i = 0; i < 10; i++) Object.defineProperty(Array.prototype, i, { set: POISON, get: POISON })
        """,
    "Array.prototype is emptied": """
        for (const key of Reflect.ownKeys(Array.prototype)) if (key !== "length") delete Array.prototype[key]
        """,
    "iteration of arrays is replaced": "Array.prototype[Symbol.iterator] = POISON",
    "species of arrays is replaced": """
        Object.defineProperty(Array, Symbol.species, { get: POISON })
        Array.prototype.constructor = POISON
        """,
    "methods of Function.prototype are replaced": """
        for (const key of ["call", "apply", "bind", "toString"])
            Object.defineProperty(Function.prototype, key, { get: POISON })
        """,
    "Function.prototype gets properties of functions": """
        for (const key of ["prototype", "handle", "capability"])
            Object.defineProperty(Function.prototype, key, { get: POISON, set: POISON })
        """,
    "methods of Object are replaced": """
        for (const key of Object.getOwnPropertyNames(Object)) if (typeof Object[key] === "function") Object[key] = POISON
        """,
    "methods of Reflect are replaced": "for (const key of Reflect.ownKeys(Reflect)) delete Reflect[key]",
    "methods of Promise.prototype are replaced": """
        Promise.prototype.then = Promise.prototype.catch = Promise.prototype.finally = POISON
        Promise.prototype.constructor = POISON
        """,
    "Promise is replaced": "globalThis.Promise = POISON",
    "constructors of errors are replaced": """
        for (const name of ["Error", "TypeError", "RangeError", "AggregateError"]) globalThis[name] = POISON
        """,
    "prototypes of errors get setters": """
        for (const key of ["message", "stack", "cause", "name"])
            Object.defineProperty(Error.prototype, key, { set: POISON, get: POISON })
        """,
    "Symbol.toPrimitive is on Object.prototype": "Object.prototype[Symbol.toPrimitive] = POISON",
    "toJSON is on all prototypes": "Object.prototype.toJSON = String.prototype.toJSON = Number.prototype.toJSON = POISON",
    "then is on Object.prototype": "Object.prototype.then = POISON",
    "String.prototype is emptied": """
        for (const key of Reflect.ownKeys(String.prototype)) if (key !== "length") delete String.prototype[key]
        """,
    "Map and Set are emptied": """
        for (const kind of [Map, Set, WeakMap, WeakRef])
            for (const key of Reflect.ownKeys(kind.prototype)) delete kind.prototype[key]
        """,
    "all built-in prototypes are frozen": """
        for (const name of Object.getOwnPropertyNames(globalThis)) {
            const value = name === "host" ? null : globalThis[name]
            if (typeof value === "function" && value.prototype) Object.freeze(value.prototype)
        }
        """,
    "all globals are deleted": """
        for (const name of Object.getOwnPropertyNames(globalThis))
            if (name !== "globalThis") try { delete globalThis[name] } catch {}
        """,
    "the global object has another prototype": """
        Object.setPrototypeOf(globalThis, new Proxy({}, { get: POISON, has: () => true, set: POISON }))
        """,
    "the global object is sealed": "Object.preventExtensions(globalThis)",
}


@pytest.mark.abandons("the built-in objects stay changed")
@pytest.mark.parametrize("program", POLLUTION.values(), ids=POLLUTION.keys())
def test_capability_works_after(sandbox: Sandbox, program: str) -> None:
    arm(sandbox)
    sandbox.eval(f"{{ {program.replace('POISON', POISON)} }}")
    assert sandbox.eval("host.one() + host.deep.er.one()") == 2


@pytest.mark.abandons("the built-in objects stay changed")
@pytest.mark.parametrize("program", POLLUTION.values(), ids=POLLUTION.keys())
def test_facade_is_made_anew_after(sandbox: Sandbox, program: str) -> None:
    sandbox.eval(f"{{ {program.replace('POISON', POISON)} }}")
    arm(sandbox)
    assert sandbox.eval("host.one() + host.deep.er.one()") == 2
    with pytest.raises(JSError, match="TypeError"):
        sandbox.eval("'use strict'; host.deep.er.one = 5")


# All globals and their prototypes, with what they have.
FINGERPRINT = """
    ["globalThis", ...Object.getOwnPropertyNames(globalThis)].map(name => {
        const global = globalThis[name]
        return [global, global?.prototype].filter(one => one === Object(one)).map(one => {
            const members = Reflect.ownKeys(one).map(key => {
                const { value, get, set } = Reflect.getOwnPropertyDescriptor(one, key)
                return [key, value, get, set].map(one => typeof one === "object" ? "object" : String(one)).join()
            })
            const parent = Object.getPrototypeOf(one)
            return [...members, Object.isExtensible(one), parent === null || Object.hasOwn(parent, "constructor")].join()
        })
    }).join()
"""


@pytest.mark.parametrize("program", POLLUTION.values(), ids=POLLUTION.keys())
def test_next_isolated_eval_knows_nothing_of(make_sandbox: MakeSandbox, program: str) -> None:
    sandbox = arm(make_sandbox(isolated=True))
    clean = sandbox.eval(FINGERPRINT)
    assert sandbox.eval(f"{{ {program.replace('POISON', POISON)} }}; try {{ {FINGERPRINT} }} catch {{}}") != clean
    assert sandbox.eval(FINGERPRINT) == clean


DECLARATIONS = {
    "let": "let host = 1",
    "const": "const host = 1",
    "class": "class host {}",
    "function": "function host() {}",
    "async function": "async function host() {}",
    "generator": "function* host() {}",
    "var": "var host = 1",
    "assignment": "host = 1",
    "indirect eval with let": "(0, eval)('let host = 1')",
    "indirect eval with var": "(0, eval)('var host = 1')",
    "indirect eval with function": "try { (0, eval)('function host() {}') } catch {}",
    "Function with an assignment": "Function('host = 1')()",
    "a function in a block": "{ function host() {} }",
    "a loop variable": "for (host of [1, 2]);",
    "destructuring": "({ host } = { host: 1 })",
    "delete": "delete globalThis.host",
    "__defineGetter__": "try { globalThis.__defineGetter__('host', () => 1) } catch {}",
    "Reflect.defineProperty": "Reflect.defineProperty(globalThis, 'host', { value: 1 })",
    "Reflect.set with a receiver": "Reflect.set(Object.prototype, 'host', 1, globalThis)",
}


@pytest.mark.parametrize("program", DECLARATIONS.values(), ids=DECLARATIONS.keys())
def test_host_is_not_shadowed_for_later_evals_by(sandbox: Sandbox, program: str) -> None:
    arm(sandbox)
    for run in (sandbox.eval, lambda code: asyncio.run(sandbox.eval_async(code))):
        try:
            run(program)
        except JSError as error:
            assert error.name in ("SyntaxError", "TypeError")
        assert sandbox.eval("host.one()") == 1
        assert asyncio.run(sandbox.eval_async("host.deep.er.one()")) == 1


PROGRAMS = {
    "Function sees no more than a script": ("Function('return typeof host.one')()", "function"),
    "constructor of a capability is the guest's Function": ("host.one.constructor === Function", True),
    "constructor of a capability makes functions of the guest": (
        "host.one.constructor('return this')() === globalThis",
        True,
    ),
    "constructor of an async capability makes functions of the guest": (
        "host.later.constructor('return this')() === globalThis",
        True,
    ),
    "generator constructor": ("(function*(){}).constructor('yield this')().next().value === globalThis", True),
    "async constructor has no module loader": (
        failure_of("(async () => {}).constructor('return import.meta')"),
        "SyntaxError: import.meta only valid in module code",
    ),
    "a capability has no own properties of the host": (
        "Reflect.ownKeys(host.one).map(String).join()",
        "length,name",
    ),
    "a capability shows no source": ("String(host.one)", "function one() {\n    [native code]\n}"),
    "a capability is no constructor": (failure_of("new host.one()"), "TypeError: not a constructor"),
    "a capability is no base class": (
        failure_of("class A extends host.one {}"),
        "TypeError: parent class must be constructor",
    ),
    "Reflect.construct of a capability": (
        failure_of("Reflect.construct(host.one, [])"),
        "TypeError: not a constructor",
    ),
    "a capability as the target of construct": (
        failure_of("Reflect.construct(Object, [], host.one)"),
        "TypeError: not a constructor",
    ),
    "prototype of a capability cannot be set": (
        failure_of("Object.setPrototypeOf(host.one, null)"),
        "TypeError: object is not extensible",
    ),
    "__proto__ of a capability cannot be set": (
        failure_of("host.one.__proto__ = null"),
        "TypeError: object is not extensible",
    ),
    "a capability cannot be renamed": (
        "Reflect.defineProperty(host.one, 'name', { value: 'two' })",
        False,
    ),
    "caller of a function that a capability calls": (
        "{ let seen; function f() { try { seen = typeof f.caller } catch (error) { seen = error.name } }; host.call(f); seen }",
        "undefined",
    ),
    "arguments.callee.caller in a callback": (
        "{ let seen; host.call(function () { seen = typeof arguments.callee.caller }); seen }",
        "undefined",
    ),
    "this of a callback is undefined": (
        "{ let seen; host.call(function () { 'use strict'; seen = typeof this }); seen }",
        "undefined",
    ),
    "with puts nothing between a program and the facade": (
        "{ let seen; with (new Proxy({}, { has: (_, key) => key === 'one' })) { seen = typeof host.one }; seen }",
        "function",
    ),
    "direct eval in an argument": ("host.echo(eval('var inner = 5; inner'))", 5),
    "getter of host works on any receiver": (
        "Object.getOwnPropertyDescriptor(globalThis, 'host').get.call(null) === host",
        True,
    ),
    "getter of host has no setter beside it": (
        "Object.getOwnPropertyDescriptor(globalThis, 'host').set === undefined",
        True,
    ),
    "getter of host is frozen": ("Object.isFrozen(Object.getOwnPropertyDescriptor(globalThis, 'host').get)", True),
    "a program finds no function that replaces host": (
        """Object.getOwnPropertyNames(globalThis).filter(name => /facade|install|snap|wasm/i.test(name)).join()""",
        "",
    ),
    "Symbol.for has nothing of the host": ("Symbol.for('snapjs') in globalThis", False),
    "a proxy of the facade still reads the frozen one": (
        failure_of("new Proxy(host, { get: () => 1 }).one"),
        "TypeError: proxy: inconsistent get",
    ),
    "an object that inherits from host is no host": (
        "Object.create(host).one === host.one && host !== Object.create(host)",
        True,
    ),
    "Object.assign copies functions, and changes none": ("Object.assign({}, host).one === host.one", True),
    "structuredClone of a capability": (
        failure_of("structuredClone(host.one)"),
        "DataCloneError: function one could not be cloned.",
    ),
    "a capability through a MessageChannel": (
        failure_of("new MessageChannel().port1.postMessage(host.one)"),
        "DataCloneError: function one could not be cloned.",
    ),
    "no process": ("typeof process", "undefined"),
    "no require": ("typeof require", "undefined"),
    "no fetch": ("typeof fetch", "undefined"),
    "no WebAssembly": ("typeof WebAssembly", "undefined"),
    "no Atomics": ("typeof Atomics", "undefined"),
    "no Worker": ("typeof Worker", "undefined"),
    "no std": ("typeof std + typeof os", "undefinedundefined"),
    "no XMLHttpRequest or WebSocket": ("typeof XMLHttpRequest + typeof WebSocket", "undefinedundefined"),
    "no gc": ("typeof gc", "undefined"),
    "__proto__ as a key of a result stays data": (
        '{ const made = host.echo(JSON.parse(\'{"__proto__": {"admin": true}}\')); [({}).admin, Object.keys(made)] .join()}',
        ",__proto__",
    ),
    "constructor as a key of a result stays data": (
        "host.echo({ constructor: { prototype: 1 } }).constructor.prototype",
        1,
    ),
}


@pytest.mark.parametrize(("program", "expected"), PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_program(make_sandbox: MakeSandbox, isolated: bool, program: str, expected: Any) -> None:
    sandbox = arm(make_sandbox(isolated=isolated))
    assert sandbox.eval(program) == expected


CALL_SITES = {
    "give no functions of the host": ("typeof site.getFunction()", "function,undefined,function"),
    "name no file of the host": ("String(site.getFileName())", "<eval>,null,<eval>"),
    "name no function of Python": ("String(site.getFunctionName())", "null,call,<eval>"),
}


@pytest.mark.abandons("Error.prepareStackTrace was there")
@pytest.mark.parametrize(("told", "expected"), CALL_SITES.values(), ids=CALL_SITES.keys())
def test_call_sites(sandbox: Sandbox, told: str, expected: str) -> None:
    arm(sandbox)
    code = f"""
        Error.prepareStackTrace = (error, sites) => sites.map(site => {told})
        host.call(() => new Error().stack.join())
    """
    assert sandbox.eval(code) == expected


@pytest.mark.abandons("a specifier that was asked for is remembered")
@pytest.mark.parametrize(
    "specifier",
    [
        "fs",
        "node:fs",
        "/etc/passwd",
        "file:///etc/passwd",
        "data:text/javascript,1",
        "./a.js",
        "snapjs",
        "https://a/b.js",
    ],
)
def test_import_finds_nothing(any_sandbox: Sandbox, specifier: str) -> None:
    code = f"await import({specifier!r}).catch(error => error.constructor === Error || error instanceof Error)"
    assert asyncio.run(any_sandbox.eval_async(code)) is True


@pytest.mark.abandons("Error.prepareStackTrace stays replaced")
def test_stack_trace_of_the_facade_gives_no_function_away(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(memory_limit=4 << 20)
    sandbox.eval(
        """
        globalThis.seen = []
        Error.prepareStackTrace = (error, sites) => { seen.push(...sites.map(site => site.getFunction())); return "" }
        globalThis.held = []
        try { for (;;) held.push(new Uint8Array(1024)) } catch {}
        try { for (;;) held.push({}) } catch {}
        """
    )
    for number in range(300):
        sandbox.register(f"group{number}.member", lambda: 1)
    with pytest.raises(MemoryLimitError):
        sandbox.eval("1")
    assert sandbox._world is not None
    found = "seen.filter(one => one !== undefined && String(one).includes('paths')).length"
    assert sandbox._world.vm.eval(f"held = null; {found}") == 0
