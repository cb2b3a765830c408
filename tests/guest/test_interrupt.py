"""The callable `interrupt`, which is asked while JavaScript runs whether to stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from snapjs import VM, Interrupted

MakeVM = Callable[..., VM]


def test_interrupt_stops(make_vm: MakeVM) -> None:
    asked: list[int] = []
    vm = make_vm(interrupt=lambda: asked.append(1) or len(asked) > 3)
    with pytest.raises(Interrupted, match="The interrupt callable stopped the JavaScript code"):
        vm.eval("for (;;) {}")
    asked.clear()
    assert vm.eval("1") == 1


def test_interrupt_cannot_be_caught(make_vm: MakeVM) -> None:
    answers = iter([False, True])
    vm = make_vm(interrupt=lambda: next(answers, False))
    with pytest.raises(Interrupted):
        vm.eval("try { for (;;); } catch { globalThis.caught = 1 } finally { globalThis.caught = 1 }")
    assert "caught" not in vm.globals


def test_interrupt_that_raises_is_raised(make_vm: MakeVM) -> None:
    def interrupt() -> bool:
        raise ValueError("from the callable")

    vm = make_vm(interrupt=interrupt)
    with pytest.raises(ValueError, match="from the callable"):
        vm.eval("for (;;);")
    vm._bridge.options.interrupt = None
    assert vm.eval("1") == 1


def test_interrupt_from_another_thread(make_vm: MakeVM) -> None:
    running, stop = threading.Event(), threading.Event()
    vm = make_vm(interrupt=stop.is_set, stdout=lambda text: running.set())

    def run() -> None:
        with pytest.raises(Interrupted):
            vm.eval("console.log('running'); for (;;);")

    with ThreadPoolExecutor(1) as executor:
        done = executor.submit(run)
        assert running.wait(30)
        assert not done.done()
        stop.set()
        done.result(30)
    stop.clear()
    assert vm.eval("1") == 1
