"""JavaScript values as Python sees them: the left half of the conversion table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy
import pytest

import snapjs
from snapjs import VM, BigInt, ConversionError, Function, Handle, JSError, JSMap, Promise, RegExp, Symbol, undefined

# JavaScript, the exact type in Python, the value
VALUES = [
    ("undefined", type(undefined), undefined),
    ("null", type(None), None),
    ("true", bool, True),
    ("false", bool, False),
    ("''", str, ""),
    ("'grüße 🦀'", str, "grüße 🦀"),
    ("'a\\0b'", str, "a\0b"),
    ("'\\ud800'", str, "\ud800"),
    ("'x\\udfff\\ud83e\\udd80\\ud83e'", str, "x\udfff🦀\ud83e"),
    ("0", int, 0),
    ("42", int, 42),
    ("-7", int, -7),
    ("42.0", int, 42),
    ("1.5", float, 1.5),
    ("2**53 - 1", int, 9007199254740991),
    ("-(2**53 - 1)", int, -9007199254740991),
    ("2**53", float, 9007199254740992.0),
    ("1e21", float, 1e21),
    ("5e-324", float, 5e-324),
    ("1.7976931348623157e308", float, 1.7976931348623157e308),
    ("Infinity", float, math.inf),
    ("-Infinity", float, -math.inf),
    ("0n", BigInt, 0),
    ("5n", BigInt, 5),
    ("-1n", BigInt, -1),
    ("10n ** 20n", BigInt, 10**20),
    ("-(2n ** 64n)", BigInt, -(2**64)),
    ("(1n << 20000n) - 1n", BigInt, (1 << 20000) - 1),
    ("[]", list, []),
    ("[1, 'two', [null]]", list, [1, "two", [None]]),
    ("[1, , 3]", list, [1, undefined, 3]),
    ("({})", dict, {}),
    ("({ a: 1, 'b c': { d: 2 } })", dict, {"a": 1, "b c": {"d": 2}}),
    ("({ '\\ud800': 1 })", dict, {"\ud800": 1}),
    ("({ 10: 'ten', 9: 'nine' })", dict, {"9": "nine", "10": "ten"}),
    ("Object.create(null, { a: { value: 1, enumerable: true } })", dict, {"a": 1}),
    ("JSON.parse('{\"__proto__\": 5}')", dict, {"__proto__": 5}),
    ("new Map([['a', 1], [2, [3]]])", JSMap, {"a": 1, 2: [3]}),
    ("new Map()", JSMap, {}),
    ("new Map([[1, 'number'], [true, 'boolean']])", list, [(1, "number"), (True, "boolean")]),
    ("new Map([[{}, 1]])", list, [({}, 1)]),
    ("new Set([1, 'a', null])", set, {1, "a", None}),
    ("new Set()", set, set()),
    ("new Set([[1], [1]])", list, [[1], [1]]),
    ("new Date(0)", datetime, datetime(1970, 1, 1, tzinfo=UTC)),
    ("new Date(-1)", datetime, datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ("new Date(1700000000123)", datetime, datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)),
    ("new ArrayBuffer(3)", bytes, b"\0\0\0"),
    ("new Uint8Array([1, 2, 255])", bytes, b"\1\2\xff"),
    ("new Uint8Array()", bytes, b""),
    ("new Uint8Array([1, 2, 3, 4]).subarray(1, 3)", bytes, b"\2\3"),
    ("Symbol.for('key')", Symbol, Symbol("key")),
    ("Symbol.for('\\ud800')", Symbol, Symbol("\ud800")),
    ("/a\\/b/gi", RegExp, RegExp("a\\/b", "gi")),
    ("new RegExp('')", RegExp, RegExp("(?:)", "")),
    ("new String('boxed').valueOf()", str, "boxed"),
]


@pytest.mark.parametrize(("code", "kind", "value"), VALUES, ids=[code for code, _, _ in VALUES])
def test_value(vm: VM, code: str, kind: type, value: object) -> None:
    result = vm.eval(code)
    assert type(result) is kind
    assert result == value


def test_undefined_is_falsy_and_one() -> None:
    assert not undefined
    assert type(undefined)() is undefined


def test_order_of_keys_is_that_of_the_object(vm: VM) -> None:
    assert list(vm.eval("({ z: 1, a: 2, 1: 3 })")) == ["1", "z", "a"]


def test_order_of_a_map_is_kept(vm: VM) -> None:
    assert list(vm.eval("new Map([['z', 1], ['a', 2]])")) == ["z", "a"]


def test_nan(vm: VM) -> None:
    result = vm.eval("NaN")
    assert type(result) is float
    assert math.isnan(result)


def test_negative_zero(vm: VM) -> None:
    result = vm.eval("-0")
    assert type(result) is float
    assert math.copysign(1, result) == -1


# constructor, memoryview's format, elements in JavaScript, in Python
TYPED_ARRAYS = [
    ("Uint8ClampedArray", "B", "0, 300", [0, 255]),
    ("Int8Array", "b", "-128, 127", [-128, 127]),
    ("Int16Array", "h", "-32768, 2", [-32768, 2]),
    ("Uint16Array", "H", "65535, 2", [65535, 2]),
    ("Int32Array", "i", "-2147483648, 2", [-2147483648, 2]),
    ("Uint32Array", "I", "4294967295, 2", [4294967295, 2]),
    ("BigInt64Array", "q", "-9223372036854775808n, 2n", [-9223372036854775808, 2]),
    ("BigUint64Array", "Q", "18446744073709551615n, 2n", [18446744073709551615, 2]),
    ("Float16Array", "f", "1.5, -Infinity", [1.5, -math.inf]),
    ("Float32Array", "f", "1.5, -Infinity", [1.5, -math.inf]),
    ("Float64Array", "d", "1e300, -0.1", [1e300, -0.1]),
]


@pytest.mark.parametrize(("name", "form", "elements", "expected"), TYPED_ARRAYS, ids=[row[0] for row in TYPED_ARRAYS])
def test_typed_array(vm: VM, name: str, form: str, elements: str, expected: list[float]) -> None:
    result = vm.eval(f"new {name}([{elements}])")
    assert type(result) is memoryview
    assert result.format == form
    assert result.tolist() == expected


def test_typed_array_is_a_view_of_part_of_its_buffer(vm: VM) -> None:
    assert vm.eval("new Int16Array(new Int16Array([1, 2, 3, 4]).buffer, 2, 2)").tolist() == [2, 3]


def test_numpy_reads_a_typed_array_without_a_copy(vm: VM) -> None:
    view = vm.eval("new Float64Array([1.5, 2.5])")
    array = numpy.asarray(view)
    assert array.dtype == numpy.float64
    assert array.tolist() == [1.5, 2.5]
    assert array.ctypes.data == numpy.frombuffer(view, dtype=numpy.float64).ctypes.data


@pytest.mark.parametrize("time", ["NaN", "8.64e15", "-62135596800001", "253402300800000"])
def test_date_that_python_does_not_have_is_a_handle(vm: VM, time: str) -> None:
    result = vm.eval(f"new Date({time})")
    assert type(result) is Handle
    assert result.class_name == "Date"


@pytest.mark.parametrize(
    ("time", "value"),
    [
        (-62135596800000, datetime(1, 1, 1, tzinfo=UTC)),
        (253402300799999, datetime(9999, 12, 31, 23, 59, 59, 999000, UTC)),
    ],
)
def test_first_and_last_date(vm: VM, time: int, value: datetime) -> None:
    assert vm.eval(f"new Date({time})") == value


def test_error_is_a_js_error(vm: VM) -> None:
    error = vm.eval("new RangeError('too far', { cause: 'because' })")
    assert type(error) is JSError
    assert (error.name, error.message, error.cause) == ("RangeError", "too far", "because")


def test_error_within_a_value(vm: VM) -> None:
    assert str(vm.eval("({ list: [new TypeError('inner')] })")["list"][0]) == "TypeError: inner"


def test_errors_own_properties(vm: VM) -> None:
    assert vm.eval("Object.assign(new Error('x'), { code: 'E1', where: [1] })").properties == {
        "code": "E1",
        "where": [1],
    }


def test_aggregate_error(vm: VM) -> None:
    error = vm.eval("new AggregateError([new TypeError('a'), 2], 'both')")
    assert (error.name, str(error.errors[0]), error.errors[1]) == ("AggregateError", "TypeError: a", 2)


def test_function(vm: VM) -> None:
    function = vm.eval("(a, b) => a + b")
    assert type(function) is Function
    assert function(2, 3) == 5


def test_promise(vm: VM) -> None:
    promise = vm.eval("Promise.resolve(5)")
    assert type(promise) is Promise
    assert (promise.state, promise.result) == ("fulfilled", 5)


HANDLES = [
    ("new (class Point {})()", "Object"),
    ("Symbol('local')", None),
    ("Symbol.iterator", None),
    ("new Proxy({}, {})", "Object"),
    ("new WeakRef({})", "WeakRef"),
    ("new WeakMap()", "WeakMap"),
    ("(function* () {})()", "Generator"),
    ("new String('boxed')", "String"),
    ("globalThis", "Object"),
    ("new DataView(new ArrayBuffer(1))", "DataView"),
]


@pytest.mark.parametrize(("code", "class_name"), HANDLES, ids=[code for code, _ in HANDLES])
def test_everything_else_is_a_handle(vm: VM, code: str, class_name: str | None) -> None:
    result = vm.eval(code)
    assert type(result) is Handle
    assert result.class_name == class_name


def test_cycle(vm: VM) -> None:
    result = vm.eval("var o = { list: [] }; o.list.push(o); o")
    assert result["list"][0] is result


def test_array_in_itself(vm: VM) -> None:
    result = vm.eval("var a = [1]; a.push(a); a")
    assert result[1] is result


def test_map_in_itself(vm: VM) -> None:
    result = vm.eval("var m = new Map(); m.set('self', m); m")
    assert result["self"] is result


def test_error_that_is_its_own_cause(vm: VM) -> None:
    error = vm.eval("var e = new Error('x'); e.cause = e; [e]")[0]
    assert error.cause is error


def test_shared_object_is_one_object(vm: VM) -> None:
    first, second = vm.eval("var s = {}; [s, s]")
    assert first is second


def test_shared_object_in_a_set_makes_it_a_list(vm: VM) -> None:
    first, members = vm.eval("(() => { const o = [1]; return [o, new Set([o, 2])] })()")
    assert members == [[1], 2]
    assert members[0] is first


def test_equal_objects_stay_two(vm: VM) -> None:
    first, second = vm.eval("[{}, {}]")
    assert first is not second


def test_huge_sparse_array_is_refused(vm: VM) -> None:
    with pytest.raises(ConversionError, match=r"\$\.a"):
        vm.eval("var sparse = []; sparse[4e9] = 1; ({ a: sparse })")


def test_nesting_to_the_bound(vm: VM) -> None:
    result = vm.eval("var v = 0; for (let i = 0; i < 512; i++) v = [v]; v")
    depth = 0
    while isinstance(result, list):
        result, depth = result[0], depth + 1
    assert (depth, result) == (512, 0)


def test_nesting_beyond_the_bound_is_refused(vm: VM) -> None:
    with pytest.raises(ConversionError, match="nests more than 512 levels deep"):
        vm.eval("var v = 0; for (let i = 0; i < 513; i++) v = [v]; v")


def test_refusal_names_the_path(vm: VM) -> None:
    with pytest.raises(ConversionError) as caught:
        vm.eval("var n = 0; for (let i = 0; i < 600; i++) n = { n }; ({ items: [n] })")
    assert caught.value.path is not None
    assert caught.value.path.startswith("$.items[0].n.n")


class Point(msgspec.Struct):
    x: int
    y: float = 0.5


@dataclass
class Line:
    start: Point
    end: Point


@pytest.mark.parametrize(
    ("code", "kind", "value"),
    [
        ("({ x: 3 })", Point, Point(3, 0.5)),
        ("({ start: { x: 1 }, end: { x: 2, y: 3 } })", Line, Line(Point(1), Point(2, 3.0))),
        ("[1, 2]", tuple[int, int], (1, 2)),
        ("[1, 1]", set[int], {1}),
        ("'2020-01-02T00:00:00Z'", datetime, datetime(2020, 1, 2, tzinfo=UTC)),
        ("new Date(0)", datetime, datetime(1970, 1, 1, tzinfo=UTC)),
        ("undefined", None, None),
        ("5n", int, 5),
    ],
)
def test_type_converts(vm: VM, code: str, kind: Any, value: object) -> None:
    assert vm.eval(code, type=kind) == value


def test_type_refuses_with_the_path(vm: VM) -> None:
    with pytest.raises(ConversionError, match="Expected `int`, got `str`") as caught:
        vm.eval("({ start: { x: 'no' }, end: { x: 2 } })", type=Line)
    assert caught.value.path == "$.start.x"


def test_undefined_is_exported_once() -> None:
    assert snapjs.undefined is undefined
