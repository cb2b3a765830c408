"""What turns were made of, and the states that are kept."""

from __future__ import annotations

import apsw

from ..payload import pack, unpack
from ..records import Event, EventKind
from ..stored import RecordedTurn


def journal(connection: apsw.Connection, run: str, after: int, until: int) -> list[RecordedTurn]:
    """The turns of a run between two, the second included, in their order."""
    told = {
        id: (payload, origin)
        for id, payload, origin in connection.execute(
            "SELECT id, payload, origin FROM inbox WHERE run = ? AND turn > ? AND turn <= ?", (run, after, until)
        )
    }
    return [
        RecordedTurn(
            turn,
            clock,
            entropy,
            [
                Event(id, EventKind(kind), target, payload, at, origin)
                for id, kind, target, at, _ in unpack(events)
                for payload, origin in [told[id] if id else (pack(None), None)]
            ],
            state,
            effects,
            last_call,
        )
        for turn, clock, entropy, events, state, effects, last_call in connection.execute(
            "SELECT turn, clock, entropy, events, state, effects, last_call FROM turns "
            "WHERE run = ? AND turn > ? AND turn <= ? ORDER BY turn",
            (run, after, until),
        )
    ]


def kept(connection: apsw.Connection, run: str, until: int) -> list[int]:
    """The turns up to one whose states are kept, the latest first."""
    rows = connection.execute("SELECT turn FROM snapshots WHERE run = ? AND turn <= ? ORDER BY turn DESC", (run, until))
    return [turn for (turn,) in rows]
