"""Places where a process may die, by name: the tests have it die at each."""

from __future__ import annotations

import os
import signal
from itertools import count
from typing import Final

_NAME, _, _TIME = os.environ.get("SNAPJS_CRASH_POINT", "").partition(":")
_times: Final = count(1)


def crash_point(name: str) -> None:
    """Die here, if the environment says so: ``NAME``, or ``NAME:3`` for the third time."""
    if name == _NAME and next(_times) == int(_TIME or 1):
        os.kill(os.getpid(), signal.SIGKILL)
