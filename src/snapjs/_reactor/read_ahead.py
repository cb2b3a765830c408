"""Asking a callable for input on a thread, for a program on an event loop that must not wait."""

from __future__ import annotations

from contextvars import copy_context
from threading import Condition, Thread

from .._threads import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

_SIZE: Final = 4096
"""bytes that are asked for on a thread: what a program's own stream asks for"""


class ReadAhead:
    """What a callable answers, in the order in which it is asked: never twice at once, and no answer is lost.

    :param ask: the callable, of a number of bytes.
    :param tell: called on the thread, when there is an answer.
    """

    def __init__(self, ask: Callable[[int], bytes], tell: Callable[[], object]) -> None:
        self._ask = ask
        self._tell = tell
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._thread: Thread | None = None
        self._answer: bytes | BaseException | None = None

    @property
    def has_answer(self) -> bool:
        """Whether :meth:`take` has something to say at once."""
        return self._answer is not None

    def begin(self) -> None:
        """Ask, unless that is being done or there is an answer."""
        with self._lock:
            if self._answer is None and not self._is_asking():
                # One that is asked for ever must not keep the process from ending.
                self._thread = Thread(target=copy_context().run, args=(self._run,), name="snapjs-stdin", daemon=True)
                self._thread.start()

    def _is_asking(self) -> bool:
        return self._thread is not None and self._thread.is_alive()  # it is not in a process that was forked meanwhile

    def _run(self) -> None:
        answer: bytes | BaseException
        try:
            answer = self._ask(_SIZE)
        except BaseException as error:
            answer = error
        with self._lock:
            self._answer = answer
            self._thread = None
            self._changed.notify_all()
        self._tell()

    def take(self, size: int) -> bytes:
        """The next answer. What the callable has thrown is raised.

        :param size: bytes that are asked for, unless that was done before.
        """
        with self._lock:
            while self._is_asking():
                self._changed.wait()
            answer, self._answer = self._answer, None
        if answer is None:
            return self._ask(size)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def take_data(self) -> bytes | None:
        """The answer that is there, if it is data and not something thrown."""
        with self._lock:
            if not isinstance(self._answer, bytes):
                return None
            data, self._answer = self._answer, None
            return data

    def give_back(self, data: bytes) -> None:
        """Have it be the next answer again."""
        with self._lock:
            self._answer = data
