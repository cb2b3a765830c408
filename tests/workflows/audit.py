"""What has to hold of a store, whatever has happened to those who used it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw

from snapjs._workflows.sqlite import audit


def faults(store: str) -> list[str]:
    """What does not hold of the store in a file: nothing."""
    with closing(apsw.Connection(str(Path(store.removeprefix("sqlite:///"))))) as connection:
        return [f"{fault.what}: {fault.where}" for fault in audit.faults(connection)]
