"""The ``qjs`` command as an object: the host turns the event loop of a program that has files and standard streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._checks import checked_callback, checked_seconds, checked_text
from ._reactor.arguments import Arguments, UsageError, parse
from ._reactor.execution import Execution
from ._reactor.guest import HOST_FUNCTION, Guest
from ._reactor.host import Exit, Host
from ._reactor.loop import Loop
from ._reactor.mounts import Mounts
from ._reactor.programs import Programs
from ._reactor.standard_input import StandardInput
from .errors import ClosedError, SnapjsError
from .vm import VM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Any

    from ._core.clock import ClockOption
    from .snapshot import Snapshot


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
        none at the end; a file. Without it, what :meth:`push_stdin` gives. Under :meth:`run_loop_async` a callable
        that is waited for by a read handler is called on a thread, and may block there.
    :param stdout: a callable taking str, or an object with ``write``; ``None`` for the process's own. ``stderr``
        likewise.
    :param on_message: called with the bytes of each write to ``/dev/out``.
    :param timeout: seconds for each call into the program, and each turn of its loop. Without it a program that never
        ends holds the turn until ``interrupt`` or Ctrl-C stops it.
    :param interrupt: callable that returns True to stop the running code.
    :param clock: as for :class:`snapjs.VM`.

    It is a context manager; leaving it destroys the program.
    """

    error: str | None
    """why :meth:`init` or :meth:`init_argv` has returned -1"""

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
        self._execution = Execution()
        self._loop = Loop(self._execution, self._stdin)
        self.error = None

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
        self._execution.check_there()
        if self._execution.has_begun:
            self.error = "The reactor has begun already. Make another."
            return -1
        vm = VM(
            memory_limit=arguments.memory_limit or None,
            stack_limit=arguments.stack_size or None,
            modules=self._load,
            on_unhandled_rejection=self._execution.note_rejection,
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
            guest = Guest.new(vm, self._host, start)
        except SnapjsError as error:
            vm.close()
            self.error = str(error)
            return -1
        self._execution.begin(vm, guest)
        self._programs = Programs(vm, guest)
        return 0

    def _run_programs(self, arguments: Arguments) -> int:
        self._execution.run(lambda: self._programs.run(arguments))
        uncaught = self._execution.take_uncaught()
        if uncaught is None:
            return 0
        self.error = str(uncaught)
        return -1

    def _load(self, name: str, importer: str | None) -> bytes | None:
        """The source of a module, for the VM."""
        source: bytes | None = self._execution.guest("source", name)
        return source

    # ---- running

    def eval(self, code: str, *, filename: str = "<eval>", module: bool = False) -> Any:
        """Run a script, or a module, and the microtasks that it leaves.

        :return: the completion value, converted; ``None`` for a module, or when ``std.exit`` has ended it.
        :raises JSError: it threw.
        :raises LimitError: a limit stopped it.
        :raises ClosedError: the program has exited before.
        """
        vm = self._execution.vm
        checked_text(code)
        if self.has_exited:
            raise ClosedError(f"The program has exited with code {self.exit_code}. Make another reactor.")
        try:
            return self._programs.run_module(code, filename) if module else vm.eval(code, filename=filename)
        except Exit as ended:
            self._execution.exit_code = ended.code
            return None

    def loop_once(self) -> int:
        """One turn of the event loop: all microtasks, of a flood 10,000 at most, then at most one timer, the one due
        first.

        :return: 0 when there is more to do now; n > 0: wait at most n milliseconds, with :meth:`poll_io`, 2147483647
            when only handlers of descriptors are left; -1 when idle, or the program has exited; -2 when something was
            thrown or rejected that nobody caught, which goes to ``stderr``.
        """
        return self._loop.loop_once()

    def poll_io(self, ms: int = 0) -> int:
        """Wait until a descriptor is ready that has a handler, and call the handlers of all that are.

        :param ms: milliseconds to wait at most; negative: without end. Without handlers it waits that long, and a
            negative number does not wait.
        :return: 0; -1 when waiting failed, which goes to ``stderr``, or the program has exited; -2 when a handler
            threw.
        """
        return self._loop.poll_io(ms)

    def run_loop(self, timeout: float | None = None) -> int | None:
        """Turn the loop, waiting for timers and input without using the processor, until the program is idle, has
        exited, or the time is over.

        :param timeout: seconds.
        :return: the exit code, 0 of a program that is idle; ``None``: the time is over, and there is more to do.
        :raises JSError: something was thrown or rejected that nobody caught. The loop may be run again.
        :raises OSError: standard input cannot be waited for; ``ValueError``: its file is closed.
        :raises BusyError: another thread is in the program; ``NotQuiescent``: it has called who calls this.
        """
        return self._loop.run(checked_seconds(timeout))

    async def run_loop_async(self, timeout: float | None = None) -> int | None:
        """As :meth:`run_loop`, on the running event loop of asyncio, beside others. Cancelling it leaves the program
        where it is; it may be run again. Read handlers get what has come, and wait for nothing."""
        return await self._loop.run_async(checked_seconds(timeout))

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
        return self._execution.exit_code

    @property
    def has_exited(self) -> bool:
        """Whether the program has called ``std.exit``. Nothing of it runs any more."""
        return self._execution.has_exited

    # ---- snapshots

    def snapshot(self) -> Snapshot:
        """The state of the whole program: what :meth:`snapjs.VM.snapshot` has, and with it open files, files in memory,
        handlers, and the standard input that has come and is not read.

        :raises NotQuiescent: JavaScript is on the stack.
        """
        vm = self._execution.vm
        with vm._bridge.entered():
            self._flush_input()
            return vm.snapshot()

    def _flush_input(self) -> None:
        data, is_end = self._stdin.take_come()
        if data:
            try:
                self._execution.guest("push", data)
            except BaseException:
                self._stdin.give_back(data)
                raise
        if is_end:
            self._execution.guest("endInput")

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
        vm = VM.restore(
            snapshot,
            functions={HOST_FUNCTION: reactor._host},
            memory_limit=memory_limit,
            stack_limit=stack_limit,
            modules=reactor._load,
            on_unhandled_rejection=reactor._execution.note_rejection,
            **reactor._options,
        )
        try:
            reactor._host.vm = vm
            guest = Guest.restored(vm)
            reactor._execution.begin(vm, guest)
            reactor._mounts.check(guest("mounted"))
            reactor._execution.exit_code = guest("exitCode")
            reactor._programs = Programs(vm, guest)
        except BaseException:
            vm.close()
            reactor.destroy()
            raise
        return reactor

    # ---- the end

    def destroy(self) -> None:
        """Free the program. Idempotent; from another thread it ends :meth:`run_loop`."""
        if self._execution.destroy():  # otherwise another thread is there, which may be using them
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


__all__ = ["Reactor"]
