"""The ``snapjs`` command.

Exit codes: 0 done, 1 the JavaScript failed (``doctor``: something does not work), 2 usage, 3 a limit fired, 130
interrupted.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

import click

from .._guest.exports import EngineUnusable
from ..errors import SnapjsError
from ._ending import FAILED, INTERRUPTED, command_name, drop_output

_NAMES: Final = ("demo", "run", "resume", "repl", "inspect", "qjs", "workflow", "doctor", "build-extension")
"""the commands in the order of the help; each is in the module of its name, which is imported when it is needed"""


class Commands(click.Group):
    """Ctrl-C, what the system refuses, and an installation that cannot work: each ends any command in one line."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(_NAMES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _NAMES:
            return None
        module = name.replace("-", "_")
        command: click.Command = getattr(import_module(f".{module}", __package__), module)
        return command

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            drop_output()
            subject = "" if error.filename is None else f"{error.filename}: "
            with suppress(OSError):
                click.echo(f"Error: {subject}{error.strerror or error}", err=True)
            drop_output()
            sys.exit(FAILED)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            context.exit(INTERRUPTED)
        except SnapjsError as error:
            raise click.ClickException(str(error)) from None
        except (EngineUnusable, ImportError) as error:  # of the latter are EngineMissing and LibraryError
            text = " ".join(str(error).split())
            raise click.ClickException(f"{text}. See what {command_name()} doctor says.") from None


def _show_version(context: click.Context, option: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        from importlib import metadata  # takes longer to import than everything else here

        try:
            click.echo(f"snapjs {metadata.version('snapjs')}")
        except metadata.PackageNotFoundError:
            click.echo("snapjs, not installed as a package: its version is not known")
        context.exit()


@click.group(name="snapjs", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """JavaScript that you can pause, save and resume, in the middle of an await.

    Exit codes: 0 done, 1 the JavaScript failed, 2 usage, 3 a limit fired, 130 interrupted.
    """
