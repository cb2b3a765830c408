"""What may be typed into a session: JavaScript, TypeScript, and commands that begin with a dot."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from ..errors import JSError, LimitError, SnapjsError, SnapshotError
from . import _show
from ._ending import Refusal
from ._repl_session import Outcome, Session
from ._repl_source import Reader
from ._snapshots import ReadingOptions, load, save

_COMMAND: Final = re.compile(r"\s*\.([A-Za-z]\w*)(?:[ \t]+(.*?))?\s*")
_TYPESCRIPT: Final = (".ts", ".mts")
_SOURCES: Final = (".js", ".mjs", *_TYPESCRIPT)
_HELP: Final = {
    ".editor": "Type several lines; Ctrl-D runs them.",
    ".exit": "Leave. Ctrl-D does too.",
    ".help": "Show this.",
    ".load FILE": "Go on from a snapshot, or run a .js or .ts file.",
    ".save FILE": "Save the session as a snapshot: .load, snapjs repl FILE and snapjs resume FILE go on from it.",
    ".ts": "Type TypeScript, or JavaScript again.",
}
COMMANDS: Final = tuple(entry.split()[0] for entry in _HELP)


class Console:
    """Takes what is typed.

    :param show: called with the text of a value, and whether it is ``undefined``.
    :param typescript: begin with TypeScript.
    :param reading: how snapshots are read, and with which key they are written.
    """

    def __init__(
        self,
        session: Session,
        reader: Reader,
        show: Callable[[str, bool], None],
        *,
        typescript: bool,
        reading: ReadingOptions,
    ) -> None:
        self.session = session
        self.typescript = typescript
        self.is_leaving = False
        self.is_editing = False
        """the next input is to be several lines, which somebody ends"""
        self._reader = reader
        self._show = show
        self._reading = reading
        self._commands: dict[str, Callable[[str], Outcome]] = {
            "editor": self._edit,
            "exit": self._exit,
            "help": self._help,
            "load": self._load,
            "save": self._save,
            "ts": self._switch,
        }

    def is_whole(self, text: str) -> bool:
        """Whether nothing more has to follow."""
        if _COMMAND.fullmatch(text):
            return True
        try:
            return self._reader.read(text, typescript=self.typescript) is not None
        except (SnapjsError, FileNotFoundError):
            return True

    def enter(self, text: str) -> Outcome:
        """Do what a text says."""
        match = _COMMAND.fullmatch(text)
        if match is None:
            return self._run(text, self.typescript)
        command = self._commands.get(match[1])
        if command is None:
            return _refused(f".{match[1]} is no command: .help shows those that there are.")
        try:
            return command(match[2] or "")
        except Refusal as error:
            return _refused(error.message)

    def _run(self, text: str, typescript: bool) -> Outcome:
        if not text.strip():
            return Outcome.DONE
        try:
            code = self._reader.read(text, typescript=typescript)
        except JSError as error:
            return _refused(f"Uncaught {error}\n{error.stack or ''}".rstrip())
        except LimitError as error:
            return _refused(str(error))
        except FileNotFoundError as error:
            return _refused(f"TypeScript needs the packages that snapjs is built with: {error}")
        return self.session.run(text if code is None else code, self._show)

    # ---- commands

    def _edit(self, argument: str) -> Outcome:
        click.echo("Ctrl-D runs what you type, Ctrl-C gives it up.")
        self.is_editing = True
        return Outcome.DONE

    def _exit(self, argument: str) -> Outcome:
        self.is_leaving = True
        return Outcome.DONE

    def _help(self, argument: str) -> Outcome:
        for row in _show.table(list(_HELP.items())):
            click.echo(row)
        return Outcome.DONE

    def _switch(self, argument: str) -> Outcome:
        self.typescript = not self.typescript
        click.echo("TypeScript; types are not checked." if self.typescript else "JavaScript.")
        return Outcome.DONE

    def _load(self, argument: str) -> Outcome:
        file = _file(argument, ".load session.snap, or .load program.js")
        if file.suffix in _SOURCES:
            return self._run(_source(file), file.suffix in _TYPESCRIPT)
        try:
            self.session.replace(load(file, self._reading))
        except SnapshotError as error:
            raise Refusal(f"{file}: {error}") from None
        return Outcome.DONE

    def _save(self, argument: str) -> Outcome:
        file = _file(argument, ".save session.snap")
        if file.suffix in _SOURCES:
            raise Refusal(f"{file} would be taken for a program: give the snapshot another name, such as session.snap")
        try:
            save(self.session.vm.snapshot(), file, self._reading.key)
        except OSError as error:
            raise Refusal(f"{file} cannot be written: {error.strerror}") from None
        click.echo(f"Saved to {file} ({_show.size(file.stat().st_size)}).")
        return Outcome.DONE


def _refused(text: str) -> Outcome:
    click.echo(text, err=True)
    return Outcome.THREW


def _file(argument: str, example: str) -> Path:
    if not argument:
        raise Refusal(f"a file is missing: {example}")
    return Path(argument).expanduser()


def _source(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Refusal(f"{file} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from None
