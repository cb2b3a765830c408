"""What stands between guest code and the objects that it was granted: the end of its world, and the audit."""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

from .._core.grants import Grants, Use
from .._guest.abi import Member
from ..grant import Grant
from .audit import Audit, Audited
from .evals import Evals


class GrantGuard:
    """The grants of a sandbox, for the guest code of one world.

    :param evals: of the world.
    """

    def __init__(self, grants: Grants, evals: Evals, audit: Audit | None) -> None:
        self._grants = grants
        self._evals = evals
        self._audit = audit

    def check(self, grant: Grant) -> None:
        """As :meth:`Grants.check`."""
        self._grants.check(grant)

    def use(self, grant: Grant, name: str, arguments: tuple[Any, ...]) -> Any:
        """As :meth:`Grants.use`.

        :raises ClosedError: the world is discarded.
        """
        call = Audited(self._audit, f"{grant._name}.{name}", arguments, grant)
        try:
            self._evals.check_world()
            use = self._grants.admitted(grant, name, arguments)
        except Exception as error:
            call.refuse(error)
            raise
        call.arguments = use.arguments
        if use.kind == Member.ASYNC:
            return _awaited(call, use)
        with call:
            return use()


async def _awaited(call: Audited, use: Use) -> Any:
    with call:
        result = use()
        return await result if isawaitable(result) else result  # not if the method is another by now
