"""What a handle says a value is: class, brand, identity, length, state. Programs cannot forge it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, Handle, MemoryLimitError

# Every class of the engine whose objects a program can get hold of: what makes one, by the class's name. Expressions of
# one entry make objects of one class; those of two entries never do.
CLASSES: list[tuple[str, list[str]]] = [
    ("Object", ["{}", "new (class A { #p = 1 })", "Object.create(null)", "globalThis", "Math", "Map.prototype"]),
    ("Array", ["[]", "new Array(5)", "new (class extends Array {})", "Array.prototype", "/a/.exec('a')"]),
    ("Error", ["new Error('x')", "new RangeError", "new AggregateError([])", "new (class extends TypeError {})"]),
    ("Number", ["Object(1)", "Number.prototype"]),
    ("String", ["Object('abc')", "String.prototype"]),
    ("Boolean", ["Object(false)", "Boolean.prototype"]),
    ("Symbol", ["Object(Symbol())", "Object(Symbol.iterator)"]),
    ("BigInt", ["Object(1n)"]),
    ("Arguments", ["(function () { 'use strict'; return arguments })(1)"]),
    ("Arguments", ["(function (a) { return arguments })(1)"]),
    ("Date", ["new Date(0)", "new Date(NaN)"]),
    ("RegExp", ["/x/", "new RegExp('y', 'g')"]),
    ("Function", ["function () {}", "() => 1", "class {}", "({ m() {} }).m"]),
    ("Function", ["parseInt", "Map", "setTimeout", "Reflect.ownKeys"]),
    ("Function", ["(() => 1).bind()"]),
    ("Function", ["Proxy.revocable({}, {}).revoke", "host"]),
    ("GeneratorFunction", ["function* () {}"]),
    ("AsyncFunction", ["async () => 1", "async function () {}"]),
    ("AsyncGeneratorFunction", ["async function* () {}"]),
    ("Generator", ["(function* () {})()"]),
    ("AsyncGenerator", ["(async function* () {})()"]),
    ("ArrayBuffer", ["new ArrayBuffer(1)"]),
    ("SharedArrayBuffer", ["new SharedArrayBuffer(1)"]),
    ("DataView", ["new DataView(new ArrayBuffer(8))"]),
    ("Int8Array", ["new Int8Array(1)"]),
    ("Uint8Array", ["new Uint8Array(1)"]),
    ("Uint8ClampedArray", ["new Uint8ClampedArray(1)"]),
    ("Int16Array", ["new Int16Array(1)"]),
    ("Uint16Array", ["new Uint16Array(1)"]),
    ("Int32Array", ["new Int32Array(1)"]),
    ("Uint32Array", ["new Uint32Array(1)"]),
    ("BigInt64Array", ["new BigInt64Array(1)"]),
    ("BigUint64Array", ["new BigUint64Array(1)"]),
    ("Float16Array", ["new Float16Array(1)"]),
    ("Float32Array", ["new Float32Array(1)"]),
    ("Float64Array", ["new Float64Array(1)"]),
    ("Map", ["new Map", "Map.groupBy([1], x => x)"]),
    ("Set", ["new Set", "new Set([1]).union(new Set)"]),
    ("WeakMap", ["new WeakMap"]),
    ("WeakSet", ["new WeakSet"]),
    ("WeakRef", ["new WeakRef({})"]),
    ("FinalizationRegistry", ["new FinalizationRegistry(() => 1)"]),
    ("Promise", ["new Promise(() => 1)", "(async () => 1)()", "Promise.all([])"]),
    ("PromiseResolveFunction", ["Promise.withResolvers().resolve"]),
    ("PromiseRejectFunction", ["Promise.withResolvers().reject"]),
    ("Array Iterator", ["[].values()", "new Uint8Array(1).entries()"]),
    ("Map Iterator", ["new Map().keys()"]),
    ("Set Iterator", ["new Set().values()"]),
    ("String Iterator", ["''[Symbol.iterator]()"]),
    ("RegExp String Iterator", ["'a'.matchAll(/a/g)"]),
    ("Iterator Helper", ["[].values().map(x => x)"]),
    ("Iterator Wrap", ["Iterator.from({ next() {} })"]),
    ("Iterator Concat", ["Iterator.concat([1])"]),
    ("Iterator", ["new (class extends Iterator {})"]),
    ("DisposableStack", ["new DisposableStack"]),
    ("AsyncDisposableStack", ["new AsyncDisposableStack"]),
    ("DOMException", ["new DOMException('m', 'AbortError')"]),
    ("Object", ["JSON.rawJSON('1')"]),
    ("Object", ["new Proxy({}, {})", "new Proxy([], {})", "new Proxy(() => 1, {})"]),
]  # fmt: skip

BRANDS = [
    "is_array", "is_error", "is_promise", "is_array_buffer", "is_proxy", "is_map", "is_set", "is_date", "is_reg_exp",
    "is_weak_ref", "is_weak_map", "is_weak_set", "is_data_view",
]  # fmt: skip

BRAND_OF_CLASS = {
    "Array": "is_array", "Error": "is_error", "Promise": "is_promise", "ArrayBuffer": "is_array_buffer",
    "Map": "is_map", "Set": "is_set", "Date": "is_date", "RegExp": "is_reg_exp", "WeakRef": "is_weak_ref",
    "WeakMap": "is_weak_map", "WeakSet": "is_weak_set", "DataView": "is_data_view",
}  # fmt: skip

KINDS = [
    "is_undefined", "is_null", "is_bool", "is_number", "is_string", "is_symbol", "is_big_int", "is_object",
    "is_function",
]  # fmt: skip


def true_of(handle: Handle, names: list[str]) -> list[str]:
    """Those of the properties that are true of a value."""
    return [name for name in names if getattr(handle, name)]


@pytest.mark.parametrize(("name", "codes"), CLASSES, ids=[f"{name}-{codes[0]}" for name, codes in CLASSES])
def test_class_name_and_brand(vm: VM, name: str, codes: list[str]) -> None:
    vm.expose("host", lambda: 1)
    brands = [BRAND_OF_CLASS[name]] if name in BRAND_OF_CLASS else []
    if "Proxy(" in codes[0]:
        brands = ["is_proxy"]
    for code in codes:
        with vm.eval_handle(f"({code})") as handle:
            assert (code, handle.class_name, true_of(handle, BRANDS)) == (code, name, brands)


def test_class_ids_tell_classes_apart(vm: VM) -> None:
    vm.expose("host", lambda: 1)
    seen: dict[int, str] = {}
    for name, codes in CLASSES:
        ids = {vm.eval_handle(f"({code})").consume(lambda handle: handle.class_id) for code in codes}
        assert len(ids) == 1, codes
        (class_id,) = ids
        assert class_id not in seen, (name, seen.get(class_id))
        seen[class_id] = name
    assert 0 not in seen


@pytest.mark.parametrize(
    ("code", "typeof", "kinds", "truth"),
    [
        ("undefined", "undefined", ["is_undefined"], False),
        ("null", "object", ["is_null"], False),
        ("true", "boolean", ["is_bool"], True),
        ("false", "boolean", ["is_bool"], False),
        ("-0", "number", ["is_number"], False),
        ("NaN", "number", ["is_number"], False),
        ("1.5", "number", ["is_number"], True),
        ("0n", "bigint", ["is_big_int"], False),
        ("2n ** 100000n", "bigint", ["is_big_int"], True),
        ("''", "string", ["is_string"], False),
        ("'0'", "string", ["is_string"], True),
        ("Symbol()", "symbol", ["is_symbol"], True),
        ("Symbol.for('x')", "symbol", ["is_symbol"], True),
        ("Symbol.iterator", "symbol", ["is_symbol"], True),
    ],
)
def test_primitives(vm: VM, code: str, typeof: str, kinds: list[str], truth: bool) -> None:
    with vm.eval_handle(code) as handle:
        assert (handle.typeof, true_of(handle, KINDS), handle.to_boolean()) == (typeof, kinds, truth)
        assert (handle.class_id, handle.class_name, handle.constructor_name) == (0, None, None)
        assert true_of(handle, BRANDS) == []
        assert (handle.get_own_property_keys(), handle.get_own_property_descriptor("length")) == ([], None)
        assert repr(handle) == f"<Handle of {'null' if code == 'null' else typeof}>"


# ---- everything that is shown of a value

# typeof, class name, the is_… that hold, length, constructor name
SHOWN: dict[str, tuple[str, str | None, set[str], int | None, str | None]] = {
    "undefined": ("undefined", None, {"undefined"}, None, None),
    "null": ("object", None, {"null"}, None, None),
    "true": ("boolean", None, {"bool"}, None, None),
    "1": ("number", None, {"number"}, None, None),
    "0.5": ("number", None, {"number"}, None, None),
    "NaN": ("number", None, {"number"}, None, None),
    "1n": ("bigint", None, {"big_int"}, None, None),
    "2n ** 200n": ("bigint", None, {"big_int"}, None, None),
    "'text'": ("string", None, {"string"}, 4, None),
    "'a'.repeat(9000) + 'b'": ("string", None, {"string"}, 9001, None),
    "Symbol('s')": ("symbol", None, {"symbol"}, None, None),
    "Symbol.for('s')": ("symbol", None, {"symbol"}, None, None),
    "({})": ("object", "Object", {"object"}, None, "Object"),
    "({ length: 3 })": ("object", "Object", {"object"}, 3, "Object"),
    "Object.create(null)": ("object", "Object", {"object"}, None, None),
    "new (class Point {})()": ("object", "Object", {"object"}, None, "Point"),
    "[1, 2]": ("object", "Array", {"object", "array"}, 2, "Array"),
    "(a, b) => 1": ("function", "Function", {"object", "function"}, 2, "Function"),
    "(class A {})": ("function", "Function", {"object", "function"}, 0, "Function"),
    "new RangeError('x')": ("object", "Error", {"object", "error"}, None, "RangeError"),
    "Promise.resolve()": ("object", "Promise", {"object", "promise"}, None, "Promise"),
    "({ then() {} })": ("object", "Object", {"object"}, None, "Object"),
    "new ArrayBuffer(8)": ("object", "ArrayBuffer", {"object", "array_buffer"}, None, "ArrayBuffer"),
    "new SharedArrayBuffer(8)": ("object", "SharedArrayBuffer", {"object"}, None, "SharedArrayBuffer"),
    "new Float32Array(3)": ("object", "Float32Array", {"object"}, 3, "Float32Array"),
    "new DataView(new ArrayBuffer(8))": ("object", "DataView", {"object", "data_view"}, None, "DataView"),
    "new Map([[1, 2]])": ("object", "Map", {"object", "map"}, None, "Map"),
    "new Set([1])": ("object", "Set", {"object", "set"}, None, "Set"),
    "new WeakMap()": ("object", "WeakMap", {"object", "weak_map"}, None, "WeakMap"),
    "new WeakSet()": ("object", "WeakSet", {"object", "weak_set"}, None, "WeakSet"),
    "new WeakRef({})": ("object", "WeakRef", {"object", "weak_ref"}, None, "WeakRef"),
    "new Date(0)": ("object", "Date", {"object", "date"}, None, "Date"),
    "/a/g": ("object", "RegExp", {"object", "reg_exp"}, None, "RegExp"),
    "new Proxy({}, {})": ("object", "Object", {"object", "proxy"}, None, None),
    "new Proxy(() => 1, {})": ("function", "Object", {"object", "proxy", "function"}, None, None),
    "new Proxy([], {})": ("object", "Object", {"object", "proxy"}, None, None),
    "Object('text')": ("object", "String", {"object"}, 4, "String"),
    "Object(1)": ("object", "Number", {"object"}, None, "Number"),
    "(function () { return arguments })(1, 2)": ("object", "Arguments", {"object"}, 2, "Object"),
}

IS = sorted(name[3:] for name in dir(Handle) if name.startswith("is_") and name != "is_exception")


@pytest.mark.parametrize("code", SHOWN)
def test_kind(vm: VM, code: str) -> None:
    handle = vm.eval_handle(code)
    is_so = {name for name in IS if getattr(handle, f"is_{name}")}
    shown = (handle.typeof, handle.class_name, is_so, handle.length, handle.constructor_name)
    assert shown == SHOWN[code]
    assert vm.typeof(handle) == SHOWN[code][0]


def test_every_brand_is_met_in_the_table() -> None:
    assert sorted(set().union(*(row[2] for row in SHOWN.values()))) == IS


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("[]", "<Handle of Array>"),
        ("1", "<Handle of number>"),
        ("null", "<Handle of null>"),
        ("Symbol()", "<Handle of symbol>"),
        ("() => 1", "<Handle of Function>"),
    ],
)
def test_repr(vm: VM, code: str, text: str) -> None:
    assert repr(vm.eval_handle(code)) == text


# ---- what cannot be forged


@pytest.mark.parametrize(
    ("code", "brands"),
    [
        ("Object.create(Map.prototype)", []),
        ("Object.setPrototypeOf({}, Promise.prototype)", []),
        ("({ then() {} })", []),
        ("({ [Symbol.toStringTag]: 'Map' })", []),
        ("({ __proto__: Date.prototype, getTime: Date.prototype.getTime })", []),
        ("Object.create(Error.prototype)", []),
        ("({ __proto__: Array.prototype, length: 0 })", []),
        ("new (class extends Map {})", ["is_map"]),
        ("Object.setPrototypeOf(new Map, null)", ["is_map"]),
        ("Object.setPrototypeOf(new Date, Set.prototype)", ["is_date"]),
        ("Object.defineProperty(new Set, Symbol.toStringTag, { value: 'Map' })", ["is_set"]),
        ("Object.assign(new Set, { constructor: Map })", ["is_set"]),
        ("Object.setPrototypeOf(new Error, null)", ["is_error"]),
        ("Object.setPrototypeOf(Promise.resolve(), {})", ["is_promise"]),
        ("new Proxy(new Map, {})", ["is_proxy"]),
        ("Object.create(new Proxy([], {}))", []),
        ("Reflect.construct(Map, [], Set)", ["is_map"]),
        ("Reflect.construct(function () {}, [], Map)", []),
        ("({ [Symbol.hasInstance]: () => true })", []),
    ],
)
def test_brands_cannot_be_forged(vm: VM, code: str, brands: list[str]) -> None:
    with vm.eval_handle(code) as handle:
        assert true_of(handle, BRANDS) == brands


@pytest.mark.parametrize(
    ("code", "class_name", "constructor_name"),
    [
        ("new (class A {})", "Object", "A"),
        ("new (class extends Map {})", "Map", ""),
        ("Object.setPrototypeOf(new Date, Set.prototype)", "Date", "Set"),
        ("Object.create(null)", "Object", None),
        ("Object.setPrototypeOf([], null)", "Array", None),
        ("({ constructor: 1 })", "Object", None),
        ("({ constructor: { name: 1 } })", "Object", None),
        ("({ constructor: { name: 'Forged' } })", "Object", "Forged"),
        ("({ constructor: Object.create({ name: 'Inherited' }) })", "Object", None),
        ("(function* () {})()", "Generator", None),
        ("[]", "Array", "Array"),
    ],
)
def test_constructor_names_are_what_the_object_shows(
    vm: VM, code: str, class_name: str, constructor_name: str | None
) -> None:
    with vm.eval_handle(code) as handle:
        assert (handle.class_name, handle.constructor_name) == (class_name, constructor_name)


# ---- identity, length, promises


def test_identity(vm: VM) -> None:
    with vm.eval_handle("globalThis.a = {}") as a, vm.eval_handle("a") as again, vm.eval_handle("({})") as other:
        assert a.identity == again.identity != other.identity
        assert a.identity != 0
        assert a.identity == a.dup().identity
    with vm.eval_handle("globalThis.s = Symbol()") as symbol, vm.eval_handle("s") as again:
        assert symbol.identity == again.identity != 0


@pytest.mark.parametrize("code", ["1", "1.5", "true", "null", "undefined"])
def test_what_is_not_on_the_heap_has_no_identity(vm: VM, code: str) -> None:
    with vm.eval_handle(code) as handle:
        assert handle.identity == 0


@pytest.mark.parametrize(
    ("code", "length"),
    [
        ("'abc'", 3),
        ("'😀'", 2),
        ("'a'.repeat(5000) + 'b'.repeat(5000)", 10000),
        ("Object('abc')", 3),
        ("[1, , 3]", 3),
        ("new Array(4294967295)", 4294967295),
        ("new Array(1e6).fill(0)", 1000000),
        ("new Float64Array(7)", 7),
        ("(a, b) => 1", 2),
        ("(a, b = 1) => 1", 1),
        ("(function () { return arguments })(1, 2, 3)", 3),
        ("({ length: 2.5 })", 2.5),
        ("Object.create({ length: 4 })", 4),
        ("({ length: '3' })", None),
        ("({ get length() { throw 1 } })", None),
        ("Object.defineProperty(() => 1, 'length', { get() { throw 1 } })", None),
        ("Object.setPrototypeOf(new Uint8Array(3), null)", 3),
        ("new Map([[1, 2]])", None),
        ("new Proxy([1], {})", None),
        ("Object.create(new Proxy([1], {}))", None),
        ("({})", None),
        ("5", None),
        ("Symbol('abc')", None),
    ],
)
def test_length(vm: VM, code: str, length: float | None) -> None:
    with vm.eval_handle(code) as handle:
        assert handle.length == length


def test_a_string_that_is_not_in_one_piece_is_not_put_together(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(memory_limit=1 << 20)
    with vm.eval_handle("(() => { let s = 'x'; for (let i = 0; i < 29; i++) s += s; return s })()") as handle:
        assert (handle.length, handle.typeof, handle.to_boolean()) == (536870912, "string", True)
        assert (handle.keys(), handle.has_own_property(0), repr(handle)) == ([], False, "<Handle of string>")
        with pytest.raises(MemoryLimitError):
            handle.to_string()
        assert vm.eval("1 + 1") == 2


@pytest.mark.parametrize(
    ("code", "length", "keys"),
    [
        ("(() => { const a = new Uint8Array(4); a.buffer.transfer(); return a })()", 0, []),
        (
            "(() => { const b = new ArrayBuffer(1, { maxByteLength: 8 }), a = new Uint8Array(b); b.resize(2); return a })()",
            2,
            ["0", "1"],
        ),
        (
            "(() => { const b = new ArrayBuffer(8, { maxByteLength: 8 }), a = new Uint8Array(b, 4, 2); b.resize(4); return a })()",
            0,
            [],
        ),
    ],
    ids=["detached", "resized", "out of bounds"],
)
def test_typed_arrays_over_a_buffer_that_changed(vm: VM, code: str, length: int, keys: list[str]) -> None:
    with vm.eval_handle(code) as handle:
        assert (handle.length, handle.keys(), handle.class_name) == (length, keys, "Uint8Array")


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("new Promise(() => 1)", 0),
        ("Promise.resolve(1)", 1),
        ("(() => { const p = Promise.reject(1); p.catch(() => 1); return p })()", 2),
        ("({ then(f) { f(1) } })", -1),
        ("new Proxy(Promise.resolve(), {})", -1),
        ("1", -1),
    ],
)
def test_promise_state(vm: VM, code: str, state: int) -> None:
    with vm.eval_handle(code) as handle:
        assert handle.promise_state == state


# ---- what an object is connected with


def test_the_prototype(vm: VM) -> None:
    with vm.eval_handle("({ __proto__: { marker: 1 } })") as handle:
        assert handle.get_prototype_of().keys() == ["marker"]
        assert handle.get_prototype_of().get_prototype_of().has_own_property("hasOwnProperty")
        assert handle.get_prototype_of().get_prototype_of().get_prototype_of().is_null


def test_the_parts_of_a_proxy(vm: VM) -> None:
    with vm.eval_handle("new Proxy(new Proxy([7], { inner: 1 }), { outer: 1 })") as handle:
        assert handle.get_proxy_handler().keys() == ["outer"]
        assert handle.get_proxy_target().get_proxy_handler().keys() == ["inner"]
        assert handle.get_proxy_target().get_proxy_target().to_python() == [7]


def test_the_parts_of_a_revoked_proxy(vm: VM) -> None:
    with vm.eval_handle("(() => { const p = Proxy.revocable(() => 1, {}); p.revoke(); return p.proxy })()") as handle:
        assert (handle.is_proxy, handle.get_proxy_target().is_null, handle.get_proxy_handler().is_null) == (
            True,
            True,
            True,
        )


@pytest.mark.parametrize(
    ("code", "name"),
    [("({})", "Object"), ("1", "number"), ("null", "object"), ("Object.create(new Proxy({}, {}))", "Object")],
)
def test_what_is_no_proxy_has_no_parts(vm: VM, code: str, name: str) -> None:
    with vm.eval_handle(code) as handle:
        for look in (handle.get_proxy_target, handle.get_proxy_handler):
            with pytest.raises(TypeError, match=f"this {name} is not a Proxy: look at is_proxy first"):
                look()


def test_get_prototype_of(vm: VM) -> None:
    with vm.new_array().get_prototype_of() as prototype:
        assert vm.eval("value => value === Array.prototype")(prototype) is True
    assert vm.eval_handle("Object.create(null)").get_prototype_of().is_null
    assert vm.eval_handle("null").get_prototype_of().is_null
    assert vm.eval("value => value === String.prototype")(vm.new_string("s").get_prototype_of()) is True


def test_prototype_of_a_proxy_is_not_asked_for(vm: VM) -> None:
    vm.eval("globalThis.ran = 0")
    proxy = vm.eval_handle("new Proxy([], { getPrototypeOf() { ran++; return null } })")
    assert proxy.get_prototype_of().is_null
    assert vm.eval("ran") == 0
