"""Standard input from a callable that blocks, on asyncio: it blocks nobody else, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest
from line_reader import LINES

from snapjs import Reactor

Make = Callable[..., Reactor]


class Feed:
    """A callable that blocks until there is something to give."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks: SimpleQueue[bytes] = SimpleQueue()
        self.asked: list[str] = []
        """the name of the thread of each time that it was asked"""
        self.is_asked = threading.Event()
        for chunk in chunks:
            self.give(chunk)

    def give(self, chunk: bytes) -> None:
        self._chunks.put(chunk)

    def __call__(self, size: int) -> bytes:
        self.asked.append(threading.current_thread().name)
        self.is_asked.set()
        return self._chunks.get()


async def asked(feed: Feed) -> None:
    """Until somebody waits for the feed."""
    while not feed.is_asked.is_set():
        await asyncio.sleep(0)


def test_others_go_on_while_one_waits(make_reactor: Make, out: list[str]) -> None:
    feed = Feed()
    waiting, *others = make_reactor(stdin=feed), make_reactor(), make_reactor()
    waiting.eval(LINES)
    for other in others:
        other.eval("let n = 0; const timer = setInterval(() => { if (++n === 3) clearInterval(timer), print(n) }, 1)")

    async def run() -> list[int | None]:
        tasks = [asyncio.create_task(reactor.run_loop_async(60)) for reactor in (waiting, *others)]
        done = [await task for task in tasks[1:]]
        assert (out, waiting.eval("lines")) == (["3\n", "3\n"], [])
        feed.give(b"a\nb\n")
        feed.give(b"")
        return [await tasks[0], *done]

    assert (asyncio.run(run()), waiting.eval("lines")) == ([0, 0, 0], ["a", "b"])


def test_timers_of_the_program_that_waits_go_on(make_reactor: Make, out: list[str]) -> None:
    feed = Feed()
    reactor = make_reactor(stdin=feed)
    reactor.eval(f"{LINES}; setTimeout(() => {{ print('timer'); os.setReadHandler(0, null) }}, 1)")

    assert (asyncio.run(reactor.run_loop_async(60)), out) == (0, ["timer\n"])
    feed.give(b"")


def test_a_program_that_always_has_something_to_do_gets_its_input(make_reactor: Make) -> None:
    feed = Feed(b"a\n", b"")
    reactor = make_reactor(stdin=feed)
    reactor.eval(f"{LINES}; (async () => {{ while (lines.length < 1) await os.sleepAsync(0) }})()")

    assert (asyncio.run(reactor.run_loop_async(60)), reactor.eval("lines")) == (0, ["a"])


def test_it_is_asked_on_a_thread_once_at_a_time(make_reactor: Make) -> None:
    feed = Feed(b"a\n", b"b", b"c\n", b"")
    reactor = make_reactor(stdin=feed)
    reactor.eval(LINES)

    assert (asyncio.run(reactor.run_loop_async(60)), reactor.eval("lines")) == (0, ["a", "bc"])
    assert feed.asked == ["snapjs-stdin"] * 4


def test_a_line_that_has_come_in_half_waits(make_reactor: Make) -> None:
    feed = Feed(b"hal")
    reactor = make_reactor(stdin=feed)
    reactor.eval(LINES + "; os.setTimeout(() => lines.push('timer'), 1)")

    async def run() -> int | None:
        task = asyncio.create_task(reactor.run_loop_async(60))
        while reactor.eval("lines.length") == 0:
            await asyncio.sleep(0)
        feed.give(b"f\n")
        feed.give(b"")
        return await task

    assert (asyncio.run(run()), reactor.eval("lines")) == (0, ["timer", "half"])


def test_what_is_no_handler_waits(make_reactor: Make) -> None:
    feed = Feed(b"ab", b"c\n")
    reactor = make_reactor(stdin=feed)
    reactor.eval("var line; setTimeout(() => { line = std.in.getline() })")

    assert (asyncio.run(reactor.run_loop_async(60)), reactor.eval("line")) == (0, "abc")
    assert feed.asked == ["MainThread"] * 2


def test_what_comes_after_cancelling_is_read_by_the_next_loop(make_reactor: Make) -> None:
    feed = Feed()
    reactor = make_reactor(stdin=feed)
    reactor.eval(LINES)

    async def run() -> None:
        task = asyncio.create_task(reactor.run_loop_async())
        await asked(feed)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    for chunk in (b"a\n", b"b\n", b""):
        feed.give(chunk)

    assert (asyncio.run(reactor.run_loop_async(60)), reactor.eval("lines")) == (0, ["a", "b"])


def test_a_blocking_loop_waits_for_what_a_thread_was_asked(make_reactor: Make) -> None:
    feed = Feed()
    reactor = make_reactor(stdin=feed)
    reactor.eval(LINES)
    assert asyncio.run(reactor.run_loop_async(0.01)) is None
    for chunk in (b"a\n", b"b\n", b""):
        feed.give(chunk)

    assert (reactor.run_loop(60), reactor.eval("lines")) == (0, ["a", "b"])
    assert feed.asked == ["snapjs-stdin", "MainThread", "MainThread"]


def test_cancelling_again_and_again_loses_nothing(make_reactor: Make) -> None:
    feed = Feed()
    reactor = make_reactor(stdin=feed)
    reactor.eval(LINES)

    async def run() -> None:
        for number in range(100):
            task = asyncio.create_task(reactor.run_loop_async())
            for _ in range(number % 7):
                await asyncio.sleep(0)
            feed.give(f"{number}\n".encode())
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        feed.give(b"")
        assert await reactor.run_loop_async(60) == 0

    asyncio.run(run())

    assert reactor.eval("lines.join()") == ",".join(map(str, range(100)))


@pytest.mark.keeps("the snapshot has moved input into the guest, where nobody reads it")
def test_a_snapshot_has_what_has_come(make_reactor: Make, moved: Make) -> None:
    feed = Feed()
    reactor = make_reactor(stdin=feed)
    reactor.eval(LINES)
    assert asyncio.run(reactor.run_loop_async(0.01)) is None
    answered = threading.Event()
    reactor._stdin._wakers.add(answered.set)
    feed.give(b"a\nb")
    assert answered.wait(60)
    restored = moved(reactor, stdin=Feed(b"c\n", b""))

    assert (asyncio.run(restored.run_loop_async(60)), restored.eval("lines")) == (0, ["a", "bc"])


@pytest.mark.parametrize("run", [Reactor.run_loop, lambda reactor: asyncio.run(reactor.run_loop_async())])
def test_what_it_raises_is_thrown_where_the_program_reads(make_reactor: Make, run: Callable[[Reactor], int]) -> None:
    def fail(size: int) -> bytes:
        raise ValueError("cable cut")

    reactor = make_reactor(stdin=fail)
    reactor.eval("""
        var caught
        os.setReadHandler(0, () => {
            os.setReadHandler(0, null)
            try { std.in.getline() } catch (error) { caught = error.message }
        })
    """)

    assert (run(reactor), reactor.eval("caught")) == (0, "cable cut")


def test_what_is_no_bytes_is_raised_if_nobody_catches_it(make_reactor: Make) -> None:
    reactor = make_reactor(stdin=lambda size: 7)
    reactor.eval("os.setReadHandler(0, () => std.in.getline())")

    with pytest.raises(TypeError, match="stdin= gives bytes, not int"):
        asyncio.run(reactor.run_loop_async(60))


def test_a_handler_reads_no_more_of_a_pipe_than_has_come(make_reactor: Make) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as file, open(writing, "wb", buffering=0) as pipe:
        reactor = make_reactor(stdin=file)
        reactor.eval(f"{LINES}; setTimeout(() => lines.push('timer'), 1)")

        async def run() -> int | None:
            pipe.write(b"hal")
            task = asyncio.create_task(reactor.run_loop_async(60))
            while reactor.eval("lines.length") == 0:
                await asyncio.sleep(0)
            pipe.write(b"f\n")
            pipe.close()
            return await task

        assert (asyncio.run(run()), reactor.eval("lines")) == (0, ["timer", "half"])


def test_an_object_that_reads(make_reactor: Make) -> None:
    text = b"".join(b"%d\n" % number for number in range(1500))
    reactor = make_reactor(stdin=io.BytesIO(text))
    reactor.eval(LINES)

    assert (asyncio.run(reactor.run_loop_async(60)), reactor.eval("lines.length")) == (0, 1500)
    assert reactor.eval("lines.every((line, number) => line === String(number))") is True


def test_destroying_ends_the_loop(make_reactor: Make) -> None:
    feed = Feed()
    reactor = make_reactor(stdin=feed)
    reactor.eval(LINES)

    async def run() -> int | None:
        task = asyncio.create_task(reactor.run_loop_async(60))
        await asked(feed)
        reactor.destroy()
        return await task

    assert asyncio.run(run()) == 0
    feed.give(b"")


@pytest.mark.slow
def test_a_thread_that_waits_for_ever_does_not_keep_the_process() -> None:
    program = """
import asyncio, threading
from snapjs import Reactor
with Reactor(std=True, stdin=lambda size: threading.Event().wait()) as reactor:
    reactor.init()
    reactor.eval("os.setReadHandler(0, () => std.in.getline())")
    print(asyncio.run(reactor.run_loop_async(0.01)))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)

    assert (ended.stdout, ended.stderr, ended.returncode) == (b"None\n", b"", 0)


@pytest.mark.slow
def test_a_forked_process_asks_for_itself() -> None:
    program = """
import asyncio, os, threading, warnings
from snapjs import Reactor
warnings.simplefilter("ignore", DeprecationWarning)
parent, answered = os.getpid(), []
def ask(size):
    if os.getpid() == parent: threading.Event().wait()
    answered.append(size)
    return b"child\\n" if len(answered) == 1 else b""
reactor = Reactor(std=True, stdin=ask, stdout=lambda text: os.write(1, text.encode()))
reactor.init()
reactor.eval("os.setReadHandler(0, () => { print(std.in.getline()); os.setReadHandler(0, null) })")
assert asyncio.run(reactor.run_loop_async(0.01)) is None
if child := os.fork():
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os._exit(asyncio.run(reactor.run_loop_async(30)))
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)

    assert (ended.stdout, ended.stderr, ended.returncode) == (b"child\n", b"", 0)
