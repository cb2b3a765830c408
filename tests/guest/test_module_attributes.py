"""What modules learn of themselves and say of their imports: ``import.meta``, import attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, ImportMap, JSError, Module, ModuleNotFound

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]


# ---- import.meta


def test_url_is_the_name_or_what_the_loader_says(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a": "export default import.meta.url",
            "b": Module("export * from 'c'; export default import.meta.url", url="https://host/b.js"),
            "c": "",
        }
    )
    assert vm.import_module("a")["default"] == "a"
    assert vm.import_module("b")["default"] == "https://host/b.js"


def resolved(make_vm: MakeVM, specifier: str, modules: Any) -> Any:
    """What ``import.meta.resolve`` gives in `lib/a.js`."""
    source = f"export default import.meta.resolve({specifier!r})"
    return make_vm(modules=[{"lib/a.js": source}, modules]).import_module("lib/a.js")["default"]


def test_resolve(make_vm: MakeVM) -> None:
    assert resolved(make_vm, "./b.js", {"lib/b.js": ""}) == "lib/b.js"
    assert resolved(make_vm, "b", {"b": ""}) == "b"


def test_resolve_gives_the_url_of_the_module(make_vm: MakeVM) -> None:
    assert resolved(make_vm, "b", {"b": Module("", url="https://host/b.js")}) == "https://host/b.js"


def test_resolve_goes_through_import_maps(make_vm: MakeVM) -> None:
    modules = [{"lib/a.js": "export default import.meta.resolve('b')"}, ImportMap({"b": "c"}), {"c": ""}]
    assert make_vm(modules=modules).import_module("lib/a.js")["default"] == "c"


def test_resolve_loads_nothing(make_vm: MakeVM) -> None:
    def load(name: str, importer: str | None) -> str:
        raise AssertionError

    assert resolved(make_vm, "./b.js", load) == "lib/b.js"


@pytest.mark.abandons("a module that threw keeps what it threw")
def test_resolve_of_a_missing_bare_name_throws_as_in_node(make_vm: MakeVM) -> None:
    with pytest.raises(ModuleNotFound, match=r"There is no module 'nope', imported by lib/a\.js"):
        resolved(make_vm, "nope", {})


def test_resolve_of_a_missing_relative_name_does_not_look_there_as_in_node(make_vm: MakeVM) -> None:
    assert resolved(make_vm, "../nope.js", {}) == "nope.js"


# ---- attributes


def test_with_and_without_attributes_are_two_modules(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m": "import a from './d.json'; import b from './d.json' with { type: 'json' };"
            "import c from './d.json' with { type: 'json' }; import d from './d.json' with { type: 'text' };"
            "export default [a === b, b === c, d]",
            "d.json": "{}",
        }
    )
    assert vm.import_module("m")["default"] == [False, True, "{}"]


def test_a_type_that_the_module_is_not_of(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "import 'd' with { type: 'json' }", "d": Module("", "text")})
    with pytest.raises(TypeError, match="'d' is imported with type 'json' and is of kind 'text'") as caught:
        vm.import_module("m")
    assert "while loading 'd', imported by m" in caught.value.__notes__


def test_an_unknown_type(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"d": ""})
    text = "TypeError: module 'd' is imported with type 'css'; the types are json, text, bytes"
    assert vm.eval("import('d', { with: { type: 'css' } }).catch(String)").result == text


@pytest.mark.parametrize("options", ["1", "{ with: 1 }", "{ with: { type: 1 } }", "{ with: { type: undefined } }"])
def test_attributes_that_are_none(make_vm: MakeVM, options: str) -> None:
    vm = make_vm(modules={"d": ""})
    assert vm.eval(f"import('d', {options}).catch(e => e.name)").result == "TypeError"


def test_the_same_attribute_twice(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "import 'd' with { type: 'json', 'type': 'json' }", "d": "1"})
    with pytest.raises(JSError, match="SyntaxError"):
        vm.import_module("m")


def test_a_mapping_finds_a_name_without_its_query(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "lib/m.js": "export { default as d } from './d.js'; export default import.meta.url",
            "lib/d.js": "export default 1",
        }
    )
    namespace = vm.import_module("lib/m.js?v=2/x")
    assert (namespace["default"], namespace["d"]) == ("lib/m.js?v=2/x", 1)
