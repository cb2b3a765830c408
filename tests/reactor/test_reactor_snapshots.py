"""Programs that are saved in the middle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, Reactor, SnapshotError

Make = Callable[..., Reactor]


def test_timers_go_on(make_reactor: Make, moved: Make, clock: Any, out: list[str]) -> None:
    reactor = make_reactor(clock=clock)
    reactor.eval("os.setTimeout(() => print('fired'), 500)")
    restored = moved(reactor, clock=clock)
    assert restored.loop_once() == 500
    clock.now += 1

    assert (restored.loop_once(), out) == (-1, ["fired\n"])


def test_open_files_keep_their_positions(reactor: Reactor, moved: Make) -> None:
    reactor.eval("var f = std.open('/a', 'w+'); f.puts('one\\ntwo\\n'); f.seek(0, 0); f.getline()")

    assert moved(reactor).eval("[f.getline(), f.tell(), std.loadFile('/a')]") == ["two", 8, "one\ntwo\n"]


def test_handlers_and_half_read_input_go_on(reactor: Reactor, moved: Make) -> None:
    reactor.eval("var lines = []; os.setReadHandler(0, () => { const l = std.in.getline(); if (l) lines.push(l) })")
    reactor.push_stdin(b"one\ntwo\nthr")
    reactor.poll_io()
    restored = moved(reactor)
    restored.push_stdin(b"ee\n")
    for _ in range(4):
        restored.poll_io()

    assert restored.eval("lines") == ["one", "two", "three"]


def test_the_end_of_input_is_saved(reactor: Reactor, moved: Make) -> None:
    reactor.push_stdin(b"last")
    reactor.close_stdin()

    assert moved(reactor).eval("[std.in.getline(), std.in.getline()]") == ["last", None]


def test_half_a_character_of_output_is_saved(reactor: Reactor, moved: Make, out: list[str]) -> None:
    reactor.eval("std.out.putByte(0xC3)")
    moved(reactor).eval("std.out.putByte(0xA9)")

    assert out == ["é"]


def test_modules_and_environment_are_saved(make_reactor: Make, moved: Make) -> None:
    restored = moved(make_reactor(env={"A": "1"}))
    restored.eval("import { getenv } from 'qjs:std'; globalThis.a = getenv('A')", module=True)

    assert restored.eval("a") == "1"


def test_a_snapshot_of_something_else_is_refused() -> None:
    with VM() as vm:
        snapshot = vm.snapshot()

    with pytest.raises(SnapshotError, match="not of a Reactor"):
        Reactor.restore(snapshot)


def test_a_program_that_has_exited_does_not_go_on(reactor: Reactor, moved: Make, out: list[str]) -> None:
    reactor.eval("setTimeout(() => print('late')); std.exit(3)")
    restored = moved(reactor)

    assert (restored.run_loop(), restored.exit_code, out) == (3, 3, [])
