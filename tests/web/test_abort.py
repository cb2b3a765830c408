"""AbortController and AbortSignal, `timeout` in virtual time and `any`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from moving import moved
from virtual_time import advance

from snapjs import VM, JSError, Snapshot, undefined


def test_abort(vm: VM) -> None:
    vm.eval("var controller = new AbortController(), { signal } = controller, out = []; 0")
    vm.eval("signal.onabort = event => out.push(event.type, event.isTrusted, event.target === signal)")
    assert vm.eval("[signal.aborted, signal.reason]") == [False, undefined]
    vm.eval("controller.abort(); controller.abort()")
    assert vm.eval("out") == ["abort", True, True]
    assert vm.eval("[signal.aborted, signal.reason.name, signal.reason instanceof DOMException]") == [
        True,
        "AbortError",
        True,
    ]


def test_the_reason_is_the_one_given(vm: VM) -> None:
    vm.eval("var controller = new AbortController(); controller.abort('enough')")
    with pytest.raises(JSError) as caught:
        vm.eval("controller.signal.throwIfAborted()")
    assert caught.value.value == "enough"


def test_a_signal_that_is_aborted_from_the_start(vm: VM) -> None:
    assert vm.eval("[AbortSignal.abort().aborted, AbortSignal.abort(5).reason]") == [True, 5]


def test_signals_are_not_constructed(vm: VM) -> None:
    with pytest.raises(JSError, match="TypeError: Illegal constructor"):
        vm.eval("new AbortSignal()")


# ---- timeout


def test_timeout(timed: VM, time: Any) -> None:
    timed.eval("var signal = AbortSignal.timeout(1500); signal.onabort = () => out.push(signal.reason.name); 0")
    assert advance(timed, time, 1.25) == []
    assert advance(timed, time, 0.25) == ["TimeoutError"]


@pytest.mark.parametrize("milliseconds", ["-1", "NaN", "Infinity", "2 ** 53"])
def test_a_timeout_that_is_no_duration(vm: VM, milliseconds: str) -> None:
    with pytest.raises(JSError, match=r"TypeError: AbortSignal\.timeout: milliseconds is not an integer between 0 and"):
        vm.eval(f"AbortSignal.timeout({milliseconds})")


def test_an_armed_timeout_lives_through_a_snapshot(timed: VM, time: Any) -> None:
    timed.eval("var signal = AbortSignal.timeout(1000); signal.onabort = () => out.push(signal.reason.name); 0")
    assert advance(timed, time, 0.5) == []
    with moved(timed, clock=time) as restored:
        assert advance(restored, time, 0.25) == []
        assert advance(restored, time, 0.25) == ["TimeoutError"]


def test_forks_of_an_armed_timeout(timed: VM, time: Any) -> None:
    timed.eval("var signal = AbortSignal.timeout(1000); signal.onabort = () => out.push(1); 0")
    snapshot = Snapshot.from_bytes(timed.snapshot().to_bytes())
    time.now += 1
    for fork in snapshot.fork(2, clock=time):
        with fork:
            assert advance(fork, time, 0) == [1]
    assert advance(timed, time, 0) == [1]


@pytest.mark.abandons("the timeout is still armed")
def test_nobody_waits_for_an_armed_timeout_alone(timed: VM) -> None:
    timed.eval("AbortSignal.timeout(60_000); 0")
    asyncio.run(asyncio.wait_for(timed.run_until_idle_async(), 5))
    assert timed.loop_once() == 60_000


@pytest.mark.abandons("the timeout is still armed")
def test_a_timer_beside_an_armed_timeout_is_waited_for(vm: VM) -> None:
    vm.eval("var out = []; AbortSignal.timeout(60_000); setTimeout(() => out.push(1), 1); 0")
    asyncio.run(asyncio.wait_for(vm.run_until_idle_async(), 5))
    assert vm.eval("out") == [1]


def test_a_promise_that_a_timeout_settles_is_waited_for(vm: VM) -> None:
    code = "await new Promise((resolve) => { AbortSignal.timeout(1).onabort = (e) => resolve(e.target.reason.name) })"
    assert asyncio.run(vm.eval_async(code)) == "TimeoutError"


@pytest.mark.abandons("the timeout is still armed")
def test_nobody_waits_for_a_restored_timeout_alone(timed: VM, time: Any) -> None:
    timed.eval("AbortSignal.timeout(60_000); 0")
    with moved(timed, clock=time) as restored:
        asyncio.run(asyncio.wait_for(restored.run_until_idle_async(), 5))


def test_a_timeout_is_no_timer_of_the_program(timed: VM, time: Any) -> None:
    timed.eval("AbortSignal.timeout(10).onabort = () => out.push(1); for (let id = 0; id < 100; id++) clearTimeout(id)")
    assert advance(timed, time, 0.01) == [1]


# ---- any


def test_any_follows_the_first_that_is_aborted(vm: VM) -> None:
    vm.eval("var a = new AbortController(), b = new AbortController(), any = AbortSignal.any([a.signal, b.signal]); 0")
    vm.eval("b.abort('b'); a.abort('a')")
    assert vm.eval("any.reason") == "b"


def test_dependent_signals_are_aborted_before_any_event(vm: VM) -> None:
    vm.eval("var controller = new AbortController(), { signal } = controller, out = []; 0")
    vm.eval("var any = AbortSignal.any([AbortSignal.any([signal])]); 0")
    vm.eval("signal.onabort = () => out.push('source', any.aborted); any.onabort = () => out.push('dependent'); 0")
    vm.eval("controller.abort()")
    assert vm.eval("out") == ["source", True, "dependent"]


def test_any_of_one_that_is_aborted(vm: VM) -> None:
    assert vm.eval("AbortSignal.any([new AbortController().signal, AbortSignal.abort(3)]).reason") == 3


def test_a_signal_that_somebody_listens_to_is_kept(vm: VM) -> None:
    vm.eval("var controller = new AbortController(), out = []; 0")
    vm.eval("AbortSignal.any([controller.signal]).onabort = () => out.push(1); 0")
    vm.gc()
    vm.eval("controller.abort()")
    assert vm.eval("out") == [1]


def test_a_signal_that_nobody_listens_to_goes(vm: VM) -> None:
    vm.eval("var controller = new AbortController(); AbortSignal.any([controller.signal]); 0")
    vm.gc()
    before = vm.memory_usage()["obj_count"]
    vm.eval("for (let i = 0; i < 1000; i++) AbortSignal.any([controller.signal])")
    vm.gc()
    assert vm.memory_usage()["obj_count"] - before < 50


def test_any_lives_through_a_snapshot(timed: VM, time: Any) -> None:
    timed.eval("var controller = new AbortController(); 0")
    timed.eval(
        "AbortSignal.any([controller.signal, AbortSignal.timeout(500)]).onabort = e => out.push(e.target.reason.name)"
    )
    with moved(timed, clock=time) as restored:
        assert advance(restored, time, 0.5) == ["TimeoutError"]
