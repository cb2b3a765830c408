"""Loaders of modules as Python gives them: callables, lists, attributes, data, what goes wrong in them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, JSError, Module, ModuleNotFound

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]


# ---- callables


def test_a_callable_gets_the_name_and_the_importer(make_vm: MakeVM) -> None:
    asked: list[tuple[str, str | None]] = []

    def load(name: str, importer: str | None) -> str:
        asked.append((name, importer))
        return "import './b.js'" if name == "lib/a.js" else ""

    make_vm(modules=load).import_module("./lib/a.js")
    assert asked == [("lib/a.js", None), ("lib/b.js", "lib/a.js")]


def test_the_importer_of_a_script_is_its_filename(make_vm: MakeVM) -> None:
    asked: list[tuple[str, str | None]] = []

    def load(name: str, importer: str | None) -> str:
        asked.append((name, importer))
        return ""

    vm = make_vm(modules=load)
    vm.eval("import('./a.js'); 0", filename="app/main.js")
    assert asked == [("app/a.js", "app/main.js")]


class Folder:
    def __call__(self, name: str, importer: str | None) -> str:
        return f"export default {name!r}"

    def method(self, name: str, importer: str | None) -> str:
        return self(name, importer)

    @classmethod
    def of_class(cls, name: str, importer: str | None) -> str:
        return cls()(name, importer)

    @staticmethod
    def static(name: str, importer: str | None) -> str:
        return Folder()(name, importer)


def with_prefix(prefix: str, name: str, importer: str | None) -> str:
    return f"export default {prefix + name!r}"


CALLABLES = {
    "lambda": lambda name, importer: f"export default {name!r}",
    "positional only": lambda name, importer, /: f"export default {name!r}",
    "object": Folder(),
    "bound method": Folder().method,
    "class method": Folder.of_class,
    "static method": Folder.static,
    "partial": functools.partial(with_prefix, ""),
    "keywords": lambda name, importer, **options: f"export default {name!r}",
    "keyword default": lambda name, importer, *, encoding="utf-8": f"export default {name!r}",
    "built-in": {"m": "export default 'm'"}.get,
}


@pytest.mark.parametrize("load", CALLABLES.values(), ids=CALLABLES)
def test_kinds_of_callables(make_vm: MakeVM, load: Callable[..., Any]) -> None:
    assert make_vm(modules=load).import_module("m")["default"] == "m"


def third(name: str, importer: str | None, attributes: dict[str, str] | None = None) -> str:
    if importer is None:
        return "import a from 'a' with { type: 'json', cache: 'no' }; export { a }"
    assert attributes is not None
    return "[" + ",".join(f'"{key}={value}"' for key, value in attributes.items()) + "]"


class Third:
    def __call__(self, name: str, importer: str | None, attributes: dict[str, str], /) -> str:
        return third(name, importer, attributes)

    def method(self, name: str, importer: str | None, with_: dict[str, str]) -> str:
        return third(name, importer, with_)


THIRD = {
    "function": third,
    "object": Third(),
    "method": Third().method,
    "lambda": lambda *arguments: third(*arguments),
    "partial": functools.partial(lambda root, name, importer, attributes: third(name, importer, attributes), "root"),
}


@pytest.mark.parametrize("load", THIRD.values(), ids=THIRD)
def test_a_third_parameter_gets_the_attributes(make_vm: MakeVM, load: Callable[..., Any]) -> None:
    assert sorted(make_vm(modules=load).import_module("m")["a"]) == ["cache=no", "type=json"]


def test_an_import_without_attributes_has_an_empty_dict(make_vm: MakeVM) -> None:
    seen: list[Any] = []

    def load(name: str, importer: str | None, attributes: dict[str, str]) -> str:
        seen.append(attributes)
        return ""

    make_vm(modules=load).import_module("m")
    assert seen == [{}]


def test_the_attributes_of_a_dynamic_import(make_vm: MakeVM) -> None:
    vm = make_vm(modules=third)
    result = vm.eval("import('a', { with: { type: 'json', b: '1' } }).then(ns => ns.default)").result
    assert sorted(result) == ["b=1", "type=json"]


# ---- what loaders give


@pytest.mark.parametrize(
    "given",
    ["export default 'grüße'", "export default 'grüße'".encode(), b"\xef\xbb\xbfexport default 'gr\xc3\xbc\xc3\x9fe'",
     Module("export default 'grüße'"), Module("export default 'grüße'".encode())],
    ids=["str", "bytes", "bytes with a byte order mark", "Module", "Module of bytes"],
)  # fmt: skip
def test_sources(make_vm: MakeVM, given: Any) -> None:
    assert make_vm(modules=lambda name, importer: given).import_module("m")["default"] == "grüße"


@pytest.mark.parametrize(
    ("module", "value"),
    [
        (Module('{"a": [1, null]}', "json"), {"a": [1, None]}),
        (Module(b'\xef\xbb\xbf"x"', "json"), "x"),
        (Module("\ufeff1", "json"), 1),
        (Module("grüße", "text"), "grüße"),
        (Module("grüße".encode(), "text"), "grüße"),
        (Module("", "text"), ""),
        (Module("\ufeffx", "text"), "\ufeffx"),
        (Module(b"\x00\xff", "bytes"), b"\x00\xff"),
        (Module("ü", "bytes"), b"\xc3\xbc"),
        (Module(b"", "bytes"), b""),
    ],
)
def test_data(make_vm: MakeVM, module: Module, value: Any) -> None:
    vm = make_vm(modules={"m": module})
    assert dict(vm.import_module("m")) == {"default": value}


def test_names_that_end_in_json_are_json(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a.js": "export { default } from './d.json'", "d.json": "[1]"})
    assert vm.import_module("a.js")["default"] == [1]


def test_bytes_cannot_be_changed(make_vm: MakeVM) -> None:
    source = "import b from 'd' with { type: 'bytes' }; try { b[0] = 9 } catch {} export default b[0]"
    assert make_vm(modules={"m": source, "d": b"\x01"}).import_module("m")["default"] == 1
    with pytest.raises(JSError, match="TypeError"):
        make_vm(modules={"m": "import b from 'd' with { type: 'bytes' }; b.fill(9)", "d": b"\x01"}).import_module("m")


def test_bad_json_names_the_module_and_its_importers(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a.js": "import './b.js'", "b.js": "import './d.json'", "d.json": '{"a":\n1,}'})
    with pytest.raises(JSError) as caught:
        vm.import_module("a.js")
    assert caught.value.name == "SyntaxError"
    assert (caught.value.stack or "").splitlines() == [
        "    at d.json:2:3",
        "    imported by b.js",
        "    imported by a.js",
    ]


def test_empty_json_is_an_error(make_vm: MakeVM) -> None:
    with pytest.raises(JSError, match="SyntaxError: Unexpected end of JSON input"):
        make_vm(modules={"d.json": ""}).import_module("d.json")


@pytest.mark.parametrize("wrong", [5, ["x"], object(), bytearray(b"x"), True, JSError("x", "y")])
def test_a_wrong_result_is_a_type_error_with_the_importers(make_vm: MakeVM, wrong: Any) -> None:
    vm = make_vm(modules=lambda name, importer: "import 'b'" if name == "a" else wrong)
    with pytest.raises(TypeError, match=r"the source of module 'b' is str, bytes or a snapjs\.Module, not ") as caught:
        vm.import_module("a")
    assert "while loading 'b', imported by a" in caught.value.__notes__


def test_text_with_half_a_character_stays_as_it_is(make_vm: MakeVM) -> None:
    assert make_vm(modules={"m": Module("a\ud800b", "text")}).import_module("m")["default"] == "a\ud800b"


# ---- loaders that raise


def test_the_same_exception_reaches_python_with_its_importers(make_vm: MakeVM) -> None:
    error = PermissionError("no")

    def load(name: str, importer: str | None) -> str:
        if name == "c":
            raise error
        return {"a": "import 'b'", "b": "import 'c'"}[name]

    with pytest.raises(PermissionError) as caught:
        make_vm(modules=load).import_module("a")
    assert caught.value is error
    assert "while loading 'c', imported by a → b" in error.__notes__


def test_an_exception_that_is_raised_again_has_its_note_once(make_vm: MakeVM) -> None:
    error = PermissionError("no")

    def load(name: str, importer: str | None) -> str:
        if name == "b":
            raise error
        return "import 'b'"

    vm = make_vm(modules=load)
    for _ in range(2):
        with pytest.raises(PermissionError):
            vm.import_module("a")
    assert error.__notes__ == ["while loading 'b', imported by a"]


def test_an_exception_for_an_entry_has_no_importers(make_vm: MakeVM) -> None:
    error = PermissionError("no")

    def load(name: str, importer: str | None) -> str:
        raise error

    with pytest.raises(PermissionError):
        make_vm(modules=load).import_module("a")
    assert not hasattr(error, "__notes__")


def test_javascript_catches_what_a_loader_raises(make_vm: MakeVM) -> None:
    def load(name: str, importer: str | None) -> str:
        raise PermissionError("no entry")

    vm = make_vm(modules=load)
    assert vm.eval("import('m').catch(e => `${e.name}: ${e.message}`)").result == "PermissionError: no entry"


@pytest.mark.abandons("a module that threw keeps what it threw")
def test_the_exception_comes_back_through_javascript_as_itself(make_vm: MakeVM) -> None:
    error = PermissionError("no")

    def load(name: str, importer: str | None) -> str:
        if name == "m":
            return "try { await import('n') } catch (e) { throw e }"
        raise error

    with pytest.raises(PermissionError) as caught:
        make_vm(modules=load).import_module("m")
    assert caught.value is error


def test_a_loader_may_raise_module_not_found_with_its_own_words(make_vm: MakeVM) -> None:
    def load(name: str, importer: str | None) -> str:
        if importer is None:
            return "import 'b'"
        raise ModuleNotFound(name, message="The server has no b.")

    with pytest.raises(ModuleNotFound) as caught:
        make_vm(modules=load).import_module("a")
    assert str(caught.value) == "The server has no b. It is imported by a."
    assert caught.value.importers == ("a",)


def test_ctrl_c_in_a_loader_ends_the_call_and_leaves_the_vm_usable(make_vm: MakeVM) -> None:
    pressed: list[str] = []

    def load(name: str, importer: str | None) -> str:
        if name == "b" and not pressed:
            pressed.append(name)
            raise KeyboardInterrupt
        return "export { x } from 'b'" if name == "a" else "export const x = 1"

    vm = make_vm(modules=load)
    with pytest.raises(KeyboardInterrupt):
        vm.import_module("a")
    assert vm.import_module("a")["x"] == 1


def test_a_callable_that_returns_an_awaitable_is_an_async_def(make_vm: MakeVM) -> None:
    async def fetch(name: str) -> str:
        raise AssertionError

    vm = make_vm(modules=lambda name, importer: fetch(name))
    with pytest.raises(TypeError, match="a loader of modules that returns an awaitable is an async def"):
        vm.import_module("m")


# ---- loaders that use the VM


def test_a_loader_evaluates_in_its_vm(make_vm: MakeVM) -> None:
    vm = make_vm(modules=lambda name, importer: f"export default {vm.eval('6 * 7')}")
    assert vm.import_module("m")["default"] == 42


@pytest.mark.parametrize("use", ["vm.import_module('dep')", "vm.eval_module('export default 1', 'made')"])
def test_a_loader_that_imports_something_else(make_vm: MakeVM, use: str) -> None:
    def load(name: str, importer: str | None) -> str:
        if name == "dep":
            return "export default 1"
        assert eval(use, {"vm": vm})["default"] == 1
        return "export default 2"

    vm = make_vm(modules=load)
    assert vm.import_module("m")["default"] == 2


def test_a_loader_that_imports_what_it_loads(make_vm: MakeVM) -> None:
    vm = make_vm(modules=lambda name, importer: str(vm.import_module(name)))
    with pytest.raises(ModuleNotFound, match="Module 'm' is being loaded, and its loader imports it") as caught:
        vm.import_module("m")
    assert caught.value.specifier == "m"


@pytest.mark.parametrize("name", ["a\0b", "\0", "a\0"])
def test_names_with_a_nul_are_none(make_vm: MakeVM, name: str) -> None:
    vm = make_vm(modules=lambda name, importer: "export default 1")
    with pytest.raises(ValueError, match="the name of a module has no NUL character"):
        vm.import_module(name)
    with pytest.raises(ValueError, match="the name of a module has no NUL character"):
        vm.eval_module("", name)


def test_an_import_of_a_name_with_a_nul_is_not_that_of_its_beginning(make_vm: MakeVM) -> None:
    vm = make_vm(modules=lambda name, importer: f"export default {name!r}")
    text = "No module has a name with a NUL character: 'a\\x00b'. It is imported by <eval>."
    assert vm.eval("import('a\\0b').catch(e => e.message)").result == text
    assert vm.import_module("a")["default"] == "a"


def test_a_loader_that_imports_without_end(make_vm: MakeVM) -> None:
    vm = make_vm(modules=lambda name, importer: "" if name == "ok" else str(vm.import_module(name + "x")))
    with pytest.raises(RecursionError):
        vm.import_module("m")
    assert dict(vm.import_module("ok")) == {}


def test_a_loader_cannot_take_a_snapshot(make_vm: MakeVM) -> None:
    from snapjs import NotQuiescent

    vm = make_vm(modules=lambda name, importer: str(vm.snapshot()))
    with pytest.raises(NotQuiescent):
        vm.import_module("m")


def test_a_loader_that_closes_its_vm() -> None:
    from snapjs import ClosedError

    def load(name: str, importer: str | None) -> str:
        vm.close()
        return "export default 1"

    vm = VM(modules=load)
    with pytest.raises(ClosedError):
        vm.import_module("m")
    assert vm.closed
