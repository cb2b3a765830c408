"""Standard input, by each of its ways."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import Reactor

Make = Callable[..., Reactor]
LINES = "var lines = []; for (let line; (line = std.in.getline()) !== null;) lines.push(line); lines"


@pytest.mark.parametrize("source", [b"a\nb", io.BytesIO(b"a\nb"), io.BytesIO(b"a\nb").read], ids=["bytes", "file", "callable"])  # fmt: skip
def test_sources(make_reactor: Make, source: Any) -> None:
    assert make_reactor(stdin=source).eval(LINES) == ["a", "b"]


def test_a_real_file(make_reactor: Make, tmp_path: Any) -> None:
    (tmp_path / "in").write_bytes(b"a\nb")
    with (tmp_path / "in").open("rb") as file:
        assert make_reactor(stdin=file).eval(LINES) == ["a", "b"]


def test_a_pipe_wakes_the_loop(make_reactor: Make) -> None:
    reading, writing = os.pipe()
    try:
        with os.fdopen(reading, "rb") as file:
            reactor = make_reactor(stdin=file)
            reactor.eval("var got; os.setReadHandler(0, () => { got = std.in.getline(); os.setReadHandler(0, null) })")
            os.write(writing, b"hello\n")

            assert (reactor.run_loop(5), reactor.eval("got")) == (0, "hello")
    finally:
        os.close(writing)


def test_a_line_that_has_come_in_half_waits(reactor: Reactor) -> None:
    reactor.push_stdin(b"ab")
    assert reactor.eval("std.in.getline()") is None
    reactor.push_stdin(b"c\nd")

    assert reactor.eval("std.in.getline()") == "abc"


def test_each_line_calls_the_handler(reactor: Reactor) -> None:
    reactor.eval("var lines = []; os.setReadHandler(0, () => lines.push(std.in.getline()))")
    reactor.push_stdin(b"a\nb\n")

    assert (reactor.poll_io(), reactor.poll_io(), reactor.eval("lines")) == (0, 0, ["a", "b"])


def test_nothing_there_yet_is_eagain(reactor: Reactor) -> None:
    assert reactor.eval("os.read(0, new ArrayBuffer(1), 0, 1)") == -11


def test_the_end_is_no_bytes(reactor: Reactor) -> None:
    reactor.close_stdin()

    assert reactor.eval("[os.read(0, new ArrayBuffer(1), 0, 1), std.in.getline(), std.in.eof()]") == [0, None, True]


def test_pushing_after_the_end_is_refused(reactor: Reactor) -> None:
    reactor.close_stdin()

    with pytest.raises(ValueError, match="closed"):
        reactor.push_stdin(b"x")


def test_pushing_beside_a_source_is_refused(make_reactor: Make) -> None:
    with pytest.raises(ValueError, match="stdin="):
        make_reactor(stdin=io.BytesIO()).push_stdin(b"x")


def test_who_waits_for_a_pipe_is_woken_by_destroying(make_reactor: Make) -> None:
    reading, writing = os.pipe()
    try:
        with os.fdopen(reading, "rb") as file:
            reactor = make_reactor(stdin=file)
            reactor.eval("os.setReadHandler(0, () => {})")
            destroying = threading.Timer(0.02, reactor.destroy)
            destroying.start()

            assert reactor.run_loop(60) == 0
            destroying.join()
    finally:
        os.close(writing)
