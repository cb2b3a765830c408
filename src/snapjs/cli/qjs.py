"""``snapjs qjs``: run a program that was written for the ``qjs`` command, in the sandbox."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .._reactor.arguments import Arguments, UsageError, parse
from ..errors import JSError, LimitError
from ..file_system import Folder
from ..reactor import Reactor
from ._ending import FAILED, LIMIT_FIRED, Refusal, flush_output, interruptible

if TYPE_CHECKING:
    from typing import Any


@click.command(
    no_args_is_help=True,
    short_help="Run a program that was written for the qjs command.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--write", is_flag=True, help="The program may change the current folder. Before other options.")
@click.option("--env", "names", multiple=True, metavar="NAME", help="An environment variable that it sees.")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def qjs(write: bool, names: tuple[str, ...], args: tuple[str, ...]) -> None:
    """Run a program that was written for the qjs command of QuickJS-NG.

    ARGS are those of qjs: a script and its arguments, after any of -e CODE, -I FILE, -m, --script, --std,
    --memory-limit N and --stack-size N.

    The program has qjs:std and qjs:os, reads the current folder and that of the script, and nothing else.

    Exit codes: that of std.exit, else 0 done, 1 the JavaScript failed, 2 usage, 3 a limit fired.
    """
    try:
        arguments = parse(["qjs", *args])
    except UsageError as error:
        raise Refusal(str(error)) from None
    if arguments.expression is None and not arguments.rest:
        raise Refusal("there is nothing to run: give a script, or -e CODE")
    reactor = Reactor(
        ["qjs", *args],
        env={name: os.environ[name] for name in names if name in os.environ},
        preopens=_folders(arguments, write),
        cwd=Path.cwd().as_posix(),
        stdin=b"" if sys.stdin is None else sys.stdin.buffer,
    )
    with interruptible(), reactor:
        code = _run(reactor)
        flush_output()
    sys.exit(code)


def _folders(arguments: Arguments, write: bool) -> dict[str, Any]:
    """The current folder, and those of the files that the command line names."""
    current = Path.cwd()
    scripts = [*arguments.includes, *(arguments.rest[:1] if arguments.expression is None else [])]
    found: dict[str, Any] = {}
    for script in scripts:
        folder = Path(os.path.abspath(script)).parent
        if folder.is_dir() and not folder.is_relative_to(current):
            found[folder.as_posix()] = folder
    found[current.as_posix()] = Folder(current, writable=write)
    return found


def _run(reactor: Reactor) -> int:
    """What the program ends with."""
    if reactor.init_argv() != 0:
        return FAILED
    try:
        return (reactor.run_loop() or 0) & 0xFF
    except LimitError:
        return LIMIT_FIRED
    except JSError:
        return FAILED
