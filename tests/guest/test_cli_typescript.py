"""``snapjs run`` of TypeScript."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_runner import cli


def run(folder: Path, source: str, name: str = "program.ts", *options: str) -> tuple[int, str, str]:
    file = folder / name
    file.write_text(source, encoding="utf-8")
    result = cli("run", file, *options)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("name", ["program.ts", "program.mts", "program.tsx"])
def test_it_runs(tmp_path: Path, name: str) -> None:
    assert run(tmp_path, "enum A { B = 1 }\nconsole.log(A.B as number)", name) == (0, "1\n", "")


def test_it_is_a_module(tmp_path: Path) -> None:
    assert run(tmp_path, "export {}\nconsole.log(this, await 1)\n2") == (0, "undefined 1\n", "")


def test_a_syntax_error_says_where_it_is(tmp_path: Path) -> None:
    assert run(tmp_path, "const a = 1\nlet b: = 2") == (
        1,
        "",
        "Uncaught SyntaxError: Type expected.\n    at program.ts:2:8\n",
    )


def test_an_error_says_where_it_is(tmp_path: Path) -> None:
    assert run(tmp_path, "interface A {\n    a: 1\n}\n\nthrow Error('no')") == (
        1,
        "",
        "Uncaught Error: no\n    at <anonymous> (program.ts:5:7)\n",
    )


def test_an_error_after_a_resume_says_where_it_is(tmp_path: Path) -> None:
    source = "interface A {\n    a: 1\n}\n\nawait ask('go on?')\nthrow Error('no')"
    assert run(tmp_path, source)[0] == 0

    result = cli("resume", tmp_path / "program.snap", "--answer", "1=true")
    assert (result.exit_code, result.stderr) == (1, "Uncaught Error: no\n    at <anonymous> (program.ts:6:7)\n")


def test_a_commonjs_program_runs(tmp_path: Path) -> None:
    (tmp_path / "other.cts").write_text("export = { a: 1 as number }")
    source = "import other = require('./other.cts')\nconsole.log(other.a, __filename)\nthrow Error('no')"

    assert run(tmp_path, source, "program.cts") == (
        1,
        "1 /program.cts\n",
        "Uncaught Error: no\n    at <anonymous> (program.cts:3:7)\n",
    )


def test_it_imports_typescript_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "other.ts").write_text("export const a = 1 as number")

    assert run(tmp_path, "import { a } from './lib/other.ts'\nconsole.log(a)") == (0, "1\n", "")


def test_a_syntax_error_in_what_it_imports_says_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "other.ts").write_text("let a: = 1")

    assert run(tmp_path, "import './other.ts'")[::2] == (
        1,
        "Uncaught SyntaxError: Type expected.\n    at other.ts:1:8\n",
    )
