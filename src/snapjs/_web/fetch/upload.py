"""A request's body that JavaScript writes while it is sent."""

from __future__ import annotations

import asyncio

from .failures import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Upload:
    """Hands pieces over one at a time: a piece is taken when the one before is on its way.

    :param what: the request, for errors.
    :param limit: bytes that all pieces may have together.
    """

    def __init__(self, what: str, limit: int) -> None:
        self._what = what
        self._left = limit
        self._piece: bytes | None = None
        self._is_waiting = False
        self._has_ended = False
        self._is_closed = False
        self._changed = asyncio.Condition()

    async def write(self, piece: bytes | None) -> bool:
        """Send a piece; whether more are wanted.

        :param piece: ``None`` for the end.
        :raises Refusal: together they are too large.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: not self._is_waiting or self._is_closed)
            if self._is_closed or self._has_ended:
                return False
            self._left -= len(piece or b"")
            if self._left < 0:
                raise Refusal(self._what, "the body is too large")
            self._piece, self._is_waiting = piece, True
            self._changed.notify_all()
            return piece is not None

    async def pieces(self) -> AsyncIterator[bytes]:
        """What is written, as it comes."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._is_waiting)
                piece, self._piece, self._is_waiting = self._piece, None, False
                self._has_ended = piece is None
                self._changed.notify_all()
            if piece is None:
                return
            if piece:  # in chunked coding, one without bytes is the end
                yield piece

    async def close(self) -> None:
        """Nobody takes any more."""
        async with self._changed:
            self._is_closed = True
            self._changed.notify_all()
