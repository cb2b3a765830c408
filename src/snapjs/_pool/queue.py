"""Who does which call, and when: calls that wait for a worker, and workers that wait for a call."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from threading import Condition
from typing import TYPE_CHECKING, Final

from .._threads import RLock
from ..errors import ClosedError, QueueFull

if TYPE_CHECKING:
    from .call import Call
    from .worker import Worker

CLOSED: Final = "This pool is closed. Use it before close(), or make another."


class Queue:
    """Calls in the order in which they were made. A call of a session waits for the worker that has the session.

    :param limit: how many may wait that do not want to wait longer.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Re-entrant: a finalizer may give a worker back while this very thread is in here.
        self._lock = RLock()
        self._settled = Condition(self._lock)
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._waiting: deque[Call] = deque()
        self._homes: dict[Hashable, Worker] = {}
        self._is_closing = False

    def add(self, worker: Worker) -> None:
        """Let a worker take part, as idle."""
        with self._lock:
            self._workers.append(worker)
            self._idle.append(worker)

    # ---- calls come

    def put(self, call: Call, *, block: bool, is_nested: bool) -> bool:
        """Give a call to an idle worker, or let it wait for one.

        :param block: False to raise QueueFull where as many wait as may.
        :param is_nested: whether a worker makes the call, and must not wait.
        :returns: False where it would have to.
        :raises ClosedError: the queue takes no more.
        """
        key = call.request.key
        with self._lock:
            home = self._home(key)
            worker = self._idle_one(home)
            if worker is not None:
                worker.wake()
                self._settle_session(key, worker)
                self._remove_idle(worker)
                worker.handed = call
                worker.holder = worker
                return True
            if is_nested:
                return False
            if not block and self.waiting >= self._limit:
                raise QueueFull(limit=self._limit)
            if home is None:
                self._waiting.append(call)
            else:
                self._settle_session(key, home)
                home.lane.append(call)
            return True

    def withdraw(self, call: Call) -> bool:
        """Take back a call; whether it was still waiting."""
        with self._lock:
            for line in (self._waiting, *(worker.lane for worker in self._workers)):
                if call in line:
                    line.remove(call)
                    return True
            return False

    def _home(self, key: Hashable | None) -> Worker | None:
        """The worker that has a session, or is to have it; ``None``: the call is of none."""
        if self._is_closing:
            raise ClosedError(CLOSED)
        if key is None:
            return None
        return self._homes.get(key) or min(self._workers, key=lambda worker: worker.sessions)

    def _settle_session(self, key: Hashable | None, home: Worker) -> None:
        if key is not None and key not in self._homes:
            self._homes[key] = home
            home.sessions += 1

    def _idle_one(self, home: Worker | None) -> Worker | None:
        """The worker, or without one any, if it is idle."""
        if home is None:
            return self._idle[-1] if self._idle else None
        return home if home in self._idle else None

    # ---- workers come

    # A worker is held by its thread, by a seat or, while it is idle, by nobody. What follows also runs in the main
    # thread, where the exception of a signal may strike between any two steps. So each leaves something that the
    # worker's thread, or the seat's finalizer, can finish.

    def take(self, worker: Worker) -> Call | None:
        """What the thread of an idle worker was woken for; ``None``: for nothing."""
        with self._lock:
            if worker.holder is not None and worker.holder is not worker:
                return None  # a seat has it
            call = worker.handed
            if call is None:
                self._rest(worker)
                return None
            worker.holder = worker
            worker.handed = None
            return call

    def next(self, worker: Worker) -> Call | None:
        """What the thread of a worker is to do next; ``None``: the worker is idle from now on."""
        with self._lock:
            line = self._line(worker)
            if line is not None:
                return line.popleft()
            self._rest(worker)
            return None

    def lend(self, seat: Seat, key: Hashable | None) -> None:
        """Seat this thread at an idle worker, if there is one, to do a call in place of the worker's thread."""
        with self._lock:
            worker = self._idle_one(self._home(key))
            if worker is not None:
                self._settle_session(key, worker)
                seat.worker = worker
                worker.holder = seat.token
                self._remove_idle(worker)

    def take_back(self, seat: Seat) -> None:
        """End what :meth:`lend` began. A call that waits goes to the worker's thread. Idempotent."""
        with self._lock:
            worker = seat.worker
            if worker is None or worker.holder is not seat.token:
                return
            worker.user = None
            line = self._line(worker)
            if worker.handed is None and line is None:
                self._rest(worker)
                return
            worker.wake()
            if worker.handed is None and line is not None:
                worker.handed = line[0]
            if line is not None and line[0] is worker.handed:
                line.popleft()
            worker.holder = worker

    def _line(self, worker: Worker) -> deque[Call] | None:
        """Whose first call is the next for a worker."""
        lane, waiting = worker.lane, self._waiting
        if lane and waiting:
            return lane if lane[0].since < waiting[0].since else waiting
        return lane or waiting or None

    def _rest(self, worker: Worker) -> None:
        if worker not in self._idle:
            self._idle.append(worker)
        worker.holder = None
        self._settled.notify_all()

    def _remove_idle(self, worker: Worker) -> None:
        if worker in self._idle:
            self._idle.remove(worker)

    # ---- sessions

    def has_session(self, key: Hashable) -> bool:
        """Whether there was a call with this key."""
        return key in self._homes

    def forget(self, key: Hashable) -> None:
        """A session has ended; its worker is held. If none of its calls waits, the next may go to any worker."""
        with self._lock:
            home = self._homes[key]
            if not any(call.request.key == key for call in home.lane):
                del self._homes[key]
                home.sessions -= 1

    @property
    def sessions(self) -> int:
        """How many there are."""
        return len(self._homes)

    # ---- facts, and the end

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        with self._lock:
            return len(self._waiting) + sum(len(worker.lane) for worker in self._workers)

    @property
    def busy(self) -> int:
        """How many workers are not idle."""
        with self._lock:
            return len(self._workers) - len(self._idle)

    def close(self) -> None:
        """Take no more calls."""
        with self._lock:
            self._is_closing = True

    @property
    def is_closing(self) -> bool:
        """Whether it takes no more calls."""
        return self._is_closing

    def clear(self) -> list[Call]:
        """Take back all calls that wait."""
        with self._lock:
            lanes = [self._waiting, *(worker.lane for worker in self._workers)]
            calls = [call for lane in lanes for call in lane]
            for lane in lanes:
                lane.clear()
            return calls

    def wait_until_free(self, worker: Worker) -> None:
        """Wait until nobody has a worker."""
        with self._lock:
            self._settled.wait_for(lambda: worker.holder is None)

    def wait_until_idle(self) -> None:
        """Wait until all workers are idle, and no call waits."""
        with self._lock:
            self._settled.wait_for(lambda: len(self._idle) == len(self._workers))


class Seat:
    """A place at a worker for a thread that is not the worker's own.

    Whatever strikes, the worker is given back: at the latest when the seat is freed.

    :param queue: that lends the worker.
    """

    worker: Worker | None = None

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.token = object()
        """by which the worker knows it, and does not keep it"""

    def leave(self) -> None:
        """Give the worker back. Idempotent."""
        if self.worker is not None:
            self._queue.take_back(self)
            self.worker = None

    def __del__(self) -> None:
        self.leave()
