"""What the guest's half of a reactor asks of the host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from ..errors import CapabilityError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..vm import VM
    from .mounts import Mounts
    from .standard_input import StandardInput

_SLICE: Final = 0.02
"""seconds of a sleep after which the interrupt callable and the time limit are looked at"""


class Exit(BaseException):
    """``std.exit``: ends the running call, and no JavaScript catches it.

    :param code: of the exit.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Host:
    """Answers one guest.

    :param on_message: gets what is written to ``/dev/out``.
    """

    vm: VM
    """set when it has been made, for this is one of its functions"""

    def __init__(
        self, standard_input: StandardInput, mounts: Mounts, on_message: Callable[[bytes], Any] | None
    ) -> None:
        self._input = standard_input
        self._on_message = on_message
        self._answers: dict[str, Callable[..., Any]] = {
            "write": self._write,
            "message": self._message,
            "input": lambda size: self._input.read(int(size)),
            "files": mounts.answer,
            "exit": self._exit,
            "sleep": self._sleep,
            "gc": lambda: self.vm.gc(),
            "runScript": lambda code, name: self.vm.eval_handle(code, filename=name),
            "runAsync": lambda code: self.vm._begin_async(code, "<evalScript>", self.vm._bridge.options.timeout),
        }

    def __call__(self, request: str, *values: Any) -> Any:
        answer = self._answers.get(request)
        if answer is None:
            raise CapabilityError(f"This host does not know the request {request!r}.")
        return answer(*values)

    def _write(self, stream: int, text: str) -> None:
        self.vm._bridge.options.write(stream, text)

    def _message(self, data: bytes) -> None:
        if self._on_message is not None:
            self._on_message(data)

    def _exit(self, code: int) -> None:
        raise Exit(code)

    def _sleep(self, milliseconds: float) -> None:
        """Sleep. Who wants the program stopped is heard when this has returned."""
        bridge = self.vm._bridge
        end = time.monotonic() + milliseconds / 1000
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))
            interrupt = bridge.options.interrupt
            if bridge.limits.has_said_stop(bridge.instance) or (interrupt is not None and interrupt() is True):
                return
