"""Results as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from .expectations import Comparison
from .figures import Figures
from .results import Result


def text(results: Sequence[Result], comparison: Comparison, figures: Figures, seconds: float, most: int) -> str:
    """Tables by area, and what was not as expected.

    :param most: how many lines each listing may have.
    """
    unexpected = [f"{test}: {s.name!a}: {s.message!a}" for test, s in sorted(comparison.unexpected)]
    stale = sorted(f"{line}: {wrong}" for line, wrong in comparison.stale.items())
    slowest = sorted((r for r in results if r.seconds >= 2), key=lambda result: -result.seconds)[:10]
    sections = [
        _table(figures),
        _listing("Slowest", [f"{r.seconds:6.1f} s  {r.test} [{r.engine}]" for r in slowest], most),
        _listing("Failed, and not in the list", unexpected, most),
        _listing("In the list, and not true", stale, most),
        f"Of the failures, {sum(comparison.causes.values())} are in the list and {len(unexpected)} are not; "
        f"{len(stale)} lines of the list are not true. {seconds:.0f} s",
    ]
    return "\n\n".join(section for section in sections if section)


def _table(figures: Figures) -> str:
    engines = "".join(f"{engine:>10}" for engine in figures.engines)
    lines = [f"{'Area':16}{'files':>7}{'subtests':>10}{engines}{'elsewhere':>11}"]
    for area in [*figures.areas, figures.total]:
        passed = "".join(f"{area.passed[engine]:10,}" for engine in figures.engines)
        lines.append(f"{area.name:16}{area.files:7,}{area.subtests:10,}{passed}{area.elsewhere:11,}")
    return "\n".join(lines)


def _listing(title: str, lines: Sequence[str], most: int) -> str:
    if not lines:
        return ""
    more = [f"  … and {len(lines) - most} more: --lines shows them"] if len(lines) > most else []
    return "\n".join([f"{title} ({len(lines)})", *(f"  {line}" for line in lines[:most]), *more])
