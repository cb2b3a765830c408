"""Runs one test in a VM."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snapjs import VM, Snapshot

from .results import Status, Subtest, collected
from .suite import Suite, Test

SURROUNDINGS = Path(__file__).with_name("surroundings.js")

# Seconds: when the VM of the snapshot begins, and what each reading of a clock takes.
_EPOCH = 1_750_000_000.0
_TICK = 1e-4


@dataclass(frozen=True)
class Limits:
    """What one test may use."""

    seconds: float = 300.0
    """of real time"""
    virtual_seconds: float = 120.0
    """of the VM's clock, which is put forward when nothing is left to do but to wait"""
    memory: int = 1 << 30
    """bytes of JavaScript heap"""


class Executor:
    """Runs tests of a suite, each in a VM that is restored from a snapshot in which testharness.js has run.

    :param limits: of each test.
    """

    def __init__(self, suite: Suite, limits: Limits) -> None:
        self._suite = suite
        self._limits = limits
        self._prepared: Snapshot | None = None

    def subtests(self, test: Test) -> tuple[Subtest, ...]:
        """Run a test; what came of its subtests."""
        host = _Host(self._suite, test)
        clock = _Clock(start=1.0)
        failure: str | None = None
        with VM.restore(
            self._snapshot(),
            functions=host.functions,
            clock=clock,
            seed=0,
            timeout=self._limits.seconds,
            memory_limit=self._limits.memory,
            stdout=_discard,
            stderr=_discard,
            on_unhandled_rejection=_discard,
        ) as vm:
            try:
                self._run(vm, test)
                self._turn_event_loop(vm, host, clock)
            # not only what snapjs raises: a defect of it must not end the whole run
            except Exception as error:
                failure = f"{type(error).__name__}: {error}"
        return collected(host.subtests, failure or host.failure)

    def _snapshot(self) -> Snapshot:
        if self._prepared is None:
            with VM(functions=_Host(self._suite, Test("")).functions, clock=_Clock(start=0.0), seed=0) as vm:
                surroundings = vm.eval_handle(SURROUNDINGS.read_text(encoding="utf-8"), filename=SURROUNDINGS.name)
                with vm.eval_handle("wptHost") as functions:
                    vm.call_function(surroundings, vm.undefined, functions).dispose()
                surroundings.dispose()
                vm.eval_handle("delete globalThis.wptHost").dispose()
                # It queues a microtask that says that all files are loaded: that must run after them.
                _evaluate(vm, self._suite, "resources/testharness.js")
                self._prepared = vm.snapshot()
        return self._prepared

    def _run(self, vm: VM, test: Test) -> None:
        # None of this runs microtasks.
        vm.eval_handle(f"beginTest({json.dumps(test.settings)})", filename="begin").dispose()
        for script in test.scripts:
            _evaluate(vm, self._suite, script)
        _evaluate(vm, self._suite, test.path)

    def _turn_event_loop(self, vm: VM, host: _Host, clock: _Clock) -> None:
        end = time.monotonic() + self._limits.seconds
        while not host.is_complete and time.monotonic() < end and clock.passed < self._limits.virtual_seconds:
            delay = vm.loop_once()
            if delay > 0:
                clock.put_forward(delay / 1000)
            elif delay == -1:
                if not vm.pending:
                    break
                asyncio.run(asyncio.wait_for(vm.run_until_idle_async(), end - time.monotonic()))
        if not host.is_complete:
            vm.eval_handle("timeout()").dispose()
            vm.run_jobs()


class _Host:
    """What the host does for one test."""

    def __init__(self, suite: Suite, test: Test) -> None:
        self._suite = suite
        self._test = test
        self.subtests: list[Subtest] = []
        self.is_complete = False
        self.failure: str | None = "testharness.js did not say that it was done"

    @property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """By the names under which JavaScript calls them."""
        return {
            "wptHost.text": self._text,
            "wptHost.bytes": self._bytes,
            "wptHost.result": self._result,
            "wptHost.complete": self._complete,
        }

    def _bytes(self, url: str) -> bytes | None:
        path = self._suite.resolve(url, self._test)
        try:
            return None if path is None else self._suite.read(path)
        except FileNotFoundError:
            return None

    def _text(self, url: str) -> str | None:
        content = self._bytes(url)
        return None if content is None else content.decode("utf-8", "replace")

    def _result(self, name: str, status: int, message: str) -> None:
        self.subtests.append(Subtest(name, Status(status), message))

    def _complete(self, status: int, message: str) -> None:
        self.is_complete = True
        self.failure = f"status {status}: {message}" if status else None


class _Clock:
    """A clock that goes forward when told to, and by little whenever it is read, as programs expect of clocks.

    :param start: when, after the VM of the snapshot began.
    """

    def __init__(self, start: float) -> None:
        self._start = start
        self.passed = 0.0

    def __call__(self) -> float:
        self.passed += _TICK
        return _EPOCH + self._start + self.passed

    def put_forward(self, seconds: float) -> None:
        self.passed += seconds


def _evaluate(vm: VM, suite: Suite, path: str) -> None:
    vm.eval_handle(suite.text(path), filename=path).dispose()


def _discard(*_: object) -> None:
    pass
