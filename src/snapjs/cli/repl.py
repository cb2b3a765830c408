"""``snapjs repl``: JavaScript line by line, in a session that can be saved."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from ..errors import SnapshotError
from ._ending import FAILED, INTERRUPTED, LIMIT_FIRED, Refusal
from ._options import seconds, size
from ._repl_console import Console
from ._repl_lines import Source
from ._repl_session import Outcome, Session
from ._repl_source import Reader
from ._snapshots import ReadingOptions, load, reading_options

_EXIT_CODES: Final = {Outcome.THREW: FAILED, Outcome.LIMIT: LIMIT_FIRED, Outcome.INTERRUPTED: INTERRUPTED}


@click.command(short_help="Type JavaScript line by line, in a session that can be saved.")
@click.argument("snapshot", metavar="[SNAPSHOT]", required=False, type=click.Path(path_type=Path))
@click.option("--ts", "typescript", is_flag=True, help="Type TypeScript. Types are not checked.")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="FOLDER",
    help="What may be imported: the files in this folder and below, and packages in its node_modules. "
    "[default: the current folder]",
)
@click.option(
    "--memory-limit", type=size, metavar="SIZE", help="Bytes that the JavaScript heap may hold, as 64MB or 1GiB."
)
@click.option("--timeout", type=seconds, metavar="SECONDS", help="How long each input may take, waiting included.")
@reading_options
def repl(
    snapshot: Path | None,
    typescript: bool,
    root: Path,
    memory_limit: int | None,
    timeout: float | None,
    reading: ReadingOptions,
) -> None:
    """Type JavaScript line by line, in a session that can be saved.

    SNAPSHOT is what to go on from: what .save has written, or any other snapshot. Top-level await works, and let, const
    and class may declare a name again. .help shows the commands.

    Where standard input or output is no terminal, it is a filter: no prompts and no colours, values are printed as they
    come unless they are undefined, and an input that throws does not end it.

    On a terminal it needs prompt_toolkit and Pygments: pip install 'snapjs[repl]'.

    Exit codes: 0 done, 1 an input of a filter failed, 2 usage, 3 a limit fired in a filter.
    """
    is_terminal = _is_terminal()
    if is_terminal:
        check_packages()
    before = None if snapshot is None else load(snapshot, reading)
    with Session(root.resolve(), memory_limit=memory_limit, timeout=timeout, recovers=is_terminal) as session:
        if before is not None:
            try:
                session.replace(before)
            except SnapshotError as error:
                raise Refusal(f"{snapshot}: {error}") from None
        with Reader() as reader:
            if is_terminal:
                from ._repl_terminal import converse

                converse(session, reader, typescript=typescript, reading=reading)
            else:
                _filter(Console(session, reader, _print, typescript=typescript, reading=reading))


def _is_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def check_packages() -> None:
    """
    :raises Refusal: what a terminal needs is not installed.
    """
    try:
        import prompt_toolkit  # noqa: F401
        import pygments  # noqa: F401
    except ImportError:
        raise Refusal("a terminal needs prompt_toolkit and Pygments: pip install 'snapjs[repl]'") from None


def _print(text: str, is_undefined: bool) -> None:
    if not is_undefined:
        click.echo(text)


def _filter(console: Console) -> None:
    """Run what standard input has, as it comes.

    :raises click.exceptions.Exit: something failed: with the exit code of the worst.
    """
    worst = 0
    source = Source(console)
    lines = _lines()
    while not console.is_leaving and not console.session.is_over and worst != INTERRUPTED:
        line = next(lines, "")
        source.add(line)
        if not line or source.is_whole():
            worst = max(worst, _EXIT_CODES.get(console.enter(source.text), 0))
            source = Source(console)
        if not line:
            break
    while not console.is_leaving and worst != INTERRUPTED and console.session.delay() is not None:
        worst = max(worst, _EXIT_CODES.get(console.session.finish(), 0))
    if worst == INTERRUPTED:
        raise KeyboardInterrupt
    raise click.exceptions.Exit(worst)


def _lines() -> Iterator[str]:
    if sys.stdin is None:
        raise Refusal("standard input is closed: there is nothing to run")
    encoding = "utf-8-sig"
    for number, line in enumerate(iter(sys.stdin.buffer.readline, b""), start=1):
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError as error:
            raise Refusal(f"line {number} is not UTF-8 text: byte {error.start} is {line[error.start]:#04x}") from None
        encoding = "utf-8"
