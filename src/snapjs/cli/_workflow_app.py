"""The store and the app that a command of ``snapjs workflow`` works on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Final

import click

from ._ending import Refusal
from ._workflow_key_file import given_keys

if TYPE_CHECKING:
    from ..workflows import App, Run

_SHORTEST: Final = 4
"""characters of an id that name a run: one that is mistyped is to name none"""
_MOST_NAMED: Final = 4
"""runs that are named where one is meant"""

store_argument: Final = click.argument("file", metavar="STORE", type=click.Path(dir_okay=False, path_type=Path))
run_argument: Final = click.argument("id", metavar="RUN")


def store(file: Path, *, make: bool = False) -> App:
    """An app without steps on a file.

    :param make: the file, if it is not there.
    :raises Refusal: there is no such file.
    """
    from ..workflows import App  # needs packages that are an extra

    if not make and not file.exists():
        raise Refusal(f"there is no file {os.fspath(file)!r}: snapjs workflow start makes one")
    return App(f"sqlite:///{file}", keys=given_keys())


def run_in(file: Path, id: str) -> Run:
    """A run in the store of a file, by its id or by how that begins.

    :raises Refusal: there is no such run, or more than one, or no such file.
    """
    app = store(file)
    root, dot, number = id.partition(".")  # a child's begins with that of its parent
    ids = [root] if app._store.run(root) else app._store.ids(root, _MOST_NAMED) if len(root) >= _SHORTEST else []
    found = [f"{one}{dot}{number}" for one in ids]
    if len(found) > 1:
        more = "" if len(found) < _MOST_NAMED else " and more"
        raise Refusal(f"{id!r} may be any of the runs {', '.join(found)}{more}: write more of the id")
    if not found or not app._store.run(found[0]):
        raise Refusal(f"{file} has no run {id!r}: snapjs workflow list shows those that it has")
    return app.run(found[0])


def loaded(name: str) -> App:
    """The app that a name such as ``shop:app`` means: a variable of a module, which is found from the current folder.

    :raises Refusal: there is none.
    """
    from ..workflows import App

    module, colon, variable = name.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module.split("."), variable)):
        raise Refusal(f"{name!r} is not an app: write the module, a colon and the variable, as shop:app")
    sys.path.insert(0, os.getcwd())
    try:
        app = getattr(import_module(module), variable, None)
    except ImportError as error:
        raise Refusal(f"{name} cannot be imported: {error}") from None
    if not isinstance(app, App):
        raise Refusal(f"{name} is not an app: {module} has no snapjs.workflows.App of the name {variable}")
    return app


def app_of(name: str, file: Path) -> App:
    """The app of this name, which must have this file as its store.

    :raises Refusal: there is none, or it has another store.
    """
    app = loaded(name)
    if Path(app.store).resolve() != file.resolve():
        raise Refusal(f"{name} keeps its runs in {app.store}, and not in {file}: name the file that the app has")
    return app


def duration(text: str) -> timedelta:
    """A duration.

    :raises click.BadParameter: it is none that is longer than nothing.
    """
    from pytimeparse2 import parse

    seconds = parse(text)
    if isinstance(seconds, int | float) and 0 < seconds <= timedelta.max.total_seconds():
        return timedelta(seconds=seconds)
    raise click.BadParameter(f"{text!r} is not a duration: write '30 days', '2h 30m' or seconds")


@contextmanager
def until_signal() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM has come. The second one does what it always does."""
    came = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, frame: FrameType | None) -> None:
        came.set()
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in before:
        signal.signal(number, note)
    try:
        yield came.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
