"""The results of one function for many arguments."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from .call import Call
    from .progress import Progress


class Caller(Protocol):
    """Begins and ends the calls."""

    def begin(self, arguments: tuple[Any, ...], tell: Callable[[], object]) -> Call:
        """Begin a call.

        :param tell: called when it has an outcome, in any thread.
        """

    def abandon(self, call: Call) -> None:
        """End a call that nobody waits for any more."""


class Arrivals:
    """Wakes who waits for results. The calls that are under way refer to this, and not to who waits."""

    def __init__(self) -> None:
        self._noted: SimpleQueue[None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()

    def wake_on(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """From now on, a coroutine on this loop is to be woken; ``None``: a thread."""
        self._loop = loop

    def note(self) -> None:
        """There is an outcome. From any thread."""
        if self._loop is None:
            self._noted.put(None)
        else:
            with suppress(RuntimeError):  # the loop is closed, and nobody waits
                self._loop.call_soon_threadsafe(self._event.set)

    def forget(self) -> None:
        """What was noted so far has been looked at, or will be."""
        self._event.clear()
        with suppress(Empty):
            while True:
                self._noted.get_nowait()

    def wait(self) -> None:
        """Wait for one that was noted since."""
        self._noted.get()

    async def wait_async(self) -> None:
        """As :meth:`wait`."""
        await self._event.wait()


class Results:
    """An iterator and an async iterator: ``for`` and ``async for`` both take the results one by one.

    Arguments are taken as results are, never far ahead. What a call raises is raised in its place, and the next result
    can still be taken. :meth:`close` ends the calls that are under way.

    :param caller: begins and ends them.
    :param arguments: of each call.
    :param ahead: how many calls are under way at most.
    :param ordered: whether results come in the order of the arguments, or as they are there.
    :param progress: told of each result, and of the end.
    """

    def __init__(
        self,
        caller: Caller,
        arguments: Iterator[tuple[Any, ...]],
        ahead: int,
        *,
        ordered: bool,
        progress: Progress | None,
    ) -> None:
        self._caller = caller
        self._arguments = arguments
        self._ahead = ahead
        self._ordered = ordered
        self._progress = progress
        self._under_way: deque[Call] = deque()
        self._arrivals = Arrivals()
        self._failure: Exception | None = None
        """of the arguments"""

    # ---- in a thread

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        self._arrivals.wake_on(None)
        self._fill()
        while self._under_way:
            self._arrivals.forget()
            call = self._first()
            if call is not None:
                return self._outcome(call)
            self._arrivals.wait()
        self.close()
        self._raise_failure()
        raise StopIteration

    # ---- in a coroutine

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        self._arrivals.wake_on(asyncio.get_running_loop())
        self._fill()
        while self._under_way:
            self._arrivals.forget()
            call = self._first()
            if call is not None:
                return self._outcome(call)
            await self._arrivals.wait_async()
        self.close()
        self._raise_failure()
        raise StopAsyncIteration

    # ---- both

    def _fill(self) -> None:
        while len(self._under_way) < self._ahead:
            try:
                arguments = next(self._arguments, None)
            except Exception as error:  # whose turn is after the results of what came before
                self._arguments, self._failure = iter(()), error
                return
            if arguments is None:
                return
            self._under_way.append(self._caller.begin(arguments, self._arrivals.note))

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _first(self) -> Call | None:
        """The call whose turn it is, if it has an outcome."""
        candidates = [self._under_way[0]] if self._ordered else self._under_way
        return next((call for call in candidates if call.is_over), None)

    def _outcome(self, call: Call) -> Any:
        self._under_way.remove(call)
        if self._progress is not None:
            self._progress.advance()
        return call.outcome()

    def close(self) -> None:
        """End the calls that are under way, and take no more arguments. Idempotent."""
        self._arguments = iter(())
        while self._under_way:
            self._caller.abandon(self._under_way.popleft())
        progress, self._progress = self._progress, None
        if progress is not None:
            progress.end()

    def __del__(self) -> None:
        self.close()
