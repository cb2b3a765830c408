"""The report as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import geometric_mean
from typing import Any, NamedTuple

from .adapter import SUBJECT

NOTHING = "–"  # noqa: RUF001, an en dash is meant
_TIMES = "×"  # noqa: RUF001, a multiplication sign is meant
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_BYTES = ((2**20, "MB"), (2**10, "KB"), (1, "B"))
_SHORT_RATE = 100
_PEERS_BESIDE = 4
"""as many as fit beside each other"""


def quantity(value: float, unit: str) -> str:
    """A figure with three digits and a unit that fits: ``3.25 µs``, ``4.10 KB``, ``1,234 /s``; or the times of
    something."""
    if unit == "times":
        return f"{value:.3g}{_TIMES}"
    if unit == "1/s":
        return f"{value:,.0f} /s" if value >= _SHORT_RATE else f"{value:.3g} /s"
    scale = _BYTES if unit == "B" else _SECONDS
    factor, name = next((entry for entry in scale if value >= entry[0]), scale[-1])
    shown = value / factor
    return f"{shown:.{2 if shown < 10 else 1 if shown < 100 else 0}f} {name}"


def comparison(report: dict[str, Any]) -> str:
    """A table for each group: medians with their spread, and how many times as much as the peer snapjs takes."""
    tables = [
        _table(report, group, peers[first : first + _PEERS_BESIDE])
        for group in groups(report)
        for peers in [measured_peers(report, group)]
        for first in range(0, max(1, len(peers)), _PEERS_BESIDE)
    ]
    legend = "Median (smallest to largest). Ratio: snapjs by peer; below 1 snapjs takes less."
    return "\n\n".join("\n".join(lines) for lines in [header(report), *tables, [legend, *reasons(report)]])


def groups(report: dict[str, Any]) -> list[str]:
    """Names of the groups that have been measured."""
    return list(dict.fromkeys(workload["group"] for workload in report["workloads"]))


def group_workloads(report: dict[str, Any], group: str) -> list[dict[str, Any]]:
    """What has been measured of a group."""
    return [workload for workload in report["workloads"] if workload["group"] == group]


def measured_peers(report: dict[str, Any], group: str) -> list[str]:
    """The packages that can do any of a group, without snapjs."""
    workloads = group_workloads(report, group)
    return [
        name
        for name in workloads[0]["results"]
        if name != SUBJECT and any("unsupported" not in workload["results"][name] for workload in workloads)
    ]


def _table(report: dict[str, Any], group: str, peers: list[str]) -> list[str]:
    rows = [[group, SUBJECT, *(cell for peer in peers for cell in (peer, "ratio"))]]
    for workload in group_workloads(report, group):
        row = [workload["title"], _figure(workload, SUBJECT)]
        for peer in peers:
            row += [_figure(workload, peer), ratio(workload, peer)]
        rows.append(row)
    if group in {mean["group"] for mean in report["means"]}:
        means = [mean_ratio(report, group, peer) for peer in peers]
        rows.append(["geometric mean", "", *(cell for mean in means for cell in ("", ratio_text(mean)))])
    return _aligned(rows)


def mean_ratio(report: dict[str, Any], group: str, peer: str) -> float | None:
    """The geometric mean of snapjs's medians by the peer's, if both could do everything in the group."""
    found = [[workload["results"][name] for name in (SUBJECT, peer)] for workload in group_workloads(report, group)]
    if any("unsupported" in result for pair in found for result in pair):
        return None
    return geometric_mean([of["median"] / by["median"] for of, by in found])


# ---- targets


class Target(NamedTuple):
    """What snapjs wants to stay under, or over, beside what was measured."""

    title: str
    limit: str
    measured: str
    verdict: str
    """``"met"``, ``"missed"``, or a dash if it was not measured"""


def targets(report: dict[str, Any]) -> str:
    """What snapjs wants to stay under or over, beside what was measured."""
    rows = [["target", "limit", "measured", ""], *map(list, found_targets(report))]
    return "\n".join(_aligned(rows))


def found_targets(report: dict[str, Any]) -> Iterator[Target]:
    """The same, one by one."""
    results = {workload["name"]: workload["results"] for workload in report["workloads"]}
    for workload in report["workloads"]:
        limit, result = workload["target"], workload["results"][SUBJECT]
        if limit is not None:
            measured = None if "unsupported" in result else result["median"]
            yield _target(workload["title"], limit, measured, workload["unit"], workload["at_least"])
    for ratio in report["ratios"]:
        of, by = results[ratio["of"]][SUBJECT], results[ratio["by"]].get(ratio["package"], {"unsupported": "not asked"})
        known = "unsupported" not in of and "unsupported" not in by
        yield _target(ratio["title"], ratio["target"], (of["median"] - ratio["less"]) / by["median"] if known else None)
    for mean in report["means"]:
        asked = mean["package"] in report["packages"]
        measured = mean_ratio(report, mean["group"], mean["package"]) if asked else None
        yield _target(mean["title"], mean["target"], measured)


def _target(title: str, limit: float, measured: float | None, unit: str = "times", at_least: bool = False) -> Target:
    wanted = f"{'at least' if at_least else 'at most'} {quantity(limit, unit)}"
    if measured is None:
        return Target(title, wanted, NOTHING, NOTHING)
    met = measured >= limit if at_least else measured <= limit
    return Target(title, wanted, quantity(measured, unit), "met" if met else "missed")


# ---- what stands around the tables


def header(report: dict[str, Any]) -> Iterable[str]:
    """The machine and the packages, a line each."""
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


def reasons(report: dict[str, Any]) -> list[str]:
    """Why figures are missing, one line a reason."""
    names: dict[str, list[str]] = {}
    concerned: dict[tuple[str, str, str], list[str]] = {}
    for workload in report["workloads"]:
        names.setdefault(workload["group"], []).append(workload["name"])
        for package, result in workload["results"].items():
            if "unsupported" in result:
                concerned.setdefault((package, result["unsupported"], workload["group"]), []).append(workload["name"])
    return [
        f"{NOTHING} {package}: {reason} ({f'all {group}' if found == names[group] else ', '.join(found)})"
        for (package, reason, group), found in concerned.items()
    ]


# ---- cells


def spread(result: dict[str, Any]) -> float:
    """Half the distance between the quartiles, as a part of the median."""
    low, high = result["quartiles"]
    return float((high - low) / 2 / result["median"]) if result["median"] else 0.0


def _figure(workload: dict[str, Any], package: str) -> str:
    result = workload["results"][package]
    if "unsupported" in result:
        return NOTHING
    unit = workload["unit"]
    text = quantity(result["median"], unit)
    if result["min"] == result["max"]:
        return text
    return f"{text} ({quantity(result['min'], unit)} to {quantity(result['max'], unit)})"


def ratio(workload: dict[str, Any], package: str) -> str:
    """snapjs's median by a package's, as a cell."""
    subject, peer = workload["results"][SUBJECT], workload["results"][package]
    if "unsupported" in subject or "unsupported" in peer or not peer["median"]:
        return NOTHING
    if workload["unit"] == "times":
        return ""  # each compares with what its own process does
    if workload["unit"] == "1/s":
        return ratio_text(peer["median"] / subject["median"])  # of the time for each
    return ratio_text(subject["median"] / peer["median"])


def ratio_text(value: float | None) -> str:
    """A ratio with two digits or more."""
    if value is None:
        return NOTHING
    return f"{value:.2g}" if value < 0.1 else f"{value:.{2 if value < 10 else 0}f}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *others = [f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([f"{first.strip():<{widths[0]}}", *others]).rstrip())
    return lines
