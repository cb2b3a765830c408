"""How `snapjs repl` finds out that a source is whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snapjs import JSError
from snapjs.cli import _repl_source
from snapjs.cli._repl_source import Reader


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


UNFINISHED = [
    "function f() {",
    "(1,",
    "[1, 2",
    "`abc",
    "`a ${",
    "`a ${`b",
    "/* a",
    "1 /* a */ /*",
    "{",
    "if (1)",
    "if (1) {\n} else",
    "a =",
    "1 +",
    "a ? b :",
    "a.",
    "a?.",
    "new",
    "let {a",
    "const {\n  a,",
    "let [a,",
    "try {}",
    "switch (1) {",
    "class A {",
    "x = { a:",
    "async () => {",
    "for (const x of",
    "var x = await",
    "import(",
    "import { a",
    "({ a: 1 }",
]


@pytest.mark.parametrize("typescript", [False, True], ids=["javascript", "typescript"])
@pytest.mark.parametrize("source", UNFINISHED)
def test_more_has_to_follow(reader: Reader, source: str, typescript: bool) -> None:
    assert reader.read(source, typescript=typescript) is None
    assert reader.read(f"{source}\n", typescript=typescript) is None


def test_a_constant_may_get_its_value_on_the_next_line(reader: Reader) -> None:
    assert reader.read("const x") is None


@pytest.mark.parametrize(
    "source", ["}", "1 2", "f(1 2", "'abc", "'abc\n", "/abc", "@", "function f() { 1 2", "0x", "return 1"]
)
def test_a_mistake_is_whole(reader: Reader, source: str) -> None:
    assert reader.read(source) == source


@pytest.mark.parametrize("source", ["}", "1 2", "f(1 2", "'abc", "let a: = 1", "/abc"])
def test_a_mistake_in_typescript_is_raised(reader: Reader, source: str) -> None:
    with pytest.raises(JSError, match="SyntaxError"):
        reader.read(source, typescript=True)


@pytest.mark.parametrize(
    "source", ["", "// a", "1", "f(1)", "'{'", "/[{]/", "`${'`'}`", "await 1", "a\n+ b", "for (;;) {}"]
)
def test_what_is_whole_is_run_as_it_is(reader: Reader, source: str) -> None:
    assert reader.read(source) == source


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("let a = 1, b", "var a = 1, b = undefined"),
        ("const a = 1", "var   a = 1"),
        ("const { a, b: [c] } = d", "var   { a, b: [c] } = d"),
        ("class A extends B {}", "var A = class A extends B {};"),
        ("for (let a of b) { let c }", "for (let a of b) { let c }"),
        ("let a; { let b; const c = 1; class D {} }", "var a = undefined; { let b; const c = 1; class D {} }"),
        ("'let'", "'let'"),
        ("let a = 'class A {}'", "var a = 'class A {}'"),
        ("using a = b", "using a = b"),
        ("import a from 'b'", "var { default: a } = await import('b');"),
        ("import a, { b as c, 'd e' as f } from 'g'", "var { default: a, b: c, 'd e': f } = await import('g');"),
        ("import a, * as b from 'c'", "var b = await import('c'), a = b.default;"),
        (
            "import a from 'b' with { type: 'json' }",
            "var { default: a } = await import('b', { with: { type: 'json' } });",
        ),
        ("import 'a'", "void await import('a');"),
        ("export async function f() {}", "async function f() {}"),
        ("export {}", ""),
    ],
)
def test_names_at_the_top_may_be_declared_again(reader: Reader, source: str, code: str) -> None:
    assert reader.read(source) == code


def test_without_the_packages_names_are_declared_once(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise FileNotFoundError("built without its packages")

    monkeypatch.setattr(_repl_source, "tool", missing)
    assert reader.read("let without = 1") == "let without = 1"
    with pytest.raises(FileNotFoundError):
        reader.read("let without = 1", typescript=True)
