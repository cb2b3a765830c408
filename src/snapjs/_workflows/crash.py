"""Places where a worker may die, by name: tests have it die at each."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Final

_NAME, _, _TIME = os.environ.get("SNAPJS_CRASH_POINT", "").partition(":")
_times: Final = count(1)
_watcher: Final[ContextVar[Callable[[str, str], None] | None]] = ContextVar("snapjs crash points", default=None)


class Death(BaseException):
    """A worker of a test dies, and the process lives on. Nothing but the test catches this."""


def crash_point(name: str, step: str = "") -> None:
    """Die here, if the environment says so: ``NAME``, or ``NAME:3`` for the third time. Or if a test does.

    :param step: the name of the one that runs.
    """
    watcher = _watcher.get()
    if watcher is not None:
        watcher(name, step)
    if name == _NAME and next(_times) == int(_TIME or 1):
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def watched(watcher: Callable[[str, str], None]) -> Iterator[None]:
    """Tell of each place that this thread comes to, with the name of the step there; the watcher may have it die."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)
