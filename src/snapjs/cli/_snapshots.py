"""Snapshots in files: the options that reading them takes, and progress on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from .._snapshots.format import Progress
from ..errors import SnapshotError
from ..snapshot import Snapshot
from . import _show
from ._ending import Refusal, is_watched

_LONGEST_KEY_FILE: Final = 1 << 20
"""bytes: many more than a key has, and fewer than a device gives"""
_WORTH_WATCHING: Final = 32 * 1024 * 1024
"""bytes of memory; fewer are written before one could read how far it is"""


@dataclass(frozen=True)
class ReadingOptions:
    """How a snapshot is read."""

    base: Path | None
    engines: Path | None
    key_file: Path | None
    key: bytes | None


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--base``, ``--engines`` and ``--key-file``, as its parameter ``reading``."""

    @click.option("--base", type=click.Path(path_type=Path), metavar="FILE", help="What SNAPSHOT is a delta of.")
    @click.option(
        "--engines",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="Where to look for the engine that it needs, as SHA256.wasm, when it is not the one of this version.",
    )
    @click.option(
        "--key-file", type=click.Path(path_type=Path), metavar="FILE", help="The 32 bytes that it is encrypted with."
    )
    @wraps(command)
    def with_reading(base: Path | None, engines: Path | None, key_file: Path | None, **others: Any) -> None:
        key = None if key_file is None else _content(key_file)
        command(reading=ReadingOptions(base, engines, key_file, key), **others)

    return with_reading


def load(file: Path, reading: ReadingOptions) -> Snapshot:
    """Read a snapshot.

    :raises Refusal: there is none, or it cannot be used.
    """
    base = None if reading.base is None else _load(reading.base, None, reading)
    return _load(file, base, reading)


def save(snapshot: Snapshot, file: Path, key: bytes | None) -> None:
    """Write a snapshot; with its engine, when that is not the one of this version.

    :raises OSError: it cannot be written.
    """
    with _progress(f"Saving {file.name}", snapshot.size) as progress:
        snapshot.save(file, key=key, embed_engine=snapshot.has_foreign_engine, progress=progress)


def _load(file: Path, base: Snapshot | None, reading: ReadingOptions) -> Snapshot:
    try:
        with _progress(f"Loading {file.name}", _WORTH_WATCHING) as progress:
            return Snapshot.load(file, base=base, key=reading.key, engines=reading.engines, progress=progress)
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from None
    except (SnapshotError, ImportError) as error:
        raise Refusal(f"{file}: {_in_words_of_options(str(error))}") from None
    except ValueError as error:
        raise Refusal(_in_words_of_options(str(error))) from None


def _in_words_of_options(message: str) -> str:
    for argument, option in (("key=", "--key-file"), ("base=", "--base"), ("engines=", "--engines")):
        message = message.replace(argument, option)
    return message


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LONGEST_KEY_FILE)
    except OSError as error:
        raise Refusal(f"--key-file {file} cannot be read: {error.strerror}") from None


@contextmanager
def _progress(what: str, size: int) -> Iterator[Progress | None]:
    """A line on the terminal that says how far it is; nothing elsewhere, or when there is little to do."""
    if size < _WORTH_WATCHING or not is_watched():
        yield None
        return
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        if total >= _WORTH_WATCHING:
            shown = True
            text = f"{what}: {done * 100 // total} % of {_show.size(total)}"
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)

    try:
        yield show
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)
