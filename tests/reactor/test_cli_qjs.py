"""`snapjs qjs`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.guest.cli_runner import cli


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def test_a_script_gets_its_arguments() -> None:
    Path("main.js").write_text("print(...scriptArgs)")

    assert cli("qjs", "main.js", "-e", "--x").stdout == "main.js -e --x\n"


def test_input_and_exit_code() -> None:
    result = cli("qjs", "--std", "-e", "setTimeout(() => std.exit(std.in.getline().length))", stdin="four\n")

    assert result.exit_code == 4


def test_a_script_elsewhere_is_read_with_what_it_imports() -> None:
    Path("../other/a.mjs").write_text("import './b.mjs'")
    Path("../other/b.mjs").write_text("print('b')")

    assert cli("qjs", "../other/a.mjs").stdout == "b\n"


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname"])
def test_nothing_else_is_read(path: str) -> None:
    Path("../secret").write_text("secret")

    assert cli("qjs", "--std", "-e", f"print(std.loadFile({path!r}))").stdout == "null\n"


def test_nothing_is_written() -> None:
    result = cli("qjs", "--std", "-e", "std.writeFile('a', 'x')")

    assert (result.exit_code, Path("a").exists()) == (1, False)


def test_the_current_folder_is_written_when_that_is_allowed() -> None:
    assert cli("qjs", "--write", "--std", "-e", "std.writeFile('a', 'x')").exit_code == 0
    assert Path("a").read_text() == "x"


def test_environment_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEN", "1")
    monkeypatch.setenv("HIDDEN", "2")

    assert (
        cli("qjs", "--env", "SEEN", "--std", "-e", "print(JSON.stringify(std.getenviron()))").stdout == '{"SEEN":"1"}\n'
    )


def test_what_is_thrown_is_exit_code_1() -> None:
    result = cli("qjs", "-e", "setTimeout(() => { throw new TypeError('no') })")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, "Uncaught TypeError: no")


@pytest.mark.parametrize("args", [["--fast"], ["-e"], ["-m"]])
def test_what_cannot_be_run_is_exit_code_2(args: list[str]) -> None:
    assert cli("qjs", *args).exit_code == 2
