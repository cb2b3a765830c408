"""``snapjs workflow stream``: what a run writes for readers outside."""

from __future__ import annotations

import json
from pathlib import Path

import click

from . import _show
from ._workflow_app import run_argument, run_in, store_argument


@click.command(no_args_is_help=True)
@store_argument
@run_argument
@click.argument("name")
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="N", help="Leave out the first N.")
@click.option("--follow", is_flag=True, help="Go on until the stream is closed, or the run has ended.")
def stream(file: Path, id: str, name: str, after: int, follow: bool) -> None:
    """Print what RUN has written to the stream NAME, each value as a line of JSON."""
    for value in run_in(file, id).stream(name, after=after, follow=follow):
        click.echo(json.dumps(_show.plain(value), ensure_ascii=False))
