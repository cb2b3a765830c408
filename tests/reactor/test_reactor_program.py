"""A whole program: the same output as under QuickJS-NG's own `qjs`, also when it is saved after every line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from snapjs import Reactor

PROGRAMS = Path(__file__).parent / "programs"
LEDGER = (PROGRAMS / "ledger.js").read_bytes()
INPUT = (PROGRAMS / "ledger.in").read_bytes()
OUTPUT = (PROGRAMS / "ledger.out").read_text(encoding="utf-8")
"""what it prints under upstream, recorded"""


def ledger(out: list[str], *args: str) -> Reactor:
    reactor = Reactor(preopens={"/": {"ledger.js": LEDGER}}, stdout=out.append, stdin=None if args else INPUT)
    assert reactor.init_argv(["qjs", "ledger.js", *args]) == 0
    return reactor


def test_read_to_the_end(out: list[str]) -> None:
    with ledger(out) as reactor:
        assert reactor.run_loop() == 0

    assert "".join(out) == OUTPUT


def test_with_handlers_and_timers(out: list[str]) -> None:
    with ledger(out, "handlers") as reactor:
        reactor.push_stdin(INPUT)

        assert reactor.run_loop(10) == 3

    assert "".join(out) == OUTPUT


@pytest.mark.slow
def test_saved_in_the_middle_of_every_line(out: list[str], moved: Callable[..., Reactor]) -> None:
    reactor = ledger(out, "handlers")
    for line in INPUT.splitlines(keepends=True):
        reactor.push_stdin(line[:3])
        reactor.poll_io()
        reactor.loop_once()
        before, reactor = reactor, moved(reactor)
        before.destroy()
        reactor.push_stdin(line[3:])
        reactor.poll_io()
        if line == b"quit\n":
            break

    assert reactor.run_loop(10) == 3
    assert "".join(out) == OUTPUT


@pytest.mark.peers
def test_upstream_prints_what_was_recorded(tmp_path: Path) -> None:
    from upstream import run

    (tmp_path / "ledger.js").write_bytes(LEDGER)
    (tmp_path / "in").write_bytes(INPUT)

    assert run(["qjs", "ledger.js"], tmp_path, tmp_path / "in") == OUTPUT
