"""The source that the lines of a filter make, until it is whole."""

from __future__ import annotations

from typing import Final

from ._repl_brackets import Brackets
from ._repl_console import Console

_JAVASCRIPT: Final = 4096, 1.25
"""characters up to which the compiler is asked after each line, and by how much a longer source that is open has grown
when it is asked again, for there may be a mistake in it"""
_TYPESCRIPT: Final = 512, 2.0
"""likewise, for the compiler of TypeScript takes far longer"""


class Source:
    """Lines that are one input."""

    def __init__(self, console: Console) -> None:
        self.text = ""
        self._console = console
        self._brackets = Brackets()
        self._asked_at = 0

    def add(self, line: str) -> None:
        self.text += line
        self._brackets.feed(line)

    def is_whole(self) -> bool:
        """Whether nothing more has to follow. What is long and open for certain is mostly not asked about."""
        length = len(self.text)
        short, growth = _TYPESCRIPT if self._console.typescript else _JAVASCRIPT
        if length > short and length < self._asked_at * growth and self._brackets.is_open:
            return False
        self._asked_at = length
        return self._console.is_whole(self.text)
