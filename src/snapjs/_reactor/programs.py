"""Running the scripts and modules of a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..constants import EvalFlags
from ..errors import JSError

if TYPE_CHECKING:
    from ..vm import VM
    from .arguments import Arguments
    from .guest import Guest


class Programs:
    """Runs code in one VM.

    :param guest: which has the files.
    """

    def __init__(self, vm: VM, guest: Guest) -> None:
        self._vm = vm
        self._guest = guest

    def run(self, arguments: Arguments) -> None:
        """What a command line asks for: the files that are included, then the expression or the script.

        :raises JSError: something was thrown, or a file is not there.
        """
        for path in arguments.includes:
            self._run_file(path, arguments)
        if arguments.expression is not None:
            if arguments.is_module:
                self.run_module(arguments.expression, "<cmdline>")
            else:
                self._run_script(arguments.expression, "<cmdline>")
        elif arguments.rest:
            self._run_file(arguments.rest[0], arguments)

    def _run_file(self, path: str, arguments: Arguments) -> None:
        data: bytes | None = self._guest("source", path)
        if data is None:
            raise JSError("ReferenceError", f"could not load '{path}': there is no such file among those of preopens=")
        code = data.decode("utf-8-sig", "replace")
        if code.startswith("#!"):
            code = f"//{code}"
        if arguments.is_module or (not arguments.is_script and self._is_module(code, path)):
            self.run_module(code, path)
        else:
            self._run_script(code, path)

    def _is_module(self, code: str, path: str) -> bool:
        """Whether it is a module by its name, or compiles as one only."""
        if path.endswith(".mjs"):
            return True
        try:
            self._vm.compile(code, filename=path)
        except JSError:
            try:
                self._vm.compile(code, filename=path, flags=EvalFlags.TYPE_MODULE)
            except JSError:
                return False
            return True
        return False

    def _run_script(self, code: str, path: str) -> None:
        with self._vm.eval_handle(code, filename=path):
            self._vm.run_jobs()

    def run_module(self, code: str, path: str) -> None:
        """Evaluate a module as far as it goes without waiting. What it throws later is an unhandled rejection.

        :raises JSError: it threw.
        """
        promise = self._vm._start_module(code, path, self._vm._bridge.options.timeout)
        if promise.state == "pending":
            self._guest("watch", promise)
        else:
            self._vm._bridge.call("snap_promise_result", (promise._live(), 0))
