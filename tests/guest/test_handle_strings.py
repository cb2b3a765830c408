"""Strings and keys cross without loss: NUL, lone surrogates, and megabytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, Symbol

# Each as Python and as JavaScript writes it.
TEXTS: dict[str, tuple[str, str]] = {
    "empty": ("", "''"),
    "ASCII": ("plain", "'plain'"),
    "Latin-1": ("é\xff", "'\\u00e9\\u00ff'"),
    "NUL first": ("\0a", "'\\0a'"),
    "NUL inside": ("a\0b\0\0c", "'a\\0b\\0\\0c'"),
    "NUL last": ("a\0", "'a\\0'"),
    "NUL alone": ("\0", "'\\0'"),
    "BMP": ("\u20ac\ufeff\uffff", "'\\u20ac\\ufeff\\uffff'"),
    "astral": ("\U0001f600", "'\\ud83d\\ude00'"),
    "last code point": ("\U0010ffff", "'\\udbff\\udfff'"),
    "lone high": ("\ud800", "'\\ud800'"),
    "lone low": ("\udc00", "'\\udc00'"),
    "lone in text": ("a\ud83db", "'a\\ud83db'"),
    "reversed pair": ("\udc00\ud800", "'\\udc00\\ud800'"),
    "lone and NUL": ("\ud800\0\udfff", "'\\ud800\\0\\udfff'"),
    "pair and lone": ("\U0001f600\ud83d", "'\\ud83d\\ude00\\ud83d'"),
    "newlines": ("\r\n\u2028\u2029", "'\\r\\n\\u2028\\u2029'"),
}

# What must hold of each text.

Check = Callable[[VM, str, str], bool]


def is_made(vm: VM, text: str, code: str) -> bool:
    with vm.new_string(text) as handle:
        return vm.eval(f"value => value === {code} && value.length === {code}.length")(handle) is True


def is_read(vm: VM, text: str, code: str) -> bool:
    return vm.eval_handle(code).to_string() == text


def is_converted(vm: VM, text: str, code: str) -> bool:
    return bool(vm.dump(vm.eval_handle(f"[{code}, {{ [{code}]: {code} }}]")) == [text, {text: text}])


def is_a_key(vm: VM, text: str, code: str) -> bool:
    object = vm.new_object()
    object.set_prop(text, 1)
    return object.get_prop(text).to_number() == 1 and vm.eval(f"o => Object.hasOwn(o, {code})")(object) is True


def is_a_key_to_be_looked_at(vm: VM, text: str, code: str) -> bool:
    object = vm.eval_handle(f"({{ [{code}]: 5 }})")
    assert object.keys() == object.get_own_property_names() == object.get_own_property_keys() == [text]
    descriptor = object.get_own_property_descriptor(text)
    assert descriptor is not None and descriptor.value is not None
    return object.has_own_property(text) and object.property_is_enumerable(text) and descriptor.value.to_number() == 5


def is_a_key_to_be_defined(vm: VM, text: str, code: str) -> bool:
    object = vm.new_object()
    object.define_prop(text, text)
    return vm.eval(f"object => object[{code}] === {code}")(object) is True


def is_the_key_of_a_symbol(vm: VM, text: str, code: str) -> bool:
    with vm.new_symbol_for(text) as symbol:
        is_same = vm.eval(f"value => value === Symbol.for({code})")(symbol)
        return is_same is True and symbol.to_python() == Symbol(text)


def is_the_message_of_an_error(vm: VM, text: str, code: str) -> bool:
    with vm.new_error(text) as error:
        return vm.eval(f"error => error.message === {code}")(error) is True


def is_an_argument_and_a_result(vm: VM, text: str, code: str) -> bool:
    seen: list[str] = []
    with vm.new_ephemeral_function(lambda this, value: seen.append(value.to_string()) or value.to_string()) as echo:
        return vm.call_function(echo, None, text).to_string() == text and seen == [text]


CHECKS: list[Check] = [
    is_made, is_read, is_converted, is_a_key, is_a_key_to_be_looked_at, is_a_key_to_be_defined,
    is_the_key_of_a_symbol, is_the_message_of_an_error, is_an_argument_and_a_result,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_text_is_kept(vm: VM, check: Check) -> None:
    assert {name: check(vm, text, code) for name, (text, code) in TEXTS.items()} == dict.fromkeys(TEXTS, True)


def test_prefixes_are_different_keys(vm: VM) -> None:
    object = vm.new_object()
    for index, key in enumerate(["a", "a\0", "a\0b", "a\0c"]):
        object.set_prop(key, index)
    assert object.to_python() == {"a": 0, "a\0": 1, "a\0b": 2, "a\0c": 3}


def test_lone_surrogates_are_different_keys(vm: VM) -> None:
    object = vm.new_object()
    for key in ["\ud800", "\ud801", "\ufffd"]:
        object.set_prop(key, key)
    assert object.keys() == ["\ud800", "\ud801", "\ufffd"]


@pytest.mark.parametrize("unit", ["x", "é", "\u20ac", "\U0001f600", "\ud800123456789"])
def test_a_megabyte(vm: VM, unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    with vm.new_string(text) as handle:
        assert handle.length == len(text.encode("utf-16-le", "surrogatepass")) // 2
        assert handle.to_string() == text


def test_a_megabyte_as_a_key(vm: VM) -> None:
    key = "k" * 1_000_000
    object = vm.new_object()
    object.set_prop(key, 1)
    assert object.keys() == [key]
    assert object.has_own_property(key)


def test_rope(vm: VM) -> None:
    handle = vm.eval_handle("let s = '', i = 0; while (i < 20000) s += i++ % 10; s")
    assert handle.to_string() == "0123456789" * 2000


def test_name_of_a_host_function(vm: VM) -> None:
    with vm.new_function("na\u00efve \U0001f600", lambda this: None) as function:
        assert function.get_prop("name").to_string() == "na\u00efve \U0001f600"


@pytest.mark.parametrize("name", ["", "a.b", " ", "constructor", "a\0b", "\ud800"])
def test_any_name_binds(vm: VM, name: str) -> None:
    with vm.new_function(name, lambda this: 5) as function:
        assert vm.call_function(function).to_number() == 5
    assert vm.unregister_host_callback(name) is True
