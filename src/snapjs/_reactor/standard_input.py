"""Where a program's standard input comes from, and how the host waits for it."""

from __future__ import annotations

import os
import select
from collections import deque
from threading import Condition

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any, Final

_AT_MOST: Final = 1 << 20
"""bytes that are read at once"""


class StandardInput:
    """Standard input.

    :param source: bytes; a callable of a number of bytes, or an object with ``read``, which give at most that many, and
        none at the end; a file with a descriptor; ``None``: what is pushed.
    :raises TypeError: it is something else.
    """

    def __init__(self, source: Any) -> None:
        self._pushed: deque[bytes] = deque()
        self._is_closed = False
        self._changed = Condition()
        self._is_woken = False
        self._wakers: set[Callable[[], object]] = set()
        self._descriptor: int | None = None
        self._read: Callable[[int], Any] | None = None
        if isinstance(source, (bytes, bytearray, memoryview)):
            self._pushed.append(bytes(source))
            self._is_closed = True
        elif callable(source):
            self._read = source
        elif source is not None:
            self._descriptor = _descriptor_of(source)
            self._read = getattr(source, "read", None)
            if self._descriptor is None and not callable(self._read):
                raise TypeError(f"stdin takes bytes, a callable or a file, not {type(source).__name__}")
        self._is_pushed = self._read is None and self._descriptor is None

    def push(self, data: bytes) -> None:
        """More input. From any thread."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"standard input is bytes, not {type(data).__name__}: encode text")
        self._check_pushed()
        with self._changed:
            if self._is_closed:
                raise ValueError("standard input is closed: push before close_stdin()")
            self._pushed.append(bytes(data))
        self.wake()

    def close(self) -> None:
        """No more is pushed. From any thread; idempotent."""
        self._check_pushed()
        with self._changed:
            self._is_closed = True
        self.wake()

    def _check_pushed(self) -> None:
        if not self._is_pushed:
            raise ValueError("standard input comes from what stdin= names. Leave that out to push.")

    def take_pushed(self) -> tuple[bytes, bool]:
        """What was pushed and is not taken yet, and whether that is the end."""
        with self._changed:
            data = b"".join(self._pushed)
            self._pushed.clear()
            return data, self._is_closed and self._is_pushed

    def read(self, size: int) -> bytes | None:
        """At most that many bytes; none at the end; ``None``: there are none yet."""
        size = max(1, min(size, _AT_MOST))
        if self._descriptor is not None:
            return os.read(self._descriptor, size)
        if self._read is not None:
            data = self._read(size)
            if isinstance(data, str):
                data = data.encode()
            if not isinstance(data, (bytes, bytearray, memoryview)):
                raise TypeError(f"stdin= gives bytes, not {type(data).__name__}")
            return bytes(data)
        data, is_end = self.take_pushed()
        return data if data or is_end else None

    # ---- waiting

    def is_ready(self) -> bool:
        """Whether :meth:`read` has something to say. A callable always has, though it may take its time.

        :raises OSError: the file is closed.
        """
        if self._descriptor is not None:
            return bool(select.select([self._descriptor], [], [], 0)[0])
        return self._read is not None or bool(self._pushed) or self._is_closed

    def wake(self) -> None:
        """End whoever waits."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()
            for wake in self._wakers:
                wake()

    def wait(self, seconds: float | None, is_wanted: bool) -> None:
        """Wait.

        :param seconds: at most; ``None``: without end.
        :param is_wanted: input ends the wait too.
        """
        if is_wanted and self._descriptor is not None:
            self._wait_for_file(self._descriptor, seconds)
            return
        with self._changed:
            self._changed.wait_for(lambda: self._is_woken or (is_wanted and self.is_ready()), seconds)
            self._is_woken = False

    def _wait_for_file(self, descriptor: int, seconds: float | None) -> None:
        reading, writing = os.pipe()

        def wake() -> None:
            os.write(writing, b".")

        with self._changed:
            self._wakers.add(wake)
            if self._is_woken:
                wake()
        try:
            select.select([descriptor, reading], [], [], seconds)
        finally:
            with self._changed:
                self._wakers.discard(wake)
                self._is_woken = False
            os.close(reading)
            os.close(writing)

    async def wait_async(self, seconds: float | None, is_wanted: bool) -> None:
        """As :meth:`wait`, on the event loop that runs."""
        from asyncio import get_running_loop

        loop = get_running_loop()
        done = loop.create_future()

        def finish() -> None:
            if not done.done():
                done.set_result(None)

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(finish)

        timer = None if seconds is None else loop.call_later(seconds, finish)
        watched = self._watch(loop, finish) if is_wanted else None
        with self._changed:
            self._wakers.add(wake)
            if self._is_woken or (is_wanted and self.is_ready()):
                finish()
            self._is_woken = False
        try:
            await done
        finally:
            with self._changed:
                self._wakers.discard(wake)
            if timer is not None:
                timer.cancel()
            if watched is not None:
                loop.remove_reader(watched)
                os.close(watched)

    def _watch(self, loop: asyncio.AbstractEventLoop, finish: Callable[[], None]) -> int | None:
        """Have a coroutine woken when the file has something; the descriptor of its own that is watched, for several
        may wait for one file."""
        if self._descriptor is None:
            return None
        descriptor = os.dup(self._descriptor)
        try:
            loop.add_reader(descriptor, finish)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _descriptor_of(source: Any) -> int | None:
    try:
        descriptor = source.fileno()
    except (AttributeError, OSError):
        return None
    return descriptor if isinstance(descriptor, int) else None
