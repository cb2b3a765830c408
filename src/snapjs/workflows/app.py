"""The workflows of a store, and the functions that they call."""

from __future__ import annotations

import asyncio
import builtins
import math
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar, Unpack, overload
from weakref import WeakSet

from .._checks import checked_callback, checked_count, checked_seconds, checked_size, checked_text
from .._threads import RLock
from .._workflows.attributes import pack_attributes
from .._workflows.codes import Codes
from .._workflows.cron import Cron
from .._workflows.declarations import declaration_file
from .._workflows.payload import pack, pack_error
from .._workflows.placement import Queue
from .._workflows.program import program_of
from .._workflows.protection import check_unlocked, protected, rotate
from .._workflows.records import Event, EventKind, NewRun, Status
from .._workflows.records import Run as Record
from .._workflows.records import Schedule as ScheduleRecord
from .._workflows.recovery import Recovery
from .._workflows.secrets import Secrets
from .._workflows.sqlite import SQLiteStore
from .._workflows.steps import Step, StepOptions, checked_priority, checked_rate
from .._workflows.times import moment_at, seconds_in
from .._workflows.upkeep import clean
from .._workflows.worker import Worker
from ..errors import JSError, RunEnded
from .run import Run, no_run
from .schedule import Schedule

_Function = TypeVar("_Function", bound=Callable[..., Any])

_MORE = 0.02
"""seconds between two looks at a stream that has no more"""
_SQLITE = "sqlite:///"
_LONGEST_WAIT = 1.0
"""seconds until one looks whether a run has ended, though nothing seems to have happened"""


class App:
    """Workflows and the functions that they call, on one store.

    :param store: ``sqlite:///`` and the path of a file, which is made if it is not there.
    :param clock: Unix seconds; all who use the store must have the same.
    :param lease: seconds after which another worker takes over what one that died has begun.
    :param keep_turns: of how many turns of each run the states are kept, or what they are made from, for
        :meth:`Run.query`.
    :param keep_history: of how many turns of a run that goes on is kept what it was told and has wanted, for
        :meth:`Run.history`; ``None``: of all.
    :param keep_runs: seconds, or a ``timedelta``, for which workers keep runs that have ended; ``None``: for ever.
    :param turn_timeout: seconds that JavaScript may run each time that a run is told something.
    :param memory_limit: bytes of JavaScript heap of each run.
    :param keys: 32 bytes, to encrypt what runs hold: values, errors, logs, memory and codes. Or several such keys: the
        first encrypts, the others are those that did so before. A store begins with a key or without one, and stays so.
    :param secrets: values by names, or what finds the value of a name: steps get them where workflows refer to them,
        and they are not stored.
    :raises StoreError: the file cannot be used.
    :raises KeyRefused: it is encrypted with another key, or not at all.
    """

    def __init__(
        self,
        store: str,
        *,
        clock: Callable[[], float] = time.time,
        lease: float = 30.0,
        keep_turns: int = 100,
        keep_history: int | None = 10_000,
        keep_runs: float | timedelta | None = None,
        turn_timeout: float | None = 10.0,
        memory_limit: int | None = 256 << 20,
        keys: bytes | Sequence[bytes] | None = None,
        secrets: Mapping[str, str] | Callable[[str], str | None] | None = None,
    ) -> None:
        path = checked_text(store, "the URL of a store").removeprefix(_SQLITE)
        if path in ("", ":memory:", store):
            raise ValueError(f"a store is {_SQLITE} and the path of a file, not {store!r}")
        checked_callback("clock", clock)
        checked_size("memory_limit", memory_limit, 1)
        self._steps: dict[str, Step] = {}
        self._queues: dict[str, Queue] = {}
        self._lock = RLock()
        self._workers: WeakSet[Worker] = WeakSet()
        self._worker_options: dict[str, Any] = {
            "lease": checked_seconds(lease, "lease"),
            "keep": checked_count("keep_turns", keep_turns),
            "keep_history": None if keep_history is None else checked_count("keep_history", keep_history),
            "keep_runs": None if keep_runs is None else seconds_in(keep_runs, "keep_runs"),
        }
        self._limits: dict[str, Any] = {
            "timeout": checked_seconds(turn_timeout, "turn_timeout"),
            "memory_limit": memory_limit,
        }
        self._secrets = Secrets(secrets)
        self._store = protected(lambda keks: SQLiteStore(path, clock, keks), keys)
        self._codes = Codes(self._store, memory_limit)
        self._recovery = Recovery(self._store, self._codes, **self._limits)

    @property
    def store(self) -> str:
        """The path of the file in which the runs are."""
        return self._store.path

    def rotate_keys(self) -> int:
        """Have the first of the ``keys`` be the only one that is needed. How many runs it did not serve before.

        Let all who use the store have it first, after theirs. What has been done when this fails stays done.

        :raises KeyRefused: the store is not encrypted, or a key is missing that some run needs.
        """
        return rotate(self._store)

    # ---- steps

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of the steps."""
        return tuple(self._steps)

    @overload
    def step(self, function: _Function, /, *, name: str | None = None, **options: Unpack[StepOptions]) -> _Function: ...

    @overload
    def step(
        self, function: None = None, /, *, name: str | None = None, **options: Unpack[StepOptions]
    ) -> Callable[[_Function], _Function]: ...

    def step(
        self, function: Callable[..., Any] | None = None, /, *, name: str | None = None, **options: Unpack[StepOptions]
    ) -> Any:
        """Let workflows call a function, as an export of ``app:steps``. It may be an ``async def``.

        It runs at least once: when a worker dies, another one runs it again, as when it raises.
        :func:`current_step` has a key by which other systems can tell that it is the same step.

        Its hints say what it takes, as those of a capability of :class:`snapjs.Sandbox` do: arguments are held against
        them, and converted. What does not fit is a ``TypeError`` in JavaScript, and the function is not called.

        :param name: of the export; without it, the function's.
        :param max_attempts: how often it is tried; 3.
        :param initial: seconds to wait after the first attempt, 1, ``factor`` times as long after each further one, 2,
            at most ``maximum``, 300; by chance up to half less.
        :param timeout: seconds of each attempt.
        :param schedule_to_start: seconds that it may wait until a worker begins it.
        :param schedule_to_close: seconds that it may take, with all its attempts.
        :param heartbeat_timeout: seconds that may pass until an attempt calls :meth:`StepContext.heartbeat`, or calls
            it again, before another one begins.
        :param non_retryable: exceptions after which it is not tried again.
        :param queue: whose limits it keeps: :meth:`queue`.
        :param key: a function of the step's arguments, for the limits of a key. ``None``: it has none.
        :param priority: seconds for which it is taken to have waited already, or a function of the step's arguments.
        :param transactional: whether its outcome is stored in the transaction of :attr:`StepContext.connection`.
        :param formerly: the name under which runs that have begun know it, or a mapping of such names to functions,
            which return the arguments of today as a list, given those of then. Its own name may be among them: that
            function is called where the arguments do not fit the hints.
        :raises ValueError: another step has one of the names.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            step = Step(name or function.__name__, function, **options)
            with self._lock:
                others = [other for name, other in self._steps.items() if name != step.name]
                taken = {name for other in others for name in (other.name, *other.former_names)}
                for one in (step.name, *step.former_names):
                    if one in taken:
                        raise ValueError(
                            f"another step has the name {one!r}, now or formerly. Give one of them another"
                        )
                self._steps = {**self._steps, step.name: step}
            return function

        return register if function is None else register(function)

    def missing_steps(self) -> dict[str, int]:
        """How many steps are due by names that the app has not, by these names. Another worker may have them."""
        known, waiting = self._known_steps(), self._store.waiting_steps(self._store.now())
        return {name: count for name, count in waiting.items() if name not in known}

    def _known_steps(self) -> set[str]:
        """The names of the steps, and those of before."""
        return {name for step in self._steps.values() for name in (step.name, *step.former_names)}

    def queue(
        self,
        name: str,
        *,
        concurrency: int | None = None,
        rate: float | None = None,
        key_concurrency: int | None = None,
        key_rate: float | None = None,
    ) -> None:
        """Limit how many steps run at once that have ``queue=`` this name, over all workers of the store.

        :param concurrency: how many at once.
        :param rate: how many attempts may start a second; one in ten seconds is 0.1.
        :param key_concurrency: how many at once that have the same key; ``key_rate``, how many may start a second.
        """
        for option, count in (("concurrency", concurrency), ("key_concurrency", key_concurrency)):
            if count is not None:
                checked_count(option, count)
        for option, number in (("rate", rate), ("key_rate", key_rate)):
            checked_rate(option, number)
        limits = Queue(concurrency, rate, key_concurrency, key_rate)
        with self._lock:
            self._queues = {**self._queues, checked_text(name, "the name of a queue"): limits}

    def dts(self) -> str:
        """What workflows may import, ``app:steps`` and ``snapjs:workflow``, as a TypeScript declaration file.

        :raises ValueError: the hints of a step cannot be used.
        """
        return declaration_file(self._steps.values())

    # ---- runs

    def start(
        self,
        workflow: str | os.PathLike[str],
        *arguments: Any,
        key: str | None = None,
        deadline: float | timedelta | datetime | None = None,
        attributes: Mapping[str, Any] | None = None,
        priority: float = 0.0,
    ) -> Run:
        """Begin a run, which a worker goes on with.

        :param workflow: the path of a file, JavaScript or TypeScript; the folder of a package, with a slash at the end,
            or as a ``Path``; or the source of an ES module. The function to run is the default export. What it is now
            stays the run's, whatever becomes of the files.
        :param arguments: data.
        :param key: where there is a run with the key, of a workflow with this file or folder name, it is that one.
        :param deadline: seconds, a ``timedelta``, or a ``datetime`` with a time zone. Then its signal is aborted with a
            ``TimeoutError``, and whatever it waits for is rejected with that, so that it may undo what it has done. If
            it still goes on ten minutes later, it is ended. Unless it returns, it has failed.
        :param attributes: what is said of it, so that it is found: text, numbers and booleans by names.
        :param priority: seconds for which it and its steps are taken to have waited already, when several wait for a
            worker.
        :raises FileNotFoundError: there is no such file or folder.
        :raises ConversionError, PayloadTooLarge: the arguments cannot be stored.
        :raises SecretExposed: they have the value of a secret.
        :raises WorkflowError: the module waits for something while it is evaluated, or imports a step that is missing.
        :raises SnapjsError: the module fails.
        """
        name = program_of(workflow).name
        end = None if deadline is None else moment_at(deadline, self._store.now(), "deadline")
        packed, said = self._secrets.check(pack(list(arguments))), pack_attributes(attributes or {})
        known = None if key is None else self._store.run_of(name, checked_text(key, "key"))
        if known is not None:
            return Run(self, known.id)
        code = self._codes.load(workflow, self._steps)
        ahead = checked_priority(priority)
        new = NewRun(uuid.uuid4().hex, name, key, code.sha256, packed, deadline=end, attributes=said, priority=ahead)
        record, _ = self._codes.refer(code, lambda: self._store.start(new))
        self._wake_workers()
        return Run(self, record.id)

    def run(self, id: str) -> Run:
        """The run with this id.

        :raises KeyError: there is none.
        """
        if self._store.run(id) is None:
            raise no_run(id)
        return Run(self, id)

    def list(
        self,
        *,
        status: Status | str | None = None,
        workflow: str | None = None,
        key: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        parent: str | None = None,
        limit: int = 100,
    ) -> list[Run]:
        """The newest runs, newest first.

        :param workflow: of the file or package of this name.
        :param attributes: that they have; ``None`` as a value: they have none of that name.
        :param parent: the id of the run that has started them.
        """
        wanted, said = None if status is None else Status(status), pack_attributes(attributes or {})
        found = self._store.runs(status=wanted, workflow=workflow, key=key, attributes=said, parent=parent, limit=limit)
        return [Run(self, record.id) for record in found]

    def deliver(self, run: str, name: str, value: Any = None, *, key: str | None = None) -> None:
        """Give a value to ``hook(name)`` of a run, now or when it comes to wait there.

        :param key: a second delivery with the same key is none.
        :raises KeyError: there is no such run.
        :raises RunEnded: it has ended.
        :raises ConversionError, PayloadTooLarge: the value cannot be stored.
        :raises SecretExposed: it has the value of a secret.
        """
        checked_text(name, "the name of a hook")
        dedup = None if key is None else f"hook:{len(name)}:{name}:{checked_text(key, 'key')}"
        self._tell(run, EventKind.HOOK, name, value, dedup)

    def cancel(self, run: str, reason: str = "The run was cancelled") -> None:
        """Abort the signal of a run, and reject whatever it waits for. It may go on, to undo what it has done.

        A step that runs is not stopped, but what comes of it is not waited for. To cancel a second time does nothing.

        :raises KeyError: there is no such run.
        """
        self._tell(run, EventKind.CANCEL, "", checked_text(reason, "reason"), "cancel")

    def patch(self, run: str, code: str) -> None:
        """Evaluate JavaScript in a run, before it is told anything else: statements, in strict mode, with what the
        workflow's module exports in scope. The run's history has it. Of a patch that throws nothing is left, the log of
        the turn says why, and the run goes on as it was.

        To mend a run that has failed, give the patch to :meth:`Run.fork`.

        :raises KeyError: there is no such run.
        :raises RunEnded: it has ended.
        :raises PayloadTooLarge: the code cannot be stored.
        """
        self._tell(run, EventKind.PATCH, "", checked_text(code, "a patch"), None)

    def _tell(self, run: str, kind: EventKind, target: str, value: Any, dedup: str | None) -> None:
        packed = self._secrets.check(pack(value))
        status = self._store.deliver(run, Event(0, kind, target, packed, self._store.now()), dedup)
        self._wake_workers()
        if kind in (EventKind.HOOK, EventKind.PATCH):
            _check_goes_on(run, status)
        elif status is None:
            raise no_run(run)

    def terminate(self, run: str, reason: str = "The run was terminated") -> None:
        """End a run now. Nothing of it runs any more.

        :raises KeyError: there is no such run.
        """
        error = pack_error(JSError("AbortError", reason))
        if self._store.end(run, Status.CANCELLED, error) is None:
            raise no_run(run)

    def pause(self, run: str) -> None:
        """Have nothing of a run begin until :meth:`resume`: no turn, no step, no retry. What comes of steps that run is
        kept, and so is what is delivered. Timers that come due fire then. Its deadline does not wait.

        To pause a second time does nothing.

        :raises KeyError: there is no such run.
        :raises RunEnded: it has ended.
        """
        _check_goes_on(run, self._store.pause(run))

    def resume(self, run: str) -> None:
        """Have a run go on that was paused. One that was not goes on anyway.

        :raises KeyError: there is no such run.
        :raises RunEnded: it has ended.
        """
        _check_goes_on(run, self._store.resume(run))

    def _await_end(self, run: Run, timeout: float | None) -> Record:
        end = math.inf if timeout is None else time.monotonic() + timeout
        seen = self._store.await_change(None, 0)
        while not (record := run._record()).status.is_final:
            if time.monotonic() > end:
                remedy = "It is paused: resume it." if record.status is Status.PAUSED else "Is there a worker?"
                raise TimeoutError(f"the run {run.id} has not ended within {timeout:g} s. {remedy}")
            seen = self._store.await_change(seen, min(end - time.monotonic(), _LONGEST_WAIT))
        return record

    def clean_up(self, older_than: float | timedelta) -> int:
        """Remove runs that ended long ago, with all that is known of them, and codes that no run needs any more. How
        many runs. What is removed is free for other runs with its keys.

        :param older_than: seconds, or a ``timedelta``, since they ended.
        """
        return sum(self._cleaned(older_than))

    def _cleaned(self, older_than: float | timedelta) -> Iterator[int]:
        """The same, batch by batch."""
        return clean(self._store, seconds_in(older_than, "older_than"))

    # ---- schedules

    def schedule(
        self,
        name: str,
        cron: str,
        workflow: str | os.PathLike[str],
        *arguments: Any,
        timezone: str = "UTC",
        overlap: Literal["skip", "allow"] = "skip",
    ) -> Schedule:
        """Have runs of a workflow begin at moments that a cron expression names, as long as some worker is there. Of
        the moments at which none was, the latest is made up for.

        A schedule of the same name is replaced. What comes next stays so, unless expression or time zone are others.

        :param cron: minute, hour, day of the month, month, day of the week: ``0 3 * * *`` is three o'clock. With six
            fields, the first is the second.
        :param workflow: as :meth:`start` takes it, with its arguments. What it is now is what begins.
        :param timezone: of the moments, as ``Europe/Berlin``.
        :param overlap: ``skip``: a moment is left out while an earlier run of the schedule goes on; ``allow``: it is
            not.
        :raises ValueError: there is no such expression, moment or time zone.
        :raises ConversionError, PayloadTooLarge: the arguments cannot be stored.
        :raises SecretExposed: they have the value of a secret.
        :raises SnapjsError: the module fails.
        """
        if not checked_text(name, "the name of a schedule"):
            raise ValueError("a schedule has a name")
        if overlap not in ("skip", "allow"):
            raise ValueError(f"overlap is 'skip' or 'allow', not {overlap!r}")
        next_at = Cron(cron, timezone).after(self._store.now())
        if next_at is None:
            raise ValueError(f"no moment within fifty years is one of {cron!r}")
        source, packed = program_of(workflow).name, self._secrets.check(pack(list(arguments)))
        code = self._codes.load(workflow, self._steps)
        record = ScheduleRecord(name, cron, timezone, source, code.sha256, packed, overlap == "allow", next_at)
        self._codes.refer(code, lambda: self._store.put_schedule(record))
        return Schedule(self, name)

    def schedules(self) -> builtins.list[Schedule]:
        """All of the store, by their names."""
        return [Schedule(self, record.name) for record in self._store.schedules()]

    def _await_more(self, run: Run, has_more: Callable[[], bool]) -> None:
        """Give a run some time to write what somebody waits for, or to end."""
        seen = self._store.await_change(None, 0)
        if not has_more() and not run.status.is_final:
            self._store.await_change(seen, _LONGEST_WAIT)

    async def _await_more_async(self, run: Run, has_more: Callable[[], bool]) -> None:
        await asyncio.sleep(_MORE)

    # ---- workers

    def run_worker(self, *, threads: int = 4, async_steps: int = 100, until: Callable[[], bool] | None = None) -> None:
        """Take turns of runs, and run steps, until Ctrl-C. Any number of processes may do this with one store.

        :param threads: how many at a time, async steps aside.
        :param async_steps: how many async steps at a time. They share one event loop.
        :param until: asked now and then whether to stop.
        """
        checked_count("async_steps", async_steps)
        self.worker().run(checked_count("threads", threads), until, async_steps=async_steps)

    def worker(self) -> Worker:
        """A worker of this app, to be run in a thread of one's own.

        :raises ValueError: the hints of a step cannot be used, or there is no queue of a name that a step has.
        :raises KeyRefused: the store is encrypted, and ``keys=`` was not given.
        """
        check_unlocked(self._store)
        for step in self._steps.values():
            _ = step.signature  # or it would fail in the middle of a run
            if step.queue is not None and step.queue not in self._queues:
                raise ValueError(
                    f"there is no queue {step.queue!r}, which the step {step.name} has: app.queue() says its limits"
                )
        worker = Worker(
            self._store,
            self._recovery,
            lambda: self._steps,
            lambda: self._queues,
            self._secrets,
            **self._worker_options,
        )
        with self._lock:
            self._workers.add(worker)
        return worker

    def _wake_workers(self) -> None:
        """Have those of this app look at once, which would come to it later."""
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.wake()


def _check_goes_on(run: str, status: Status | None) -> None:
    """
    :raises KeyError: there is no such run.
    :raises RunEnded: it has ended.
    """
    if status is None:
        raise no_run(run)
    if status.is_final:
        raise RunEnded(run, status)
