"""Python values as JavaScript sees them: the right half of the conversion table, and identity."""

from __future__ import annotations

import array
import math
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
import numpy
import pytest

from snapjs import VM, BigInt, ConversionError, Handle, JSMap, RegExp, Symbol, undefined


@dataclass
class Item:
    name: str
    tags: list[str]


class Point(msgspec.Struct):
    x: int


class Tagged(msgspec.Struct, tag="tagged", rename="camel"):
    first_name: str


class Colour(Enum):
    RED = "red"


class Text(str):
    pass


class Number(int):
    pass


class ReadOnly(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        return {"a": 1}[key]

    def __iter__(self) -> Any:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


# the value, an expression that is true of it as `x`
VALUES: list[tuple[Any, str]] = [
    (undefined, "x === undefined"),
    (None, "x === null"),
    (True, "x === true"),
    (0, "Object.is(x, 0)"),
    (-0.0, "Object.is(x, -0)"),
    (1.5, "x === 1.5"),
    (math.nan, "Number.isNaN(x)"),
    (math.inf, "x === Infinity"),
    (2**53 - 1, "x === 9007199254740991"),
    (2**53, "x === 9007199254740992n"),
    (2**53 + 1, "x === 9007199254740993n"),
    (-(2**53) - 1, "x === -9007199254740993n"),
    (2**63, "x === 2n ** 63n"),
    (2**64, "x === 2n ** 64n"),
    (-(2**20000), "x === -(2n ** 20000n)"),
    (BigInt(5), "x === 5n"),
    (Number(7), "x === 7"),
    ("", "x === ''"),
    ("grüße 🦀", "x === 'grüße 🦀' && x.length === 8"),
    ("a\0b", "x.length === 3 && x.charCodeAt(1) === 0"),
    ("\ud800", "x === '\\ud800' && x.length === 1"),
    ("\ud83e\udd80", "x === '🦀'"),
    (Text("sub"), "x === 'sub'"),
    (Colour.RED, "x === 'red'"),
    ([1, [2]], "Array.isArray(x) && x[1][0] === 2"),
    ((1, 2), "Array.isArray(x) && x.length === 2"),
    (range(3), "x.join() === '0,1,2'"),
    ({"a": {"b": 1}}, "x.a.b === 1 && Object.getPrototypeOf(x) === Object.prototype"),
    ({1: "one"}, "x['1'] === 'one'"),
    (OrderedDict(z=1, a=2), "Object.keys(x).join() === 'z,a'"),
    (ReadOnly(), "x.a === 1"),
    (Item("n", ["t"]), "x.name === 'n' && x.tags[0] === 't'"),
    (Point(4), "JSON.stringify(x) === '{\"x\":4}'"),
    (Tagged("Ada"), 'JSON.stringify(x) === \'{"type":"tagged","firstName":"Ada"}\''),
    ({"__proto__": {"evil": 1}}, "Object.hasOwn(x, '__proto__') && x.evil === undefined && !({}).evil"),
    ({"constructor": 1, "toString": 2}, "x.constructor === 1 && x.toString === 2"),
    (JSMap({1: "a", "1": "b"}), "x instanceof Map && x.get(1) === 'a' && x.get('1') === 'b'"),
    ({1, 2}, "x instanceof Set && x.size === 2 && x.has(1)"),
    (frozenset(["a"]), "x instanceof Set && x.has('a')"),
    (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "x instanceof Date && x.getTime() === 1000"),
    (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "x.getTime() === 0"),
    (date(1970, 1, 2), "x.getTime() === 86400000"),
    (b"\1\xff", "x instanceof Uint8Array && x.join() === '1,255'"),
    (bytearray(b"\1"), "x instanceof Uint8Array && x[0] === 1"),
    (memoryview(b"\1\2"), "x instanceof Uint8Array && x.join() === '1,2'"),
    (array.array("d", [1.5]), "x instanceof Float64Array && x[0] === 1.5"),
    (array.array("h", [-2]), "x instanceof Int16Array && x[0] === -2"),
    (array.array("Q", [2**64 - 1]), "x instanceof BigUint64Array && x[0] === 2n ** 64n - 1n"),
    (numpy.array([1, 2], dtype="int32"), "x instanceof Int32Array && x.join() === '1,2'"),
    (numpy.array([1.5], dtype="float16"), "x instanceof Float16Array && x[0] === 1.5"),
    (numpy.array([1, 2, 3, 4], dtype="uint16")[::2], "x instanceof Uint16Array && x.join() === '1,3'"),
    (numpy.array([258], dtype=">i2"), "x instanceof Int16Array && x[0] === 258"),
    (numpy.float64(2.5), "x === 2.5"),
    (Symbol("k"), "x === Symbol.for('k')"),
    (RegExp("a+", "gi"), "x instanceof RegExp && x.source === 'a+' && x.flags === 'gi'"),
    (re.compile("^a.b$", re.IGNORECASE), "x instanceof RegExp && x.test('AxB') && !x.test('ab')"),
    (ValueError("bad"), "x instanceof Error && x.name === 'ValueError' && x.message === 'bad'"),
]


@pytest.mark.parametrize(("value", "truth"), VALUES, ids=[truth for _, truth in VALUES])
def test_value(vm: VM, value: Any, truth: str) -> None:
    assert vm.eval("x => " + truth)(value) is True


def test_cause_of_an_exception(vm: VM) -> None:
    error = ValueError("outer")
    error.__cause__ = KeyError("inner")
    assert vm.eval("e => e.cause.name + e.cause.message")(error) == "KeyError'inner'"


def test_cycle(vm: VM) -> None:
    value: dict[str, Any] = {"list": []}
    value["list"].append(value)
    assert vm.eval("x => x.list[0] === x")(value) is True


def test_shared_list_is_one_array(vm: VM) -> None:
    shared: list[int] = []
    assert vm.eval("x => x.a === x.b")({"a": shared, "b": shared}) is True


def test_arguments_share_too(vm: VM) -> None:
    shared: list[int] = []
    assert vm.eval("(a, b) => a === b")(shared, shared) is True


def test_nesting_beyond_the_bound_is_refused(vm: VM) -> None:
    value: list[Any] = []
    for _ in range(600):
        value = [value]
    with pytest.raises(ConversionError, match="nest more than 512 deep"):
        vm.eval("x => 1")(value)


REFUSED: list[tuple[Any, str, str]] = [
    (object(), "$", "A Python object has no counterpart in JavaScript"),
    ({"items": [0, {"when": Decimal(1)}]}, "$.items[1].when", r"Pass str\(value\) or float\(value\)"),
    ({"a b": object()}, "$['a b']", "no counterpart"),
    ({(1, 2): 1}, "$", r"The key \(1, 2\) cannot name a property"),
    (1j, "$", "real and imag"),
    ((number for number in ()), "$", r"Pass list\(value\)"),
    (re.compile("(?x) a"), "$", "VERBOSE"),
    (re.compile(b"a"), "$", "bytes"),
    (numpy.zeros((2, 2)), "$", "one dimension, not 2"),
    (JSMap({"k": object()}), "$<value 0>", "no counterpart"),
]


@pytest.mark.parametrize(("value", "path", "text"), REFUSED, ids=[text for _, _, text in REFUSED])
def test_refusal_names_path_and_remedy(vm: VM, value: Any, path: str, text: str) -> None:
    with pytest.raises(ConversionError, match=text) as caught:
        vm.globals["x"] = value
    assert caught.value.path == path


def test_refused_value_leaves_nothing_lent(vm: VM) -> None:
    with pytest.raises(ConversionError):
        vm.globals["x"] = [lambda: 1, ValueError("lent"), object()]
    assert vm.statistics().lent_functions == 0


# ---- identity ----


def test_handle_comes_back_as_its_value(vm: VM) -> None:
    handle = vm.eval("var instance = new (class A {})(); instance")
    assert type(handle) is Handle
    assert vm.eval("x => x === instance")(handle) is True


def test_function_comes_back_as_itself(vm: VM) -> None:
    function = vm.eval("var f = () => 1; f")
    assert vm.eval("x => x === f")(function) is True


def test_promise_comes_back_as_itself(vm: VM) -> None:
    promise = vm.eval("var p = Promise.resolve(); p")
    assert vm.eval("x => x === p")(promise) is True


def test_js_error_comes_back_as_itself(vm: VM) -> None:
    error = vm.eval("var e = new Error('x'); e")
    assert vm.eval("x => x === e")(error) is True


def test_python_function_comes_back_as_itself(vm: VM) -> None:
    def function() -> None: ...

    assert vm.eval("x => x")(function) is function


def test_python_function_is_one_function_in_javascript(vm: VM) -> None:
    function = lambda: None  # noqa: E731
    vm.globals["first"] = function
    assert vm.eval("x => x === first")(function) is True


def test_python_exception_comes_back_as_itself(vm: VM) -> None:
    error = ValueError("x")
    assert vm.eval("x => [x]")(error)[0] is error


def test_values_are_copies(vm: VM) -> None:
    value = [1]
    vm.eval("x => { x.push(2) }")(value)
    assert value == [1]
