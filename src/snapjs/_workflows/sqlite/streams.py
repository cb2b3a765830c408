"""What runs write for readers outside."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from ..records import Chunk, StoredChunk


def write(connection: apsw.Connection, run: str, turn: int, chunks: Sequence[Chunk]) -> None:
    """Add to the streams of a run what it has written in a turn."""
    numbers: dict[str, int] = {}
    for chunk in chunks:
        if chunk.stream not in numbers:
            [(latest,)] = connection.execute(
                "SELECT coalesce(max(number), 0) FROM chunks WHERE run = ? AND stream = ?", (run, chunk.stream)
            )
            numbers[chunk.stream] = latest
        numbers[chunk.stream] += 1
        connection.execute(
            "INSERT INTO chunks (run, stream, number, value, turn) VALUES (?, ?, ?, ?, ?)",
            (run, chunk.stream, numbers[chunk.stream], chunk.payload, turn),
        )


def read(connection: apsw.Connection, run: str, stream: str, after: int, size: int) -> list[StoredChunk]:
    """What comes after so many in a stream, as much as has so many bytes, and at least one."""
    found = []
    rows = connection.execute(
        "SELECT number, value FROM chunks WHERE run = ? AND stream = ? AND number > ? ORDER BY number",
        (run, stream, after),
    )
    for number, payload in rows:
        found.append(StoredChunk(number, payload))
        size -= len(payload or b"")
        if size <= 0:
            rows.close()
            break
    return found
