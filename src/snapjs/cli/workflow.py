"""``snapjs workflow``: durable workflows, their runs and their workers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from ..errors import JSError, LimitError, MemoryLimitError, StackLimitError, TimeLimitError
from . import _show
from ._ending import FAILED, LIMIT_FIRED, Refusal, is_watched
from ._options import given_json_value, json_value, named_json_value
from ._workflow_app import app_of, duration, loaded, run_argument, run_in, store, store_argument, until_signal
from ._workflow_clean import clean
from ._workflow_doctor import doctor
from ._workflow_key_file import key_file_option
from ._workflow_keys import rotate_keys, shred
from ._workflow_repair import fork, patch, pause, resume
from ._workflow_schedule import schedule
from ._workflow_show import Timeline, facts, failure_facts, listed, listing, waits
from ._workflow_status import progress, status_line
from ._workflow_stream import stream

_LIMITS: Final = {kind.__name__ for kind in (LimitError, TimeLimitError, MemoryLimitError, StackLimitError)}
_POLL: Final = 0.1
"""seconds between two looks at a run"""

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_reason_option = click.option("--reason", help="What the run is told.")
_attribute_option = click.option(
    "--attribute", "attributes", metavar="NAME=JSON", multiple=True, type=named_json_value, help="What is said of it."
)


@click.group()
@key_file_option
def workflow() -> None:
    """Workflows that wait in a database, in the file STORE.

    Exit codes: 0 done, 1 the JavaScript failed, 2 usage, 3 a limit fired.
    """


workflow.add_command(clean)
workflow.add_command(doctor)
workflow.add_command(schedule)
workflow.add_command(stream)
workflow.add_command(fork)
workflow.add_command(patch)
workflow.add_command(pause)
workflow.add_command(resume)
workflow.add_command(rotate_keys)
workflow.add_command(shred)


@workflow.command(no_args_is_help=True)
@store_argument
@click.argument("program", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@click.argument("arguments", metavar="[JSON]...", nargs=-1, type=json_value)
@click.option("--app", "app_name", metavar="MODULE:NAME", help="The app whose steps FILE imports.")
@click.option("--key", help="Where there is a run of FILE with this key, it is that one.")
@click.option("--deadline", metavar="DURATION", type=duration, help="When the run is told to end, as '30 days'.")
@_attribute_option
def start(
    file: Path,
    program: Path,
    arguments: tuple[Any, ...],
    app_name: str | None,
    key: str | None,
    deadline: timedelta | None,
    attributes: tuple[tuple[str, Any], ...],
) -> None:
    """Begin a run of the workflow in FILE, with these arguments, and print its id. A worker goes on with it.

    FILE may be the folder of a package. STORE is made if it is not there.
    """
    app = store(file, make=True) if app_name is None else app_of(app_name, file)
    run = app.start(program, *arguments, key=key, deadline=deadline, attributes=dict(attributes))
    click.echo(run.id)


@workflow.command("list", no_args_is_help=True)
@store_argument
@click.option(
    "--status", type=click.Choice(["running", "paused", "completed", "failed", "cancelled"]), help="Only these."
)
@click.option("--workflow", "name", metavar="NAME", help="Only runs of this file, by its name.")
@click.option("--key", help="Only runs with this key.")
@click.option("--since", metavar="DURATION", type=duration, help="Only those that began within it, as '2 days'.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many at most.")
@_attribute_option
@_json_option
def list_(
    file: Path,
    status: str | None,
    name: str | None,
    key: str | None,
    since: timedelta | None,
    limit: int,
    attributes: tuple[tuple[str, Any], ...],
    as_json: bool,
) -> None:
    """List the newest runs, newest first."""
    runs = store(file).list(status=status, workflow=name, key=key, attributes=dict(attributes), limit=limit)
    if since is not None:
        first = datetime.now(UTC) - since
        runs = [run for run in runs if run.created_at >= first]
    if as_json:
        click.echo(json.dumps([facts(run) for run in runs], indent=2))
        return
    _echo(listing(runs))


@workflow.command(no_args_is_help=True)
@store_argument
@run_argument
@click.option("--follow", is_flag=True, help="Go on until the run has ended.")
@_json_option
def show(file: Path, id: str, follow: bool, as_json: bool) -> None:
    """Show what has happened in RUN, turn by turn: what it was told, what it wanted, and what it waits for."""
    if follow and as_json:
        raise Refusal("--follow prints turns as they are taken, which is no JSON: give one of the two")
    run = run_in(file, id)
    if as_json:
        click.echo(json.dumps(listed(run), indent=2, ensure_ascii=False))
        return
    timeline = Timeline(run)
    _echo(timeline.head())
    with status_line() as status:
        while True:
            has_ended = run.status.is_final  # before the turns are read: none comes after
            turns = list(timeline.turns())
            if turns:
                status.clear()
                _echo(turns)
            if has_ended or not follow:
                break
            status.show(f"waits for {waits(run)}")
            time.sleep(_POLL)
    _echo(timeline.foot())


@workflow.command(no_args_is_help=True)
@store_argument
@run_argument
@click.option("--follow", is_flag=True, help="Wait until the run has ended.")
@click.option("--json", "as_json", is_flag=True, help="Print an object that says how it has ended, too.")
def result(file: Path, id: str, follow: bool, as_json: bool) -> None:
    """Print what RUN has returned, as JSON.

    Exit codes: 0 it has completed, 1 it has failed or was cancelled, 2 it has not ended, 3 a limit has stopped it.
    """
    run = run_in(file, id)
    if not follow and not run.status.is_final:
        raise Refusal(f"the run {run.id} has not ended: --follow waits for it, and show says what it waits for")
    value, failure = None, None
    with status_line() as status:
        while not run.status.is_final:
            status.show(f"waits for {waits(run)}")
            time.sleep(_POLL)
    try:
        value = run.result()
    except JSError as error:
        failure = error
    if as_json:
        _print({"id": run.id, "status": run.status, "result": value, "error": failure and failure_facts(failure)})
    elif failure is None:
        _print(value)
    else:
        click.echo(f"{failure}\n{failure.stack or ''}".rstrip(), err=True)
    if failure is not None:
        raise click.exceptions.Exit(LIMIT_FIRED if failure.name in _LIMITS else FAILED)


@workflow.command(no_args_is_help=True)
@store_argument
@run_argument
@click.argument("name", metavar="HOOK")
@click.argument("value", metavar="[JSON]", default="null", type=given_json_value)
@click.option("--key", help="A second delivery with the same key is none.")
def deliver(file: Path, id: str, name: str, value: Any, key: str | None) -> None:
    """Give a value to a hook of RUN, now or when it comes to wait there.

    With - as JSON, it is read from standard input.
    """
    run_in(file, id).deliver(name, value, key=key)


@workflow.command(no_args_is_help=True)
@store_argument
@run_argument
@_reason_option
def cancel(file: Path, id: str, reason: str | None) -> None:
    """Abort RUN: what it waits for is rejected. It may go on, to undo what it has done."""
    run = run_in(file, id)
    run.cancel() if reason is None else run.cancel(reason)


@workflow.command(no_args_is_help=True)
@store_argument
@run_argument
@_reason_option
def terminate(file: Path, id: str, reason: str | None) -> None:
    """End RUN now. Nothing of it runs any more."""
    run = run_in(file, id)
    run.terminate() if reason is None else run.terminate(reason)


@workflow.command(no_args_is_help=True)
@store_argument
@run_argument
@click.argument("expression")
def query(file: Path, id: str, expression: str) -> None:
    """Evaluate an EXPRESSION of JavaScript in a copy of RUN, and print its value as JSON.

    What the workflow's module exports is in scope. The run itself goes on as if nothing had happened.
    """
    try:
        value = run_in(file, id).query(expression)
    except LimitError as error:
        click.echo(f"Stopped: {error}", err=True)
        raise click.exceptions.Exit(LIMIT_FIRED) from None
    _print(value)


@workflow.command(no_args_is_help=True)
@store_argument
@click.option("--app", "app_name", metavar="MODULE:NAME", required=True, help="The app whose steps it runs.")
@click.option("--threads", type=click.IntRange(min=1), default=4, show_default=True, help="Turns and steps at a time.")
def worker(file: Path, app_name: str, threads: int) -> None:
    """Take turns of the runs in STORE, and run the steps of an app, until Ctrl-C or SIGTERM.

    What has begun is then finished; a second Ctrl-C does not wait for it. Any number of workers may run at once, and
    one that dies is replaced by the others.
    """
    app = app_of(app_name, file)
    if is_watched():
        names = ", ".join(app.steps) or "none"
        click.echo(f"Working on {file}. Steps: {names}. Ctrl-C ends.", err=True)
    with until_signal() as has_come, progress(app) as show:
        app.run_worker(threads=threads, until=lambda: show() or has_come())


@workflow.command(no_args_is_help=True)
@click.argument("app_name", metavar="MODULE:NAME")
def types(app_name: str) -> None:
    """Print TypeScript declarations of what workflows of an app import: app:steps and snapjs:workflow.

    An editor finds them in a .d.ts file beside the workflows.
    """
    try:
        click.echo(loaded(app_name).dts(), nl=False)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _print(value: Any) -> None:
    click.echo(json.dumps(_show.plain(value), ensure_ascii=False))
