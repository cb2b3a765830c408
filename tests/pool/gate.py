"""A function of the host that waits, so that a test knows where a call is."""

import asyncio
import threading
from typing import Any

SECONDS = 20
"""after which a test has failed"""


class Gate:
    """Waits until it is opened, and returns what it is given."""

    def __init__(self) -> None:
        self._entered = threading.Semaphore(0)
        self._open = threading.Event()

    def __call__(self, value: Any = None) -> Any:
        self._entered.release()
        assert self._open.wait(SECONDS)
        return value

    def wait(self, calls: int = 1) -> None:
        """Wait until so many calls more are in it."""
        for _ in range(calls):
            assert self._entered.acquire(timeout=SECONDS)

    async def wait_async(self, calls: int = 1) -> None:
        """As `wait`, while the event loop goes on."""
        await asyncio.to_thread(self.wait, calls)

    def open(self) -> None:
        """Let all pass, from now on."""
        self._open.set()


class AsyncGate:
    """As `Gate`, for functions that are awaited: `ended` is set when one was cancelled, and has seen it."""

    def __init__(self) -> None:
        self._entered = threading.Semaphore(0)
        self.ended = threading.Event()

    async def __call__(self) -> None:
        self._entered.release()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.set()

    async def wait_async(self) -> None:
        """Wait until one call more is in it."""
        assert await asyncio.to_thread(self._entered.acquire, timeout=SECONDS)

    def wait(self) -> None:
        """As `wait_async`."""
        assert self._entered.acquire(timeout=SECONDS)
