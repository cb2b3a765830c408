"""What is said of runs, so that they are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import apsw

from ..attributes import MOST_ATTRIBUTES

_MOST: Final = 2 * MOST_ATTRIBUTES
"""of one run, which is started with some and gives itself some"""


def put(connection: apsw.Connection, run: str, values: Mapping[str, bytes | None]) -> None:
    """Say something of a run; ``None``: what was said by that name is said no more."""
    for name, value in values.items():
        if value is None:
            connection.execute("DELETE FROM attributes WHERE run = ? AND name = ?", (run, name))
        else:
            # A program is told when it says too much. One that goes around that is not to fill each listing.
            connection.execute(
                "INSERT INTO attributes (run, name, value) SELECT ?1, ?2, ?3 "
                "WHERE (SELECT count(*) FROM attributes WHERE run = ?1 AND name <> ?2) < ?4 "
                "ON CONFLICT DO UPDATE SET value = excluded.value",
                (run, name, value, _MOST),
            )


def of(connection: apsw.Connection, run: str) -> dict[str, bytes]:
    """What is said of a run."""
    return dict(connection.execute("SELECT name, value FROM attributes WHERE run = ? ORDER BY name", (run,)))


def condition(wanted: Mapping[str, bytes | None], values: list[Any]) -> str:
    """SQL that is true of the rows of runs that have these attributes; ``None``: none of that name.

    :param values: of the statement's parameters, to which those of this one are added.
    """
    parts = ["TRUE"]
    for name, value in wanted.items():
        values.append(name)
        named = f"SELECT run FROM attributes WHERE name = ?{len(values)}"
        if value is None:
            parts.append(f"id NOT IN ({named})")
        else:
            values.append(value)
            parts.append(f"id IN ({named} AND value = ?{len(values)})")
    return " AND ".join(parts)
