"""Where a program's standard input comes from, and how the host waits for it."""

from __future__ import annotations

import errno
import os
import select
from collections import deque
from contextlib import contextmanager, suppress
from math import ceil
from threading import Condition

from .._threads import RLock
from .read_ahead import ReadAhead

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from typing import Any, Final

_AT_MOST: Final = 1 << 20
"""bytes that are read at once"""
_PIECE: Final = 1 << 16
"""bytes of what was pushed that go to the program at once, if it does not want more"""
_FEWEST_SELECTED: Final = 1024
"""from this number on a descriptor does not fit into the sets of select"""


class StandardInput:
    """Standard input.

    :param source: bytes; a callable of a number of bytes, or an object with ``read``, which give at most that many, and
        none at the end; a file with a descriptor; ``None``: what is pushed.
    :raises TypeError: it is something else.
    """

    def __init__(self, source: Any) -> None:
        self._pushed: deque[memoryview] = deque()
        self._is_closed = False
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._is_woken = False
        self._wakers: set[Callable[[], object]] = set()
        self._may_wait = True
        self._file: Any = None
        self._asked: ReadAhead | None = None
        if isinstance(source, (bytes, bytearray, memoryview)):
            self._pushed.append(memoryview(bytes(source)))
            self._is_closed = True
        elif not callable(source) and _has_descriptor(source):
            self._file = source
        elif source is not None:
            read = source if callable(source) else getattr(source, "read", None)
            if not callable(read):
                raise TypeError(f"stdin takes bytes, a callable or a file, not {type(source).__name__}")
            self._asked = ReadAhead(_asking(read), self.wake)
        self._is_pushed = self._asked is None and self._file is None

    def push(self, data: bytes) -> None:
        """More input. From any thread."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"standard input is bytes, not {type(data).__name__}: encode text")
        self._check_pushed()
        with self._lock:
            if self._is_closed:
                raise ValueError("standard input is closed: push before close_stdin()")
            if data:  # no bytes would be the end
                self._pushed.append(memoryview(bytes(data)))
        self.wake()

    def close(self) -> None:
        """No more is pushed. From any thread; idempotent."""
        self._check_pushed()
        with self._lock:
            self._is_closed = True
        self.wake()

    def _check_pushed(self) -> None:
        if not self._is_pushed:
            raise ValueError("standard input comes from what stdin= names. Leave that out to push.")

    def take_come(self) -> tuple[bytes, bool]:
        """What has come and is not taken yet, and whether that is the end."""
        if self._asked is not None:
            data = self._asked.take_data()
            return data or b"", data == b""
        with self._lock:
            data = b"".join(self._pushed)
            self._pushed.clear()
            return data, self._is_closed and self._is_pushed

    def _take_pushed(self, size: int) -> bytes | None:
        parts = []
        with self._lock:
            while self._pushed and size > 0:
                part = self._pushed[0][:size]
                parts.append(part)
                size -= len(part)
                self._pushed[0] = self._pushed[0][len(part) :]
                if not self._pushed[0]:
                    self._pushed.popleft()
            return b"".join(parts) if parts or self._is_closed else None

    def give_back(self, data: bytes) -> None:
        """Have what was taken come again."""
        if self._asked is not None:
            self._asked.give_back(data)
        else:
            with self._lock:
                self._pushed.appendleft(memoryview(data))

    def read(self, size: int) -> bytes | None:
        """At most that many bytes; none at the end; ``None``: there are none yet."""
        size = max(1, min(size, _AT_MOST))
        if not self._may_wait and not self.is_ready():
            return None
        if self._asked is not None:
            return self._asked.take(size)
        if self._file is None:
            return self._take_pushed(max(size, _PIECE))
        try:
            return os.read(self._file.fileno(), size)
        except BlockingIOError:
            return None

    # ---- waiting

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        """Have what has not come not waited for: a callable is asked on a thread, by :meth:`ask`."""
        self._may_wait = False
        try:
            yield
        finally:
            self._may_wait = True

    def ask(self) -> None:
        """Have input come, where waiting alone would not bring it."""
        if self._asked is not None and not self._may_wait:
            self._asked.begin()

    def is_ready(self) -> bool:
        """Whether :meth:`read` has something to say. A callable always has, though it may take its time.

        :raises OSError: the file is closed. ``ValueError`` likewise.
        """
        return (self._asked is not None and self._may_wait) or self._has_come()

    def _has_come(self) -> bool:
        if self._file is not None:
            return _wait_for_any([self._file.fileno()], 0)
        if self._asked is not None:
            return self._asked.has_answer
        return bool(self._pushed) or self._is_closed

    def wake(self) -> None:
        """End whoever waits."""
        with self._lock:
            self._is_woken = True
            self._changed.notify_all()
            for wake in self._wakers:
                wake()

    def wait(self, seconds: float | None, is_wanted: bool) -> None:
        """Wait.

        :param seconds: at most; ``None``: without end.
        :param is_wanted: input ends the wait too.
        """
        if is_wanted and self._file is not None:
            self._wait_for_file(self._file.fileno(), seconds)
            return
        with self._lock:
            self._changed.wait_for(lambda: self._is_woken or (is_wanted and self.is_ready()), seconds)
            self._is_woken = False

    def _wait_for_file(self, descriptor: int, seconds: float | None) -> None:
        reading, writing = os.pipe()

        def wake() -> None:
            os.write(writing, b".")

        with self._lock:
            self._wakers.add(wake)
            if self._is_woken:
                wake()
        try:
            _wait_for_any([descriptor, reading], seconds)
        finally:
            with self._lock:
                self._wakers.discard(wake)
                self._is_woken = False
            os.close(reading)
            os.close(writing)

    async def wait_async(self, seconds: float | None, is_wanted: bool) -> None:
        """As :meth:`wait`, on the event loop that runs, also for what a callable is asked."""
        from asyncio import get_running_loop

        loop = get_running_loop()
        done = loop.create_future()

        def finish() -> None:
            if not done.done():
                done.set_result(None)

        def wake() -> None:
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(finish)

        timer = None if seconds is None else loop.call_later(seconds, finish)
        watched = self._watch(loop, finish) if is_wanted else None
        with self._lock:
            self._wakers.add(wake)
            if self._is_woken or (is_wanted and self._has_come()):
                finish()
            self._is_woken = False
        try:
            await done
        finally:
            with self._lock:
                self._wakers.discard(wake)
            if timer is not None:
                timer.cancel()
            if watched is not None:
                loop.remove_reader(watched)
                os.close(watched)

    def _watch(self, loop: asyncio.AbstractEventLoop, finish: Callable[[], None]) -> int | None:
        """Have a coroutine woken when the file has something; the descriptor of its own that is watched, for several
        may wait for one file."""
        if self._file is None:
            return None
        descriptor = os.dup(self._file.fileno())
        try:
            loop.add_reader(descriptor, finish)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _asking(read: Callable[[int], Any]) -> Callable[[int], bytes]:
    def ask(size: int) -> bytes:
        data = read(size)
        if isinstance(data, str):
            data = data.encode()
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"stdin= gives bytes, not {type(data).__name__}")
        return bytes(data)

    return ask


def _has_descriptor(source: Any) -> bool:
    try:
        return isinstance(source.fileno(), int)
    except (AttributeError, OSError):
        return False


def _wait_for_any(descriptors: list[int], seconds: float | None) -> bool:
    """Wait until one of them has input or has ended; whether one has.

    :raises OSError: one is closed.
    """
    if max(descriptors) < _FEWEST_SELECTED or not hasattr(select, "poll"):
        return bool(select.select(descriptors, [], [], seconds)[0])
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    events = poll.poll(None if seconds is None else ceil(seconds * 1000))
    if any(event & select.POLLNVAL for _, event in events):
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return bool(events)
