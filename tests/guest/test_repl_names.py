"""What names `snapjs repl` completes, and that nothing of the program runs for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM
from snapjs.cli._repl_names import completions

MakeVM = Callable[..., VM]

SETUP = """
var counted = 0
var object = { first: 1, second: { inner: { deep: 1 } }, get computed() { counted++; return { hidden: 1 } } }
var trapped = new Proxy({ visible: 1 }, new Proxy({}, { get() { counted++ } }))
var child = Object.create(trapped, { own: { value: 1 } })
var array = ["a"]
var bytes = new Uint8Array(5e7)
var sparse = []; sparse.length = 4e9; sparse.named = 1
var text = "text"
var $dollar = { "not a name": 1, name: 2, 0: 3 }
var Parent = class Parent { inherited() {} }
var Child = class Child extends Parent { own() {} }
var instance = new Child()
"""


@pytest.fixture
def vm(make_vm: MakeVM) -> VM:
    vm = make_vm()
    vm.eval(SETUP)
    return vm


@pytest.mark.parametrize(
    ("text", "begun", "names"),
    [
        ("object.fi", "fi", ["first"]),
        ("object.second.", "", None),
        ("object.second.inner.de", "de", ["deep"]),
        ("object?.second?.inn", "inn", ["inner"]),
        ("1 + object . fi", "fi", ["first"]),
        ("f(object.fi", "fi", ["first"]),
        ("obj", "obj", ["object"]),
        ("$dol", "$dol", ["$dollar"]),
        ("$dollar.n", "n", ["name"]),
        ("$dollar.", "", None),
        ("JSON.", "", ["parse", "stringify"]),
        ("this.obj", "obj", ["object"]),
        ("globalThis.obj", "obj", ["object"]),
        ("array.flatM", "flatM", ["flatMap"]),
        ("text.padS", "padS", ["padStart"]),
        ("counted.toF", "toF", ["toFixed"]),
        ("bytes.subar", "subar", ["subarray"]),
        ("sparse.flatM", "flatM", ["flatMap"]),
        ("instance.", "", ["inherited", "own"]),
        ("funct", "funct", ["function"]),
        ("insta", "insta", ["instance", "instanceof"]),
        ("nothing.", "", []),
        ("object.nothing.", "", []),
        ("", "", []),
        ("1 + ", "", []),
        ("12", "", []),
        ("f().fi", "", []),
        ("array[0].fi", "", []),
        ("'text'.pad", "", []),
    ],
)
def test_completions(vm: VM, text: str, begun: str, names: list[str] | None) -> None:
    found = completions(vm, text)
    if names is None:
        assert found[0] == begun and {"inner", "name"} & set(found[1])
    else:
        assert found[0] == begun
        assert [name for name in found[1] if name not in dir_of_objects(vm)] == names


def dir_of_objects(vm: VM) -> set[str]:
    return set(vm.eval("Object.getOwnPropertyNames(Object.prototype)")) | {"rawJSON", "isRawJSON"}


@pytest.mark.parametrize(
    "text", ["object.computed.", "trapped.", "trapped.vis", "child.", "object.comp", "trapped.a.b"]
)
def test_no_code_runs(vm: VM, text: str) -> None:
    completions(vm, text)
    assert vm.eval("counted") == 0


def test_a_getter_has_no_names_behind_it(vm: VM) -> None:
    assert completions(vm, "object.computed.") == ("", [])


def test_a_proxy_has_no_names(vm: VM) -> None:
    assert completions(vm, "trapped.") == ("", [])


def test_what_is_before_a_proxy_has_names(vm: VM) -> None:
    assert completions(vm, "child.") == ("", ["own"])


@pytest.mark.keeps
def test_a_replaced_string_prototype_is_looked_at_and_not_asked(vm: VM) -> None:
    vm.eval("String = new Proxy(String, { get() { counted++ } })")
    assert completions(vm, "text.") == ("", [])
    assert vm.eval("counted") == 0
