"""Host calls that wait until the test answers them."""

from __future__ import annotations

import asyncio
from typing import Any


async def nothing_happens(times: int = 20) -> None:
    """Let everything run that can run."""
    for _ in range(times):
        await asyncio.sleep(0)


class Desk:
    """A host function whose calls wait until the test answers them."""

    def __init__(self) -> None:
        self.waiting: dict[Any, asyncio.Future[Any]] = {}
        self.cancelled: list[Any] = []

    async def ask(self, key: Any) -> Any:
        self.waiting[key] = asyncio.get_running_loop().create_future()
        try:
            return await self.waiting[key]
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        finally:
            del self.waiting[key]
