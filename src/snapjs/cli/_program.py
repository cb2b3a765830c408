"""A program that one process starts and another may finish.

Its completion is a promise, and whoever restores a snapshot must find that promise again. So it is kept as other things
that outlive a process are: as the argument of a pending call, here one that nobody answers. The function that makes
the call is never in reach of the program.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from .._guest import abi
from ..errors import JSError, SnapjsError, StillPending
from ..function import Function
from ..handle import Handle
from ..pending import PendingCall, pending
from ..promise import Promise
from ..vm import VM

if TYPE_CHECKING:
    from asyncio import Runner

COMPLETION: Final = "<completion>"
"""Name of the pending call whose arguments are the program's completion and how to show it."""

_KEEPER: Final = """
(() => {
    const hold = globalThis[%(name)r], { log, error } = console
    delete globalThis[%(name)r]
    return [(...kept) => void hold(...kept), log, error]
})()
"""
_RUN_ASYNC: Final = abi.Run.JOBS | abi.Run.ASYNC
_RUN_MODULE: Final = abi.Run.JOBS | abi.Run.MODULE
_AS_HANDLE: Final = abi.Run.AS_HANDLE
_NEVER: Final = "The program waits on a promise that nothing can settle: no call and no timer is left."
_NOTICE_AFTER: Final = 1.0
"""Seconds of waiting for a timer that are worth a notice."""


def _runner(needed: bool) -> AbstractContextManager[Runner | None]:
    """What fetches run on: an event loop for the whole program, since its connections belong to that."""
    if not needed:
        return nullcontext()
    from asyncio import Runner  # takes 30 ms

    return Runner()


class UnhandledRejection(SnapjsError):
    """A promise was rejected, and the program did not care.

    :param reason: what it was rejected with.
    """

    def __init__(self, reason: Handle) -> None:
        super().__init__("A promise was rejected and nothing handles it.")
        self.reason = reason


class Rejections:
    """Collects unhandled rejections: pass it to a VM as ``on_unhandled_rejection``."""

    def __init__(self) -> None:
        self._reasons: list[Handle] = []

    def __call__(self, promise: Handle, reason: Handle, handled: bool) -> None:
        if not handled:
            self._reasons.append(reason)

    def check(self) -> None:
        """
        :raises UnhandledRejection: there was one.
        """
        if self._reasons:
            raise UnhandledRejection(self._reasons[0])


class Program:
    """A program in a VM. Made by :meth:`start` and :meth:`find`."""

    def __init__(
        self, vm: VM, rejections: Rejections, show: tuple[Function, Function] | None, keep: Function | None = None
    ) -> None:
        self._vm = vm
        self._rejections = rejections
        self.show = show
        """``console.log`` and ``console.error`` as they were before the program ran"""
        self._keep = keep

    @classmethod
    def prepare(cls, vm: VM, rejections: Rejections) -> Program:
        """A program that has not begun, in a VM that has run nothing yet."""
        vm.expose(COMPLETION, pending)
        keep, log, error = vm.eval(_KEEPER % {"name": COMPLETION}, filename="<snapjs>")
        return cls(vm, rejections, (log, error), keep)

    @classmethod
    def find(cls, vm: VM, rejections: Rejections) -> Program:
        """The program of a VM that was restored."""
        program = cls(vm, rejections, None)
        record = program._record()
        if record is not None:
            _, log, error, _ = record.args
            program.show = log, error
        return program

    def start(self, source: str | None, name: str, *, module: bool = False) -> None:
        """Run it until it waits for the first time.

        :param source: ``None`` for a module that the loaders have.
        :param name: of the script or module; relative imports are relative to it.
        """
        assert self._keep is not None and self.show is not None
        bridge = self._vm._bridge
        with bridge.entered():  # until the completion is kept, its rejection is not unhandled
            if source is not None:
                bridge.note_source(source, name)
            promise: Promise = bridge.call("snap_eval", (_RUN_MODULE if module else _RUN_ASYNC, 0), (source, name))
            bridge.observe_promise(promise._live())
            self._keep(promise, *self.show, not module)

    @property
    def waiting(self) -> list[PendingCall]:
        """The calls that somebody has to answer, oldest first."""
        return [call for call in self._vm.pending if call.name != COMPLETION]

    def run(
        self,
        *,
        timeout: float | None = None,
        notice: Callable[[float], Any] = lambda seconds: None,
        fetches: bool = False,
    ) -> list[PendingCall]:
        """Go on until there is nothing to do but wait for answers, or nothing at all.

        The completion value of a script is printed, as ``console.log`` would, unless it is undefined.

        Timers are waited for only while no call is unanswered: a program that waits for a person may have to be saved
        for days.

        :param timeout: seconds, waiting included.
        :param notice: called with the seconds that the next timer takes, if it takes long.
        :param fetches: whether it may fetch; what is under way is always waited for.
        :return: the calls that it waits for; without any, the program is done.
        :raises TimeLimitError: the timeout has passed.
        :raises StillPending: the completion waits for something that cannot come any more.
        :raises SnapjsError: the program failed; :meth:`report` shows it.
        """
        bridge = self._vm._bridge
        deadline = bridge.limits.deadline(timeout)
        loop = bridge.loop
        # What came of the script itself goes before the timers that are due, which it may have taken longer than.
        self._rejections.check()
        self._take_completion()
        with _runner(fetches) as runner:
            while True:
                if runner is None:
                    loop.run_ready(deadline)
                else:
                    runner.run(loop.unoccupied(deadline))
                self._rejections.check()
                is_settled = self._take_completion()
                calls = self.waiting
                if calls:
                    return calls
                delay = loop.idle_delay() if is_settled else loop.timer_delay()
                if delay is None:
                    if not is_settled:
                        raise StillPending(message=_NEVER)
                    return []
                if delay >= _NOTICE_AFTER:
                    notice(delay)
                time.sleep(delay if deadline is None else min(delay, deadline.remaining()))

    def _record(self) -> PendingCall | None:
        return next((call for call in self._vm.pending if call.name == COMPLETION), None)

    def _take_completion(self) -> bool:
        """Whether the completion is settled. The first time that it is, show the value or raise the error."""
        record = self._record()
        if record is None:
            return True
        promise, log, _, is_shown = record.args
        if promise.state == "pending":
            return False
        if promise.state == "rejected":
            self._vm._bridge.promise_result(promise._live(), Any)
        value = self._vm._bridge.call_handle("snap_promise_result", (promise._live(), _AS_HANDLE))
        record.resolve()
        if is_shown and value.typeof != "undefined":
            log(value)
        return True

    def report(self, failure: SnapjsError) -> str | None:
        """Print what the program threw and did not catch, as ``console.error`` would.

        :return: the text to print, where the VM cannot do it.
        """
        thrown, title = (failure.handle, "Uncaught") if isinstance(failure, JSError) else (None, "Uncaught")
        if isinstance(failure, UnhandledRejection):
            thrown, title = failure.reason, "Uncaught (in promise)"
        if thrown is not None and self.show is not None:
            try:
                self._show_failure(title, thrown)
                return None
            except SnapjsError:
                pass  # no memory, no time, or the VM is dead: then from here
        stack = getattr(failure, "stack", None)
        name = "" if isinstance(failure, JSError) else f"{type(failure).__name__}: "
        return f"{title} {name}{failure}\n{stack or ''}".rstrip()

    def _show_failure(self, title: str, thrown: Any) -> None:
        assert self.show is not None
        bridge = self._vm._bridge
        write = bridge.options.write
        # JavaScript knows the stack as the engine has it only.
        bridge.options.write = lambda stream, text: write(stream, bridge.original_stack(text))
        try:
            self.show[1](title, thrown)
        finally:
            bridge.options.write = write
