"""Time and chance in a VM that is restored."""

from __future__ import annotations

from moving import after_restore, moved
from virtual_time import Time

import snapjs
from snapjs import VM

CLOCK = 1_700_000_000.0


def test_a_timer_that_is_overdue_fires_at_once() -> None:
    time = Time()
    with VM(clock=time) as vm:
        vm.eval("var out = []; setTimeout(x => out.push(x), 5000, 'b'); setTimeout(x => out.push(x), 1000, 'a'); 0")
        time.now += 3600
        with moved(vm, clock=time) as restored:
            assert restored.eval("out") == []
            restored.run_until_idle()
            assert restored.eval("out") == ["a", "b"]


def test_a_timer_that_is_not_due_waits_on() -> None:
    time = Time()
    with VM(clock=time) as vm:
        vm.eval("var out = 0; setTimeout(() => { out = 1 }, 5000); 0")
        time.now += 4
        with moved(vm, clock=time) as restored:
            assert restored.loop_once() == 1000
            time.now += 1
            assert restored.loop_once() == -1
            assert restored.eval("out") == 1


def test_an_interval_keeps_its_phase() -> None:
    time = Time()
    with VM(clock=time) as vm:
        vm.eval("var ticks = 0; setInterval(() => ticks++, 1000); 0")
        time.now += 2.5
        vm.run_until_idle()
        with moved(vm, clock=time) as restored:
            assert restored.loop_once() == 500
            time.now += 100
            restored.run_until_idle()
            assert restored.eval("ticks") == 2
            assert restored.loop_once() == 500


def test_a_timer_can_be_cleared_after_the_restore() -> None:
    assert after_restore("var id = setTimeout(() => 0, 1e6); 0", "clearTimeout(id); id", clock=CLOCK) == 1


def test_performance_now_does_not_go_back() -> None:
    time = Time()
    with VM(clock=time) as vm:
        time.now += 10
        assert vm.eval("var before = performance.now()") is snapjs.undefined
        with moved(vm, clock=Time(CLOCK - 86400)) as restored:
            assert restored.eval("[before, performance.now() >= before]") == [10000, True]


def test_performance_now_goes_on() -> None:
    time = Time()
    with VM(clock=time) as vm:
        time.now += 10
        with moved(vm, clock=time) as restored:
            time.now += 1
            assert restored.eval("[performance.now(), performance.timeOrigin]") == [11000, CLOCK * 1000]


def test_date_is_that_of_the_new_host() -> None:
    with VM(clock=CLOCK) as vm, moved(vm, clock=CLOCK + 5) as restored:
        assert restored.eval("Date.now()") == (CLOCK + 5) * 1000


def test_the_time_zone_is_that_of_the_new_host() -> None:
    with VM(timezone="Asia/Tokyo") as vm:
        vm.eval("var d = new Date(0)")
        with moved(vm, timezone="America/New_York") as restored:
            assert restored.eval("d.getHours()") == 19


def test_math_random_goes_on() -> None:
    with VM(seed=7) as vm:
        vm.eval("Math.random()")
        snapshot = vm.snapshot()
        expected = vm.eval("[Math.random(), Math.random()]")
    with VM.restore(snapshot) as restored:
        assert restored.eval("[Math.random(), Math.random()]") == expected


def test_a_seed_at_the_restore_reseeds() -> None:
    with VM(seed=7) as vm:
        fresh = vm.eval("Math.random()")
        with moved(vm, seed=7) as restored:
            assert restored.eval("Math.random()") == fresh
