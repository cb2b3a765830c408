"""Keys of properties: names, integers, symbols of every kind, handles; and what is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, Handle, Symbol, WrongVMError

MakeVM = Callable[..., VM]


def test_registered_symbols(vm: VM) -> None:
    object = vm.new_object()
    object.set_prop(Symbol("s"), 1)
    assert object.get_prop(Symbol("s")).to_number() == 1
    assert object.has_own_property(Symbol("s")) and object.property_is_enumerable(Symbol("s"))
    assert vm.eval("o => o[Symbol.for('s')]")(object) == 1
    with vm.new_symbol_for("s") as key:
        assert object.get_prop(key).to_number() == 1


def test_local_symbols(vm: VM) -> None:
    object, key = vm.new_object(), vm.eval_handle("globalThis.key = Symbol('local')")
    object.set_prop(key, 1)
    object.define_prop(vm.eval_handle("Symbol('local')"), 2)
    assert object.get_prop(key).to_number() == 1
    assert vm.eval("o => o[key]")(object) == 1
    assert len(object.get_own_property_keys()) == 2


def test_well_known_symbols(vm: VM) -> None:
    object = vm.new_object()
    object.define_prop(vm.eval_handle("Symbol.toStringTag"), "Mine")
    object.set_prop(vm.eval_handle("Symbol.iterator"), vm.eval_handle("(function* () { yield* [1, 2] })"))
    assert object.to_string() == "[object Mine]"
    assert vm.eval("o => [...o]")(object) == [1, 2]


INTEGERS: list[tuple[int, str]] = [
    (0, "0"),
    (1, "1"),
    (2**31 - 1, "2147483647"),
    (2**31, "2147483648"),
    (2**32 - 2, "4294967294"),
    (2**32 - 1, "4294967295"),
    (2**32, "4294967296"),
    (2**53 - 1, "9007199254740991"),
    (2**53 + 1, "9007199254740993"),
    (2**64, "18446744073709551616"),
    (10**30, "1000000000000000000000000000000"),
    (-1, "-1"),
    (-(2**31), "-2147483648"),
    (-(2**64), "-18446744073709551616"),
]


@pytest.mark.parametrize(("key", "name"), INTEGERS)
def test_integer_keys(vm: VM, key: int, name: str) -> None:
    object = vm.new_object()
    object.set_prop(key, "value")
    assert object.keys() == [name]
    assert object.get_prop(key).to_string() == object.get_prop(name).to_string() == "value"
    assert object.has_own_property(key) and object.has_own_property(name) and object.property_is_enumerable(key)
    object.define_prop(key, "defined")
    descriptor = object.get_own_property_descriptor(name)
    assert descriptor is not None and descriptor.value is not None
    assert descriptor.value.to_string() == "defined"


def test_indexes_of_an_array(vm: VM) -> None:
    array = vm.new_array()
    for index in range(3):
        array.set_prop(index, index * 10)
    array.set_prop(5, "last")
    assert array.length == 6
    assert array.keys() == ["0", "1", "2", "5"]
    assert vm.eval("a => a.join()")(array) == "0,10,20,,,last"


def test_negative_index_counts_from_nowhere(vm: VM) -> None:
    array = vm.eval_handle("[1, 2, 3]")
    assert array.get_prop(-1).is_undefined
    assert not array.has_own_property(-1)


def test_handles_of_primitives_as_keys(vm: VM) -> None:
    object = vm.eval_handle("({ a: 1, 5: 2, '1.5': 3, null: 4 })")
    keys = [vm.eval_handle(code) for code in ("'a'", "5", "1.5", "null")]
    assert [object.get_prop(key).to_number() for key in keys] == [1, 2, 3, 4]
    assert [object.has_own_property(key) for key in keys] == [True] * 4


def test_object_as_a_key_is_converted_where_code_may_run(vm: VM) -> None:
    object, key = vm.eval_handle("({ name: 5 })"), vm.eval_handle("({ toString: () => 'name' })")
    assert object.get_prop(key).to_number() == 5
    object.set_prop(key, 6)
    assert object.get_prop("name").to_number() == 6


@pytest.mark.parametrize(
    "look", [Handle.has_own_property, Handle.property_is_enumerable, Handle.get_own_property_descriptor]
)
def test_object_as_a_key_is_refused_where_no_code_may_run(vm: VM, look: Callable[[Handle, Handle], Any]) -> None:
    vm.eval("globalThis.ran = 0")
    key = vm.eval_handle("({ toString() { ran++; return 'a' } })")
    with pytest.raises(TypeError, match=r"an object has to run code to be a key. Pass what its to_string\(\) returns"):
        look(vm.eval_handle("({ a: 1 })"), key)
    assert vm.eval("ran") == 0


KEY_USERS: dict[str, Callable[[Handle, Any], Any]] = {
    "get_prop": lambda object, key: object.get_prop(key),
    "set_prop": lambda object, key: object.set_prop(key, 1),
    "define_prop": lambda object, key: object.define_prop(key, 1),
    "get_own_property_descriptor": lambda object, key: object.get_own_property_descriptor(key),
    "has_own_property": lambda object, key: object.has_own_property(key),
    "property_is_enumerable": lambda object, key: object.property_is_enumerable(key),
}


@pytest.mark.parametrize("use", KEY_USERS.values(), ids=KEY_USERS)
def test_what_is_no_key(vm: VM, use: Callable[[Handle, Any], Any]) -> None:
    for key in [
        True,
        False,
        1.5,
        None,
        b"a",
        ("a",),
        ["a"],
        object(),
        vm.eval("() => 1"),
        vm.eval("Promise.resolve()"),
    ]:
        text = f"the key of a property is str, int, a Symbol or a symbol's handle, not {type(key).__name__}"
        with pytest.raises(TypeError, match=text):
            use(vm.new_object(), key)


@pytest.mark.parametrize("use", KEY_USERS.values(), ids=KEY_USERS)
def test_symbol_of_another_vm_is_no_key(vm: VM, make_vm: MakeVM, use: Callable[[Handle, Any], Any]) -> None:
    foreign = make_vm().eval_handle("Symbol()")
    with pytest.raises(WrongVMError):
        use(vm.new_object(), foreign)
