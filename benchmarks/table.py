"""The report as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .adapter import SUBJECT

_NOTHING = "–"  # noqa: RUF001, an en dash is meant
_TIMES = "×"  # noqa: RUF001, a multiplication sign is meant
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_BYTES = ((2**20, "MB"), (2**10, "KB"), (1, "B"))


def quantity(value: float, unit: str) -> str:
    """A figure with three digits and a unit that fits: ``3.25 µs``, ``4.10 KB``; or the times of something."""
    if unit == "times":
        return f"{value:.3g}{_TIMES}"
    scale = _BYTES if unit == "B" else _SECONDS
    factor, name = next((entry for entry in scale if value >= entry[0]), scale[-1])
    shown = value / factor
    return f"{shown:.{2 if shown < 10 else 1 if shown < 100 else 0}f} {name}"


def comparison(report: dict[str, Any]) -> str:
    """A table for each group: medians with their spread, and how many times as much as the peer snapjs takes."""
    groups = dict.fromkeys(workload["group"] for workload in report["workloads"])
    tables = [
        _table(group, [workload for workload in report["workloads"] if workload["group"] == group]) for group in groups
    ]
    legend = "Median (smallest to largest). Ratio: snapjs by peer; below 1 snapjs takes less."
    return "\n\n".join("\n".join(lines) for lines in [_header(report), *tables, [legend, *_reasons(report)]])


def _table(group: str, workloads: list[dict[str, Any]]) -> list[str]:
    peers = [
        name
        for name in workloads[0]["results"]
        if name != SUBJECT and any("unsupported" not in workload["results"][name] for workload in workloads)
    ]
    rows = [[group, SUBJECT, *(cell for peer in peers for cell in (peer, "ratio"))]]
    for workload in workloads:
        row = [workload["title"], _figure(workload, SUBJECT)]
        for peer in peers:
            row += [_figure(workload, peer), _ratio(workload, peer)]
        rows.append(row)
    return _aligned(rows)


def targets(report: dict[str, Any]) -> str:
    """What snapjs wants to stay under, beside what was measured."""
    rows = [["target", "at most", "measured", ""]]
    for workload in report["workloads"]:
        limit, result = workload["target"], workload["results"][SUBJECT]
        if limit is not None:
            measured = None if "unsupported" in result else result["median"]
            rows.append(
                [
                    workload["title"],
                    quantity(limit, workload["unit"]),
                    _figure(workload, SUBJECT),
                    _verdict(measured, limit),
                ]
            )
    results = {workload["name"]: workload["results"] for workload in report["workloads"]}
    for ratio in report["ratios"]:
        of, by = results[ratio["of"]][SUBJECT], results[ratio["by"]].get(ratio["package"], {"unsupported": "not asked"})
        measured = None if "unsupported" in of or "unsupported" in by else of["median"] / by["median"]
        shown = _NOTHING if measured is None else quantity(measured, "times")
        rows.append([ratio["title"], quantity(ratio["target"], "times"), shown, _verdict(measured, ratio["target"])])
    return "\n".join(_aligned(rows))


def _verdict(measured: float | None, limit: float) -> str:
    return _NOTHING if measured is None else "met" if measured <= limit else "missed"


def _header(report: dict[str, Any]) -> Iterable[str]:
    machine = report["machine"]
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, {machine['python']}"
    loads = [" ".join(f"{value:.2f}" for value in load["averages"]) for load in report["load"] if load["averages"]]
    if loads:
        yield f"load averages before and after: {'; '.join(loads)}"
    for name, facts in report["packages"].items():
        versions = facts.get("versions")
        yield f"{name}: " + (f"not available: {facts['unavailable']}" if versions is None else _versions(versions))


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items() if name != "python")


def _reasons(report: dict[str, Any]) -> list[str]:
    """Why figures are missing, one line a reason."""
    groups: dict[str, list[str]] = {}
    concerned: dict[tuple[str, str, str], list[str]] = {}
    for workload in report["workloads"]:
        groups.setdefault(workload["group"], []).append(workload["name"])
        for package, result in workload["results"].items():
            if "unsupported" in result:
                concerned.setdefault((package, result["unsupported"], workload["group"]), []).append(workload["name"])
    return [
        f"{_NOTHING} {package}: {reason} ({f'all {group}' if names == groups[group] else ', '.join(names)})"
        for (package, reason, group), names in concerned.items()
    ]


def _figure(workload: dict[str, Any], package: str) -> str:
    result = workload["results"][package]
    if "unsupported" in result:
        return _NOTHING
    unit = workload["unit"]
    text = quantity(result["median"], unit)
    if result["min"] == result["max"]:
        return text
    return f"{text} ({quantity(result['min'], unit)} to {quantity(result['max'], unit)})"


def _ratio(workload: dict[str, Any], package: str) -> str:
    subject, peer = workload["results"][SUBJECT], workload["results"][package]
    if "unsupported" in subject or "unsupported" in peer or not peer["median"]:
        return _NOTHING
    if workload["unit"] == "times":
        return ""  # each compares with what its own process does
    ratio = subject["median"] / peer["median"]
    return f"{ratio:.2g}" if ratio < 0.1 else f"{ratio:.{2 if ratio < 10 else 0}f}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *others = [f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([f"{first.strip():<{widths[0]}}", *others]).rstrip())
    return lines
