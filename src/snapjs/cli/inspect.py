"""``snapjs inspect``: what is in a snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .._guest.pages import PAGE
from ..snapshot import SavedCall, Snapshot, Timer
from . import _show
from ._ending import Refusal
from ._program import COMPLETION
from ._snapshots import ReadingOptions, load, reading_options


@click.command(no_args_is_help=True)
@click.argument("file", metavar="SNAPSHOT", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@reading_options
def inspect(file: Path, as_json: bool, reading: ReadingOptions) -> None:
    """Show what is in SNAPSHOT, without running any of it."""
    snapshot = load(file, reading)
    try:
        calls = [call for call in snapshot.pending if call.name != COMPLETION]
    except ValueError as error:
        raise Refusal(f"{file}: the arguments of a pending call cannot be read: {error}") from None
    if as_json:
        click.echo(json.dumps(_facts(snapshot, file, calls), indent=2))
        return
    for line in _lines(snapshot, file, calls):
        click.echo(line)


def _functions(snapshot: Snapshot) -> list[str]:
    return [name for name in snapshot.functions if name != COMPLETION]


def _extensions(snapshot: Snapshot) -> str:
    return ", ".join(f"{extension.name} (sha256 {extension.sha256[:12]}…)" for extension in snapshot.extensions)


def _facts(snapshot: Snapshot, file: Path, calls: list[SavedCall]) -> dict[str, Any]:
    """Sizes are bytes, intervals seconds."""
    return {
        "id": snapshot.id,
        "engine": snapshot.engine,
        "created_at": snapshot.created_at.isoformat(),
        "file_size": file.stat().st_size,
        "memory_size": snapshot.size,
        "pages": len(snapshot.pages()),
        "functions": _functions(snapshot),
        "pending": [{"id": call.id, "name": call.name, "args": _show.plain(call.args)} for call in calls],
        "timers": [
            {"id": timer.id, "deadline": timer.deadline.isoformat(), "interval": timer.interval}
            for timer in snapshot.timers
        ],
        "extensions": [{"name": extension.name, "sha256": extension.sha256} for extension in snapshot.extensions],
        "base": snapshot.base,
    }


def _lines(snapshot: Snapshot, file: Path, calls: list[SavedCall]) -> list[str]:
    pages = len(snapshot.pages())
    created = snapshot.created_at
    lines = [
        f"id         {snapshot.id}",
        f"engine     {snapshot.engine}",
        f"created    {created:%Y-%m-%d %H:%M:%S} UTC ({created.astimezone():%Y-%m-%d %H:%M:%S %z} here)",
        f"file       {_show.size(file.stat().st_size)}",
        f"memory     {_show.size(snapshot.size)}; {pages} pages, {_show.size(pages * PAGE)}, had to be stored",
        f"functions  {_show.printable(', '.join(_functions(snapshot))) or 'none'}",
        f"extensions {_show.printable(_extensions(snapshot)) or 'none'}",
        f"base       {snapshot.base or 'none: it is whole'}",
        f"waits for  {'' if calls else 'no answer'}".rstrip(),
    ]
    lines += [f"  {call.id}  {_show.call(call.name, call.args)}" for call in calls]
    if snapshot.timers:
        lines.append("timers")
        lines += [f"  {timer.id}  {_deadline(timer)}" for timer in snapshot.timers]
    return lines


def _deadline(timer: Timer) -> str:
    text = f"due {timer.deadline:%Y-%m-%d %H:%M:%S} UTC"
    if timer.deadline.year < 9999:
        text += f" ({timer.deadline.astimezone():%Y-%m-%d %H:%M:%S %z} here)"
    return text if timer.interval is None else f"{text}, then every {timer.interval:g} s"
