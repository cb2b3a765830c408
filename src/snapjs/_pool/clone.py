"""One VM of a pool: a program that was restored, and the functions that were called in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from .._checks import UNSET
from .._core.calls import RAW, decode_result
from .._core.limits import Deadline, timeout_until
from .._guest import abi
from ..errors import JSError, MissingExport, TimeLimitError
from ..handle import Handle
from ..promise import Promise
from ..snapshot import Snapshot
from ..vm import VM
from .leaving import leave

if TYPE_CHECKING:
    from .awaiting import Awaiting
    from .call import Request
    from .program import Program

_RUN: Final = abi.Run.JOBS
_RUN_TO_HANDLE: Final = abi.Run.JOBS | abi.Run.AS_HANDLE
_NAME: Final = re.compile(r"[\w$]+", re.ASCII)


class Clone:
    """A VM of a program. One thread at a time.

    :param program: that it runs.
    :param snapshot: where it goes on; ``None``: where the program begins.
    """

    def __init__(self, program: Program, snapshot: Snapshot | None = None) -> None:
        self._program = program
        options = program.options
        if snapshot is not None:  # its randomness goes on
            options = {name: value for name, value in options.items() if name != "seed"}
        self._vm = VM.restore(snapshot or program.snapshot, **options)
        self._bridge = self._vm._bridge
        self._functions: dict[str, tuple[Handle, Handle]] = {}
        self.calls = 0
        self.is_spent = False
        """a limit stopped what it ran, perhaps in the middle of something"""
        if snapshot is None and "seed" not in options:
            self._bridge.seed(os.urandom(32), renews=True)  # or all clones would draw the same numbers

    @property
    def is_dead(self) -> bool:
        """Whether the guest has trapped."""
        return self._bridge.is_dead

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._vm.closed

    @property
    def memory(self) -> int:
        """Bytes of linear memory, as far as is known. From any thread."""
        return self._bridge.instance.known_size

    @property
    def timers(self) -> int:
        """How many are set."""
        timers: int = self._bridge.instance.control.timers
        return timers

    def measure(self) -> int:
        """Bytes of linear memory."""
        return self._bridge.instance.size()

    def call(self, request: Request, awaiting: Awaiting) -> Any:
        """Do what is asked for; its result, converted.

        :param awaiting: waits for promises that only time or the host settles.
        :raises MissingExport: there is no such function.
        :raises ConversionError: the result is not what it must be, or cannot leave the VM.
        """
        self.calls += 1
        bridge = self._bridge
        export, timeout = request.export, request.timeout
        assert export is not None
        bridge.options.timeout = timeout  # of getters on the way to the function, too
        with bridge.entered():
            if timeout is not None:
                bridge.prepare_deadlines()
            deadline = bridge.limits.deadline(timeout)
            function, receiver = self._functions.get(export) or self._find(export)
            held = self._held(request)
            target = function._live(), receiver._live()
            if request.type is UNSET:
                value = bridge.call("snap_call", (*target, _RUN), request.arguments, timeout, message=request.message)
            else:
                value = self._typed(target, request, deadline)
            if not isinstance(value, Promise):
                return self._leaving(value, held, request)
            bridge.observe_promise(value._live())
            with self._whole(deadline):
                bridge.loop.run_ready(deadline)
            if value.state != "pending":
                return self._settled(value, request, deadline)
        with self._whole(deadline):
            awaiting.run(bridge, value, None if deadline is None else deadline.remaining())
        with bridge.entered():
            return self._settled(value, request, deadline)

    def _typed(self, target: tuple[int, int], request: Request, deadline: Deadline | None) -> Any:
        """The result as its type; or the promise that it is."""
        bridge = self._bridge
        values, message = request.arguments, request.message
        flags = (*target, _RUN_TO_HANDLE)
        with bridge.call_handle("snap_call", flags, values, message=message, timeout=request.timeout) as handle:
            if bridge.promise_state(handle._live()) >= 0:
                return handle.to_python()
            return bridge.call("snap_read", (handle._live(),), timeout=timeout_until(deadline), type=request.type)

    @contextmanager
    def _whole(self, deadline: Deadline | None) -> Iterator[None]:
        """Have errors name the limit of the call, and not what was left of it."""
        try:
            yield
        except TimeLimitError:
            if deadline is None or self.is_dead:
                raise
            raise TimeLimitError(limit=deadline.seconds) from None

    def _settled(self, promise: Promise, request: Request, deadline: Deadline | None) -> Any:
        bridge = self._bridge
        try:
            held = self._held(request)
            value = bridge.promise_result(promise._live(), request.type, timeout_until(deadline))
            return self._leaving(value, held, request)
        finally:
            promise.dispose()

    def _leaving(self, value: Any, held: int, request: Request) -> Any:
        """A result, checked if references may have come with it.

        :param held: what :meth:`_held` was before.
        """
        if self._held(request) > held:
            if request.type is RAW:
                data, flags = value
                leave(decode_result(self._bridge.codec, data, flags, UNSET))
            else:
                leave(value)
        return value

    def _held(self, request: Request) -> int:
        """A number that grows with the references to values of the VM. Of a result that nobody converts here, the guest
        counts them."""
        return self._bridge.instance.control.handles if request.type is RAW else self._bridge.references

    def _find(self, export: str) -> tuple[Handle, Handle]:
        """A function by its name, or by a path of names that leads to it; and what it is called on."""
        try:
            found = self._at(export) if self._program.root is None else self._in_namespace(export)
        except JSError:
            found = None
        if found is None or not found[0].is_function:
            raise MissingExport(export, self._program.exports)
        self._functions[export] = found
        return found

    def _in_namespace(self, path: str) -> tuple[Handle, Handle] | None:
        assert self._program.root is not None
        names = [path] if path in self._program.exports else path.split(".")
        with self._vm.import_handle(self._program.root) as namespace:
            value = namespace.get_prop(names[0])
        return self._followed(value, self._vm.undefined, names[1:])

    def _at(self, path: str) -> tuple[Handle, Handle] | None:
        """In the global scope: what is declared with ``const`` is no property of the global object."""
        name, *names = path.split(".")
        if not _NAME.fullmatch(name) or name[0].isdigit():
            return None
        return self._followed(self._vm.eval_handle(name), self._vm.undefined, names)

    def _followed(self, value: Handle, receiver: Handle, names: list[str]) -> tuple[Handle, Handle]:
        for name in names:
            value, receiver = value.get_prop(name), value
        return value, receiver

    def stop(self) -> None:
        """End what it runs, or is about to run, from another thread. :meth:`close` must not be under way."""
        self._bridge.limits.stop(self._bridge.instance)

    def go_on(self) -> None:
        """Forget that it was stopped."""
        self._bridge.limits.stopped = False

    def snapshot(self, base: Snapshot | None = None) -> Snapshot:
        """All that it is."""
        return self._vm.snapshot(base=base)

    def close(self) -> None:
        """Free the VM."""
        self._functions.clear()
        self._vm.close()
