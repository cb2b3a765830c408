"""A session at a terminal: prompts, an editor for each input, its history, completion and colours.

Timers of the program go on while somebody types: what has become due runs above the prompt.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, completion_is_selected, is_searching
from prompt_toolkit.formatted_text import FormattedText, PygmentsTokens
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.shortcuts import print_formatted_text
from prompt_toolkit.styles import Style
from pygments.lexers.javascript import JavascriptLexer

from . import _show
from ._repl_console import COMMANDS, Console
from ._repl_names import completions
from ._repl_session import Session
from ._repl_source import Reader
from ._snapshots import ReadingOptions

_HISTORY: Final = "SNAPJS_REPL_HISTORY"
_OPENING: Final = ("{", "(", "[")
_INDENT: Final = "  "
_LONGEST_COLOURED: Final = 100_000
"""characters of a value; colours for more take a second"""
_SHORTEST_PAUSE: Final = 0.05
"""seconds between two looks at the timers while somebody types: each draws the prompt anew"""
_STYLE: Final = Style.from_dict(
    {
        "pygments.comment": "ansibrightblack",
        "pygments.keyword": "ansimagenta",
        "pygments.keyword.constant": "ansiyellow",
        "pygments.literal.number": "ansiyellow",
        "pygments.literal.string": "ansigreen",
        "undefined": "ansibrightblack",
    }
)


def converse(session: Session, reader: Reader, *, typescript: bool, reading: ReadingOptions) -> None:
    """Take inputs until somebody leaves."""
    console = Console(session, reader, _print, typescript=typescript, reading=reading)
    Conversation(console, _history()).run()


class Conversation:
    """Prompts, and what they are answered with.

    :param history: what was typed before, to which is added what is typed.
    """

    def __init__(self, console: Console, history: History) -> None:
        self._console = console
        self._prompts: PromptSession[str] = PromptSession(
            history=history,
            completer=_Names(console),
            complete_while_typing=False,
            lexer=PygmentsLexer(JavascriptLexer),
            style=_STYLE,
            key_bindings=self._bindings(),
            multiline=True,
            prompt_continuation=lambda width, line, wraps: "... ".rjust(width),
            enable_open_in_editor=True,
        )

    def run(self) -> None:
        """Take inputs until somebody leaves."""
        click.echo("JavaScript in a sandbox. .help shows the commands, Ctrl-D leaves.")
        was_told = False
        while not self._console.is_leaving:
            try:
                text = asyncio.run(self.ask())
            except EOFError:
                return
            except KeyboardInterrupt:
                self._console.is_editing = False
                if self._prompts.default_buffer.text:
                    was_told = False
                    continue
                if was_told:
                    return
                click.echo("Press Ctrl-C once more, or Ctrl-D, to leave.")
                was_told = True
                continue
            was_told = False
            self._console.is_editing = False
            try:
                self._console.enter(text)
            except KeyboardInterrupt:  # between the instructions of ours
                click.echo("Interrupted.", err=True)

    async def ask(self) -> str:
        """What somebody types next, as soon as it is whole."""
        timers = asyncio.ensure_future(self._run_timers())
        prompt = "... " if self._console.is_editing else "ts> " if self._console.typescript else "> "
        try:
            return await self._prompts.prompt_async(prompt, handle_sigint=False)
        finally:
            timers.cancel()
            with suppress(asyncio.CancelledError):
                await timers

    async def _run_timers(self) -> None:
        while (delay := self._console.session.delay()) is not None:
            await asyncio.sleep(max(delay, _SHORTEST_PAUSE))
            await run_in_terminal(self._turn)

    def _turn(self) -> None:
        # asyncio would only cancel, which code in the VM does not hear of.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            self._console.session.turn()
        finally:
            signal.signal(signal.SIGINT, before)

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()
        is_editing = Condition(lambda: self._console.is_editing)

        @bindings.add("enter", filter=~is_editing & ~is_searching & ~completion_is_selected)
        def finish_if_whole(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if self._console.is_whole(buffer.text):
                buffer.validate_and_handle()
            else:
                buffer.insert_text(f"\n{_indent(buffer.document.current_line_before_cursor)}")

        @bindings.add("c-d", filter=is_editing)
        def finish_editing(event: KeyPressEvent) -> None:
            event.current_buffer.validate_and_handle()

        return bindings


class _Names(Completer):
    """Completes commands, and names of the program."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        text = document.text_before_cursor
        if re.fullmatch(r"\.[A-Za-z]*", text):
            begun, names = text, [name for name in COMMANDS if name.startswith(text)]
        else:
            begun, names = completions(self._console.session.vm, text)
        for name in names:
            yield Completion(name, start_position=-len(begun))


def _indent(line: str) -> str:
    """What the line after this one begins with."""
    indent = line[: len(line) - len(line.lstrip())]
    return indent + _INDENT if line.rstrip().endswith(_OPENING) else indent


def _print(text: str, is_undefined: bool) -> None:
    text = "\n".join(map(_show.printable, text.split("\n")))
    if is_undefined:
        print_formatted_text(FormattedText([("class:undefined", text)]), style=_STYLE)
    elif len(text) > _LONGEST_COLOURED:
        click.echo(text)
    else:
        tokens = list(JavascriptLexer(stripnl=False, ensurenl=False).get_tokens(text))
        print_formatted_text(PygmentsTokens(tokens), style=_STYLE)


def _history() -> History:
    """What was typed before, in a file that only its owner reads; in memory, if there can be none."""
    name = os.environ.get(_HISTORY)
    file = Path(click.get_app_dir("snapjs")) / "repl_history" if name is None else Path(name)
    if name == "":
        return InMemoryHistory()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(file))
