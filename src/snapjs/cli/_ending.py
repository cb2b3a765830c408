"""How a command ends: with which exit code, on Ctrl-C, and when its output goes nowhere."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import click

FAILED: Final = 1
LIMIT_FIRED: Final = 3
INTERRUPTED: Final = 130

_PATIENCE: Final = 1.0
"""seconds in which JavaScript that is interrupted must come to ask"""


class Refusal(click.ClickException):
    """Something that the user gave cannot be used. Exit code 2, one line."""

    exit_code = 2


def command_name() -> str:
    """How this command was called: ``snapjs`` or ``python -m snapjs``."""
    return click.get_current_context().find_root().info_name or "snapjs"


def is_watched() -> bool:
    """Whether somebody sees progress: standard error is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def flush_output() -> None:
    """
    :raises OSError: standard output cannot be written.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def drop_output() -> None:
    """Forget output that cannot be written; Python would try again when it ends, and say so."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except OSError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def end_process() -> None:
    """End it here and now, as Ctrl-C does."""
    drop_output()
    with suppress(OSError):
        click.echo("Interrupted.", err=True)
    os._exit(INTERRUPTED)


@contextmanager
def interruptible(stop: Callable[[], None] = end_process) -> Iterator[None]:
    """Have Ctrl-C work also where JavaScript does not ask for it: in a native loop.

    Python itself hears of a signal only between its own instructions, and such a loop may take years.

    :param stop: ends the loop, or the process; called in another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no signals come here
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(reader, over, stop), daemon=True)
    watcher.start()
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        writer.close()
        watcher.join()
        reader.close()


def _watch(signals: socket.socket, over: threading.Event, stop: Callable[[], None]) -> None:
    while number := signals.recv(1):
        if number[0] == signal.SIGINT and not over.wait(_PATIENCE):
            stop()
