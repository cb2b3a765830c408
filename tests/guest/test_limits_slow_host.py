"""Host functions that are still at work when the time of the code that called them is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, TimeLimitError
from snapjs._guest import watchdog

MakeVM = Callable[..., VM]

LIMIT = 0.05


@pytest.fixture
def limited(make_vm: MakeVM) -> VM:
    return make_vm(timeout=LIMIT)


def run_into_the_limit(vm: VM, code: str) -> None:
    with pytest.raises(TimeLimitError):
        vm.eval(code)


def wait_for_the_limit(vm: VM) -> None:
    while vm._bridge.instance.control.interrupt != 1:
        pass


def test_slow_host_function_is_not_cut_off_but_its_answer_is_not_used(limited: VM) -> None:
    finished: list[int] = []

    def slow() -> None:
        wait_for_the_limit(limited)
        finished.append(1)

    limited.expose("slow", slow)
    run_into_the_limit(limited, "slow(); globalThis.after = 1")
    assert finished == [1]
    assert "after" not in limited.globals


def test_slow_host_function_that_raises(limited: VM) -> None:
    def slow() -> None:
        wait_for_the_limit(limited)
        raise ValueError("late")

    limited.expose("slow", slow)
    run_into_the_limit(limited, "try { slow() } catch { globalThis.after = 1 }")
    assert "after" not in limited.globals


def test_slow_host_function_does_not_kill_the_vm(limited: VM) -> None:
    limited.expose("slow", lambda: time.sleep(watchdog.GRACE + 2 * LIMIT))
    with pytest.raises(TimeLimitError):
        limited.eval("slow()")
    assert limited.eval("1 + 1") == 2


@pytest.mark.parametrize(
    "result",
    [len, [len, ValueError("late")], bytes(100_000), "x" * 1_000_000],
    ids=["function", "list", "bytes", "text"],
)
def test_slow_host_function_whose_answer_needs_the_guest_does_not_kill_the_vm(limited: VM, result: Any) -> None:
    def slow() -> Any:
        time.sleep(watchdog.GRACE + 2 * LIMIT)
        return result

    limited.expose("slow", slow)
    with pytest.raises(TimeLimitError):
        limited.eval("slow()")
    assert limited.eval("1 + 1") == 2


@pytest.mark.parametrize("code", ["1 + 1", "'x'.repeat(1e6).lastIndexOf('y')"])
def test_slow_host_function_begins_no_code(limited: VM, code: str) -> None:
    refused: list[TimeLimitError] = []

    def slow() -> None:
        time.sleep(watchdog.GRACE + 2 * LIMIT)
        with pytest.raises(TimeLimitError) as caught:
            limited.eval(f"globalThis.after = {code}", timeout=30)
        refused.append(caught.value)

    limited.expose("slow", slow)
    with pytest.raises(TimeLimitError):
        limited.eval("slow()")
    assert len(refused) == 1
    assert "after" not in limited.globals


def test_slow_host_function_loses_no_handle_that_is_let_go(limited: VM) -> None:
    handle = limited.eval_handle("({})", timeout=None)

    def slow() -> None:
        time.sleep(watchdog.GRACE + 2 * LIMIT)
        handle.dispose()
        with pytest.raises(TimeLimitError):
            limited.eval("1")

    limited.expose("slow", slow)
    with pytest.raises(TimeLimitError):
        limited.eval("slow()")
    assert limited.statistics().handles == 0
