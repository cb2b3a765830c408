"""Properties through handles: read, written and defined; what runs and what does not, and who refuses."""

from __future__ import annotations

from typing import Any

import pytest

from snapjs import VM, ConversionError, Handle, JSError

# ---- reading and writing


def test_get_prop(vm: VM) -> None:
    object = vm.eval_handle("({ a: 1, get b() { return this.a + 1 } })")
    assert [object.get_prop(key).to_python() for key in ("a", "b")] == [1, 2]
    assert vm.get_prop(object, "a").to_number() == 1


def test_get_prop_of_the_prototype(vm: VM) -> None:
    assert vm.eval_handle("[]").get_prop("push").class_name == "Function"


def test_get_prop_that_is_not_there_is_undefined(vm: VM) -> None:
    assert vm.new_object().get_prop("nothing").is_undefined


def test_get_prop_of_a_primitive(vm: VM) -> None:
    assert vm.new_string("abc").get_prop("length").to_number() == 3
    assert vm.new_string("abc").get_prop(1).to_string() == "b"


@pytest.mark.parametrize("name", ["undefined", "null"])
def test_get_prop_of_nothing(vm: VM, name: str) -> None:
    with pytest.raises(JSError, match=f"TypeError: .* of {name}"):
        getattr(vm, name).get_prop("a")


def test_get_prop_runs_traps(vm: VM) -> None:
    assert (
        vm.eval_handle("new Proxy({}, { get: (target, key) => 'trapped ' + key })").get_prop("k").to_string()
        == "trapped k"
    )


def test_getter_that_throws(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError: no"):
        vm.eval_handle("({ get a() { throw new RangeError('no') } })").get_prop("a")


VALUES: dict[str, tuple[Any, str]] = {
    "int": (5, "v === 5"),
    "None": (None, "v === null"),
    "list": ([1, 2], "v.length === 2"),
    "bytes": (b"ab", "v instanceof Uint8Array"),
    "callable": (lambda n: n + 1, "v(1) === 2"),
}


def test_key_error_behind_a_getter_is_not_an_absent_property(vm: VM) -> None:
    def fail() -> None:
        raise KeyError("from the host")

    vm.expose("fail", fail)
    with vm.eval_handle("({ get x() { return fail() } })") as handle, pytest.raises(KeyError, match="from the host"):
        handle.get_prop("x")


@pytest.mark.parametrize(("value", "is_right"), VALUES.values(), ids=VALUES)
def test_set_prop_converts(vm: VM, value: Any, is_right: str) -> None:
    for write in (Handle.set_prop, vm.set_prop):
        object = vm.new_object()
        write(object, "a", value)
        assert vm.eval(f"({{ a: v }}) => {is_right}")(object) is True


def test_set_prop_with_handles(vm: VM) -> None:
    object, value = vm.new_object(), vm.new_object()
    object.set_prop("value", value)
    object.set_prop("list", [value])
    object.set_prop("function", vm.eval("() => 1"))
    assert vm.eval("o => o.value === o.list[0] && o.function() === 1")(object) is True


def test_set_prop_runs_setters(vm: VM) -> None:
    object = vm.eval_handle("({ set a(value) { this.seen = value } })")
    object.set_prop("a", 5)
    assert object.get_prop("seen").to_number() == 5


REFUSING = {
    "frozen": "Object.freeze({ a: 1 })",
    "read-only": "Object.defineProperty({}, 'a', { value: 1 })",
    "without a setter": "({ get a() { return 1 } })",
    "not extensible": "Object.preventExtensions({})",
    "undefined": "undefined",
    "null": "null",
    "a proxy": "new Proxy({}, { set: () => false })",
}


@pytest.mark.parametrize("code", REFUSING.values(), ids=REFUSING)
def test_set_prop_that_is_refused(vm: VM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.eval_handle(code).set_prop("a", 2)


def test_set_prop_of_what_does_not_convert(vm: VM) -> None:
    object_ = vm.new_object()
    with pytest.raises(ConversionError) as caught:
        object_.set_prop("a", {"deep": [object()]})
    assert caught.value.path == "$.deep[0]"
    assert object_.keys() == []


# ---- defining

FLAGS = [(w, e, c) for w in (False, True) for e in (False, True) for c in (False, True)]


@pytest.mark.parametrize(("writable", "enumerable", "configurable"), FLAGS)
def test_define_prop_sets_every_flag(vm: VM, writable: bool, enumerable: bool, configurable: bool) -> None:
    object = vm.new_object()
    object.define_prop("a", 5, writable=writable, enumerable=enumerable, configurable=configurable)
    shown = vm.eval(
        "o => { const d = Object.getOwnPropertyDescriptor(o, 'a'); return [d.value, d.writable, d.enumerable, d.configurable] }"
    )
    assert shown(object) == [5, writable, enumerable, configurable]


def test_define_prop_without_a_value(vm: VM) -> None:
    object = vm.new_object()
    vm.define_prop(object, "a")
    vm.define_prop(object, "b", None, enumerable=True)
    assert (object.get_prop("a").typeof, object.get_prop("b").is_null) == ("undefined", True)
    assert object.keys() == ["b"]


def test_define_prop_of_an_accessor(vm: VM) -> None:
    object = vm.eval_handle("({ hidden: 1 })")
    vm.define_prop(
        object, "a", get=vm.eval_handle("(function () { return this.hidden })"),
        set=vm.eval("(function (value) { this.hidden = value })"), enumerable=True, configurable=True,
    )  # fmt: skip
    assert vm.eval("o => { o.a += 10; return [o.a, o.hidden] }")(object) == [11, 11]
    assert object.property_is_enumerable("a")


def test_half_an_accessor(vm: VM) -> None:
    object = vm.new_object()
    object.define_prop("read", get=lambda: 5)
    object.define_prop("write", set=vm.eval("() => {}"))
    object.define_prop("none", get=None)
    read, write, none = (object.get_own_property_descriptor(key) for key in ("read", "write", "none"))
    assert read is not None and read.get is not None and read.set is not None
    assert (read.get.typeof, read.set.typeof) == ("function", "undefined")
    assert write is not None and write.get is not None and write.set is not None
    assert (write.get.typeof, write.set.typeof) == ("undefined", "function")
    assert none is not None and none.get is not None
    assert none.get.is_undefined
    assert object.get_prop("read").to_number() == 5


def test_define_prop_keeps_the_other_half(vm: VM) -> None:
    object = vm.new_object()
    object.define_prop("a", get=vm.eval("() => 1"), configurable=True)
    object.define_prop("a", set=vm.eval("() => {}"), configurable=True)
    assert object.get_prop("a").to_number() == 1


@pytest.mark.parametrize("more", [{"value": 1}, {"value": None}, {"writable": True}])
@pytest.mark.parametrize("accessor", ["get", "set"])
def test_value_and_accessor_exclude_each_other(vm: VM, more: dict[str, Any], accessor: str) -> None:
    with pytest.raises(ValueError, match="either a value, which may be writable, or get and set"):
        vm.new_object().define_prop("a", **{accessor: vm.eval("() => 1")}, **more)


@pytest.mark.parametrize("accessor", ["get", "set"])
@pytest.mark.parametrize("value", [5, "text", {}])
def test_accessor_that_is_no_function(vm: VM, accessor: str, value: Any) -> None:
    with pytest.raises(JSError, match="a getter or setter is a function"):
        vm.new_object().define_prop("a", **{accessor: value})


@pytest.mark.parametrize(
    "code",
    [
        "Object.freeze({})",
        "Object.defineProperty({}, 'a', { value: 1 })",
        "5",
        "undefined",
        "new Proxy({}, { defineProperty: () => false })",
    ],
)
def test_define_prop_that_is_refused(vm: VM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        vm.eval_handle(code).define_prop("a", 2)


def test_define_prop_takes_only_what_a_descriptor_has(vm: VM) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'frozen'"):
        vm.define_prop(vm.new_object(), "a", 1, frozen=True)


def test_define_prop_of_what_does_not_convert(vm: VM) -> None:
    object_ = vm.new_object()
    with pytest.raises(ConversionError) as caught:
        object_.define_prop("a", {"deep": [object()]})
    assert caught.value.path == "$.deep[0]"
