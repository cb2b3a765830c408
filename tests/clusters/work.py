"""What tasks run beside the function itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

COUNTER = "let n = 0; export default () => ++n"
THROW = "export default () => { throw Object.assign(new RangeError('no'), { code: 7 }) }"
SPIN = "export default () => { for (;;); }"


def process_and_result(number: int, function: Callable[[], Any]) -> tuple[int, Any]:
    return os.getpid(), function()


def result_after_a_kill(marker: str, function: Callable[[], Any]) -> Any:
    """The first process that runs this dies of it."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return function()


def are_counted_by_process(results: Iterable[tuple[int, int]]) -> bool:
    """Whether each process made the function once: its counter went on from task to task."""
    counts: dict[int, list[int]] = {}
    for process, count in results:
        counts.setdefault(process, []).append(count)
    return all(sorted(each) == list(range(1, len(each) + 1)) for each in counts.values())
