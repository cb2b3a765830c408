"""qjs:std: formats, output, environment, evaluation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import JSError, Reactor

Make = Callable[..., Reactor]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("'a%db', 1", "a1b"),
        ("'%5d|%-5d|%05d', 42, 42, 42", "   42|42   |00042"),
        ("'%+d % d', 1, 1", "+1  1"),
        ("'%.3d', 7", "007"),
        ("'%*d|%-*d|', 4, 1, 4, 1", "   1|1   |"),
        ("'%d', 2 ** 32 + 5", "5"),
        ("'%ld', 2 ** 40", "1099511627776"),
        ("'%lld', -1n", "-1"),
        ("'%u', -1", "4294967295"),
        ("'%x %X %#x %o %#o', 255, 255, 255, 8, 8", "ff FF 0xff 10 010"),
        ("'%c%c', 65, 'B'", "AB"),
        ("'%s|%5s|%-5s|%.2s', 'é', 'ab', 'ab', 'abc'", "é|   ab|ab   |ab"),
        ("'%f %.2f', 1.5, 2.346", "1.500000 2.35"),
        ("'%.0f %.0f %.1f %.1f %.0e', 0.5, 1.5, 1.25, 1.35, 2.5", "0 2 1.2 1.4 2e+00"),
        ("'%08.3f', -3.14159", "-003.142"),
        ("'%f', 1e21", "1000000000000000000000.000000"),
        ("'%e %.2E', 12345.678, 0.00012", "1.234568e+04 1.20E-04"),
        ("'%g %g %g %g', 100000, 1000000, 0.0001, 0.00001", "100000 1e+06 0.0001 1e-05"),
        ("'%g %#g', 0.5, 0.5", "0.5 0.500000"),
        ("'%f %F %5f', NaN, Infinity, -Infinity", "nan INF  -inf"),
        ("'%a %A %.1a %a', 1.5, 255.5, 1.75, 0", "0x1.8p+0 0X1.FFP+7 0x1.cp+0 0x0p+0"),
        ("'100%%'", "100%"),
    ],
)
def test_formats(reactor: Reactor, call: str, expected: str) -> None:
    assert reactor.eval(f"std.sprintf({call})") == expected


@pytest.mark.parametrize("call", ["'%d'", "'%y', 1", "'%'"])
def test_a_format_that_is_wrong_throws(reactor: Reactor, call: str) -> None:
    with pytest.raises(JSError, match="conversion specifier"):
        reactor.eval(f"std.sprintf({call})")


def test_output_goes_out_at_once(reactor: Reactor, out: list[str], err: list[str]) -> None:
    reactor.eval("std.puts('a'); std.printf('%d\\n', 1); std.err.puts('e'); print('%d', 'x')")

    assert (out, err) == (["a", "1\n", "%d x\n"], ["e"])


def test_a_character_in_two_writes_comes_out_whole(reactor: Reactor, out: list[str]) -> None:
    reactor.eval("std.out.putByte(0xC3); std.out.putByte(0xA9)")

    assert out == ["é"]


def test_environment(make_reactor: Make) -> None:
    reactor = make_reactor(env={"A": "1"})

    reactor.eval("std.setenv('B', 2); std.setenv('C', 3); std.unsetenv('C')")

    assert reactor.eval("[std.getenv('A'), std.getenv('C') === undefined, std.getenviron()]") == [
        "1",
        True,
        {"A": "1", "B": "2"},
    ]


@pytest.mark.parametrize("name", ["''", "'A=B'", "'='"])
def test_a_name_that_no_variable_has_is_passed_over(reactor: Reactor, name: str) -> None:
    assert reactor.eval(f"std.setenv({name}, 'x'); Object.keys(std.getenviron()).length") == 0


def test_scripts_run_in_the_global_scope(reactor: Reactor) -> None:
    assert reactor.eval("(function () { std.evalScript('var made = 6'); return made * 7 })()") == 42


def test_a_script_may_await(reactor: Reactor) -> None:
    reactor.eval("var got; std.evalScript('await 5', { async: true }).then(({ value }) => got = value)")

    assert (reactor.run_loop(), reactor.eval("got")) == (0, 5)


def test_a_file_runs_as_script(make_reactor: Make) -> None:
    reactor = make_reactor(preopens={"/lib": {"a.js": b"var fromFile = {}; fromFile"}})

    assert reactor.eval("std.loadScript('/lib/a.js') === fromFile") is True


def test_errors_have_names_and_texts(reactor: Reactor) -> None:
    assert reactor.eval("[std.Error.ENOENT, std.strerror(std.Error.EPIPE)]") == [2, "Broken pipe"]


@pytest.mark.parametrize(
    "call",
    ["os.exec(['ls'])", "os.kill(1, 9)", "os.pipe()", "os.signal(2, null)", "os.Worker('x')", "new os.Worker('x')", "std.popen('ls')",
     "std.urlGet('x')", "os.ttySetRaw(0)", "os.waitpid(1, 0)"],
)  # fmt: skip
def test_what_a_sandbox_has_not_says_so(reactor: Reactor, call: str) -> None:
    with pytest.raises(JSError, match="is not available in a sandbox: "):
        reactor.eval(call)


def test_messages_go_to_the_host(make_reactor: Make) -> None:
    messages: list[bytes] = []
    reactor = make_reactor(on_message=messages.append)

    reactor.eval("{ const port = std.open('/dev/out', 'w'); port.puts('one'); port.puts('two'); port.close() }")

    assert messages == [b"one", b"two"]


@pytest.mark.keeps("a module is never unloaded")
def test_modules_are_what_the_globals_are(reactor: Reactor) -> None:
    reactor.eval("import * as s from 'qjs:std'; globalThis.same = s.open === std.open && s.in === std.in", module=True)

    assert reactor.eval("same") is True


def test_no_global_is_left_of_the_making(make_reactor: Make) -> None:
    reactor = make_reactor(std=False)

    assert reactor.eval("[typeof modules, typeof std, typeof host]") == ["undefined"] * 3
