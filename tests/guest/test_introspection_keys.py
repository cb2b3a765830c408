"""Own keys and descriptors, read without running the program: literal answers, and the same as the language's own reflection
gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snapjs import VM, Handle, PropertyDescriptor, Symbol

# ---- own keys


def keys_of(handle: Handle) -> list[Any]:
    """Own keys; a symbol as its description in a list."""
    keys: list[Any] = []
    for key in handle.get_own_property_keys():
        if isinstance(key, Handle):
            with key:
                keys.append([key.get_prop("description").to_python()])
        else:
            keys.append(key)
    return keys


@pytest.mark.parametrize(
    ("code", "enumerable", "all_keys"),
    [
        ("({ b: 1, 2: 1, a: 1, 1: 1 })", ["1", "2", "b", "a"], ["1", "2", "b", "a"]),
        ("({ [Symbol('s')]: 1, x: 1, [Symbol.iterator]: 2 })", ["x"], ["x", ["s"], ["Symbol.iterator"]]),
        ("[7, , 8]", ["0", "2"], ["0", "2", "length"]),
        ("Object('ab')", ["0", "1"], ["0", "1", "length"]),
        ("new Int16Array(2)", ["0", "1"], ["0", "1"]),
        ("function f(a) {}", [], ["length", "name", "prototype"]),
        ("class { #hidden = 1; static #secret = 2; static open = 3; m() {} }", ["open"], ["length", "name", "prototype", "open"]),
        ("new (class { #hidden = 1; open = 2; #method() {} })", ["open"], ["open"]),
        ("(function (a) { return arguments })(1)", ["0"], ["0", "length", "callee", ["Symbol.iterator"]]),
        ("({ '': 1, 'a\\0b': 2, '\\ud800': 3 })", ["", "a\0b", "\ud800"], ["", "a\0b", "\ud800"]),
        ("({ 4294967294: 1, 4294967295: 2, '-1': 3, '01': 4 })", ["4294967294", "4294967295", "-1", "01"], ["4294967294", "4294967295", "-1", "01"]),
        ("Object.create({ inherited: 1 })", [], []),
        ("/x/g", [], ["lastIndex"]),
        ("new Map([[1, 2]])", [], []),
        ("'abc'", [], []),
    ],
)  # fmt: skip
def test_own_keys(vm: VM, code: str, enumerable: list[str], all_keys: list[Any]) -> None:
    with vm.eval_handle(f"({code})") as handle:
        assert (handle.keys(), keys_of(handle)) == (enumerable, all_keys)
        assert handle.get_own_property_names() == [key for key in all_keys if isinstance(key, str)]


def test_the_descriptor_of_a_data_property(vm: VM) -> None:
    with vm.eval_handle("Object.freeze({ a: [1] })") as handle:
        found = handle.get_own_property_descriptor("a")
        assert type(found) is PropertyDescriptor
        assert found.value is not None
        assert found.value.to_python() == [1]
        assert (found.get, found.set, found.writable, found.enumerable, found.configurable) == (
            None, None, False, True, False,
        )  # fmt: skip


def test_the_descriptor_of_an_accessor(vm: VM) -> None:
    with vm.eval_handle("({ get a() { throw new Error('the getter ran') } })") as handle:
        found = handle.get_own_property_descriptor("a")
        assert found is not None
        assert found.get is not None
        assert found.set is not None
        assert (found.get.is_function, found.set.is_undefined) == (True, True)
        assert (found.value, found.writable, found.enumerable, found.configurable) == (None, None, True, True)


def test_descriptors_by_number_and_symbol(vm: VM) -> None:
    with vm.eval_handle("globalThis.s = Symbol(); ({ 1: 'one', [s]: 'local', [Symbol.for('r')]: 'shared' })") as handle:
        for key, value in [(1, "one"), ("1", "one"), (vm.eval_handle("s"), "local"), (Symbol("r"), "shared")]:
            found = handle.get_own_property_descriptor(key)
            assert found is not None
            assert found.value is not None
            assert found.value.to_python() == value
            assert handle.has_own_property(key)


@pytest.mark.parametrize(
    ("code", "key", "has", "enumerable"),
    [
        ("({ a: 1 })", "a", True, True),
        ("({ a: 1 })", "b", False, False),
        ("({})", "toString", False, False),
        ("[1]", "length", True, False),
        ("[1, , 2]", 1, False, False),
        ("Object('abc')", 2, True, True),
        ("Object('abc')", 3, False, False),
        ("new Uint8Array(2)", 1, True, True),
        ("new Uint8Array(2)", 2, False, False),
        ("new Uint8Array(2)", -1, False, False),
        ("'abc'", "length", False, False),
        ("new Proxy({ a: 1 }, {})", "a", False, False),
        ("globalThis", "Map", True, False),
    ],
)
def test_has_own_property(vm: VM, code: str, key: str | int, has: bool, enumerable: bool) -> None:
    with vm.eval_handle(code) as handle:
        assert (handle.has_own_property(key), handle.property_is_enumerable(key)) == (has, enumerable)


def test_mapped_arguments_show_the_parameter(vm: VM) -> None:
    with vm.eval_handle("(function (a) { const all = arguments; a = 'new'; return all })('old', 2)") as handle:
        found = handle.get_own_property_descriptor(0)
        assert found is not None
        assert found.value is not None
        assert found.value.to_python() == "new"


def test_a_symbol_key_is_the_symbol(vm: VM) -> None:
    with vm.eval_handle("globalThis.s = Symbol('local'); ({ [s]: 1 })") as handle, vm.eval_handle("s") as symbol:
        (key,) = handle.get_own_property_keys()
        assert isinstance(key, Handle)
        assert key.identity == symbol.identity


@pytest.mark.parametrize("code", ["1", "null", "undefined", "Symbol()", "new Proxy({ a: 1 }, {})"])
def test_keys_of_what_has_none(vm: VM, code: str) -> None:
    handle = vm.eval_handle(code)
    assert (handle.keys(), handle.get_own_property_names(), handle.get_own_property_keys()) == ([], [], [])
    assert not handle.has_own_property("a")
    assert handle.get_own_property_descriptor("a") is None


def test_descriptor_of_nothing(vm: VM) -> None:
    assert vm.new_object().get_own_property_descriptor("toString") is None


def test_descriptors_leave_nothing(vm: VM) -> None:
    object = vm.eval_handle("({ f() {}, get g() {}, p: Promise.resolve(), o: {} })")
    for _ in range(250):
        for key in "fgpo":
            object.get_own_property_descriptor(key)
    assert vm.statistics().handles == 1


# ---- modules, and much of everything


@pytest.mark.keeps("a module is never unloaded")
def test_a_module_namespace(vm: VM) -> None:
    vm.eval_module("export let b = 1; export default 2; export function a() {}; globalThis.done = 1", "m.js")
    with vm.eval_handle("import('m.js')") as promise:
        vm.execute_pending_jobs()
        namespace = vm.resolve_promise(promise).value
        assert namespace is not None
        assert namespace.keys() == ["a", "b", "default"]
        assert keys_of(namespace) == ["a", "b", "default", ["Symbol.toStringTag"]]
        assert (namespace.class_name, namespace.constructor_name, namespace.length) == ("Object", None, None)
        assert namespace.get_prototype_of().is_null


@pytest.mark.keeps("a module is never unloaded")
def test_a_binding_that_is_not_initialised(make_vm: Any) -> None:
    seen: list[Any] = []

    def look(this: Handle, namespace: Handle) -> None:
        descriptor = namespace.get_own_property_descriptor("late")
        assert descriptor is not None
        seen.append((descriptor.value, descriptor.get, descriptor.writable, descriptor.enumerable))
        seen.append((namespace.get_own_property_names(), namespace.keys()))

    vm = make_vm(modules={"a.js": "import * as self from 'a.js'; look(self); export let late = 1"})
    vm.global_handle.set_prop("look", vm.new_function("look", look))
    vm.import_module("a.js")
    assert seen == [(None, None, True, True), (["late"], ["late"])]


@pytest.mark.slow
def test_a_million_elements(vm: VM) -> None:
    with vm.eval_handle("new Array(1e6).fill(0)") as handle:
        keys = handle.keys()
        assert (len(keys), keys[0], keys[-1]) == (1_000_000, "0", "999999")


def test_a_hundred_thousand_keys(vm: VM) -> None:
    with vm.eval_handle("(() => { const o = {}; for (let i = 0; i < 1e5; i++) o['k' + i] = i; return o })()") as handle:
        assert handle.keys() == [f"k{i}" for i in range(100_000)]
        found = handle.get_own_property_descriptor("k99999")
        assert found is not None
        assert found.value is not None
        assert found.value.to_python() == 99999


def test_a_sparse_array(vm: VM) -> None:
    with vm.eval_handle("(() => { const a = []; a[4294967294] = 1; a[7] = 2; a.x = 3; return a })()") as handle:
        assert handle.get_own_property_names() == ["7", "4294967294", "length", "x"]
        assert handle.length == 4294967295


def test_the_global_object(vm: VM) -> None:
    there = vm.global_handle.keys()
    vm.eval("var v = 1; globalThis.w = 2; { let hidden = 3 }")
    handle = vm.global_handle
    assert handle.keys() == [*there, "v", "w"]
    assert "performance" in there
    # made when they are first asked for
    for name in ("Math", "Reflect", "WeakRef", "console"):
        found = handle.get_own_property_descriptor(name)
        assert found is not None
        assert found.value is not None
        assert found.value.is_object


def test_the_lexical_bindings_of_scripts_are_no_properties(make_vm: Any) -> None:
    with VM() as vm:
        vm.eval("let a = 1; const b = 2; class C {}")
        assert [name for name in "abC" if vm.global_handle.has_own_property(name)] == []


def test_what_an_error_carries_for_the_host_is_not_shown(vm: VM) -> None:
    with vm.new_error(ValueError("from Python")) as handle, vm.eval_handle("new Error('x')") as plain:
        assert handle.is_error
        names = set(handle.get_own_property_names()) - set(plain.get_own_property_names())
        assert names <= {"name", "stack"}
        assert [key for key in handle.get_own_property_keys() if isinstance(key, Handle)] == []
        vm.globals["error"] = handle
        assert vm.eval("Object.getOwnPropertySymbols(error).length") == 0


def test_a_function_of_the_host_looks_like_any_function(vm: VM) -> None:
    vm.expose("host", lambda a: a)
    with vm.eval_handle("host") as handle:
        assert (handle.typeof, handle.class_name, handle.constructor_name) == ("function", "Function", "Function")
        assert handle.get_own_property_names() == ["length", "name"]


# ---- the same as the language says

_REFLECT = """
(function (object) {
    const show = key => typeof key === "symbol" ? [key.description] : key
    const flags = d => [d.writable ?? null, d.enumerable, d.configurable]
    return [
        Object.keys(object),
        Object.getOwnPropertyNames(object),
        Reflect.ownKeys(object).map(show),
        Reflect.ownKeys(object).map(key => flags(Object.getOwnPropertyDescriptor(object, key))),
        Reflect.ownKeys(object).map(key => Object.prototype.propertyIsEnumerable.call(object, key)),
        typeof object,
    ]
})
"""

names = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    st.integers(0, 12).map(str),
    st.sampled_from(["__proto__", "length", "name", "constructor", "then", "4294967295", "4294967294", "-0", "1.5"]),
)
attributes = st.fixed_dictionaries(
    {"writable": st.booleans(), "enumerable": st.booleans(), "configurable": st.booleans()}
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("define"), names, attributes),
        st.tuples(st.just("symbol"), names, attributes),
        st.tuples(st.just("delete"), names, st.none()),
        st.tuples(st.sampled_from(["freeze", "seal", "preventExtensions"]), st.none(), st.none()),
    ),
    max_size=8,
)
bases = st.sampled_from(
    ["{}", "[]", "[1, , 3]", "function () {}", "Object('abc')", "new Uint8Array(3)", "Object.create(null)", "/x/",
     "new Map", "(function (a, b) { return arguments })(1, 2)", "(function () { 'use strict'; return arguments })(1, 2)",
     "new Array(1000)", "class { static a = 1 }", "new Error('e')"]
)  # fmt: skip


def _code(base: str, actions: list[tuple[str, str | None, dict[str, bool] | None]]) -> str:
    lines = [f"(function () {{ const o = {base};"]
    for action, name, flags in actions:
        key = f"Symbol({json.dumps(name)})" if action == "symbol" else json.dumps(name)
        if action in ("define", "symbol"):
            lines.append(f"Reflect.defineProperty(o, {key}, {{value: 1, ...{json.dumps(flags)}}});")
        elif action == "delete":
            lines.append(f"Reflect.deleteProperty(o, {key});")
        else:
            lines.append(f"try {{ Object.{action}(o) }} catch {{}}")
    return "".join([*lines, "return o })()"])


@pytest.fixture(scope="module")
def reflecting() -> Any:
    with VM() as vm:
        yield vm, vm.eval_handle(_REFLECT)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(base=bases, actions=steps)
def test_the_same_as_reflection_in_the_language(reflecting: Any, base: str, actions: Any) -> None:
    vm, reflect = reflecting
    with vm.eval_handle(_code(base, actions)) as handle, vm.call_function(reflect, None, handle) as said:
        keys = handle.get_own_property_keys()
        descriptors = [handle.get_own_property_descriptor(key) for key in keys]
        answers = [
            handle.keys(),
            handle.get_own_property_names(),
            [[key.get_prop("description").to_python()] if isinstance(key, Handle) else key for key in keys],
            [[found.writable, found.enumerable, found.configurable] for found in descriptors if found is not None],
            [handle.property_is_enumerable(key) for key in keys],
            handle.typeof,
        ]
        assert answers == said.to_python()
        assert all(handle.has_own_property(key) for key in keys)
