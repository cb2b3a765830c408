"""What `snapjs repl` sees to be open in a source that goes on."""

from __future__ import annotations

import pytest

from snapjs.cli._repl_brackets import Brackets


def is_open(source: str) -> bool:
    brackets = Brackets()
    for line in source.splitlines(keepends=True):
        brackets.feed(line)
    return brackets.is_open


@pytest.mark.parametrize(
    "source",
    [
        "f(",
        "[1,\n2,\n",
        "if (a) {\n",
        "`a",
        "`a\n${`b`}\n",
        "`${",
        "`${ { a: 1 } ",
        "`\\`",
        "/*\n * it's\n",
        "{ // }\n",
        "{ /* } */",
        "{ '}'",
        '{ "\\"}"',
        "{ a = /[/}]/",
        "{ a = b / c; '/}'",
        "{ (a + b) / 2; f('/', 2)",
        "{ if (a) /}/.test(b)",
        "{ for (const a of b) /}/.test(a)",
        "{ return /}/",
        "{ a.return / b; '}/'",
        "{ a?.in / b; '}/'",
        "{ x[0] / 2; '}/'",
        "{ 1.5 / 2; '}/'",
        "{ `a` / 2; '}/'",
        "{ f(...a)",
        "{ größe / 2; '}/'",
    ],
)
def test_open(source: str) -> None:
    assert is_open(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "1 +",
        "f()",
        "if (a) {\n}\n",
        "`${'`'}`",
        "`$ {`",
        "`\\${`",
        "/* { */",
        "// {\n",
        "'{'",
        '"\\"{"',
        "/[{]/",
        "a = /\\/{/",
        "typeof /{/",
        "void /{/",
        "(a) / 2",
        "while (a) /{/.test(b)",
    ],
)
def test_not_open(source: str) -> None:
    assert not is_open(source)


@pytest.mark.parametrize(
    "source",
    [
        "{} /{/",
        "a++ /{/",
        "a! /{/",
        "await /{/",
        "{ a <!-- }",
        "{ a\n--> }",
        "{ '",
        "{ a = /[",
        "{ \\u0061",
        "(]",
        "{ )",
        "{ ☃",
    ],
)
def test_it_gives_up_where_it_is_not_certain(source: str) -> None:
    assert not is_open(f"{source}\n(")
