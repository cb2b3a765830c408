"""``snapjs workflow doctor``: whether all is well in a store."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..errors import SnapjsError, StoreError
from . import _show
from ._findings import Finding, report
from ._workflow_app import app_of, store, store_argument

if TYPE_CHECKING:
    from .._workflows.stored import Fault, Survey
    from ..workflows import App

_LATE: Final = 60.0
"""seconds after which somebody would have done what was due, if there were a worker for it"""


@click.command(no_args_is_help=True)
@store_argument
@click.option("--app", "app_name", metavar="MODULE:NAME", help="The app that has all steps.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(file: Path, app_name: str | None, as_json: bool) -> None:
    """Look whether all is well in STORE: that nothing is lost, nothing waits in vain, and every run can go on.

    Workers and runs go on meanwhile. All of the file is read.

    Exit codes: 0 all is well, 1 something is not; the report says what to do.
    """
    try:
        app = store(file) if app_name is None else app_of(app_name, file)
        faults, survey = app._store.faults(), app._store.survey()
    except StoreError as error:
        report([Finding("file", "fails", str(error))], as_json, "")
        return
    findings = [
        _file(app, survey),
        _rows(survey),
        *_faults(faults),
        _runs(survey),
        *_codes(app, survey),
        _steps(survey, app_name, app),
        _leases(survey, app._store.now()),
        _due(survey, app._store.now()),
    ]
    report(findings, as_json, "All is well.")


def _file(app: App, survey: Survey) -> Finding:
    text = f"{app.store}, {_show.size(os.path.getsize(app.store))}, of which {_show.size(survey.free)} are free"
    return Finding("file", "ok", text)


def _rows(survey: Survey) -> Finding:
    return Finding("size", "ok", ", ".join(f"{kind} {_show.size(size)}" for kind, size in survey.sizes.items()))


def _faults(faults: Iterable[Fault]) -> list[Finding]:
    found = []
    for (what, remedy), some in groupby(faults, key=lambda fault: (fault.what, fault.remedy)):
        found.append(Finding("consistency", "fails", f"{what}: {_listed(one.where for one in some)}", remedy))
    return found or [Finding("consistency", "ok", "nothing is damaged, lost, or there twice")]


def _runs(survey: Survey) -> Finding:
    if survey.stuck:
        text = f"wait for nothing that could come: {_listed(survey.stuck)}"
        remedy = "look at their code: they await a promise that nobody keeps. Cancel them"
        return Finding("runs", "fails", text, remedy)
    return Finding("runs", "ok", _counted((str(status), count) for status, count in survey.runs.items()))


def _codes(app: App, survey: Survey) -> list[Finding]:
    """Loads each code that is needed, with its engine."""
    found = []
    for code in survey.codes:
        try:
            app._codes.get(code)
        except (KeyError, SnapjsError) as error:
            remedy = "put back a copy of the file, or begin its runs again"
            found.append(Finding("codes", "fails", f"{code} cannot be used: {error}", remedy))
    return found or [Finding("codes", "ok", f"{len(survey.codes)} are needed, and can be used")]


def _steps(survey: Survey, app_name: str | None, app: App) -> Finding:
    text, known = _counted(survey.steps.items()), app._known_steps()
    if app_name is None:
        hint = "give --app to see whether it has them" if survey.steps else None
        return Finding("steps", "ok", f"wait or run: {text}", hint)
    missing = [(name, count) for name, count in survey.steps.items() if name not in known]
    if missing:
        remedy = f"have a worker that has them: {app_name} has {', '.join(app.steps) or 'none'}"
        return Finding("steps", "fails", f"are waited for that the app does not have: {_counted(missing)}", remedy)
    return Finding("steps", "ok", f"wait or run: {text}")


def _leases(survey: Survey, now: float) -> Finding:
    over = [lease for lease in survey.leases if lease.until < now - _LATE]
    if over:
        since = _show.duration(now - min(lease.until for lease in over))
        text = f"were not renewed, for {since}: {_listed(lease.owner for lease in over)} may have died"
        return Finding("leases", "fails", text, "start a worker, which takes over what they have begun")
    runs, steps = sum(lease.runs for lease in survey.leases), sum(lease.steps for lease in survey.leases)
    return Finding("leases", "ok", f"{len(survey.leases)} workers have {runs} runs and {steps} steps")


def _due(survey: Survey, now: float) -> Finding:
    if survey.due_at is None or survey.due_at >= now - _LATE:
        return Finding("due", "ok", "nobody has to wait for a worker")
    text = f"something has waited for a worker for {_show.duration(now - survey.due_at)}"
    return Finding("due", "fails", text, "start a worker, or more of them, with the steps that are waited for")


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {_show.printable(name)}" for name, count in counts) or "none"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_show.printable(name) for name in names)
