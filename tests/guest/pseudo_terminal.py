"""A process at a pseudo-terminal, and what somebody who sits there types and sees."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\x08]")
_PATIENCE = 30.0
"""seconds that a machine with other things to do may take"""


class PseudoTerminal:
    """A context manager that ends the process.

    :param command: with its arguments.
    :param folder: where it runs.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._terminal, other = pty.openpty()
        self.raw = ""
        """all that was shown, as it came"""
        self._seen = 0
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(other)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def see(self, pattern: str) -> str:
        """Wait until something is shown behind what was seen before, control sequences left out; what it is."""
        end = time.monotonic() + _PATIENCE
        while True:
            match = re.compile(pattern).search(self.text, self._seen)
            if match is not None:
                self._seen = match.end()
                return match[0]
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{pattern!r} is not shown: {self.text[self._seen :]!r}")

    @property
    def text(self) -> str:
        """All that was shown, without control sequences."""
        return _CONTROL.sub("", self.raw)

    def wait(self) -> int:
        """Wait until the process has ended; its exit code."""
        while self._read(_PATIENCE):
            pass
        return self._process.wait(_PATIENCE)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return False
        try:
            read = os.read(self._terminal, 65536)
        except OSError:  # how Linux says that nobody is at the other end
            return False
        self.raw += read.decode(errors="replace")
        return bool(read)

    def __enter__(self) -> PseudoTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)


def _take_terminal() -> None:
    """Make the terminal that of the new session, so that Ctrl-C reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
