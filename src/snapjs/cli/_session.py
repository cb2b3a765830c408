"""What ``run`` and ``resume`` have in common: a program goes on, and ends, fails, or is saved."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..errors import (
    LimitError,
    MemoryLimitError,
    ModuleNotFound,
    SnapjsError,
    StackLimitError,
    StillPending,
    TimeLimitError,
)
from ..pending import PendingCall
from ..vm import VM
from . import _show
from ._ending import FAILED, LIMIT_FIRED, Refusal, command_name, flush_output, interruptible, is_watched
from ._program import Program
from ._snapshots import save


def check_destination(path: Path | None) -> None:
    """
    :raises Refusal: no snapshot can be written there.
    """
    if path is not None and path.is_dir():
        raise Refusal(f"--snapshot-to {path} is a folder: give a file")
    if path is not None and not path.absolute().parent.is_dir():
        raise Refusal(f"--snapshot-to {path}: there is no folder {path.absolute().parent}")


@contextmanager
def limits_said(timeout: float | None = None) -> Iterator[None]:
    """Say which limit has stopped the program.

    :param timeout: seconds that the whole program was given.
    """
    try:
        yield
    except LimitError as error:
        click.echo(f"Stopped: {limit_text(error, timeout)}", err=True)
        if error.stack:
            click.echo(error.stack.rstrip(), err=True)
        raise click.exceptions.Exit(LIMIT_FIRED) from None


def play(
    vm: VM,
    program: Program,
    begin: Callable[[], None],
    save_to: Path | None,
    *,
    key_file: Path | None = None,
    key: bytes | None = None,
    timeout: float | None = None,
    fetches: bool = False,
    imports: str,
) -> None:
    """Begin, go on as far as it gets, and say how it ended.

    :param begin: starts the program or answers its calls.
    :param save_to: where the snapshot goes if the program waits for an answer.
    :param key_file: where ``key`` comes from, for the command line that is shown.
    :param key: what the snapshot is encrypted with.
    :param timeout: seconds for all of it.
    :param fetches: whether the program may fetch.
    :param imports: what the program may import, for the message when it imports something else.
    :raises LimitError: a limit has stopped it.
    """
    try:
        try:
            with interruptible():
                begin()
                calls = program.run(timeout=timeout, notice=_notice, fetches=fetches)
        finally:
            flush_output()
    except LimitError:
        raise
    except StillPending as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(FAILED) from None
    except ModuleNotFound as error:
        click.echo(f"{error._reason} {imports}", err=True)
        raise click.exceptions.Exit(FAILED) from None
    except SnapjsError as error:
        text = program.report(error)
        if text is not None:
            click.echo(text, err=True)
        raise click.exceptions.Exit(FAILED) from None
    if calls:
        _save(vm, calls, save_to, key_file, key)


def _save(vm: VM, calls: list[PendingCall], save_to: Path | None, key_file: Path | None, key: bytes | None) -> None:
    if save_to is None:
        raise Refusal("the program waits for an answer, and there is no place to save it: give --snapshot-to FILE")
    snapshot = vm.snapshot()
    try:
        save(snapshot, save_to, key)
    except OSError as error:
        raise Refusal(f"the program waits for an answer, and {save_to} cannot be written: {error.strerror}") from None
    click.echo("The program waits for:" if len(calls) > 1 else "The program waits for an answer to:")
    for call in calls:
        click.echo(f"  {call.id}  {_show.call(call.name, call.args)}")
    if snapshot.timers:
        click.echo(f"Its next timer is due at {snapshot.timers[0].deadline:%Y-%m-%d %H:%M:%S} UTC, in the next run.")
    click.echo(f"Saved to {save_to} ({_show.size(save_to.stat().st_size)}). Go on with:")
    with_key = "" if key_file is None else f" --key-file {shlex.quote(str(key_file))}"
    click.echo(f"  {resume_command(save_to, calls)}{with_key}")
    click.echo(f"with any JSON in place of true; a text is '{calls[0].id}=\"text\"'.")


def resume_command(snapshot: Path, calls: list[PendingCall]) -> str:
    """The command line that answers these calls."""
    name = str(snapshot)
    if name.startswith("-"):  # which would be an option
        name = os.path.join(".", name)
    answers = " ".join(f"--answer {call.id}=true" for call in calls)
    return f"{command_name()} resume {shlex.quote(name)} {answers}"


def _notice(seconds: float) -> None:
    if is_watched():
        click.echo(f"Waiting {_show.duration(seconds)} for a timer …", err=True)


def limit_text(error: LimitError, timeout: float | None) -> str:
    if isinstance(error, TimeLimitError):
        limit = "than it may" if timeout is None else f"than --timeout {timeout:g} seconds"
        return f"the program took longer {limit}."
    if isinstance(error, MemoryLimitError):
        limit = f" of --memory-limit {_show.size(int(error.limit))}" if error.limit else ""
        return f"the program used up its memory{limit}."
    if isinstance(error, StackLimitError) and error.limit is not None:
        return "JavaScript calls nest too deep: look for endless recursion."
    return str(error)
