"""What takes the place of :mod:`threading`."""

from __future__ import annotations

import ast
import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import pytest

import snapjs
from snapjs._reactor.standard_input import StandardInput
from snapjs._threads import RLock
from snapjs._workflows.sqlite.gate import Gate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs setitimer")


class Struck(BaseException):
    pass


@pytest.fixture
def alarm() -> Iterator[None]:
    def strike(number: int, frame: FrameType | None) -> None:
        raise Struck

    before = signal.signal(signal.SIGALRM, strike)
    gc.disable()  # what strikes in a callback of the collector is not raised
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    gc.enable()
    signal.signal(signal.SIGALRM, before)


def do_until_struck(something: Callable[[], object]) -> None:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.00002)
        while True:
            for _ in range(200):
                something()
            time.sleep(0)  # the signal may have come to another thread: who gets Python's lock back is told
    except Struck:
        pass


@pytest.mark.usefixtures("alarm")
def test_no_signal_leaves_a_lock_taken() -> None:
    lock = RLock()

    def take() -> None:
        with lock:
            pass

    for _ in range(500):
        do_until_struck(take)
        assert not lock._is_owned()  # type: ignore[attr-defined]


def is_of_threading(call: ast.expr | None) -> bool:
    return isinstance(call, ast.Call) and ast.unparse(call.func) in ("Condition", "threading.Condition")


def entered_conditions(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    conditions = {
        ast.unparse(target)
        for node in nodes
        if isinstance(node, ast.Assign) and is_of_threading(node.value)
        for target in node.targets
    }
    entered = {ast.unparse(item.context_expr) for node in nodes if isinstance(node, ast.With) for item in node.items}
    return conditions & entered


def test_conditions_are_entered_by_their_locks() -> None:
    assert entered_conditions("self.a = Condition()\nwith self.a: pass") == {"self.a"}
    sources = Path(snapjs.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if entered_conditions(path.read_text(encoding="utf-8"))] == []


@pytest.mark.usefixtures("alarm")
def test_no_signal_keeps_a_fork_from_a_store() -> None:
    gate = Gate()

    def pass_through() -> None:
        with gate.inside():
            pass

    for _ in range(200):
        do_until_struck(pass_through)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(gate.shut).result(10)


@pytest.mark.usefixtures("alarm")
def test_no_signal_keeps_others_from_standard_input() -> None:
    standard_input = StandardInput(None)
    for _ in range(200):
        do_until_struck(lambda: standard_input.push(b"1"))
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(standard_input.take_come).result(10)[1] is False


def test_the_lock_is_re_entrant_and_others_wait() -> None:
    lock = RLock()
    others: list[bool] = []
    with lock, lock:
        thread = threading.Thread(target=lambda: others.append(lock.acquire(blocking=False)))
        thread.start()
        thread.join()
    thread = threading.Thread(target=lambda: others.append(lock.acquire(blocking=False)))
    thread.start()
    thread.join()
    assert others == [False, True]
