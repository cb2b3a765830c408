"""Values that Python makes one by one, and what JavaScript's own conversions make of every kind of value."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from typing import Any

import pytest

import snapjs
from snapjs import VM, BigInt, ConversionError, Handle, JSError, JSMap, RegExp, Symbol

# ---- values that Python makes


MADE: dict[str, tuple[Callable[[VM], Handle], str]] = {
    "string": (lambda vm: vm.new_string("hé"), "value === 'h\\u00e9'"),
    "empty string": (lambda vm: vm.new_string(""), "value === ''"),
    "astral string": (lambda vm: vm.new_string("\U0001f600"), "value.length === 2 && value === '\\u{1f600}'"),
    "int": (lambda vm: vm.new_number(42), "value === 42"),
    "float": (lambda vm: vm.new_number(0.1), "value === 0.1"),
    "negative zero": (lambda vm: vm.new_number(-0.0), "Object.is(value, -0)"),
    "nan": (lambda vm: vm.new_number(math.nan), "Number.isNaN(value)"),
    "infinity": (lambda vm: vm.new_number(-math.inf), "value === -Infinity"),
    "smallest": (lambda vm: vm.new_number(5e-324), "value === Number.MIN_VALUE"),
    "largest safe int": (lambda vm: vm.new_number(2**53 - 1), "value === Number.MAX_SAFE_INTEGER"),
    "int beyond": (lambda vm: vm.new_number(2**53 + 1), "value === 9007199254740992"),
    "large int": (lambda vm: vm.new_number(10**300), "value === 1e300"),
    "big int": (lambda vm: vm.new_big_int(5), "value === 5n"),
    "negative big int": (lambda vm: vm.new_big_int(-(2**63)), "value === -(2n ** 63n)"),
    "big int beyond 64 bits": (lambda vm: vm.new_big_int(2**64 + 1), "value === 2n ** 64n + 1n"),
    "BigInt": (lambda vm: vm.new_big_int(BigInt(7)), "value === 7n"),
    "object": (lambda vm: vm.new_object(), "Object.getPrototypeOf(value) === Object.prototype"),
    "array": (lambda vm: vm.new_array(), "Array.isArray(value) && value.length === 0"),
    "symbol": (lambda vm: vm.new_symbol_for("k"), "value === Symbol.for('k')"),
    "error": (lambda vm: vm.new_error("text"), "value instanceof Error && value.message === 'text'"),
    "own message": (lambda vm: vm.new_error("text"), "!Object.keys(value).length && Object.hasOwn(value, 'message')"),
    "empty error": (lambda vm: vm.new_error(""), "value.message === '' && value.name === 'Error'"),
    "error with stack": (lambda vm: vm.new_error("text"), "typeof value.stack === 'string'"),
    "exception": (lambda vm: vm.new_error(KeyError("k")), "value instanceof Error && value.name === 'KeyError'"),
    "undefined": (lambda vm: vm.host_to_handle(snapjs.undefined), "value === undefined"),
    "None": (lambda vm: vm.host_to_handle(None), "value === null"),
    "nested": (lambda vm: vm.host_to_handle({"a": [1, {"b": None}]}), "JSON.stringify(value) === '{\"a\":[1,{\"b\":null}]}'"),
    "map": (lambda vm: vm.host_to_handle(JSMap({1: 2})), "value instanceof Map && value.get(1) === 2"),
    "set": (lambda vm: vm.host_to_handle({1}), "value instanceof Set && value.has(1)"),
    "callable": (lambda vm: vm.host_to_handle(lambda a: a + 1), "value(1) === 2"),
    "a handle inside": (lambda vm: vm.host_to_handle([vm.eval_handle("Math")]), "value[0] === Math"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "is_right"), MADE.values(), ids=MADE)
def test_made_value(vm: VM, make: Callable[[VM], Handle], is_right: str) -> None:
    with make(vm) as handle:
        assert vm.eval(f"value => {is_right}")(handle) is True


def test_number_beyond_the_largest(vm: VM) -> None:
    with pytest.raises(OverflowError):
        vm.new_number(10**400)


def test_containers_keep_shared_and_circular_references(vm: VM) -> None:
    shared: list[Any] = [1]
    circle: dict[str, Any] = {"a": shared, "b": shared}
    circle["self"] = circle
    with vm.host_to_handle(circle) as handle:
        assert vm.eval("value => value.a === value.b && value.self === value")(handle) is True


def test_exception_that_is_thrown_comes_back_as_itself(vm: VM) -> None:
    error = LookupError("mine")
    with (
        pytest.raises(LookupError) as caught,
        vm.new_error(error) as made,
        vm.eval_handle("e => { throw e }") as thrower,
    ):
        vm.call_function(thrower, None, made)
    assert caught.value is error


# ---- conversions of JavaScript

NUMBERS: list[tuple[str, int | float]] = [
    ("7", 7), ("'0x10'", 16), ("''", 0), ("true", 1), ("null", 0), ("[5]", 5), ("new Date(9)", 9),
    ("({ valueOf: () => 3 })", 3), ("1.5", 1.5), ("-Infinity", -math.inf), ("2 ** 53", 2**53),
]  # fmt: skip


@pytest.mark.parametrize(("code", "number"), NUMBERS)
def test_to_number(vm: VM, code: str, number: float) -> None:
    assert vm.eval_handle(code).to_number() == number


@pytest.mark.parametrize("code", ["undefined", "'text'", "({})", "NaN"])
def test_to_number_of_what_is_none(vm: VM, code: str) -> None:
    assert math.isnan(vm.eval_handle(code).to_number())


def test_to_number_keeps_negative_zero(vm: VM) -> None:
    assert math.copysign(1, vm.eval_handle("-0").to_number()) == -1


def test_number_is_an_int_when_integral_and_safe(vm: VM) -> None:
    kinds = [type(vm.eval_handle(code).to_number()) for code in ("5", "2 ** 53 - 1", "2 ** 53", "0.5", "-0", "1e300")]
    assert kinds == [int, int, float, float, float, float]


@pytest.mark.parametrize("code", ["Symbol()", "1n", "Object.create(null)", "({ valueOf() { throw TypeError() } })"])
def test_to_number_of_what_refuses(vm: VM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.eval_handle(code).to_number()


@pytest.mark.parametrize(
    ("code", "number"),
    [("5n", 5), ("'123'", 123), ("true", 1), ("-(2n ** 63n)", -(2**63)), ("2n ** 64n", 2**64), ("BigInt('1' + '0'.repeat(999))", 10**999)],
)  # fmt: skip
def test_to_big_int(vm: VM, code: str, number: int) -> None:
    value = vm.eval_handle(code).to_big_int()
    assert (value, type(value)) == (number, BigInt)


@pytest.mark.parametrize(
    ("code", "name"), [("5", "TypeError"), ("null", "TypeError"), ("'x'", "SyntaxError"), ("Symbol()", "TypeError")]
)
def test_to_big_int_of_what_is_none(vm: VM, code: str, name: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval_handle(code).to_big_int()
    assert caught.value.name == name


@pytest.mark.parametrize("digits", [1, 20, 1000, 10_000])
def test_big_int_of_any_size_both_ways(vm: VM, digits: int) -> None:
    number = -(10**digits) + 1
    with vm.new_big_int(number) as handle:
        assert handle.to_big_int() == number
        assert vm.call_function(vm.eval_handle("n => n + 1n"), None, handle).to_big_int() == number + 1


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("'text'", "text"), ("5", "5"), ("null", "null"), ("undefined", "undefined"), ("9n", "9"), ("[1, [2]]", "1,2"),
        ("({})", "[object Object]"), ("({ toString: () => 'own' })", "own"), ("-0", "0"), ("new Error('m')", "Error: m"),
    ],
)  # fmt: skip
def test_to_string(vm: VM, code: str, text: str) -> None:
    assert vm.eval_handle(code).to_string() == text


@pytest.mark.parametrize("code", ["Symbol('s')", "Object.create(null)"])
def test_to_string_of_what_refuses(vm: VM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.eval_handle(code).to_string()


FALSY = ["undefined", "null", "false", "0", "-0", "NaN", "''", "0n"]
TRUTHY = ["1", "'0'", "({})", "[]", "() => 0", "Symbol()", "1n", "new Proxy({}, {})", "Object(false)"]


@pytest.mark.parametrize(("code", "truth"), [(code, False) for code in FALSY] + [(code, True) for code in TRUTHY])
def test_to_boolean(vm: VM, code: str, truth: bool) -> None:
    assert vm.eval_handle(code).to_boolean() is truth


def test_fixed_handles_to_boolean(vm: VM) -> None:
    fixed = [vm.undefined, vm.null, vm.true, vm.false, vm.global_handle]
    assert [handle.to_boolean() for handle in fixed] == [False, False, True, False, True]


def test_conversions_run_the_program(vm: VM) -> None:
    vm.eval("globalThis.ran = []")
    with vm.eval_handle(
        "({ valueOf() { ran.push('valueOf'); return 1 }, toString() { ran.push('toString'); return '' } })"
    ) as handle:
        handle.to_number()
        handle.to_string()
        handle.to_boolean()
    assert vm.eval("ran") == ["valueOf", "toString"]


# ---- to Python

CONVERTED: dict[str, Any] = {
    "undefined": snapjs.undefined,
    "null": None,
    "[1, 'a', null]": [1, "a", None],
    "({ a: { b: 1 } })": {"a": {"b": 1}},
    "new Map([[{}, 1]]).size": 1,
    "new Map([['k', new Set([1])]])": JSMap({"k": {1}}),
    "new Date(1500)": datetime.datetime(1970, 1, 1, 0, 0, 1, 500_000, datetime.UTC),
    "Symbol.for('s')": Symbol("s"),
    "/a/gi": RegExp("a", "gi"),
    "2n ** 70n": 2**70,
    "Object.defineProperty({ a: 1, [Symbol()]: 2 }, 'hidden', { value: 3 })": {"a": 1},
}


@pytest.mark.parametrize("code", CONVERTED)
def test_dump_and_to_python(vm: VM, code: str) -> None:
    handle = vm.eval_handle(code)
    for value in (handle.to_python(), vm.dump(handle)):
        assert (value, type(value)) == (CONVERTED[code], type(CONVERTED[code])) or type(value) is BigInt
        assert value == CONVERTED[code]


def test_dump_keeps_shared_and_circular_references(vm: VM) -> None:
    value = vm.dump(vm.eval_handle("{ const s = [1], o = { a: s, b: s }; o.self = o; o }"))
    assert value["a"] is value["b"]
    assert value["self"] is value


def test_dump_of_a_local_symbol_is_a_handle(vm: VM) -> None:
    symbol = vm.dump(vm.eval_handle("globalThis.s = Symbol('local')"))
    assert (type(symbol), symbol.is_symbol) == (Handle, True)
    assert vm.eval("value => value === s")(symbol) is True


def test_dump_of_a_function_calls_it(vm: VM) -> None:
    assert vm.dump(vm.eval_handle("n => n * 2"))(21) == 42


def test_to_python_validates(vm: VM) -> None:
    handle = vm.eval_handle("[1, 2]")
    assert handle.to_python(tuple[int, int]) == (1, 2)
    with pytest.raises(ConversionError, match="Expected `str`, got `int`") as caught:
        handle.to_python(list[str])
    assert caught.value.path == "$[0]"


def test_to_python_of_a_getter_that_throws(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError: no"):
        vm.eval_handle("({ get a() { throw new RangeError('no') } })").to_python()
