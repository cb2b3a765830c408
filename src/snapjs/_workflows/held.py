"""What a worker has claimed, and holds until it is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from .records import Claim, StepClaim
from .store import Store


class Held:
    """Runs and steps. Any thread may use it.

    :param store: where they are.
    :param lease: seconds for which others leave them alone.
    """

    def __init__(self, store: Store, lease: float) -> None:
        self._store = store
        self._lease = lease
        self._claims: dict[int, Claim | StepClaim] = {}

    @contextmanager
    def holding(self, claim: Claim | StepClaim) -> Iterator[None]:
        """Hold it meanwhile."""
        self._claims[id(claim)] = claim
        try:
            yield
        finally:
            del self._claims[id(claim)]

    def renew(self, others: Collection[StepClaim]) -> None:
        """Renew the leases of all, and of others that are held elsewhere.

        :raises StoreError: the store cannot be used.
        """
        held = [*self._claims.values(), *others]
        runs = [one for one in held if isinstance(one, Claim)]
        steps = [one for one in held if isinstance(one, StepClaim)]
        if held:
            self._store.renew(self._lease, runs, steps)
