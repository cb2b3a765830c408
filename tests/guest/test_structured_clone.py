"""structuredClone: what comes of each kind of value. HTML, "Safe passage of structured data"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, Intrinsics

MakeVM = Callable[..., VM]


@pytest.mark.parametrize(
    "value", ["undefined", "null", "true", "-0", "NaN", "1.5", "'text'", "'\\ud800'", "10n", "-(2n ** 100n)"]
)
def test_a_primitive_stays_what_it_is(vm: VM, value: str) -> None:
    assert vm.eval(f"Object.is(structuredClone({value}), {value})") is True


@pytest.mark.parametrize("value", ["true", "7", "'text'", "5n"])
def test_a_wrapper_object(vm: VM, value: str) -> None:
    assert vm.eval(f"""{{
        const clone = structuredClone(Object.assign(Object({value}), {{ extra: 1 }}));
        [typeof clone, clone.valueOf() === {value}, clone instanceof ({value}).constructor, "extra" in clone];
    }}""") == ["object", True, True, False]


def test_plain_objects_with_cycles_and_shared_references(vm: VM) -> None:
    assert vm.eval("""{
        const shared = [1], value = { shared, again: shared, 1: "one" };
        value.self = value;
        const clone = structuredClone(value);
        [clone !== value, clone.self === clone, clone.shared === clone.again, clone.shared !== shared, Object.keys(clone)];
    }""") == [True, True, True, True, ["1", "shared", "again", "self"]]


def test_only_own_enumerable_string_keys_are_cloned(vm: VM) -> None:
    assert vm.eval("""{
        const value = Object.create({ inherited: 1 }, { hidden: { value: 1 }, seen: { value: 2, enumerable: true } });
        value[Symbol("s")] = 3;
        const clone = structuredClone(value);
        [Reflect.ownKeys(clone), Object.getPrototypeOf(clone) === Object.prototype, clone.inherited === undefined];
    }""") == [["seen"], True, True]


def test_an_instance_of_a_class_becomes_a_plain_object(vm: VM) -> None:
    assert vm.eval("""{
        class Point { #secret = 1; x = 2; get y() { return 3; } }
        const clone = structuredClone(new Point());
        [Object.getPrototypeOf(clone) === Object.prototype, Object.entries(clone)];
    }""") == [True, [["x", 2]]]


def test_a_key_named_proto(vm: VM) -> None:
    assert vm.eval("""Object.getOwnPropertyNames(structuredClone(JSON.parse('{"__proto__": 1}')))""") == ["__proto__"]


def test_an_array_with_holes_and_other_properties(vm: VM) -> None:
    assert vm.eval("""{
        const value = Object.assign([1, , 3], { extra: "e" });
        const clone = structuredClone(value);
        [Array.isArray(clone), clone.length, 1 in clone, clone[2], clone.extra, Object.keys(clone)];
    }""") == [True, 3, False, 3, "e", ["0", "2", "extra"]]


def test_a_sparse_array(vm: VM) -> None:
    assert vm.eval("""{
        const value = [];
        value[5] = 1;
        value.length = 4000000000;
        const clone = structuredClone(value);
        [clone.length, Object.keys(clone)];
    }""") == [4000000000, ["5"]]


def test_an_arguments_object_of_a_strict_function(vm: VM) -> None:
    assert (
        vm.eval("JSON.stringify(structuredClone((function () { 'use strict'; return arguments; })(1, 2)))")
        == '{"0":1,"1":2}'
    )


def test_a_date(vm: VM) -> None:
    assert vm.eval("""{
        const clone = structuredClone([new Date(5), new Date(NaN)]);
        [clone[0] instanceof Date, +clone[0], isNaN(clone[1])];
    }""") == [True, 5, True]


def test_a_regexp_without_its_last_index(vm: VM) -> None:
    assert vm.eval("""{
        const value = /a(b)+/giu;
        value.lastIndex = 2;
        const clone = structuredClone(value);
        [clone.source, clone.flags, clone.lastIndex, clone.test("xABB")];
    }""") == ["a(b)+", "giu", 0, True]


def test_a_map_and_a_set(vm: VM) -> None:
    assert vm.eval("""{
        const key = { k: 1 }, value = new Map([[key, new Set([key, "s", -0])], ["x", undefined]]);
        value.set("self", value);
        const clone = structuredClone(value), [[clonedKey, set]] = clone;
        [clone instanceof Map, [...clone.keys()].slice(1), clonedKey !== key, set.has(clonedKey), set.size,
         clone.get("self") === clone];
    }""") == [True, ["x", "self"], True, True, 3, True]


def test_the_entries_are_those_from_before_any_getter_ran(vm: VM) -> None:
    assert vm.eval("""{
        const value = new Map();
        value.set({ get a() { value.clear(); value.set("late", 1); return 1; } }, 2).set("b", 3);
        [...structuredClone(value).values()];
    }""") == [2, 3]


@pytest.mark.parametrize(
    "name", ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]
)
def test_an_error(vm: VM, name: str) -> None:
    assert vm.eval(f"""{{
        const value = new {name}("why", {{ cause: {{ deep: 1 }} }});
        const clone = structuredClone(value), message = Object.getOwnPropertyDescriptor(clone, "message");
        [Object.getPrototypeOf(clone) === {name}.prototype, message.value, message.enumerable, clone.stack === value.stack,
         clone.cause.deep, clone.cause !== value.cause];
    }}""") == [True, "why", False, True, 1, True]


def test_an_error_of_a_program_is_named_by_its_property(vm: VM) -> None:
    assert vm.eval("""{
        class Mine extends RangeError { name = "Mine"; extra = 1; }
        const clones = [new Mine("m"), Object.assign(new Error("n"), { name: "TypeError" })].map((e) => structuredClone(e));
        clones.map((e) => [e.constructor.name, e.message, "extra" in e, Object.hasOwn(e, "name")]);
    }""") == [["Error", "m", False, False], ["TypeError", "n", False, False]]


def test_an_error_without_a_message_has_none(vm: VM) -> None:
    assert vm.eval("""[new Error(), Object.defineProperty(new Error("x"), "message", { get() { return "got"; } })]
        .map((e) => Object.hasOwn(structuredClone(e), "message"))""") == [False, False]


def test_errors_that_are_each_others_cause(vm: VM) -> None:
    assert vm.eval("{ const e = new Error('e'); e.cause = e; const c = structuredClone(e); c.cause === c; }") is True


def test_a_dom_exception(vm: VM) -> None:
    assert vm.eval("""{
        const value = new DOMException("why", "AbortError"), clone = structuredClone(value);
        [clone instanceof DOMException, clone.name, clone.message, clone.code, clone.stack === value.stack];
    }""") == [True, "AbortError", "why", 20, True]


def test_views_share_the_buffer_that_they_share(vm: VM) -> None:
    assert vm.eval("""{
        const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).subarray(2, 6);
        const value = { bytes, view: new DataView(bytes.buffer, 1, 3), floats: new Float32Array(bytes.buffer) };
        const clone = structuredClone(value);
        [[...clone.bytes], clone.bytes.byteOffset, clone.view.buffer === clone.bytes.buffer, clone.view.getUint8(0),
         clone.view.byteLength, clone.floats.length, clone.bytes.buffer.byteLength, clone.bytes.buffer !== bytes.buffer];
    }""") == [[3, 4, 5, 6], 2, True, 2, 3, 2, 8, True]


@pytest.mark.parametrize(
    "kind",
    [
        "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
        "Float16Array", "Float32Array", "Float64Array",
    ],
)  # fmt: skip
def test_a_typed_array(vm: VM, kind: str) -> None:
    assert vm.eval(f"{{ const c = structuredClone(new {kind}([1, 2, 3])); [c.constructor.name, Array.from(c)]; }}") == [
        kind,
        [1, 2, 3],
    ]


def test_a_resizable_buffer_and_what_follows_it(vm: VM) -> None:
    assert vm.eval("""{
        const buffer = new ArrayBuffer(4, { maxByteLength: 16 });
        const value = { buffer, all: new Uint8Array(buffer), part: new Uint8Array(buffer, 1, 2), view: new DataView(buffer, 1) };
        const clone = structuredClone(value);
        clone.buffer.resize(8);
        [clone.buffer.maxByteLength, clone.all.length, clone.part.length, clone.view.byteLength, buffer.byteLength];
    }""") == [16, 8, 2, 7, 4]


def test_a_shared_buffer_is_shared(vm: VM) -> None:
    assert vm.eval("""{
        const value = new SharedArrayBuffer(4), clone = structuredClone({ value, view: new Uint8Array(value, 1) });
        new Uint8Array(value)[1] = 7;
        [clone.value instanceof SharedArrayBuffer, clone.value !== value, clone.view[0]];
    }""") == [True, True, 7]


def test_the_data_of_a_shared_buffer_lives_as_long_as_one_of_its_objects(vm: VM) -> None:
    vm.eval("globalThis.clone = structuredClone(new SharedArrayBuffer(64))")
    vm.gc()
    assert vm.eval("structuredClone(clone).byteLength") == 64
    vm.eval("delete globalThis.clone")


def test_getters_run_in_order_and_may_take_away_what_comes_next(vm: VM) -> None:
    assert vm.eval("""{
        const log = [];
        const value = { get a() { log.push("a"); delete value.b; return 1; }, b: 2, get c() { log.push("c"); return 3; } };
        [structuredClone(value), log];
    }""") == [{"a": 1, "c": 3}, ["a", "c"]]


def test_a_getter_that_shortens_the_array_leaves_holes(vm: VM) -> None:
    assert vm.eval("""{
        const value = [{ get a() { value.length = 1; return 1; } }, 2, 3];
        const clone = structuredClone(value);
        [clone.length, Object.keys(clone)];
    }""") == [3, ["0"]]


def test_the_function_is_as_web_idl_has_it(vm: VM) -> None:
    assert vm.eval("""{
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, "structuredClone");
        [structuredClone.name, structuredClone.length, writable, enumerable, configurable, "prototype" in structuredClone];
    }""") == ["structuredClone", 1, True, True, True, False]


def test_what_is_made_is_of_the_realm_of_the_function(vm: VM) -> None:
    with vm.new_realm() as realm, vm.global_handle.get_prop("structuredClone") as function:
        realm.global_handle.set_prop("ofTheFirst", function)
        assert realm.eval("""{
            const clone = ofTheFirst({ map: new Map(), bytes: new Uint8Array(1), error: new Error() });
            [clone instanceof Object, clone.map instanceof Map, clone.bytes instanceof Uint8Array, clone.error instanceof Error,
             structuredClone(clone) instanceof Object, structuredClone(clone.map) instanceof Map];
        }""") == [False, False, False, False, True, True]


@pytest.mark.keeps("the leak check looks at more than such a VM has")
def test_without_some_intrinsics_the_rest_is_cloned(make_vm: MakeVM) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~Intrinsics.TYPED_ARRAYS)
    assert vm.eval("structuredClone({ a: [1, new Date(3)] }).a[1].getTime()") == 3


@pytest.mark.keeps("the leak check looks at more than such a VM has")
def test_without_dom_exceptions_there_is_none(make_vm: MakeVM) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~Intrinsics.DOM_EXCEPTION & ~Intrinsics.ATOB_BTOA)
    assert vm.eval("typeof structuredClone") == "undefined"


@pytest.mark.keeps("the leak check looks at more than such a VM has")
def test_without_the_area_there_is_none(make_vm: MakeVM) -> None:
    assert make_vm(web=["console"]).eval("typeof structuredClone") == "undefined"
