"""From a request to a source, without a VM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snapjs import ImportMap, Module, ModuleNotFound, NodeModules
from snapjs._modules.loaders import Loaded, Loaders, Pending, Request, as_module
from snapjs._modules.specifiers import joined


def never(name: str) -> bool:
    return False


def find(option: Any, specifier: str, importer: str | None = None, **attributes: str) -> Loaded:
    found = Loaders(option).find(Request(specifier, importer, attributes), never)
    assert isinstance(found, Loaded)
    return found


def source(found: Loaded) -> str | bytes:
    assert found.module is not None
    return found.module.source


# ---- Module


def test_modules_of_the_same_facts_are_equal() -> None:
    assert Module("a", "json", map="{}") == Module("a", "json", map="{}")
    assert Module("a") != Module("b")
    assert Module("a") != "a"
    assert len({Module("a"), Module("a"), Module("a", "text")}) == 2


def test_repr_of_a_module_has_no_source() -> None:
    assert [repr(Module("abc")), repr(Module(b"ab", "bytes"))] == [
        "Module(3 characters, 'js')",
        "Module(2 bytes, 'bytes')",
    ]


def test_source_map_of_a_module_is_a_str() -> None:
    with pytest.raises(TypeError, match="the source map of a module is JSON as str, not dict"):
        Module("a", map={})  # type: ignore[arg-type]


# ---- joined


@pytest.mark.parametrize(
    ("specifier", "importer", "name"),
    [
        ("a", None, "a"),
        ("a/../b", "lib/x.js", "a/../b"),
        (".hidden", "lib/x.js", ".hidden"),
        ("..x/a", "lib/x.js", "..x/a"),
        ("./a", None, "a"),
        ("../a", None, "../a"),
        ("../../a", "x.js", "../../a"),
        ("../../a", "../x.js", "../../../a"),
        ("./a", "lib/x.js", "lib/a"),
        ("./a/./b/../c", "lib/x.js", "lib/a/c"),
        ("./a//b", "lib/x.js", "lib/a//b"),
        ("./a/", "lib/x.js", "lib/a/"),
        (".", "lib/x.js", "lib/"),
        ("./", "lib/x.js", "lib/"),
        ("..", "lib/deep/x.js", "lib/"),
        ("./a", "/abs/x.js", "/abs/a"),
        ("/a", "lib/x.js", "/a"),
        ("./a", "https://host/lib/x.js", "https://host/lib/a"),
        ("./a?x=./b/../c", "lib/x.js", "lib/a?x=./b/../c"),
        ("./a", "lib/x.js?from=b/c", "lib/a"),
        ("./größe 🦀", "lib/x.js", "lib/größe 🦀"),
        ("", "lib/x.js", ""),
    ],
)
def test_joined(specifier: str, importer: str | None, name: str) -> None:
    assert joined(specifier, importer) == name


# ---- as_module


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.js", "js"), ("a.mjs", "js"), ("a", "js"), ("a.txt", "js"), ("", "js"),
        ("a.json", "json"), ("lib.json/a", "js"), ("a.json?v=1.2", "json"), ("a.js?x=b.json", "js"),
        ("a.cjs", "cjs"), ("a.ts", "ts"), ("a.mts", "ts"), ("a.tsx", "ts"),
    ],
)  # fmt: skip
def test_the_kind_of_a_plain_source_is_by_the_name(name: str, kind: str) -> None:
    assert as_module(name, "source", {}).kind == kind


@pytest.mark.parametrize("kind", ["json", "text", "bytes"])
def test_the_kind_of_a_plain_source_is_by_the_attribute_first(kind: str) -> None:
    assert as_module("a.cjs", "source", {"type": kind}) == Module("source", kind)  # type: ignore[arg-type]


def test_a_module_keeps_its_kind() -> None:
    assert as_module("a.json", Module("x", "text"), {}).kind == "text"


def test_a_module_of_another_kind_than_the_attribute_is_refused() -> None:
    with pytest.raises(TypeError, match="'a' is imported with type 'json' and is of kind 'js'"):
        as_module("a", Module("{}"), {"type": "json"})


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypeError, match="'css'; the types are json, text, bytes"):
        as_module("a", "x", {"type": "css"})


@pytest.mark.parametrize("wrong", [5, None, ["x"], bytearray(b"x"), object])
def test_what_is_no_source_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"the source of module 'a' is str, bytes or a snapjs\.Module, not "):
        as_module("a", wrong, {})


def test_module_checks_its_source() -> None:
    with pytest.raises(TypeError, match="the source of a module is str or bytes, not int"):
        Module(5)  # type: ignore[arg-type]


def test_module_checks_its_kind() -> None:
    with pytest.raises(ValueError, match="'wasm' is no kind of module"):
        Module("", "wasm")  # type: ignore[arg-type]


@pytest.mark.parametrize("exports", ["ab", (5,), [None]])
def test_module_checks_its_exports(exports: Any) -> None:
    with pytest.raises(TypeError, match="the exports of a module are a tuple of str, not "):
        Module("", "cjs", exports=exports)


def test_module_checks_its_url() -> None:
    with pytest.raises(TypeError, match="the url of a module is a str, not int"):
        Module("", url=5)  # type: ignore[arg-type]


# ---- the chain


def test_loaders_are_asked_in_order() -> None:
    assert source(find([{"a": "1"}, {"a": "2", "b": "3"}], "a")) == "1"
    assert source(find([{"a": "1"}, {"a": "2", "b": "3"}], "b")) == "3"


def test_a_tuple_is_a_list() -> None:
    assert source(find(({}, {"a": "1"}), "a")) == "1"


def test_a_callable_that_returns_none_has_nothing() -> None:
    assert source(find([lambda name, importer: None, {"a": "1"}], "a")) == "1"


def test_an_empty_source_is_a_source() -> None:
    assert source(find([lambda name, importer: "", {"a": "1"}], "a")) == ""
    assert source(find([{"a": ""}, {"a": "1"}], "a")) == ""


def test_no_loader_has_it() -> None:
    with pytest.raises(ModuleNotFound) as caught:
        find([{}, lambda name, importer: None], "./a.js", "lib/b.js")
    assert caught.value.specifier == "lib/a.js"


def test_no_loaders_at_all() -> None:
    with pytest.raises(ModuleNotFound):
        find(None, "a")


def test_a_loader_that_raises_ends_the_search() -> None:
    def broken(name: str, importer: str | None) -> str:
        raise PermissionError(name)

    with pytest.raises(PermissionError):
        find([broken, {"a": "1"}], "a")


def test_what_the_guest_has_is_not_asked_for() -> None:
    def unwanted(name: str, importer: str | None) -> str:
        raise AssertionError

    found = Loaders([unwanted]).find(Request("./a", "lib/b", {}), lambda name: name == "lib/a")
    assert isinstance(found, Loaded)
    assert (found.name, found.module) == ("lib/a", None)


def test_an_object_with_load_makes_its_own_names() -> None:
    class Upper:
        def load(self, request: Request, is_loaded: Callable[[str], bool]) -> Loaded | None:
            return Loaded(request.specifier.upper(), Module("x"))

    assert find(Upper(), "./a", "lib/b").name == "./A"


@pytest.mark.parametrize("option", [5, object(), "a.js", [{}, None], [[]], b""])
def test_what_is_no_loader_is_refused(option: object) -> None:
    with pytest.raises(TypeError, match="modules takes a mapping"):
        Loaders(option)  # type: ignore[arg-type]


@pytest.mark.parametrize("function", [lambda: "", lambda name: "", lambda a, b, c, d: "", lambda a, b, *, c: ""])
def test_a_callable_that_cannot_be_called_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="is called with a name and the importer's name, and takes"):
        Loaders(function)


def test_a_mapping_is_read_when_it_is_asked() -> None:
    sources: dict[str, str] = {}
    loaders = Loaders(sources)
    sources["a"] = "1"
    found = loaders.find(Request("a", None, {}), never)
    assert isinstance(found, Loaded)
    assert source(found) == "1"


def test_an_asynchronous_loader_is_for_later() -> None:
    async def load(name: str, importer: str | None) -> str:
        raise AssertionError

    found = Loaders([{}, load]).find(Request("./a", "lib/b", {}), never)
    assert isinstance(found, Pending)
    assert found.name == "lib/a"


# ---- queries


def test_a_name_with_a_query_is_looked_up_as_it_is_first() -> None:
    assert source(find({"a.js": "1", "a.js?v=2": "2"}, "a.js?v=2")) == "2"


def test_a_name_with_a_query_is_then_looked_up_without() -> None:
    found = find({"a.js": "1"}, "./a.js?v=2", "main.js")
    assert (found.name, source(found)) == ("a.js?v=2", "1")


# ---- import maps in the list


def test_a_map_holds_for_the_loaders_after_it() -> None:
    names = ImportMap({"a": "b"})
    assert source(find([names, {"a": "1", "b": "2"}], "a")) == "2"
    assert source(find([{"a": "1"}, names, {"b": "2"}], "a")) == "1"
    assert source(find([{}, names, {"b": "2"}], "a")) == "2"


def test_maps_one_after_the_other() -> None:
    assert source(find([ImportMap({"a": "b"}), ImportMap({"b": "c"}), {"b": "1", "c": "2"}], "a")) == "2"


def test_a_map_sees_relative_specifiers_joined() -> None:
    assert source(find([ImportMap({"lib/a.js": "x"}), {"x": "1"}], "./a.js", "lib/b.js")) == "1"


def test_what_a_map_gives_is_relative_to_nobody() -> None:
    assert find([ImportMap({"a": "./a.js"}), {"a.js": "1"}], "a", "lib/b.js").name == "a.js"
    assert find([ImportMap({"a": "../a.js"}), {"../a.js": "1"}], "a", "lib/b.js").name == "../a.js"


def test_none_in_a_map_ends_the_search() -> None:
    with pytest.raises(ModuleNotFound, match="The import map says that there is no 'a'"):
        find([ImportMap({"a": None}), {"a": "1"}], "a")


def test_none_in_a_map_is_not_for_the_loaders_before_it() -> None:
    assert source(find([{"a": "1"}, ImportMap({"a": None})], "a")) == "1"


def test_a_missing_module_has_the_name_that_the_map_gave() -> None:
    with pytest.raises(ModuleNotFound) as caught:
        find([ImportMap({"a": "b"}), {}], "a")
    assert caught.value.specifier == "b"


def test_an_import_map_leads_into_a_folder(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.mjs").write_text("")
    loaders = Loaders([ImportMap({"app": "./src/a.mjs"}), NodeModules(tmp_path)])
    found = loaders.find(Request("app", "lib/deep/x.mjs", {}), lambda name: False)
    assert isinstance(found, Loaded)
    assert found.name == "src/a.mjs"


@pytest.mark.parametrize("is_loaded", [never, lambda name: True], ids=["new", "loaded"])
def test_a_name_from_a_folder_brings_its_url(tmp_path: Path, is_loaded: Callable[[str], bool]) -> None:
    (tmp_path / "a.mjs").write_text("")
    found = Loaders(NodeModules(tmp_path)).find(Request("./a.mjs", None, {}), is_loaded, only_name=True)
    assert isinstance(found, Loaded)
    assert (found.name, found.url) == ("a.mjs", "file:///a.mjs")


@pytest.mark.parametrize("is_loaded", [never, lambda name: True], ids=["new", "loaded"])
def test_a_name_from_a_mapping_brings_its_url(is_loaded: Callable[[str], bool]) -> None:
    found = Loaders({"a": Module("", url="https://x/a")}).find(Request("a", None, {}), is_loaded, only_name=True)
    assert isinstance(found, Loaded)
    assert (found.name, found.url) == ("a", "https://x/a")


def test_a_folder_refuses_types_that_there_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.mjs").write_text("")
    with pytest.raises(TypeError, match="is imported with type 'css'"):
        Loaders(NodeModules(tmp_path)).find(Request("./a.mjs", None, {"type": "css"}), lambda name: False)


# ---- what the guest has


def test_the_guest_is_asked_once_for_a_name() -> None:
    asked: list[str] = []

    def is_loaded(name: str) -> bool:
        asked.append(name)
        return False

    Loaders([{}, lambda name, importer: None, {"a": "1"}]).find(Request("a", None, {}), is_loaded)

    assert asked == ["a"]


def test_what_an_import_map_names_late_may_be_loaded() -> None:
    found = Loaders([{}, ImportMap({"a": "b"})]).find(Request("a", None, {}), lambda name: name == "b")

    assert isinstance(found, Loaded)
    assert (found.name, found.module) == ("b", None)
