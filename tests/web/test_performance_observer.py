"""PerformanceObserver: told of marks and measures, each time in a task of its own."""

from __future__ import annotations

from typing import Any

import pytest
from moving import moved

from snapjs import VM, JSError

NAMES = "list => out.push(list.getEntries().map(entry => entry.name))"


@pytest.fixture(autouse=True)
def _no_entries(timed: VM) -> Any:
    """Takes away what would look like a leak."""
    yield
    if not timed.closed:
        timed.eval("observer.disconnect(); performance.clearMarks(); performance.clearMeasures()")


def test_entries_come_together(timed: VM) -> None:
    timed.eval(
        f"var observer = new PerformanceObserver({NAMES}); observer.observe({{ entryTypes: ['mark', 'measure'] }})"
    )
    timed.eval("performance.mark('a'); performance.measure('b'); 0")
    assert timed.eval("out") == []
    timed.run_until_idle()
    assert timed.eval("out") == [["a", "b"]]


def test_buffered_entries_come_too(timed: VM) -> None:
    timed.eval("performance.mark('a'); performance.measure('b'); 0")
    timed.eval(f"var observer = new PerformanceObserver({NAMES}); observer.observe({{ type: 'mark', buffered: true }})")
    timed.run_until_idle()
    assert timed.eval("out") == [["a"]]


def test_take_records(timed: VM) -> None:
    timed.eval(f"var observer = new PerformanceObserver({NAMES}); observer.observe({{ type: 'mark' }}); 0")
    timed.eval("performance.mark('a'); 0")
    assert timed.eval("[observer.takeRecords().length, observer.takeRecords().length]") == [1, 0]
    timed.run_until_idle()
    assert timed.eval("out") == []


def test_disconnect(timed: VM) -> None:
    timed.eval(f"var observer = new PerformanceObserver({NAMES}); observer.observe({{ type: 'mark' }}); 0")
    timed.eval("performance.mark('a'); observer.disconnect(); performance.mark('b'); 0")
    timed.run_until_idle()
    assert timed.eval("out") == []


def test_one_kind_of_observing(timed: VM) -> None:
    timed.eval("var observer = new PerformanceObserver(() => 0); observer.observe({ type: 'mark' })")
    with pytest.raises(JSError) as caught:
        timed.eval("observer.observe({ entryTypes: ['mark'] })")
    assert caught.value.name == "InvalidModificationError"


def test_an_exception_in_an_observer_comes_out(timed: VM) -> None:
    timed.eval("var observer = new PerformanceObserver(() => { throw new Error('seen') }); 0")
    timed.eval("observer.observe({ type: 'mark' }); performance.mark('a'); 0")
    with pytest.raises(JSError, match="seen"):
        timed.run_until_idle()


def test_records_under_way_live_through_a_snapshot(timed: VM, time: Any) -> None:
    timed.eval(f"var observer = new PerformanceObserver({NAMES}); observer.observe({{ type: 'mark' }}); 0")
    timed.eval("performance.mark('a'); 0")
    with moved(timed, clock=time) as restored:
        restored.run_until_idle()
        assert restored.eval("out") == [["a"]]
