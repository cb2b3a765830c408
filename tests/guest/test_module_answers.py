"""Imports that are answered by hand: pending calls whose answer is a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, ImportMap, JSError, Module, PendingCall, StillPending

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]


async def by_hand(name: str, importer: str | None) -> str:
    """A loader that nobody asks, for no event loop runs: its imports are left pending."""
    raise AssertionError


def waiting(vm: VM, name: str) -> PendingCall:
    """The import that the module waits for."""
    with pytest.raises(StillPending):
        vm.import_module(name)
    (call,) = vm.pending
    return call


def test_the_call_says_what_is_imported_and_by_whom(make_vm: MakeVM) -> None:
    vm = make_vm(modules=[{"lib/m.js": "export { default } from './d.json' with { type: 'json' }"}, by_hand])
    call = waiting(vm, "lib/m.js")
    assert (call.name, call.args) == ("<import>", ("./d.json", "lib/m.js", {"type": "json"}, "lib/d.json"))
    call.resolve("[1]")
    assert vm.import_module("lib/m.js")["default"] == [1]


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("export default 'ü'", "ü"),
        ("export default 'ü'".encode(), "ü"),
        (Module("export default import.meta.url", url="https://host/m"), "https://host/m"),
        (Module("[1]", "json"), [1]),
        (Module(b"\xff", "bytes"), b"\xff"),
        (Module("module.exports = 4", "cjs"), 4),
    ],
)
def test_answers(make_vm: MakeVM, answer: Any, value: Any) -> None:
    vm = make_vm(modules=by_hand)
    waiting(vm, "m").resolve(answer)
    assert vm.import_module("m")["default"] == value


@pytest.mark.parametrize("wrong", [5, None, ["x"], bytearray(b"x")])
def test_a_wrong_answer_is_refused_and_the_call_stays(make_vm: MakeVM, wrong: Any) -> None:
    vm = make_vm(modules=by_hand)
    call = waiting(vm, "m")
    with pytest.raises(TypeError, match=r"the source of module 'm' is str, bytes or a snapjs\.Module, not "):
        call.resolve(wrong)
    assert vm.pending == [call]
    call.resolve("export default 1")
    assert vm.import_module("m")["default"] == 1


def test_bytes_that_are_no_text_are_refused_and_the_call_stays(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    call = waiting(vm, "m")
    with pytest.raises(ValueError, match="the source of module 'm' is not UTF-8"):
        call.resolve(b"\xff")
    assert vm.pending == [call]
    call.reject("never mind")


def test_a_rejection_is_the_error_of_whoever_imports(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    error = PermissionError("no")
    promise = vm.eval("import('m').catch(e => e.name)")
    vm.pending[0].reject(error)
    assert promise.result == "PermissionError"


def test_what_was_rejected_is_asked_for_again(make_vm: MakeVM) -> None:
    vm = make_vm(modules=[{"m": "export { default } from 'd'"}, by_hand])
    first = waiting(vm, "m")
    first.reject(ValueError("no"))
    second = waiting(vm, "m")
    assert second.id != first.id
    second.resolve("export default 1")
    assert vm.import_module("m")["default"] == 1


def test_a_source_that_does_not_parse_is_an_answer(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    promise = vm.eval("import('m').catch(e => e.name)")
    vm.pending[0].resolve("let = ;")
    assert promise.result == "SyntaxError"
    assert vm.pending == []


def test_an_import_is_answered_once(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    call = waiting(vm, "m")
    call.resolve("")
    with pytest.raises(KeyError, match="there is no pending call 1"):
        call.resolve("")


def test_a_graph_is_answered_one_by_one(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    waiting(vm, "lib/a.js").resolve("import b from './b.js'; import c from './c.js'; export default [b, c]")
    assert [call.args[:2] for call in vm.pending] == [("./b.js", "lib/a.js"), ("./c.js", "lib/a.js")]
    for value, call in enumerate(vm.pending):
        call.resolve(f"export default {value}")
    assert vm.import_module("lib/a.js")["default"] == [0, 1]


def test_the_same_import_twice_is_one_call(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    promise = vm.eval("Promise.all([import('m'), import('./m')]).then(([a, b]) => a === b)")
    (call,) = vm.pending
    call.resolve("")
    assert promise.result is True


def test_an_import_without_attributes_or_importer(make_vm: MakeVM) -> None:
    call = waiting(make_vm(modules=by_hand), "m")
    assert call.args == ("m", None, None, "m")
    call.reject("never mind")


def test_an_import_that_a_map_has_renamed(make_vm: MakeVM) -> None:
    vm = make_vm(modules=[ImportMap({"a": "real/a.js"}), by_hand])
    waiting(vm, "a").resolve("export default import.meta.url")
    assert vm.import_module("a")["default"] == "real/a.js"


def test_an_answer_while_javascript_runs(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    vm.expose("answer", lambda: vm.pending[0].resolve("export default 1"))
    vm.eval("globalThis.found = import('m').then(ns => ns.default); 0")
    assert vm.eval("answer(); found").result == 1


def test_a_module_that_throws_is_an_answer(make_vm: MakeVM) -> None:
    vm = make_vm(modules=by_hand)
    waiting(vm, "m").resolve("throw new RangeError('at load')")
    with pytest.raises(JSError, match="RangeError: at load"):
        vm.import_module("m")
