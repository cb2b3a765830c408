"""Host calls that are answered on an asyncio loop: each is a task.

A function runs as soon as its call is seen, up to where it first waits, and one that never does is answered without a
turn of asyncio.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from types import CoroutineType

from .._threads import deque
from ..errors import MemoryLimitError
from ..pending import IMPORT_CALL, PendingMarker
from .lazy import lazy
from .limits import Deadline, timeout_until
from .pending_calls import cancellation

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any, Final

    from ..pending import PendingCall
    from .bridge import Bridge
    from .loop import Loop

answering: Final[ContextVar[tuple[weakref.ref[Bridge], int]]] = ContextVar("answering")
"""the VM, and the origin, of the call that the running function of the host answers. Tasks that this begins have it,
and are to keep neither VM nor arguments"""


class HostTasks:
    """Those of one VM.

    :param bridge: of the VM; a weak proxy.
    :param loop: which a task that ends is to wake, also when the VM is gone.
    """

    def __init__(self, bridge: Bridge, loop: Loop) -> None:
        self._bridge = bridge
        self._loop = loop
        self.running: dict[int, asyncio.Task[Any]] = {}
        """by the call's id"""
        self.finished: deque[tuple[int, Any, bool]] = deque()
        """answers that the guest does not have yet: id, value, whether it is what the function raised"""
        self._awaitables: dict[int, Awaitable[Any]] = {}
        self._started: set[int] = set()
        self._is_beginning = False
        """the first step of a host call is on the stack"""

    @lazy
    def _begin(self) -> Callable[[asyncio.AbstractEventLoop, Coroutine[Any, Any, Any]], Any]:
        from .eager import begin  # takes 30 ms, for asyncio; kept, for an import statement takes a microsecond

        return begin

    def is_answering(self, id: int) -> bool:
        """Whether a function is at work on this call."""
        return id in self._started

    def adopt(self, id: int, awaitable: Awaitable[Any]) -> None:
        """Await this object for a pending call, once a loop turns."""
        self._awaitables[id] = awaitable
        self._loop.wake()

    def begin(self, calls: list[PendingCall], loop: asyncio.AbstractEventLoop) -> None:
        """Begin to answer the pending calls whose function is known and asynchronous. Nobody holds the VM meanwhile:
        the functions may use it, and threads that they start."""
        bridge = self._bridge.itself()
        for call in calls:
            if call.id in self._started or not bridge.pending_calls.is_known(call.id):
                continue
            coroutine = self._coroutine(call)
            if coroutine is None:
                continue
            self._started.add(call.id)
            self._begin_call(call.id, coroutine, loop)
            if bridge.closed:
                self.close()
                self._loop.wake()
                return

    def _begin_call(self, id: int, coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> None:
        # One that was made in the first step of another begins later: each would take more of Python's stack.
        is_nested, self._is_beginning = self._is_beginning, True
        try:
            begun = loop.create_task(coroutine) if is_nested else self._begin(loop, coroutine)
        except BaseException:  # Ctrl-C, which is for whoever awaits, and not for JavaScript
            self.finished.append((id, cancellation(), True))
            raise
        finally:
            self._is_beginning = is_nested
        if isinstance(begun, tuple):
            self.finished.append((id, *begun))
            del begun  # an error in it holds this frame on Python 3.12, where a coroutine's frame keeps its f_back
        else:
            from functools import partial

            self.running[id] = begun
            begun.add_done_callback(partial(self._note_finished, id))

    def _coroutine(self, call: PendingCall) -> Coroutine[Any, Any, Any] | None:
        awaitable = self._awaitables.pop(call.id, None)
        if awaitable is not None:
            return _wait_for(awaitable)
        function = self._function(call)
        return None if function is None else _wait_for_call(function, call)

    def _function(self, call: PendingCall) -> Callable[..., Any] | None:
        """The function that answers the call; ``None`` when it is left to somebody else."""
        function = self._bridge.lending.called(call.name, call.realm) or call._function
        return None if isinstance(function, PendingMarker) else function

    def _note_finished(self, id: int, task: asyncio.Task[Any]) -> None:
        self.finished.append((id, *_outcome(task)))
        self._loop.wake()

    def settle_finished(self, deadline: Deadline | None) -> int:
        """Give the guest the answers that have come in; how many.

        :raises TimeLimitError: of the jobs, or the deadline has come.
        """
        settled = 0
        while self.finished:
            timeout = timeout_until(deadline)  # before an answer is taken out, or it would be lost
            id, answer, failed = self.finished.popleft()
            self.running.pop(id, None)
            if id in self._started:  # it was not abandoned
                self._started.remove(id)
                settled += self._answer(id, answer, failed, timeout)
        return settled

    def _answer(self, id: int, answer: Any, failed: bool, timeout: float | None) -> bool:
        """Give the guest an answer, and run the jobs; False when the call was answered before.

        :param timeout: seconds for the jobs.
        """
        calls = self._bridge.pending_calls
        try:
            return calls.answer(id, answer, failed, timeout=timeout, lenient=True)
        except MemoryLimitError as error:
            # The guest had no room for the answer: that is one. If it had, the error is of the jobs that ran.
            if not calls.answer(id, error, True, timeout=timeout):
                raise
            return True

    def abandon(self, origin: int, timeout: float | None) -> None:
        """Whoever awaited is gone: cancel the host calls that it started, and reject them in JavaScript.

        :param origin: what it was called under.
        :param timeout: seconds for what JavaScript makes of that.
        """
        bridge = self._bridge.itself()
        if bridge.closed or bridge.is_dead:
            return
        deadline = bridge.limits.deadline(timeout)
        for call in bridge.pending_calls.all():
            if call.origin != origin or not (call.id in self._started or self._function(call)):
                continue
            if call.name == IMPORT_CALL and bridge.loop.waiters:
                continue  # somebody else may import what needs this module
            task = self.running.pop(call.id, None)
            self._started.discard(call.id)
            if task is not None:
                task.cancel()
            self._answer(call.id, cancellation(), True, timeout_until(deadline))

    def leave_closed_loop(self) -> None:
        """Take over what became of the host calls that ran on a loop that is gone; those it left unfinished begin
        anew."""
        noted = {id for id, _, _ in self.finished}
        for id, task in tuple(self.running.items()):
            if not task.done():
                del self.running[id]
                self._started.discard(id)
            elif id not in noted:
                self.finished.append((id, *_outcome(task)))

    def close(self) -> None:
        """Cancel what is running; the VM is being closed."""
        for task in self.running.values():
            if not task.get_loop().is_closed():
                task.get_loop().call_soon_threadsafe(task.cancel)
        for awaitable in self._awaitables.values():
            if isinstance(awaitable, CoroutineType):
                awaitable.close()
        self.running.clear()
        self._awaitables.clear()


def _outcome(task: asyncio.Task[Any]) -> tuple[Any, bool]:
    """What a task returned or raised, and whether it raised."""
    error = cancellation() if task.cancelled() else task.exception()
    return (task.result(), False) if error is None else (error, True)


async def _wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def _wait_for_call(function: Callable[..., Any], call: PendingCall) -> Any:
    answering.set((weakref.ref(call._bridge), call.origin))
    result = function(*call.args)
    if type(result) is not CoroutineType:
        from inspect import isawaitable  # takes 10 ms of a new process

    return await result if type(result) is CoroutineType or isawaitable(result) else result
