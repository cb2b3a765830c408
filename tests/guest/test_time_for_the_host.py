"""What the host does for itself while JavaScript waits, such as to transpile what it imports, is not charged to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from snapjs import VM, TimeLimitError
from snapjs._guest import watchdog

MakeVM = Callable[..., VM]


class Monotonic:
    """What the limits take for `time.monotonic`; it moves when told to."""

    def __init__(self) -> None:
        self.moment = watchdog.time.monotonic()

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Monotonic:
    clock = Monotonic()
    monkeypatch.setattr("snapjs._core.limits.monotonic", clock)
    monkeypatch.setattr("snapjs._guest.instance.monotonic", clock)
    return clock


def work(vm: VM, clock: Monotonic, *, charged: bool) -> None:
    """Give JavaScript a function that takes a minute of the host, and looks whether the time is up."""

    def take_a_minute() -> None:
        if charged:
            clock.moment += 60
        else:
            with vm._bridge.limits.uncharged():
                clock.moment += 60
        vm.eval("0", timeout=None)

    vm.expose("work", take_a_minute)


def test_a_call_is_not_charged(make_vm: MakeVM, clock: Monotonic) -> None:
    vm = make_vm(timeout=10)
    work(vm, clock, charged=False)

    assert vm.eval("work(); work(); for (let i = 0; i < 1e5; i++); 1") == 1


def test_a_call_is_charged_otherwise(make_vm: MakeVM, clock: Monotonic) -> None:
    vm = make_vm(timeout=10)
    work(vm, clock, charged=True)

    with pytest.raises(TimeLimitError):
        vm.eval("work(); for (;;);")


def test_the_rest_of_the_time_is_left(make_vm: MakeVM, clock: Monotonic) -> None:
    vm = make_vm(timeout=10)
    left: list[float] = []

    @vm.function
    def look() -> None:
        clock.moment += 3
        with vm._bridge.limits.uncharged():
            clock.moment += 60
            with vm._bridge.limits.uncharged():
                clock.moment += 60
        left.append(vm._bridge.limits._deadlines[0].deadline - clock.moment)

    vm.eval("look(); look()")
    assert left == pytest.approx([7, 4])


def test_a_block_within_another_counts_once(make_vm: MakeVM, clock: Monotonic) -> None:
    bridge = make_vm()._bridge
    before = bridge.limits.now()
    with bridge.limits.uncharged():
        clock.moment += 5
        with bridge.limits.uncharged():
            clock.moment += 5
    clock.moment += 1

    assert bridge.limits.now() - before == pytest.approx(1)


def test_a_block_that_raises_is_not_charged(make_vm: MakeVM, clock: Monotonic) -> None:
    bridge = make_vm()._bridge
    before = bridge.limits.now()
    with pytest.raises(ValueError), bridge.limits.uncharged():
        clock.moment += 5
        raise ValueError

    assert bridge.limits.now() == pytest.approx(before)


def test_a_limit_for_several_calls_is_not_charged(make_vm: MakeVM, clock: Monotonic) -> None:
    vm = make_vm()
    work(vm, clock, charged=False)

    @vm.function
    async def pause() -> None:
        await asyncio.sleep(0)

    assert asyncio.run(vm.eval_async("work(); await pause(); work(); await pause(); 1", timeout=10)) == 1


def test_a_limit_for_several_calls_is_charged_otherwise(make_vm: MakeVM, clock: Monotonic) -> None:
    vm = make_vm()
    work(vm, clock, charged=True)

    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async("work(); await 0; work(); await 0; for (;;);", timeout=10))


def test_a_deadline_that_stands_still_does_not_pass() -> None:
    word = watchdog.ctypes.c_uint32()
    token = watchdog.arm(watchdog.time.monotonic() + 1000, watchdog.ctypes.addressof(word), None)
    try:
        paused = watchdog.pause([token])
        assert token.moment == float("inf")
        assert watchdog.pause([token]) == []
        watchdog.go_on(paused, -1001)  # so that it passes at once
        while not token.expired:
            pass
    finally:
        watchdog.disarm(token)
    assert word.value == 1


def test_a_deadline_that_has_passed_is_not_taken_back() -> None:
    word = watchdog.ctypes.c_uint32()
    token = watchdog.arm(watchdog.time.monotonic(), watchdog.ctypes.addressof(word), None)
    try:
        while not token.expired:
            pass
        assert watchdog.pause([token]) == []
    finally:
        watchdog.disarm(token)
