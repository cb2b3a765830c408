"""What a step may know of itself, and say."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from .payload import pack, unpack
from .records import StepClaim
from .secrets import Secrets
from .store import Store


class StepContext:
    """What a step may know of itself, by :func:`snapjs.workflows.current_step`."""

    def __init__(self, step: StepClaim, store: Store, hidden: Secrets, connection: Any = None) -> None:
        self._step = step
        self._store = store
        self._secrets = hidden
        self._connection = connection
        self.run: str = step.run
        """the id of the run"""
        self.key: str = f"{step.run}/{step.call}"
        """the same in each attempt, and of no other step: to have other systems do a thing once"""
        self.attempt: int = step.attempt
        """1 for the first"""
        self.last_heartbeat: Any = None if step.heartbeat is None else unpack(step.heartbeat)
        """what an earlier attempt has given to :meth:`heartbeat` last"""

    def heartbeat(self, detail: Any = None) -> None:
        """Say that the step goes on, and how far it is. It is stored before this returns.

        :param detail: data, which the next attempt has as :attr:`last_heartbeat`.
        :raises ConversionError, PayloadTooLarge: it cannot be stored.
        :raises StoreError: the store cannot be used.
        """
        self._store.beat_step(self._step, self._secrets.hidden(pack(detail)))

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for this attempt any more: its run was cancelled or has ended, a timeout has run out, or
        another worker has taken it over. It is looked up in the store.

        :raises StoreError: the store cannot be used.
        """
        return bool(self._store.lost_steps([self._step]))

    @property
    def connection(self) -> Any:
        """Of a step with ``transactional=True``: the ``apsw.Connection`` with the transaction in which its outcome is
        stored.

        :raises LookupError: it is none.
        """
        if self._connection is None:
            raise LookupError("only a step with transactional=True has the connection of its outcome")
        return self._connection


CURRENT: Final[ContextVar[StepContext]] = ContextVar("snapjs step")


def current_step() -> StepContext:
    """What the step that runs may know of itself.

    :raises LookupError: no step runs.
    """
    return CURRENT.get()
