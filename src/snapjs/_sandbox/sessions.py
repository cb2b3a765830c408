"""Where the worlds of sessions are kept: one at a time has a session, and it is saved whole or not at all."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from .._files import locked, replacing
from .._threads import RLock
from ..errors import BusyError, SnapshotError

_SQLITE: Final = (".db", ".sqlite", ".sqlite3")
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS sessions (key BLOB PRIMARY KEY, version INTEGER NOT NULL, data BLOB NOT NULL)"
)
_BUSY_SECONDS: Final = 30.0

_making: Final = RLock()
"""held while a file is made"""


class Saved(Protocol):
    """What a session is, and is to become. A store has a class of its own for it."""

    data: bytes | None
    """a snapshot; ``None`` of a session that has not been saved yet"""


@dataclass
class _Saved:
    data: bytes | None


class SessionStore(Protocol):
    """Keeps sessions."""

    def session(self, key: str) -> AbstractContextManager[Saved]:
        """Open a session. What ``data`` is at the end of the ``with`` statement is kept, unless an exception ended it.

        :raises BusyError: it is open elsewhere, or was saved there meanwhile.
        """


def session_store(store: SessionStore | str | os.PathLike[str]) -> SessionStore:
    """The store that is meant: a folder, a file of SQLite by its suffix, or the object itself.

    :raises TypeError: it is none of these.
    :raises ValueError: it is an empty text, as of a setting that is not set.
    """
    if isinstance(store, str | os.PathLike):
        if not os.fspath(store):
            raise ValueError("a store is the path of a folder or of a file, not an empty text: name one")
        path = Path(store)
        return SQLiteStore(path) if path.suffix in _SQLITE else FolderStore(path)
    if not callable(getattr(store, "session", None)):
        raise TypeError(f"a store is a folder, a file of SQLite or a SessionStore, not {type(store).__name__}")
    return store


class FolderStore:
    """A file for each session, named after the hash of its key. An open one is locked.

    :param folder: is made if it is not there; nobody else may read it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def session(self, key: str) -> Iterator[Saved]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        path = self._folder / f"{name}.snap"
        with locked(self._folder / f"{name}.lock") as is_free:
            if not is_free:
                raise BusyError(f"Session {key!r} is open already. Let it end first.")
            saved = _Saved(path.read_bytes() if path.exists() else None)
            yield saved
            if saved.data is not None:
                with replacing(path, private=True) as file:
                    file.write(saved.data)


class SQLiteStore:
    """A row for each session. One that was saved by another while it was open is not saved.

    :param path: of the file, which is made if it is not there; nobody else may read it then.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def session(self, key: str) -> Iterator[Saved]:
        self._make_file()
        with self._telling():
            opened = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        with closing(opened) as database:
            name = key.encode(errors="surrogatepass")
            with self._telling():
                database.execute(_SCHEMA)
                row = database.execute("SELECT version, data FROM sessions WHERE key = ?", (name,)).fetchone()
            version, data = row or (0, None)
            saved = _Saved(data)
            yield saved
            with self._telling():
                if saved.data is not None and not _save(database, name, version, saved.data):
                    raise BusyError(f"Session {key!r} was saved by another meanwhile. Open it again, and do it again.")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What SQLite raises, as what it is to who has a session. Not around what is done in that, which may raise
        errors of databases of its own.

        :raises BusyError: another holds the file for too long.
        :raises SnapshotError: it is no database, or cannot be read or written.
        """
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise BusyError(f"{self._path} is held by another: {error}. Try again later.") from error
            raise SnapshotError(
                f"{self._path} cannot be used: {error}. Give another file, or mend what hinders it."
            ) from error

    def _make_file(self) -> None:
        # One that is there is not opened: to close any descriptor of a file ends all locks that this process has of it
        # (fcntl(2)), those of SQLite too. Nor may another thread have it before this one is closed.
        with _making, suppress(FileExistsError):
            os.close(os.open(os.path.realpath(self._path), os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o600))


def _save(database: sqlite3.Connection, key: bytes, version: int, data: bytes) -> bool:
    """Whether the session still had this version."""
    if version:
        statement = "UPDATE sessions SET version = version + 1, data = ? WHERE key = ? AND version = ?"
        return database.execute(statement, (data, key, version)).rowcount == 1
    statement = "INSERT INTO sessions (key, version, data) VALUES (?, 1, ?) ON CONFLICT DO NOTHING"
    return database.execute(statement, (key, data)).rowcount == 1
