"""The codes of `loop_once` and `poll_io`, and what goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import BusyError, ClosedError, JSError, NotQuiescent, Reactor, TimeLimitError
from snapjs._guest import watchdog

Make = Callable[..., Reactor]


def test_a_program_without_anything_to_do_is_idle(reactor: Reactor) -> None:
    assert reactor.loop_once() == -1


def test_a_future_timer_says_when(make_reactor: Make, clock: Any) -> None:
    reactor = make_reactor(clock=clock)
    reactor.eval("os.setTimeout(() => {}, 250)")

    assert reactor.loop_once() == 250


def test_two_due_timers_take_two_turns(make_reactor: Make, clock: Any) -> None:
    reactor = make_reactor(clock=clock)
    reactor.eval("var ran = []; os.setTimeout(() => ran.push('b'), 20); os.setTimeout(() => ran.push('a'), 10)")
    clock.now += 1

    assert [reactor.loop_once(), reactor.eval("ran"), reactor.loop_once(), reactor.eval("ran")] == [
        0,
        ["a"],
        -1,
        ["a", "b"],
    ]


def test_only_handlers_left_is_the_longest_wait(reactor: Reactor) -> None:
    reactor.eval("os.setReadHandler(0, () => {})")

    assert reactor.loop_once() == 2147483647


def test_a_timer_that_throws_is_minus_two(reactor: Reactor, err: list[str]) -> None:
    reactor.eval("setTimeout(function tick() { throw new TypeError('no') })")

    assert reactor.loop_once() == -2
    assert err == ["Uncaught TypeError: no\n    at tick (<eval>:1:40)\n"]


def test_a_rejection_is_minus_two_once(reactor: Reactor, err: list[str]) -> None:
    reactor.eval("Promise.reject('why'); 0")

    assert [reactor.loop_once(), reactor.loop_once()] == [-2, -1]
    assert err == ["Uncaught (in promise) string: why\n"]


FLOOD = "globalThis.count = 0; globalThis.flood = () => { count++; return Promise.resolve().then(flood) };"


def test_a_flood_of_microtasks_leaves_turns_to_the_host(reactor: Reactor, out: list[str]) -> None:
    reactor.eval(FLOOD + "flood(); setTimeout(() => print('in the end'))")
    counts = [reactor.eval("count")]
    turns = [reactor.loop_once() for _ in range(3)]
    counts.append(reactor.eval("count"))
    reactor.eval("globalThis.flood = () => {}")

    assert turns == [0, 0, 0]
    assert 1_000 < counts[0] < counts[1]
    assert out == []
    assert (reactor.run_loop(), out) == (0, ["in the end\n"])


@pytest.mark.abandons("the flood goes on in the next turn")
def test_a_flood_of_microtasks_does_not_outlive_the_time_of_a_loop(reactor: Reactor) -> None:
    reactor.eval(FLOOD + "os.setReadHandler(0, () => flood())")
    reactor.push_stdin(b"x")

    assert reactor.run_loop(timeout=0.05) is None


def test_a_rejection_that_a_flood_handles_later_is_not_told(reactor: Reactor, err: list[str]) -> None:
    reactor.eval(
        "{ const late = Promise.reject(1); let left = 30000;"
        "(function wait() { if (left--) queueMicrotask(wait); else late.catch(() => {}) })() }"
    )

    assert (reactor.run_loop(), err) == (0, [])


@pytest.mark.abandons("the code that was stopped leaves what it had begun")
def test_code_that_never_returns_ends_at_the_timeout(make_reactor: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snapjs._guest.watchdog.GRACE", 10.0)  # of a machine with much else to do
    reactor = make_reactor(timeout=0.05)
    reactor.eval("setTimeout(() => { for (;;); })")

    assert reactor.loop_once() == -2


def test_code_is_stopped_by_interrupt(make_reactor: Make) -> None:
    stop: list[bool] = []
    reactor = make_reactor(interrupt=lambda: bool(stop))
    reactor.eval("setTimeout(() => { for (;;); })")
    stop.append(True)

    assert reactor.loop_once() == -2


@pytest.mark.parametrize("descriptor", ["-1", "1024", "NaN", "'in'", "undefined"])
def test_a_handler_of_what_is_no_descriptor(reactor: Reactor, descriptor: str) -> None:
    with pytest.raises(JSError, match="a descriptor is a number below 1024"):
        reactor.eval(f"os.setReadHandler({descriptor}, () => {{}})")
    reactor.eval(f"os.setWriteHandler({descriptor}, null)")

    assert reactor.loop_once() == -1


def test_a_handler_that_throws_is_minus_two(reactor: Reactor) -> None:
    reactor.eval("os.setReadHandler(0, () => { throw new Error('no') })")
    reactor.push_stdin(b"x")

    assert reactor.poll_io(0) == -2


def test_every_ready_descriptor_is_served(reactor: Reactor) -> None:
    reactor.eval("""
        var served = []
        const a = os.open("/a", os.O_RDWR | os.O_CREAT)
        os.setWriteHandler(1, () => served.push("out"))
        os.setReadHandler(a, () => { served.push("a"); throw new Error("no") })
        os.setReadHandler(0, () => served.push("in"))
    """)
    reactor.push_stdin(b"x")

    assert reactor.poll_io(0) == -2
    assert reactor.eval("served") == ["a", "out", "in"]


def test_polling_without_input_calls_nothing(reactor: Reactor) -> None:
    reactor.eval("var calls = 0; os.setReadHandler(0, () => calls++)")

    assert (reactor.poll_io(1), reactor.eval("calls")) == (0, 0)


def test_a_descriptor_that_fails_is_minus_one(make_reactor: Make, tmp_path: Any, err: list[str]) -> None:
    with (tmp_path / "in").open("w+b") as file:
        reactor = make_reactor(stdin=file)
    reactor.eval("os.setReadHandler(0, () => {})")

    assert reactor.poll_io(0) == -1
    assert err == ["poll_io: I/O operation on closed file\n"]


def test_a_loop_waits_for_what_another_thread_pushes(reactor: Reactor) -> None:
    reactor.eval("var got; os.setReadHandler(0, () => { got = std.in.getline(); os.setReadHandler(0, null) })")
    pushing = threading.Timer(0.02, reactor.push_stdin, [b"hello\n"])
    pushing.start()

    assert reactor.run_loop(5) == 0
    pushing.join()
    assert reactor.eval("got") == "hello"


def test_a_loop_ends_at_its_timeout(reactor: Reactor) -> None:
    reactor.eval("setTimeout(() => {}, 60000)")

    assert reactor.run_loop(0.01) is None


def test_a_loop_raises_what_nobody_caught(reactor: Reactor) -> None:
    reactor.eval("setTimeout(() => { throw new RangeError('far') })")

    with pytest.raises(JSError, match="RangeError: far"):
        reactor.run_loop()


def test_a_loop_goes_on_after_what_nobody_caught(reactor: Reactor) -> None:
    reactor.eval("var ran = 0; setTimeout(() => { throw 1 }); setTimeout(() => ran = 1, 1)")
    with pytest.raises(JSError):
        reactor.run_loop()

    assert (reactor.run_loop(), reactor.eval("ran")) == (0, 1)


def test_exit_cannot_be_caught(reactor: Reactor, out: list[str]) -> None:
    reactor.eval("try { std.exit(3) } catch { print('caught') } finally { print('finally') }")

    assert (reactor.exit_code, out) == (3, [])


def test_nothing_runs_after_exit(reactor: Reactor, out: list[str]) -> None:
    reactor.eval("setTimeout(() => print('late')); Promise.resolve().then(() => print('job')); std.exit(0)")

    assert (reactor.loop_once(), reactor.poll_io(0), reactor.run_loop(), out) == (-1, -1, 0, [])


def test_exit_in_a_timer_is_the_result_of_the_loop(reactor: Reactor) -> None:
    reactor.eval("setTimeout(() => std.exit(7))")

    assert reactor.run_loop() == 7


def test_code_after_exit_is_refused(reactor: Reactor) -> None:
    reactor.eval("std.exit(2)")

    with pytest.raises(ClosedError, match="exited with code 2"):
        reactor.eval("1")


def test_a_sleep_ends_at_the_timeout(make_reactor: Make) -> None:
    reactor = make_reactor(timeout=0.03)

    with pytest.raises(TimeLimitError):
        reactor.eval("os.sleep(60000)")


def test_a_sleep_does_not_end_before_javascript_is_to_end(make_reactor: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    reactor, lock, slices = make_reactor(timeout=0.03), watchdog._watchdog.lock, []

    def sleep(seconds: float, really: Callable[[float], None] = time.sleep) -> None:
        slices.append(seconds)
        if len(slices) == 1:
            lock.acquire()  # the watchdog is held up, as on a busy machine
        elif len(slices) == 5:
            lock.release()
        really(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    try:
        with pytest.raises(TimeLimitError):
            reactor.eval("os.sleep(60000)")
    finally:
        if len(slices) < 5:
            lock.release()


def test_a_destroyed_reactor_says_so(reactor: Reactor) -> None:
    reactor.destroy()

    with pytest.raises(ClosedError, match="destroyed"):
        reactor.loop_once()


def test_a_reactor_that_has_not_begun_says_so() -> None:
    with pytest.raises(ClosedError, match="Call init"):
        Reactor().eval("1")


def test_source_is_passed_whole(reactor: Reactor) -> None:
    assert reactor.eval("'é😀'.repeat(3) + 'end'") == "é😀é😀é😀end"


def test_a_sleep_of_the_program_is_a_promise(reactor: Reactor) -> None:
    reactor.eval("var woke = false; os.sleepAsync(1).then(() => woke = true)")

    assert (reactor.run_loop(), reactor.eval("woke")) == (0, True)


def test_a_loop_ends_when_its_output_destroys_it(make_reactor: Make) -> None:
    reactor = make_reactor(stdout=lambda text: reactor.destroy())
    reactor.eval("setTimeout(() => print(1)); setTimeout(() => print(2), 5)")

    assert reactor.run_loop() == 0


def test_a_loop_ends_when_another_thread_destroys_it(reactor: Reactor) -> None:
    reactor.eval("setTimeout(() => {}, 60000)")
    destroying = threading.Timer(0.02, reactor.destroy)
    destroying.start()

    assert reactor.run_loop(5) == 0
    destroying.join()


@pytest.mark.parametrize("reason", ["{ toString() { throw 1 } }", "Symbol('q')", "null", "Object.create(null)"])
def test_any_reason_of_a_rejection_is_told(reactor: Reactor, err: list[str], reason: str) -> None:
    reactor.eval(f"Promise.reject({reason}); 0")

    assert reactor.loop_once() == -2
    assert err[0].startswith("Uncaught (in promise) ")


@pytest.mark.abandons("nothing can be tidied with a spoilt language")
def test_a_program_that_spoils_the_language_is_minus_two(reactor: Reactor) -> None:
    reactor.eval("Array.prototype[Symbol.iterator] = null")

    assert (reactor.loop_once(), reactor.poll_io()) == (-2, -2)


def test_another_thread_is_told_that_the_program_is_busy(make_reactor: Make, err: list[str]) -> None:
    told: list[BaseException] = []

    def turn() -> None:
        try:
            reactor.loop_once()
        except BusyError as error:
            told.append(error)

    def write(text: str) -> None:
        other = threading.Thread(target=turn)
        other.start()
        other.join()

    reactor = make_reactor(stdout=write)
    reactor.eval("print('x')")

    assert (len(told), err) == (1, [])


def test_a_loop_in_a_callback_of_the_program_is_refused(make_reactor: Make, err: list[str]) -> None:
    told: list[BaseException] = []

    def write(text: str) -> None:
        with pytest.raises(NotQuiescent) as raised:
            reactor.run_loop(1)
        told.append(raised.value)

    reactor = make_reactor(stdout=write)
    reactor.eval("print('x')")

    assert (len(told), err) == (1, [])


@pytest.mark.parametrize("milliseconds", [-1, 1 << 70])
def test_polling_waits_as_long_as_it_takes(reactor: Reactor, milliseconds: int) -> None:
    reactor.eval("var got; os.setReadHandler(0, () => { got = std.in.getline() })")
    pushing = threading.Timer(0.02, reactor.push_stdin, [b"hello\n"])
    pushing.start()

    assert (reactor.poll_io(milliseconds), reactor.eval("got")) == (0, "hello")
    pushing.join()
