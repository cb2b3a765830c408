"""How far a map is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sized
from itertools import count
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Progress:
    """A bar on stderr, if that is a terminal.

    :param iterables: the arguments, whose lengths say how many results there will be, where they have any.
    """

    def __init__(self, iterables: Iterable[Iterable[object]]) -> None:
        lengths = [len(iterable) for iterable in iterables if isinstance(iterable, Sized)]
        length = min(lengths, default=None)
        self._bar: ProgressBar[object] = click.progressbar(
            count() if length is None else None,
            length,
            file=sys.stderr,
            hidden=not _is_terminal(),
            show_pos=length is None,
        )
        self._bar.render_progress()

    def advance(self) -> None:
        """One more result."""
        self._bar.update(1)

    def end(self) -> None:
        """There are no more."""
        self._bar.render_finish()


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
