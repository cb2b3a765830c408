"""Performance: the clock as an object, marks and measures, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest
from moving import moved

from snapjs import VM


@pytest.fixture(autouse=True)
def _no_entries(timed: VM) -> Any:
    """Takes the entries away that would look like a leak."""
    yield
    if not timed.closed:
        timed.eval("performance.clearMarks(); performance.clearMeasures()")


def test_the_clock(timed: VM, time: Any) -> None:
    assert timed.eval("[performance.now(), performance.timeOrigin]") == [0, 1_700_000_000_000]
    time.now += 1.5
    assert timed.eval("[performance.now(), performance.timeOrigin]") == [1500, 1_700_000_000_000]


def test_performance_is_an_event_target(vm: VM) -> None:
    assert vm.eval("[performance instanceof Performance, performance instanceof EventTarget]") == [True, True]
    assert vm.eval("String(performance)") == "[object Performance]"
    assert vm.eval("typeof performance.toJSON().timeOrigin") == "number"


def test_a_mark(timed: VM, time: Any) -> None:
    time.now += 0.25
    timed.eval("var mark = performance.mark('begin', { detail: [1] }); 0")
    assert timed.eval("JSON.parse(JSON.stringify(mark))") == {
        "name": "begin",
        "entryType": "mark",
        "startTime": 250,
        "duration": 0,
        "detail": [1],
    }
    assert (
        timed.eval("[mark instanceof PerformanceMark, performance.getEntriesByName('begin')[0] === mark]") == [True] * 2
    )


def test_a_measure_between_marks(timed: VM, time: Any) -> None:
    timed.eval("performance.mark('a'); 0")
    time.now += 0.5
    timed.eval("performance.mark('b'); 0")
    time.now += 0.5
    timed.eval("var measure = performance.measure('m', 'a', 'b'); 0")
    assert timed.eval("[measure.startTime, measure.duration, measure.detail]") == [0, 500, None]


@pytest.mark.parametrize(
    ("arguments", "start", "duration"),
    [
        ("", 0, 1000),
        (", 'a'", 250, 750),
        (", { start: 'a', end: 600 }", 250, 350),
        (", { start: 100, duration: 50 }", 100, 50),
        (", { end: 'a', duration: 50 }", 200, 50),
    ],
)
def test_measures(timed: VM, time: Any, arguments: str, start: float, duration: float) -> None:
    time.now += 0.25
    timed.eval("performance.mark('a'); 0")
    time.now += 0.75
    timed.eval(f"var measure = performance.measure('m'{arguments}); 0")
    assert timed.eval("[measure.startTime, measure.duration]") == [start, duration]


def test_entries_stand_in_the_order_of_their_times(timed: VM) -> None:
    timed.eval("for (const startTime of [30, 10, 20]) performance.mark('at ' + startTime, { startTime })")
    assert timed.eval("performance.getEntries().map(entry => entry.name)") == ["at 10", "at 20", "at 30"]


def test_clearing(timed: VM) -> None:
    timed.eval("performance.mark('a'); performance.mark('b'); performance.measure('m'); performance.clearMarks('a')")
    assert timed.eval("performance.getEntriesByType('mark').map(entry => entry.name)") == ["b"]
    timed.eval("performance.clearMarks()")
    assert timed.eval("performance.getEntries().map(entry => entry.name)") == ["m"]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("performance.mark('a', { startTime: -1 })", "TypeError"),
        ("performance.measure('m', 'nowhere')", "SyntaxError"),
        ("performance.measure('m', { detail: 1 })", "TypeError"),
        ("performance.measure('m', { start: 1, end: 2, duration: 1 })", "TypeError"),
        ("performance.measure('m', { start: 1 }, 'a')", "TypeError"),
        ("new PerformanceEntry()", "TypeError"),
        ("Performance.prototype.now.call({})", "TypeError"),
    ],
)
def test_errors(vm: VM, code: str, name: str) -> None:
    vm.eval(f"var found; try {{ {code} }} catch (error) {{ found = error.name }}")
    assert vm.eval("found") == name


def test_entries_live_through_a_snapshot(timed: VM, time: Any) -> None:
    timed.eval("performance.mark('before'); 0")
    with moved(timed, clock=time) as restored:
        time.now += 2
        restored.eval("var measure = performance.measure('across', 'before'); 0")
        assert restored.eval("[measure.startTime, measure.duration]") == [0, 2000]
