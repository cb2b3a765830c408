"""Arguments as they come from JavaScript, held against types."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from snapjs import VM
from snapjs._sandbox.signatures import signature_of
from snapjs._sandbox.types.signature import Refused, Signature
from snapjs.values import BigInt, JSMap


def takes_anything(*values: Any) -> None: ...


class Probe:
    """A host function that converts its arguments, and remembers what it got or why it got none."""

    def __init__(self, types: str) -> None:
        self._signature: Signature = signature_of(takes_anything, types, "probe")
        self.outcome: Any = None

    def __call__(self, *arguments: Any) -> None:
        try:
            self.outcome = self._signature.convert(arguments)[0]
        except Refused as refused:
            self.outcome = str(refused)


def outcome(vm: VM, types: str, arguments: str) -> Any:
    probe = Probe(types)
    vm.expose("probe", probe)
    vm.eval(f"probe({arguments}); delete globalThis.probe; 0")
    result, probe.outcome = probe.outcome, None  # or the VM would keep it
    return result


@pytest.mark.parametrize(
    ("types", "argument", "expected"),
    [
        ("number", "1", 1),
        ("number", "1.5", 1.5),
        ("bigint", "5n", BigInt(5)),
        ("string", "'a'", "a"),
        ("{ a: number; b?: string }", "{ a: 1, b: undefined, c: 2 }", {"a": 1}),
        ("{ a: number }", "Object.assign(Object.create(null), { a: 1 })", {"a": 1}),
        ("{ __proto__: number }", "JSON.parse('{\"__proto__\": 1}')", {"__proto__": 1}),
        ("number[]", "[1, 2]", [1, 2]),
        ("(number | undefined)[]", "[1, , 2]", [1, None, 2]),
        ("[number, string]", "[1, 'a']", (1, "a")),
        ("Map<string, number>", "new Map([['a', 1]])", JSMap(a=1)),
        ("Map<{ a: number }, string>", "new Map([[{ a: 1 }, 'x']])", [({"a": 1}, "x")]),
        ("Set<string>", "new Set(['a'])", {"a"}),
        ("Set<number[]>", "new Set([[1]])", [[1]]),
        ("Date", "new Date(0)", datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)),
        ("Uint8Array", "new Uint8Array([1, 2])", b"\1\2"),
        ("ArrayBuffer", "new ArrayBuffer(2)", b"\0\0"),
        ("'a' | 1", "1", 1),
        ("null", "undefined", None),
    ],
)
def test_value_that_fits(vm: VM, types: str, argument: str, expected: Any) -> None:
    assert outcome(vm, f"(value: {types}) => void", argument) == (expected,)


@pytest.mark.parametrize(
    ("types", "argument", "message"),
    [
        ("number", "'1'", "value must be a number, not a string"),
        ("number", "new Number(1)", "value must be a number, not an instance of a class"),
        ("number", "{ valueOf() { return 1 } }", "value must be a number, not an object"),
        ("number", "5n", "value must be a number, not a bigint"),
        ("string", "Symbol.for('a')", "value must be a string, not a symbol"),
        ("string", "Symbol('a')", "value must be a string, not a symbol"),
        ("string", "/a/", "value must be a string, not a RegExp"),
        ("string", "new Error('a')", "value must be a string, not an Error"),
        ("string", "Promise.resolve()", "value must be a string, not a promise"),
        ("string", "new Float64Array(1)", "value must be a string, not a typed array"),
        ("{ a: number }", "new class { a = 1 }", "value must be an object, not an instance of a class"),
        ("{ a: number }", "Object.create({ a: 1 })", "value must be an object, not an instance of a class"),
        ("{ a: number }", "new Map([['a', 1]])", "value must be an object, not a Map"),
        ("number[]", "{ length: 1, 0: 1 }", "value must be an array, not an object"),
        ("number[]", "[1, , 2]", "value[1] must be a number, not undefined"),
        ("Uint8Array", "new Uint16Array(2)", "value must be a Uint8Array, not a typed array"),
        ("Record<string, number>", "{ a: 1, get b() { return 'x' } }", "value.b must be a number, not a string"),
    ],
)
def test_value_that_does_not_fit(vm: VM, types: str, argument: str, message: str) -> None:
    assert outcome(vm, f"(value: {types}) => void", argument) == message


def test_function_is_called_back(vm: VM) -> None:
    (function,) = outcome(vm, "(value: (x: number) => number) => void", "x => x + 1")
    assert function(1) == 2


def test_symbol_in_no_registry_is_a_handle(vm: VM) -> None:
    (symbol,) = outcome(vm, "(value: symbol) => void", "Symbol('a')")
    assert symbol.is_symbol
    symbol.dispose()


def test_value_that_holds_itself(vm: VM) -> None:
    types = "interface Tree { self: Tree }\n(tree: Tree) => void"
    assert outcome(vm, types, "(() => { const tree = {}; tree.self = tree; return tree })()") == (
        "tree.self must not contain itself"
    )
