"""A program that replaces what scripts of the web platform might call neither breaks them nor is handed what is theirs."""

from __future__ import annotations

from typing import Any

import pytest
from virtual_time import advance

from snapjs import VM

# Puts a function that takes note in the place of each method of the language; `calls` has their names. Template literals
# of the engine call String.prototype.concat.
WATCH = """
    var calls = [], isWatching = false;
    {
        const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty, getPrototypeOf } = Reflect;
        const note = (name) => { calls[calls.length] = name };
        const watched = (name, method) => ({ method() {
            if (isWatching) note(name);
            return apply(method, this, arguments);
        } }).method;
        const watch = (name, owner) => {
            for (const key of ownKeys(owner)) {
                const found = getOwnPropertyDescriptor(owner, key);
                const place = `${name}.${String(key)}`;
                if (key === "constructor" || !found.configurable || place === "String.concat") continue;
                if (typeof found.value === "function" && !found.value.prototype)
                    defineProperty(owner, key, { ...found, value: watched(place, found.value) });
                else if (found.get)
                    defineProperty(owner, key, { ...found, get: watched(place, found.get) });
            }
        };
        const iteratorOf = (iterable) => getPrototypeOf(iterable[Symbol.iterator]());
        const owners = { ArrayIterator: iteratorOf([]), MapIterator: iteratorOf(new Map()),
                         SetIterator: iteratorOf(new Set()), StringIterator: iteratorOf(""),
                         Generator: getPrototypeOf(function* () {}.prototype),
                         TypedArray: getPrototypeOf(Uint8Array.prototype), Math, JSON, Reflect };
        for (const each of [Array, Map, Set, WeakMap, WeakSet, WeakRef, String, Number, BigInt, RegExp, Promise, Function,
                            ArrayBuffer, Object]) {
            owners[each.name] = each.prototype;
            owners[`the class ${each.name}`] = each;
        }
        for (const name of Object.keys(owners)) if (name !== "Object") watch(name, owners[name]);
    }
    0
"""

# `signals` and `parts` can be gone through without the language's own iterators.
OBJECTS = """
    var source = new AbortController(), error = new Error("x"), signals, parts;
    {
        const once = (...items) => ({ [Symbol.iterator]() {
            let i = 0;
            return { next: () => ({ value: items[i], done: i++ >= items.length }) };
        } });
        signals = once(source.signal, source.signal);
        parts = once("a\\r\\n", new Blob(["b"]), "c");
    }
    0
"""


@pytest.mark.parametrize(
    "code",
    [
        "const c = new AbortController(); new EventTarget().addEventListener('x', () => {}, { signal: c.signal }); c.abort()",
        "AbortSignal.any(signals).onabort = () => {}; source.abort()",
        "const t = new EventTarget(), f = (e) => {}; t.addEventListener('a', f, { once: true }); t.onabort = f;"
        "t.addEventListener('a', { handleEvent() {} }); t.dispatchEvent(new CustomEvent('a', { detail: 1 }))",
        "globalThis.onerror = () => true; reportError(error)",
        "const { port1, port2 } = new MessageChannel(); port2.onmessage = () => port2.close(); port1.postMessage({ a: 1 })",
        "const a = new BroadcastChannel('a'), b = new BroadcastChannel('a'); b.onmessage = () => b.close(); a.postMessage(1);"
        "a.close()",
        "new Blob(parts, { type: 'TEXT/plain', endings: 'native' }).slice(1, 5).bytes(); new File(parts, 'n')",
        "performance.mark('a', { detail: 1 }); performance.measure('m', 'a'); performance.getEntries();"
        "performance.clearMarks('a'); performance.clearMeasures()",
        "new PerformanceObserver(() => {}).observe({ type: 'mark', buffered: true }); performance.mark('b')",
    ],
)
@pytest.mark.keeps("methods of the language were replaced")
def test_scripts_call_none_of_them(timed: VM, time: Any, code: str) -> None:
    timed.eval(OBJECTS)
    timed.eval(WATCH)
    timed.eval(f"isWatching = true; (() => {{ {code} }})(); 0")
    time.now += 1
    timed.run_until_idle()
    timed.eval("isWatching = false; 0")
    assert timed.eval("calls") == []


@pytest.mark.parametrize(
    "code",
    [
        "Object.setPrototypeOf(PerformanceMark, function () { out.push(arguments.length); return {} }); performance.mark('a')",
        "Object.setPrototypeOf(File, function () { out.push(arguments.length); return {} });"
        "new FormData().append('a', new Blob(['secret']), 'n')",
    ],
)
@pytest.mark.keeps("the class stays as it was changed")
def test_a_class_in_the_place_of_a_parent_is_given_nothing(vm: VM, code: str) -> None:
    vm.eval(f"var out = []; try {{ {code} }} catch {{}} 0")
    assert vm.eval("out") == [0]


@pytest.mark.keeps("the class stays as it was changed")
def test_what_a_failed_parent_leaves_is_in_no_blob(vm: VM) -> None:
    vm.eval("Object.setPrototypeOf(File, function () { throw 1 }); 0")
    vm.eval("try { new FormData().append('a', new Blob(['secret']), 'n') } catch {} 0")
    assert vm.eval("new Blob(['ab']).size") == 2


@pytest.mark.parametrize(
    ("member", "value"),
    [("required", "true"), ("default", "() => 1"), ("enforceRange", "true"), ("clamp", "true"), ("bubbles", "true")],
)
def test_members_of_every_object_are_no_settings(vm: VM, member: str, value: str) -> None:
    vm.eval(f"Object.prototype.{member} = {value}; var out = []; 0")
    vm.eval(
        "var target = new EventTarget(); target.onabort = null; target.addEventListener('x', e => out.push(e.bubbles))"
    )
    vm.eval("target.dispatchEvent(new Event('x', { __proto__: null })); 0")
    vm.eval("var init = { __proto__: null, lineno: 2 ** 32 + 1 }; out.push(new ErrorEvent('x', init).lineno); 0")
    found = vm.eval(f"delete Object.prototype.{member}; out")
    assert found == [False, 1]


def test_handlers_go_whatever_every_object_has(vm: VM) -> None:
    vm.eval("Object.prototype.signal = {}; var signal = new AbortController().signal; 0")
    vm.eval("signal.onabort = () => {}; signal.onabort = null; delete Object.prototype.signal; 0")
    assert vm.eval("signal.onabort") is None


def test_a_message_comes_whatever_every_object_has(timed: VM, time: Any) -> None:
    timed.eval("Object.prototype.source = Object.prototype.origin = Symbol(); 0")
    timed.eval("var { port1, port2 } = new MessageChannel(); port1.onmessage = (e) => out.push(e.data, e.isTrusted); 0")
    timed.eval("port2.postMessage(1); 0")
    assert advance(timed, time, 0) == [1, True]
    timed.eval("delete Object.prototype.source; delete Object.prototype.origin; port1.close(); 0")
    timed.run_until_idle()
