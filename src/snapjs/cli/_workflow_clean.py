"""``snapjs workflow clean``: runs that ended long ago are removed."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import click

from . import _show
from ._workflow_app import duration, store, store_argument


@click.command(no_args_is_help=True)
@store_argument
@click.option(
    "--older-than",
    metavar="DURATION",
    type=duration,
    required=True,
    help="How long ago they have ended at least, as '30 days'.",
)
def clean(file: Path, older_than: timedelta) -> None:
    """Remove runs that ended long ago, with all that is known of them, and give back their room.

    Workers and runs go on meanwhile.
    """
    app = store(file)
    before, size = app._store.now() - older_than.total_seconds(), file.stat().st_size
    with click.progressbar(length=app._store.ended(before), label="Removing runs", file=sys.stderr) as bar:
        removed = 0
        for count in app._cleaned(older_than):
            removed += count
            bar.update(count)
    after = file.stat().st_size
    click.echo(f"{removed} runs removed. The file has {_show.size(after)}, and had {_show.size(size)}.")
