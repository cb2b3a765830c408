"""How many subtests each engine passes in each area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .areas import AREAS
from .pool import SNAPJS
from .results import HARNESS, Result, Status


@dataclass(frozen=True)
class AreaFigures:
    """Of one area."""

    name: str
    files: int
    """that were run; each variant of a file counts"""
    subtests: int
    """that were seen in any of the engines: a file that fails at its start has none in that engine"""
    passed: Mapping[str, int]
    """by engine"""
    elsewhere: int
    """how many pass in another engine and not in snapjs"""


@dataclass(frozen=True)
class Figures:
    """Of one run."""

    engines: tuple[str, ...]
    """snapjs first"""
    areas: tuple[AreaFigures, ...]

    @classmethod
    def of(cls, results: Sequence[Result]) -> Figures:
        """Count what came of a run."""
        engines = tuple(dict.fromkeys((SNAPJS, *(result.engine for result in results))))
        seen = {area.name: _Seen(engines) for area in AREAS}
        for result in results:
            seen[result.area].add(result)
        return cls(engines, tuple(found.figures(name) for name, found in seen.items() if found.files))

    @property
    def total(self) -> AreaFigures:
        """Of all areas."""
        return AreaFigures(
            name="all",
            files=sum(area.files for area in self.areas),
            subtests=sum(area.subtests for area in self.areas),
            passed={engine: sum(area.passed[engine] for area in self.areas) for engine in self.engines},
            elsewhere=sum(area.elsewhere for area in self.areas),
        )


class _Seen:
    """The subtests of one area."""

    def __init__(self, engines: Sequence[str]) -> None:
        self.files: set[str] = set()
        self._all: set[tuple[str, str]] = set()
        self._passed: dict[str, set[tuple[str, str]]] = {engine: set() for engine in engines}

    def add(self, result: Result) -> None:
        self.files.add(result.test)
        for subtest in result.subtests:
            if subtest.name != HARNESS:
                self._all.add((result.test, subtest.name))
                if subtest.status == Status.PASS:
                    self._passed[result.engine].add((result.test, subtest.name))

    def figures(self, name: str) -> AreaFigures:
        elsewhere = set[tuple[str, str]]().union(*self._passed.values()) - self._passed[SNAPJS]
        return AreaFigures(
            name=name,
            files=len(self.files),
            subtests=len(self._all),
            passed={engine: len(passed) for engine, passed in self._passed.items()},
            elsewhere=len(elsewhere),
        )
