"""Loops on asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest
from line_reader import LINES

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


async def begun(reactor: Reactor, turns: int) -> asyncio.Task[int | None]:
    """A task in which the reactor has had so many turns of the event loop."""
    task = asyncio.create_task(reactor.run_loop_async())
    for _ in range(turns):
        await asyncio.sleep(0)
    return task


def test_cancelling_again_and_again_loses_nothing_of_a_pipe(make_reactor: Make) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as file, open(writing, "wb", buffering=0) as pipe:
        reactor = make_reactor(stdin=file)
        reactor.eval(LINES)

        async def run() -> int | None:
            for number in range(100):
                task = await begun(reactor, number % 6)
                pipe.write(b"%d\n" % number)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            pipe.close()
            return await reactor.run_loop_async(60)

        assert (asyncio.run(run()), reactor.eval("lines.join()")) == (0, ",".join(map(str, range(100))))


def test_snapshots_while_loops_wait_lose_nothing(make_reactor: Make, moved: Make) -> None:
    text = b"".join(b"%d\n" % number for number in range(15))
    first = make_reactor()
    first.eval(LINES)

    async def run() -> Reactor:
        reactor = first
        for number, position in enumerate(range(0, len(text), 7)):
            reactor.push_stdin(text[position : position + 7])
            task = await begun(reactor, number % 8)
            restored = moved(reactor)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            reactor = restored
        reactor.close_stdin()
        assert await reactor.run_loop_async(60) == 0
        return reactor

    assert asyncio.run(run()).eval("lines.join()") == ",".join(map(str, range(15)))


def test_two_loops_of_one_reactor_share_its_input(reactor: Reactor) -> None:
    reactor.eval(LINES)

    async def run() -> list[int | None]:
        tasks = [await begun(reactor, 1) for _ in range(3)]
        reactor.push_stdin(b"a\nb\n")
        reactor.close_stdin()
        return await asyncio.gather(*tasks)

    assert (asyncio.run(run()), reactor.eval("lines")) == ([0, 0, 0], ["a", "b"])
