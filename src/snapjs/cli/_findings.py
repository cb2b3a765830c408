"""What a command has found out that looks whether all is well."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import click

from . import _show


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    name: str
    status: Literal["ok", "none", "slow", "fails"]
    """none: optional, and not there; slow: works, but another way would be faster"""
    text: str
    remedy: str | None = None
    seconds: float | None = None


def report(findings: Iterable[Finding], as_json: bool, all_well: str) -> None:
    """Print findings, each as soon as it is there, and what to do about them; as JSON, all at the end.

    :param all_well: what is said where none fails.
    :raises click.exceptions.Exit: with 1, where one does.
    """
    found = []
    for finding in findings:
        found.append(finding)
        if not as_json:
            _print(finding)
    failed = [finding for finding in found if finding.status == "fails"]
    if as_json:
        click.echo(json.dumps({"works": not failed, "checks": [asdict(finding) for finding in found]}, indent=2))
    else:
        click.echo(f"{len(failed)} of {len(found)} checks failed." if failed else all_well)
    if failed:
        raise click.exceptions.Exit(1)


def _print(finding: Finding) -> None:
    took = "" if finding.seconds is None else f" ({_show.duration(finding.seconds)})"
    click.echo(f"{finding.status:<6} {finding.name:<14} {finding.text}{took}")
    if finding.remedy is not None:
        click.echo(f"{'':<22}→ {finding.remedy}")
