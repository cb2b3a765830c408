"""``python -m benchmarks``, from the root of the repository."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .adapter import SUBJECT, adapter_names
from .runner import run
from .table import comparison, targets
from .workloads import WORKLOADS

_ROUNDS, _SECONDS = 10, 0.5
_QUICK_ROUNDS, _QUICK_SECONDS = 3, 0.1


def main(arguments: list[str] | None = None) -> None:
    peers = [name for name in adapter_names() if name != SUBJECT]
    options = _parser(peers).parse_args(arguments)
    report = run(
        options.peers,
        options.workloads,
        rounds=_QUICK_ROUNDS if options.quick else _ROUNDS,
        seconds=_QUICK_SECONDS if options.quick else _SECONDS,
        progress=_progress,
    )
    _progress("")
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    print(comparison(report))
    if options.targets:
        print(f"\n{targets(report)}")


def _parser(peers: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Compare the speed of snapjs with other packages."
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: well under two minutes")
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=peers,
        default=peers,
        metavar="NAME",
        help=f"of {', '.join(peers)}; all by default, no name for snapjs alone",
    )
    parser.add_argument(
        "--workloads",
        nargs="+",
        choices=list(WORKLOADS),
        default=list(WORKLOADS),
        metavar="NAME",
        help=f"of {', '.join(WORKLOADS)}; all by default",
    )
    parser.add_argument("--targets", action="store_true", help="also list what snapjs wants to stay under")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured to this file")
    return parser


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
