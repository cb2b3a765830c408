"""Files that are there whole or not at all, and files that one at a time may hold."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO


@contextmanager
def replacing(path: str | os.PathLike[str], *, private: bool = False) -> Iterator[BinaryIO]:
    """Open a file that is put in place of another when the block ends: a reader sees the old one or the whole new one,
    also after a power failure. Where the block raises, nothing is left behind.

    :param private: nobody but this user may read and write it; otherwise it has the permissions of the file that it
        replaces, or of any new file.
    :raises OSError: it cannot be written.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.urandom(8).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(temporary, flags, 0o600 if private else 0o666)
    except OSError as error:
        error.filename = os.fspath(path)  # the one that its caller knows
        raise
    try:
        with open(descriptor, "wb") as file:
            if not private and os.path.exists(path):
                os.chmod(temporary, os.stat(path).st_mode)
            yield file
            file.flush()
            os.fsync(descriptor)
        _replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):  # it is in place, and a signal handler has raised
            os.unlink(temporary)
        raise


def _replace(temporary: str, path: str | os.PathLike[str]) -> None:
    try:
        os.replace(temporary, path)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, os.fspath(path)) from None


@contextmanager
def locked(path: str | os.PathLike[str]) -> Iterator[bool]:
    """Hold a lock, for which there is this file: whether nobody else has it, in any process. It ends with the block, or
    the process.

    :raises OSError: the file cannot be made, or its file system has no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # of flock; of msvcrt
        return False
    return True
