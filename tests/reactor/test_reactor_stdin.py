"""Standard input, by each of its ways."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snapjs import MemoryLimitError, Reactor

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


def test_nobody_else_need_keep_the_file(make_reactor: Make, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"a\nb")

    file = (tmp_path / "in").open("rb")
    kept = weakref.ref(file)
    reactor = make_reactor(stdin=file)
    del file
    gc.collect()

    assert reactor.eval(LINES) == ["a", "b"]
    kept().close()  # type: ignore[union-attr]


def test_a_closed_file_is_told(make_reactor: Make, tmp_path: Path) -> None:
    with (tmp_path / "in").open("w+b") as file:
        reactor = make_reactor(stdin=file)
    reactor.eval("os.setReadHandler(0, () => {})")

    with pytest.raises(ValueError, match="closed file"):
        reactor.run_loop(1)


def test_a_descriptor_that_does_not_block_is_eagain(make_reactor: Make) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with open(reading, "rb") as file, open(writing, "wb"):
        assert make_reactor(stdin=file).eval("os.read(0, new ArrayBuffer(1), 0, 1)") == -11


@pytest.mark.parametrize("run", [Reactor.run_loop, lambda reactor, end: asyncio.run(reactor.run_loop_async(end))])
def test_a_descriptor_beyond_those_of_select(make_reactor: Make, run: Callable[[Reactor, float], int]) -> None:
    fcntl, resource = pytest.importorskip("fcntl"), pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (resource.RLIM_INFINITY, -1) and hard < 3000:
        pytest.skip("the system gives this process too few descriptors")
    reading, writing = os.pipe()
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000), hard))
    try:
        with open(reading, "rb") as low, open(fcntl.fcntl(low, fcntl.F_DUPFD, 2000), "rb") as file:
            reactor = make_reactor(stdin=file)
            reactor.eval("var got; os.setReadHandler(0, () => { got = std.in.getline(); os.setReadHandler(0, null) })")
            writer = threading.Timer(0.02, os.write, [writing, b"hello\n"])
            writer.start()

            assert (run(reactor, 60), reactor.eval("got")) == (0, "hello")
            writer.join()
    finally:
        os.close(writing)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_does_not_fit_into_memory_is_not_lost() -> None:
    with Reactor(["qjs", "--memory-limit", "8m"], std=True) as reactor:
        assert reactor.init_argv() == 0
        reactor.push_stdin(b"x" * 20_000_000 + b"\nshort\n")
        with pytest.raises(MemoryLimitError):
            reactor.snapshot()

        for _ in range(20_000_000 // (1 << 16)):
            reactor.eval("os.read(0, new ArrayBuffer(1 << 16), 0, 1 << 16)")
        assert reactor.eval("std.in.getline().length") == 20_000_000 % (1 << 16)
        assert reactor.eval("std.in.getline()") == "short"


def test_what_was_pushed_in_pieces_is_read_at_once(reactor: Reactor) -> None:
    reactor.push_stdin(b"ab")
    reactor.push_stdin(b"cd")

    assert reactor.eval("std.in.readAsString()") == "abcd"


def test_pushing_nothing_is_not_the_end(reactor: Reactor) -> None:
    reactor.push_stdin(b"")
    assert reactor.eval("[std.in.getline(), std.in.eof()]") == [None, False]
    reactor.push_stdin(b"a\n")

    assert reactor.eval("std.in.getline()") == "a"
