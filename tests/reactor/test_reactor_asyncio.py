"""Loops on asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest

from snapjs import JSError, Reactor

Make = Callable[..., Reactor]
READS = "var got; os.setReadHandler(0, () => { got = std.in.getline(); os.setReadHandler(0, null) })"


def test_timers(reactor: Reactor, out: list[str]) -> None:
    reactor.eval("os.setTimeout(() => print('late'), 10)")

    assert asyncio.run(reactor.run_loop_async()) == 0
    assert out == ["late\n"]


def test_pushed_input_wakes(reactor: Reactor) -> None:
    async def run() -> int | None:
        asyncio.get_running_loop().call_later(0.01, reactor.push_stdin, b"hello\n")
        return await reactor.run_loop_async(5)

    reactor.eval(READS)

    assert (asyncio.run(run()), reactor.eval("got")) == (0, "hello")


def test_several_side_by_side(make_reactor: Make) -> None:
    reading, writing = os.pipe()

    async def run(*reactors: Reactor) -> list[int | None]:
        asyncio.get_running_loop().call_later(0.01, os.write, writing, b"a\n")
        return await asyncio.gather(*[reactor.run_loop_async(5) for reactor in reactors])

    try:
        with os.fdopen(reading, "rb") as file:
            piped, timed = make_reactor(stdin=file), make_reactor()
            piped.eval(READS)
            timed.eval("setTimeout(() => std.exit(3), 5)")

            assert asyncio.run(run(piped, timed)) == [0, 3]
            assert piped.eval("got") == "a"
    finally:
        os.close(writing)


def test_cancelling_leaves_the_program(reactor: Reactor, out: list[str]) -> None:
    async def run() -> None:
        task = asyncio.create_task(reactor.run_loop_async())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    reactor.eval("setTimeout(() => print('on'), 20)")
    asyncio.run(run())

    assert (out, reactor.run_loop(), out) == (["on\n"], 0, ["on\n"])


def test_what_nobody_caught_is_raised(reactor: Reactor) -> None:
    reactor.eval("setTimeout(() => { throw new Error('no') })")

    with pytest.raises(JSError, match="no"):
        asyncio.run(reactor.run_loop_async())


def test_the_time_is_over(reactor: Reactor) -> None:
    reactor.eval("setTimeout(() => {}, 60000)")

    assert asyncio.run(reactor.run_loop_async(0.01)) is None
