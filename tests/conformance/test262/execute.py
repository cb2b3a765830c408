"""Runs one test in one mode, and judges what came of it."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from snapjs import VM, JSError, Snapshot, StillPending

from .host import Host, SuiteModules
from .suite import Suite, harness_files
from .tests import Negative, Test

# What $DONE of the harness prints.
_ASYNC_SUCCESS = "Test262:AsyncTestComplete"
_ASYNC_FAILURE = "Test262:AsyncTestFailure:"

_SNAPSHOTS_KEPT = 64


@dataclass(frozen=True)
class Limits:
    """What one run of a test may use."""

    seconds: float = 20.0
    memory: int = 1 << 30
    """bytes of JavaScript heap"""


class Executor:
    """Runs tests of a suite, each in a VM that is restored from a snapshot in which its harness files have run.

    :param limits: of one run of a test.
    """

    def __init__(self, suite: Suite, limits: Limits) -> None:
        self._suite = suite
        self._limits = limits
        self._snapshots: OrderedDict[tuple[str, ...], Snapshot] = OrderedDict()

    def failure(self, test: Test, mode: str) -> str | None:
        """Run a test; why it failed, or ``None`` when it passed."""
        asynchronous = "async" in test.flags
        files = () if "raw" in test.flags else harness_files(test.includes, asynchronous=asynchronous)
        try:
            snapshot = self._snapshot(files)
        except FileNotFoundError as missing:
            return f"the suite has no harness file {missing}"
        except JSError as thrown:
            return f"the harness failed: {thrown}"
        host = Host()
        source = '"use strict";\n' + test.source if mode == "strict" else test.source
        error: Exception | None = None
        with self._restored(snapshot, host, {test.name: source}) as vm:
            host.attach(vm)
            run = _Run(vm, test, source, time.monotonic() + self._limits.seconds)
            try:
                run.module() if mode == "module" else run.script()
            # not only what snapjs raises: a defect of it must not end the whole run
            except Exception as caught:
                error = caught
        if test.negative:
            return _wrong_error(test.negative, error)
        if error is not None:
            return _described(error)
        return _wrong_output(host.printed) if asynchronous else None

    def _restored(self, snapshot: Snapshot, host: Host, own: dict[str, str]) -> VM:
        return VM.restore(
            snapshot,
            functions=host.functions,
            timeout=self._limits.seconds,
            memory_limit=self._limits.memory,
            modules=SuiteModules(self._suite, own),
            stdout=_discard,
            stderr=_discard,
            on_unhandled_rejection=_discard,
        )

    def _snapshot(self, files: tuple[str, ...]) -> Snapshot:
        """A VM in which these harness files have run.

        :raises FileNotFoundError: the suite lacks one.
        :raises JSError: one failed.
        """
        if files in self._snapshots:
            self._snapshots.move_to_end(files)
            return self._snapshots[files]
        with VM(functions=Host().functions) as vm:
            Host.set_up(vm)
            for name in files:
                vm.eval_handle(self._suite.harness(name), filename=f"harness/{name}").dispose()
            snapshot = self._snapshots[files] = vm.snapshot()
        if len(self._snapshots) > _SNAPSHOTS_KEPT:
            self._snapshots.popitem(last=False)
        return snapshot


class WrongPhase(Exception):
    """A test failed earlier than it was to fail."""


class _Run:
    """One run of a test. The methods raise what the test ends with.

    :param deadline: of :func:`time.monotonic`.
    """

    def __init__(self, vm: VM, test: Test, source: str, deadline: float) -> None:
        self._vm = vm
        self._test = test
        self._source = source
        self._deadline = deadline

    def script(self) -> None:
        phase = self._test.negative.phase if self._test.negative else None
        if phase is not None:
            # apart from running it, to tell which of the two fails
            try:
                self._vm.compile(self._source, filename=self._test.name)
            except JSError as error:
                if phase != "parse":
                    raise WrongPhase(f"it failed before it ran: {error}") from None
                raise
            if phase == "parse":
                return
        self._vm.eval_handle(self._source, filename=self._test.name).dispose()
        self._turn_event_loop()

    def module(self) -> None:
        try:
            self._vm.eval_module(self._source, self._test.name)
        except StillPending:
            # its top-level await may wait for a timer; whether it then went on is what $DONE tells
            if "async" not in self._test.flags:
                raise
        self._turn_event_loop()

    def _turn_event_loop(self) -> None:
        while (delay := self._vm.loop_once()) != -1:
            if time.monotonic() > self._deadline:
                raise TimeoutError("its timers go on and on")
            if delay > 0:
                time.sleep(delay / 1000)


def _wrong_error(negative: Negative, error: Exception | None) -> str | None:
    if error is None:
        return f"there was no {negative.type} in phase {negative.phase}"
    name = error.name if isinstance(error, JSError) else type(error).__name__
    return None if name == negative.type else f"not {negative.type} in phase {negative.phase}: {_described(error)}"


def _wrong_output(printed: list[str]) -> str | None:
    for line in printed:
        if line.startswith(_ASYNC_FAILURE):
            return line.removeprefix(_ASYNC_FAILURE)
    return None if _ASYNC_SUCCESS in printed else "$DONE was not called"


def _described(error: Exception) -> str:
    return str(error) if isinstance(error, JSError) else f"{type(error).__name__}: {error}"


def _discard(*_: object) -> None:
    pass
