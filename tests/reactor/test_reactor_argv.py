"""The command line."""

from __future__ import annotations

import pytest

from snapjs import Reactor

FILES = {
    "main.js": b"import { name } from './lib/name.js'; print(name, ...scriptArgs)",
    "lib/name.js": b"export const name = 'lib'",
    "script.js": b"#!/usr/bin/env qjs\nvar global = 1; print(typeof this.global)",
    "first.js": b"globalThis.first = 'first'",
    "uses.js": b"print(first)",
    "bad.js": b"print('before'); throw new TypeError('bad')",
    "std.mjs": b"import * as std from 'qjs:std'; import { platform } from 'qjs:os'; std.puts(platform)",
}


def ran(*args: str) -> tuple[int, str, str | None]:
    out: list[str] = []
    with Reactor(preopens={"/": FILES}, stdout=out.append, stderr=lambda text: None) as reactor:
        return reactor.init_argv(["qjs", *args]), "".join(out), reactor.error


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["main.js", "-e", "x"], "lib main.js -e x\n"),
        (["script.js"], "number\n"),
        (["-I", "first.js", "uses.js"], "first\n"),
        (["std.mjs"], "linux"),
        (["--std", "-e", "print(typeof std, typeof os)"], "object object\n"),
        (["-e", "print(typeof std)", "rest"], "undefined\n"),
        (["--eval=print(scriptArgs, argv0)", "rest"], "rest qjs\n"),
        (["-m", "-e", "import.meta; print(typeof await 1)"], "number\n"),
        (["--", "main.js"], "lib main.js\n"),
    ],
)
def test_command_line(args: list[str], expected: str) -> None:
    assert ran(*args) == (0, expected, None)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--fast"], "unknown option '--fast'"),
        (["-x", "main.js"], "unknown option '-x'"),
        (["-e"], "option -e lacks its value"),
        (["--memory-limit", "lots"], "--memory-limit takes a number of kilobytes"),
        (["none.js"], "could not load 'none.js'"),
        (["bad.js"], "TypeError: bad"),
        (["-e", "1 +"], "SyntaxError"),
        (["-m", "-e", "throw new RangeError('far')"], "RangeError: far"),
        (["-m", "-e", "import 'missing'"], "missing"),
    ],
)
def test_command_line_that_fails(args: list[str], error: str) -> None:
    code, _, said = ran(*args)

    assert code == -1
    assert said is not None
    assert error in said


def test_a_memory_limit_holds() -> None:
    assert ran("--memory-limit", "4m", "-e", "new ArrayBuffer(1e7)")[2] is not None


def test_a_script_that_exits_has_begun_well() -> None:
    with Reactor(["qjs", "--std", "-e", "std.exit(4)"]) as reactor:
        assert (reactor.init_argv(), reactor.exit_code) == (0, 4)


def test_a_reactor_begins_once(reactor: Reactor) -> None:
    assert (reactor.init(), reactor.error) == (-1, "The reactor has begun already. Make another.")


def test_a_module_that_waits_goes_on_in_the_loop() -> None:
    out: list[str] = []
    with Reactor(stdout=out.append) as reactor:
        assert reactor.init_argv(["qjs", "-m", "-e", "await new Promise(f => setTimeout(f, 1)); print('on')"]) == 0
        assert (reactor.run_loop(), out) == (0, ["on\n"])


def test_a_module_that_throws_late_is_minus_two() -> None:
    with Reactor(stderr=lambda text: None) as reactor:
        reactor.init_argv(["qjs", "-m", "-e", "await new Promise(f => setTimeout(f)); throw 1"])

        assert reactor.loop_once() == -2


def test_a_program_begins_in_its_folder() -> None:
    out: list[str] = []
    with Reactor(["qjs", "a.js"], preopens={"/app": {"a.js": b"print(1)"}}, cwd="/app", stdout=out.append) as reactor:
        assert (reactor.init_argv(), out) == (0, ["1\n"])


def test_a_folder_to_begin_in_must_be_there() -> None:
    with Reactor(cwd="/none") as reactor:
        assert reactor.init() == -1
        assert reactor.error == 'RangeError: cwd="/none" is not among the folders of preopens='


def test_a_command_line_is_a_list() -> None:
    with pytest.raises(TypeError, match="args is a list"):
        Reactor("qjs main.js")
