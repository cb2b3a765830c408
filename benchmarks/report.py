"""The figures as files that are published: ``docs/benchmarks.md`` and, beside it, the JSON and the plots.

The same JSON gives the same files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .adapter import SUBJECT
from .table import (
    NOTHING,
    found_targets,
    group_workloads,
    groups,
    mean_ratio,
    measured_peers,
    quantity,
    ratio,
    ratio_text,
    reasons,
    spread,
)

_DIGITS = 4
_TITLES = {
    "machines": "Making machines",
    "calls": "Crossing the boundary",
    "data": "Copying data",
    "snapshots": "Snapshots",
    "cpu": "Computing",
    "web": "The web platform",
    "bridge": "A library for a server",
    "workflows": "Durable workflows",
}
_INTRODUCTION = """\
# Benchmarks

Made by `make bench` from [results.json](benchmarks/results.json); `benchmarks/README.md` says what each workload and
package is, and how it is measured. The figures are one machine's. What carries over to others is how the packages
compare.

In the tables, a figure is the median, ± half the distance between the quartiles. In parentheses is what snapjs takes by
what that package takes: below 1 snapjs takes less. A dash means that the package cannot do it, for a reason that stands
at the end. In the plots the scale is logarithmic, and shorter is better, except for "two …" and rates.
"""


def publish(report: dict[str, Any], folder: Path) -> None:
    """Write everything to a folder for documents. Groups that the report lacks stay there as they are.

    :raises ImportError: matplotlib is not installed.
    """
    from .plots import draw

    beside = folder / "benchmarks"
    beside.mkdir(exist_ok=True)
    file = beside / "results.json"
    short = summary(report)
    whole = joined(json.loads(file.read_text(encoding="utf-8")), short) if file.exists() else short
    file.write_text(compact(whole), encoding="utf-8")
    for group in groups(short):
        draw(whole, group, beside / f"{group}.svg")
    (folder / "benchmarks.md").write_text(document(whole), encoding="utf-8")


def joined(published: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """What was published, with the groups of a report in the place of those of the same names.

    ``apart`` says of each group that another run measured than the others when and with what that was.
    """
    replaced = set(groups(report))
    if replaced >= set(groups(published)):
        return report
    names = {workload["name"] for workload in published["workloads"] if workload["group"] in replaced}
    run = {name: report[name] for name in ("started_at", "load", "rounds", "seconds", "packages")}
    new = {name: found for name, found in report["packages"].items() if name not in published["packages"]}
    old = {group: facts for group, facts in published.get("apart", {}).items() if group not in replaced}
    return {
        **published,
        "packages": {**published["packages"], **new},
        "workloads": [each for each in published["workloads"] if each["group"] not in replaced] + report["workloads"],
        "ratios": [each for each in published["ratios"] if each["of"] not in names] + report["ratios"],
        "means": [each for each in published["means"] if each["group"] not in replaced] + report["means"],
        "apart": {**old, **dict.fromkeys(groups(report), run)},
    }


def short(result: dict[str, Any]) -> dict[str, Any]:
    """A figure with a few digits, and the number of its samples in their place."""
    if "unsupported" in result:
        return result
    rounded = {name: _rounded(result[name]) for name in ("min", "median", "max", "quartiles")}
    return {**rounded, "count": result["count"] if "count" in result else len(result["samples"])}


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """The report with medians, extremes and quartiles of a few digits, and the number of samples in their place."""

    workloads = [
        {**workload, "results": {name: short(result) for name, result in workload["results"].items()}}
        for workload in report["workloads"]
    ]
    return {**report, "workloads": workloads}


def _rounded(value: Any) -> Any:
    return [_rounded(each) for each in value] if isinstance(value, list) else float(f"{value:.{_DIGITS}g}")


def compact(report: dict[str, Any]) -> str:
    """JSON with a line for each figure."""
    workloads = [
        json.dumps({name: value for name, value in workload.items() if name != "results"}, ensure_ascii=False)[:-1]
        + ', "results": {\n'
        + ",\n".join(f"   {json.dumps(name)}: {json.dumps(found)}" for name, found in workload["results"].items())
        + "}}"
        for workload in report["workloads"]
    ]
    rest = json.dumps({**report, "workloads": []}, indent=1, ensure_ascii=False)
    return rest.replace('"workloads": []', '"workloads": [\n  ' + ",\n  ".join(workloads) + "\n ]") + "\n"


def document(report: dict[str, Any]) -> str:
    """The page, in Markdown."""
    parts = [_INTRODUCTION, *_circumstances(report)]
    for group in groups(report):
        title = _TITLES.get(group, group)
        parts += [f"\n## {title}\n", f"![{title}, by package](benchmarks/{group}.svg)\n"]
        parts += [*_apart(report, group), *_group(report, group)]
    parts += ["\n## What snapjs wants to keep\n", *_targets(report), "\n## What is missing\n"]
    parts += [f"- {reason.removeprefix(NOTHING).strip()}" for reason in reasons(report)]
    return "\n".join(parts) + "\n"


def _circumstances(report: dict[str, Any]) -> Iterator[str]:
    machine = report["machine"]
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, {machine['python']};"
    yield from _run(report)
    yield ""
    yield from _rows([
        ["package", "versions"],
        *([f"`{name}`", _versions(facts)] for name, facts in report["packages"].items()),
    ])  # fmt: skip


def _run(facts: dict[str, Any]) -> Iterator[str]:
    yield f"{facts['started_at']}, {facts['rounds']} rounds of {facts['seconds']} seconds each."
    before, after = (load["averages"] for load in facts["load"])
    if before:
        yield f"The load average was {before[0]:.2f} before and {after[0]:.2f} after."


def _apart(report: dict[str, Any], group: str) -> Iterator[str]:
    """What is otherwise in a group than in the others."""
    facts = report.get("apart", {}).get(group)
    if facts is not None:
        packages = facts["packages"].items()
        other = [f"`{name}`: {_versions(found)}" for name, found in packages if found != report["packages"].get(name)]
        yield "Measured apart from the others:"
        yield from _run(facts)
        yield from (f"{text}." for text in ["; ".join(other)] if text)
        yield ""


def _versions(facts: dict[str, Any]) -> str:
    if "versions" not in facts:
        return f"not available: {facts['unavailable']}"
    return ", ".join(f"{name} {version}" for name, version in facts["versions"].items() if name != "python")


def _group(report: dict[str, Any], group: str) -> Iterator[str]:
    peers = measured_peers(report, group)
    rows = [["", SUBJECT, *peers]]
    for workload in group_workloads(report, group):
        cells = (_cell(workload, peer, ratio(workload, peer)) for peer in peers)
        rows.append([workload["title"], _cell(workload, SUBJECT), *cells])
    if any(mean["group"] == group for mean in report["means"]):
        rows.append(["geometric mean", "", *(ratio_text(mean_ratio(report, group, peer)) for peer in peers)])
    yield from _rows(rows)


def _cell(workload: dict[str, Any], package: str, compared: str = "") -> str:
    result = workload["results"][package]
    if "unsupported" in result:
        return NOTHING
    around = f" ±{100 * spread(result):.0f} %" if result["quartiles"][0] != result["quartiles"][1] else ""
    return quantity(result["median"], workload["unit"]) + around + (f" ({compared})" if compared else "")


def _targets(report: dict[str, Any]) -> Iterator[str]:
    found = sorted(found_targets(report), key=lambda target: target.verdict != "missed")
    missed, met = (sum(target.verdict == verdict for target in found) for verdict in ("missed", "met"))
    yield f"{met} met, {missed} missed, {len(found) - met - missed} not measured.\n"
    yield from _rows([["", "limit", "measured", ""], *map(list, found)])


def _rows(rows: list[list[str]]) -> Iterator[str]:
    head, *others = rows
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for row in others:
        yield f"| {' | '.join(row)} |"
