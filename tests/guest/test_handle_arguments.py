"""Arguments of the wrong type: refused with a sentence that says what is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_handle_misuse import VM_USES

from snapjs import VM, JSError

TYPE_CHECKED = [
    "call_function", "construct", "unwrap_result", "VM.get_prop", "VM.set_prop", "VM.define_prop", "VM.typeof", "dump",
    "resolve_promise", "resolve_promise_async", "promise_then_raw", "promise_then_raw, fulfilled",
    "promise_then_raw, rejected", "mark_promise_handled", "export_handle",
]  # fmt: skip


@pytest.mark.parametrize("name", TYPE_CHECKED)
def test_what_is_no_handle(vm: VM, name: str) -> None:
    for value in (5, "text", {}, len, JSError("Error", "text")):
        with pytest.raises(
            TypeError, match=f"a Handle, Function or Promise is wanted here, not {type(value).__name__}"
        ):
            VM_USES[name](vm, value)


TEXTS: dict[str, tuple[Callable[[VM, Any], Any], str]] = {
    "new_string": (lambda vm, text: vm.new_string(text), "a string is a str, not"),
    "new_symbol_for": (lambda vm, text: vm.new_symbol_for(text), "the key of a symbol is a str, not"),
    "new_error": (lambda vm, text: vm.new_error(text), "the message of an error is a str, not"),
    "new_function": (lambda vm, text: vm.new_function(text, len), "the name of a host function is a str, not"),
    "register_host_callback": (lambda vm, text: vm.register_host_callback(text, len), "the name of a host function is a str, not"),
    "unregister_host_callback": (lambda vm, text: vm.unregister_host_callback(text), "the name of a host function is a str, not"),
    "eval_code": (lambda vm, text: vm.eval_code(text), "JavaScript source is a str, not"),
    "eval_code, filename": (lambda vm, text: vm.eval_code("1", text), "filename is a str, not"),
}  # fmt: skip


@pytest.mark.parametrize(("use", "text"), TEXTS.values(), ids=TEXTS)
def test_what_is_no_str(vm: VM, use: Callable[[VM, Any], Any], text: str) -> None:
    for value in (None, 5, b"bytes", ["text"]):
        with pytest.raises(TypeError, match=text):
            use(vm, value)


@pytest.mark.parametrize("value", [None, "1", True, [1], 1 + 2j], ids=repr)
def test_what_is_no_number(vm: VM, value: Any) -> None:
    with pytest.raises(TypeError, match="a number is int or float, not"):
        vm.new_number(value)


@pytest.mark.parametrize("value", [None, "1", True, 1.0], ids=repr)
def test_what_is_no_big_int(vm: VM, value: Any) -> None:
    with pytest.raises(TypeError, match="a BigInt is made of an int, not of"):
        vm.new_big_int(value)


@pytest.mark.parametrize(
    ("flags", "error"), [("x", TypeError), (None, TypeError), (True, TypeError), (2, ValueError), (1 << 20, ValueError)]
)
def test_what_are_no_flags(vm: VM, flags: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="flags"):
        vm.eval_code("1", "f.js", flags)
