"""ES modules from a mapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import snapjs
from snapjs import VM, ConversionError, JSError, ModuleNotFound, StillPending, TimeLimitError

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]


def test_import_module_returns_the_exports(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={"m": "export const a = 1, b = [2]; export default 'd'; export function add(x, y) { return x + y }"}
    )
    namespace = vm.import_module("m")
    assert namespace["a"] == 1
    assert namespace["b"] == [2]
    assert namespace["default"] == "d"
    assert namespace["add"](2, 3) == 5
    assert sorted(namespace) == ["a", "add", "b", "default"]
    assert len(namespace) == 4


def test_namespace_is_read_only(make_vm: MakeVM) -> None:
    namespace: Any = make_vm(modules={"m": "export let a = 1"}).import_module("m")
    with pytest.raises(TypeError):
        namespace["a"] = 2


def test_missing_export_is_a_key_error(make_vm: MakeVM) -> None:
    with pytest.raises(KeyError, match="nope"):
        make_vm(modules={"m": "export let a = 1"}).import_module("m")["nope"]


def test_source_may_be_bytes(make_vm: MakeVM) -> None:
    assert make_vm(modules={"m": "export const a = 'grüße'".encode()}).import_module("m")["a"] == "grüße"


def test_bindings_are_live(make_vm: MakeVM) -> None:
    namespace = make_vm(modules={"m": "export let n = 0; export const next = () => ++n"}).import_module("m")
    assert namespace["n"] == 0
    namespace["next"]()
    assert namespace["n"] == 1


def test_module_is_evaluated_once(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "globalThis.runs = (globalThis.runs ?? 0) + 1; export {}"})
    vm.import_module("m")
    vm.import_module("m")
    assert vm.globals["runs"] == 1


# importer, specifier, the name that is looked up
RESOLUTION = [
    ("main.js", "./dep.js", "dep.js"),
    ("lib/a.js", "./d.js", "lib/d.js"),
    ("lib/a.js", "../d.js", "d.js"),
    ("lib/deep/a.js", "../../d.js", "d.js"),
    ("lib/a.js", "./x/../d.js", "lib/d.js"),
    ("lib/a.js", "././d.js", "lib/d.js"),
    ("main.js", "lib/d.js", "lib/d.js"),
    ("main.js", "bare", "bare"),
    ("main.js", "@scope/name/sub.js", "@scope/name/sub.js"),
    ("main.js", "node:fs", "node:fs"),
    ("https://host/a/b.js", "../c.js", "https://host/c.js"),
    ("main.js", "../up.js", "../up.js"),
    ("lib/größe.js", "./🦀.js", "lib/🦀.js"),
]


@pytest.mark.parametrize(("importer", "specifier", "name"), RESOLUTION, ids=[f"{a} {b}" for a, b, _ in RESOLUTION])
def test_specifiers_are_joined_to_the_importer(make_vm: MakeVM, importer: str, specifier: str, name: str) -> None:
    sources = {importer: f"export {{ found }} from {specifier!r}", name: "export const found = import.meta.url"}
    vm = make_vm(modules=sources)
    assert vm.import_module(importer)["found"] == name


def test_entry_drops_a_leading_dot_slash(make_vm: MakeVM) -> None:
    assert make_vm(modules={"m.js": "export const a = 1"}).import_module("./m.js")["a"] == 1


def test_dynamic_import_resolves_against_its_module(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={"lib/a.js": "export const d = (await import('./d.js')).default", "lib/d.js": "export default 7"}
    )
    assert vm.import_module("lib/a.js")["d"] == 7


def test_script_imports_dynamically(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "export const a = 1"})
    assert vm.eval("import('m').then(ns => ns.a)").result == 1


def test_cyclic_imports(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a": "import { b } from 'b'; export const a = () => 'a'; export const both = () => a() + b()",
            "b": "import { a } from 'a'; export const b = () => 'b' + a()",
        }
    )
    assert vm.import_module("a")["both"]() == "aba"


def test_eval_module(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"lib/d.js": "export const d = 4"})
    namespace = vm.eval_module(
        "import { d } from './d.js'; export const twice = d * 2; export const url = import.meta.url", "lib/main.js"
    )
    assert namespace["twice"] == 8
    assert namespace["url"] == "lib/main.js"


def test_module_can_be_imported_after_eval_module(vm: VM) -> None:
    vm.eval_module("export const a = 1", "made")
    assert vm.import_module("made")["a"] == 1


def test_module_that_throws(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "throw new RangeError('at load')"})
    with pytest.raises(JSError, match="RangeError: at load"):
        vm.import_module("m")


def test_module_that_threw_throws_the_same_again(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "throw new RangeError('at load')"})
    for _ in range(2):
        with pytest.raises(JSError, match="RangeError: at load"):
            vm.import_module("m")


def test_syntax_error_names_the_module(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.js": "export const = 1"})
    with pytest.raises(JSError) as caught:
        vm.import_module("m.js")
    assert caught.value.name == "SyntaxError"
    assert "m.js:1" in (caught.value.stack or "")


def test_import_of_a_name_that_is_not_exported(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a": "import { nope } from 'b'", "b": "export const b = 1"})
    with pytest.raises(JSError, match="SyntaxError"):
        vm.import_module("a")


def test_missing_module(vm: VM) -> None:
    with pytest.raises(ModuleNotFound, match="There is no module 'nope'") as caught:
        vm.import_module("nope")
    assert caught.value.specifier == "nope"


def test_missing_import_of_a_module(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"lib/a.js": "import './nope.js'"})
    with pytest.raises(ModuleNotFound) as caught:
        vm.import_module("lib/a.js")
    assert caught.value.specifier == "lib/nope.js"


def test_missing_module_is_an_error_that_javascript_can_catch(vm: VM) -> None:
    assert vm.eval("import('nope').catch(e => [e.name, e.message])").result == [
        "ModuleNotFound",
        "There is no module 'nope', imported by <eval>. Give it to the VM with modules=.",
    ]


def test_module_that_was_missing_can_come_later(make_vm: MakeVM) -> None:
    modules: dict[str, str] = {}
    vm = make_vm(modules=modules)
    with pytest.raises(ModuleNotFound):
        vm.import_module("m")
    modules["m"] = "export const a = 1"
    assert vm.import_module("m")["a"] == 1


def test_loader_that_raises_is_the_error(make_vm: MakeVM) -> None:
    class Broken(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            raise PermissionError(name)

    with pytest.raises(PermissionError, match="secret"):
        make_vm(modules=Broken()).import_module("secret")


def test_source_that_is_no_text_is_a_type_error(make_vm: MakeVM) -> None:
    with pytest.raises(TypeError, match="the source of module 'm' is str, bytes or a"):
        make_vm(modules={"m": 5}).import_module("m")


def test_source_that_is_not_utf_8_names_the_module(make_vm: MakeVM) -> None:
    with pytest.raises(ValueError, match="the source of module 'm' is not UTF-8"):
        make_vm(modules={"m": b"\xff"}).import_module("m")


def test_top_level_await_that_settles(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "export const a = await Promise.resolve(3)"})
    assert vm.import_module("m")["a"] == 3


@pytest.mark.abandons("the call is never answered")
def test_top_level_await_on_an_unanswered_call(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"approve": snapjs.pending}, modules={"m": "export const a = await approve()"})
    with pytest.raises(StillPending, match=r"waits on approve \(call 1\)") as caught:
        vm.import_module("m")
    assert caught.value.calls == [(1, "approve")]


def test_import_after_the_call_was_answered(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"approve": snapjs.pending}, modules={"m": "export const a = await approve()"})
    with pytest.raises(StillPending):
        vm.import_module("m")
    vm.pending[0].resolve("yes")
    assert vm.import_module("m")["a"] == "yes"


def test_binding_before_its_initialisation_raises(make_vm: MakeVM) -> None:
    vm = make_vm(
        functions={"approve": snapjs.pending},
        modules={"m": "import * as self from 'm'; globalThis.self_ = self; await approve(); export const late = 1"},
    )
    with pytest.raises(StillPending):
        vm.import_module("m")
    with pytest.raises(JSError, match="ReferenceError"):
        vm.eval("self_.late")
    vm.pending[0].resolve()
    assert vm.import_module("m")["late"] == 1


def test_time_limit_stops_a_module(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "for (;;) {}", "ok": "export const a = 1"}, timeout=0.05)
    with pytest.raises(TimeLimitError):
        vm.import_module("m")
    assert vm.import_module("ok")["a"] == 1


def test_modules_option_is_checked() -> None:
    with pytest.raises(TypeError, match="modules takes a mapping"):
        VM(modules=5)  # type: ignore[arg-type]


def test_module_name_is_a_str(vm: VM) -> None:
    with pytest.raises(TypeError):
        vm.import_module(5)  # type: ignore[arg-type]


def test_a_module_that_is_thenable_has_no_namespace(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "export const then = resolve => resolve(5)"})
    with pytest.raises(ConversionError, match="Module 'm' exports a function 'then'"):
        vm.import_module("m")
