"""The event loop in which a worker runs async steps: one thread for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import Context
from threading import Thread
from typing import Any

from .._threads import RLock


class StepLoop:
    """An event loop in a thread, from the first use until it is closed. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._tasks: dict[Future[Any], asyncio.Task[None]] = {}
        """by what becomes of them; of the loop's thread"""

    def submit(self, function: Callable[[], Coroutine[Any, Any, Any]], context: Context) -> Future[Any]:
        """Begin a coroutine; what it returns or raises."""
        ended: Future[Any] = Future()
        loop = self._running()
        loop.call_soon_threadsafe(self._begin, loop, function, context, ended)
        return ended

    def cancel(self, ended: Future[Any]) -> None:
        """Have ``CancelledError`` raised in a coroutine, if it has not ended."""
        loop = self._running()
        loop.call_soon_threadsafe(lambda: self._tasks[ended].cancel() if ended in self._tasks else None)

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                thread = Thread(target=self._run, args=(loop,), name="snapjs-async-steps", daemon=True)
                try:
                    thread.start()
                except BaseException:  # there are as many threads as the system allows
                    loop.close()
                    raise
                self._loop, self._thread = loop, thread
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # which cancels what is left, in the end
            runner.get_loop().run_forever()

    def _begin(
        self,
        loop: asyncio.AbstractEventLoop,
        function: Callable[[], Coroutine[Any, Any, Any]],
        context: Context,
        ended: Future[Any],
    ) -> None:
        task = loop.create_task(_outcome(function, ended), context=context)
        self._tasks[ended] = task
        task.add_done_callback(lambda _: self._tasks.pop(ended))


async def _outcome(function: Callable[[], Coroutine[Any, Any, Any]], ended: Future[Any]) -> None:
    try:
        value = await function()
    except BaseException as error:  # SystemExit, too, which would end the loop
        ended.set_exception(error)
    else:
        ended.set_result(value)
