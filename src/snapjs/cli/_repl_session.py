"""A session: a VM in which one script after the other runs, and what is shown of each.

All that the scripts have made is in the guest, the last value among it. So a snapshot is the whole session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any, Final

import click

from .._core.limits import Deadline
from .._guest import abi
from ..constants import EvalFlags
from ..errors import LimitError, ModuleNotFound, SnapjsError, StillPending, TimeLimitError
from ..handle import Handle
from ..node_modules import NodeModules
from ..pending import pending
from ..snapshot import Snapshot
from ..vm import VM
from ._ending import flush_output, interruptible
from ._program import Program, Rejections, UnhandledRejection
from ._repl_source import NAME
from ._session import limit_text

_RESULTS: Final = """
for (const name of ["_", "_error"]) {
    let value
    Object.defineProperty(globalThis, name, {
        get: { last(...given) { return given.length ? value = given[0] : value } }.last,
        set(given) {
            const own = { value: given, writable: true, enumerable: true, configurable: true }
            Object.defineProperty(globalThis, name, own)
        },
        configurable: true,
    })
}
"""
_KEEPER: Final = "last"
"""Name of the getter that keeps the last value; the host gives it one by calling it with an argument."""
_REJECTED: Final = 2
_PATIENCE: Final = 0.3
"""seconds that the microtasks of a script that was interrupted may still take"""
_ATTEMPTS: Final = 3
"""how often: each ends the microtask that runs, and with it what that one would have begun"""
_NEVER: Final = "This waits for something that does not come by itself: no timer is left. It goes on if it comes."
_LOST: Final = "What ran could not be left in another way: the session is as it was before."
_DEAD: Final = "What ran could not be left in another way: the session is over."


class Outcome(Enum):
    """How an input ended."""

    DONE = "done"
    THREW = "threw"
    LIMIT = "limit"
    INTERRUPTED = "interrupted"


class Session:
    """A VM for one script after the other. A context manager.

    :param root: the folder of what it may import.
    :param memory_limit: bytes of the heap.
    :param timeout: seconds that each script may take, waiting included.
    :param recovers: go back to where an input began when a limit or Ctrl-C has ended it in a way that kills the VM.
    """

    def __init__(self, root: Path, *, memory_limit: int | None, timeout: float | None, recovers: bool) -> None:
        self._root = root
        self._options: dict[str, Any] = {"memory_limit": memory_limit, "timeout": timeout, "timezone": "host"}
        self._timeout = timeout
        self._recovers = recovers
        self._before: Snapshot | None = None
        self._failures = 0
        """how many there were"""
        self.vm: VM
        self._begin(None)

    def _begin(self, snapshot: Snapshot | None) -> None:
        self._rejections: list[Handle] = []
        options = {
            **self._options,
            "modules": NodeModules(self._root),
            "on_unhandled_rejection": self._note_rejection,
        }
        if snapshot is None:
            vm = VM(**options)
            self._program = Program.prepare(vm, Rejections())
            self._program.start("", NAME)  # there is nothing to complete, and what it keeps is found again
            vm.eval(_RESULTS, filename=NAME)
            vm.run_jobs()
        else:
            vm = VM.restore(snapshot, functions=dict.fromkeys(snapshot.functions, pending), **options)
            self._program = Program.find(vm, Rejections())
            self._adopt(vm)
        if self._recovers:
            vm._bridge.prepare_deadlines()
        self.vm = vm

    def _adopt(self, vm: VM) -> None:
        """Make a session of a program that was saved and may have been none."""
        if self._program.show is None:
            with suppress(SnapjsError):
                self._program.show = tuple(vm.eval("[console.log, console.error]", filename=NAME))
        if not vm.global_handle.has_own_property("_"):
            with suppress(SnapjsError):
                vm.eval(_RESULTS, filename=NAME)

    def _note_rejection(self, promise: Handle, reason: Handle, handled: bool) -> None:
        if not handled:
            self._rejections.append(reason)

    def replace(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot in place of what there is.

        :raises SnapshotError: it cannot be used; the session is as it was.
        """
        old = self.vm
        self._begin(snapshot)
        with suppress(SnapjsError):  # Ctrl-C may have left it in the middle of a call
            old.close()

    def close(self) -> None:
        self.vm.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    # ---- running

    def run(self, code: str, show: Callable[[str, bool], None]) -> Outcome:
        """Run a script, wait for its top-level ``await``, and show its value or what it threw.

        :param show: called with the text of the value, and whether it is ``undefined``.
        """

        def evaluate() -> None:
            value = self._value(code)
            self._keep("_", value)
            show(self._text(value), value.is_undefined)
            self._report_rejections()

        return self._guarded(evaluate)

    def turn(self) -> Outcome:
        """Run what has become due."""
        return self._guarded(self._turn)

    def finish(self) -> Outcome:
        """Run until nothing is left to do: wait for timers."""

        def wait() -> None:
            while True:
                self._turn()
                delay = self.delay()
                if delay is None:
                    return
                time.sleep(delay)

        return self._guarded(wait)

    def delay(self) -> float | None:
        """Seconds until there is something to do; ``None``: not before another script runs."""
        return None if self.is_over else self.vm._bridge.loop.idle_delay()

    def _turn(self) -> None:
        self.vm._bridge.loop.run_ready()
        self._report_rejections()

    def _report_rejections(self) -> None:
        while self._rejections:
            self._report(UnhandledRejection(self._rejections.pop(0)))

    def _value(self, code: str) -> Handle:
        vm, bridge = self.vm, self.vm._bridge
        deadline = bridge.limits.deadline(self._timeout)
        with bridge.entered():  # or its rejection is unhandled
            promise = vm.eval_handle(code, filename=NAME, flags=EvalFlags.ASYNC)
            vm.mark_promise_handled(promise)
        while True:
            self._work(deadline)
            if promise.promise_state:
                break
            self._report_rejections()
            delay = bridge.loop.timer_delay()
            if delay is None:
                raise StillPending(message=_NEVER)
            time.sleep(delay if deadline is None else min(delay, deadline.remaining()))
        if promise.promise_state == _REJECTED:
            bridge.promise_result(promise._live(), Any)  # raises it
        return bridge.call_handle("snap_promise_result", (promise._live(), abi.Run.AS_HANDLE)).get_prop("value")

    def _work(self, deadline: Deadline | None) -> None:
        """Run what can be run now. What a timer throws is not thrown by the script that waits for another."""
        try:
            self.vm._bridge.loop.run_ready(deadline)
        except (LimitError, StillPending):
            raise
        except SnapjsError as error:
            if self.is_over:
                raise
            self._report(error)

    # ---- how it ends

    def _guarded(self, work: Callable[[], None]) -> Outcome:
        self._before = self.vm.snapshot() if self._recovers else None
        outcome = Outcome.DONE
        failures = self._failures
        stops: list[None] = []
        try:
            with self._interruptible(stops):
                try:
                    work()
                finally:
                    flush_output()
        except KeyboardInterrupt:
            outcome = Outcome.INTERRUPTED
        except LimitError as error:
            outcome = Outcome.INTERRUPTED if stops else Outcome.LIMIT
            if not stops:
                click.echo(f"Stopped: {limit_text(error, self._timeout)}", err=True)
                if error.stack:
                    click.echo(error.stack.rstrip(), err=True)
        except SnapjsError as error:
            self._report(error)
            self._report_rejections()
        if outcome is Outcome.DONE and self._failures > failures:
            outcome = Outcome.THREW
        if outcome is Outcome.INTERRUPTED and self._recovers:
            click.echo("Interrupted.", err=True)
        if self.is_over or outcome in (Outcome.INTERRUPTED, Outcome.LIMIT):
            self._recover()
        return outcome

    @contextmanager
    def _interruptible(self, stops: list[None]) -> Iterator[None]:
        """Ctrl-C ends what runs.

        :param stops: gets an element when a native loop is told to trap.
        """
        if not self._recovers:
            with interruptible():
                yield
            return
        raw = self.vm._bridge.instance.raw

        def stop() -> None:
            stops.append(None)
            raw.request_trap()

        try:
            with interruptible(stop):
                yield
        finally:
            if not raw.dead:
                for _ in stops:
                    raw.withdraw_trap()

    def _recover(self) -> None:
        if self.is_over and self._before is None:
            click.echo(_DEAD, err=True)
        elif self._before is not None and not self._can_go_on():
            click.echo(_LOST, err=True)
            self.replace(self._before)

    def _can_go_on(self) -> bool:
        """Whether the next input will get its turn: microtasks that make others for ever would take it."""
        for _ in range(_ATTEMPTS):
            if self.is_over:
                break
            try:
                self.vm._bridge.loop.run_jobs(_PATIENCE)
                return True
            except TimeLimitError:
                continue
            except SnapjsError as error:
                self._report(error)
                return True
        return False

    @property
    def is_over(self) -> bool:
        """Whether nothing can run any more."""
        bridge = self.vm._bridge
        return bridge.is_dead or bridge.instance.raw.dead  # Ctrl-C may have come before the bridge knew

    def _report(self, failure: SnapjsError) -> None:
        self._failures += 1
        if isinstance(failure, StillPending):
            click.echo(str(failure), err=True)
            return
        if isinstance(failure, ModuleNotFound):
            imports = f"The session may import files in {self._root} and below; --root names another folder."
            click.echo(f"{failure._reason} {imports}", err=True)
            return
        thrown = failure.reason if isinstance(failure, UnhandledRejection) else getattr(failure, "handle", None)
        if thrown is not None and not self.is_over:
            with suppress(SnapjsError):
                self._keep("_error", thrown)
        text = self._program.report(failure)
        if text is not None:
            click.echo(text, err=True)

    # ---- values

    def _keep(self, name: str, value: Any) -> None:
        """Have the guest remember a value under a name, unless the program has taken the name for itself."""
        found = self.vm.global_handle.get_own_property_descriptor(name)
        if found is not None and found.get is not None and keeps_result(found.get):
            self.vm.call_function(found.get, None, value)

    def _text(self, value: Handle) -> str:
        """A value as ``console.log`` shows it inside of others."""
        if self._program.show is None:
            return value.to_string() if not value.is_object else f"[{value.class_name}]"
        written: list[str] = []
        options = self.vm._bridge.options
        write = options.write
        options.write = lambda stream, text: written.append(text)
        try:
            self._program.show[0]("%O", value)
        finally:
            options.write = write
        return "".join(written).removesuffix("\n")


def keeps_result(getter: Handle) -> bool:
    """Whether it is the getter of ``_`` or ``_error``. Runs no JavaScript."""
    found = getter.get_own_property_descriptor("name") if getter.is_function and not getter.is_proxy else None
    return (
        found is not None and found.value is not None and found.value.is_string and found.value.to_string() == _KEEPER
    )
