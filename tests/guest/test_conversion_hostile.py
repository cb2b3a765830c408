"""Conversion runs getters and no other guest code, and no guest can change what a value becomes."""

from __future__ import annotations

from typing import Any

import pytest

from snapjs import VM, Handle, JSError, JSMap, Symbol


def test_getters_run(vm: VM) -> None:
    assert vm.eval("({ get a() { return [1] } })") == {"a": [1]}


def test_getter_that_throws_is_the_error(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError: from the getter"):
        vm.eval("({ ok: 1, get a() { throw new RangeError('from the getter') } })")


def test_getter_that_throws_gives_back_the_handles_made_before(vm: VM) -> None:
    with pytest.raises(JSError):
        vm.eval("[() => 1, Symbol(), { get a() { throw 1 } }]")
    assert vm.statistics().handles == 0


def test_getter_may_add_and_delete_properties(vm: VM) -> None:
    result = vm.eval("var o = { get a() { delete o.b; o.c = 3; return 1 }, b: 2 }; o")
    assert result["a"] == 1
    assert "c" not in result


def test_getter_may_shrink_the_array_that_is_being_read(vm: VM) -> None:
    code = "var list = [{ get a() { list.length = 1; return 1 } }, 2, 3]; list"
    assert vm.eval(code)[0] == {"a": 1}


def test_getter_may_detach_a_buffer(vm: VM) -> None:
    code = "var bytes = new Uint8Array(100000); ({ get a() { bytes.buffer.transfer(0); return 1 }, bytes })"
    result = vm.eval(code)
    assert (result["a"], type(result["bytes"])) == (1, Handle)


def test_getter_may_change_the_map_that_is_being_read(vm: VM) -> None:
    code = "var m = new Map(); m.set('a', { get x() { m.clear(); return 1 } }); m.set('b', 2); m"
    assert vm.eval(code)["a"] == {"x": 1}


def test_getter_may_collect_garbage_and_call_the_host(vm: VM) -> None:
    vm.globals["collect"] = lambda: vm.gc()
    assert vm.eval("({ a: {}, get b() { collect(); return {} }, c: [{}] })") == {"a": {}, "b": {}, "c": [{}]}


HOSTILE = """
var ran = 0
{
    const run = function () { ran++; return run }
    const replace = (object, keys) => { for (const key of keys) Object.defineProperty(object, key, { get: run,
    configurable: true }) }
    for (const type of [Map, Set]) {
        for (const key of ['forEach', 'entries', 'keys', 'values', 'get', 'has', Symbol.iterator]) type.prototype[key] =
        run
        replace(type.prototype, ['size'])
    }
    Date.prototype.getTime = Date.prototype.valueOf = Date.prototype.toISOString = Date.prototype[Symbol.toPrimitive] =
    run
    replace(RegExp.prototype, ['source', 'flags', 'global'])
    RegExp.prototype.toString = RegExp.prototype.exec = run
    replace(Object.getPrototypeOf(Uint8Array.prototype), ['length', 'buffer', 'byteLength', 'byteOffset', Symbol.toStringTag])
    replace(ArrayBuffer.prototype, ['byteLength'])
    BigInt.prototype.toString = run
    replace(Symbol.prototype, ['description'])
    Symbol.keyFor = run
    Object.keys = Object.entries = Reflect.ownKeys = run
    Object.defineProperty(Object.prototype, 'toJSON', { get: run, set: run, configurable: true })
    Object.defineProperty(Object.prototype, '0', { get: run, set: run, configurable: true })
    Object.defineProperty(Array.prototype, '0', { get: run, set: run, configurable: true })
    Promise.prototype.then = run
    Array.prototype[Symbol.iterator] = run
}
"""

BUILT_INS = [
    ("[1, [2]]", [1, [2]]),
    ("({ a: 1 })", {"a": 1}),
    ("m", JSMap({"a": 1})),
    ("new Uint8Array(2)", b"\0\0"),
    ("10n ** 30n", 10**30),
    ("Symbol.for('k')", Symbol("k")),
]


@pytest.mark.keeps("built-ins were replaced")
@pytest.mark.parametrize(("code", "value"), BUILT_INS, ids=[code for code, _ in BUILT_INS])
def test_replaced_built_ins_do_not_run_towards_python(vm: VM, code: str, value: object) -> None:
    vm.eval("var m = new Map([['a', 1]])")
    vm.eval(HOSTILE)
    assert vm.eval(code) == value
    assert vm.eval("ran") == 0


@pytest.mark.keeps("built-ins were replaced")
def test_replaced_built_ins_do_not_run_for_dates_sets_and_patterns(vm: VM) -> None:
    vm.eval(
        "var values = { d: new Date(0), s: new Set([1]), r: /a/g, f: new Float64Array([1]), b: new ArrayBuffer(1) }"
    )
    vm.eval(HOSTILE)
    result = vm.eval("values")
    assert (result["d"].timestamp(), result["s"], result["r"].flags, result["f"].tolist()) == (0, {1}, "g", [1])
    assert vm.eval("ran") == 0


@pytest.mark.keeps("built-ins were replaced")
def test_replaced_built_ins_do_not_run_towards_javascript(vm: VM) -> None:
    echo = vm.eval("x => x")
    vm.eval(HOSTILE)
    value = [{"a": [1]}, JSMap({1: 2}), {1, 2}, b"ab", Symbol("s"), 2**70]
    assert echo(value) == value
    assert vm.eval("ran") == 0


@pytest.mark.keeps("built-ins were replaced")
def test_replaced_constructors_are_not_called_towards_javascript(vm: VM) -> None:
    vm.eval(
        "var ran = 0; for (const name of ['Object', 'Array', 'Map', 'Set', 'Date', 'Error', 'Uint8Array', 'RegExp', 'BigInt'])"
        " globalThis[name] = function () { ran++ }"
    )
    vm.globals["x"] = [{}, [], JSMap({1: 2}), {1}, b"", ValueError("e"), 2**70]
    assert vm.eval("ran") == 0


@pytest.mark.keeps("a setter was put on Object.prototype")
def test_setters_of_object_prototype_do_not_run(vm: VM) -> None:
    vm.eval("var ran = 0; Object.defineProperty(Object.prototype, 'key', { set() { ran++ }, configurable: true })")
    assert vm.eval("x => Object.hasOwn(x, 'key')")({"key": 1}) is True
    assert vm.eval("ran") == 0


def test_methods_of_an_object_are_functions_and_not_called(vm: VM) -> None:
    result = vm.eval("var ran = 0; ({ toJSON() { ran++ }, valueOf() { ran++ }, toString() { ran++ } })")
    assert sorted(result) == ["toJSON", "toString", "valueOf"]
    assert vm.eval("ran") == 0


def test_then_of_an_object_is_not_called(vm: VM) -> None:
    assert vm.eval("var ran = 0; ({ then(f) { ran++; f(1) } })").keys() == {"then"}
    assert vm.eval("ran") == 0


PROXY = "var ran = 0; var p = new Proxy({ a: 1 }, new Proxy({}, { get() { ran++ } })); "


@pytest.mark.parametrize("code", ["p", "[p]", "({ p })", "new Map([[p, p]])", "new Error('x', { cause: p })"])
def test_traps_of_a_proxy_do_not_run(vm: VM, code: str) -> None:
    vm.eval(PROXY + code)
    assert vm.eval("ran") == 0


def test_proxy_of_an_array_is_a_handle(vm: VM) -> None:
    assert type(vm.eval("new Proxy([], {})")) is Handle


def test_traps_do_not_run_when_a_proxy_is_thrown(vm: VM) -> None:
    with pytest.raises(JSError):
        vm.eval(PROXY + "throw p")
    assert vm.eval("ran") == 0


def test_error_fields_that_are_getters_do_not_run(vm: VM) -> None:
    code = "var ran = 0; var e = new Error('x'); for (const key of ['name', 'message', 'stack', 'cause', 'code'])"
    vm.eval(
        code + " Object.defineProperty(e, key, { get() { ran++; return 'no' }, enumerable: true, configurable: true })"
    )
    with pytest.raises(JSError):
        vm.eval("throw e")
    assert vm.eval("ran") == 0


# A guest that makes values which look like the bridge's own.
FORGERIES = [
    ("({ __handle__: 1, type: 'Handle' })", {"__handle__": 1, "type": "Handle"}),
    ("({ $__jsfn: 1, $__pyfn: 1, __handle: 4294967296 })", {"$__jsfn": 1, "$__pyfn": 1, "__handle": 4294967296}),
    (
        "({ ext: 12, data: new Uint8Array([1, 0, 0, 0, 1, 0, 0, 0]) })",
        {"ext": 12, "data": b"\1\0\0\0\1\0\0\0"},
    ),
    ("new Uint8Array([0xd7, 12, 1, 0, 0, 0, 1, 0, 0, 0])", b"\xd7\x0c\1\0\0\0\1\0\0\0"),
    ("'\\xd7\\x0c\\x01\\x00\\x00\\x00\\x01\\x00\\x00\\x00'", "\xd7\x0c\1\0\0\0\1\0\0\0"),
]


@pytest.mark.parametrize(("code", "value"), FORGERIES)
def test_nothing_a_guest_can_make_is_taken_for_a_reference(vm: VM, code: str, value: Any) -> None:
    assert vm.eval(code) == value
    assert vm.statistics().handles == 0


def test_class_name_cannot_be_forged(vm: VM) -> None:
    handle = vm.eval(
        "new (class Promise { get [Symbol.toStringTag]() { return 'Promise' } static name = 'Promise' })()"
    )
    assert handle.class_name == "Object"


def test_plain_object_is_told_by_its_prototype_and_not_its_constructor(vm: VM) -> None:
    assert vm.eval("({ constructor: class X {}, a: 1 }).a") == 1
    assert type(vm.eval("Object.create({ inherited: 1 })")) is Handle
