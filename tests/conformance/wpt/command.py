"""The command that runs web-platform-tests in snapjs, and in other engines beside it."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import click
from skip_lists import read_skipped

from . import document, report
from .areas import AREAS
from .execute import Limits
from .expectations import Expectations
from .figures import Figures
from .peers import peers
from .pool import SNAPJS, Settings, run_tests
from .results import Result, read_results, write_results
from .skips import reason_to_skip
from .suite import Suite, SuiteNotFound, Test

_LISTS = Path(__file__).parents[1]
EXPECTED_FAILURES = _LISTS / "wpt_expected_failures.txt"
SKIPPED = _LISTS / "wpt_skipped.txt"

_DOCUMENTS = Path(__file__).parents[3] / "docs"

_LIST = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)


def selected(
    suite: Suite, areas: Collection[str], filters: Collection[str], skipped: Mapping[str, str]
) -> tuple[list[tuple[str, Test]], Counter[str]]:
    """The tests to run, each with the name of its area, and how many are skipped for which reasons.

    :param areas: names of areas; all without one.
    :param filters: texts of which a test must have one in its name; all tests without one.
    """
    tests: list[tuple[str, Test]] = []
    skips: Counter[str] = Counter()
    for area in AREAS:
        if areas and area.name not in areas:
            continue
        for test in suite.tests(area):
            if filters and not any(text in test.name for text in filters):
                continue
            if reason := reason_to_skip(test, skipped):
                skips[reason] += 1
            else:
                tests.append((area.name, test))
    return tests, skips


def run(settings: Settings, tests: Sequence[tuple[str, Test]], jobs: int) -> list[Result]:
    """Run tests in all engines. Progress goes to a terminal."""
    results: list[Result] = []
    for result in run_tests(settings, tests, jobs):
        results.append(result)
        if sys.stderr.isatty():
            print(f"\r{len(results)} of {len(tests) * (1 + len(settings.peers))}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return results


def _known(kept: Path, tests: Sequence[tuple[str, Test]]) -> list[Result]:
    """Results of these tests that an earlier run kept."""
    names = {test.name for _, test in tests}
    return [result for result in read_results(kept) if result.test in names]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), envvar="SNAPJS_WPT")
@click.option("--area", "areas", multiple=True, metavar="NAME", help="Only tests of this area.")
@click.option("--filter", "filters", multiple=True, metavar="TEXT", help="Only tests with TEXT in their names.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes; all cores by default.")
@click.option("--timeout", type=float, default=Limits.seconds, show_default=True, help="Seconds for one test.")
@click.option("--lines", type=click.IntRange(1), default=60, show_default=True, help="Most lines of a listing.")
@click.option("--node", metavar="PROGRAM", help="Run the tests in this Node.js, too.")
@click.option("--deno", metavar="PROGRAM", help="Run the tests in this Deno, too.")
@click.option(
    "--peers", "kept", type=_NEW, help="Results of other engines: read if there is such a file, else written."
)
@click.option("--expected", type=_LIST, default=EXPECTED_FAILURES, help="Another list of expected failures.")
@click.option("--skipped", type=_LIST, default=SKIPPED, help="Another list of skips.")
@click.option("--figures", "figures_path", type=_NEW, help="Write how many subtests pass there, as JSON.")
@click.option("--publish", is_flag=True, help="Write docs/web-conformance.md and the JSON file beside it.")
@click.option("--update-expected", is_flag=True, help="Make the list of expected failures true of this run.")
def main(
    folder: Path,
    areas: Sequence[str],
    filters: Sequence[str],
    jobs: int,
    timeout: float,
    lines: int,
    node: str | None,
    deno: str | None,
    kept: Path | None,
    expected: Path,
    skipped: Path,
    figures_path: Path | None,
    publish: bool,
    update_expected: bool,
) -> None:
    """Run web-platform-tests, the conformance suite of the web's APIs, which FOLDER or SNAPJS_WPT holds.

    Exits with 1 when a subtest fails that is not in the list of expected failures, or when a line of that list is not
    true.
    """
    try:
        suite = Suite(folder)
    except SuiteNotFound as error:
        raise click.UsageError(str(error)) from None
    tests, skips = selected(suite, areas, filters, read_skipped(skipped))
    if not tests:
        raise click.UsageError("no test of the suite is of such an area and has such a name")
    engines = peers(node, deno)
    known = _known(kept, tests) if kept and kept.exists() else []
    settings = Settings(folder=folder, limits=Limits(seconds=timeout), peers=() if known else engines)
    start = time.monotonic()
    results = sorted([*known, *run(settings, tests, jobs)])
    ours = [result for result in results if result.engine == SNAPJS]
    if kept and not known:
        write_results((result for result in results if result.engine != SNAPJS), kept)
    expectations = Expectations.read(expected)
    if update_expected:
        expectations = expectations.updated(ours)
        expectations.write(expected)
    comparison = expectations.compare(ours)
    figures = Figures.of(results)
    versions = {peer.name: peer.version for peer in engines}
    if figures_path:
        figures_path.write_text(document.data(figures, versions), encoding="utf-8")
    if publish:
        document.publish(_DOCUMENTS, figures, versions, comparison.causes, skips)
    click.echo(report.text(results, comparison, figures, time.monotonic() - start, lines))
    sys.exit(0 if comparison.is_as_expected else 1)
