"""Children: what their parents are told of them, and they of their parents."""

from __future__ import annotations

import apsw

from ..records import Event, EventKind, NewRun, ParentClose, Status
from .events import tell, wake


def refuse(connection: apsw.Connection, child: NewRun, now: float) -> None:
    """Tell a run that a child of it could not begin, since another run has the key."""
    assert child.parent is not None
    _tell_parent(
        connection, child.parent, child.parent_call, Event(0, EventKind.FAILURE, str(child.parent_call), b"", now), now
    )


def tell_parent(
    connection: apsw.Connection, run: str, status: Status, result: bytes | None, error: bytes | None, now: float
) -> None:
    """Tell the run that has started another one how that has ended, if it still wants to know."""
    rows = connection.execute("SELECT parent, parent_call FROM runs WHERE id = ? AND parent IS NOT NULL", (run,))
    for parent, call in rows:
        is_done = status is Status.COMPLETED
        kind, payload = (EventKind.ANSWER, result) if is_done else (EventKind.FAILURE, error)
        if payload is not None:
            _tell_parent(connection, parent, call, Event(0, kind, str(call), payload, now, run), now)


def _tell_parent(connection: apsw.Connection, parent: str, call: int | None, event: Event, now: float) -> None:
    connection.execute(
        "UPDATE commands SET state = 'done' WHERE run = ? AND call = ? AND state = 'waiting'", (parent, call)
    )
    if connection.changes():
        tell(connection, parent, event, f"child:{call}")
        wake(connection, parent, now)


def is_child(connection: apsw.Connection, run: str, parent: str) -> bool:
    """Whether a run was started by another one."""
    return connection.execute("SELECT 1 FROM runs WHERE id = ? AND parent = ?", (run, parent)).fetchone() is not None


def let_go(connection: apsw.Connection, parent: str, now: float, *, is_terminated: bool) -> list[str]:
    """Tell the children of a run that has ended, as far as they are to end with it.

    :param is_terminated: whether it was ended from outside, at once: so are they, then.
    :return: those that are to be ended at once.
    """
    at_once = []
    children = connection.execute(
        "SELECT id, parent_close FROM runs WHERE parent = ? AND finished_at IS NULL AND parent_close <> ?",
        (parent, ParentClose.ABANDON),
    )
    for child, close in children.fetchall():
        assert isinstance(child, str)
        if is_terminated or close == ParentClose.TERMINATE:
            at_once.append(child)
        else:
            tell(connection, child, Event(0, EventKind.CANCEL, "", b"", now), "cancel")
            wake(connection, child, now)
    return at_once
