"""One JavaScript library, many calls, many cores."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from ._checks import UNSET, checked_count, checked_seconds, checked_size, checked_text
from ._pool.call import Call, Request
from ._pool.crew import Crew
from ._pool.machine import Plan
from ._pool.program import load
from ._pool.results import Results
from ._pool.telemetry import telemetry
from .statistics import Latency, PoolStatistics, WorkerStatistics

if TYPE_CHECKING:
    from ._core.lending import HostFunction
    from ._modules.loaders import ModulesOption
    from .snapshot import Snapshot

__all__ = ["Latency", "Pool", "PoolStatistics", "Results", "WorkerStatistics"]

_MOST_GROWTH = 64 << 20


class Pool:
    """Calls functions of a JavaScript library, many at a time.

    The library is loaded once. Each worker is a thread of its own with a VM that begins in that state; while JavaScript
    runs, other Python threads run too. A worker whose VM fails gets another one; no call makes the pool unusable. So
    does one whose VM is left with timers, which would run in the call of somebody else.

    What a module keeps in its variables is one worker's: the next call may be another worker's. Calls with the same
    ``key`` have a VM of their own, in which it lasts: a session.

    :param module: the source of an ES module, the path of a file, or a snapshot. A path is a ``Path``, or a str that
        ends in ``.js``, ``.ts`` or the like; it may import files of its folder, and packages in ``node_modules`` there.
    :param workers: how many threads; without it, one for each core.
    :param processes: how many processes in place of threads. They share the memory of the library; what one does to
        itself is nothing to others. Arguments must be data.
    :param queue: how many calls may wait for a worker that are made with ``block=False``.
    :param timeout: seconds that each call may run.
    :param queue_timeout: seconds that each call may wait for a worker.
    :param recycle_after: calls after which a worker gets a new VM.
    :param max_growth: bytes by which a VM may outgrow the library before it is replaced; ``None`` for any number.
    :param reset: ``"call"``: after each call the worker's VM is put back to the state in which the library was loaded.
    :param health: name of a function that is called without arguments before there are workers, and in each before it
        serves. It must neither throw nor return ``false``. What it does warms the library up.
    :param sessions: how many VMs are kept for sessions. Of more, those that were not used for long are kept as
        snapshots, which are smaller, and without functions that were given to them as arguments.
    :param retries: how often a call is made again whose process ended, say because the system killed it.
    :param functions: functions of the host by name, which several threads call. In processes, functions of modules.

    Other options are those of :class:`snapjs.VM`.

    :raises FileNotFoundError: there is no such file.
    :raises SnapjsError: the module fails; :class:`PoolError`, it is not well.
    :raises TypeError, ValueError: an option is not what it must be.
    """

    def __init__(
        self,
        module: str | os.PathLike[str] | Snapshot,
        *,
        workers: int | None = None,
        processes: int | None = None,
        queue: int = 100,
        timeout: float | None = None,
        queue_timeout: float | None = None,
        recycle_after: int | None = None,
        max_growth: int | None = _MOST_GROWTH,
        reset: Literal["call"] | None = None,
        health: str | None = None,
        sessions: int = 1000,
        retries: int = 2,
        functions: Mapping[str, HostFunction] | None = None,
        modules: ModulesOption | None = None,
        memory_limit: int | None = None,
        **options: Any,
    ) -> None:
        if workers is not None and processes is not None:
            raise ValueError("workers= and processes= are two kinds of the same thing: give one of them")
        if reset not in (None, "call"):
            raise ValueError(f'reset is None or "call", not {reset!r}')
        self._timeout = checked_seconds(timeout)
        self._queue_timeout = checked_seconds(queue_timeout, "queue_timeout")
        count = _cores() if workers is None else checked_count("workers", workers)
        if processes is not None:
            count = checked_count("processes", processes)
        plan = Plan(
            recycle_after=None if recycle_after is None else checked_count("recycle_after", recycle_after),
            max_growth=checked_size("max_growth", max_growth, 0),
            reset=reset is not None,
            sessions=-(-checked_count("sessions", sessions) // count),
            health=None if health is None else checked_text(health, "health, a function's name,"),
        )
        options |= {"functions": functions, "modules": modules, "memory_limit": memory_limit, "timeout": timeout}
        limit, retries = checked_count("queue", queue, 0), checked_count("retries", retries, 0)
        program = load(module, health, options)
        self._crew = Crew(program, plan, count, in_processes=processes is not None, limit=limit, retries=retries)
        self._ahead = 2 * count
        self._end = weakref.finalize(self, self._crew.abort)
        self._end.atexit = False  # the crews see to that themselves
        self._telemetry = telemetry(self._crew)

    # ---- calls

    async def call(
        self,
        export: str,
        *arguments: Any,
        type: Any = Any,
        timeout: float | None = UNSET,
        queue_timeout: float | None = UNSET,
        key: Hashable | None = None,
    ) -> Any:
        """Call a function and await its result, converted; of a promise, what it is fulfilled with.

        Cancelling the task takes the call out of the queue, or stops it; one that runs in a process goes on to its end.
        Functions of the host see the context variables of whoever calls, as those of ``asyncio.to_thread`` do.

        :param export: name of what the module exports, or of a global of the snapshot; or a path to it, as
            ``default.parse``.
        :param arguments: not to be changed until the result is there.
        :param type: what the result must be: a dataclass, a ``msgspec.Struct``, a ``TypedDict`` …; msgspec converts
            and validates.
        :param timeout: seconds that it may run, in place of the pool's; ``queue_timeout``, that it may wait.
        :param key: of the session, anything that can be hashed.
        :raises JSError: it threw.
        :raises LimitError: a limit stopped it, or :class:`TimeLimitError`, no worker was free in time.
        :raises ConversionError: an argument cannot go there, or the result not come here, or it does not fit ``type``.
        :raises MissingExport: there is no such function.
        :raises WorkerDied: the process ended, as often as it was tried; or the session has ended with a process.
        :raises ClosedError: the pool is closed.
        """
        request = self._request(export, arguments, type, timeout, key)
        seconds = self._seconds(queue_timeout)
        if self._telemetry is None:
            return await self._crew.call_async(request, seconds)
        with self._telemetry.span(export):
            return await self._crew.call_async(request, seconds)

    def call_sync(
        self,
        export: str,
        *arguments: Any,
        type: Any = Any,
        timeout: float | None = UNSET,
        queue_timeout: float | None = UNSET,
        key: Hashable | None = None,
        block: bool = True,
    ) -> Any:
        """As :meth:`call`, waiting for the result. Where a worker is idle, its VM runs in the thread that calls.

        :param block: False to raise :class:`QueueFull` where as many calls wait as the queue takes.
        """
        request = self._request(export, arguments, type, timeout, key)
        seconds = self._seconds(queue_timeout)
        if self._telemetry is None:
            return self._crew.call(request, seconds, block=block)
        with self._telemetry.span(export):
            return self._crew.call(request, seconds, block=block)

    def map(
        self,
        export: str,
        *iterables: Iterable[Any],
        ordered: bool = True,
        type: Any = Any,
        timeout: float | None = UNSET,
        progress: bool = False,
    ) -> Results:
        """Call a function for each item, or with one item of each iterable: an iterator over the results, for ``for``
        and ``async for``. It takes items as results are taken, so there may be any number of them.

        :param ordered: False for results as they are there.
        :param progress: show a bar on stderr, if that is a terminal.
        """
        if not iterables:
            raise TypeError("map takes the items to call the function for")
        bar = None
        if progress:
            from ._pool.progress import Progress

            bar = Progress(iterables)
        return Results(
            _Caller(self, export, type, timeout),
            zip(*iterables, strict=False),
            self._ahead,
            ordered=ordered,
            progress=bar,
        )

    async def end_session(self, key: Hashable) -> None:
        """Forget what the calls with this key have left. It is not an error if there is nothing."""
        await self._crew.end_session_async(key)

    def end_session_sync(self, key: Hashable) -> None:
        """As :meth:`end_session`, waiting for it."""
        self._crew.end_session(key)

    def _request(
        self, export: str, arguments: tuple[Any, ...], type: Any, timeout: float | None, key: Hashable | None
    ) -> Request:
        return Request(
            checked_text(export, "the name of a function"),
            arguments,
            None,
            UNSET if type is Any else type,
            self._timeout if timeout is UNSET else checked_seconds(timeout),
            key,
        )

    def _seconds(self, queue_timeout: float | None) -> float | None:
        return self._queue_timeout if queue_timeout is UNSET else checked_seconds(queue_timeout, "queue_timeout")

    # ---- facts

    def statistics(self) -> PoolStatistics:
        """What the pool has done, and holds."""
        return self._crew.statistics()

    # ---- the end

    def close(self, *, cancel: bool = False) -> None:
        """Take no more calls, and wait for those that were made. Idempotent.

        :param cancel: do not wait: calls that wait or run raise :class:`ClosedError`.
        :raises BusyError: a function of the host closes the pool that calls it.
        """
        self._crew.close(cancel=cancel)

    async def aclose(self, *, cancel: bool = False) -> None:
        """As :meth:`close`, while the event loop goes on."""
        import asyncio

        self._crew.check_closable()
        await asyncio.to_thread(self.close, cancel=cancel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.close(cancel=error is not None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        await self.aclose(cancel=error is not None)

    def __repr__(self) -> str:
        return f"<Pool of {self._crew!r}>"

    def __reduce__(self) -> Any:
        raise TypeError("a Pool cannot be pickled: make one in each process, or use a ModuleFunction")


class _Caller:
    """Calls one function, for a map."""

    def __init__(self, pool: Pool, export: str, type: Any, timeout: float | None) -> None:
        self._pool = pool
        self._export = export
        self._type = type
        self._timeout = timeout

    def begin(self, arguments: tuple[Any, ...], tell: Callable[[], object]) -> Call:
        request = self._pool._request(self._export, arguments, self._type, self._timeout, None)
        return self._pool._crew.begin(request, tell)

    def abandon(self, call: Call) -> None:
        self._pool._crew.abandon(call)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
