"""`setTimeout` and its family."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from virtual_time import Time, advance

from snapjs import VM, JSError, TimeLimitError

MakeVM = Callable[..., VM]


def test_timers_fire_by_deadline_and_then_by_creation(timed: VM, time: Time) -> None:
    timed.eval(
        "for (const [n, d] of Object.entries({a: 20, b: 10, c: 10, d: 0, e: 20})) setTimeout(() => out.push(n), d); 0"
    )
    assert advance(timed, time, 1) == ["d", "b", "c", "a", "e"]


def test_many_timers_stay_in_order(timed: VM, time: Time) -> None:
    timed.eval("for (let i = 0; i < 500; i++) { const d = i * 7919 % 500; setTimeout(() => out.push(d), d) } 0")
    assert advance(timed, time, 1) == list(range(500))


def test_a_timer_does_not_fire_early(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => out.push(1), 100); 0")
    assert advance(timed, time, 0.0999) == []
    assert advance(timed, time, 0.0001) == [1]


def test_arguments_are_passed_on(timed: VM, time: Time) -> None:
    timed.eval(
        "setTimeout(function (...rest) { out.push(rest, [undefined, globalThis].includes(this)) }, 0, 1, 'b', null); 0"
    )
    assert advance(timed, time, 0) == [[1, "b", None], True]


@pytest.mark.parametrize("delay", ["", ", undefined", ", null", ", -5", ", NaN", ", 'x'", ", 0.9", ", '0'"])
def test_what_is_no_delay_is_none(timed: VM, time: Time, delay: str) -> None:
    timed.eval(f"setTimeout(() => out.push(1){delay}); 0")
    assert advance(timed, time, 0) == [1]


def test_an_infinite_delay_is_none_as_in_node(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => out.push(1), Infinity); 0")
    assert timed.statistics().timers == 1
    timed.eval("clearTimeout(1)")


def test_a_delay_of_months_is_kept(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => out.push(1), 100 * 86400e3); 0")
    assert advance(timed, time, 99 * 86400) == []
    assert advance(timed, time, 86400) == [1]


@pytest.mark.parametrize("code", ["setTimeout()", "setTimeout('out.push(1)', 0)", "setInterval(null, 1)"])
def test_a_timer_wants_a_function(timed: VM, code: str) -> None:
    with pytest.raises(JSError, match=r"TypeError: set.* the first argument must be a function"):
        timed.eval(code)


def test_a_delay_that_throws_leaves_no_timer(timed: VM) -> None:
    with pytest.raises(JSError, match="no number"):
        timed.eval("setTimeout(() => 0, {valueOf() { throw new Error('no number') }})")
    assert timed.statistics().timers == 0


def test_jobs_run_after_each_timer(timed: VM, time: Time) -> None:
    timed.eval(
        "for (const n of [1, 2]) setTimeout(() => { out.push('t' + n); queueMicrotask(() => out.push('j' + n)) }); 0"
    )
    assert advance(timed, time, 0) == ["t1", "j1", "t2", "j2"]


def test_a_timer_set_by_a_timer_waits_for_the_next_turn(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => { out.push(1); setTimeout(() => out.push(3)) }); setTimeout(() => out.push(2)); 0")
    assert advance(timed, time, 0) == [1, 2, 3]


def test_nested_timers_are_clamped_to_four_milliseconds(make_vm: MakeVM) -> None:
    # HTML: what a timer on the sixth level sets, waits at least 4 ms
    time = Time(0)
    vm = make_vm(clock=time)
    vm.eval("var n = 0; function again() { if (++n < 9) setTimeout(again, 0) } setTimeout(again, 0); 0")
    delays = []
    for _ in range(9):
        delays.append(vm.loop_once())
        time.now += max(0, delays[-1]) / 1000
    assert delays == [0, 0, 0, 0, 0, 4, 4, 4, -1]


def test_a_timer_that_is_not_nested_is_not_clamped(make_vm: MakeVM) -> None:
    vm = make_vm(clock=0)
    vm.eval("for (let i = 0; i < 10; i++) setTimeout(() => { globalThis.n = i }, 0); 0")
    vm.run_until_idle()
    assert vm.eval("n") == 9


def test_an_interval_repeats(timed: VM, time: Time) -> None:
    timed.eval("var id = setInterval(() => out.push(Date.now() % 100000), 10); 0")
    fired = []
    for _ in range(5):
        fired += advance(timed, time, 0.01)
    assert fired == [10, 20, 30, 40, 50]
    timed.eval("clearInterval(id)")


def test_an_interval_does_not_drift(timed: VM, time: Time) -> None:
    timed.eval("var id = setInterval(() => out.push(1), 1000); 0")
    for _ in range(100):
        time.now += 1.003
        timed.run_until_idle()
    assert timed.loop_once() == 700
    timed.eval("clearInterval(id)")


def test_ticks_that_were_missed_are_left_out(timed: VM, time: Time) -> None:
    timed.eval("var id = setInterval(() => out.push(1), 10); 0")
    assert advance(timed, time, 1.005) == [1]
    assert timed.loop_once() == 5
    timed.eval("clearInterval(id)")


def test_an_interval_can_clear_itself(timed: VM, time: Time) -> None:
    timed.eval("{ const id = setInterval(() => { out.push(1); clearInterval(id) }, 10) } 0")
    advance(timed, time, 0.01)
    assert advance(timed, time, 1) == []
    assert timed.statistics().timers == 0


@pytest.mark.parametrize("clear", ["clearTimeout", "clearInterval"])
@pytest.mark.parametrize("start", ["setTimeout", "setInterval"])
def test_either_clears_both(timed: VM, time: Time, clear: str, start: str) -> None:
    timed.eval(f"{clear}({start}(() => out.push(1), 10))")
    assert advance(timed, time, 1) == []
    assert timed.statistics().timers == 0


@pytest.mark.parametrize("id", ["", "undefined", "null", "0", "-1", "999", "NaN", "'x'", "{}", "1e300", "1.5e9"])
def test_clearing_what_is_no_timer_does_nothing(timed: VM, time: Time, id: str) -> None:
    timed.eval(f"setTimeout(() => out.push(1)); clearTimeout({id})")
    assert advance(timed, time, 0) == [1]


def test_an_id_may_be_a_string(timed: VM, time: Time) -> None:
    timed.eval("clearTimeout(String(setTimeout(() => out.push(1))))")
    assert advance(timed, time, 0) == []


def test_a_timer_that_is_due_can_be_cleared_by_another(timed: VM, time: Time) -> None:
    timed.eval("var a = setTimeout(() => clearTimeout(b)), b = setTimeout(() => out.push(1)); 0")
    assert advance(timed, time, 0) == []


def test_ids_are_not_used_again(timed: VM) -> None:
    timed.eval(
        "var ids = []; for (let i = 0; i < 4; i++) { ids.push(setTimeout(() => 0)); clearTimeout(ids.at(-1)) } 0"
    )
    assert timed.eval("ids") == [1, 2, 3, 4]


def test_an_error_in_a_timer_is_raised_and_the_others_wait(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => { throw new RangeError('in the timer') }); setTimeout(() => out.push(2)); 0")
    with pytest.raises(JSError, match="RangeError: in the timer"):
        timed.run_until_idle()
    assert advance(timed, time, 0) == [2]


def test_an_interval_survives_an_error(timed: VM, time: Time) -> None:
    timed.eval("var n = 0, id = setInterval(() => { if (++n == 1) throw 1; out.push(n) }, 10); 0")
    with pytest.raises(JSError):
        advance(timed, time, 0.01)
    assert advance(timed, time, 0.01) == [2]
    timed.eval("clearInterval(id)")


def test_a_timer_can_be_interrupted(make_vm: MakeVM) -> None:
    vm = make_vm(timeout=0.05)
    vm.eval("setTimeout(() => { for (;;); }); 0")
    with pytest.raises(TimeLimitError):
        vm.run_until_idle()
    assert vm.eval("1") == 1


def test_a_clock_that_goes_back_delays_nothing_further(timed: VM, time: Time) -> None:
    timed.eval("setTimeout(() => out.push(1), 100); 0")
    time.now -= 1000
    timed.run_until_idle()
    timed.eval("setTimeout(() => out.push(2), 50); 0")
    time.now += 1000
    assert advance(timed, time, 0.06) == [2]
    assert advance(timed, time, 0.05) == [1]
