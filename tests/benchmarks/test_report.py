"""What the benchmarks say about figures that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.__main__ import main
from benchmarks.adapter import adapter_names
from benchmarks.report import compact, document, joined, publish, summary
from benchmarks.table import comparison, quantity, targets
from benchmarks.workloads import GROUPS, MEANS, RATIOS, WORKLOADS


def figure(median: float, low: float, high: float) -> dict[str, Any]:
    quartiles = [(low + median) / 2, (high + median) / 2]
    return {"min": low, "median": median, "max": high, "quartiles": quartiles, "samples": [low, median, high]}


def made_report() -> dict[str, Any]:
    """A report as `run` makes it."""
    load = {"at": 0.0, "averages": [0.5, 0.25, 0.125]}
    call = figure(3e-6, 2e-6, 5e-6)
    part = figure(1.25, 0.01234, 2.5)
    size = figure(4096.0, 4096.0, 4096.0)
    facts = {"group": "calls", "unit": "s", "target": None, "at_least": False}
    return {
        "format": 1,
        "started_at": "2026-01-02T03:04:05+00:00",
        "machine": {"processor": "P", "cores": 2, "system": "S", "python": "CPython 3"},
        "load": [load, load],
        "rounds": 10,
        "seconds": 0.25,
        "packages": {
            "snapjs": {"versions": {"python": "3", "snapjs": "1"}},
            "other": {"versions": {"other": "2"}},
            "none": {"versions": {"none": "3"}},
        },
        "workloads": [
            {**facts, "name": "call", "title": "call it", "target": 5e-6,
             "results": {"snapjs": call, "other": {**call, "median": 2e-6}, "none": {"unsupported": "not now"}}},
            {**facts, "name": "size", "title": "size", "unit": "B", "target": 2048,
             "results": {"snapjs": size, "other": {"unsupported": "no snapshots"}, "none": {"unsupported": "never"}}},
            {**facts, "name": "copy", "group": "heaps", "title": "copy", "unit": "times", "target": 1.5, "at_least": True,
             "results": {"snapjs": part, "other": part, "none": {"unsupported": "never"}}},
            {**facts, "name": "one", "group": "cpu", "title": "one",
             "results": {"snapjs": size, "other": {**size, "median": 1024.0}, "none": size}},
            {**facts, "name": "two", "group": "cpu", "title": "two",
             "results": {"snapjs": size, "other": size, "none": {"unsupported": "never"}}},
        ],
        "ratios": [
            {"title": "call by other's", "of": "call", "by": "call", "package": "other", "target": 2, "less": 0},
            {"title": "size by call", "of": "size", "by": "call", "package": "snapjs", "target": 2, "less": 0},
            {"title": "call by size", "of": "call", "by": "size", "package": "other", "target": 2, "less": 0},
            {"title": "call less 1 µs by other's", "of": "call", "by": "call", "package": "other", "target": 0.5,
             "less": 1e-6},
        ],
        "means": [
            {"title": "computing by other", "group": "cpu", "package": "other", "target": 2},
            {"title": "computing by none", "group": "cpu", "package": "none", "target": 2},
            {"title": "computing by one not asked", "group": "cpu", "package": "absent", "target": 2},
        ],
    }  # fmt: skip


# ---- the tables on a terminal


def test_table_has_medians_spread_ratios_and_reasons() -> None:
    assert comparison(made_report()).splitlines() == [
        "P, 2 cores, S, CPython 3",
        "load averages before and after: 0.50 0.25 0.12; 0.50 0.25 0.12",
        "snapjs: snapjs 1",
        "other: other 2",
        "none: none 3",
        "",
        "calls                          snapjs                         other  ratio",
        "call it  3.00 µs (2.00 µs to 5.00 µs)  2.00 µs (2.00 µs to 5.00 µs)   1.50",
        "size                          4.00 KB                             –      –",
        "",
        "heaps                   snapjs                    other  ratio",
        "copy   1.25× (0.0123× to 2.5×)  1.25× (0.0123× to 2.5×)",
        "",
        "cpu             snapjs   other  ratio    none  ratio",
        "one             4096 s  1024 s   4.00  4096 s   1.00",
        "two             4096 s  4096 s   1.00       –      –",
        "geometric mean                   2.00              –",
        "",
        "Median (smallest to largest). Ratio: snapjs by peer; below 1 snapjs takes less.",
        "– none: not now (call)",
        "– other: no snapshots (size)",
        "– none: never (size)",
        "– none: never (all heaps)",
        "– none: never (two)",
    ]


def test_small_ratio_keeps_its_digits() -> None:
    report = made_report()
    report["workloads"][0]["results"]["other"]["median"] = 1e-3
    assert comparison(report).splitlines()[7].endswith("  0.003")


def test_more_packages_than_fit_stand_in_another_table() -> None:
    report = made_report()
    (workload,) = report["workloads"] = report["workloads"][:1]
    workload["results"] |= {name: workload["results"]["other"] for name in "abcdef"}
    heads = [line.split() for line in comparison(report).splitlines() if line.startswith("calls")]
    assert heads == [
        ["calls", "snapjs", "other", "ratio", "a", "ratio", "b", "ratio", "c", "ratio"],
        ["calls", "snapjs", "d", "ratio", "e", "ratio", "f", "ratio"],
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(3.254e-6, "s", "3.25 µs"), (0.0123, "s", "12.3 ms"), (118e-9, "s", "118 ns"), (2.0, "s", "2.00 s"),
     (4567.0, "B", "4.46 KB"), (12.0, "B", "12.0 B"), (12345.0, "1/s", "12,345 /s"), (2.3149, "times", "2.31×")],
)  # fmt: skip
def test_quantity_has_three_digits(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


# ---- targets


def test_targets_stand_beside_the_figures() -> None:
    assert targets(made_report()).splitlines() == [
        "target                                limit   measured",
        "call it                     at most 5.00 µs    3.00 µs     met",
        "size                        at most 2.00 KB    4.00 KB  missed",
        "copy                          at least 1.5×      1.25×  missed",
        "call by other's                  at most 2×       1.5×     met",
        "size by call                     at most 2×  1.37e+09×  missed",
        "call by size                     at most 2×          –       –",
        "call less 1 µs by other's      at most 0.5×         1×  missed",
        "computing by other               at most 2×         2×     met",
        "computing by none                at most 2×          –       –",
        "computing by one not asked       at most 2×          –       –",
    ]


def test_targets_are_of_workloads_and_packages_that_there_are() -> None:
    assert {name for ratio in RATIOS for name in (ratio.of, ratio.by)} <= WORKLOADS.keys()
    assert {mean.group for mean in MEANS} <= GROUPS.keys()
    assert {part.package for part in (*RATIOS, *MEANS)} <= set(adapter_names())


# ---- what is published


def test_summary_has_few_digits_and_no_samples() -> None:
    report = made_report()
    report["workloads"] = report["workloads"][:1]
    report["workloads"][0]["results"]["snapjs"] = figure(1.23456e-6, 1.11111e-6, 2.22222e-6)
    (workload,) = summary(report)["workloads"]
    assert workload["results"]["snapjs"] == {
        "min": 1.111e-6, "median": 1.235e-6, "max": 2.222e-6, "quartiles": [1.173e-6, 1.728e-6], "count": 3,
    }  # fmt: skip
    assert workload["results"]["none"] == {"unsupported": "not now"}


def test_summary_of_a_summary_is_the_same() -> None:
    short = summary(made_report())
    assert summary(short) == short


def test_compact_json_has_a_line_for_each_figure() -> None:
    short = summary(made_report())
    text = compact(short)
    assert json.loads(text) == short
    assert '   "none": {"unsupported": "not now"}}},\n' in text


def test_document() -> None:
    assert document(summary(made_report())).splitlines()[10:] == [
        "P, 2 cores, S, CPython 3;",
        "2026-01-02T03:04:05+00:00, 10 rounds of 0.25 seconds each.",
        "The load average was 0.50 before and 0.50 after.",
        "",
        "| package | versions |",
        "|---|---|",
        "| `snapjs` | snapjs 1 |",
        "| `other` | other 2 |",
        "| `none` | none 3 |",
        "",
        "## Crossing the boundary",
        "",
        "![Crossing the boundary, by package](benchmarks/calls.svg)",
        "",
        "|  | snapjs | other |",
        "|---|---|---|",
        "| call it | 3.00 µs ±25 % | 2.00 µs ±37 % (1.50) |",
        "| size | 4.00 KB | – |",
        "",
        "## heaps",
        "",
        "![heaps, by package](benchmarks/heaps.svg)",
        "",
        "|  | snapjs | other |",
        "|---|---|---|",
        "| copy | 1.25× ±50 % | 1.25× ±50 % |",
        "",
        "## Computing",
        "",
        "![Computing, by package](benchmarks/cpu.svg)",
        "",
        "|  | snapjs | other | none |",
        "|---|---|---|---|",
        "| one | 4096 s | 1024 s (4.00) | 4096 s (1.00) |",
        "| two | 4096 s | 4096 s (1.00) | – |",
        "| geometric mean |  | 2.00 | – |",
        "",
        "## What snapjs wants to keep",
        "",
        "3 met, 4 missed, 3 not measured.",
        "",
        "|  | limit | measured |  |",
        "|---|---|---|---|",
        "| size | at most 2.00 KB | 4.00 KB | missed |",
        "| copy | at least 1.5× | 1.25× | missed |",
        "| size by call | at most 2× | 1.37e+09× | missed |",
        "| call less 1 µs by other's | at most 0.5× | 1× | missed |",
        "| call it | at most 5.00 µs | 3.00 µs | met |",
        "| call by other's | at most 2× | 1.5× | met |",
        "| call by size | at most 2× | – | – |",
        "| computing by other | at most 2× | 2× | met |",
        "| computing by none | at most 2× | – | – |",
        "| computing by one not asked | at most 2× | – | – |",
        "",
        "## What is missing",
        "",
        "- none: not now (call)",
        "- other: no snapshots (size)",
        "- none: never (size)",
        "- none: never (all heaps)",
        "- none: never (two)",
    ]


def later_report() -> dict[str, Any]:
    """Another run, of one of the groups."""
    report = summary(made_report())
    report["workloads"] = [workload for workload in report["workloads"] if workload["group"] == "heaps"]
    report["workloads"][0] |= {"name": "move", "title": "move"}
    report["packages"] = {"snapjs": {"versions": {"snapjs": "9"}}, "other": {"versions": {"other": "2"}}}
    return {**report, "started_at": "2027-01-02T03:04:05+00:00", "rounds": 3, "ratios": [], "means": []}


def test_group_that_is_measured_alone_replaces_that_group_only() -> None:
    published = summary(made_report())
    whole = joined(published, later_report())
    assert [workload["name"] for workload in whole["workloads"]] == ["call", "size", "one", "two", "move"]
    assert {name: whole[name] for name in ("started_at", "packages", "ratios", "means")} == {
        name: published[name] for name in ("started_at", "packages", "ratios", "means")
    }
    assert joined(whole, published) == published


def test_document_says_what_was_measured_apart() -> None:
    lines = document(joined(summary(made_report()), later_report())).splitlines()
    first = lines.index("## heaps")
    assert lines[first + 4 : first + 11] == [
        "Measured apart from the others:",
        "2027-01-02T03:04:05+00:00, 3 rounds of 0.25 seconds each.",
        "The load average was 0.50 before and 0.50 after.",
        "`snapjs`: snapjs 9.",
        "",
        "|  | snapjs | other |",
        "|---|---|---|",
    ]


def test_how_often_a_second_is_compared_by_the_time_for_each() -> None:
    report = made_report()
    report["workloads"] = report["workloads"][:1]
    report["workloads"][0]["unit"] = "1/s"
    report["workloads"][0]["results"] = {"snapjs": figure(2000.0, 1000.0, 4000.0), "other": figure(50.0, 50.0, 50.0)}
    assert comparison(report).splitlines()[-3].split() == [
        "call", "it", "2,000", "/s", "(1,000", "/s", "to", "4,000", "/s)", "50", "/s", "0.025",
    ]  # fmt: skip


def test_figures_are_shown_again_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps(made_report()), encoding="utf-8")
    main(["--from", str(file), "--targets"])
    assert capsys.readouterr().out == f"{comparison(made_report())}\n\n{targets(made_report())}\n"


@pytest.mark.peers
def test_same_figures_give_the_same_files(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        publish(made_report(), folder)
    first, second = ({file.name: file.read_bytes() for file in folder.rglob("*.*")} for folder in folders)
    assert sorted(first) == ["benchmarks.md", "calls.svg", "cpu.svg", "heaps.svg", "results.json"]
    assert first == second
    assert b"call it" in first["calls.svg"]


@pytest.mark.peers
def test_nothing_is_drawn_as_no_bar(tmp_path: Path) -> None:
    report = made_report()
    report["ratios"] = []
    report["workloads"][1]["results"]["other"] = figure(0.0, 0.0, 0.0)
    publish(report, tmp_path)
    assert b"0 B" in (tmp_path / "benchmarks" / "calls.svg").read_bytes()
