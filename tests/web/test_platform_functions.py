"""Functions of the web platform look like the engine's own."""

from __future__ import annotations

import pytest

from snapjs import VM


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("AbortSignal", "AbortSignal"),
        ("File", "File"),
        ("AbortSignal.any", "any"),
        ("Event.prototype.preventDefault", "preventDefault"),
        ("Blob.prototype.text", "text"),
        ("Object.getOwnPropertyDescriptor(Event.prototype, 'type').get", "get type"),
        ("ReadableStream.prototype.getReader", "getReader"),
        ("URL", "URL"),
        ("reportError", "reportError"),
    ],
)
def test_their_source_is_not_shown(vm: VM, function: str, name: str) -> None:
    assert vm.eval(f"String({function})") == f"function {name}() {{\n    [native code]\n}}"


@pytest.mark.keeps("a realm that was closed goes later")
def test_nor_is_it_in_another_realm(vm: VM) -> None:
    with vm.new_realm(web={"events"}) as realm:
        assert realm.eval("String(AbortSignal.any)") == "function any() {\n    [native code]\n}"


def test_a_stack_tells_where_in_a_script(vm: VM) -> None:
    vm.eval("var stack; try { new Event() } catch (error) { ({ stack } = error) }")
    assert "at requireArguments (snapjs:web/webidl.js:" in vm.eval("stack")
