"""What a command has found out that looks whether all is well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import click

from . import _show


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    name: str
    status: Literal["ok", "slow", "fails"]
    """slow: works, but another way would be faster"""
    text: str
    remedy: str | None = None
    seconds: float | None = None


def report(findings: Sequence[Finding], as_json: bool, all_well: str) -> None:
    """Print findings, and what to do about them.

    :param all_well: what is said where none fails.
    :raises click.exceptions.Exit: with 1, where one does.
    """
    failed = [finding for finding in findings if finding.status == "fails"]
    if as_json:
        click.echo(json.dumps({"works": not failed, "checks": [asdict(finding) for finding in findings]}, indent=2))
    else:
        for finding in findings:
            took = "" if finding.seconds is None else f" ({_show.duration(finding.seconds)})"
            click.echo(f"{finding.status:<6} {finding.name:<14} {finding.text}{took}")
            if finding.remedy is not None:
                click.echo(f"{'':<22}→ {finding.remedy}")
        click.echo(f"{len(failed)} of {len(findings)} checks failed." if failed else all_well)
    if failed:
        raise click.exceptions.Exit(1)
