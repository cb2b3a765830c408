"""``snapjs run`` and ``resume`` with ``--allow-fetch``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runner import Result, cli
from http_server import HttpServer, Received, Writer, response

pytest.importorskip("httpcore2")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer({"/name": response("ann"), "/open/name": response("ben")}) as server:
        yield server


def run(server: HttpServer, source: str, *options: str | Path, allow: str = "/*") -> Result:
    """Run a program in which `url` is the server's."""
    given = ("--allow-fetch", server.url + allow, "--allow-private", *options)
    return cli("run", "-", *given, stdin=f"const url = {server.url!r};\n{source}")


def test_a_program_fetches_what_is_allowed(server: HttpServer) -> None:
    assert run(server, "await (await fetch(url + '/name')).text()") == Result(0, "ann\n", "")


def test_without_the_option_there_is_no_fetch() -> None:
    assert cli("run", "-", stdin="typeof fetch") == Result(0, "undefined\n", "")


def test_what_is_not_allowed_is_an_error(server: HttpServer) -> None:
    source = "await fetch(url + '/name').catch(error => error.message)"
    stdout = f"fetch: GET {server.url}/name is not allowed by the policy: the URL is none of those allowed\n"
    assert run(server, source, allow="/open/*") == Result(0, stdout, "")


def test_the_option_may_be_given_several_times(server: HttpServer) -> None:
    source = "(await (await fetch(url + '/name')).text()) + (await (await fetch(url + '/open/name')).text())"
    assert run(server, source, "--allow-fetch", f"{server.url}/name", allow="/open/*") == Result(0, "annben\n", "")


def test_addresses_that_are_not_public_need_the_other_option(server: HttpServer) -> None:
    source = f"await fetch('{server.url}/name').catch(error => error.message)"
    result = cli("run", "-", "--allow-fetch", f"{server.url}/*", stdin=source)
    assert result.stdout.endswith("it has no public address, and private ones are not allowed\n")


def test_a_fetch_that_a_timer_begins_is_waited_for(server: HttpServer) -> None:
    source = "setTimeout(async () => console.log(await (await fetch(url + '/name')).text()), 1); 0"
    assert run(server, source) == Result(0, "0\nann\n", "")


def test_a_program_is_saved_when_its_fetches_are_done(server: HttpServer, tmp_path: Path) -> None:
    source = "const name = fetch(url + '/name').then(answer => answer.text()); (await ask('go on?')) && await name"
    target = tmp_path / "program.snap"
    result = run(server, source, "--snapshot-to", target)
    assert (result.exit_code, result.stdout.splitlines()[1]) == (0, '  2  ask("go on?")')
    assert cli("resume", target, "--answer", "2=true") == Result(0, "ann\n", "")


def test_a_program_that_goes_on_fetches_what_is_allowed_then(server: HttpServer, tmp_path: Path) -> None:
    target = tmp_path / "program.snap"
    run(server, "await ask('go on?'); await (await fetch(url + '/name')).text()", "--snapshot-to", target)
    allowed = ("--allow-fetch", f"{server.url}/*", "--allow-private")
    assert cli("resume", target, "--answer", "1=true", *allowed) == Result(0, "ann\n", "")
    refused = cli("resume", target, "--answer", "1=true")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "fetch: this VM was given no policy when it was restored" in refused.stderr


def test_the_timeout_holds_for_a_server_that_never_answers() -> None:
    with HttpServer() as server:

        async def wait(_: Received, __: Writer) -> None:
            await server.released()

        server.routes["/"] = wait
        result = run(server, "await fetch(url + '/')", "--timeout", "0.05")
    assert result == Result(3, "", "Stopped: the program took longer than --timeout 0.05 seconds.\n")


def test_what_is_no_pattern_is_refused() -> None:
    result = cli("run", "-", "--allow-fetch", "example.com", stdin="1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: --allow-fetch: 'example.com' is no URL pattern: write it as")


def test_private_addresses_alone_are_refused() -> None:
    stderr = "Error: --allow-private without --allow-fetch allows nothing: say which URLs, with --allow-fetch\n"
    assert cli("run", "-", "--allow-private", stdin="1") == Result(2, "", stderr)


def test_without_the_package_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpcore2", None)
    stderr = "Error: --allow-fetch needs the package httpcore2: pip install 'snapjs[fetch]'\n"
    assert cli("run", "-", "--allow-fetch", "https://example.com/*", stdin="1") == Result(2, "", stderr)
