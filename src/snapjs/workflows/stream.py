"""What a run writes for readers outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Final

from .._workflows.payload import unpack
from .._workflows.records import StoredChunk

if TYPE_CHECKING:
    from .run import Run

_AT_A_TIME: Final = 1 << 20
"""bytes that are read at once, unless one value has more"""


class Stream:
    """The values that a run writes to one of its streams, for ``for`` and ``async for``. Made by :meth:`Run.stream`.

    It ends when the run closes the stream, or has ended; without ``follow``, after what is there now. It reads some of
    the values at a time, however many there are.
    """

    def __init__(self, run: Run, name: str, after: int, follow: bool) -> None:
        self._run = run
        self._name = name
        self._follows = follow
        self._is_over = False
        self.position: int = after
        """the number of the value that was given last: to go on after it later, give it as ``after=``"""

    def __iter__(self) -> Iterator[Any]:
        while True:
            chunks = self._read()
            yield from self._values(chunks)
            if self._is_over:
                return
            if not chunks:
                self._run._app._await_more(self._run, self._has_more)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            chunks = await asyncio.to_thread(self._read)
            for value in self._values(chunks):
                yield value
            if self._is_over:
                return
            if not chunks:
                await self._run._app._await_more_async(self._run, self._has_more)

    def _read(self) -> list[StoredChunk]:
        # Asked before: what the run has written until it ended is there then.
        is_last = not self._follows or self._run.status.is_final
        chunks = self._run._app._store.stream(self._run.id, self._name, self.position, _AT_A_TIME)
        self._is_over = is_last and not chunks
        return chunks

    def _values(self, chunks: list[StoredChunk]) -> Iterator[Any]:
        for chunk in chunks:
            self.position = chunk.number
            if chunk.payload is None:
                self._is_over = True
                return
            yield unpack(chunk.payload)

    def _has_more(self) -> bool:
        return bool(self._run._app._store.stream(self._run.id, self._name, self.position, 1))
