"""Original positions in stack traces: where maps come from, how long they stay, and what of them is shown."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from snapjs import VM, EvalFlags, JSError, MemoryLimitError, Module, NodeModules, Snapshot, undefined
from snapjs._tools.map_comments import find_map

MakeVM = Callable[..., VM]

# Generated line 2, column 8 is the `Error` of FAIL; its original is line 3, column 5.
FAIL = "\n  throw Error('no')"
MAP = {"version": 3, "sources": ["a.ts"], "names": [], "mappings": ";QAEI"}
STACK = "    at <eval> (a.ts:3:5)\n"


def inline(source_map: Any, head: str = "data:application/json;base64,") -> str:
    """The comment that a source map is in."""
    text = source_map if isinstance(source_map, str) else json.dumps(source_map)
    content = base64.b64encode(text.encode()).decode() if head.endswith("base64,") else quote(text)
    return f"\n//# sourceMappingURL={head}{content}\n"


def stack(run: Callable[[], object]) -> str | None:
    with pytest.raises(JSError) as raised:
        run()
    raised.value.handle.dispose()
    return raised.value.stack


# ---- where a map comes from


@pytest.mark.parametrize(
    "head",
    [
        "data:application/json;base64,",
        "data:application/json;charset=utf-8;base64,",
        "data:application/json;charset=UTF8;base64,",
        "data:application/json,",
        "data:application/json;charset=utf-8,",
    ],
)
def test_a_script_carries_its_map(vm: VM, head: str) -> None:
    assert stack(lambda: vm.eval(FAIL + inline(MAP, head), filename="a.js")) == STACK


def test_the_last_comment_counts(vm: VM) -> None:
    other = {**MAP, "sources": ["b.ts"]}

    assert stack(lambda: vm.eval(FAIL + inline(other) + inline(MAP), filename="a.js")) == STACK


def test_a_comment_before_code_is_none(vm: VM) -> None:
    assert stack(lambda: vm.eval("0" + inline(MAP) + "throw Error()", filename="a.js")) == (
        "    at <eval> (a.js:3:7)\n"
    )


def test_a_text_that_looks_like_the_comment_is_none(vm: VM) -> None:
    code = f"{FAIL}; '//# sourceMappingURL=data:application/json,{{}}'"

    assert stack(lambda: vm.eval(code, filename="a.js")) == "    at <eval> (a.js:2:9)\n"


@pytest.mark.keeps("a module is never unloaded")
def test_a_module_carries_its_map(vm: VM) -> None:
    assert stack(lambda: vm.eval_module(FAIL + inline(MAP), "a.js")) == "    at <anonymous> (a.ts:3:5)\n"


@pytest.mark.keeps("a module is never unloaded")
def test_a_module_that_is_loaded_carries_its_map(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"lib/a.js": FAIL + inline(MAP)})

    assert stack(lambda: vm.eval_module("import 'lib/a.js'")) == "    at <anonymous> (lib/a.ts:3:5)\n"


def test_an_asynchronous_script_carries_its_map(vm: VM) -> None:
    run = vm.eval_async(FAIL + inline(MAP), filename="a.js")

    assert stack(lambda: asyncio.run(run)) == STACK


def test_a_script_for_a_handle_carries_its_map(vm: VM) -> None:
    assert stack(lambda: vm.eval_handle(FAIL + inline(MAP), filename="a.js", flags=EvalFlags.STRICT)) == STACK


def test_a_script_in_a_realm_carries_its_map(vm: VM) -> None:
    with vm.new_realm() as realm:
        assert stack(lambda: realm.eval(FAIL + inline(MAP), filename="a.js")) == STACK


def test_bytecode_carries_its_map(vm: VM, make_vm: MakeVM) -> None:
    bytecode = vm.compile(FAIL + inline(MAP), filename="a.js")

    assert stack(lambda: make_vm().eval_bytecode(bytecode)) == STACK


# ---- a map beside the code

CODE = "1\n//# sourceMappingURL="


def test_a_map_lies_beside_the_code() -> None:
    files = {"maps/a b.js.map": b'{"version":3}'}

    assert find_map(f"{CODE}maps/a%20b.js.map?v=1\n", files.get) == '{"version":3}'


def test_a_file_of_bytes_is_utf8() -> None:
    assert find_map(f"{CODE}a.js.map", lambda path: b'\xef\xbb\xbf{"file":"\xc3\xa9"}') == '{"file":"é"}'


@pytest.mark.parametrize(
    "url", ["", "/etc/passwd", "//host/a.map", "file:///etc/passwd", "https://host/a.map", "C:\\a.map"]
)
def test_a_map_elsewhere_is_not_read(url: str) -> None:
    asked: list[str] = []

    assert find_map(f"{CODE}{url}", asked.append) is None  # type: ignore[func-returns-value]
    assert asked == []


def test_a_map_that_is_not_there_is_none() -> None:
    assert find_map(f"{CODE}a.js.map", lambda path: None) is None


def test_a_map_that_is_not_utf8_is_none() -> None:
    assert find_map(f"{CODE}a.js.map", lambda path: b"\xff") is None


@pytest.mark.keeps("a module is never unloaded")
def test_a_file_of_a_folder_has_the_map_beside_it(make_vm: MakeVM, tmp_path: Path) -> None:
    (tmp_path / "a.mjs").write_text(f"{FAIL}\n//# sourceMappingURL=maps/a.map")
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "a.map").write_text(json.dumps(MAP))
    vm = make_vm(modules=NodeModules(tmp_path))

    assert stack(lambda: vm.eval_module("import './a.mjs'")) == "    at <anonymous> (a.ts:3:5)\n"


@pytest.mark.keeps("a module is never unloaded")
@pytest.mark.parametrize("url", ["../outside.map", "a.map"])
def test_a_file_of_a_folder_without_a_map_runs(make_vm: MakeVM, tmp_path: Path, url: str) -> None:
    (tmp_path / "a.mjs").write_text(f"{FAIL}\n//# sourceMappingURL={url}")
    vm = make_vm(modules=NodeModules(tmp_path))

    assert stack(lambda: vm.eval_module("import './a.mjs'")) == "    at <anonymous> (a.mjs:2:9)\n"


@pytest.mark.keeps("a module is never unloaded")
@pytest.mark.parametrize("head", ["", ")]}'\n"], ids=["", "as some servers send it"])
def test_a_module_may_be_given_with_its_map(make_vm: MakeVM, head: str) -> None:
    vm = make_vm(modules={"a.js": Module(FAIL, map=head + json.dumps(MAP))})

    assert stack(lambda: vm.eval_module("import 'a.js'")) == "    at <anonymous> (a.ts:3:5)\n"


def test_an_inline_map_needs_no_file() -> None:
    assert find_map(FAIL + inline("{}"), {}.get) == "{}"


def test_code_without_a_comment_has_no_map() -> None:
    assert find_map("1", {}.get) is None


# ---- how long it stays


def test_a_map_lives_through_a_snapshot(vm: VM, make_vm: MakeVM) -> None:
    vm.eval(f"var f = () => {{ {FAIL} }}; 0" + inline(MAP), filename="a.js")
    with VM.restore(Snapshot.from_bytes(vm.snapshot().to_bytes())) as restored:
        assert stack(lambda: restored.eval("f()")) == "    at f (a.ts:3:5)\n    at <eval> (<eval>:1:1)\n"


def test_other_code_under_the_name_has_no_map(vm: VM) -> None:
    vm.eval("0" + inline(MAP), filename="a.js")

    assert stack(lambda: vm.eval(FAIL, filename="a.js")) == "    at <eval> (a.js:2:9)\n"


def test_other_code_under_the_name_has_its_own(vm: VM) -> None:
    vm.eval("0" + inline({**MAP, "sources": ["b.ts"]}), filename="a.js")

    assert stack(lambda: vm.eval(FAIL + inline(MAP), filename="a.js")) == STACK


def test_a_vm_whose_last_map_went_asks_no_more(vm: VM) -> None:
    vm.eval("0" + inline(MAP), filename="a.js")
    vm.eval("0", filename="a.js")

    assert not vm._bridge.has_source_maps


def test_a_map_counts_as_memory(vm: VM) -> None:
    before = vm.memory_usage()["malloc_size"]
    vm.eval("0" + inline({**MAP, "names": ["n" * 1_000_000]}), filename="a.js")

    assert vm.memory_usage()["malloc_size"] - before > 1_000_000


def test_without_memory_for_the_map_the_code_runs(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=1 << 20)
    bridge = vm._bridge
    bridge.note_source(FAIL, "a.js", json.dumps({**MAP, "names": ["n" * 2_000_000]}))

    assert stack(lambda: bridge.call("snap_eval", (0, 0), (FAIL, "a.js"))) == "    at <eval> (a.js:2:9)\n"


def test_what_only_people_read_of_it_is_not_kept(vm: VM) -> None:
    before = vm.memory_usage()["malloc_size"]
    vm.eval("0" + inline({**MAP, "sourcesContent": ["c" * 1_000_000]}), filename="a.js")

    assert vm.memory_usage()["malloc_size"] - before < 100_000


# ---- what is shown


def test_a_source_lies_in_the_folder_of_the_code(vm: VM) -> None:
    source_map = {**MAP, "sources": ["../src/a.ts"]}

    assert stack(lambda: vm.eval(FAIL + inline(source_map), filename="lib/dist/a.js")) == (
        "    at <eval> (lib/src/a.ts:3:5)\n"
    )


def test_a_source_lies_in_the_root_that_the_map_names(vm: VM) -> None:
    source_map = {**MAP, "sourceRoot": "../src"}

    assert stack(lambda: vm.eval(FAIL + inline(source_map), filename="dist/a.js")) == "    at <eval> (src/a.ts:3:5)\n"


def test_a_source_may_be_an_address(vm: VM) -> None:
    source_map = {**MAP, "sources": ["webpack://app/./a.ts"]}

    assert stack(lambda: vm.eval(FAIL + inline(source_map), filename="a.js")) == (
        "    at <eval> (webpack://app/a.ts:3:5)\n"
    )


def test_a_map_may_have_sections(vm: VM) -> None:
    part = {"version": 3, "sources": ["b.ts"], "names": [], "mappings": "AAAA"}
    sections = [
        {"offset": {"line": 0, "column": 0}, "map": part},
        {"offset": {"line": 1, "column": 0}, "map": MAP | {"mappings": "QAEI"}},
    ]

    assert stack(lambda: vm.eval(FAIL + inline({"version": 3, "sections": sections}), filename="a.js")) == STACK


def test_a_position_that_is_not_in_the_map_stays(vm: VM) -> None:
    source_map = {**MAP, "mappings": ";oBAEI"}

    assert stack(lambda: vm.eval(FAIL + inline(source_map), filename="a.js")) == "    at <eval> (a.js:2:9)\n"


def test_frames_of_other_files_stay(vm: VM) -> None:
    vm.eval("function call(f) {\n f() }", filename="b.js")

    assert stack(lambda: vm.eval(f"call(() => {{{FAIL} }})" + inline(MAP), filename="a.js")) == (
        "    at <anonymous> (a.ts:3:5)\n    at call (b.js:2:2)\n    at <eval> (a.js:1:1)\n"
    )


def test_the_first_line_has_its_columns(vm: VM) -> None:
    # mappings at columns 0 and 14 of the first line
    source_map = {**MAP, "mappings": "AAAA,cAEI"}

    assert stack(lambda: vm.eval("let a = 1;    a()" + inline(source_map), filename="a.js")) == STACK


def test_columns_count_characters_as_maps_do(vm: VM) -> None:
    # mappings at columns 0 and 15 of the second line; the text before the latter has 19 bytes
    source_map = {**MAP, "mappings": ";AAAA,eAEI,KAAA"}

    assert stack(lambda: vm.eval("\n'é', '😀';      null()" + inline(source_map), filename="a.js")) == STACK


def test_a_syntax_error_is_shown_where_it_is(vm: VM) -> None:
    source_map = {**MAP, "mappings": "AAAA,QAEI,AAAA"}

    assert stack(lambda: vm.eval("let x = = 1" + inline(source_map), filename="a.js")) == "    at a.ts:3:5\n"


def test_a_name_of_a_function_may_look_like_a_frame(vm: VM) -> None:
    code = f"({{['x (a.js:1:1)']() {{{FAIL} }}}})['x (a.js:1:1)']()"

    assert stack(lambda: vm.eval(code + inline(MAP), filename="a.js")) == (
        "    at x (a.js:1:1) (a.ts:3:5)\n    at <eval> (a.ts:3:5)\n"
    )


def test_a_file_name_may_have_parentheses(vm: VM) -> None:
    assert stack(lambda: vm.eval(FAIL + inline(MAP), filename="dist (1)/a (2).js")) == (
        "    at <eval> (dist (1)/a.ts:3:5)\n"
    )


def test_an_error_that_is_passed_to_python_has_it(vm: VM) -> None:
    errors: list[JSError] = []
    vm.expose("take", errors.append)
    vm.eval(FAIL.replace("throw", "take(") + ")" + inline({**MAP, "mappings": ";AAAA,QAEI"}), filename="a.js")

    assert errors.pop().stack == STACK


def test_a_cause_has_it(vm: VM) -> None:
    with pytest.raises(JSError) as raised:
        vm.eval("\n  throw Error('no', {\ncause: Error() })" + inline({**MAP, "mappings": ";;AAEI"}), filename="a.js")

    assert raised.value.cause.stack == STACK


def test_an_exception_of_python_that_passed_through_has_it(vm: VM) -> None:
    def fail() -> None:
        raise KeyError("no")

    vm.expose("fail", fail)
    with pytest.raises(KeyError) as raised:
        vm.eval("\n  fail()" + inline({**MAP, "mappings": ";AAEI"}), filename="a.js")

    assert raised.value.__notes__ == ["JavaScript stack:\n    at fail (native)\n    at <eval> (a.ts:3:5)"]


def test_a_limit_has_it(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=4 << 20)
    with pytest.raises(MemoryLimitError) as raised:
        vm.eval("\n 'x'.repeat(1e8)" + inline({**MAP, "mappings": ";AAEI"}), filename="a.js")

    assert raised.value.stack == STACK


@pytest.mark.abandons("the rejection stays in the VM")
def test_a_rejection_that_nobody_handles_has_it(make_vm: MakeVM) -> None:
    written: list[str] = []
    vm = make_vm(stderr=written.append)
    vm.eval("\n Promise.reject(Error('no'))\n0" + inline({**MAP, "mappings": ";AAEI"}), filename="a.js")

    assert "".join(written) == "Uncaught (in promise) Error: no\n    at <eval> (a.ts:3:5)\n"


def test_javascript_itself_sees_the_code_that_runs(vm: VM) -> None:
    assert vm.eval("\n  Error().stack" + inline(MAP), filename="a.js") == "    at <eval> (a.js:2:3)\n"


# ---- maps that are wrong

GENERATED = "    at <eval> (a.js:2:9)\n"

WRONG: dict[str, Any] = {
    "not JSON": "{",
    "not an object": [1],
    "empty": "",
    "another version": {**MAP, "version": 4},
    "no mappings": {"version": 3, "sources": ["a.ts"]},
    "no sources": {"version": 3, "mappings": ";QAEI"},
    "sources of numbers": {**MAP, "sources": [1]},
    "names of objects": {**MAP, "names": [{}]},
    "a source that is not there": {**MAP, "mappings": ";QCEI"},
    "a negative source": {**MAP, "mappings": ";QDEI"},
    "a negative line": {**MAP, "mappings": ";QADI"},
    "a source without a name": {**MAP, "sources": [None]},
    "a source of two lines": {**MAP, "sources": ["a\n    at b.ts"]},
    "no Base64": {**MAP, "mappings": ";!?*"},
    "a number without an end": {**MAP, "mappings": ";" + "g" * 100},
    "sections without maps": {"version": 3, "sections": [{"offset": {"line": 0, "column": 0}}]},
    "sections at negative lines": {"version": 3, "sections": [{"offset": {"line": -5, "column": -5}, "map": MAP}]},
    "sections in sections": '{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":' * 5000,
    "nested arrays": '{"version":3,"x":' + "[" * 100_000,
}


@pytest.mark.parametrize("what", WRONG)
def test_with_a_wrong_map_the_stack_stays(vm: VM, what: str) -> None:
    assert stack(lambda: vm.eval(FAIL + inline(WRONG[what]), filename="a.js")) == GENERATED


@pytest.mark.parametrize(
    "url",
    [
        "data:application/json;base64,!!!",
        "data:text/plain,x",
        "data:application/json;base64,/w==",
        "data:application/json,%ff",
        "data:",
        "",
    ],
)
def test_with_a_wrong_address_the_stack_stays(vm: VM, url: str) -> None:
    assert stack(lambda: vm.eval(f"{FAIL}\n//# sourceMappingURL={url}", filename="a.js")) == GENERATED


def test_with_a_map_that_is_too_large_the_stack_stays(vm: VM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snapjs._tools.source_maps._LARGEST", 50)

    assert stack(lambda: vm.eval(FAIL + inline(MAP), filename="a.js")) == GENERATED


@pytest.mark.keeps("a module is never unloaded")
def test_with_a_given_map_that_is_too_large_the_stack_stays(make_vm: MakeVM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snapjs._tools.source_maps._LARGEST", 50)
    vm = make_vm(modules={"a.js": Module(FAIL, map=json.dumps(MAP))})

    assert stack(lambda: vm.eval_module("import 'a.js'")) == "    at <anonymous> (a.js:2:9)\n"


@pytest.mark.parametrize(("name", "most"), [("_MOST_ASKED", 0), ("_MOST_SPENT", 0.0)])
def test_what_has_taken_too_much_stays(vm: VM, monkeypatch: pytest.MonkeyPatch, name: str, most: float) -> None:
    monkeypatch.setattr(f"snapjs._core.source_maps.{name}", most)

    assert stack(lambda: vm.eval(FAIL + inline(MAP), filename="a.js")) == GENERATED


def test_more_files_than_are_remembered(vm: VM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snapjs._core.source_maps._MOST_FILES", 1)
    for name in ("a", "b", "a"):
        shown = stack(
            lambda name=name: vm.eval(FAIL + inline({**MAP, "sources": [f"{name}.ts"]}), filename=f"{name}.js")
        )
        assert shown == f"    at <eval> ({name}.ts:3:5)\n"


def test_without_the_packages_the_stack_stays(vm: VM, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise FileNotFoundError("packages.zip is missing")

    monkeypatch.setattr("snapjs._tools.tools._tools", {})
    monkeypatch.setattr("snapjs._tools.tools.packages_key", missing)

    assert stack(lambda: vm.eval(FAIL + inline(MAP), filename="a.js")) == GENERATED


def test_a_stack_of_the_program_s_own_making_is_text(vm: VM) -> None:
    vm.eval("0" + inline(MAP), filename="a.js")
    made = "    at f (a.js:999999999:999999999)\n    at (a.js:0:0)\n" + "    at a.js:2:9\n" * 1000

    shown = stack(lambda: vm.eval(f"throw Object.assign(Error(), {{ stack: {json.dumps(made)} }})"))
    assert shown is not None and len(shown.splitlines()) == 1002


@pytest.mark.parametrize("message", [["a"], ["a", 1], [1, "m"], ["a", "m", 2], {}, None])
def test_a_message_that_is_none_is_refused(vm: VM, message: object) -> None:
    bridge = vm._bridge
    with bridge.entered():
        assert bridge.instance.write(bridge.codec.encode(message))
        assert bridge.instance.exports["snap_source_map_put"]() == 4


def test_a_name_without_a_map_has_none(vm: VM) -> None:
    from snapjs._core.reference import Absent

    for name in ("a.js", undefined, 1):
        with pytest.raises(Absent):
            vm._bridge.call("snap_source_map_get", value=name)
