"""The tests and examples of QuickJS under `snapjs qjs`, where SNAPJS_QUICKJS names a copy of them."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from tests.guest.cli_runner import cli

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif("SNAPJS_QUICKJS" not in os.environ, reason="SNAPJS_QUICKJS names no copy of QuickJS's scripts"),
]

PASSING = {
    "examples/fib_module.js": ("", ""),
    "examples/hello.js": ("", "Hello World\n"),
    "examples/hello_module.js": ("", "Hello World\nfib(10)= 55\n"),
    "examples/pi_bigint.js 50": ("", "3.14159265358979323846264338327950288419716939937510\n"),
    "tests/assert.js": ("", ""),
    "tests/test_bigint.js": ("", ""),
    "tests/test_bjson.js": (r"^ *bjson_test_reference\(", ""),
    "tests/test_builtin.js": (
        # where QuickJS-NG says another column, as its own qjs does
        r"assert_json_error\('|^test_line_column_numbers\(",
        "",
    ),
    "tests/test_closure.js": ("", ""),
    "tests/test_cyclic_import.js": ("", ""),
    "tests/test_language.js": ("", ""),
    "tests/test_loop.js": (r"l: break l;|^test_for_in_proxy\(", ""),
    "tests/test_std.js": (
        # no other processes; no parseExtJSON in QuickJS-NG
        r"^test_(popen|os_exec|ext_json)\(|stdinIsTTY",
        "",
    ),
}
"""What is run: a pattern of the lines that are left out, which `FAILING` explains, and what is printed."""

NO_OTHER_PROCESSES = "is not available in a sandbox: there are no other processes"
FAILING = {
    # what a sandbox has not
    "tests/test_std.js: popen": (r"^test_(?!popen)\w+\(\);", f"TypeError: std.popen {NO_OTHER_PROCESSES}"),
    "tests/test_std.js: os": (r"^test_(?!os\()\w+\(\);", f"TypeError: os.exec {NO_OTHER_PROCESSES}"),
    "tests/test_std.js: os_exec": (r"^test_(?!os_exec)\w+\(\);", f"TypeError: os.exec {NO_OTHER_PROCESSES}"),
    "tests/test_worker.js": ("", "TypeError: os.Worker is not available in a sandbox: it has one thread"),
    # native modules, which the examples build
    "examples/test_fib.js": ("", "There is no module 'examples/fib.so', imported by examples/test_fib.js. …"),
    "examples/test_point.js": ("", "There is no module 'examples/point.so', imported by examples/test_point.js. …"),
    # what QuickJS has, and QuickJS-NG has not or has otherwise: where true asks for references, it asks for bytecode
    "tests/test_bjson.js": (
        "",
        "TypeError: bjson.write of bytecode is not available in a sandbox: the engine does not verify it",
    ),
    "tests/test_std.js: ext_json": (r"^test_(?!ext_json)\w+\(\);", "TypeError: not a function"),
    # what QuickJS-NG 0.17.0 does under its own qjs, too
    "tests/test_builtin.js": (
        "",
        "Error: unexpected line or column number. error=Bad escaped character in JSON at position 5 …",
    ),
    "tests/test_loop.js": ("", "InternalError: invalid opcode (op=0, pc=3)"),
    "tests/test_loop.js: for_in_proxy": ("l: break l;", "Error: assertion failed: got |false|, expected |true|"),
}
"""What ends with an error: a pattern of the lines that are left out, and the first line of the error."""

NO_PROGRAMS = {
    "examples/fib.c",
    "examples/point.c",
    "tests/bjson.c",
    "tests/fixture_cyclic_import.js",
    "tests/microbench.js",
    "tests/test262.patch",
    "tests/test_worker_module.js",
}
"""Modules of others, what is measured, and what is not JavaScript."""


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that imports the modules by the names that they have in QuickJS-NG, and quotes strings as everybody does."""
    for part in ("tests", "examples"):
        shutil.copytree(Path(os.environ["SNAPJS_QUICKJS"]) / part, tmp_path / part)
    for script in tmp_path.glob("*/*.js"):
        text = script.read_text(encoding="utf-8")
        text = re.sub(r'from "(?:\./)?(std|os|bjson)(?:\.so)?"', r'from "qjs:\1"', text)
        script.write_text(text.replace("a.__quote()", "JSON.stringify(a)"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def leave_out(script: Path, lines: str) -> None:
    if lines:
        kept = [
            line
            for line in script.read_text(encoding="utf-8").splitlines(keepends=True)
            if line.startswith("function ") or not re.search(lines, line)
        ]
        script.write_text("".join(kept), encoding="utf-8")


@pytest.mark.parametrize("command", PASSING)
def test_scripts_that_pass(scripts: Path, command: str) -> None:
    without, printed = PASSING[command]
    script, *args = command.split()
    leave_out(scripts / script, without)

    result = cli("qjs", "--write", "--std", script, *args)

    assert (result.exit_code, result.stdout, result.stderr) == (0, printed, "")


@pytest.mark.parametrize("name", FAILING)
def test_scripts_that_cannot(scripts: Path, name: str) -> None:
    without, error = FAILING[name]
    script = name.partition(":")[0]
    leave_out(scripts / script, without)

    result = cli("qjs", "--write", "--std", script)

    assert result.exit_code == 1
    assert re.match(re.escape(f"Uncaught {error}").replace("…", ".*"), result.stderr), result.stderr


def test_none_is_left_out(scripts: Path) -> None:
    found = {path.relative_to(scripts).as_posix() for path in scripts.glob("*/*")}

    assert found == {re.split("[: ]", name)[0] for name in [*PASSING, *FAILING]} | NO_PROGRAMS
