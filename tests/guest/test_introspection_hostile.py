"""Introspection runs nothing of a program that booby-trapped all there is: every function and prototype of the language, every
trap of a Proxy, every getter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snapjs import VM, Handle

pytestmark = pytest.mark.keeps("the built-ins stay patched")

# Whatever runs says so in a string that only closures reach; `ran()` returns and forgets it.
HOSTILE = r"""
(function () {
    let log = ''
    const note = name => { log += (typeof name === 'symbol' ? 'a symbol' : name) + ' ' }
    const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect
    const P = Proxy
    const every = new P({}, { get(_, trap) { note('trap:' + trap) } })       // a handler with all traps there are, and will be
    const throwing = new P({}, { get(_, trap) { note('trap:' + trap); throw new RangeError(trap) } })
    const helpers = { every, throwing, P, note, defineProperty }

    const spy = (name, original) => new P(original, {
        apply(target, self, all) { note(name); return apply(target, self, all) },
        construct(target, all, as) { note('new ' + name); return construct(target, all, as) },
        get(target, key) { note(name + '.get'); return target[key] },
    })
    const names = ownKeys(globalThis), patch = []
    for (let i = 0; i < names.length; i++) {
        const value = getOwnPropertyDescriptor(globalThis, names[i]).value
        if (typeof value === 'object' && value && value !== globalThis) patch[patch.length] = [names[i], value]
        if (typeof value === 'function') {
            patch[patch.length] = [names[i], value]
            if (value.prototype) patch[patch.length] = [names[i] + '.prototype', value.prototype]
        }
    }
    const inherited = [[].values(), new Map().keys(), ''[Symbol.iterator](), (function* () {})(), new Uint8Array(1), async () => 1]
    for (let i = 0; i < inherited.length; i++)
        for (let p = getPrototypeOf(inherited[i]); p; p = getPrototypeOf(p)) patch[patch.length] = ['inherited', p]
    for (let i = 0; i < patch.length; i++) {
        const [place, object] = patch[i], keys = ownKeys(object)
        for (let j = 0; j < keys.length; j++) {
            const key = keys[j], d = getOwnPropertyDescriptor(object, key)
            if (!d.configurable) continue
            const name = place + '.' + (typeof key === 'symbol' ? 'symbol' : key)
            if (typeof d.value === 'function') d.value = spy(name, d.value)
            else if (d.get) { const get = d.get; d.get = function () { note(name); return apply(get, this, []) } }
            defineProperty(object, key, d)
        }
    }
    const traps = ['constructor', 'length', 'name', 'toJSON', 'then', 'description', 'message', 'stack', 'cause', 'size',
                   'prototype', Symbol.toStringTag, Symbol.toPrimitive, Symbol.iterator, Symbol.species]
    const bases = [Object, Array, Function, String, Number, Boolean, Symbol, BigInt, Map, Set, Promise, Error, Date, RegExp, ArrayBuffer]
    for (let i = 0; i < bases.length; i++)
        for (let j = 0; j < traps.length; j++) {
            const name = 'getter:' + (typeof traps[j] === 'symbol' ? 'symbol' : traps[j])
            defineProperty(bases[i].prototype, traps[j], { get() { note(name) }, set() { note(name) }, configurable: true })
        }
    for (let i = 0; i < 3; i++)
        defineProperty(Array.prototype, i, { get() { note('hole') }, set() { note('hole') }, configurable: true })
    defineProperty(Error, 'prepareStackTrace', { get() { note('prepareStackTrace') }, configurable: true })
    globalThis.ran = () => { const all = log; log = ''; return all }
    return helpers
})()
"""

# What the subjects may use; they are made by code that runs in the trapped world.
BEFORE = "(({ every, throwing, P, note, defineProperty }) => { return "
AFTER = " })"


def facts(handle: Handle) -> dict[str, Any]:
    """Every answer that introspection gives of a value."""
    keys = handle.get_own_property_keys()
    shown = ["a symbol" if isinstance(key, Handle) else key for key in keys]
    for key in keys:
        descriptor = handle.get_own_property_descriptor(key)
        assert descriptor is not None
        assert handle.has_own_property(key)
        assert handle.property_is_enumerable(key) == descriptor.enumerable
    for absent in ("absent", -1, 12345678, "then", "constructor"):
        if absent not in shown:
            assert handle.get_own_property_descriptor(absent) is None
            assert (handle.has_own_property(absent), handle.property_is_enumerable(absent)) == (False, False)
    kinds = [name for name in dir(Handle) if name.startswith("is_") and getattr(handle, name)]
    if not handle.is_proxy:
        with pytest.raises(TypeError, match="is not a Proxy"):
            handle.get_proxy_target()
        with pytest.raises(TypeError, match="is not a Proxy"):
            handle.get_proxy_handler()
    prototype = handle.get_prototype_of()
    assert handle.identity == handle.dup().identity
    assert handle.promise_state not in (0, 1, 2)
    assert bool(handle.class_id) == handle.is_object
    assert handle.get_own_property_names() == [key for key in shown if key != "a symbol"]
    return {
        "typeof": handle.typeof,
        "class": handle.class_name,
        "kinds": kinds,
        "length": handle.length,
        "constructor": handle.constructor_name,
        "keys": handle.keys(),
        "all": shown,
        "truth": handle.to_boolean(),
        "prototype": prototype.typeof if not prototype.is_null else None,
        "repr": repr(handle),
    }


def expected(
    class_name: str | None,
    kinds: list[str],
    keys: list[str] | None = None,
    all_keys: list[str] | None = None,
    *,
    length: int | None = None,
    constructor: str | None = None,
    typeof: str = "object",
    prototype: str | None = "object",
    truth: bool = True,
) -> dict[str, Any]:
    """What facts() gives. The constructors of the trapped world have no name that could be read."""
    return {
        "typeof": typeof,
        "class": class_name,
        "kinds": sorted([*kinds, *(["is_object"] if class_name else [])]),
        "length": length,
        "constructor": constructor,
        "keys": keys or [],
        "all": all_keys if all_keys is not None else keys or [],
        "truth": truth,
        "prototype": prototype,
        "repr": f"<Handle of {class_name or typeof}>",
    }


PROXY = expected("Object", ["is_proxy"], prototype=None)
CALLABLE_PROXY = expected("Object", ["is_proxy", "is_function"], typeof="function", prototype=None)
FUNCTION_KEYS = ["length", "name"]

SUBJECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "proxy": ("new P({ a: 1 }, every)", PROXY),
    "proxy whose traps throw": ("new P({ a: 1 }, throwing)", PROXY),
    "proxy of an array": ("new P([1, 2], every)", PROXY),
    "proxy of a proxy": ("new P(new P({}, throwing), every)", PROXY),
    "proxy of a function": ("new P(() => 1, every)", CALLABLE_PROXY),
    "proxy of a class": ("new P(class { static a = 1 }, throwing)", CALLABLE_PROXY),
    "revoked proxy": ("(() => { const r = P.revocable({}, every); r.revoke(); return r.proxy })()", PROXY),
    "revoked function": ("(() => { const r = P.revocable(() => 1, every); r.revoke(); return r.proxy })()", CALLABLE_PROXY),
    "object under a proxy": ("({ __proto__: new P({}, every), a: 1 })", expected("Object", [], ["a"])),
    "object with a trapped constructor": ("({ constructor: new P(class {}, every) })", expected("Object", [], ["constructor"])),
    "getters": (
        "({ get a() { note('a') }, set a(v) { note('a=') }, get [Symbol.toStringTag]() { note('tag') }, valueOf() { note('valueOf') } })",
        expected("Object", [], ["a", "valueOf"], ["a", "valueOf", "a symbol"]),
    ),
    "length and constructor getters": (
        "({ get length() { note('length') }, get constructor() { note('constructor') } })",
        expected("Object", [], ["length", "constructor"]),
    ),
    "conversions": (
        "({ [Symbol.toPrimitive]() { note('toPrimitive') }, toString() { note('toString') } })",
        expected("Object", [], ["toString"], ["toString", "a symbol"]),
    ),
    "thenable": ("({ then(f) { note('then'); f() } })", expected("Object", [], ["then"])),
    "instance with private fields": (
        "new (class { #a = 1; b = 2; #m() {} get c() { note('c') } })", expected("Object", [], ["b"], constructor=""),
    ),
    "class": (
        "class { static #a = 1; static get b() { note('b') } }",
        expected("Function", ["is_function"], [], [*FUNCTION_KEYS, "prototype", "b"], typeof="function", prototype="function", length=0),
    ),
    "function with accessors": (
        "(() => { const f = () => 1; const d = { get() { note('own') }, configurable: true };"
        " defineProperty(f, 'name', d); defineProperty(f, 'length', d); return f })()",
        expected("Function", ["is_function"], [], FUNCTION_KEYS, typeof="function", prototype="function"),
    ),
    "generator": ("(function* () { note('ran') })()", expected("Generator", [])),
    "array with getters": (
        "(() => { const a = [7, , 9]; defineProperty(a, 0, { get() { note('element') } }); return a })()",
        expected("Array", ["is_array"], ["0", "2"], ["0", "2", "length"], length=3),
    ),
    "array of an exotic class": (
        "new (class extends Array { get length2() { note('length2') } })(3)",
        expected("Array", ["is_array"], [], ["length"], length=3, constructor=""),
    ),
    "Map": ("new Map", expected("Map", ["is_map"])),
    "Set": ("new Set", expected("Set", ["is_set"])),
    "Date": ("new Date(0)", expected("Date", ["is_date"])),
    "RegExp": ("/x/", expected("RegExp", ["is_reg_exp"], [], ["lastIndex"])),
    "typed array": ("new Uint8Array(2)", expected("Uint8Array", [], ["0", "1"], length=2)),
    "DataView": ("new DataView(new ArrayBuffer(2))", expected("DataView", ["is_data_view"])),
    "String object": ("Object('ab')", expected("String", [], ["0", "1"], ["0", "1", "length"], length=2)),
    "arguments": (
        "(function (a) { return arguments })(1, 2)",
        expected("Arguments", [], ["0", "1"], ["0", "1", "length", "callee", "a symbol"], length=2),
    ),
    "WeakRef of a proxy": ("new WeakRef(new P({}, every))", expected("WeakRef", ["is_weak_ref"])),
    "number": ("-0", expected(None, ["is_number"], typeof="number", truth=False)),
    "string": ("'a' + 'b'", expected(None, ["is_string"], typeof="string", length=2)),
    "rope": ("'a'.concat('b')", expected(None, ["is_string"], typeof="string", length=2)),
    "symbol": ("Symbol('s')", expected(None, ["is_symbol"], typeof="symbol")),
    "BigInt": ("2n ** 1000n", expected(None, ["is_big_int"], typeof="bigint")),
    "undefined": ("undefined", expected(None, ["is_undefined"], typeof="undefined", truth=False, prototype=None)),
}  # fmt: skip


@pytest.fixture
def hostile(vm: VM) -> Iterator[Callable[[str], Handle]]:
    """Makes a value in a world where all is trapped, and forgets what ran meanwhile."""
    helpers = vm.eval_handle(HOSTILE)

    def make(code: str) -> Handle:
        handle = vm.call_function(vm.eval_handle(BEFORE + code + AFTER), None, helpers)
        vm.eval("ran()")
        return handle

    yield make
    helpers.dispose()


@pytest.mark.parametrize(("code", "answers"), SUBJECTS.values(), ids=SUBJECTS)
def test_nothing_of_the_program_runs(
    vm: VM, hostile: Callable[[str], Handle], code: str, answers: dict[str, Any]
) -> None:
    handle = hostile(code)
    found = facts(handle)
    assert vm.eval("ran()") == ""
    assert found == answers


def test_the_parts_of_a_proxy_run_no_trap(vm: VM, hostile: Callable[[str], Handle]) -> None:
    handle = hostile("new P(new P([1], throwing), every)")
    assert handle.get_proxy_target().get_proxy_target().is_array
    assert handle.get_proxy_handler().is_proxy
    assert facts(handle.get_proxy_handler()) == PROXY
    assert vm.eval("ran()") == ""


@pytest.mark.parametrize("patched", ["promise", "promise with a then", "promise with a constructor"])
def test_the_state_of_a_promise(vm: VM, hostile: Callable[[str], Handle], patched: str) -> None:
    code = {
        "promise": "(async () => 7)()",
        "promise with a then": "(() => { const p = (async () => 7)(); p.then = () => note('then'); return p })()",
        "promise with a constructor": "(() => { const p = (async () => 7)(); defineProperty(p, 'constructor', { get() { note('own') } }); return p })()",
    }[patched]
    handle = hostile(code)
    assert (handle.promise_state, handle.is_promise, handle.class_name) == (1, True, "Promise")
    result = vm.resolve_promise(handle)
    assert result.value is not None
    assert result.value.to_python() == 7
    assert vm.eval("ran()") == ""


def test_a_property_with_a_trapped_accessor_is_described(vm: VM, hostile: Callable[[str], Handle]) -> None:
    handle = hostile("({ get a() { note('a') } })")
    descriptor = handle.get_own_property_descriptor("a")
    assert descriptor is not None
    assert descriptor.get is not None
    assert (descriptor.get.is_function, descriptor.get.length) == (True, 0)
    assert vm.eval("ran()") == ""


def test_the_global_object_with_accessors(vm: VM, hostile: Callable[[str], Handle]) -> None:
    hostile("defineProperty(globalThis, 'trap', { get() { note('global') }, configurable: true, enumerable: true })")
    found = facts(vm.global_handle)
    assert {"trap", "performance", "ran"} <= set(found["keys"])
    assert vm.eval("ran()") == ""


def test_an_error_that_carries_a_python_exception(vm: VM, hostile: Callable[[str], Handle]) -> None:
    hostile("1")
    handle = vm.new_error(KeyError("from Python"))
    vm.eval("ran()")
    found = facts(handle)
    assert (found["class"], found["kinds"]) == ("Error", ["is_error", "is_object"])
    assert "a symbol" not in found["all"]
    assert vm.eval("ran()") == ""


def test_a_function_of_the_host(vm: VM, hostile: Callable[[str], Handle]) -> None:
    hostile("1")
    handle = vm.new_function("host", lambda this: None)
    vm.eval("ran()")
    assert facts(handle) == expected(
        "Function", ["is_function"], [], FUNCTION_KEYS, typeof="function", prototype="function", length=0
    )
    assert vm.eval("ran()") == ""


# ---- the traps are real: what does run the program, runs them


@pytest.mark.parametrize(
    ("code", "use", "traps"),
    [
        ("new P({ a: 1 }, every)", lambda handle: handle.get_prop("a"), "trap:get "),
        ("new P({ a: 1 }, every)", lambda handle: handle.set_prop("a", 1), "trap:set trap:getOwnPropertyDescriptor trap:defineProperty "),
        ("new P({ a: 1 }, every)", lambda handle: handle.define_prop("b", 1), "trap:defineProperty "),
        ("({ get a() { note('a') } })", lambda handle: handle.get_prop("a"), "a "),
        ("({ get a() { note('a') } })", lambda handle: handle.to_python(), "a "),
        ("({ valueOf() { note('valueOf'); return 1 } })", lambda handle: handle.to_number(), "getter:symbol valueOf "),
    ],
)  # fmt: skip
def test_what_runs_the_program_is_noted(
    vm: VM, hostile: Callable[[str], Handle], code: str, use: Callable[[Handle], Any], traps: str
) -> None:
    use(hostile(code))
    assert vm.eval("ran()") == traps


def test_the_traps_of_the_world_are_set(vm: VM, hostile: Callable[[str], Handle]) -> None:
    hostile("1")
    vm.eval(
        "Object.keys([]); new Map; Promise.resolve(1); [].constructor; (() => 1).name; Object.prototype.hasOwnProperty.call({}, 'a')"
    )
    noted = vm.eval("ran()").split()
    assert {"Object.keys", "Promise.resolve", "getter:constructor"} <= set(noted), json.dumps(noted)


def test_a_key_that_would_have_to_run_code_is_refused(vm: VM, hostile: Callable[[str], Handle]) -> None:
    handle = hostile("({ a: 1 })")
    key = hostile("({ [Symbol.toPrimitive]() { note('toPrimitive') }, toString() { note('toString') } })")
    with pytest.raises(TypeError, match="an object has to run code to be a key"):
        handle.has_own_property(key)
    assert "toPrimitive" not in vm.eval("ran()")


# ---- what introspection refuses, or does not find

PREPARES = "globalThis.prepared = 0; Error.prepareStackTrace = () => { prepared++ }"


def test_refusing_a_key_formats_no_stack(vm: VM) -> None:
    vm.eval(PREPARES)
    with vm.eval_handle("({})") as handle:
        for look in (handle.has_own_property, handle.property_is_enumerable, handle.get_own_property_descriptor):
            with pytest.raises(TypeError, match="an object has to run code to be a key"):
                look(handle)
    assert vm.eval("prepared") == 0


def test_a_binding_that_is_not_initialised_formats_no_stack(make_vm: Callable[..., VM]) -> None:
    def look(this: Handle, namespace: Handle) -> None:
        descriptor = namespace.get_own_property_descriptor("late")
        assert descriptor is not None
        assert descriptor.value is None

    vm = make_vm(modules={"a.js": "import * as self from 'a.js'; look(self); export let late = 1"})
    vm.eval(PREPARES)
    vm.global_handle.set_prop("look", vm.new_function("look", look))
    vm.import_module("a.js")
    assert vm.eval("prepared") == 0
