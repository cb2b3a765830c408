"""Codes of workflows and engines, by their hashes."""

from __future__ import annotations

from collections.abc import Mapping

import apsw


def put(connection: apsw.Connection, data: Mapping[str, bytes], engine: str | None, now: float) -> None:
    """Keep bytes.

    :param engine: the hash of the one among them that the others run on.
    """
    connection.executemany(
        "INSERT INTO artifacts (sha256, data, engine, stored_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (sha256) DO UPDATE SET stored_at = excluded.stored_at",
        [(sha256, one, None if sha256 == engine else engine, now) for sha256, one in data.items()],
    )


def check(connection: apsw.Connection, sha256: str) -> None:
    """See that there are bytes with a hash, to which something is about to refer.

    :raises KeyError: there are none.
    """
    if connection.execute("SELECT 1 FROM artifacts WHERE sha256 = ?", (sha256,)).fetchone() is None:
        raise KeyError(sha256)


def get(connection: apsw.Connection, sha256: str) -> bytes:
    """Bytes by their hash.

    :raises KeyError: there are none.
    """
    for (data,) in connection.execute("SELECT data FROM artifacts WHERE sha256 = ?", (sha256,)):
        return data  # type: ignore[no-any-return]
    raise KeyError(sha256)
