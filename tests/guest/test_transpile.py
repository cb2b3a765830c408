"""What becomes of TypeScript: what it does in a VM, what it says when it is wrong, and how results are kept."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snapjs import VM, JSError, LimitError, _cache, typescript
from snapjs._tools import tools
from snapjs._tools.results import ResultsOnDisk
from snapjs.typescript import Transpiled, transpile

MakeVM = Callable[..., VM]

RESULTS: dict[str, tuple[str, Any]] = {
    "types": ("const f = <T,>(x: T): T => x\nexport const result = f<number>(1)!", 1),
    "as and satisfies": (
        "export const result = ({ a: 1 } satisfies Record<string, number>) as any as object",
        {"a": 1},
    ),
    "enum": (
        "enum Color { Red, Green = 'g' }\nexport const result = [Color.Red, Color[0], Color.Green]",
        [0, "Red", "g"],
    ),
    "const enum": ("const enum Size { Large = 1 << 4 }\nexport const result = Size.Large", 16),
    "namespace": ("namespace A.B { export const x = 1 }\nexport const result = A.B.x", 1),
    "parameter properties": (
        "class P { constructor(readonly a: number, private b = 2) {} }\nexport const result = { ...new P(1) }",
        {"a": 1, "b": 2},
    ),
    "fields are defined": (
        "class A { set x(v: number) { throw v } }\nclass B extends A { x = 1 }\nexport const result = new B().x",
        1,
    ),
    "declared fields are not": (
        "class A { x = 1 }\nclass B extends A { declare x: number }\nexport const result = new B().x",
        1,
    ),
    "abstract and overloads": (
        "abstract class A { abstract f(): number }\nfunction g(x: string): 1\nfunction g(x: number): 2\nfunction g(x: any) { return x }\nexport const result = g(2)",
        2,
    ),
    "decorated method": (
        "function twice(f: any, context: ClassMethodDecoratorContext) { return function (this: any) { return context.name + f.call(this) * 2 } }\nclass A { @twice f() { return 4 } }\nexport const result = new A().f()",
        "f8",
    ),
    "decorated class": (
        "const names: string[] = []\nfunction note(c: any, { kind, name }: ClassDecoratorContext) { names.push(kind, String(name)) }\n@note class A {}\nexport const result = names",
        ["class", "A"],
    ),
    "accessor": ("class A { accessor x = 1 }\nconst a = new A()\na.x++\nexport const result = a.x", 2),
    "using": (
        "const log: number[] = []\n{ using a = { [Symbol.dispose]() { log.push(1) } } }\nexport const result = log",
        [1],
    ),
    "top-level await": ("export const result = await Promise.resolve(1 as number)", 1),
    "import of a type": ("import type { A } from './a'\nimport { B } from './b'\nexport const result: A | B = 1", 1),
    "byte order mark": ("\ufeffexport const result: number = 1", 1),
}


def test_a_script_stays_one() -> None:
    assert transpile("let a: number = 1", script=True).code == "let a = 1;\n"
    assert transpile("let a: number = 1").code == "let a = 1;\nexport {};\n"
    assert transpile("export let a: number = 1", script=True).code == "export let a = 1;\n"


@pytest.mark.parametrize("types", ["import type { A } from './a'", "import { A } from './a'", "export type A = number"])
def test_script_may_import_and_export_types(types: str) -> None:
    assert transpile(f"{types}\nlet a: A = 1", script=True).code == "let a = 1;\n"


@pytest.mark.keeps("a module is never unloaded")
@pytest.mark.parametrize("construct", RESULTS)
def test_it_does_what_typescript_means(vm: VM, construct: str) -> None:
    source, result = RESULTS[construct]

    assert vm.eval_module(transpile(source).code)["result"] == result


def test_code_without_types_stays_as_it_is() -> None:
    source = "// why\nexport function f(x) {\n    return x; // it\n}\n"

    assert transpile(source).code == source


def test_a_file_without_imports_is_a_module() -> None:
    assert transpile("let x: number").code == "let x;\nexport {};\n"


def test_jsx_calls_create_element() -> None:
    code = transpile("export const x = <a b={1}>c<></></a>", "a.tsx").code

    assert code == (
        'export const x = React.createElement("a", { b: 1 },\n    "c",\n    React.createElement(React.Fragment, null));\n'
    )


def test_a_comment_names_what_jsx_calls() -> None:
    assert transpile("/** @jsx h */\nexport const x = <a />", "a.tsx").code == (
        '/** @jsx h */\nexport const x = h("a", null);\n'
    )


def test_a_comment_names_the_package_that_jsx_calls() -> None:
    assert transpile("/** @jsxImportSource preact */\nexport const x = <a />", "a.tsx").code == (
        'import { jsx as _jsx } from "preact/jsx-runtime";\n/** @jsxImportSource preact */\nexport const x = _jsx("a", {});\n'
    )


def test_jsx_is_for_tsx_only() -> None:
    with pytest.raises(JSError, match=r"^SyntaxError: '>' expected"):
        transpile("const x = <a b={1} />", "a.ts")


def test_mts_is_a_module() -> None:
    assert transpile("export const x: number = 1", "a.mts").code == "export const x = 1;\n"


def test_cts_becomes_commonjs() -> None:
    assert transpile("export const x: number = 1", "a.cts").code == (
        '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.x = void 0;\nexports.x = 1;\n'
    )


def test_the_map_names_the_file_beside_the_code() -> None:
    assert json.loads(transpile("const x: number = 1", "src/a.ts").map) == {
        "version": 3,
        "sources": ["a.ts"],
        "names": [],
        "mappings": "AAAA,MAAM,CAAC,GAAW,CAAC,CAAA",
    }


# ---- what is wrong

ERRORS = {
    "let x: = 1": ("Type expected.", "1:8"),
    "class A {\n  f( {\n}": ("')' expected.", "3:2"),
    "const a = 1\r\nconst b = `c": ("Unterminated template literal.", "2:13"),
    "import { a from 'b'": ("',' expected.", "1:12"),
    "enum {": ("Identifier expected.", "1:6"),
    "export const \ud800 = 1": ("Invalid character.", "1:14"),
}


@pytest.mark.parametrize("source", ERRORS)
def test_a_syntax_error_says_where_it_is(source: str) -> None:
    message, position = ERRORS[source]
    with pytest.raises(JSError) as raised:
        transpile(source, "src/a.ts")

    error = raised.value
    assert (error.name, error.message, error.stack) == ("SyntaxError", message, f"    at src/a.ts:{position}\n")


def test_an_error_of_types_is_none() -> None:
    assert transpile("const x: number = 'text'").code == "const x = 'text';\nexport {};\n"


def test_a_failure_of_the_compiler_leaves_nothing_behind() -> None:
    with pytest.raises(LimitError):
        transpile("(" * 200_000)

    assert transpile("(1 as number)").code == "1;\nexport {};\n"


def test_source_is_text() -> None:
    with pytest.raises(TypeError):
        transpile(b"let x")  # type: ignore[arg-type]


def test_without_the_packages_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise FileNotFoundError("packages.zip is missing, which the build makes.")

    monkeypatch.setattr(tools, "_tools", {})
    monkeypatch.setattr(tools, "packages_key", missing)
    with pytest.raises(FileNotFoundError, match="which the build makes"):
        transpile("let x: number")


# ---- results that are kept


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of results, which is not there yet; none are in memory."""
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    forget(monkeypatch)
    return tmp_path / "typescript"


def forget(monkeypatch: pytest.MonkeyPatch, on_disk: int = 1 << 20, in_memory: int = 1 << 20) -> None:
    """Keep nothing in memory, and from now on so many bytes on the disk and characters in memory."""
    kept = ResultsOnDisk("typescript", typescript._Output, on_disk, in_memory, typescript._Output.size)
    monkeypatch.setattr(typescript, "_outputs", kept)


def refuse_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("the result was not kept")

    monkeypatch.setattr(typescript, "_compiled", refuse)


SOURCE = "let x: number = 1"
MADE = Transpiled(
    "let x = 1;\nexport {};\n", '{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA,IAAI,CAAC,GAAW,CAAC,CAAA"}'
)


def test_a_result_is_kept_in_memory(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cache, "cache_folder", lambda: None)
    transpile(SOURCE, "a.ts")
    refuse_to_compile(monkeypatch)

    assert transpile(SOURCE, "a.ts") == MADE


def test_a_result_is_kept_on_the_disk(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transpile(SOURCE, "a.ts")
    forget(monkeypatch)
    refuse_to_compile(monkeypatch)

    assert transpile(SOURCE, "a.ts") == MADE


def test_files_of_one_content_share_a_result(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transpile(SOURCE, "other/b.ts")
    refuse_to_compile(monkeypatch)

    assert transpile(SOURCE, "a.ts") == MADE


def test_files_of_another_kind_do_not(cache: Path) -> None:
    assert transpile(SOURCE, "a.ts").code != transpile(SOURCE, "a.cts").code


@pytest.mark.parametrize("content", [b"", b"not zstandard", bytes.fromhex("28b52ffd0401110000c0ffee00000000")])
def test_a_damaged_result_is_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    transpile(SOURCE, "a.ts")
    (file,) = cache.iterdir()
    file.write_bytes(content)
    forget(monkeypatch)

    assert transpile(SOURCE, "a.ts") == MADE
    assert file.read_bytes() != content


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_a_result_that_others_could_have_written_is_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transpile(SOURCE, "a.ts")
    (file,) = cache.iterdir()
    os.chmod(file, 0o666)
    forget(monkeypatch)

    assert transpile(SOURCE, "a.ts") == MADE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_only_costs_time(cache: Path) -> None:
    cache.write_text("a file where the folder should be")

    assert transpile(SOURCE, "a.ts") == MADE


def test_the_disk_holds_what_was_used_last(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transpile("let a: number", "a.ts")
    (old,) = cache.iterdir()
    os.utime(old, (1, 1))
    forget(monkeypatch, on_disk=2 * 4096 - 1)
    transpile("let b: number", "a.ts")

    (left,) = cache.iterdir()
    assert left != old


def test_memory_holds_what_was_used_last(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, in_memory=1000)
    for source in ("let a: number", "let b: number"):
        transpile(source, "a.ts")

    assert [output.code for output in typescript._outputs._kept.values()] == ["let b;\nexport {};\n"]


def test_a_failure_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "const remembered: = 1"
    with pytest.raises(JSError, match="Type expected"):
        transpile(source, "a.ts")
    monkeypatch.setattr("snapjs._tools.tools.Tool.call", lambda *_: pytest.fail("the compiler was used"))
    with pytest.raises(JSError, match="Type expected") as caught:
        transpile(source, "b.ts")
    assert caught.value.stack == "    at b.ts:1:19\n"


def test_half_a_surrogate_pair_in_the_source() -> None:
    assert "\ud800" in transpile("export const a: string = '\ud800'", "x\ud800.ts").code
