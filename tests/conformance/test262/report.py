"""Results as tables for people, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from .expectations import Comparison
from .results import Result, Verdict

_MOST_LINES = 60
_NO_FEATURE = "(no feature)"


class Report:
    """All results of a run.

    :param seconds: how long the run took.
    """

    def __init__(self, results: Sequence[Result], comparison: Comparison, seconds: float) -> None:
        self._results = results
        self._comparison = comparison
        self._seconds = seconds

    def text(self) -> str:
        """Tables by feature and by folder, reasons of skips, and what was not as expected."""
        sections = [
            _table("Feature", self._counts(lambda result: result.features or (_NO_FEATURE,))),
            _table("Folder", self._counts(lambda result: (_top_folder(result.name),))),
            _listing("Skipped", self._skips()),
            _listing("Slowest", [f"{r.seconds:6.1f} s  {r.name} [{r.mode}]" for r in self._slowest()]),
            _listing(
                "Failed, and not in the list",
                [f"{r.name} [{r.mode}]: {r.detail}" for r in sorted(self._comparison.unexpected)],
            ),
            _listing("In the list, and not true", sorted(self._comparison.stale)),
            self._totals(),
        ]
        return "\n\n".join(section for section in sections if section)

    def write_json(self, path: Path) -> None:
        """Everything but the runs that passed, which are only counted."""
        features = self._counts(lambda result: result.features or (_NO_FEATURE,))
        data: dict[str, Any] = {
            "seconds": round(self._seconds, 1),
            "scenarios": self._by_verdict(),
            "files": self._files(),
            "features": {name: dict(counts) for name, counts in sorted(features.items())},
            "unexpected": [[r.name, r.mode] for r in self._comparison.unexpected],
            "stale": self._comparison.stale,
            "not_passed": [
                {"name": r.name, "mode": r.mode, "verdict": r.verdict, "detail": r.detail, "features": r.features}
                for r in sorted(self._results)
                if r.verdict != Verdict.PASSED
            ],
        }
        path.write_text(json.dumps(data, indent=1), encoding="utf-8")

    def _counts(self, groups: Callable[[Result], Iterable[str]]) -> dict[str, Counter[str]]:
        counts: dict[str, Counter[str]] = {}
        for result in self._results:
            for group in groups(result):
                counts.setdefault(group, Counter())[result.verdict] += 1
        return counts

    def _by_verdict(self) -> dict[str, int]:
        counts = Counter(result.verdict for result in self._results)
        return {str(verdict): counts[verdict] for verdict in Verdict}

    def _files(self) -> dict[str, int]:
        """A file has failed when one of its runs has."""
        rank = {Verdict.PASSED: 0, Verdict.SKIPPED: 1, Verdict.FAILED: 2}
        worst: dict[str, Verdict] = {}
        for result in self._results:
            worst[result.name] = max(worst.get(result.name, Verdict.PASSED), result.verdict, key=rank.__getitem__)
        counts = Counter(worst.values())
        return {str(verdict): counts[verdict] for verdict in Verdict}

    def _skips(self) -> list[str]:
        reasons = Counter(result.detail for result in self._results if result.verdict == Verdict.SKIPPED)
        return [f"{number:7}  {reason}" for reason, number in reasons.most_common()]

    def _slowest(self) -> list[Result]:
        return sorted((r for r in self._results if r.seconds >= 1), key=lambda r: -r.seconds)[:10]

    def _totals(self) -> str:
        scenarios, files = self._by_verdict(), self._files()
        unexpected = len(self._comparison.unexpected)
        return "\n".join(
            [
                "Files:     " + ", ".join(f"{number} {verdict}" for verdict, number in files.items()),
                "Scenarios: " + ", ".join(f"{number} {verdict}" for verdict, number in scenarios.items()),
                f"Of the failures, {self._comparison.expected} are in the list and {unexpected} are not; "
                f"{len(self._comparison.stale)} lines of the list are not true. {self._seconds:.0f} s",
            ]
        )


def _top_folder(name: str) -> str:
    parts = name.split("/")[:-1]
    return "/".join(parts[:2]) or "."


def _table(title: str, counts: dict[str, Counter[str]]) -> str:
    width = max(map(len, [*counts, title]))
    lines = [f"{title:{width}}" + "".join(f"{verdict:>9}" for verdict in Verdict)]
    for name, numbers in sorted(counts.items()):
        lines.append(f"{name:{width}}" + "".join(f"{numbers[verdict]:9}" for verdict in Verdict))
    return "\n".join(lines)


def _listing(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    more = [f"  … and {len(lines) - _MOST_LINES} more: --json has all"] if len(lines) > _MOST_LINES else []
    return "\n".join([f"{title} ({len(lines)})", *(f"  {line}" for line in lines[:_MOST_LINES]), *more])
