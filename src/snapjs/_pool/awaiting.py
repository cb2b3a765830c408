"""Waits, in a thread that runs no event loop, for promises that a timer or a function of the host settles."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import TYPE_CHECKING

from .._threads import RLock
from ..errors import Interrupted

if TYPE_CHECKING:
    from .._core.bridge import Bridge
    from ..promise import Promise


class Awaiting:
    """An event loop for one worker, made when it is first needed. One thread at a time, but for :meth:`stop`."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._lock = RLock()  # a finalizer may stop a call while this very thread holds it
        self._task: asyncio.Task[None] | None = None

    def run(self, bridge: Bridge, promise: Promise, timeout: float | None) -> None:
        """Turn the event loop of a VM until a promise is settled.

        :param timeout: seconds.
        :raises StillPending: nothing is left that could settle it.
        :raises TimeLimitError: the time is over.
        :raises Interrupted: the VM was stopped.
        """
        if self._runner is None:  # with a factory, or its loop would become the one of the thread that calls
            self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        try:
            self._runner.run(self._wait(bridge, promise, timeout), context=copy_context())
        except asyncio.CancelledError:
            raise Interrupted() from None
        except Exception:
            raise
        except BaseException:  # it has left the event loop, and what waits there
            self.close()
            raise

    async def _wait(self, bridge: Bridge, promise: Promise, timeout: float | None) -> None:
        with self._lock:
            self._task = asyncio.current_task()
        try:
            if bridge.limits.stopped:
                raise Interrupted()
            await bridge.loop.until_settled(promise._live(), timeout)
        finally:
            with self._lock:
                self._task = None

    def stop(self) -> None:
        """End what waits, from another thread."""
        with self._lock:
            if self._task is not None:
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def end_cancelled(self) -> None:
        """Let functions of the host see that they were cancelled."""
        if self._runner is not None and asyncio.all_tasks(self._runner.get_loop()):
            self._runner.run(asyncio.sleep(0))

    def close(self) -> None:
        """End the event loop, and what runs on it."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()
