"""Durable workflows on a file of SQLite: one interface, so that every workload is written once."""

from __future__ import annotations

import subprocess
import sys
from abc import ABC, abstractmethod
from threading import Event


class Durable(ABC):
    """Workflows in a file, and one worker in this process that goes on with them.

    There are three. ``count(n)`` awaits a step so many times, one after the other, and returns the sum. ``agent(n)``
    keeps a conversation: so many times, a step is given a question made of the last answer, and answers with
    :func:`answer`. ``wait(n)`` awaits as many steps as ``count``, and then messages; after each message, a step calls
    :attr:`reached`.

    :param path: of the file, which is made if it is not there.
    """

    path: str
    reached: Event
    """set by the step after a message"""

    @abstractmethod
    def open(self) -> None:
        """Have a worker go on with what there is in the file, from now on."""

    @abstractmethod
    def run(self, workflow: str, steps: int, runs: int = 1) -> list[object]:
        """Start so many runs at once; the results of all."""

    @abstractmethod
    def wait(self, steps: int) -> str:
        """Start ``wait``. The run, once it waits for a message."""

    @abstractmethod
    def tell(self, run: str) -> None:
        """Send a run a message, by a process that need not have a worker."""

    @abstractmethod
    def close(self) -> None:
        """Have the worker end."""

    def size(self) -> int:
        """Bytes of the file that are in use."""
        return file_size(self.path)


def file_size(path: str) -> int:
    """Bytes of a file of SQLite that are in use."""
    # In a process of its own: a second SQLite in this one would let go of the locks of the first.
    done = subprocess.run([sys.executable, "-c", _SIZE, path], check=True, capture_output=True, text=True)
    return int(done.stdout)


_SIZE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA wal_checkpoint")
names = "page_count", "freelist_count", "page_size"
pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
print((pages - free) * size)
"""


_WORDS = ("order", "refund", "delay", "parcel", "invoice", "address", "warehouse", "tomorrow", "customer", "payment")


def answer(number: int) -> str:
    """A thousand characters, others for each number."""
    words = (
        _WORDS[(number * 7 + index * (index + number)) % len(_WORDS)] + str(number * index) for index in range(200)
    )
    return " ".join(words)[:1000]
