"""The command that runs test262 in snapjs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import click
from skip_lists import read_skipped

from .execute import Limits
from .expectations import Expectations
from .pool import Settings, run_tests
from .report import Report
from .results import Result
from .suite import SuiteNotFound, open_suite

_LISTS = Path(__file__).parents[1]
EXPECTED_FAILURES = _LISTS / "expected_failures.txt"
SKIPPED = _LISTS / "skipped.txt"

_LIST = click.Path(exists=True, dir_okay=False, path_type=Path)


def run(settings: Settings, filters: Collection[str], jobs: int) -> list[Result]:
    """Run the tests whose names have one of the texts in them; all without a text. Progress goes to a terminal."""
    names = [n for n in open_suite(settings.folder).names() if not filters or any(text in n for text in filters)]
    results: list[Result] = []
    done: set[str] = set()
    for some in run_tests(settings, names, jobs):
        results += some
        done.update(result.name for result in some)
        if sys.stderr.isatty():
            print(f"\r{len(done)} of {len(names)} files", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return results


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), envvar="SNAPJS_TEST262")
@click.option("--filter", "filters", multiple=True, metavar="TEXT", help="Only tests with TEXT in their names.")
@click.option("--features", default="", metavar="NAME,…", help="Only tests that use one of these features.")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, help="Processes; all cores by default.")
@click.option("--timeout", type=float, default=Limits.seconds, show_default=True, help="Seconds for one run of a test.")
@click.option("--no-skips", is_flag=True, help="Run what the list of skips leaves out, too.")
@click.option("--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write all there.")
@click.option("--expected", type=_LIST, default=EXPECTED_FAILURES, help="Another list of expected failures.")
@click.option("--skipped", type=_LIST, default=SKIPPED, help="Another list of skips.")
@click.option("--update-expected", is_flag=True, help="Make the list of expected failures true of this run.")
def main(
    folder: Path,
    filters: Sequence[str],
    features: str,
    jobs: int,
    timeout: float,
    no_skips: bool,
    json_path: Path | None,
    expected: Path,
    skipped: Path,
    update_expected: bool,
) -> None:
    """Run test262, the conformance suite of ECMAScript, which FOLDER or SNAPJS_TEST262 holds.

    Exits with 1 when a test fails that is not in the list of expected failures, or when a line of that list is not true.
    """
    only = frozenset(filter(None, features.split(",")))
    settings = Settings(
        folder=folder,
        limits=Limits(seconds=timeout),
        skipped={} if no_skips else read_skipped(skipped),
        only_features=only,
    )
    start = time.monotonic()
    try:
        results = run(settings, filters, jobs)
    except SuiteNotFound as error:
        raise click.UsageError(str(error)) from None
    if not results:
        raise click.UsageError("no test of the suite has such a name and such a feature")
    expectations = Expectations.read(expected)
    if update_expected:
        expectations = expectations.updated(results)
        expectations.write(expected)
    comparison = expectations.compare(results)
    report = Report(results, comparison, time.monotonic() - start)
    if json_path:
        report.write_json(json_path)
    click.echo(report.text())
    sys.exit(0 if comparison.is_as_expected else 1)
