"""One thread at a time in a VM, and any thread: what another one may do, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from snapjs import VM, BusyError, JSError, TimeLimitError


def in_thread(function: Callable[[], Any]) -> Any:
    """What the function returns or raises in a thread of its own."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(function).result(60)


def in_thread_during_a_call(vm: VM, function: Callable[[], Any]) -> Any:
    """As `in_thread`, while this thread is in a host function of the VM."""
    outcome: list[Any] = []
    vm.globals["meanwhile"] = lambda: outcome.append(in_thread(function))
    vm.eval("meanwhile()")
    return outcome[0]


USES: dict[str, Callable[[VM], Any]] = {
    "eval": lambda vm: vm.eval("1"),
    "eval_handle": lambda vm: vm.eval_handle("1"),
    "compile": lambda vm: vm.compile("1"),
    "globals": lambda vm: vm.globals["x"],
    "expose": lambda vm: vm.expose("f", lambda: 1),
    "snapshot": lambda vm: vm.snapshot(),
    "run_jobs": lambda vm: vm.run_jobs(),
    "loop_once": lambda vm: vm.loop_once(),
    "run_until_idle": lambda vm: vm.run_until_idle(),
    "pending": lambda vm: vm.pending,
    "gc": lambda vm: vm.gc(),
    "memory_usage": lambda vm: vm.memory_usage(),
    "statistics": lambda vm: vm.statistics(),
    "close": lambda vm: vm.close(),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_vm_is_busy_for_other_threads_during_a_call(vm: VM, use: Callable[[VM], Any]) -> None:
    vm.eval("var x = 1")
    with pytest.raises(BusyError, match="Another thread is in this VM"):
        in_thread_during_a_call(vm, lambda: use(vm))
    assert vm.eval("x") == 1


def test_function_is_busy_too(vm: VM) -> None:
    function = vm.eval("() => 1")
    with pytest.raises(BusyError):
        in_thread_during_a_call(vm, function)
    assert function() == 1


def test_function_moves_between_threads(vm: VM) -> None:
    function = vm.eval("n => n * 2")
    assert in_thread(lambda: function(21)) == 42


def test_exception_crosses_threads(vm: VM) -> None:
    with pytest.raises(JSError, match="RangeError: there"):
        in_thread(lambda: vm.eval("throw new RangeError('there')"))


def test_stack_limit_holds_in_another_thread(vm: VM) -> None:
    with pytest.raises(RecursionError):
        in_thread(lambda: vm.eval("(function f() { f() })()"))
    assert in_thread(lambda: vm.eval("1")) == 1


def test_time_limit_holds_in_another_thread(vm: VM) -> None:
    with pytest.raises(TimeLimitError):
        in_thread(lambda: vm.eval("for (;;);", timeout=0.05))
    assert vm.eval("1") == 1


def test_reference_may_be_dropped_in_any_thread(vm: VM) -> None:
    references = [vm.eval_handle("({})") for _ in range(100)]
    assert vm.statistics().handles == 100
    in_thread(references.clear)
    assert vm.statistics().handles == 0


def test_reference_may_be_dropped_while_the_vm_is_busy(vm: VM) -> None:
    references = [vm.eval_handle("({})")]
    in_thread_during_a_call(vm, references.clear)
    assert vm.statistics().handles == 0


def test_vm_may_be_closed_in_another_thread() -> None:
    vm = VM()
    in_thread(vm.close)
    assert vm.closed
