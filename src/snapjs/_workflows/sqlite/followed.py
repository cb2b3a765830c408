"""The run that a thread goes on with: while nobody has written anything, it need not look at it again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import apsw

from ..records import Claim, EventKind, Turn


@dataclass(frozen=True)
class Mark:
    """A moment of a file. Nothing was written since if it is the same for the same connection."""

    connection: apsw.Connection
    by_others: int
    by_this: int

    @classmethod
    def now(cls, connection: apsw.Connection) -> Mark:
        return cls(connection, connection.pragma("data_version"), connection.total_changes())


class Followed(threading.local):
    """What this thread would find if it looked."""

    def __init__(self) -> None:
        self._found: Claim | None = None
        self._claim: Claim | None = None
        self._mark: Mark | None = None

    def begin(self, claim: Claim | None) -> None:
        """Take note of what was found."""
        self._found, self._claim = claim, None

    def end(self) -> Claim | None:
        """What was found before a turn that is about to be stored, after which nothing is known."""
        found = self._claim or self._found
        self.begin(None)
        return found

    def go_on(self, found: Claim | None, claim: Claim, turn: Turn, wake_at: float | None, mark: Mark) -> None:
        """Take note of what a turn has left, with which this thread has claimed the step that follows.

        :param found: what :meth:`end` has said.
        :param claim: the same as whoever took the turn has it: a store that encrypts has opened it, and will again.
        :param wake_at: when the run has something to do.
        """
        is_told_more = turn.attributes or any(told.event.kind is EventKind.DEADLINE for told in turn.told)
        if found is None or is_told_more or _key(found) != _key(claim):
            return
        run = replace(found.run, turn=found.run.turn + 1, wake_at=wake_at)
        self._claim, self._mark = Claim(run, found.epoch, turn.last_call, []), mark

    def known(self, run: str, now: float, connection: apsw.Connection) -> Claim | None:
        """The run as it is, if that is known, and there is nothing to tell it."""
        claim = self._claim
        if claim is None or claim.run.id != run or self._mark != Mark.now(connection):
            return None
        return claim if claim.run.wake_at is None or claim.run.wake_at > now else None


def _key(claim: Claim) -> tuple[str, int, int]:
    return claim.run.id, claim.run.turn, claim.epoch
