"""Answers engine/web/fetch.js, which says what it asks. Its arguments may come out of a forged snapshot, or from a
guest that a program has taken over: each request is held against the policy here, and nowhere else."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from .exchange import Exchange
from .failures import INTERRUPTED, Cancelled, FetchFailure, Refusal
from .outgoing import Outgoing, check, prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ...fetch import Fetch

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
"""methods that ask for nothing to be done (RFC 9110, 9.2.1), and so may be sent twice"""
_LONGEST_ID: Final = 40
_MOST_BEGUN: Final = 100_000
_MOST_UNREAD: Final = 64 << 20
"""bytes of responses that have come to their end, and wait here to be read: a VM's memory limit does not count them"""


class FetchService:
    """Of one VM.

    :param policy: what it may do.
    """

    is_immediate = False

    def __init__(self, policy: Fetch) -> None:
        self._policy = policy
        self._begun: set[str] = set()
        """what JavaScript wants in this process, and has not been started"""
        self._started: set[str] = set()
        """what was, and has no answer; its event loop may have ended since"""
        self._cancelled: set[str] = set()
        """of both, what it does not want any more"""
        self._exchanges: dict[str, Exchange] = {}
        self._slots: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    def close(self) -> None:
        """Nobody asks any more, from any thread."""
        for exchange in self._exchanges.values():
            exchange.cancel()
        self._exchanges.clear()

    # ---- what JavaScript stops for

    def call(self, operation: Any, id: Any, *arguments: Any) -> dict[str, str] | None:
        """Answer ``web.call``."""
        operations: dict[Any, Callable[..., None]] = {
            "begin": self._begin, "cancel": self._cancel, "forget": self._forget
        }  # fmt: skip
        try:
            operations[operation](_checked_id(id), *arguments)
        except FetchFailure as failure:
            return failure.answer
        return None

    def _begin(self, id: str, method: Any, url: Any) -> None:
        if len(self._begun) >= _MOST_BEGUN:
            raise Refusal("the request", "it is one of too many")
        check(self._policy, method, url)
        self._begun.add(id)

    def _cancel(self, id: str) -> None:
        if id in self._begun or id in self._started:
            self._cancelled.add(id)
        self._drop(id)

    def _forget(self, id: str) -> None:
        self._note_answered(id)
        self._drop(id)

    def _drop(self, id: str) -> None:
        exchange = self._exchanges.pop(id, None)
        if exchange is not None:
            exchange.cancel()

    # ---- what it gets a promise for

    async def request(self, operation: Any, id: Any, *arguments: Any) -> Any:
        """Answer ``web.request``."""
        operations: dict[Any, Callable[..., Any]] = {"start": self._start, "write": self._write, "read": self._read}
        try:
            return await operations[operation](_checked_id(id), *arguments)
        except FetchFailure as failure:
            return failure.answer

    async def _start(
        self, id: str, method: Any, url: Any, headers: Any, body: Any, hops: Any, integrity: Any
    ) -> dict[str, Any]:
        try:
            if id in self._cancelled:
                raise Cancelled
            outgoing = prepare(self._policy, method, url, headers, body, hops)
            if id not in self._begun:
                self._check_again(outgoing)
            self._begun.discard(id)
            self._started.add(id)
            head = await self._begin_exchange(id, outgoing, str(integrity))
        except asyncio.CancelledError:
            raise  # with the event loop: another one starts it again
        except BaseException:
            self._note_answered(id)
            raise
        self._note_answered(id)
        return head

    async def _begin_exchange(self, id: str, outgoing: Outgoing, integrity: str) -> dict[str, Any]:
        self._make_room()
        exchange = Exchange(self._policy, outgoing, self._free_slots(), integrity)
        self._exchanges[id] = exchange
        try:
            head = await exchange.head()
        except BaseException:  # whoever waited is gone, or there is no response
            self._exchanges.pop(id, None)
            exchange.cancel()
            raise
        if head["ended"]:
            self._exchanges.pop(id, None)
        return head

    def _make_room(self) -> None:
        """Give up the oldest of the responses that nobody reads, if they are too much together."""
        excess = sum(exchange.unread for exchange in self._exchanges.values()) - _MOST_UNREAD
        for exchange in self._exchanges.values():
            if excess <= 0:
                return
            if exchange.unread:
                excess -= exchange.unread
                exchange.give_up()

    def _note_answered(self, id: str) -> None:
        for ids in (self._begun, self._started, self._cancelled):
            ids.discard(id)

    def _check_again(self, request: Outgoing) -> None:
        """Whether a request may be sent that was sent before: by another process, or on an event loop that has ended.

        :raises FetchFailure: it may not.
        """
        target = f"{request.target.origin}{request.target.path}"
        what = f"{request.method} {target} was on its way when the VM was saved, or its event loop ended"
        if self._policy.on_restore == "reject":
            raise FetchFailure(f"{what}; the policy sends nothing again", "AbortError")
        if request.method not in _SAFE or request.body is True:
            raise FetchFailure(f"{what}; it may have been carried out, so it is not sent again", "AbortError")

    def _free_slots(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        if self._slots is None or self._slots[0] is not loop:
            self._slots = (loop, asyncio.Semaphore(self._policy.max_concurrent))
        return self._slots[1]

    async def _write(self, id: str, piece: Any) -> bool:
        exchange = self._exchanges.get(id)
        if exchange is None:
            return False  # the response is complete, or the request another process's
        try:
            return await exchange.write(piece)
        except FetchFailure:
            self._cancel(id)
            raise

    async def _read(self, id: str) -> bytes | None:
        exchange = self._exchanges.get(id)
        if exchange is None:
            raise FetchFailure(INTERRUPTED, "AbortError")
        try:
            piece = await exchange.read()
        except FetchFailure:
            self._exchanges.pop(id, None)
            raise
        if piece is None:
            self._exchanges.pop(id, None)
        return piece


def _checked_id(id: Any) -> str:
    """
    :raises Refusal: it is nothing that engine/web/fetch.js calls a request.
    """
    if not isinstance(id, str) or len(id) > _LONGEST_ID:
        raise Refusal("the request", "it is malformed")
    return id
