"""Results that tools have made, in memory."""

from __future__ import annotations

import hashlib
import os
import threading
import tracemalloc

import pytest

from snapjs._tools.results import Results
from snapjs.typescript import _Output


def test_what_was_used_last_stays() -> None:
    results: Results[str] = Results(2)
    results.put("a", "1")
    results.put("b", "2")
    results.get("a")
    results.put("c", "3")

    assert [results.get(key) for key in "abc"] == ["1", None, "3"]


def test_the_size_of_all_is_bounded() -> None:
    results: Results[str] = Results(10, len)
    for key in "abc":
        results.put(key, "four")

    assert [results.get(key) for key in "abc"] == [None, "four", "four"]


def test_what_is_larger_than_all_may_be_is_not_kept() -> None:
    results: Results[str] = Results(10, len)
    results.put("a", "four")
    results.put("b", "more than ten")

    assert [results.get(key) for key in "ab"] == ["four", None]


def test_many_small_outputs_of_the_compiler_take_no_more_memory_than_they_may() -> None:
    most = 1 << 20
    results: Results[_Output] = Results(most, _Output.size)
    tracemalloc.start()
    try:
        for number in range(5000):
            results.put(hashlib.sha256(str(number).encode()).hexdigest(), _Output(f"const n = {number}", "AAAA", ["n"]))
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert most // 2 < taken < most


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_does_not_wait_for_a_thread_of_its_parent() -> None:
    results: Results[str] = Results(2)
    is_held, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with results._lock:
            is_held.set()
            may_go.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait()
    child = os.fork()
    if not child:
        results.put("a", "1")
        os._exit(0 if results.get("a") == "1" else 1)
    may_go.set()
    thread.join()

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
