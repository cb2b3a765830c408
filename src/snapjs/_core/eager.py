"""A coroutine whose first step is taken at once, as by ``asyncio.eager_task_factory`` of Python 3.12.

Most functions that are an ``async def`` so that JavaScript can await them do not always wait. One that does not is
answered without a turn of asyncio, which would take longer than all the rest of the call.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, CancelledError, Task, _enter_task, _leave_task, current_task
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from typing import Any

from .pending_calls import cancellation


class _Begun(Coroutine[Any, Any, Any]):
    """What a task runs: the rest of a coroutine."""

    __slots__ = ("_coroutine", "awaited", "is_over")

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine
        self.awaited: Any = None
        """what the first step waits for; the task has not seen it yet"""
        self.is_over = False
        """there is no rest"""

    def send(self, value: Any) -> Any:
        if self.is_over:
            raise StopIteration
        awaited, self.awaited = self.awaited, None
        return self._coroutine.send(value) if awaited is None else awaited

    def throw(self, error: Any, *rest: Any) -> Any:
        if self.is_over:
            raise error
        awaited, self.awaited = self.awaited, None
        if isinstance(error, CancelledError) and awaited is not None and awaited.cancel():
            return awaited  # which raises it in the coroutine when it is cancelled itself, as in any task
        return self._coroutine.throw(error, *rest)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        raise TypeError("only a task runs this")


def begin(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Task[Any] | tuple[Any, bool]:
    """Run a coroutine to where it first waits, in a context and as a task of its own.

    :returns: the task that goes on with it; or, of one that is over, what it returned or raised, and whether it raised.
    :raises KeyboardInterrupt, SystemExit: it did, as in any task.
    """
    begun = _Begun(coroutine)
    context = copy_context()
    task = Task(begun, loop=loop, context=context)
    around = current_task(loop)
    if around is not None:
        _leave_task(loop, around)
    _enter_task(loop, task)
    try:
        begun.awaited = context.run(coroutine.send, None)
        return task
    except StopIteration as end:
        begun.is_over = True
        return end.value, False
    except CancelledError:
        begun.is_over = True
        return cancellation(), True
    except (KeyboardInterrupt, SystemExit):
        begun.is_over = True
        raise
    except BaseException as error:
        begun.is_over = True
        # Without this frame: the traceback of what JavaScript is to hold must not hold what holds JavaScript. Nor does
        # the frame hold a traceback, which would begin with it.
        return error.with_traceback(error.__traceback__ and error.__traceback__.tb_next), True
    finally:
        _leave_task(loop, task)
        if around is not None:
            _enter_task(loop, around)
