"""VMs with parts of the language left out: what is gone, what stays, and that nothing of it breaks the VM."""

from __future__ import annotations

import asyncio
import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from moving import moved

import snapjs
from snapjs import VM, EvalFlags, Intrinsics, JSError

MakeVM = Callable[..., VM]

pytestmark = pytest.mark.keeps("the leak check looks at more than such a VM has")

TYPED_ARRAYS = {
    "ArrayBuffer", "SharedArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array",
    "Uint16Array", "Int32Array", "Uint32Array", "BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array",
    "Float64Array",
}  # fmt: skip

# The globals that each part brings.
BRINGS = {
    Intrinsics.DATE: {"Date"},
    Intrinsics.EVAL: set(),
    Intrinsics.REGEXP: {"RegExp"},
    Intrinsics.JSON: {"JSON"},
    Intrinsics.PROXY: {"Proxy"},
    Intrinsics.MAP_SET: {"Map", "Set", "WeakMap", "WeakSet"},
    Intrinsics.TYPED_ARRAYS: TYPED_ARRAYS,
    Intrinsics.PROMISE: {"Promise", "AsyncDisposableStack"},
    Intrinsics.BIG_INT: set(),
    Intrinsics.WEAK_REF: {"WeakRef", "FinalizationRegistry"},
    Intrinsics.PERFORMANCE: set(),
    Intrinsics.DOM_EXCEPTION: set(),  # what ATOB_BTOA brings too
    Intrinsics.ATOB_BTOA: {"atob", "btoa"},
}

# What every VM has, with web=False.
ALWAYS = {
    "AggregateError", "Array", "BigInt", "Boolean", "DisposableStack", "Error", "EvalError", "Function", "Infinity",
    "InternalError", "Iterator", "Math", "NaN", "Number", "Object", "RangeError", "ReferenceError", "Reflect", "String",
    "SuppressedError", "Symbol", "SyntaxError", "TypeError", "URIError", "decodeURI", "decodeURIComponent", "encodeURI",
    "encodeURIComponent", "escape", "eval", "globalThis", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined",
    "unescape",
}  # fmt: skip

# The globals that each area of the web platform brings …
AREAS = {
    "console": {"console"},
    "timers": {"setTimeout", "clearTimeout", "setInterval", "clearInterval"},
    "queueMicrotask": {"queueMicrotask"},
    "performance": {
        "performance", "Performance", "PerformanceEntry", "PerformanceMark", "PerformanceMeasure", "PerformanceObserver",
        "PerformanceObserverEntryList",
    },
    "events": {
        "AbortController", "AbortSignal", "CustomEvent", "ErrorEvent", "Event", "EventTarget", "MessageEvent",
        "PromiseRejectionEvent", "onerror", "onrejectionhandled", "onunhandledrejection", "reportError", "self",
    },
    "messaging": {"BroadcastChannel", "MessageChannel", "MessagePort"},
    "encoding": {"TextDecoder", "TextEncoder"},
    "structuredClone": {"structuredClone"},
    "url": {"URL", "URLPattern", "URLSearchParams"},
    "crypto": {"Crypto", "CryptoKey", "SubtleCrypto", "crypto"},
    "blob": {"Blob", "File", "FormData"},
    "navigator": {"Navigator", "navigator"},
    "streams": {
        "ByteLengthQueuingStrategy", "CountQueuingStrategy", "ReadableByteStreamController", "ReadableStream",
        "ReadableStreamBYOBReader", "ReadableStreamBYOBRequest", "ReadableStreamDefaultController",
        "ReadableStreamDefaultReader", "TextDecoderStream", "TextEncoderStream", "TransformStream",
        "TransformStreamDefaultController", "WritableStream", "WritableStreamDefaultController",
        "WritableStreamDefaultWriter",
    },
    "compression": {"CompressionStream", "DecompressionStream"},
    "http": {"Headers", "Request", "Response"},
}  # fmt: skip
# … and with which others it comes.
NEEDS = {
    "performance": ["events"],
    "messaging": ["events", "structuredClone"],
    "streams": ["events", "encoding"],
    "compression": ["streams", "events", "encoding"],
    "blob": ["streams", "events", "encoding"],
    "http": ["blob", "url", "structuredClone", "streams", "events", "encoding"],
}
NOT_FOR_SCRIPTS = {Intrinsics.PERFORMANCE, Intrinsics.ATOB_BTOA}
NO_SCRIPTS = {"console", "timers", "queueMicrotask"}

EACH = list(BRINGS)
PARTS = list(BRINGS)


def names(vm: VM) -> set[str]:
    """Names of all globals."""
    return set(vm.global_handle.get_own_property_names())


def test_the_numbers() -> None:
    parts = [
        Intrinsics.DATE, Intrinsics.EVAL, Intrinsics.REGEXP, Intrinsics.JSON, Intrinsics.PROXY, Intrinsics.MAP_SET,
        Intrinsics.TYPED_ARRAYS, Intrinsics.PROMISE, Intrinsics.BIG_INT, Intrinsics.WEAK_REF, Intrinsics.PERFORMANCE,
        Intrinsics.DOM_EXCEPTION, Intrinsics.ATOB_BTOA,
    ]  # fmt: skip
    assert list(Intrinsics) == parts
    assert [int(part) for part in parts] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]
    assert int(Intrinsics.ALL) == 0xFFFFFFFF


def test_nothing_but_the_base(make_vm: MakeVM) -> None:
    assert names(make_vm(intrinsics=Intrinsics(0), web=False)) == ALWAYS


def test_everything(make_vm: MakeVM) -> None:
    assert names(make_vm()) == ALWAYS.union({"DOMException"}, *AREAS.values(), *BRINGS.values())


@pytest.mark.parametrize("part", EACH, ids=str)
def test_what_a_part_brings(make_vm: MakeVM, part: Intrinsics) -> None:
    whole = names(make_vm(web=False))
    assert whole - names(make_vm(web=False, intrinsics=Intrinsics.ALL & ~part)) == BRINGS[part]


def test_dom_exception_goes_with_the_functions_that_throw_it(make_vm: MakeVM) -> None:
    both = Intrinsics.DOM_EXCEPTION | Intrinsics.ATOB_BTOA
    without = names(make_vm(web=False, intrinsics=Intrinsics.ALL & ~both))
    assert names(make_vm(web=False)) - without == {"DOMException", "atob", "btoa"}


@pytest.mark.parametrize("part", EACH, ids=str)
def test_a_realm_without_a_part_is_like_a_vm_without_it(vm: VM, make_vm: MakeVM, part: Intrinsics) -> None:
    with vm.new_realm(intrinsics=Intrinsics.ALL & ~part) as realm:
        there = set(realm.global_handle.get_own_property_names())
        assert there == names(make_vm(intrinsics=Intrinsics.ALL & ~part))


@pytest.mark.parametrize("area", AREAS)
def test_what_an_area_brings(make_vm: MakeVM, area: str) -> None:
    expected = AREAS[area].union(*(AREAS[need] for need in NEEDS.get(area, ())))
    assert names(make_vm(web={area})) - names(make_vm(web=False)) == expected


@pytest.mark.parametrize("part", [part for part in EACH if part not in NOT_FOR_SCRIPTS], ids=str)
def test_scripts_need_the_whole_language(make_vm: MakeVM, part: Intrinsics) -> None:
    areas = NO_SCRIPTS | {"events"}
    limited = make_vm(intrinsics=Intrinsics.ALL & ~part, web=areas)
    without_events = make_vm(intrinsics=Intrinsics.ALL & ~part, web=NO_SCRIPTS)
    assert names(limited) == names(without_events)


def test_no_clocks_no_performance(make_vm: MakeVM) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~Intrinsics.PERFORMANCE)
    assert names(make_vm()) - names(vm) == AREAS["performance"]


# ---- syntax that needs a part


@pytest.mark.parametrize(
    ("part", "code", "message"),
    [
        (Intrinsics.EVAL, "1", "TypeError: eval is not supported"),
        (Intrinsics.REGEXP, "/x/", "SyntaxError: RegExp are not supported"),
        (Intrinsics.PROMISE, "(async () => 1)()", "TypeError: not a function"),
        (Intrinsics.PROMISE, "(async function* () {})()", "TypeError: not a function"),
        (Intrinsics.PROXY, "new Proxy({}, {})", "ReferenceError: Proxy is not defined"),
    ],
)
def test_syntax_without_its_part(make_vm: MakeVM, part: Intrinsics, code: str, message: str) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~part)
    with pytest.raises(JSError, match=re.escape(message)):
        vm.eval(code)


STAYS = {
    "1n + 2n": snapjs.BigInt(3),
    "'abc'.replace('b', 'x')": "axc",
    "'a-b'.split('-')": ["a", "b"],
    "[...(function* () { yield 1 })()]": [1],
    "[3, 1].toSorted()": [1, 3],
    "Object.fromEntries([['a', 1]])": {"a": 1},
    "(() => { try { null.x } catch (error) { return error.name } })()": "TypeError",
    "typeof Symbol.asyncIterator": "symbol",
    "Reflect.ownKeys({ a: 1 })": ["a"],
    "[].values().map(x => x).toArray()": [],
}


@pytest.mark.parametrize("code", STAYS)
def test_what_stays(make_vm: MakeVM, code: str) -> None:
    assert make_vm(intrinsics=Intrinsics.EVAL, web=False).eval(code) == STAYS[code]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (EvalFlags.TYPE_MODULE, "TypeError: this realm was made without the PROMISE intrinsic, which modules"),
        (EvalFlags.ASYNC, "TypeError: not a function"),
    ],
)
def test_promises_that_cannot_be_made(make_vm: MakeVM, flags: EvalFlags, message: str) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~Intrinsics.PROMISE)
    with pytest.raises(JSError, match=message):
        vm.eval_handle("1", flags=flags)
    assert vm.eval("1 + 1") == 2


# ---- values of Python that have no counterpart


@pytest.mark.parametrize(
    ("part", "value", "name"),
    [
        (Intrinsics.DATE, datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), "Date"),
        (Intrinsics.REGEXP, snapjs.RegExp("a"), "RegExp"),
        (Intrinsics.MAP_SET, {1, 2}, "Set"),
        (Intrinsics.MAP_SET, snapjs.JSMap({1: 2}), "Map"),
        (Intrinsics.TYPED_ARRAYS, b"bytes", "Uint8Array"),
    ],
)
def test_values_without_a_counterpart(make_vm: MakeVM, part: Intrinsics, value: Any, name: str) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~part)
    with pytest.raises(JSError, match=f"TypeError: {name} is not available here: this VM was made without it"):
        vm.globals["value"] = value
    with pytest.raises(JSError, match=f"TypeError: {name} is not available here"):
        vm.eval("(x => x)")(value)
    assert vm.eval("1 + 1") == 2


def test_top_level_await_without_promises(make_vm: MakeVM) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~Intrinsics.PROMISE)
    with pytest.raises(JSError, match="TypeError: not a function"):
        asyncio.run(vm.eval_async("1"))
    assert vm.eval("1 + 1") == 2


# ---- a program of each kind, saved and restored


@pytest.mark.parametrize("part", [part for part in EACH if part != Intrinsics.EVAL], ids=str)
def test_a_vm_without_a_part_is_saved_and_restored(make_vm: MakeVM, part: Intrinsics) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~part, stdout=lambda text: None)
    vm.eval(
        "var kept = { list: [1], f: x => x + 1 }; console.log(kept, new Error('x')); setTimeout(() => { kept.fired = 1 }, 0); 0"
    )
    with moved(vm) as restored:
        restored.run_until_idle()
        assert restored.eval("[kept.f(kept.list[0]), kept.fired]") == [2, 1]
        assert names(restored) - {"kept"} == names(make_vm(intrinsics=Intrinsics.ALL & ~part))


# ---- what is no mask


def test_bits_that_mean_nothing_are_passed_over(make_vm: MakeVM) -> None:
    assert names(make_vm(intrinsics=Intrinsics(1 << 20), web=False)) == ALWAYS


@pytest.mark.parametrize("mask", [None, "EVAL", 1.5, True])
def test_what_is_no_mask(vm: VM, mask: Any) -> None:
    with pytest.raises(TypeError, match="intrinsics takes"):
        VM(intrinsics=mask)
