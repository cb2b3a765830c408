"""``snapjs workflow schedule``: moments at which runs begin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from . import _show
from ._ending import Refusal
from ._options import json_value
from ._workflow_app import app_of, store, store_argument

if TYPE_CHECKING:
    from ..workflows import Schedule

_HEAD: Final = ("name", "cron", "time zone", "workflow", "next (UTC)", "last (UTC)", "skipped (UTC)")

_name_argument = click.argument("name", metavar="NAME")


@click.group()
def schedule() -> None:
    """Moments at which runs of a workflow begin."""


@schedule.command(no_args_is_help=True)
@store_argument
@_name_argument
@click.argument("cron")
@click.argument("program", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("arguments", metavar="[JSON]...", nargs=-1, type=json_value)
@click.option("--timezone", default="UTC", show_default=True, help="Of the moments, as Europe/Berlin.")
@click.option(
    "--overlap",
    type=click.Choice(["skip", "allow"]),
    default="skip",
    show_default=True,
    help="Whether a moment is left out while an earlier run goes on.",
)
@click.option("--app", "app_name", metavar="MODULE:NAME", help="The app whose steps FILE imports.")
def add(
    file: Path,
    name: str,
    cron: str,
    program: Path,
    arguments: tuple[Any, ...],
    timezone: str,
    overlap: Any,
    app_name: str | None,
) -> None:
    """Have runs of FILE, as it is now, begin at the moments that CRON names, in place of a schedule of this NAME.

    CRON has five fields: minute, hour, day of the month, month, day of the week. '0 3 * * *' is three o'clock.
    """
    app = store(file, make=True) if app_name is None else app_of(app_name, file)
    try:
        added = app.schedule(name, cron, program, *arguments, timezone=timezone, overlap=overlap)
    except ValueError as error:
        raise Refusal(str(error)) from None
    click.echo(_time(added.next_at))


@schedule.command("list", no_args_is_help=True)
@store_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(file: Path, as_json: bool) -> None:
    """List the schedules, by their names."""
    schedules = store(file).schedules()
    if as_json:
        click.echo(json.dumps([_facts(one) for one in schedules], indent=2))
        return
    for line in _show.table([_HEAD, *(_row(one) for one in schedules)]):
        click.echo(line)


@schedule.command(no_args_is_help=True)
@store_argument
@_name_argument
def pause(file: Path, name: str) -> None:
    """Have nothing begin until the schedule is resumed."""
    with _found(file, name) as schedule:
        schedule.pause()


@schedule.command(no_args_is_help=True)
@store_argument
@_name_argument
def resume(file: Path, name: str) -> None:
    """Go on with the moment that comes next."""
    with _found(file, name) as schedule:
        schedule.resume()


@schedule.command(no_args_is_help=True)
@store_argument
@_name_argument
def remove(file: Path, name: str) -> None:
    """Forget the schedule. Its runs go on."""
    with _found(file, name) as schedule:
        schedule.remove()


@schedule.command(no_args_is_help=True)
@store_argument
@_name_argument
def trigger(file: Path, name: str) -> None:
    """Begin a run now, and print its id."""
    with _found(file, name) as schedule:
        click.echo(schedule.trigger().id)


@contextmanager
def _found(file: Path, name: str) -> Iterator[Schedule]:
    from ..workflows import Schedule

    try:
        yield Schedule(store(file), name)
    except KeyError:
        message = f"{file} has no schedule {name!r}: snapjs workflow schedule list shows those that it has"
        raise Refusal(message) from None


def _row(schedule: Schedule) -> tuple[str, ...]:
    following = "paused" if schedule.is_paused else _time(schedule.next_at)
    cells = (schedule.name, schedule.cron, schedule.timezone, schedule.workflow)
    times = (following, _time(schedule.last_at), _time(schedule.skipped_at))
    return (*(_show.printable(cell) for cell in cells), *times)


def _facts(schedule: Schedule) -> dict[str, Any]:
    """Times are those of ISO 8601."""
    return {
        "name": schedule.name,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "workflow": schedule.workflow,
        "overlap": schedule.overlap,
        "is_paused": schedule.is_paused,
        "next_at": _iso(schedule.next_at),
        "last_at": _iso(schedule.last_at),
        "skipped_at": _iso(schedule.skipped_at),
    }


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
