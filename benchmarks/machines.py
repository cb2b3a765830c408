"""Making machines: processes, time, memory, threads."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from time import perf_counter
from typing import Any

from .adapter import Adapter, Unsupported
from .fresh import figures
from .workload import Group, Measure, Ratio, expect

MACHINES = Group("machines")

_KB = 1 << 10
_IDLE = 100
"""machines that are alive at once"""
_SHORTEST_WORK = 0.05
"""seconds that each thread works at the least, so that to start it does not count"""


# ---- processes


@MACHINES.workload("process", "process: import, create, eval 1+2, exit")
def _process(adapter: Adapter) -> Iterator[Measure]:
    yield adapter.timed(_run, adapter.command(adapter.cold_source), None)


@MACHINES.workload("process-empty-cache", "the same with an empty cache", full_only=True)
def _process_empty_cache(adapter: Adapter) -> Iterator[Measure]:
    def measure(count: int) -> float:
        seconds = 0.0
        for _ in range(count):
            with tempfile.TemporaryDirectory() as folder:
                variables = {**os.environ, **adapter.cache_variables(folder)}
                seconds += Adapter.timed(adapter, _run, adapter.command(adapter.cold_source), variables)(1)
        return seconds

    yield measure


@MACHINES.workload("bare-process", "process: nothing, for comparison")
def _bare_process(adapter: Adapter) -> Iterator[Measure]:
    yield adapter.timed(_run, adapter.command(adapter.bare_source), None)


def _run(command: list[str], variables: dict[str, str] | None) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=variables)


MACHINES.ratios.append(Ratio("process by a bare one", "process", "bare-process", 2.5))
MACHINES.stays_under(0.1, "process", "process", ["quickjs-rs"])


# ---- one machine


@MACHINES.workload("create", "create, eval 1+2, close")
def _create(adapter: Adapter) -> Iterator[Measure]:
    expect(adapter.once("1+2"), 3)
    yield adapter.timed(adapter.once, "1+2")


MACHINES.stays_under(
    1, "create", "create, eval, close",
    ["quickjs-ng", "quickjs-bindings", "quickjs-rs", "pydeno", "pydantic-monty", "quickjs-wasi", "quickjs-emscripten"],
)  # fmt: skip
MACHINES.stays_under(0.1, "create", "create, eval, close", ["mini-racer", "jsrun", "pydeno-runtime", "v8-python"])


# ---- global scopes


@MACHINES.workload("realm", "a fresh global scope in the same heap: make, eval 1+2, close")
def _realm(adapter: Adapter) -> Iterator[Measure]:
    def run() -> None:
        realm = adapter.realm(machine)
        expect(adapter.eval(realm)("1+2"), 3)
        adapter.close(realm)

    machine = adapter.create()
    try:
        yield adapter.timed(run)
    finally:
        adapter.close(machine)


@MACHINES.workload("sandbox-fresh", "sandbox: a fresh world for eval 1+2")
def _sandbox_fresh(adapter: Adapter) -> Iterator[Measure]:
    yield adapter.timed(adapter.sandbox(True), "1+2")


@MACHINES.workload("sandbox-shared", "sandbox: eval 1+2 in the shared world")
def _sandbox_shared(adapter: Adapter) -> Iterator[Measure]:
    yield adapter.timed(adapter.sandbox(False), "1+2")


@MACHINES.workload("sandbox-call", "sandbox: a thousand calls of a capability")
def _sandbox_call(adapter: Adapter) -> Iterator[Measure]:
    evaluate = adapter.sandbox(False)
    evaluate("function go() { for (let i = 0; i < 1000; i++) host.identity(i) }")
    yield adapter.timed(evaluate, "go()")


MACHINES.ratios.append(Ratio("a fresh world by a fresh realm", "sandbox-fresh", "realm", 1))


@cache
def _idle_machines(name: str) -> dict[str, Any]:
    return figures(name, "idle", _IDLE)


@MACHINES.workload("idle", "private memory of an idle machine", unit="B", target=120 * _KB, full_only=True, once=True)
def _idle(adapter: Adapter) -> Iterator[Measure]:
    yield lambda _: float(_idle_machines(adapter.name)["each"])


# ---- two machines


class _Thread:
    """A thread with a machine; no other ever touches it or its values, not even to free them."""

    def __init__(self, adapter: Adapter, stack: ExitStack) -> None:
        self._adapter = adapter
        self._executor = stack.enter_context(ThreadPoolExecutor(max_workers=1))
        self._executor.submit(self._open).result()
        stack.callback(lambda: self._executor.submit(self._close).result())

    def start(self, rounds: int) -> Future[None]:
        return self._executor.submit(self._work, rounds)

    def _open(self) -> None:
        self._machine = self._adapter.create()

    def _close(self) -> None:
        self._adapter.close(self._machine)
        del self._machine

    def _work(self, rounds: int) -> None:
        expect(self._adapter.eval(self._machine)(_WORK.replace("ROUNDS", str(rounds))), 1)


_WORK = """(() => {
  let state = 1
  for (let i = 0; i < ROUNDS; i++) {
    const text = [state, i].join(" ")
    state = (state * 48271 + text.length) % 2147483647
  }
  return state > 0 ? 1 : 0
})()"""


@MACHINES.workload("threads", "two threads: what they do by what one does", unit="times", target=1.85, at_least=True)
def _threads(adapter: Adapter) -> Iterator[Measure]:
    if not adapter.has_threads:
        raise Unsupported("its programs have one thread")
    with ExitStack() as stack:
        threads = [_Thread(adapter, stack) for _ in range(2)]

        def seconds(working: list[_Thread], rounds: int) -> float:
            start = perf_counter()
            for answer in [thread.start(rounds) for thread in working]:
                answer.result()
            return perf_counter() - start

        rounds = 1000
        while seconds(threads[:1], rounds) < _SHORTEST_WORK:
            rounds *= 2
        seconds(threads, rounds)
        yield lambda _: 2 * seconds(threads[:1], rounds) / seconds(threads, rounds)
