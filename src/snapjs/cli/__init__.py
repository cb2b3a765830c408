"""The ``snapjs`` command.

Exit codes: 0 done, 1 the JavaScript failed (``doctor``: something does not work), 2 usage, 3 a limit fired, 130
interrupted.
"""

from __future__ import annotations

from typing import Any

import click

from .._guest.engine import EngineMissing
from .._guest.library import LibraryError
from .._guest.stack import StackTooSmall
from . import demo, doctor, inspect, resume, run
from ._session import command_name

INTERRUPTED = 130


class Commands(click.Group):
    """Commands in the order in which they were added; Ctrl-C ends any of them without a traceback."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            context.exit(INTERRUPTED)
        except (EngineMissing, LibraryError, StackTooSmall) as error:
            raise click.ClickException(f"{error}. See what {command_name()} doctor says.") from None


@click.group(name="snapjs", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """JavaScript that you can pause, save and resume, in the middle of an await.

    Exit codes: 0 done, 1 the JavaScript failed, 2 usage, 3 a limit fired.
    """


for command in (demo.demo, run.run, resume.resume, inspect.inspect, doctor.doctor):
    main.add_command(command)
