"""Codes of workflows and engines, by their hashes."""

from __future__ import annotations

from collections.abc import Mapping

import apsw


def put(connection: apsw.Connection, data: Mapping[str, bytes]) -> None:
    """Keep bytes."""
    connection.executemany(
        "INSERT INTO artifacts (sha256, data) VALUES (?, ?) ON CONFLICT DO NOTHING", list(data.items())
    )


def get(connection: apsw.Connection, sha256: str) -> bytes:
    """Bytes by their hash.

    :raises KeyError: there are none.
    """
    for (data,) in connection.execute("SELECT data FROM artifacts WHERE sha256 = ?", (sha256,)):
        return data  # type: ignore[no-any-return]
    raise KeyError(sha256)
