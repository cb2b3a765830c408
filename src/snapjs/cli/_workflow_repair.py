"""``snapjs workflow pause`` and the other commands that change what a run does next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import RunEnded
from ._ending import Refusal
from ._workflow_app import run_in

if TYPE_CHECKING:
    from ..workflows import Run

_store_argument = click.argument("file", metavar="STORE", type=click.Path(dir_okay=False, path_type=Path))
_run_argument = click.argument("id", metavar="RUN")


@click.command(no_args_is_help=True)
@_store_argument
@_run_argument
def pause(file: Path, id: str) -> None:
    """Have nothing of RUN begin until it is resumed. Steps that run may finish, and what is delivered is kept."""
    with _going_on(file, id) as run:
        run.pause()


@click.command(no_args_is_help=True)
@_store_argument
@_run_argument
def resume(file: Path, id: str) -> None:
    """Have RUN go on."""
    with _going_on(file, id) as run:
        run.resume()


@contextmanager
def _going_on(file: Path, id: str) -> Iterator[Run]:
    try:
        yield run_in(file, id)
    except RunEnded as error:
        raise Refusal(str(error)) from None
