"""The source that the lines of a filter make, until it is whole."""

from __future__ import annotations

from typing import Final

from ._repl_brackets import Brackets
from ._repl_console import Console

_SHORT: Final = 4096
"""characters up to which the compiler is asked after each line"""
_GROWTH: Final = 1.25
"""by which a longer one that is open has grown when the compiler is asked again, for it may have a mistake"""


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
        if length > _SHORT and length < self._asked_at * _GROWTH and self._brackets.is_open:
            return False
        self._asked_at = length
        return self._console.is_whole(self.text)
