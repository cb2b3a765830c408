"""The event loop of a program: turned by hand, blocking, or on asyncio."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import Any

    from ..vm import VM
    from .execution import Execution
    from .standard_input import StandardInput

_FOREVER: Final = 0x7FFFFFFF
"""milliseconds, as the longest wait that a C int has"""


class Loop:
    """Turns the loop of one program.

    :param standard_input: what its read handlers wait for.
    """

    def __init__(self, execution: Execution, standard_input: StandardInput) -> None:
        self._execution = execution
        self._stdin = standard_input

    # ---- by hand

    def loop_once(self) -> int:
        """As ``Reactor.loop_once``."""
        code = self._turn()
        self._execution.take_uncaught()  # it has been told, and would be kept alive
        return code

    def poll_io(self, milliseconds: int) -> int:
        """As ``Reactor.poll_io``."""
        code = self._poll(milliseconds)
        self._execution.take_uncaught()
        return code

    def _turn(self) -> int:
        execution = self._execution
        vm = execution.vm
        if execution.has_exited:
            return -1
        if not execution.run(lambda: _run_what_is_due(vm)):
            return -2
        if execution.is_over:
            return -1
        with vm._bridge.entered():
            delay = vm._bridge.loop.timer_milliseconds()
            if delay == 0 or vm._bridge.invoke("snap_has_jobs"):
                return 0
            if delay is not None:
                return min(_FOREVER, delay)
        found = self._handlers()
        return -2 if found is None else _FOREVER if any(found) else -1

    def _poll(self, milliseconds: int) -> int:
        self._execution.check_there()
        if self._execution.has_exited:
            return -1
        seconds = min(milliseconds, _FOREVER) / 1000
        found = self._handlers()
        if found is None:
            return -2
        ready, waiting = found
        if not ready:
            try:
                if not (waiting and self._stdin.is_ready()) and seconds != 0 and (waiting or seconds > 0):
                    self._stdin.wait(None if seconds < 0 else seconds, bool(waiting))
            except (OSError, ValueError) as error:
                return self._poll_failed(error)
        return self._serve()

    def _poll_failed(self, error: Exception) -> int:
        self._execution.write_error(f"poll_io: {error}\n")
        return -1

    def _handlers(self) -> tuple[list[Any], list[Any]] | None:
        """Those of what is ready, and those of standard input that has not come yet; ``None``: the program has spoilt
        what lists need, which has been told."""
        execution = self._execution
        found: list[list[Any]] = [[], []]
        is_right = execution.run(lambda: found.__setitem__(slice(2), execution.guest("handlers")))
        return (found[0], found[1]) if is_right else None

    def _serve(self) -> int:
        """Call the handlers of what is ready."""
        execution = self._execution
        if execution.is_destroyed:
            return -1
        found = self._handlers()
        if found is None:
            return -2
        ready, waiting = found
        try:
            if waiting and self._has_input():
                ready += waiting
        except (OSError, ValueError) as error:
            return self._poll_failed(error)
        result = 0
        for kind, descriptor in ready:
            if not execution.run(partial(execution.guest, "handle", kind, descriptor)):
                result = -2
            if execution.has_exited:
                break
        return result

    # ---- until it is idle

    def run(self, timeout: float | None) -> int | None:
        """As ``Reactor.run_loop``.

        :param timeout: seconds.
        """
        end = _end(timeout)
        while (wait := self._step(end)) is not None:
            if wait < 0:
                return None
            awaits_input = self._awaits_input() if wait else None
            if awaits_input is not None:
                self._stdin.wait(wait, awaits_input)
            self._served()
        return self._execution.exit_code or 0

    async def run_async(self, timeout: float | None) -> int | None:
        """As ``Reactor.run_loop_async``.

        :param timeout: seconds.
        """
        from asyncio import sleep

        end = _end(timeout)
        while (wait := self._step(end)) is not None:
            if wait < 0:
                return None
            with self._stdin.without_waiting():
                awaits_input = self._awaits_input() if wait else None
            if awaits_input is not None:
                await self._stdin.wait_async(wait, awaits_input)
            else:
                await sleep(0)
            with self._stdin.without_waiting():
                self._served()
        return self._execution.exit_code or 0

    def _step(self, end: float) -> float | None:
        """Turn the loop once; seconds to wait, negative when the time is over, ``None`` when nothing is left to do."""
        if self._execution.is_destroyed:
            return None
        code = self._turn()
        if code == -2:
            self._raise()
        if code == -1:
            return None
        left = end - monotonic()
        if left <= 0:
            return -1.0
        return min(left, code / 1000)

    def _awaits_input(self) -> bool | None:
        """Whether a handler waits for input; ``None``: one can be called without waiting."""
        found = self._handlers()
        if found is None or found[0] or (found[1] and self._has_input()):
            return None
        return bool(found[1])

    def _has_input(self) -> bool:
        """Whether a handler that waits for input can be called."""
        self._stdin.ask()
        return self._stdin.is_ready()

    def _served(self) -> None:
        if not self._execution.is_over and self._serve() == -2:
            self._raise()

    def _raise(self) -> None:
        error = self._execution.take_uncaught()
        if error is not None:
            raise error


def _run_what_is_due(vm: VM) -> None:
    # A call into a reactor runs so many jobs at most, and timers wait for the rest: engine/reactor.c says why.
    with vm._bridge.entered():
        vm.run_jobs()
        if not vm._bridge.invoke("snap_has_jobs"):
            vm._bridge.loop.run_timers(1)


def _end(seconds: float | None) -> float:
    return float("inf") if seconds is None else monotonic() + seconds
