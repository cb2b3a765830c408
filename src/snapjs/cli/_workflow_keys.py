"""``snapjs workflow``: to replace the keys of a store, and to delete that of a run."""

from __future__ import annotations

from pathlib import Path

import click

from ._workflow_app import run_argument, run_in, store, store_argument


@click.command("rotate-keys", no_args_is_help=True)
@store_argument
def rotate_keys(file: Path) -> None:
    """Have the first key of --key-file be the only one that STORE needs.

    Let all who use STORE have it first, after theirs.
    """
    count = store(file).rotate_keys()
    click.echo(f"{count} {'run has' if count == 1 else 'runs have'} the first key now, and no other is needed.")


@click.command(no_args_is_help=True)
@store_argument
@run_argument
@click.confirmation_option(prompt="Nobody will be able to read the run again. Go on?")
def shred(file: Path, id: str) -> None:
    """Delete the key of RUN, so that nobody can ever read it again. It ends, and so do the runs that share the key."""
    run_in(file, id).shred()
