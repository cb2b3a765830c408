"""Steps that run in the transaction in which their outcome is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import apsw

from ...errors import WorkflowError
from ..crash import crash_point
from ..records import Outcome, StepClaim
from ..store import Fenced
from .attempts import is_in_state
from .steps import finish, is_answered

_FORBIDDEN: Final = (apsw.SQLITE_TRANSACTION, apsw.SQLITE_ATTACH, apsw.SQLITE_DETACH)


def transact(
    connection: apsw.Connection, step: StepClaim, outcome: Callable[[apsw.Connection], Outcome], now: float
) -> None:
    """Run a step, and tell the run of its outcome.

    :raises Fenced: it is not this attempt any more that counts.
    :raises WorkflowError: it has ended the transaction.
    """
    if is_answered(connection, step):
        return
    if not is_in_state(connection, step, "running"):
        raise Fenced
    before = connection.authorizer
    connection.authorizer = _keep_transaction
    try:
        ended = outcome(connection)
    finally:
        connection.authorizer = before
    if not connection.in_transaction:
        raise WorkflowError("The step has ended the transaction that its outcome belongs to, by ON CONFLICT ROLLBACK.")
    crash_point("step_transacted", step.name)
    finish(connection, ended, now)


def _keep_transaction(operation: int, *_: str | None) -> int:
    """Whether SQLite may do something in the step: not what would end the transaction."""
    return apsw.SQLITE_DENY if operation in _FORBIDDEN else apsw.SQLITE_OK
