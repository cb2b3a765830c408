"""``snapjs workflow --key-file``: the keys of a store that is encrypted."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from pathlib import Path

import click

from .._checks import KEY_SIZE
from ._ending import Refusal

_META = "snapjs.keys"


def _read(context: click.Context, option: click.Parameter, file: Path | None) -> None:
    if file is not None:
        context.meta[_META] = keys_in(file)


key_file_option = click.option(
    "--key-file",
    envvar="SNAPJS_KEY_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_read,
    expose_value=False,
    help="The keys that STORE is encrypted with, in base64, one a line, the current one first.",
)


def keys_in(file: Path) -> list[bytes]:
    """The keys in a file.

    :raises Refusal: it has something else.
    """
    try:
        keys = [b64decode(line, validate=True) for line in file.read_text(encoding="ascii").split()]
    except (NoBase64, UnicodeDecodeError):
        keys = []
    if not keys or any(len(key) != KEY_SIZE for key in keys):
        raise Refusal(f"{file} is no file of keys, of 32 bytes in base64 each: openssl rand -base64 32 prints one")
    return keys


def given_keys() -> list[bytes] | None:
    """The keys that this command was given."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(_META)
