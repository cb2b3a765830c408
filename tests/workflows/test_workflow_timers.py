"""Waiting for a time, by a clock that the tests move."""

from __future__ import annotations

import pytest
from workflow_desk import START, Desk

from snapjs.workflows import Status

DAY = 86_400.0


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("10", 10.0),
        ("1.5", 1.5),
        ("'30 days'", 30 * DAY),
        ("'1h 30m'", 5400.0),
        ("'2 weeks'", 14 * DAY),
        (f"new Date({(START + 60) * 1000})", 60.0),
    ],
)
def test_a_run_sleeps_so_long(desk: Desk, duration: str, seconds: float) -> None:
    run = desk.start(f"await sleep({duration}); return Date.now()")
    desk.settle()
    desk.advance(seconds - 0.001)
    assert run.status is Status.RUNNING
    desk.advance(0.001)

    assert run.result(timeout=0.001) == pytest.approx((START + seconds) * 1000)


@pytest.mark.parametrize("duration", ["0", f"new Date({(START - 60) * 1000})"])
def test_what_is_over_is_not_waited_for(desk: Desk, duration: str) -> None:
    assert desk.result(f"await sleep({duration}); return 'awake'") == "awake"


@pytest.mark.parametrize(
    "duration", ["-1", "NaN", "Infinity", "1e300", "'soon'", "''", "{}", "undefined", "true", "new Date(NaN)"]
)
def test_what_is_no_duration_is_a_type_error(desk: Desk, duration: str) -> None:
    assert desk.result(f"try {{ await sleep({duration}) }} catch (error) {{ return error.name }}") == "TypeError"


def test_sleeps_end_in_their_order(desk: Desk) -> None:
    run = desk.start("await Promise.all([3, 1, 2].map(n => sleep(n).then(() => seen.push(n)))); return seen")
    desk.settle()
    desk.advance(10)

    assert run.result(timeout=0.001) == [1, 2, 3]


def test_timers_of_the_program_itself(desk: Desk) -> None:
    run = desk.start("return await new Promise(resolve => setTimeout(resolve, 90_000, 'rung'))")
    desk.settle()
    desk.advance(89.9)
    assert run.status is Status.RUNNING
    desk.advance(0.2)

    assert run.result(timeout=0.001) == "rung"


def test_an_interval_of_the_program_itself(desk: Desk) -> None:
    run = desk.start("return await new Promise(resolve => setInterval(() => seen.push(1) < 3 || resolve(seen), 1000))")
    desk.settle()
    for _ in range(3):
        desk.advance(1.1)

    assert run.result(timeout=0.001) == [1, 1, 1]


def test_the_program_waits_at_the_moment_that_its_timer_says(desk: Desk) -> None:
    run = desk.start("await new Promise(resolve => setTimeout(resolve, 333.3)); return 1")
    desk.settle()
    due = desk.app._store.next_due()
    assert due is not None
    desk.advance(due - START)

    assert run.status is Status.COMPLETED


def test_a_timer_wakes_nobody_before_it_is_due(desk: Desk) -> None:
    run = desk.start("await sleep('30 days')")
    desk.settle()

    assert desk.app._store.next_due() == START + 30 * DAY
    assert not desk.worker.take_turn()
    assert run.turn == 1


def test_time_stands_still_in_a_turn(desk: Desk) -> None:
    assert desk.result("const a = Date.now(); for (let n = 0; n < 1e5; n++); return Date.now() - a") == 0


def test_a_clock_that_goes_back_does_not_make_the_program_go_back(desk: Desk) -> None:
    run = desk.start("const a = performance.now(); await hook('go'); return performance.now() >= a")
    desk.settle()
    desk.clock.advance(-3600)
    run.deliver("go")
    desk.settle()

    assert run.result(timeout=0.001) is True
