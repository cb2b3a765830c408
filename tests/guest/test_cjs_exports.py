"""What CommonJS modules export, by cjs-module-lexer in a VM of its own."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from snapjs import MemoryLimitError
from snapjs._modules.loaders import Request
from snapjs._tools import cjs_exports
from snapjs._tools.cjs_exports import Exports, analyse
from snapjs._tools.results import Results, ResultsOnDisk
from snapjs.node_modules import NodeModules


def write(folder: Path, **files: str) -> NodeModules:
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text)
    return NodeModules(folder)


def exports(loader: NodeModules, name: str) -> tuple[str, ...]:
    loaded = loader.load(Request(name, None, {}), lambda name: False)
    assert loaded is not None
    assert loaded.module is not None
    return loaded.module.exports


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("exports.a = 1; module.exports.b = 2", ("a", "b")),
        ("module.exports = { a, b, 'c': d }", ("a", "b", "c")),
        ("Object.defineProperty(exports, '__esModule', { value: true })", ("__esModule",)),
        ("0 && (module.exports = { a, b })", ("a", "b")),
        ("// exports.a = 1", ()),
        ("this is } not JavaScript", ()),
        ("", ()),
    ],
    ids=["properties", "object", "flag", "annotation", "comment", "wrong", "empty"],
)
def test_names(source: str, names: tuple[str, ...]) -> None:
    assert analyse(source) == Exports(names)


@pytest.mark.parametrize(
    "source",
    [
        "module.exports = require('./x')",
        "__exportStar(require('./x'), exports)",
        "tslib.__exportStar(require('./x'), exports)",
    ],
)
def test_reexports(source: str) -> None:
    assert analyse(source).reexports == ("./x",)


@pytest.mark.parametrize(
    "source",
    [
        "import './a.js'",
        "import{a}from'./a.js'",
        "import * as a from './a.js'",
        "export const a = 1",
        "export{a}",
        "export*from'./a.js'",
        "export default 1",
        "const a = 1;export default a",
        "f()\nexport default 1",
        "if (x) {}export default 1",
        "/* a */ export default 1",
        "console.log(import.meta.url)",
        "import a, { b } from 'c'",
        "import/**/a from 'b'",
        "#!/usr/bin/env node\nimport 'a'",
    ],
)
def test_syntax_of_modules(source: str) -> None:
    assert cjs_exports.is_module(source)


@pytest.mark.parametrize(
    "source",
    [
        "import('./a.js')",
        "// import a from 'b'",
        "/*\nexport default 1\n*/",
        "const text = `\nexport default 1`",
        "x.import; x.export; exports.default = 1",
        "const s = 'import a from b'",
        "f('import.meta')",
        "#!/usr/bin/env node\nf('import.meta')",
        "",
    ],
)
def test_syntax_of_scripts(source: str) -> None:
    assert not cjs_exports.is_module(source)


def test_script_without_type_is_a_module_if_its_syntax_says_so(tmp_path: Path) -> None:
    loader = write(tmp_path, a="export default 1", b="module.exports = 1")
    kinds = [loader.load(Request(name, None, {}), lambda name: False).module.kind for name in ("a.js", "b.js")]  # type: ignore[union-attr]
    assert kinds == ["js", "cjs"]


def test_loader_gives_the_names(tmp_path: Path) -> None:
    assert exports(write(tmp_path, a="exports.default = exports.b = 1; exports.c = 2"), "a.js") == ("b", "c")


def test_loader_gives_the_names_behind_a_hashbang(tmp_path: Path) -> None:
    assert exports(write(tmp_path, a="#!/usr/bin/env node\nexports.a = f('import.meta')"), "a.js") == ("a",)


def test_loader_follows_reexports(tmp_path: Path) -> None:
    loader = write(
        tmp_path,
        a="exports.a = 1; __exportStar(require('./b'), exports)",
        b="module.exports = require('./c')",
        c="exports.c = 1",
    )
    assert exports(loader, "a.js") == ("a", "c")


def test_loader_follows_reexports_in_a_circle(tmp_path: Path) -> None:
    loader = write(
        tmp_path,
        a="__exportStar(require('./b'), exports); exports.a = 1",
        b="__exportStar(require('./a'), exports); exports.b = 1",
    )
    assert exports(loader, "a.js") == ("a", "b")


def test_loader_follows_reexports_into_polyfills(tmp_path: Path) -> None:
    assert exports(write(tmp_path, a="module.exports = require('string_decoder')"), "a.js") == ("StringDecoder",)


def test_reexport_that_leads_nowhere_adds_nothing(tmp_path: Path) -> None:
    loader = write(
        tmp_path, a="exports.a = 1; __exportStar(require('./none'), exports); __exportStar(require('fs'), exports)"
    )
    assert exports(loader, "a.js") == ("a",)


def test_reexport_of_json_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('"exports.b = 1"')
    assert exports(write(tmp_path, a="module.exports = require('./b.json')"), "a.js") == ()


def test_threads_take_turns() -> None:
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(analyse, [f"exports.a{number} = 1" for number in range(40)]))
    assert results == [Exports((f"a{number}",)) for number in range(40)]


def test_results_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first = analyse("exports.kept = 1")
    assert analyse("exports.kept = 1") is first


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep nothing in memory."""
    monkeypatch.setattr(cjs_exports, "_results", Results(100))
    monkeypatch.setattr(cjs_exports, "_large_results", ResultsOnDisk("cjs-exports", Exports, 1 << 20, 100))


@pytest.mark.parametrize(("size", "count"), [(cjs_exports._LARGE, 1), (1000, 0)], ids=["large", "small"])
def test_results_for_large_texts_are_kept_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: int, count: int
) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    source = "exports.large = exports.other = 1" + " " * size
    first = analyse(source)
    forget(monkeypatch)
    asked: list[str] = []
    call = cjs_exports.tool("cjs-exports").call
    with monkeypatch.context() as patch:
        patch.setattr(
            cjs_exports.tool("cjs-exports"), "call", lambda *arguments: asked.append(arguments[0]) or call(*arguments)
        )
        second = analyse(source)

    assert first == second == Exports(("large", "other"))
    assert (asked == []) == (count == 1)
    assert len(list((tmp_path / "cjs-exports").glob("*"))) == count


def test_oldest_result_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cjs_exports, "_results", Results(2))
    first = analyse("exports.a = 1")
    second = analyse("exports.b = 1")
    analyse("exports.c = 1")
    assert analyse("exports.b = 1") is second
    assert analyse("exports.a = 1") is not first


def test_text_that_is_too_much_for_the_lexer_exports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(function: str, text: str) -> None:
        raise MemoryLimitError

    with monkeypatch.context() as patch:
        patch.setattr(cjs_exports.tool("cjs-exports"), "call", fail)
        assert analyse("exports.large = 1") == Exports()
    # It is not asked again, for no time limit counts it.
    assert analyse("exports.large = 1") == Exports()


@pytest.mark.parametrize("source", ["\n" * 1_000_000, "\n" + " " * 1_000_000, "import " * 200_000, "*/" * 500_000])
def test_text_without_end_is_looked_through_once(source: str) -> None:
    assert cjs_exports._STATEMENT.search(f"x{source}x") is None


@pytest.mark.parametrize("source", ["\ufeff\n\n  import 'a'", "'use strict';\t\u00a0import 'a'"])
def test_module_may_begin_with_spaces_of_any_kind(source: str) -> None:
    assert cjs_exports.is_module(source)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder where results are kept, which is empty; every text is large, and none is remembered."""
    monkeypatch.setattr(cjs_exports, "_LARGE", 0)
    forget(monkeypatch)
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cjs-exports"


def analyse_again(source: str, monkeypatch: pytest.MonkeyPatch) -> Exports:
    """As another process does."""
    forget(monkeypatch)
    return analyse(source)


def test_result_of_a_large_text_is_kept_for_other_processes(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "exports.a = 1; module.exports = require('./x')"
    first = analyse(source)
    monkeypatch.setattr(cjs_exports.tool("cjs-exports"), "call", lambda *_: pytest.fail("the lexer was used"))
    assert analyse_again(source, monkeypatch) == first == Exports(("a",), ("./x",))


@pytest.mark.parametrize("content", ["", "[]", "{}", "[1, 2, 3]", '[["b"], 5, false]', "\xff"])
def test_damaged_result_is_not_used(large: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    analyse("exports.a = 1")
    (file,) = large.iterdir()
    file.write_text(content, encoding="latin-1")
    assert analyse_again("exports.a = 1", monkeypatch) == Exports(("a",))


@pytest.mark.skipif(os.name == "nt", reason="there are no such bits")
def test_result_that_others_can_write_is_not_used(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analyse("exports.a = 1")
    (file,) = large.iterdir()
    file.write_text('[["b"], [], false]')
    file.chmod(0o666)
    assert analyse_again("exports.a = 1", monkeypatch) == Exports(("a",))


def test_without_a_cache_folder_nothing_is_kept(large: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    assert analyse("exports.a = 1") == Exports(("a",))
