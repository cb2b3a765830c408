"""The source maps of one VM: original positions in the stacks of code that a compiler or bundler made.

A map comes with the code, and is kept in the guest under the code's file name, so that it is there after a restore too.
Whatever is wrong with a map, the stack stays as it is.
"""

from __future__ import annotations

import re
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from .._tools.source_maps import SourceMap
from ..errors import SnapjsError
from .reference import Absent

if TYPE_CHECKING:
    from .bridge import Bridge

_MOST_FRAMES: Final = 256
"""of a stack that are looked at"""
_MOST_STARTS: Final = 4
"""of a frame at which its file name could begin"""
_MOST_ASKED: Final = 256
"""file names that the guest is asked for in a second: a program can write any stack"""
_MOST_SPENT: Final = 4.0
"""seconds in a minute that reading maps may take: a program can bring any map"""
_MOST_FILES: Final = 4096
"""of which is remembered whether they have a map"""
_FRAME: Final = re.compile(r"^[ \t]*at (.{1,4096}):(\d{1,9}):(\d{1,9})(\)?)(?= \{$|$)", re.MULTILINE)


class _Budget:
    """What is spent in each period of so many seconds."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._ends = 0.0
        self._total = 0.0

    def total(self) -> float:
        now = monotonic()
        if now >= self._ends:
            self._ends, self._total = now + self._period, 0.0
        return self._total

    def add(self, amount: float) -> None:
        self._total += amount


class _Place(NamedTuple):
    """A place in code, where a stack names it."""

    map: SourceMap
    position: tuple[int, int]
    """line from 1, column from 0"""
    start: int
    """of its text in the stack"""
    end: int


class SourceMaps:
    """Those of one VM.

    :param bridge: of the VM; a weak proxy.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._maps: dict[str, SourceMap | None] = {}
        """by file name; None: it has none"""
        self._asked = _Budget(1.0)
        self._spent = _Budget(60.0)

    def put(self, name: str, text: str | None) -> None:
        """Give the guest what is to be kept for a file, as ``map_to_keep`` has made it; ``None``: it has no map.

        :raises SnapjsError: it does not fit into the guest, or the engine is an old one.
        """
        if text is None and self._maps.get(name, self) is None:
            return
        self._maps.pop(name, None)
        self._bridge.call("snap_source_map_put", values=(name, text), timeout=None)
        if text is None:
            self._remember(name, None)

    def original(self, stack: str) -> str:
        """A stack with original positions where they are known."""
        places = [place for frame in islice(_FRAME.finditer(stack), _MOST_FRAMES) if (place := self._place(frame))]
        known = {
            each: self._originals(each, [place.position for place in places if place.map is each])
            for each in {place.map for place in places}
        }
        parts: list[str] = []
        end = 0
        for place in places:
            if original := known[place.map].get(place.position):
                parts += stack[end : place.start], original
                end = place.end
        return "".join([*parts, stack[end:]])

    def _place(self, frame: re.Match[str]) -> _Place | None:
        """The place that a frame names, if its file has a map."""
        text, line, column = frame[1], int(frame[2]), int(frame[3])
        starts = [at + 2 for at in range(len(text)) if text.startswith(" (", at)] if frame[4] else [0]
        for start in reversed(starts[-_MOST_STARTS:]):
            found = self._map(text[start:])
            if found is not None:
                # The engine counts the columns of a first line from 0, though not below 1, but for syntax errors.
                is_from_zero = line == 1 and frame[4] and column > 1
                position = line, column if is_from_zero else column - 1
                return _Place(found, position, frame.start(1) + start, frame.end(3))
        return None

    def _map(self, name: str) -> SourceMap | None:
        if name not in self._maps:
            if self._asked.total() >= _MOST_ASKED:
                return None
            self._asked.add(1)
            try:
                text = self._bridge.call("snap_source_map_get", value=name, timeout=None, type=str)
                self._remember(name, SourceMap(name, text))
            except (Absent, SnapjsError, ValueError):
                self._remember(name, None)
        return self._maps[name]

    def _remember(self, name: str, source_map: SourceMap | None) -> None:
        if len(self._maps) >= _MOST_FILES:
            self._maps.clear()
        self._maps[name] = source_map

    def _originals(self, source_map: SourceMap, positions: list[tuple[int, int]]) -> dict[tuple[int, int], str | None]:
        if source_map.is_unreadable or self._spent.total() >= _MOST_SPENT:
            return {}
        began = monotonic()
        try:
            return dict(zip(positions, source_map.originals(positions), strict=True))
        except (SnapjsError, OSError):
            source_map.is_unreadable = True
            return {}
        finally:
            self._spent.add(monotonic() - began)
