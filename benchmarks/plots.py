"""Bars for each workload of a group, as SVG. Needs matplotlib."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from .adapter import SUBJECT
from .table import group_workloads, quantity

_COLUMNS = 3
_WIDTH, _BAR, _AROUND = 4.6, 0.2, 0.75
"""inches: of a column; of a bar; of a title and the space between rows"""
_SUBJECT_COLOUR, _PEER_COLOUR, _TEXT_COLOUR = "#d9480f", "#9aa5b1", "#6b7280"
"""the last is legible on a light page and on a dark one"""
_ROOM_FOR_TEXT = 5
"""how many times the longest bar is as far as a plot reaches"""


def draw(report: dict[str, Any], group: str, file: Path) -> None:
    """Write the plots of a group to a file: those workloads that another package than snapjs can do too."""
    plotted = [(workload, bars) for workload in group_workloads(report, group) if len(bars := _bars(workload)) > 1]
    rows = max(1, ceil(len(plotted) / _COLUMNS))
    most = max((len(bars) for _, bars in plotted), default=1)
    # The salt and the missing date make the same file of the same figures.
    with matplotlib.rc_context({"svg.hashsalt": "snapjs", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(_COLUMNS * _WIDTH, rows * (most * _BAR + _AROUND)), layout="constrained")
        plots = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
        for (workload, bars), plot in zip(plotted, plots, strict=False):
            _draw(plot, workload, bars)
        for plot in plots[len(plotted) :]:
            plot.set_axis_off()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})


def _bars(workload: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = [(name, result) for name, result in workload["results"].items() if "unsupported" not in result]
    return sorted(found, key=lambda bar: -bar[1]["median"])


def _draw(plot: Axes, workload: dict[str, Any], bars: list[tuple[str, dict[str, Any]]]) -> None:
    medians = [result["median"] for _, result in bars]
    # A scale that is logarithmic has no place for nothing: it is no bar.
    smallest = min((median for median in medians if median > 0), default=1.0) / 2
    plot.barh(
        [name for name, _ in bars],
        [max(0.0, median - smallest) for median in medians],
        left=smallest,
        color=[_SUBJECT_COLOUR if name == SUBJECT else _PEER_COLOUR for name, _ in bars],
    )
    for row, median in enumerate(medians):
        plot.text(max(median, smallest) * 1.1, row, quantity(median, workload["unit"]), va="center", color=_TEXT_COLOUR)
    plot.set_xscale("log")
    plot.set_xlim(smallest, max(*medians, smallest) * _ROOM_FOR_TEXT)
    plot.set_title(workload["title"], color=_TEXT_COLOUR, loc="left")
    plot.xaxis.set_major_locator(NullLocator())
    plot.xaxis.set_minor_locator(NullLocator())
    plot.tick_params(colors=_TEXT_COLOUR, length=0)
    for side in plot.spines.values():
        side.set_visible(False)
