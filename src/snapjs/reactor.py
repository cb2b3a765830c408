"""The ``qjs`` command as an object: the host turns the event loop of a program that has files and standard streams."""

from __future__ import annotations

from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, Final

from ._checks import checked_callback, checked_seconds, checked_text
from ._guest import abi
from ._reactor.arguments import Arguments, UsageError, parse
from ._reactor.guest import HOST_FUNCTION, Guest
from ._reactor.host import Exit, Host
from ._reactor.mounts import Mounts
from ._reactor.programs import Programs
from ._reactor.standard_input import StandardInput
from .errors import ClosedError, JSError, SnapjsError
from .vm import VM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Any

    from ._core.clock import ClockOption
    from .handle import Handle
    from .snapshot import Snapshot

_FOREVER: Final = 0x7FFFFFFF
"""milliseconds, as the longest wait that a C int has"""


class Reactor:
    """A JavaScript program as the ``qjs`` command runs it, with ``qjs:std`` and ``qjs:os``, whose event loop the host
    turns.

    :param args: the command line, which begins with the program's name: what :meth:`init_argv` takes without any.
    :param std: ``std`` and ``os`` are globals too.
    :param env: the program's environment variables; none without it.
    :param preopens: the program's folders, by their absolute paths there: a mapping from names to bytes, which is in
        memory and writable; the path of a real folder, which is read-only, or a :class:`Folder`; a :class:`FileSystem`
        of your own. Without ``/``, that is an empty folder in memory.
    :param cwd: the folder in which it begins.
    :param stdin: bytes; a callable of a number of bytes, or an object with ``read``, which give at most that many, and
        none at the end; a file. Without it, what :meth:`push_stdin` gives.
    :param stdout: a callable taking str, or an object with ``write``; ``None`` for the process's own. ``stderr``
        likewise.
    :param on_message: called with the bytes of each write to ``/dev/out``.
    :param timeout: seconds for each call into the program, and each turn of its loop. Without it a program that never
        ends, or makes microtasks for ever, holds the turn until ``interrupt`` or Ctrl-C stops it.
    :param interrupt: callable that returns True to stop the running code.
    :param clock: as for :class:`snapjs.VM`.

    It is a context manager; leaving it destroys the program.
    """

    def __init__(
        self,
        args: Sequence[str] = ("qjs",),
        *,
        std: bool = False,
        env: Mapping[str, str] | None = None,
        preopens: Mapping[str, Any] | None = None,
        cwd: str = "/",
        stdin: Any = None,
        stdout: Any = None,
        stderr: Any = None,
        on_message: Callable[[bytes], Any] | None = None,
        timeout: float | None = None,
        interrupt: Callable[[], bool] | None = None,
        clock: ClockOption = None,
    ) -> None:
        self._args = _words(args)
        self._cwd = checked_text(cwd, "cwd")
        self._std = std
        self._env = dict(env or {})
        self._mounts = Mounts(preopens or {})
        self._prepare(stdin, on_message)
        self._options: dict[str, Any] = {
            "stdout": stdout,
            "stderr": stderr,
            "timeout": checked_seconds(timeout),
            "interrupt": checked_callback("interrupt", interrupt),
            "clock": clock,
        }

    def _prepare(self, stdin: Any, on_message: Callable[[bytes], Any] | None) -> None:
        self._stdin = StandardInput(stdin)
        self._host = Host(self._stdin, self._mounts, checked_callback("on_message", on_message))
        self._vm: VM | None = None
        self._destroyed = False
        self._exit_code: int | None = None
        self._uncaught: BaseException | None = None
        self.error: str | None = None
        """why :meth:`init` or :meth:`init_argv` has returned -1"""

    # ---- beginning

    def init(self) -> int:
        """Begin without a script.

        :return: 0; or -1 with the reason in :attr:`error`: it has begun already, or ``cwd=`` is not there.
        """
        return self._begin(Arguments(self._args[0] if self._args else "qjs", rest=self._args[1:]))

    def init_argv(self, args: Sequence[str] | None = None) -> int:
        """Begin as the command line of ``qjs`` says.

        :param args: the program's name and what follows it: ``-e`` or ``--eval`` with an expression, ``-I`` or
            ``--include`` with a file that runs first, ``-m`` or ``--module``, ``--script``, ``--std``,
            ``--memory-limit`` and ``--stack-size`` in kilobytes, then a script and its arguments.
        :return: 0; or -1 with the reason in :attr:`error`: an unknown option, a file that is not there, or what the
            script threw, which has gone to ``stderr`` too.
        """
        try:
            arguments = parse(self._args if args is None else _words(args))
        except UsageError as error:
            self.error = str(error)
            return -1
        return self._begin(arguments) or self._run_programs(arguments)

    def _begin(self, arguments: Arguments) -> int:
        self._check_there()
        if self._vm is not None:
            self.error = "The reactor has begun already. Make another."
            return -1
        vm = VM(
            memory_limit=arguments.memory_limit or None,
            stack_limit=arguments.stack_size or None,
            modules=self._load,
            on_unhandled_rejection=self._rejected,
            **self._options,
        )
        self._host.vm = vm
        start = {
            "env": list(self._env.items()),
            "mounts": self._mounts.for_guest,
            "cwd": self._cwd,
            "argv0": arguments.argv0,
            "scriptArgs": arguments.rest,
            "std": self._std or arguments.std,
            "version": vm._bridge.ask("snap_describe")["quickjs"],
        }
        try:
            self._guest = Guest.new(vm, self._host, start)
        except SnapjsError as error:
            vm.close()
            self.error = str(error)
            return -1
        self._vm = vm
        self._programs = Programs(vm, self._guest)
        return 0

    def _run_programs(self, arguments: Arguments) -> int:
        self._uncaught = None
        self._run(lambda: self._programs.run(arguments))
        if self._uncaught is None:
            return 0
        self.error, self._uncaught = str(self._uncaught), None
        return -1

    def _load(self, name: str, importer: str | None) -> bytes | None:
        """The source of a module, for the VM."""
        source: bytes | None = self._guest("source", name)
        return source

    # ---- running

    def eval(self, code: str, *, filename: str = "<eval>", module: bool = False) -> Any:
        """Run a script, or a module, and the microtasks that it leaves.

        :return: the completion value, converted; ``None`` for a module, or when ``std.exit`` has ended it.
        :raises JSError: it threw.
        :raises LimitError: a limit stopped it.
        :raises ClosedError: the program has exited before.
        """
        vm = self._live()
        checked_text(code)
        if self.has_exited:
            raise ClosedError(f"The program has exited with code {self._exit_code}. Make another reactor.")
        try:
            return self._programs.run_module(code, filename) if module else vm.eval(code, filename=filename)
        except Exit as ended:
            self._exit_code = ended.code
            return None

    def loop_once(self) -> int:
        """One turn of the event loop: all microtasks, then at most one timer, the one that was due first.

        :return: 0 when there is more to do now; n > 0: wait at most n milliseconds, with :meth:`poll_io`, 2147483647
            when only handlers of descriptors are left; -1 when idle, or the program has exited; -2 when something was
            thrown or rejected that nobody caught, which goes to ``stderr``.
        """
        vm = self._live()
        if self.has_exited:
            return -1
        if not self._run(lambda: self._turn(vm)):
            return -2
        if self.has_exited or self._destroyed:
            return -1
        with vm._bridge.entered():
            delay = vm._bridge.loop.timer_delay()
            if delay == 0 or vm._bridge.invoke("snap_has_jobs"):
                return 0
            if delay is not None:
                return min(_FOREVER, max(1, ceil(delay * 1000)))
        found = self._handlers()
        return -2 if found is None else _FOREVER if any(found) else -1

    def _turn(self, vm: VM) -> None:
        with vm._bridge.entered():
            vm.run_jobs()
            vm._bridge.loop.run_timers(1)

    def poll_io(self, ms: int = 0) -> int:
        """Wait until a descriptor is ready that has a handler, and call the handlers of all that are.

        :param ms: milliseconds to wait at most; negative: without end. Without handlers it waits that long, and a
            negative number does not wait.
        :return: 0; -1 when waiting failed, which goes to ``stderr``, or the program has exited; -2 when a handler
            threw.
        """
        self._live()
        if self.has_exited:
            return -1
        found = self._handlers()
        if found is None:
            return -2
        ready, waiting = found
        if not ready:
            try:
                if not (waiting and self._stdin.is_ready()) and ms != 0 and (waiting or ms > 0):
                    self._stdin.wait(None if ms < 0 else ms / 1000, bool(waiting))
            except (OSError, ValueError) as error:
                return self._poll_failed(error)
        return self._serve()

    def _poll_failed(self, error: Exception) -> int:
        self._live()._bridge.options.write(abi.Stream.STDERR, f"poll_io: {error}\n")
        return -1

    def _handlers(self) -> tuple[list[Any], list[Any]] | None:
        """Those of what is ready, and those of standard input that has not come yet; ``None``: the program has spoilt
        what lists need, which has been told."""
        found: list[list[Any]] = [[], []]
        return (found[0], found[1]) if self._run(lambda: found.__setitem__(slice(2), self._guest("handlers"))) else None

    def _serve(self) -> int:
        """Call the handlers of what is ready."""
        if self._destroyed:
            return -1
        found = self._handlers()
        if found is None:
            return -2
        ready, waiting = found
        try:
            if waiting and self._stdin.is_ready():
                ready += waiting
        except (OSError, ValueError) as error:
            return self._poll_failed(error)
        result = 0
        for kind, descriptor in ready:
            if not self._run(lambda: self._guest("handle", kind, descriptor)):  # noqa: B023 (called at once)
                result = -2
            if self.has_exited:
                break
        return result

    def run_loop(self, timeout: float | None = None) -> int | None:
        """Turn the loop, waiting for timers and input without using the processor, until the program is idle, has
        exited, or the time is over.

        :param timeout: seconds.
        :return: the exit code, 0 of a program that is idle; ``None``: the time is over, and there is more to do.
        :raises JSError: something was thrown or rejected that nobody caught. The loop may be run again.
        """
        end = _end(timeout)
        while (wait := self._step(end)) is not None:
            if wait < 0:
                return None
            awaits_input = self._awaits_input() if wait else None
            if awaits_input is not None:
                self._stdin.wait(None if wait == float("inf") else wait, awaits_input)
            self._served()
        return self._exit_code or 0

    async def run_loop_async(self, timeout: float | None = None) -> int | None:
        """As :meth:`run_loop`, on the running event loop of asyncio, beside others. Cancelling it leaves the program
        where it is; it may be run again."""
        from asyncio import sleep

        end = _end(timeout)
        while (wait := self._step(end)) is not None:
            if wait < 0:
                return None
            awaits_input = self._awaits_input() if wait else None
            if awaits_input is not None:
                await self._stdin.wait_async(None if wait == float("inf") else wait, awaits_input)
            else:
                await sleep(0)
            self._served()
        return self._exit_code or 0

    def _step(self, end: float) -> float | None:
        """Turn the loop once; seconds to wait, negative when the time is over, ``None`` when nothing is left to do."""
        if self._destroyed:
            return None
        code = self.loop_once()
        if code == -2:
            self._raise()
        if code == -1:
            return None
        left = end - monotonic()
        if left <= 0:
            return -1.0
        return min(left, float("inf") if code == _FOREVER else code / 1000)

    def _awaits_input(self) -> bool | None:
        """Whether a handler waits for input; ``None``: one can be called without waiting."""
        found = self._handlers()
        if found is None or found[0] or (found[1] and self._stdin.is_ready()):
            return None
        return bool(found[1])

    def _served(self) -> None:
        if not self._destroyed and not self.has_exited and self._serve() == -2:
            self._raise()

    def _raise(self) -> None:
        error, self._uncaught = self._uncaught, None
        if error is not None:
            raise error

    # ---- what is thrown

    def _run(self, action: Callable[[], Any]) -> bool:
        """Run something; whether nothing was thrown or rejected that nobody caught."""
        vm = self._live()
        try:
            action()
        except Exit as ended:
            self._exit_code = ended.code
        except SnapjsError as error:
            if not self._destroyed:
                vm._bridge.check_open()
                self._report("Uncaught ", error)
        if self.has_exited or self._destroyed:
            return True
        told, self._has_told = self._has_told, False
        return not told

    _has_told = False
    """something was thrown or rejected since the last call that says so"""

    def _report(self, prefix: str, error: SnapjsError) -> None:
        stack = getattr(error, "stack", None) or ""
        self._uncaught, self._has_told = error, True
        text = f"{prefix}{error}\n{stack}".rstrip("\n")
        self._live()._bridge.options.write(abi.Stream.STDERR, f"{text}\n")

    def _rejected(self, promise: Handle, reason: Handle, handled: bool) -> None:
        if handled or self.has_exited:
            return
        error = reason.to_python() if reason.is_error else JSError(reason.typeof, _text_of(reason))
        self._report(
            "Uncaught (in promise) ", error if isinstance(error, SnapjsError) else JSError("Error", str(error))
        )

    # ---- standard input, and facts

    def push_stdin(self, data: bytes) -> None:
        """More of standard input. From any thread; who waits in a loop is woken.

        :raises ValueError: it is closed, or ``stdin=`` says where it comes from.
        """
        self._stdin.push(data)

    def close_stdin(self) -> None:
        """The end of standard input, after what was pushed. From any thread; idempotent."""
        self._stdin.close()

    @property
    def exit_code(self) -> int | None:
        """What the program gave to ``std.exit``; ``None`` as long as it has not."""
        return self._exit_code

    @property
    def has_exited(self) -> bool:
        """Whether the program has called ``std.exit``. Nothing of it runs any more."""
        return self._exit_code is not None

    def _check_there(self) -> None:
        if self._destroyed:
            raise ClosedError("This reactor is destroyed. Use it before destroy(), or make another.")

    def _live(self) -> VM:
        self._check_there()
        if self._vm is None:
            raise ClosedError("This reactor has not begun. Call init() or init_argv() first.")
        return self._vm

    # ---- snapshots

    def snapshot(self) -> Snapshot:
        """The state of the whole program: what :meth:`snapjs.VM.snapshot` has, and with it open files, files in memory,
        handlers, and the standard input that has come and is not read.

        :raises NotQuiescent: JavaScript is on the stack.
        """
        vm = self._live()
        with vm._bridge.entered():
            self._flush_input()
            return vm.snapshot()

    def _flush_input(self) -> None:
        data, is_end = self._stdin.take_pushed()
        if data:
            self._guest("push", data)
        if is_end:
            self._guest("endInput")

    @classmethod
    def restore(
        cls,
        snapshot: Snapshot,
        *,
        preopens: Mapping[str, Any] | None = None,
        stdin: Any = None,
        stdout: Any = None,
        stderr: Any = None,
        on_message: Callable[[bytes], Any] | None = None,
        memory_limit: int | None = None,
        stack_limit: int | None = None,
        timeout: float | None = None,
        interrupt: Callable[[], bool] | None = None,
        clock: ClockOption = None,
    ) -> Reactor:
        """A reactor that goes on where the snapshot was taken. No guest code runs.

        Options are those of :class:`Reactor`; they belong to the host and are not in the snapshot.

        :param preopens: the folders of the host, at the paths that they had. Those in memory are in the snapshot.
        :param memory_limit: bytes; the limits that the command line set are not in the snapshot. ``stack_limit``
            likewise.
        :raises SnapshotError: the snapshot is not of a reactor, does not fit this engine, or its program has other
            folders of the host than these.
        """
        reactor = cls(
            preopens=preopens,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            on_message=on_message,
            timeout=timeout,
            interrupt=interrupt,
            clock=clock,
        )
        reactor._vm = vm = VM.restore(
            snapshot,
            functions={HOST_FUNCTION: reactor._host},
            memory_limit=memory_limit,
            stack_limit=stack_limit,
            modules=reactor._load,
            on_unhandled_rejection=reactor._rejected,
            **reactor._options,
        )
        try:
            reactor._host.vm = vm
            reactor._guest = Guest.restored(vm)
            reactor._mounts.check(reactor._guest("mounted"))
            reactor._exit_code = reactor._guest("exitCode")
            reactor._programs = Programs(vm, reactor._guest)
        except BaseException:
            reactor.destroy()
            raise
        return reactor

    # ---- the end

    def destroy(self) -> None:
        """Free the program. Idempotent; from another thread it ends :meth:`run_loop`."""
        self._destroyed = True
        if self._vm is not None:
            self._vm._bridge.close_when_left()
        if self._vm is None or self._vm.closed:  # otherwise another thread is there, which may be using them
            self._mounts.close()
        self._stdin.wake()

    def __enter__(self) -> Reactor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.destroy()


def _words(args: Sequence[str]) -> list[str]:
    if isinstance(args, str):
        raise TypeError(f"args is a list that begins with the program's name, such as ['qjs', 'main.js'], not {args!r}")
    return [checked_text(word, "an argument") for word in args]


def _text_of(value: Handle) -> str:
    """What String makes of a value, if that does not throw."""
    try:
        return value.to_string()
    except SnapjsError:
        return value.class_name or ""


def _end(timeout: float | None) -> float:
    seconds = checked_seconds(timeout)
    return float("inf") if seconds is None else monotonic() + seconds


__all__ = ["Reactor"]
