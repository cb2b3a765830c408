"""What a run writes in one turn."""

from __future__ import annotations

from typing import Final

_MOST: Final = 1 << 20
"""characters that are kept of a turn's"""


class Logs:
    """Lines, as far as there is room for them."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._length = 0

    def write(self, text: str) -> None:
        """Keep a line."""
        room = _MOST - self._length
        if room <= 0:
            return
        self._lines.append(text if len(text) <= room else f"{text[:room]} … and more, which is not kept\n")
        self._length += len(text)

    def take(self) -> str:
        """All that was kept; there is room again."""
        lines, self._lines, self._length = self._lines, [], 0
        return "".join(lines)
