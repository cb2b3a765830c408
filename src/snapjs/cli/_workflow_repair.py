"""``snapjs workflow pause`` and the other commands that change what a run does next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from ..errors import RunEnded
from ._ending import Refusal
from ._options import Answer, answer
from ._workflow_app import run_argument, run_in, store_argument

if TYPE_CHECKING:
    from ..workflows import Run


@click.command(no_args_is_help=True)
@store_argument
@run_argument
def pause(file: Path, id: str) -> None:
    """Have nothing of RUN begin until it is resumed. Steps that run may finish, and what is delivered is kept."""
    with _going_on(file, id) as run:
        run.pause()


@click.command(no_args_is_help=True)
@store_argument
@run_argument
def resume(file: Path, id: str) -> None:
    """Have RUN go on."""
    with _going_on(file, id) as run:
        run.resume()


@click.command(no_args_is_help=True)
@store_argument
@run_argument
@click.option(
    "--turn", type=click.IntRange(min=0), help="After which turn; without it, the latest that RUN lives after."
)
@click.option(
    "--answer", "answers", metavar="CALL=JSON", type=answer, multiple=True, help="Tell it this in place of what came."
)
@click.option("--rerun", metavar="CALL", type=int, multiple=True, help="Run this step again, though it has an outcome.")
@click.option(
    "--patch", metavar="FILE", type=click.File(encoding="utf-8"), help="JavaScript to evaluate first; - reads it."
)
@click.option("--key", help="Where there is a run of the workflow with this key, it is that one.")
def fork(
    file: Path,
    id: str,
    turn: int | None,
    answers: tuple[Answer, ...],
    rerun: tuple[int, ...],
    patch: TextIO | None,
    key: str | None,
) -> None:
    """Begin another run where RUN was, and print its id. RUN stays as it is.

    CALL is the number that show gives for what a run waits for.
    """
    given = {one.id: one.value for one in answers}
    code = None if patch is None else patch.read()
    run = run_in(file, id)
    try:
        click.echo(run.fork(turn, answers=given, rerun=rerun, patch=code, key=key).id)
    except KeyError as error:
        raise Refusal(str(error.args[0])) from None
    except ValueError as error:
        raise Refusal(str(error)) from None


@click.command(no_args_is_help=True)
@store_argument
@run_argument
@click.argument("code", metavar="FILE", type=click.File(encoding="utf-8"))
def patch(file: Path, id: str, code: TextIO) -> None:
    """Evaluate the JavaScript in FILE in RUN before it is told anything else. A FILE of - is standard input."""
    with _going_on(file, id) as run:
        run.patch(code.read())


@contextmanager
def _going_on(file: Path, id: str) -> Iterator[Run]:
    try:
        yield run_in(file, id)
    except RunEnded as error:
        raise Refusal(str(error)) from None
