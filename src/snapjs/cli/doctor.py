"""``snapjs doctor``: whether snapjs works on this machine. Each line is found out by doing what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Final

import click

from ._doctor_checks import Check, failed
from ._findings import Finding, report

_FIRST: Final = ("installation", "engine")
"""what all others stand on"""
_OTHERS: Final = ("machine", "programs", "parts", "extras")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Check that everything works on this machine.

    Looks at the installation, the folders that snapjs writes to, memory, threads, snapshots across processes, and each
    part of snapjs, by using it. A part that is optional and not installed is "none", and no failure.

    Exit codes: 0 everything works, 1 something does not; the report says what to do.
    """
    report(_findings(), as_json, "Everything works.")


def _findings() -> Iterator[Finding]:
    for name in _FIRST:
        works = True
        for finding in _findings_of(name):
            works = works and finding.status != "fails"
            yield finding
        if not works:
            yield Finding("all the rest", "none", "was not looked at, for it needs what fails")
            return
    for name in _OTHERS:
        yield from _findings_of(name)


def _findings_of(name: str) -> Iterator[Finding]:
    # What is broken may be what a module imports.
    try:
        checks: Mapping[str, Check] = import_module(f"._doctor_{name}", __package__).CHECKS
    except Exception as error:
        yield failed(name, error)
    else:
        yield from _run(checks)


def _run(checks: Mapping[str, Check]) -> Iterable[Finding]:
    """What checks find; an exception of any kind is a finding too, and ends its check only."""
    for name, check in checks.items():
        try:
            yield from check()
        except Exception as error:
            yield failed(name, error)
