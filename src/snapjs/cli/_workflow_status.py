"""A line of a terminal that says how things are, and is written anew."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from ..errors import StoreError
from . import _show
from ._ending import is_watched

if TYPE_CHECKING:
    from ..workflows import App

_PAUSE: Final = 1.0
"""seconds between two looks at what a worker does"""
_MOST: Final = 100
"""runs that are counted"""
_BEGINNING: Final = "\r\x1b[K"
"""has a terminal go to the beginning of the line, and clear it"""


class StatusLine:
    """The last line of standard error, where that is a terminal; elsewhere nothing is written."""

    def __init__(self) -> None:
        self._is_watched = is_watched()
        self._shown = ""

    def show(self, text: str) -> None:
        """Write this in place of what is there."""
        if not self._is_watched:
            return
        room = shutil.get_terminal_size().columns - 1
        text = _show.printable(text)
        text = text if len(text) <= room else f"{text[: room - 1]}…"
        if text != self._shown:
            _write(f"{_BEGINNING}{text}")
            self._shown = text

    def clear(self) -> None:
        """Make room for other lines."""
        if self._shown:
            _write(_BEGINNING)
            self._shown = ""


def _write(text: str) -> None:
    click.echo(text, err=True, nl=False, color=True)  # or what moves the cursor might be left out


@contextmanager
def status_line() -> Iterator[StatusLine]:
    """One that is gone at the end."""
    line = StatusLine()
    try:
        yield line
    finally:
        line.clear()


@contextmanager
def progress(app: App) -> Iterator[Callable[[], None]]:
    """A function that writes, on a terminal, how many runs go on in the store, and which steps run anywhere."""
    with status_line() as line:
        next_look = monotonic()

        def show() -> None:
            nonlocal next_look
            if not is_watched() or monotonic() < next_look:
                return
            next_look = monotonic() + _PAUSE
            line.show(_work(app))

        yield show


def _work(app: App) -> str:
    try:
        runs = app.list(status="running", limit=_MOST + 1)
        waiting = [one for run in runs for one in run.history(run.turn).waiting]
    except (StoreError, KeyError):  # the worker says itself what is the matter with the store; a run may be removed
        return ""
    count = f"{_MOST}+ runs go" if len(runs) > _MOST else "1 run goes" if len(runs) == 1 else f"{len(runs)} runs go"
    steps = Counter(one.name for one in waiting if one.kind == "step" and one.state == "running")
    names = ", ".join(f"{name} ({many})" if many > 1 else name for name, many in sorted(steps.items()))
    return f"{count} on, {'steps run: ' if names else 'no step runs'}{names}"
