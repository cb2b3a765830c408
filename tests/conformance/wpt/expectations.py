"""The list of subtests that are expected to fail, under the causes of their failures.

A line `cause: WHY` stands over the lines of the subtests that fail for it:

    url/url-setters.any.js?include=file: "name of a subtest, as JSON"
    url/idlharness.any.js: "URL interface: "*
    url/toascii*: *

The second is for all subtests whose names begin so, the third for all subtests of all files of such names. Every one of
them must fail: a line that is not true of each subtest that it names, or that names none in the files that were run,
is stale. A line whose files were not run says nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from .results import Result, Status, Subtest

UNEXPLAINED = "not explained yet"

_CAUSE = re.compile(r"cause: (\S.*)")
_LINE = re.compile(r'    (?P<file>\S+): (?P<name>"(?:[^"\\]|\\.)*")?(?P<all>\*)?')


@dataclass(frozen=True)
class Expectation:
    """One line of the list."""

    cause: str
    file: str
    """a pattern of the names of tests"""
    name: str
    """of a subtest, or what its name begins with"""
    is_prefix: bool

    def __str__(self) -> str:
        name = json.dumps(self.name) if self.name or not self.is_prefix else ""
        return f"{self.file}: {name}{'*' if self.is_prefix else ''}"

    def covers_test(self, test: str) -> bool:
        return self.file == test or ("*" in self.file and fnmatchcase(test, self.file))

    def covers(self, subtest: Subtest) -> bool:
        return subtest.name.startswith(self.name) if self.is_prefix else subtest.name == self.name


@dataclass
class Comparison:
    """Results against the list."""

    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """how many subtests failed as the list says, by area and cause"""
    unexpected: list[tuple[str, Subtest]] = field(default_factory=list)
    """failures that are not in the list, each with the name of its test"""
    stale: dict[Expectation, str] = field(default_factory=dict)
    """for each line that is not true, what is wrong with it"""

    @property
    def is_as_expected(self) -> bool:
        return not self.unexpected and not self.stale


class Expectations:
    """The list.

    :param comments: the lines before the first cause.
    """

    def __init__(self, lines: Iterable[Expectation] = (), comments: Iterable[str] = ()) -> None:
        self.lines = list(lines)
        self.comments = list(comments)
        self._exact: dict[str, list[Expectation]] = defaultdict(list)
        self._patterns: list[Expectation] = []
        for line in self.lines:
            if "*" in line.file:
                self._patterns.append(line)
            else:
                self._exact[line.file].append(line)

    @classmethod
    def read(cls, path: Path) -> Expectations:
        """Read the list from a file.

        :raises ValueError: a line is not one, or stands under no cause.
        """
        lines: list[Expectation] = []
        comments: list[str] = []
        cause: str | None = None
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if text.startswith("#") or not text:
                if cause is None:
                    comments.append(text)
            elif found := _CAUSE.fullmatch(text):
                cause = found[1]
            elif cause is not None and (found := _LINE.fullmatch(text)) and (found["name"] or found["all"]):
                name = json.loads(found["name"] or '""')
                lines.append(Expectation(cause, found["file"], name, found["all"] is not None))
            else:
                raise ValueError(f'{path.name}, line {number}: write cause: WHY, and under it FILE: "NAME"')
        return cls(lines, comments)

    def write(self, path: Path) -> None:
        causes: dict[str, list[str]] = defaultdict(list)
        for line in self.lines:
            causes[line.cause].append(f"    {line}")
        sections = (f"\ncause: {cause}\n" + "\n".join(sorted(lines)) for cause, lines in sorted(causes.items()))
        text = "\n".join(["\n".join(self.comments).rstrip("\n"), *sections])
        path.write_text(text.strip("\n") + "\n", encoding="utf-8")

    def compare(self, results: Collection[Result]) -> Comparison:
        """Hold the results of snapjs against the list."""
        comparison = Comparison()
        used: set[Expectation] = set()
        run: set[Expectation] = set()
        for result in results:
            lines = self._lines_of(result.test)
            run.update(lines)
            for subtest in result.subtests:
                covering = [line for line in lines if line.covers(subtest)]
                used.update(covering)
                if subtest.status == Status.PASS:
                    for line in covering:
                        comparison.stale.setdefault(line, f"{subtest.name!a} of {result.test} passed")
                elif covering:
                    comparison.causes[result.area, covering[0].cause] += 1
                else:
                    comparison.unexpected.append((result.test, subtest))
        comparison.stale.update((line, "there is no such subtest") for line in run - used)
        return comparison

    def updated(self, results: Collection[Result]) -> Expectations:
        """A list that is true of these results. Causes are kept; new lines stand under one that asks for theirs."""
        stale = self.compare(results).stale
        kept = Expectations([line for line in self.lines if line not in stale], self.comments)
        return Expectations([*kept.lines, *kept._missing(results, Expectations(stale))], self.comments)

    def _missing(self, results: Collection[Result], dropped: Expectations) -> Iterator[Expectation]:
        """Lines for the failures that no line covers, under the causes that dropped lines had for them."""
        for result in results:
            failed = [s for s in result.subtests if s.status != Status.PASS and not self._covering(result, s)]
            causes = [dropped._cause_of(result, subtest) for subtest in failed]
            if len(failed) == len(result.subtests) > 1 and len(set(causes)) == 1:
                yield Expectation(causes[0], result.test, "", is_prefix=True)
            else:
                for subtest, cause in zip(failed, causes, strict=True):
                    yield Expectation(cause, result.test, subtest.name, is_prefix=False)

    def _covering(self, result: Result, subtest: Subtest) -> list[Expectation]:
        return [line for line in self._lines_of(result.test) if line.covers(subtest)]

    def _cause_of(self, result: Result, subtest: Subtest) -> str:
        return next((line.cause for line in self._covering(result, subtest)), UNEXPLAINED)

    def _lines_of(self, test: str) -> list[Expectation]:
        return [*self._exact[test], *(line for line in self._patterns if line.covers_test(test))]
