"""The page of figures, and the same figures for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from .figures import AreaFigures, Figures
from .pool import SNAPJS

_HEAD = """\
# How far the web's APIs conform

Subtests of [web-platform-tests](https://web-platform-tests.org) that snapjs passes, beside {peers}: the same files.
Made by `make wpt` from the copy of the suite that `tests/conformance/fetch_wpt.sh` fetches. CI runs the
suite in snapjs, and fails when a subtest fails that is not in `tests/conformance/wpt_expected_failures.txt`, when one
passes that is in it, and when snapjs passes less in an area than this page says.

- **files**: tests named `*.any.js`, which are for any kind of global object; each variant of a file counts.
- **subtests**: all that were seen in any of the engines. A file that fails at its start shows none of its own.
- **elsewhere**: how many of them pass in {either} and fail in snapjs.

All engines run the scripts in one global scope without a window, a document, workers or the suite's server; data files
come from its folder. Tests of interfaces see the global object as that of a worker. The clock of snapjs is a virtual
one; that of the others is real.
"""


def page(figures: Figures, versions: Mapping[str, str], causes: Counter[tuple[str, str]], skips: Counter[str]) -> str:
    """The page as Markdown.

    :param versions: of the other engines.
    :param causes: how many subtests fail in snapjs, by area and cause.
    :param skips: how many files are not run, by reason.
    """
    peers = [engine for engine in figures.engines if engine != SNAPJS]
    names = [f"{engine} {versions[engine]}" for engine in peers]
    head = _HEAD.format(peers=" and ".join(names), either=" or ".join(peers))
    return "\n".join(
        [
            head,
            _row("area", "files", "subtests", SNAPJS, *names, "elsewhere"),
            _row("---", *["--:"] * (len(names) + 4)),
            *(_area(area, figures.engines) for area in [*figures.areas, figures.total]),
            "\n## What fails in snapjs\n",
            _row("area", "cause", "subtests"),
            _row("---", "---", "--:"),
            *(_row(area, cause, f"{number:,}") for (area, cause), number in sorted(causes.items())),
            "\n## What is not run\n",
            "Tests in HTML files and those named `*.window.js` or `*.worker.js`, which are for a document or a worker.",
            "Of the files named `*.any.js` in the folders of these areas:\n",
            _row("reason", "files"),
            _row("---", "--:"),
            *(_row(reason, f"{number:,}") for reason, number in sorted(skips.items())),
            "",
        ]
    )


def data(figures: Figures, versions: Mapping[str, str]) -> str:
    """The figures as JSON."""
    areas = {a.name: {"files": a.files, "subtests": a.subtests, "passed": dict(a.passed)} for a in figures.areas}
    return json.dumps({"engines": dict(versions), "areas": areas}, indent=1) + "\n"


def publish(
    folder: Path,
    figures: Figures,
    versions: Mapping[str, str],
    causes: Counter[tuple[str, str]],
    skips: Counter[str],
) -> None:
    """Write the page and the JSON file into a folder."""
    (folder / "web-conformance.md").write_text(page(figures, versions, causes, skips), encoding="utf-8")
    (folder / "web-conformance.json").write_text(data(figures, versions), encoding="utf-8")


def _area(area: AreaFigures, engines: tuple[str, ...]) -> str:
    passed = (_share(area.passed[engine], area.subtests) for engine in engines)
    return _row(area.name, f"{area.files:,}", f"{area.subtests:,}", *passed, f"{area.elsewhere:,}")


def _share(number: int, total: int) -> str:
    # 100 % is for all only
    return f"{number:,} · {int(1000 * number / max(1, total)) / 10:.1f} %"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
