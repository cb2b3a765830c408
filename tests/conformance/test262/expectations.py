"""The list of runs that are expected to fail, each line with its reason.

A line is `NAME # REASON` for all runs of a test, `NAME [MODE] # REASON` for one of them, or `FOLDER/ # REASON` for all
runs below a folder. A line whose runs do not all fail is stale. One list serves several copies of the suite: a line
whose test a copy does not have says nothing about it, and where a test was changed between copies so that it fails in
some of them only, `(some copies)` before the `#` allows both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .results import Result, Verdict

UNEXPLAINED = "not explained yet: "

_LINE = re.compile(r"(?P<name>\S+)(?: \[(?P<mode>\w+)\])?(?P<some> \(some copies\))? # (?P<reason>\S.*)")


@dataclass(frozen=True)
class Expectation:
    """One line of the list."""

    name: str
    """of a test, or of a folder with `/` at its end"""
    mode: str | None
    reason: str
    in_some_copies: bool = False
    """whether it fails in some copies of the suite only, so that it may also pass"""

    def __str__(self) -> str:
        return self.name + (f" [{self.mode}]" if self.mode else "") + (" (some copies)" if self.in_some_copies else "")


@dataclass
class Comparison:
    """Results against the list."""

    expected: int = 0
    """how many runs failed as the list says"""
    unexpected: list[Result] = field(default_factory=list)
    """failures that are not in the list"""
    stale: list[str] = field(default_factory=list)
    """for each line that is not true, what is wrong with it"""

    @property
    def is_as_expected(self) -> bool:
        return not self.unexpected and not self.stale


class Expectations:
    """The list.

    :param comments: the lines before the first that expects something.
    """

    def __init__(self, lines: Iterable[Expectation] = (), comments: Iterable[str] = ()) -> None:
        self.comments = list(comments)
        self._lines: dict[tuple[str, str | None], Expectation] = {}
        for line in lines:
            if (line.name, line.mode) in self._lines:
                raise ValueError(f"{line} is in the list twice")
            self._lines[line.name, line.mode] = line

    @classmethod
    def read(cls, path: Path) -> Expectations:
        """Read the list from a file.

        :raises ValueError: a line is not one, or has no reason.
        """
        lines: list[Expectation] = []
        comments: list[str] = []
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if text.startswith("#") or not text:
                if not lines:
                    comments.append(text)
                continue
            if (match := _LINE.fullmatch(text)) is None:
                raise ValueError(f"{path.name}, line {number}: write NAME # REASON, or NAME [MODE] # REASON")
            lines.append(Expectation(match["name"], match["mode"], match["reason"], match["some"] is not None))
        return cls(lines, comments)

    def write(self, path: Path) -> None:
        lines = sorted(self._lines.values(), key=str)
        text = "\n".join([*self.comments, *(f"{line} # {line.reason}" for line in lines)])
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")

    @property
    def lines(self) -> list[Expectation]:
        return list(self._lines.values())

    def line_of(self, result: Result) -> Expectation | None:
        """The line that expects a run to fail."""
        for key in ((result.name, result.mode), (result.name, None)):
            if key in self._lines:
                return self._lines[key]
        parts = result.name.split("/")[:-1]
        for length in range(len(parts), 0, -1):
            folder = "/".join(parts[:length]) + "/"
            if (folder, None) in self._lines:
                return self._lines[folder, None]
        return None

    def compare(self, results: Collection[Result]) -> Comparison:
        """Hold results against the list."""
        comparison = Comparison()
        for result in results:
            if result.verdict != Verdict.FAILED:
                continue
            if self.line_of(result) is None:
                comparison.unexpected.append(result)
            else:
                comparison.expected += 1
        for line, result in self._refuted(results).items():
            comparison.stale.append(f"{line}: {result.name} [{result.mode}] {result.verdict}")
        return comparison

    def updated(self, results: Collection[Result]) -> Expectations:
        """A list that is true of these results. Reasons are kept; new lines ask for theirs."""
        refuted = self._refuted(results)
        kept = [line for line in self._lines.values() if line not in refuted]
        runs: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            runs[result.name].append(result)
        return Expectations([*kept, *self._added(runs, refuted)], self.comments)

    def _refuted(self, results: Iterable[Result]) -> dict[Expectation, Result]:
        """The lines that are not true of results, each with the first result that shows it."""
        refuted: dict[Expectation, Result] = {}
        for result in results:
            line = self.line_of(result)
            if line is not None and not line.in_some_copies and result.verdict != Verdict.FAILED:
                refuted.setdefault(line, result)
        return refuted

    def _added(self, runs: Mapping[str, list[Result]], refuted: Collection[Expectation]) -> Iterator[Expectation]:
        """New lines for the failures that no line expects, or only one that is not true of all its runs."""
        for name, group in runs.items():
            failures = [(r, self.line_of(r)) for r in group if r.verdict == Verdict.FAILED]
            left = [(r, line) for r, line in failures if line is None or line in refuted]
            is_all = len(left) == len(group)
            for result, line in left[:1] if is_all else left:
                reason = line.reason if line else UNEXPLAINED + " ".join(result.detail.split())[:150]
                yield Expectation(name, None if is_all else result.mode, reason)
