"""``python -m benchmarks``, from the root of the repository."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import compare, quoted
from .adapter import SUBJECT, adapter_names
from .report import publish
from .runner import ROOT, run
from .table import comparison, targets
from .workloads import GROUPS, WORKLOADS

_ROUNDS, _SECONDS = 10, 0.25
_QUICK_ROUNDS, _QUICK_SECONDS = 2, 0.02


def main(arguments: list[str] | None = None) -> None:
    peers = [name for name in adapter_names() if name != SUBJECT]
    options = _parser(peers).parse_args(arguments)
    if options.origin:
        report = json.loads(options.origin.read_text(encoding="utf-8"))
    else:
        report = run(
            options.peers,
            options.workloads or selected(options.group, options.quick),
            rounds=_QUICK_ROUNDS if options.quick else _ROUNDS,
            seconds=_QUICK_SECONDS if options.quick else _SECONDS,
            progress=show_progress,
        )
        show_progress("")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(comparison(report))
    if options.targets:
        print(f"\n{targets(report)}")
    if options.publish:
        publish(report, ROOT / "docs")
        compare.write(ROOT / "docs")
        quoted.write(ROOT)


def selected(groups: list[str], quick: bool) -> list[str]:
    return [
        workload.name
        for workload in WORKLOADS.values()
        if workload.group in groups and not (quick and workload.full_only)
    ]


def _parser(peers: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Compare the speed of snapjs with other packages."
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, smaller heaps: two minutes")
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=peers,
        default=peers,
        metavar="NAME",
        help=f"of {', '.join(peers)}; all by default, no name for snapjs alone",
    )
    parser.add_argument(
        "--group", nargs="+", choices=list(GROUPS), default=list(GROUPS), metavar="NAME",
        help=f"of {', '.join(GROUPS)}; all by default",
    )  # fmt: skip
    parser.add_argument(
        "--workloads", nargs="+", choices=list(WORKLOADS), metavar="NAME",
        help=f"instead of a group: of {', '.join(WORKLOADS)}",
    )  # fmt: skip
    parser.add_argument(
        "--from", type=Path, dest="origin", metavar="FILE", help="measure nothing: show such a JSON file"
    )
    parser.add_argument("--targets", action="store_true", help="also list what snapjs wants to keep")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    parser.add_argument(
        "--publish", action="store_true", help="write docs/benchmarks.md, and the figures of it in other pages"
    )
    return parser


def show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
