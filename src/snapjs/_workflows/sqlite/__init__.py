"""The store in one file of SQLite, for any number of processes on one machine."""

from .store import SQLiteStore

__all__ = ["SQLiteStore"]
