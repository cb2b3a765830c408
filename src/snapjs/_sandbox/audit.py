"""What the audit of a sandbox is told: each call that guest code makes, with its outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal, TypeAlias

from ..grant import Grant

Outcome: TypeAlias = Literal["returned", "raised", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class CapabilityCall:
    """A call that guest code has made, as the audit sees it."""

    name: str
    """of the capability; of a member of a grant, with the class of the object: ``Account.deposit``"""
    arguments: tuple[Any, ...]
    """as the function got them; of a call that was refused, as they came"""
    seconds: float
    outcome: Outcome
    error: BaseException | None
    """what was raised, or thrown for it in JavaScript"""
    grant: Grant | None = None
    """whose method was called or whose attribute was read"""


Audit: TypeAlias = Callable[[CapabilityCall], object]


class Audited:
    """One call, whose outcome the audit is told: a context manager around the call of the function, or
    :meth:`refuse` in place of that.

    :param grant: whose member it is of, if any.
    """

    __slots__ = ("_audit", "_begun", "_grant", "_name", "arguments", "continues")

    def __init__(self, audit: Audit | None, name: str, arguments: tuple[Any, ...], grant: Grant | None = None) -> None:
        self._audit = audit
        self._name = name
        self._grant = grant
        self.arguments = arguments
        """with which the function is called, once that is known"""
        self.continues = False
        """whether what the function has returned is to be awaited, around which this is entered again"""
        self._begun = perf_counter()

    def __enter__(self) -> None:
        if not self.continues:
            self._begun = perf_counter()
        self.continues = False

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self.continues:
            return
        if error is None:
            self._tell("returned", None)
        else:
            self._tell("cancelled" if isinstance(error, asyncio.CancelledError) else "raised", error)

    def refuse(self, error: BaseException) -> None:
        """It is not made."""
        self._tell("refused", error)

    def _tell(self, outcome: Outcome, error: BaseException | None) -> None:
        if self._audit is not None:
            seconds = perf_counter() - self._begun
            self._audit(CapabilityCall(self._name, self.arguments, seconds, outcome, error, self._grant))
